//! Caps: how deep, how long and how many, and what becomes of what is past them.

use eksamine_sources::Limits;
use eksamine_sources::cluster::ClusterMap;

use super::fixtures::all;
use super::gzip;
use crate::cloudwatch;
use crate::support::{Decoded, decode, decode_with};

/// Nothing that reads JSON here calls itself for what nests, so any depth is fine: this one would end a process that
/// did.
const DEEPEST: usize = 100_000;

fn nested() -> [String; 2] {
    let lists = format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
    let objects = format!("{}1{}", "{\"a\":".repeat(DEEPEST), "}".repeat(DEEPEST));
    [lists, objects]
}

fn call(id: &str, members: &str) -> String {
    format!(r#"{{"eventVersion":"1.09","eventName":"X","eventID":"{id}"{members}}}"#)
}

fn limited(key: &str, object: &[u8], limits: Limits) -> Decoded {
    let decoded = decode_with(key, object, &ClusterMap::default(), limits);
    decoded.assert_closed();
    decoded
}

#[test]
fn a_record_of_any_depth_is_a_row_in_every_arrangement() {
    for deep in nested() {
        let named = |name: &str| call("a", &format!(r#","{name}":{deep}"#));
        // In a column, above columns, in columns of text and of time.
        for name in ["requestParameters", "userIdentity", "eventSource", "eventTime"] {
            let record = named(name);
            let decoded = decode("x", record.as_bytes());
            decoded.assert_closed();
            assert!(decoded.raws("cloudtrail") == [record], "{name}: {:?}", decoded.reasons());
        }
        let records = [call("b", ""), named("more"), call("c", "")];
        for (open, between, close) in [
            (r#"{"Records":["#, ",", "]}"),
            (r#"{"items":["#, ",", "]}"),
            (r#"{"Events":["#, ",", "]}"),
            (r#"{"events":["#, ",", "]}"),
            (r#"{"Findings":["#, ",", "]}"),
            ("[", ",", "]"),
            ("", "\n", ""),
            ("", "", ""),
        ] {
            let decoded = decode("x", [open, &records.join(between), close].concat().as_bytes());
            decoded.assert_closed();
            assert!(decoded.raws("cloudtrail") == records, "{open}: {:?}", decoded.reasons());
        }
    }
}

#[test]
fn a_record_of_any_depth_is_a_row_in_whatever_carries_it() {
    let deep = nested().concat().replace("}[", "},[").replace("]{", "],{");
    let (call, deep) = (call("a", &format!(r#","more":[{deep}]"#)), format!("[{deep}]"));
    let looked_up = serde_json::json!({"EventId": "a", "CloudTrailEvent": call}).to_string();
    let bridged = format!(r#"{{"detail-type":"x","detail":{call},"more":{deep}}}"#);
    for object in [format!(r#"{{"Events":[{looked_up}]}}"#), bridged] {
        let decoded = decode("x", object.as_bytes());
        decoded.assert_closed();
        assert!(decoded.raws("cloudtrail") == [call.clone()], "{:?}", decoded.reasons());
    }

    let audit = format!(r#"{{"auditID":"a","stage":"ResponseComplete","verb":"get","requestObject":{deep}}}"#);
    let cut = format!("{}[Truncated...]", &audit[..audit.len() - DEEPEST]);
    let stream = "kube-apiserver-audit-00ff";
    for carried in [
        cloudwatch::subscription(stream, &[&audit, &cut]),
        cloudwatch::filter_log_events(stream, &[&audit, &cut]),
        cloudwatch::export_task(stream, &[&audit, &cut]),
    ] {
        let decoded = decode(&carried.key, carried.object.as_bytes());
        decoded.assert_closed();
        assert!(decoded.raws("k8s_audit") == [audit.clone(), cut.clone()], "{}: {:?}", carried.key, decoded.reasons());
        assert_eq!(decoded.column("k8s_audit", "truncated"), ["false", "true"]);
    }

    let line = format!(r#"{{"ts":1715695331123.4,"msg":"x","v":0,"more":{deep}}}"#);
    let decoded = decode("mapped/2024/05/14/x.log", line.as_bytes());
    assert!(decoded.raws("control_plane") == [line], "{:?}", decoded.reasons());
}

#[test]
fn the_documents_around_records_may_be_of_any_depth() {
    for deep in nested() {
        let call = call("a", "");
        let event = format!(r#"{{"id":"1","timestamp":1,"message":{},"more":{deep}}}"#, serde_json::json!(call));
        for object in [
            format!(r#"{{"before":{deep},"Records":[{call}],"after":{deep}}}"#),
            format!(r#"{{"logStream":{deep},"logGroup":{deep},"logEvents":[{event}],"owner":{deep}}}"#),
            format!(r#"{{"Records":[{call},{}]}}"#, deep.replace('{', "[").replace('}', "]").replace("\"a\":", "")),
        ] {
            let decoded = decode("x", object.as_bytes());
            decoded.assert_closed();
            assert!(decoded.raws("cloudtrail") == [call.clone()], "{:?}", decoded.reasons());
        }
    }
}

#[test]
fn depth_without_an_end_is_one_reject_with_its_bytes() {
    for opener in ["[", "{\"a\":", "{\"Records\":[", "{\"logEvents\":[", "[{\"eventVersion\":", "{\"detail\":"] {
        let object = opener.repeat(DEEPEST);
        let decoded = decode("x", object.as_bytes());
        decoded.assert_closed();
        let rejects = &decoded.outcome.rejects;
        let kept: usize = rejects.iter().map(|reject| reject.bytes.len()).sum();
        assert!(rejects.len() < 20, "{opener}: {}", rejects.len());
        assert!(kept + opener.len() * 2 > object.len(), "{opener}: {kept} of {}", object.len());
    }
}

#[test]
fn a_record_past_its_cap_is_a_reject_and_its_neighbours_are_rows() {
    for fixture in all() {
        let read = |record_bytes| limited(fixture.key, &fixture.object(), Limits { record_bytes, ..Limits::default() });
        let none = read(0);
        let lengths: Vec<usize> = none.outcome.rejects.iter().map(|reject| reject.bytes.len()).collect();
        assert_eq!((none.reasons(), none.outcome.total_rows()), (vec!["too_large"; 3], 0), "{}", fixture.name);
        let longest = *lengths.iter().max().unwrap();
        let some = read(longest - 1);
        let past = lengths.iter().filter(|length| **length == longest).count();
        assert_eq!(some.reasons(), vec!["too_large"; past], "{}", fixture.name);
        assert_eq!(some.outcome.rejects[0].bytes.len(), longest, "{}", fixture.name);
        assert_eq!(some.raws(fixture.table).len(), 3 - past, "{}", fixture.name);
        assert_eq!(read(longest).raws(fixture.table).len(), 3, "{}", fixture.name);
    }
}

#[test]
fn an_object_past_the_cap_that_was_never_compressed_is_read_whole() {
    let lines: Vec<String> = (0..500).map(|id| call(&id.to_string(), "")).collect();
    let object = lines.join("\n");
    let limits = Limits { inflated_bytes: object.len() / 2, ..Limits::default() };
    let plain = limited("x", object.as_bytes(), limits);
    assert_eq!((plain.raws("cloudtrail"), plain.reasons().len()), (lines.clone(), 0));
    let gzipped = limited("x", &gzip(object.as_bytes()), limits);
    assert_eq!(gzipped.outcome.inflated_bytes as usize, object.len() / 2);
    assert_eq!(gzipped.reasons(), ["cut_short", "too_large"]);
    assert_eq!(gzipped.raws("cloudtrail"), lines[..gzipped.raws("cloudtrail").len()]);
}

#[test]
fn rejects_past_their_cap_are_gathered_in_one_that_has_all_their_bytes() {
    let lines: Vec<String> = (0..10).map(|number| format!(r#"{{"number":{number}}}"#)).collect();
    let object = [&lines[..], &[call("a", "")]].concat().join("\n");
    let decoded = limited("x", object.as_bytes(), Limits { rejects: 3, ..Limits::default() });
    assert_eq!(decoded.reasons(), ["unknown_record", "unknown_record", "unknown_record", "too_large"]);
    assert_eq!(decoded.outcome.rejects[3].bytes, lines[3..].join("\n").as_bytes());
    assert_eq!(decoded.column("cloudtrail", "source_record"), ["4"]);
}

/// Parsers repeat the text that they complain about.
#[test]
fn the_words_of_a_reject_stay_short_whatever_they_are_about() {
    let long = serde_json::json!("\u{7f}é".repeat(100_000));
    let event = format!(r#"{{"logStream":"x","logEvents":[{{"message":"m","timestamp":{long}}}]}}"#);
    let text = cloudwatch::export_task("kube-apiserver-audit-00ff", &[&long.to_string()]);
    for (key, object) in [("x", &event), (text.key.as_str(), &text.object)] {
        let decoded = decode(key, object.as_bytes());
        assert_eq!(decoded.reasons(), ["invalid_json"]);
        let detail = &decoded.outcome.rejects[0].detail;
        assert!(detail.contains("invalid type") && detail.len() < 1_000, "{} bytes", detail.len());
    }
}

/// Each would take very long if all that follows were searched again for every piece.
#[test]
fn many_small_pieces_take_no_quadratic_time() {
    const MANY: usize = 150_000;
    let limits = Limits { rejects: 10, ..Limits::default() };
    for (open, piece) in [
        ("{}", "x[]"),
        ("[", "{},"),
        ("", "{\"a\":\"\n"),
        ("[", "{\"a\":\"\n"),
        ("[", "}"),
        ("[", "\"a\n"),
        ("", "[{\"logEvents\":[\n"),
    ] {
        let decoded = limited("x", [open, &piece.repeat(MANY)].concat().as_bytes(), limits);
        assert!(decoded.outcome.rejects.len() <= 11, "{piece}");
        assert_eq!(decoded.outcome.total_rows(), 0, "{piece}");
    }
}
