//! Commands that make several rows of one, look along rows, or ask another query.

use super::{called, compared, field, kept, number, run, value};
use crate::insights::model::{
    Aggregate, Command, Comparison, Direction, Edge, Expression, Function, Join, Path, Period, Query, Sense, Source,
    Unit,
};
use crate::insights::{Missing, draw};

/// The values of column `x`, oldest event first.
fn column(commands: Vec<Command>, messages: &[&str]) -> Vec<Option<String>> {
    let shown =
        vec![Command::Sort(vec![(field("@timestamp"), Direction::Ascending)]), Command::Display(vec![Path::of("x")])];
    run([shown, commands].concat(), messages).rows.concat()
}

fn texts(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

#[test]
fn lists_become_rows_and_what_is_no_list_is_its_own_element() {
    let messages = [r#"{"l":["a",{"k":1},null]}"#, r#"{"l":[]}"#, r#"{"l":"b"}"#, "{}"];
    let unnest = Command::Unnest { from: Path::of("l"), into: "x".into() };
    assert_eq!(column(vec![unnest], &messages), texts(&["a", "{\"k\":1}", "", "", "b", ""]));
    let fields = Command::Fields(vec![field("l").named("x")]);
    assert_eq!(column(vec![fields, Command::Expand(Path::of("x"))], &messages[..1]), texts(&["a", "{\"k\":1}", ""]));
}

#[test]
fn rows_are_summed_looked_back_at_and_filled_in_their_order() {
    let messages = ["{\"n\":1}", "{\"n\":\"x\"}", "{\"n\":2.5}", "{}"];
    let (of, into) = (Path::of("n"), "x".to_owned());
    let accumulate = Command::Accumulate { of: of.clone(), into: into.clone() };
    assert_eq!(column(vec![accumulate], &messages), texts(&["1", "1", "3.5", "3.5"]));
    let before = Command::Autoregress { of, into: Some(into.clone()), first: 2, last: 2 };
    assert_eq!(column(vec![before], &messages), texts(&["", "", "1", "x"]));
    let fields = Command::Fields(vec![field("n").named("x")]);
    let fill = Command::FillDown(vec![Path::of("x")]);
    assert_eq!(column(vec![fields, fill], &messages), texts(&["1", "x", "2.5", "2.5"]));
    let total = Command::AddTotals { into, of: vec![Path::of("n"), Path::of("m")] };
    assert_eq!(column(vec![total], &messages), texts(&["1", "0", "2.5", "0"]));
}

#[test]
fn queries_within_queries_give_lists_and_rows() {
    let messages = [r#"{"n":1,"t":"a"}"#, r#"{"n":2,"t":"b"}"#, r#"{"n":"1.0"}"#, "{}"];
    let inner = Query(vec![
        Command::Filter(compared(field("t"), Comparison::Equal, Expression::text("a"))),
        Command::Fields(vec![field("n").unnamed()]),
    ]);
    let source = Source { group: draw::GROUP.to_owned(), query: inner };
    let among = |sense: Sense| {
        let among = Expression::InQuery { value: Box::new(field("n")), source: source.clone(), sense };
        kept(among, &messages, Missing::Match)
    };
    assert_eq!(among(Sense::Plain), [0, 2]);
    assert_eq!(among(Sense::Negated), [1, 3]);
    let counts = Query(vec![Command::Stats {
        aggregates: vec![Expression::aggregate(Aggregate::CountRows).named("c")],
        keys: vec![field("t").unnamed()],
        offset: None,
    }]);
    let joined = |kind: Join| {
        let with = Source { group: draw::GROUP.to_owned(), query: counts.clone() };
        let on = (Path::of("t"), Path::of("t"));
        let join = Command::Join { kind, left: "l".into(), right: "r".into(), on, with };
        run(vec![join, Command::Fields(vec![field("l.n").unnamed(), field("r.c").unnamed()])], &messages).rows
    };
    assert_eq!(joined(Join::Inner), [texts(&["2", "1"]), texts(&["1", "1"])]);
    assert_eq!(joined(Join::Left).len(), 4);
    assert_eq!(joined(Join::Left)[0], texts(&["", ""]));
}

#[test]
fn sessions_are_parted_by_pauses_and_numbered_by_their_begin() {
    let messages = ["{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{}", "{\"a\":2}"];
    let gap = |count: u32| {
        let gap = Period { count, unit: Unit::Minute };
        column(vec![Command::Sessionize { by: vec![Path::of("a")], gap, into: "x".into() }], &messages)
    };
    assert_eq!(gap(2), texts(&["1", "2", "1", "3", "4"]));
    assert_eq!(gap(5), texts(&["1", "2", "1", "3", "2"]));
}

#[test]
fn bins_without_events_are_filled_in() {
    let bin = Expression::Edge(Edge::Bin, Period { count: 1, unit: Unit::Minute });
    let filtered = Command::Filter(compared(field("n"), Comparison::Greater, number("0")));
    let count = Expression::aggregate(Aggregate::CountRows).named("c");
    let period = Period { count: 1, unit: Unit::Minute };
    let filled = |with: Vec<(String, String)>| {
        let stats =
            Command::Stats { aggregates: vec![count.clone()], keys: vec![bin.clone().named("time")], offset: None };
        let fill = Command::FillMissing { bin: "time".into(), period, offset: None, with };
        let rows = run(vec![filtered.clone(), stats, fill], &["{\"n\":1}", "{}", "{\"n\":2}"]).rows;
        rows.into_iter().map(|row| row[1].clone()).collect::<Vec<_>>()
    };
    assert_eq!(filled(Vec::new()), texts(&["1", "", "1"]));
    assert_eq!(filled(vec![("c".into(), "0".into())]), texts(&["1", "0", "1"]));
}

#[test]
fn columns_of_another_query_are_set_beside_by_position() {
    let counts = |name: &str, key: &str| Command::Stats {
        aggregates: vec![Expression::aggregate(Aggregate::CountRows).named(name)],
        keys: vec![field(key).unnamed()],
        offset: None,
    };
    let source = Source { group: draw::GROUP.to_owned(), query: Query(vec![counts("d", "b")]) };
    let messages = ["{\"a\":1,\"b\":5}", "{\"a\":2,\"b\":5}"];
    let answer = run(vec![counts("c", "a"), Command::AppendColumns(source)], &messages);
    assert_eq!(answer.columns, ["a", "c", "b", "d"]);
    assert_eq!(answer.rows, [texts(&["1", "1", "5", "2"]), texts(&["2", "1", "", ""])]);
}

#[test]
fn frequent_values_come_first() {
    let counted = run(vec![Command::CountFrequent(vec![Path::of("a")])], &["{\"a\":2}", "{\"a\":1}", "{\"a\":2}"]);
    assert_eq!(counted.rows, [texts(&["2", "2"]), texts(&["1", "1"])]);
}

#[test]
fn what_json_text_holds_is_reached_through_its_parsing() {
    let messages = [r#"{"s":"{\"k\":[5]}"}"#, r#"{"s":"no json"}"#];
    let parsed = Command::Fields(vec![Expression::Call(Function::JsonParse, vec![field("s")]).named("m")]);
    let entered = Command::Fields(vec![field("m.k.0").named("x")]);
    assert_eq!(column(vec![parsed, entered], &messages), texts(&["5", ""]));
    assert_eq!(
        value(Expression::Call(Function::JsonArraySize, vec![field("l")]), r#"{"l":[1,[2,3]]}"#).as_deref(),
        Some("2")
    );
}

#[test]
fn comma_separated_values_and_json_text_are_taken_apart() {
    let messages = [r#"{"l":"1,\"two, \"\"2\"\"\",","j":"{\"k\":{\"m\":7}}"}"#, "{}"];
    let csv = |place: usize| {
        let mut names: Vec<String> = ["y", "z", "w", "v"].map(str::to_owned).into();
        names[place] = "x".into();
        column(vec![Command::ParseCsv { from: Some(Path::of("l")), names }], &messages)
    };
    assert_eq!(csv(0), texts(&["1", ""]));
    assert_eq!(csv(1), texts(&["two, \"2\"", ""]));
    assert_eq!(csv(2), [Some(String::new()), None]);
    assert_eq!(csv(3), [None, None]);
    let json = Command::Json { from: Path::of("j"), path: "k.m".into(), into: "x".into() };
    assert_eq!(column(vec![json], &messages), texts(&["7", ""]));
}

#[test]
fn dates_are_written_and_read() {
    let written = Expression::Call(Function::FormatDate, vec![field("@timestamp"), Expression::text("%d.%m.%Y %H:%M")]);
    assert_eq!(value(written, "{}").as_deref(), Some("01.03.2026 00:00"));
    let millis = called(Function::ParseDate, &["2026-03-01 00:00:01", "yyyy-MM-dd HH:mm:ss"]);
    assert_eq!(millis.as_deref(), Some("1772323201000"));
    assert_eq!(called(Function::ParseDate, &["2026-02-30", "yyyy-MM-dd"]), None);
}
