//! What becomes of the lines of the control plane, and that each stream's lines go to their own table.

use crate::cloudwatch::{self, TIME};
use crate::support::decode;

const STREAM: &str = "kube-controller-manager-0123456789abcdef0123456789abcdef";

const PLAIN: &str =
    "I0514 14:02:10.654321      10 event.go:376] Event(v1.ObjectReference{Kind:\"Node\"}): type: 'Normal'";
const STRUCTURED: &str = r#"E0514 14:02:10.654322       1 replica_set.go:557] "Unhandled \"sync\"" logger="replicaset" replicaSet="payments/api" pods=["a","b c"] count=3 err="pods \"api-\" is forbidden""#;
const MANY_LINES: &str = "W0514 14:02:10.654323 1234567 x.go:1] \"Panic\" err=<\n\tfirst\n\tsecond\n > next=1\ngoroutine 7 [running]:\nmain.run(0x1)\n\t/src/x.go:1";
const TRACE: &str = "Trace[1234567]: ---\"Objects listed\" error:<nil> 612ms (14:02:10.654)";
const STACK: &str = "goroutine 12 [running]:\nk8s.io/apiserver/pkg/server.(*x).y()\n\t/src/y.go:88 +0x1b";
const FATAL: &str = "F0514 14:02:10.654324       1 main.go:9] unable to start";
const JSON: &str = r#"{"ts":1715695330654.3215,"caller":"app/server.go:182","msg":"Starting \"x\"","v":0,"port":10257,"nested":{"a":[1, 2]}}"#;
const JSON_ERROR: &str = r#"{"ts":1715695330655,"caller":"server.go","msg":"failed","err":"no route"}"#;

const AUDIT: &str =
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"ResponseComplete","verb":"get"}"#;

#[test]
fn every_shape_of_a_line() {
    let messages = [PLAIN, STRUCTURED, MANY_LINES, TRACE, STACK, FATAL, JSON, JSON_ERROR];
    let carried = cloudwatch::subscription(STREAM, &messages);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("control_plane"), messages);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn every_envelope_gives_the_same_rows() {
    let messages = [PLAIN, MANY_LINES, TRACE, STACK, JSON];
    for carried in [
        cloudwatch::export_task(STREAM, &messages),
        cloudwatch::subscription(STREAM, &messages),
        cloudwatch::filter_log_events(STREAM, &messages),
    ] {
        let decoded = decode(&carried.key, carried.object.as_bytes());
        decoded.assert_closed();
        let column = |name| decoded.column("control_plane", name);
        assert_eq!(decoded.raws("control_plane"), messages, "{}", carried.key);
        assert_eq!(column("cluster"), ["demo"; 5]);
        assert_eq!(column("component"), ["kube-controller-manager"; 5]);
        assert_eq!(column("log_time"), [TIME; 5]);
        assert_eq!(column("severity"), ["info", "warning", "∅", "∅", "info"]);
        assert_eq!(column("event_time")[0], "2024-05-14T14:02:10.654321Z");
        assert_eq!(column("event_time")[3], TIME);
        assert!(decoded.outcome.rejects.is_empty());
    }
}

#[test]
fn lines_after_the_head_of_an_exported_message_belong_to_it() {
    let object = format!("{TIME} {FATAL}\r\n{STACK}\r\n\r\n{TIME} {PLAIN}");
    let decoded = decode(&format!("x/{STREAM}/000000.gz"), object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("control_plane"), [format!("{FATAL}\r\n{STACK}\r\n"), PLAIN.to_owned()]);
}

#[test]
fn a_stream_whose_name_begins_with_anothers_has_its_own_table() {
    let streams = [
        ("kube-apiserver-audit-00ff", AUDIT, "k8s_audit", "∅"),
        ("kube-apiserver-00ff", PLAIN, "control_plane", "kube-apiserver"),
        ("kube-scheduler-00ff", PLAIN, "control_plane", "kube-scheduler"),
        ("cloud-controller-manager-00ff", PLAIN, "control_plane", "cloud-controller-manager"),
        ("kube-controller-manager-00ff", PLAIN, "control_plane", "kube-controller-manager"),
    ];
    for (stream, message, table, component) in streams {
        let carried = cloudwatch::subscription(stream, &[message]);
        let decoded = decode(&carried.key, carried.object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws(table), [message], "{stream}");
        if table == "control_plane" {
            assert_eq!(decoded.column(table, "component"), [component]);
        }
    }
}

#[test]
fn the_stream_decides_even_against_the_content() {
    let of_stream = |stream: &str, message: &str| {
        let carried = cloudwatch::subscription(stream, &[message]);
        decode(&carried.key, carried.object.as_bytes())
    };
    assert_eq!(of_stream("kube-apiserver-00ff", AUDIT).raws("control_plane"), [AUDIT]);
    assert_eq!(of_stream("kube-apiserver-audit-00ff", PLAIN).reasons(), ["invalid_json"]);
    assert_eq!(of_stream("authenticator-00ff", PLAIN).raws("authenticator"), [PLAIN]);
}

#[test]
fn the_year_comes_from_the_log_time_the_file_or_the_key_and_else_there_is_no_time() {
    let time = |key: &str, object: &str| decode(key, object.as_bytes()).column("control_plane", "event_time");
    assert_eq!(time("fire/2023/05/14/09/x", PLAIN), ["2023-05-14T14:02:10.654321Z"]);
    assert_eq!(time("fire/x", PLAIN), ["∅"]);
    let head = "Log file created at: 2022/05/14 14:00:00\nRunning on machine: node-1\nBinary: Built with gc\nLog line format: [IWEF]mmdd";
    let file = format!("{head}\n{PLAIN}\n");
    assert_eq!(time("fire/2023/05/14/x", &file), ["2022-05-14T14:00:00Z", "2022-05-14T14:02:10.654321Z"]);
    let new_year = PLAIN.replace("0514", "1231");
    let exported = format!("2024-01-01T00:00:01.000Z {new_year}\n");
    assert_eq!(time("x/kube-scheduler-00ff/000000.gz", &exported), ["2023-12-31T14:02:10.654321Z"]);
}

#[test]
fn a_line_that_cloudwatch_cut_keeps_its_text() {
    let cut = r#"I0514 14:02:10.654321       1 x.go:1] "Body" object="{\"a\":{\"b\":1}"}[Truncated...]"#;
    let json = r#"{"ts":1715695330654,"msg":"x","object":{"a":1}[Truncated...]"#;
    let carried = cloudwatch::export_task(STREAM, &[cut, json]);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("control_plane"), [cut, json]);
    assert_eq!(decoded.column("control_plane", "truncated"), ["true"; 2]);
    assert_eq!(decoded.column("control_plane", "message"), ["Body", json]);
}
