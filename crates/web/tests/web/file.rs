//! What is in the file: all that was given, in a form that is the same each time.

use eksamine_web::{Error, Event, Report, ReportWriter, Written};

use super::made_up;
use super::reading::{Numbers, bytes, records, texts};

fn written(writer: ReportWriter) -> (String, Written) {
    let mut file = Vec::new();
    let written = writer.finish(&mut file).unwrap();
    assert_eq!(written.bytes, file.len() as u64);
    (String::from_utf8(file).unwrap(), written)
}

fn made_up_file(rows: u64) -> (String, Written) {
    let mut writer = ReportWriter::new(made_up::report());
    made_up::fill(&mut writer, rows);
    written(writer)
}

fn at(time_micros: i64) -> Event<'static> {
    Event { time_micros: Some(time_micros), ..Event::default() }
}

#[test]
fn the_same_events_give_the_same_bytes() {
    assert_eq!(made_up_file(300), made_up_file(300));
}

#[test]
fn every_field_comes_back_as_it_was_given() {
    let full = Event {
        time_micros: Some(1_715_695_711_120_004),
        last_time_micros: Some(1_715_695_712_000_000),
        count: Some(3),
        plane: Some("kubernetes"),
        cluster: Some("demo"),
        actor: Some("dána@example.com 😀"),
        actor_kind: Some("person"),
        via: Some("a > b"),
        confidence: Some("certain"),
        action: Some("create pods/exec"),
        target: Some("payments-api-0"),
        namespace: Some("payments"),
        outcome: Some("done"),
        address: Some("198.51.100.7"),
        user_agent: Some("kubectl"),
        severity: Some("high"),
        category: Some("execution"),
        technique: Some("T1609"),
        summary: Some("opened a shell"),
        reason: Some("audit log of the cluster"),
        reason_confidence: Some("certain one"),
        first_seen: Some("[\"address\"]"),
        access_key_id: Some("ASIAEXAMPLE00000001"),
        identity: Some("aws:ASIAEXAMPLE00000001"),
        account_id: Some("111122223333"),
        region: Some("eu-west-1"),
        event_id: Some("0b4e1d7a-0000-4000-8000-000000000001"),
        stage: Some("ResponseComplete"),
        source_uri: Some("s3://example-logs/a.json.gz"),
        source_record: Some(-7),
        chain: Some("[]"),
        candidates: Some("[1]"),
        related: Some("[2]"),
        raw: Some("{\"a\":\"\u{0}\"}"),
    };
    let mut writer = ReportWriter::new(Report::default());
    writer.row(&full).unwrap();
    writer.row(&Event::default()).unwrap();
    writer.row(&Event { time_micros: None, ..full }).unwrap();
    let (file, _) = written(writer);
    let given = [
        ("plane", full.plane),
        ("cluster", full.cluster),
        ("actor", full.actor),
        ("actor_kind", full.actor_kind),
        ("via", full.via),
        ("confidence", full.confidence),
        ("action", full.action),
        ("target", full.target),
        ("namespace", full.namespace),
        ("outcome", full.outcome),
        ("address", full.address),
        ("user_agent", full.user_agent),
        ("severity", full.severity),
        ("category", full.category),
        ("technique", full.technique),
        ("summary", full.summary),
        ("reason", full.reason),
        ("reason_confidence", full.reason_confidence),
        ("first_seen", full.first_seen),
        ("access_key_id", full.access_key_id),
        ("identity", full.identity),
        ("account_id", full.account_id),
        ("region", full.region),
        ("event_id", full.event_id),
        ("stage", full.stage),
        ("source_uri", full.source_uri),
        ("chain", full.chain),
        ("candidates", full.candidates),
        ("related", full.related),
    ];
    assert_eq!(file.matches(" id=\"column-").count(), given.len() + 6, "a column has no line here");
    for (name, text) in given {
        let text = text.map(str::to_owned);
        assert_eq!(texts(&file, name, 3), [text.clone(), None, text], "{name}");
    }
    let raw = full.raw.map(str::to_owned);
    assert_eq!(records(&file, 3), [raw.clone(), None, raw]);
    let numbers = |name: &str| bytes(&file, &format!("column-{name}"));
    let column = numbers("time");
    let mut time = Numbers(&column);
    assert_eq!((time.take(), time.take(), time.take(), time.take()), (2 * 1_715_695_711 + 1, 120_004, 0, 0));
    let column = numbers("source_record");
    let mut record = Numbers(&column);
    assert_eq!(record.take() - 1, 13, "-7 in zigzag");
    let column = numbers("count");
    let mut count = Numbers(&column);
    assert_eq!((count.take() - 1, count.take(), count.take() - 1), (6, 0, 6));
}

#[test]
fn rows_out_of_order_are_refused() {
    let mut writer = ReportWriter::new(Report::default());
    writer.row(&at(5)).unwrap();
    writer.row(&at(5)).unwrap();
    assert!(matches!(writer.row(&at(4)), Err(Error::OutOfOrder { row: 3 })));
    writer.row(&Event::default()).unwrap();
    assert!(matches!(writer.row(&at(6)), Err(Error::OutOfOrder { row: 4 })));
}

#[test]
fn members_belong_to_a_row_and_are_counted_by_it() {
    let mut writer = ReportWriter::new(Report::default());
    assert!(matches!(writer.member(&at(1)), Err(Error::MemberWithoutRow)));
    writer.row(&Event { count: Some(2), ..at(1) }).unwrap();
    writer.member(&at(1)).unwrap();
    writer.member(&at(9)).unwrap();
    // A member may lie after the row that follows.
    writer.row(&at(2)).unwrap();
    let (file, written) = written(writer);
    assert_eq!((written.rows, written.members, written.events), (2, 2, 3));
    let column = bytes(&file, "column-member");
    assert_eq!(column, [0, 3, 3, 0]);
}

#[test]
fn raw_records_past_the_budget_are_left_out_and_counted() {
    let mut writer = ReportWriter::with_file_budget(made_up::report(), 700_000);
    made_up::fill(&mut writer, 4_000);
    let (file, written) = written(writer);
    let rows = (written.rows + written.members) as usize;
    let records = records(&file, rows);
    let included = records.iter().flatten().count() as u64;
    assert_eq!(included, written.raw_included);
    assert!((1..written.raw_offered).contains(&included), "{written:?}");
    // All of those above the lowest severity that lost one are there.
    let severities = texts(&file, "severity", rows);
    let members = bytes(&file, "column-member");
    let is_missing = |severity: &str| {
        (0..rows).any(|row| members[row] == 0 && severities[row].as_deref() == Some(severity) && records[row].is_none())
    };
    assert!(is_missing("informational"));
    assert!(!is_missing("high"));
}

#[test]
fn a_record_handed_in_later_is_that_of_its_row() {
    let record = |number: u32| format!("{{\"number\":{number}}}");
    let event = |number: u32| Event { severity: number.is_multiple_of(2).then_some("high"), ..at(i64::from(number)) };
    let (mut at_once, mut later) = (ReportWriter::new(Report::default()), ReportWriter::new(Report::default()));
    for number in 0..6 {
        at_once.row(&Event { raw: Some(&record(number)), ..event(number) }).unwrap();
        later.row(&event(number)).unwrap();
    }
    for number in [5, 0, 3, 1, 4] {
        assert!(later.takes_record(number));
        later.record(number, &record(number)).unwrap();
    }
    later.skip_records(1);
    assert!(!later.takes_record(6));
    assert!(matches!(later.record(6, "{}"), Err(Error::NoSuchRow { row: 6 })));
    let ((at_once, _), (later, written)) = (written(at_once), written(later));
    assert_eq!((written.raw_offered, written.raw_included), (6, 5));
    let expected: Vec<_> = (0..6).map(|number| Some(record(number))).collect();
    assert_eq!(records(&at_once, 6), expected);
    assert_eq!(records(&later, 6), [&expected[..2], &[None], &expected[3..]].concat());
}

#[test]
fn rows_keep_their_records_before_the_events_folded_into_them() {
    // Records that hardly compress.
    let record = |number: u64| {
        let mut dice = made_up::Dice(number << 32);
        (0..1000).map(|_| format!("{:016x}", dice.next())).collect::<Vec<_>>().concat()
    };
    let mut writer = ReportWriter::with_file_budget(Report::default(), 2_400_000);
    for number in 0..100 {
        let event = Event { severity: Some("informational"), ..at(number as i64) };
        writer.row(&Event { count: Some(2), raw: Some(&record(2 * number)), ..event }).unwrap();
        writer.member(&Event { raw: Some(&record(2 * number + 1)), ..event }).unwrap();
    }
    let (file, written) = written(writer);
    let records = records(&file, 200);
    assert!((100..200).contains(&written.raw_included), "{written:?}");
    assert!(records.iter().step_by(2).all(Option::is_some));
}

#[test]
fn a_record_too_large_for_any_budget_is_left_out() {
    let large = "x".repeat(eksamine_web::RAW_LIMIT_BYTES + 1);
    let mut writer = ReportWriter::new(Report::default());
    writer.row(&Event { raw: Some(&large), severity: Some("critical"), ..at(1) }).unwrap();
    let (_, written) = written(writer);
    assert_eq!((written.raw_offered, written.raw_included), (1, 0));
}

#[test]
fn a_report_of_nothing_is_whole() {
    let (file, written) = written(ReportWriter::new(Report::default()));
    assert_eq!((written.rows, written.events), (0, 0));
    assert!(file.ends_with("</html>\n"));
}

#[test]
fn twenty_thousand_rows_with_their_records_take_three_megabytes() {
    let (_, written) = made_up_file(20_000);
    assert_eq!(written.raw_included, written.raw_offered);
    // A hundred and fifty bytes a row, records and all: 200,000 rows are 30 MB.
    assert!(written.bytes < 150 * (written.rows + written.members), "{written:?}");
}

#[test]
fn the_head_can_be_read_without_the_script() {
    let (file, _) = made_up_file(10);
    let head = file.split("<script").next().unwrap();
    let head = &head[head.find("<body>").unwrap()..head.find("<noscript>").unwrap()];
    insta::assert_snapshot!("head", head);
}
