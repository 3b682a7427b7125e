//! Every envelope finds every record, whatever stands between them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::support::decode;

const ONE: &str = r#"{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:00Z","eventName":"One","eventID":"a"}"#;
const TWO: &str = r#"{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:01Z","eventName":"Two","eventID":"b"}"#;
const AUDIT: &str =
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"ResponseComplete","verb":"get"}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn envelope(kind: &str, group: &str, stream: &str, messages: &[&str]) -> String {
    let events: Vec<_> = messages
        .iter()
        .map(|message| serde_json::json!({"id": "1", "timestamp": 1_715_695_331_123_i64, "message": message}))
        .collect();
    serde_json::json!({
        "messageType": kind, "owner": "111122223333", "logGroup": group, "logStream": stream,
        "subscriptionFilters": ["all"], "logEvents": events,
    })
    .to_string()
}

#[test]
fn every_arrangement_of_json_gives_the_same_records() {
    let pretty = |text: &str| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap());
    let arrangements = [
        format!(r#"{{"Records":[{ONE},{TWO}]}}"#),
        format!(r#"{{"Records" : [ {ONE} , {TWO} ] , "more":{{}} }}"#),
        format!(r#"{{"first":[1],"Records":[{ONE},{TWO}]}}"#),
        format!("[{ONE},{TWO}]"),
        format!("[\n  {ONE},\n  {TWO}\n]\n"),
        format!("{ONE}\n{TWO}\n"),
        format!("{ONE}\r\n\r\n{TWO}"),
        format!("{ONE}{TWO}"),
        format!("{ONE},{TWO}"),
        format!("\u{feff}{ONE}\n{TWO}"),
        format!(r#"{{"Records":[{ONE}]}}{{"Records":[{TWO}]}}"#),
    ];
    for arrangement in arrangements {
        let decoded = decode("x.json", arrangement.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO], "{arrangement}");
        assert!(decoded.outcome.rejects.is_empty(), "{arrangement}");
        assert_eq!(decoded.column("cloudtrail", "source_record"), ["0", "1"]);
    }
    let both = format!("{}{}", pretty(ONE).unwrap(), pretty(TWO).unwrap());
    assert_eq!(decode("x.json", both.as_bytes()).column("cloudtrail", "event_name"), ["One", "Two"]);
}

#[test]
fn an_event_list_is_its_events() {
    let list = format!(r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{AUDIT},{AUDIT}]}}"#);
    let decoded = decode("x", list.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT; 2]);
    let empty = decode("x", br#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{}}"#);
    assert_eq!((empty.raws("k8s_audit").len(), empty.reasons()), (0, vec!["unknown_record"]));
}

#[test]
fn records_inside_answers_of_the_command_line_are_taken_out() {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let lookup = format!(
        r#"{{"Events":[{{"EventId":"a","EventName":"One","CloudTrailEvent":{}}},{{"EventId":"b","CloudTrailEvent":{}}}]}}"#,
        quoted(ONE),
        quoted(TWO)
    );
    let bridge = format!(
        r#"{{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.eks","detail":{ONE}}}"#
    );
    let bridged = format!("{bridge}\n{}", bridge.replace(ONE, TWO));
    for object in [lookup, bridged] {
        let decoded = decode("x", object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO], "{object}");
        assert!(decoded.outcome.rejects.is_empty());
    }
    let stream = "kube-apiserver-audit-00ff";
    for (stream_key, time_key, message_key) in
        [("logStreamName", "timestamp", "message"), ("LogStreamName", "Timestamp", "Message")]
    {
        let event =
            format!(r#"{{"{stream_key}":"{stream}","{time_key}":1715695331123,"{message_key}":{}}}"#, quoted(AUDIT));
        for object in [event.clone(), format!(r#"{{"events":[{event}],"searchedLogStreams":[]}}"#)] {
            let decoded = decode("x", object.as_bytes());
            assert_eq!(decoded.raws("k8s_audit"), [AUDIT], "{object}");
            assert_eq!(decoded.column("k8s_audit", "log_stream"), [stream]);
            assert_eq!(decoded.column("k8s_audit", "log_time"), ["2024-05-14T14:02:11.123Z"]);
        }
    }
}

#[test]
fn what_follows_the_records_of_a_document_is_not_lost() {
    let object = format!(r#"{{"Records":[{ONE}],"more":"cut he"#);
    let decoded = decode("x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!((decoded.raws("cloudtrail").len(), decoded.reasons()), (1, vec!["cut_short"]));
}

#[test]
fn an_insights_event_is_no_management_event() {
    let insight = r#"{"eventVersion":"1.07","eventID":"a","eventType":"AwsCloudTrailInsight","eventTime":"2024-05-14T14:00:00Z"}"#;
    let decoded = decode("x", format!(r#"{{"Records":[{insight},{ONE}]}}"#).as_bytes());
    assert_eq!((decoded.raws("cloudtrail"), decoded.raws("cloudtrail_insight").len()), (vec![ONE.to_owned()], 1));
}

#[test]
fn an_empty_list_of_records_is_read_and_empty() {
    let decoded = decode("x.json.gz", &gzip(br#"{"Records":[]}"#));
    assert_eq!((decoded.outcome.records, decoded.outcome.envelope), (0, Some("json")));
    assert!(decoded.outcome.rejects.is_empty());
}

#[test]
fn a_subscription_names_stream_group_and_cluster() {
    let group = "/aws/eks/demo/cluster";
    let stream = "kube-apiserver-audit-0123456789abcdef0123456789abcdef";
    let object = [
        envelope("CONTROL_MESSAGE", "", "", &["CWL CONTROL MESSAGE: Checking health of destination Firehose."]),
        envelope("DATA_MESSAGE", group, stream, &[AUDIT, AUDIT]),
        envelope("DATA_MESSAGE", "/aws/eks/other/cluster", stream, &[AUDIT]),
    ];
    let layouts = [
        gzip(object.concat().as_bytes()),
        gzip(&object.iter().flat_map(|part| gzip(part.as_bytes())).collect::<Vec<_>>()),
        object.iter().flat_map(|part| gzip(part.as_bytes())).collect(),
        object.join("\n").into_bytes(),
    ];
    for layout in layouts {
        let decoded = decode("firehose/2024/05/14/14/x", &layout);
        decoded.assert_closed();
        assert_eq!(decoded.raws("k8s_audit"), [AUDIT; 3]);
        assert_eq!(decoded.outcome.control, 1);
        assert_eq!(decoded.column("k8s_audit", "cluster"), ["demo", "demo", "other"]);
        assert_eq!(decoded.column("k8s_audit", "log_stream"), [stream; 3]);
        assert_eq!(decoded.column("k8s_audit", "log_account_id"), ["111122223333"; 3]);
        assert_eq!(decoded.column("k8s_audit", "log_time"), ["2024-05-14T14:02:11.123Z"; 3]);
    }
}

#[test]
fn members_of_a_subscription_may_come_in_any_order() {
    let object = format!(
        r#"{{"logEvents":[{{"message":{},"timestamp":1}}],"logStream":"kube-apiserver-audit-00","logGroup":"/aws/eks/demo/cluster"}}"#,
        serde_json::to_string(AUDIT).unwrap()
    );
    assert_eq!(decode("x", object.as_bytes()).column("k8s_audit", "cluster"), ["demo"]);
}

#[test]
fn export_task_lines_carry_their_time() {
    let lines = format!("2024-05-14T14:02:11.123Z {AUDIT}\n2024-05-14T14:02:12.000Z {AUDIT}\n");
    let key = "exports/aws-eks-demo-cluster/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/kube-apiserver-audit-00ff/000000.gz";
    let decoded = decode(key, &gzip(lines.as_bytes()));
    decoded.assert_closed();
    assert_eq!(decoded.outcome.envelope, Some("export_task"));
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT; 2]);
    assert_eq!(decoded.column("k8s_audit", "cluster"), ["demo"; 2]);
    assert_eq!(decoded.column("k8s_audit", "log_stream"), ["kube-apiserver-audit-00ff"; 2]);
    assert_eq!(decoded.column("k8s_audit", "log_time"), ["2024-05-14T14:02:11.123Z", "2024-05-14T14:02:12Z"]);
}

#[test]
fn a_line_without_a_time_continues_the_message_before_it() {
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(AUDIT).unwrap()).unwrap();
    let lines = format!("2024-05-14T14:02:11.123Z {pretty}\n2024-05-14T14:02:12.000Z {AUDIT}");
    let decoded = decode("x/000000.gz", lines.as_bytes());
    assert_eq!(decoded.raws("k8s_audit"), [pretty.as_str(), AUDIT]);
}

#[test]
fn the_write_test_object_holds_no_record() {
    let decoded = decode("exports/aws-logs-write-test", b"Permission Check Successful");
    assert_eq!((decoded.outcome.records, decoded.outcome.control), (0, 1));
}

#[test]
fn an_object_nobody_knows_is_said_to_be_so() {
    assert_eq!(decode("photo.png", b"\x89PNG\r\n").outcome.envelope, None);
    assert_eq!(decode("empty", b"").outcome.envelope, None);
}

#[test]
fn the_name_of_an_object_says_nothing_of_its_compression() {
    let object = format!("{ONE}\n");
    assert_eq!(decode("x.json.gz", object.as_bytes()).raws("cloudtrail"), [ONE]);
    assert_eq!(decode("x.json", &gzip(object.as_bytes())).raws("cloudtrail"), [ONE]);
}

#[test]
fn one_bad_record_leaves_its_neighbours_alone() {
    let object = format!(r#"{{"Records":[{ONE},{{"eventVersion":oops}},{TWO}]}}"#);
    let decoded = decode("x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO]);
    let reject = &decoded.outcome.rejects[0];
    assert_eq!((reject.reason.name(), reject.record), ("invalid_json", 1));
    assert_eq!(reject.bytes, br#"{"eventVersion":oops}"#);
    assert_eq!(&object.as_bytes()[reject.offset_bytes as usize..][..21], reject.bytes);
}

#[test]
fn after_a_record_without_an_end_reading_goes_on() {
    let in_list = format!(r#"{{"Records":[{ONE},{{"eventVersion":"1.09","x":{{"y":1,{TWO}]}}"#);
    let decoded = decode("x", in_list.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO]);
    assert_eq!(decoded.outcome.rejects[0].bytes, br#"{"eventVersion":"1.09","x":{"y":1"#);

    let in_lines = format!("{ONE}\n{{\"eventVersion\":\"1.0\n{TWO}\n");
    let decoded = decode("x", in_lines.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO]);
    assert_eq!(decoded.reasons(), ["invalid_json"]);
}

#[test]
fn too_many_closing_braces_are_stray_bytes() {
    let object = format!("[{ONE}}}}},{TWO}]");
    let decoded = decode("x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO]);
    assert!(decoded.reasons().iter().all(|reason| *reason == "stray_bytes"));
    assert_eq!(decoded.outcome.rejects.iter().map(|reject| reject.bytes.len()).sum::<usize>(), 2);
}

#[test]
fn an_object_cut_short_keeps_its_tail() {
    let whole = format!(r#"{{"Records":[{ONE},{TWO}]}}"#);
    let decoded = decode("x", &whole.as_bytes()[..whole.len() - 20]);
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE]);
    assert_eq!(decoded.reasons(), ["cut_short"]);
    assert_eq!(decoded.outcome.rejects[0].bytes, &TWO.as_bytes()[..TWO.len() - 18]);

    let group = "/aws/eks/demo/cluster";
    let whole = envelope("DATA_MESSAGE", group, "kube-apiserver-audit-00", &[AUDIT, AUDIT]);
    let end = whole.rfind("ResponseComplete").unwrap();
    let cut = decode("x", &whole.as_bytes()[..end]);
    assert_eq!((cut.raws("k8s_audit").len(), cut.reasons().len()), (1, 1));
}

#[test]
fn a_corrupt_member_keeps_the_records_before_it() {
    let mut object = gzip(format!("{ONE}\n{TWO}\n").as_bytes());
    object.extend(b"rubbish");
    let decoded = decode("x.gz", &object);
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), [ONE, TWO]);
    assert_eq!(decoded.reasons(), ["trailing_bytes"]);
}
