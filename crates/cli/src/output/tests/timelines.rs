//! Timesketch: its required fields, its limits, and that nothing is left out in silence.

use super::*;

fn row(time: Option<i64>, summary: &str, plane: &str) -> RecordBatch {
    let times = TimestampMicrosecondArray::from(vec![time]).with_timezone("UTC");
    batch(vec![
        ("time", Arc::new(times)),
        ("plane", texts(&[plane])),
        ("actor", texts(&["dana@example.com"])),
        ("severity", texts(&["high"])),
        ("technique", texts(&["T1609"])),
        ("summary", texts(&[summary])),
        ("address", texts(&["203.0.113.66"])),
        ("event_id", texts(&["id-1"])),
        ("count", Arc::new(Int64Array::from(vec![3]))),
        ("message", texts(&["a column of that name"])),
    ])
}

fn lines(batches: &[RecordBatch]) -> (Vec<Json>, Summary) {
    let (bytes, summary) = print_with(Options::default(), Format::Timesketch, &batches[0].schema(), batches);
    let text = String::from_utf8(bytes).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), summary)
}

#[test]
fn every_line_has_what_timesketch_needs() {
    let time = 1_715_694_965_123_456;
    let (lines, summary) =
        lines(&[row(Some(time), "ran a command in pod a/b", "kubernetes"), row(Some(0), "x", "network")]);
    assert_eq!((lines.len(), summary.rows, summary.notices.len()), (2, 2, 0));
    let first = &lines[0];
    assert_eq!(first["message"], "dana@example.com: ran a command in pod a/b from 203.0.113.66");
    assert_eq!(first["datetime"], "2024-05-14T13:56:05.123456+00:00");
    assert_eq!(first["timestamp"], time);
    assert_eq!((&first["timestamp_desc"], &first["data_type"]), (&"Request Received".into(), &"aws:eks:audit".into()));
    assert_eq!(first["tag"], serde_json::json!(["severity:high", "T1609"]));
    assert_eq!((&first["count"], &first["event_message"]), (&3.into(), &"a column of that name".into()));
    assert_eq!(lines[1]["datetime"], "1970-01-01T00:00:00.000000+00:00");
    assert_eq!(lines[1]["timestamp_desc"], "Flow Start");
}

#[test]
fn long_texts_are_cut_to_a_keyword_and_said_so() {
    let (lines, summary) = lines(&[row(Some(0), &"ä".repeat(40_000), "aws")]);
    let texts = lines[0].as_object().unwrap().values().filter_map(Json::as_str);
    assert!(texts.map(str::len).all(|length| length < 32_766));
    assert_eq!(summary.notices, ["2 texts were cut to 32000 bytes, which is what Timesketch can hold"]);
}

#[test]
fn an_event_without_a_time_is_left_out_and_said_so() {
    let (lines, summary) = lines(&[row(None, "x", "aws"), row(Some(0), "y", "aws")]);
    assert_eq!((lines.len(), summary.rows), (1, 1));
    assert_eq!(summary.notices, ["1 events without a readable time are left out: Timesketch needs one"]);
}

#[test]
fn rows_that_are_no_timeline_are_refused() {
    let refused = writer(Format::Timesketch, sample().schema(), Box::new(Kept::default()), Options::default());
    let error = refused.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`time`"), "{error}");
}
