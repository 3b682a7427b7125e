//! What archives in the wild hold that no format describes; each test is one thing that was met there.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::cloudwatch;
use crate::support::decode;

const AUDIT: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"ResponseComplete","verb":"get","requestReceivedTimestamp":"2024-05-14T14:02:10.000001Z"}"#;
const AUDIT_STREAM: &str = "kube-apiserver-audit-00ff";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn call(id: &str, members: &str) -> String {
    format!(r#"{{"eventVersion":"1.09","eventName":"X","eventID":"{id}"{members}}}"#)
}

#[test]
fn a_time_in_any_of_five_formats_is_the_same_instant() {
    let times = [
        r#""2023-07-10T12:31:14Z""#,
        r#""2023-07-10T14:31:14.000+02:00""#,
        r#""Jul 10, 2023, 12:31:14 PM""#,
        "1688992274",
        "1688992274000",
    ];
    let records: Vec<_> = times.iter().map(|time| call("a", &format!(r#","eventTime":{time}"#))).collect();
    let decoded = decode("x", records.join("\n").as_bytes());
    assert_eq!(decoded.column("cloudtrail", "event_time"), ["2023-07-10T12:31:14Z"; 5]);
    assert_eq!(decoded.raws("cloudtrail"), records);
}

#[test]
fn a_call_without_an_identity_is_a_row() {
    let records = [call("a", ""), call("b", r#","userIdentity":{}"#), call("c", r#","userIdentity":[]"#)];
    let decoded = decode("x", records.join("\n").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), records);
    assert_eq!(decoded.column("cloudtrail", "user_identity"), ["∅", "{}", "[]"]);
    assert_eq!(decoded.column("cloudtrail", "user_type"), ["∅"; 3]);
}

#[test]
fn an_audit_event_without_a_user_or_an_object_is_a_row() {
    let decoded = decode("mapped/x", AUDIT.as_bytes());
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT]);
    assert_eq!(decoded.column("k8s_audit", "user_name"), ["∅"]);
    assert_eq!(decoded.column("k8s_audit", "object_resource"), ["∅"]);
}

#[test]
fn a_tail_that_arrives_alone_is_kept() {
    let head = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","verb":"list","x":"vv[Truncated...]"#;
    let tails = [r#"vv"},"annotations":{"authorization.k8s.io/decision":"allow"}}"#, r#""stage":"x"}[Truncated...]"#];
    for carried in [
        cloudwatch::subscription(AUDIT_STREAM, &[head, tails[0], tails[1], AUDIT]),
        cloudwatch::export_task(AUDIT_STREAM, &[head, tails[0], tails[1], AUDIT]),
    ] {
        let decoded = decode(&carried.key, carried.object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("k8s_audit"), [head, AUDIT]);
        assert_eq!(decoded.reasons(), ["invalid_json"; 2]);
        let kept: Vec<_> = decoded.outcome.rejects.iter().map(|reject| reject.bytes.as_slice()).collect();
        assert_eq!(kept, tails.map(str::as_bytes));
    }
}

#[test]
fn a_byte_order_mark_changes_no_envelope() {
    let carriers = [
        cloudwatch::export_task(AUDIT_STREAM, &[AUDIT]),
        cloudwatch::subscription(AUDIT_STREAM, &[AUDIT]),
        cloudwatch::filter_log_events(AUDIT_STREAM, &[AUDIT]),
    ];
    for carried in carriers {
        let object = format!("\u{feff}{}", carried.object);
        let decoded = decode(&carried.key, &gzip(object.as_bytes()));
        decoded.assert_closed();
        assert_eq!(
            (decoded.raws("k8s_audit"), decoded.reasons().len()),
            (vec![AUDIT.to_owned()], 0),
            "{}",
            carried.key
        );
    }
}

#[test]
fn an_empty_log_group_leaves_the_cluster_to_the_key() {
    let carried = cloudwatch::subscription(AUDIT_STREAM, &[AUDIT]);
    let object = carried.object.replace("/aws/eks/demo/cluster", "");
    let decoded = decode("mapped/2024/05/14/x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.column("k8s_audit", "cluster"), ["mapped"]);
    assert_eq!(decoded.column("k8s_audit", "log_group"), ["∅"]);
}

#[test]
fn the_region_is_the_records_not_the_keys() {
    let key = "AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/14/x.json.gz";
    let object = format!(r#"{{"Records":[{}]}}"#, call("a", r#","awsRegion":"eu-central-1""#));
    assert_eq!(decode(key, object.as_bytes()).column("cloudtrail", "aws_region"), ["eu-central-1"]);
}

#[test]
fn a_body_of_23_levels_with_paths_as_keys_is_kept_as_it_stands() {
    let mut body = r#"{"kubectl.kubernetes.io/last-applied":"{\"a.b/c\":1}"}"#.to_owned();
    for level in 0..23 {
        body = format!(r#"{{"f:app.kubernetes.io/level-{level}":{body}}}"#);
    }
    let record = format!(r#"{{"auditID":"a","stage":"ResponseComplete","verb":"patch","requestObject":{body}}}"#);
    let decoded = decode("mapped/x", record.as_bytes());
    assert_eq!(decoded.column("k8s_audit", "request_object"), [body]);
    assert_eq!(decoded.raws("k8s_audit"), [record]);
}

#[test]
fn objects_of_nothing_hold_no_records() {
    for object in
        [b"".to_vec(), gzip(b""), gzip(&gzip(b"")), b"\n\n".to_vec(), b"[]".to_vec(), b"\xef\xbb\xbf".to_vec()]
    {
        let decoded = decode("x.json.gz", &object);
        assert_eq!((decoded.outcome.records, decoded.outcome.rejects.len()), (0, 0), "{object:?}");
    }
}

#[test]
fn an_object_of_an_empty_record_says_so() {
    let decoded = decode("x", b"{}");
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["unknown_record"]);
}

#[test]
fn a_gzip_that_ends_early_keeps_the_lines_before() {
    let lines: Vec<String> = (0..2_000).map(|n| call(&n.to_string(), "")).collect();
    let whole = gzip(lines.join("\n").as_bytes());
    let decoded = decode("x.gz", &whole[..whole.len() / 2]);
    decoded.assert_closed();
    assert!(decoded.raws("cloudtrail").len() > 500);
    assert!(decoded.reasons().contains(&"bad_gzip"));
}
