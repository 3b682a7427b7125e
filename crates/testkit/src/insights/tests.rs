//! What the description of the language says, one fact each.

mod commands;

use super::model::{
    Aggregate, Command, Comparison, Direction, Edge, Expression, Function, Matches, Operator, Path, Pattern, Period,
    Query, Sense, Unit,
};
use super::value::{compare_texts, natural, numeric, render};
use super::{Answer, Event, Missing, Style, draw, evaluate};

fn events(messages: &[&str]) -> Vec<Event> {
    let event = |(number, message): (usize, &&str)| Event {
        time_micros: Some(1_772_323_200_000_000 + number as i64 * 60_000_000),
        message: (*message).to_owned(),
        stream: Some("kube-apiserver-audit-1".to_owned()),
        group: Some("/aws/eks/lab/cluster".to_owned()),
        account: Some("111122223333".to_owned()),
        uri: "s3://logs/one.json".to_owned(),
        record: number as u64,
    };
    messages.iter().enumerate().map(event).collect()
}

fn field(dotted: &str) -> Expression {
    Expression::field(dotted)
}

fn number(text: &str) -> Expression {
    Expression::Number(text.to_owned())
}

fn compared(left: Expression, comparison: Comparison, right: Expression) -> Expression {
    Expression::Compare(Box::new(left), comparison, Box::new(right))
}

fn run(commands: Vec<Command>, messages: &[&str]) -> Answer {
    evaluate(&Query(commands), &events(messages), Missing::Match)
}

/// Values of `id` of the events that a condition keeps, oldest first.
fn kept(condition: Expression, messages: &[&str], missing: Missing) -> Vec<usize> {
    let query = Query(vec![Command::Filter(condition), Command::Fields(vec![field("@ptr").unnamed()])]);
    let rows = evaluate(&query, &events(messages), missing).rows;
    let position = |row: &Vec<Option<String>>| row[0].as_ref().unwrap().rsplit_once('#').unwrap().1.parse().unwrap();
    let mut kept: Vec<usize> = rows.iter().map(position).collect();
    kept.reverse();
    kept
}

/// What an expression gives for one event.
fn value(expression: Expression, message: &str) -> Option<String> {
    run(vec![Command::Fields(vec![expression.named("x")])], &[message]).rows[0][0].clone()
}

fn called(function: Function, arguments: &[&str]) -> Option<String> {
    value(Expression::Call(function, arguments.iter().map(|text| Expression::text(text)).collect()), "{}")
}

/// A single aggregate over all events.
fn aggregated(aggregate: Aggregate, messages: &[&str]) -> Option<String> {
    let aggregates = vec![Expression::aggregate(aggregate).named("x")];
    run(vec![Command::Stats { aggregates, keys: Vec::new(), offset: None }], messages).rows[0][0].clone()
}

#[test]
fn without_fields_time_and_message_are_returned_newest_first() {
    let answer = run(Vec::new(), &["{\"a\":1}", "{\"a\":2}"]);
    assert_eq!(answer.columns, ["@timestamp", "@message"]);
    assert_eq!(answer.rows[0][0].as_deref(), Some("2026-03-01 00:01:00.000"));
    assert_eq!(answer.rows[1][1].as_deref(), Some("{\"a\":1}"));
}

#[test]
fn several_fields_are_united_and_the_last_display_counts() {
    let fields = |names: &[&str]| Command::Fields(names.iter().map(|name| field(name).unnamed()).collect());
    let commands = vec![fields(&["a", "b"]), fields(&["c", "a"])];
    assert_eq!(run(commands.clone(), &["{}"]).columns, ["a", "b", "c"]);
    let display = |name: &str| Command::Display(vec![Path::of(name)]);
    assert_eq!(run([commands, vec![display("b"), display("c")]].concat(), &["{}"]).columns, ["c"]);
}

#[test]
fn paths_enter_maps_and_lists_but_no_strings() {
    let message =
        r#"{"u":{"g":["x",{"n":1.50}]},"k.v":{"0":true},"s":"{\"a\":1}","@own":2,"u":{"g":["x",{"n":1.50}]}}"#;
    assert_eq!(value(field("u.g.0"), message).as_deref(), Some("x"));
    assert_eq!(value(field("u.g.1.n"), message).as_deref(), Some("1.50"));
    assert_eq!(value(field("u.g.1"), message).as_deref(), Some("{\"n\":1.50}"));
    assert_eq!(value(field("u.g.2"), message), None);
    assert_eq!(value(field("s.a"), message), None);
    assert_eq!(value(field("@@own"), message).as_deref(), Some("2"));
    assert_eq!(value(Expression::Field(Path(vec!["k.v".into(), "0".into()])), message).as_deref(), Some("true"));
    assert_eq!(value(field("k.v.0"), message), None);
}

#[test]
fn what_looks_like_a_number() {
    let numbers = ["0", "007", "-3", "+5", ".5", "5.", "1e3", "1.5E-2", "9007199254740993"];
    assert!(numbers.iter().all(|text| numeric(text).is_some()));
    let others = ["", "-", ".", "e3", "1e", "1e999", " 5", "5 ", "0x1f", "NaN", "inf", "1_000", "--1", "1.2.3", "٣"];
    assert!(others.iter().all(|text| numeric(text).is_none()));
}

#[test]
fn numbers_read_without_a_fraction_they_do_not_have() {
    let read = [3.0, -0.0, 0.5, 1e15, 9_007_199_254_740_992.0, 1e-7].map(render);
    assert_eq!(read, ["3", "0", "0.5", "1000000000000000", "9007199254740992", "0.0000001"]);
}

#[test]
fn comparison_is_of_numbers_where_both_look_like_it() {
    assert!(compare_texts("7", "007").is_eq());
    assert!(compare_texts("10", "9").is_gt());
    assert!(compare_texts("1e3", "1000").is_eq());
    assert!(compare_texts("9007199254740993", "9007199254740992").is_gt());
    assert!(compare_texts("10", "9a").is_lt());
    assert!(compare_texts("abc", "Abc").is_gt());
}

#[test]
fn a_missing_field_is_unequal_unless_told_otherwise() {
    let messages = ["{\"a\":\"x\"}", "{\"a\":\"y\"}", "{\"a\":null}", "{}", "{\"a\":{}}"];
    let x = || Expression::text("x");
    let unequal = || compared(field("a"), Comparison::Unequal, x());
    assert_eq!(kept(unequal(), &messages, Missing::Match), [1, 2, 3]);
    assert_eq!(kept(unequal(), &messages, Missing::Skip), [1]);
    let equal = || compared(field("a"), Comparison::Equal, x());
    assert_eq!(kept(equal(), &messages, Missing::Match), [0]);
    assert_eq!(kept(Expression::Not(Box::new(equal())), &messages, Missing::Skip), [1, 2, 3, 4]);
    let excluded = Expression::In { value: Box::new(field("a")), list: vec![x()], sense: Sense::Negated };
    assert_eq!(kept(excluded, &messages, Missing::Match), [1, 2, 3]);
    let pattern = Pattern::Substring("x".into());
    let unlike = Expression::Like { value: Box::new(field("a")), pattern, sense: Sense::Negated };
    assert_eq!(kept(unlike, &messages, Missing::Match), [1, 2, 3]);
    for comparison in [Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast] {
        let condition = compared(field("nowhere"), comparison, number("0"));
        assert_eq!(kept(condition, &messages, Missing::Match), [0_usize; 0]);
    }
}

#[test]
fn like_is_case_sensitive_and_regexes_search() {
    let messages = ["{\"a\":\"Red\"}", "{\"a\":204}", "{\"a\":\"a%b\"}"];
    let like = |pattern: Pattern| {
        let condition = Expression::Like { value: Box::new(field("a")), pattern, sense: Sense::Plain };
        kept(condition, &messages, Missing::Match)
    };
    assert_eq!(like(Pattern::Substring("red".into())), [0_usize; 0]);
    assert_eq!(like(Pattern::Substring("%".into())), [2]);
    assert_eq!(like(Pattern::Regex(r"2\d\d".into())), [1]);
    assert_eq!(like(Pattern::Regex("(?i)RED".into())), [0]);
}

#[test]
fn lists_may_mix_texts_and_numbers() {
    let messages = ["{\"a\":\"401\"}", "{\"a\":401}", "{\"a\":\"401x\"}", "{\"a\":\"foo\"}"];
    let list = vec![Expression::text("foo"), number("401")];
    let condition = Expression::In { value: Box::new(field("a")), list, sense: Sense::Plain };
    assert_eq!(kept(condition, &messages, Missing::Match), [0, 1, 3]);
}

#[test]
fn arithmetic_is_of_numbers_or_nothing() {
    let calculated = |left: &str, operator: Operator, right: &str| {
        let expression =
            Expression::Arithmetic(Box::new(Expression::text(left)), operator, Box::new(Expression::text(right)));
        value(expression, "{}")
    };
    assert_eq!(calculated("2", Operator::Power, "10").as_deref(), Some("1024"));
    assert_eq!(calculated("7", Operator::Divide, "2").as_deref(), Some("3.5"));
    assert_eq!(calculated("-7", Operator::Remainder, "4").as_deref(), Some("-3"));
    assert_eq!(calculated("7", Operator::Divide, "0"), None);
    assert_eq!(calculated("7", Operator::Remainder, "0"), None);
    assert_eq!(calculated("1e300", Operator::Multiply, "1e300"), None);
    assert_eq!(calculated("seven", Operator::Add, "1"), None);
}

#[test]
fn natural_order_is_that_of_the_documentation() {
    let documented = [
        "!:",
        "#",
        "*%04",
        "0#",
        "5A",
        "111A",
        "2345_",
        "@",
        "@_",
        "A",
        "A9876fghj",
        "a12345hfh",
        "0",
        "01",
        "1",
        "2",
        "3",
    ];
    for pair in documented.windows(2) {
        assert!(natural(pair[0], pair[1]).is_lt(), "{pair:?}");
    }
}

#[test]
fn missing_values_are_last_in_both_directions() {
    let messages = ["{\"a\":\"5A\"}", "{}", "{\"a\":10}", "{\"a\":9}", "{\"a\":[1]}"];
    let sorted = |direction: Direction| {
        let commands = vec![
            Command::Sort(vec![(field("a"), direction)]),
            Command::Fields(vec![field("@ptr").unnamed(), field("a").unnamed()]),
        ];
        let rows = run(commands, &messages).rows;
        rows.into_iter().map(|row| row[1].clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(sorted(Direction::Ascending), ["5A", "9", "10", "[1]", ""]);
    assert_eq!(sorted(Direction::Descending), ["10", "9", "5A", "[1]", ""]);
}

#[test]
fn sort_and_limit_shape_the_result_wherever_they_stand() {
    let messages = ["{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":2}"];
    let only_ones = || Command::Filter(compared(field("a"), Comparison::Equal, number("1")));
    let count = || Command::Stats {
        aggregates: vec![Expression::aggregate(Aggregate::CountRows).unnamed()],
        keys: vec![field("a").unnamed()],
        offset: None,
    };
    assert_eq!(run(vec![Command::Limit(2), only_ones()], &messages).rows.len(), 2);
    let groups = run(vec![Command::Limit(1), count()], &messages);
    assert_eq!(groups.columns, ["a", "count(*)"]);
    assert_eq!(groups.rows, [[Some("1".to_owned()), Some("2".to_owned())]]);
    let again = run(vec![count(), Command::Limit(1), count()], &messages);
    assert_eq!(again.rows, [[Some("1".to_owned()), Some("1".to_owned())]]);
}

#[test]
fn dedup_keeps_the_first_and_all_that_lack_a_field() {
    let messages = ["{\"a\":1,\"b\":1}", "{\"a\":1,\"b\":2}", "{\"b\":3}", "{\"a\":null,\"b\":4}"];
    let shown = || Command::Fields(vec![field("b").unnamed()]);
    let newest = run(vec![shown(), Command::Dedup(vec![Path::of("a")])], &messages).rows;
    assert_eq!(newest.concat(), ["4", "3", "2"].map(|text| Some(text.to_owned())));
    let sort = Command::Sort(vec![(field("b"), Direction::Ascending)]);
    let least = run(vec![shown(), sort, Command::Dedup(vec![Path::of("a")])], &messages).rows;
    assert_eq!(least.concat(), ["1", "3", "4"].map(|text| Some(text.to_owned())));
}

#[test]
fn parse_takes_texts_apart_and_keeps_rows_that_do_not_match() {
    let messages = [r#"{"l":"user=ann, m:GET, latency := 5 ms"}"#, r#"{"l":"nothing"}"#];
    let names: Vec<String> = ["u", "m", "t"].map(str::to_owned).into();
    let parse = |glob: &str, names: Vec<String>| {
        let shown = names.iter().map(|name| field(name).unnamed()).collect();
        let glob = Command::ParseGlob { from: Some(Path::of("l")), glob: glob.to_owned(), names };
        run(vec![glob, Command::Fields(shown)], &messages).rows
    };
    let rows = parse("user=*, m:*, latency := *", names);
    assert_eq!(rows[0], [None, None, None]);
    assert_eq!(rows[1], ["ann", "GET", "5 ms"].map(|text| Some(text.to_owned())));
    assert_eq!(parse("latency := * ms", vec!["t".into()])[1], [Some("5".to_owned())]);
    let from = Some(Path::of("l"));
    let regex = Command::ParseRegex { from, regex: "(?<w>[a-z]+)=(?<v>z)?".into(), matches: Matches::First };
    let shown = Command::Fields(vec![field("w").unnamed(), field("v").unnamed()]);
    assert_eq!(run(vec![regex, shown], &messages).rows, [[None, None], [Some("user".to_owned()), None]]);
}

#[test]
fn every_match_is_a_row_where_multi_asks_for_it() {
    let messages = [r#"{"l":"a1 b2"}"#, r#"{"l":5}"#, "{}"];
    let regex = "(?<letter>[a-z])".to_owned();
    let multi = Command::ParseRegex { from: Some(Path::of("l")), regex, matches: Matches::All };
    let rows = run(vec![multi, Command::Fields(vec![field("letter").unnamed()])], &messages).rows;
    assert_eq!(rows.concat(), [None, None, Some("a".to_owned()), Some("b".to_owned())]);
}

#[test]
fn stats_has_one_row_without_groups_and_a_group_of_what_lacks_the_key() {
    let aggregates = || vec![Expression::aggregate(Aggregate::CountRows).named("c")];
    let ungrouped = run(vec![Command::Stats { aggregates: aggregates(), keys: Vec::new(), offset: None }], &[]);
    assert_eq!(ungrouped.rows, [[Some("0".to_owned())]]);
    let keys = vec![field("a").unnamed()];
    let grouped = run(
        vec![Command::Stats { aggregates: aggregates(), keys, offset: None }],
        &["{\"a\":\"10\"}", "{\"a\":9}", "{}", "{\"a\":{}}"],
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(grouped.rows, [[text("9"), text("1")], [text("10"), text("1")], [None, text("2")]]);
}

#[test]
fn aggregates_take_what_they_can_use() {
    let messages = ["{\"a\":\"10\"}", "{\"a\":2.5}", "{\"a\":\"x\"}", "{}", "{\"a\":2.5}"];
    let of = || field("a");
    assert_eq!(aggregated(Aggregate::CountRows, &messages).as_deref(), Some("5"));
    assert_eq!(aggregated(Aggregate::Count(of()), &messages).as_deref(), Some("4"));
    assert_eq!(aggregated(Aggregate::CountDistinct(of()), &messages).as_deref(), Some("3"));
    assert_eq!(aggregated(Aggregate::Sum(of()), &messages).as_deref(), Some("15"));
    assert_eq!(aggregated(Aggregate::Average(of()), &messages).as_deref(), Some("5"));
    assert_eq!(aggregated(Aggregate::Least(of()), &messages).as_deref(), Some("2.5"));
    assert_eq!(aggregated(Aggregate::Greatest(of()), &messages).as_deref(), Some("10"));
    assert_eq!(aggregated(Aggregate::Percentile(of(), 75), &messages).as_deref(), Some("6.25"));
    assert_eq!(aggregated(Aggregate::Deviation(of()), &messages[..2]).as_deref(), Some("5.303300858899107"));
    assert_eq!(aggregated(Aggregate::Deviation(of()), &messages[..1]), None);
    assert_eq!(aggregated(Aggregate::Earliest(of()), &messages).as_deref(), Some("10"));
    assert_eq!(aggregated(Aggregate::Latest(of()), &messages[..4]).as_deref(), Some("x"));
    assert_eq!(aggregated(Aggregate::SortsFirst(of()), &messages).as_deref(), Some("2.5"));
    assert_eq!(aggregated(Aggregate::SortsLast(of()), &messages).as_deref(), Some("10"));
    assert_eq!(aggregated(Aggregate::Greatest(of()), &["{\"a\":\"x\"}", "{\"a\":\"é\"}"]).as_deref(), Some("é"));
    assert_eq!(aggregated(Aggregate::Sum(of()), &["{}"]), None);
}

#[test]
fn bins_begin_at_multiples_and_are_capped() {
    let binned = |count: u32, unit: Unit| value(Expression::Edge(Edge::Bin, Period { count, unit }), "{}").unwrap();
    assert_eq!(binned(1, Unit::Week), "2026-02-23 00:00:00.000");
    assert_eq!(binned(1, Unit::Quarter), "2026-01-01 00:00:00.000");
    assert_eq!(binned(1, Unit::Year), "2026-01-01 00:00:00.000");
    let at = |micros: i64, edge: fn(i64, Period) -> i64, count: u32, unit: Unit| {
        super::calendar::render(edge(micros, Period { count, unit }))
    };
    let moment = 1_772_359_521_500_000;
    assert_eq!(at(moment, super::calendar::floor, 5, Unit::Minute), "2026-03-01 10:05:00.000");
    assert_eq!(at(moment, super::calendar::ceil, 1, Unit::Month), "2026-04-01 00:00:00.000");
    assert_eq!(at(-1, super::calendar::floor, 1, Unit::Day), "1969-12-31 00:00:00.000");
    let capped = Expression::Edge(Edge::Bin, Period { count: 300, unit: Unit::Second });
    let commands = vec![Command::Fields(vec![capped.named("x")])];
    assert_eq!(run(commands, &["{}", "{}"]).rows[0][0].as_deref(), Some("2026-03-01 00:01:00.000"));
}

#[test]
fn texts_are_trimmed_cut_and_replaced() {
    assert_eq!(called(Function::LeftTrim, &["xyZxyfooxyZ", "xyZ"]).as_deref(), Some("fooxyZ"));
    assert_eq!(called(Function::Trim, &["xyZxyfooxyZ", "xyZ"]).as_deref(), Some("foo"));
    assert_eq!(called(Function::Substring, &["xyZfooxyZ", "3", "3"]).as_deref(), Some("foo"));
    assert_eq!(called(Function::Substring, &["日本語", "1"]).as_deref(), Some("本語"));
    assert_eq!(called(Function::Length, &["日本語"]).as_deref(), Some("3"));
    assert_eq!(called(Function::Replace, &["foo", "o", "0"]).as_deref(), Some("f00"));
    assert_eq!(called(Function::RegexReplace, &["a1b22", r"\d+", "#"]).as_deref(), Some("a#b#"));
    assert_eq!(called(Function::Contains, &["Foo", "foo"]).as_deref(), Some("0"));
    assert_eq!(called(Function::Contains, &["Foo", "foo", "1"]).as_deref(), Some("1"));
    assert_eq!(called(Function::Split, &["a,\"b\"", ","]).as_deref(), Some(r#"["a","\"b\""]"#));
    assert_eq!(called(Function::IsEmpty, &[""]).as_deref(), Some("1"));
    assert_eq!(called(Function::IsBlank, &[" \t"]).as_deref(), Some("1"));
}

#[test]
fn encodings_and_addresses() {
    assert_eq!(called(Function::UrlEncode, &["a b/é~"]).as_deref(), Some("a%20b%2F%C3%A9~"));
    assert_eq!(called(Function::UrlDecode, &["a%20b+%zz"]).as_deref(), Some("a b+%zz"));
    assert_eq!(called(Function::Base64Encode, &["Ma"]).as_deref(), Some("TWE="));
    assert_eq!(called(Function::Base64Decode, &["TWE="]).as_deref(), Some("Ma"));
    assert_eq!(called(Function::Base64Decode, &["TWF="]), None);
    assert_eq!(called(Function::HexToAscii, &["466f6f"]).as_deref(), Some("Foo"));
    assert_eq!(called(Function::HexToDecimal, &["-0xff"]).as_deref(), Some("-255"));
    assert_eq!(called(Function::DecimalToHex, &["-255"]).as_deref(), Some("-0xff"));
    assert_eq!(called(Function::IsIpInSubnet, &["10.1.2.3", "10.0.0.0/8"]).as_deref(), Some("1"));
    assert_eq!(called(Function::IsIpv6InSubnet, &["10.1.2.3", "10.0.0.0/8"]).as_deref(), Some("0"));
    assert_eq!(called(Function::IsPrivateIp, &["172.32.0.1"]).as_deref(), Some("0"));
    assert_eq!(called(Function::Ipv4ToNumber, &["0.0.1.2"]).as_deref(), Some("258"));
}

#[test]
fn plain_text_of_a_query() {
    let query = Query(vec![
        Command::Filter(Expression::And(
            Box::new(Expression::Or(
                Box::new(compared(field("foo-bar"), Comparison::Equal, Expression::text("a\"b"))),
                Box::new(Expression::Call(Function::IsPresent, vec![field("@@own.in")])),
            )),
            Box::new(Expression::Not(Box::new(field("a")))),
        )),
        Command::Stats {
            aggregates: vec![Expression::aggregate(Aggregate::Percentile(field("n"), 90)).named("p")],
            keys: vec![Expression::Edge(Edge::Bin, Period { count: 5, unit: Unit::Minute }).unnamed()],
            offset: None,
        },
    ]);
    let text = "filter (`foo-bar` = 'a\"b' or ispresent(@@own.in)) and not a | stats pct(n, 90) as p by bin(5m)";
    assert_eq!(query.to_string(), text);
    assert_eq!(Style::of_seed(1).write(&query), Style::of_seed(1).write(&query));
    assert!((0..20).any(|seed| Style::of_seed(seed).write(&query) != text));
}

#[test]
fn draws_are_varied_and_find_something() {
    let drawn = draw::events(7, 120);
    let events: Vec<Event> = drawn
        .iter()
        .enumerate()
        .map(|(number, drawn)| Event {
            time_micros: Some(drawn.log_millis * 1_000),
            message: drawn.message.clone(),
            record: number as u64,
            ..Event::default()
        })
        .collect();
    assert!(events.iter().all(|event| serde_json::from_str::<serde_json::Value>(&event.message).is_ok()));
    let queries: Vec<Query> = (0..300).map(draw::query).collect();
    let found = queries.iter().filter(|query| !evaluate(query, &events, Missing::Match).rows.is_empty()).count();
    assert!(found > 200, "{found} of 300 find rows");
    assert_eq!(draw::events(7, 120), drawn);
    assert_eq!(draw::query(5), queries[5]);
}
