//! Objects of plain lines: what is taken for a log, where its records end, and what stays unknown.

use proptest::prelude::*;

use crate::support::decode;

const KLOG: &str = "I0514 14:02:10.654321       1 event.go:376] one";
const PANIC: &str = "E0514 14:02:11.000000       1 panic.go:1] boom\ngoroutine 7 [running]:\nmain.run(0x1)\n\t/src/x.go:1\n{\n  not json\n}";
const LOGIN: &str = r#"time="2024-05-14T14:02:10Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/dev" path=/authenticate"#;
const LOGRUS: &str = r#"time="2024-05-14T14:02:09Z" level=info msg="listening on 127.0.0.1:21362""#;
const AUDIT: &str =
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"ResponseComplete","verb":"get"}"#;

#[test]
fn a_stack_trace_stays_one_record() {
    let object = format!("{KLOG}\n{PANIC}\n{KLOG}\n");
    let decoded = decode("var/log/kube-apiserver.log", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.outcome.envelope, Some("lines"));
    assert_eq!(decoded.raws("control_plane"), [KLOG, PANIC, KLOG]);
    assert_eq!(decoded.column("control_plane", "component"), ["kube-apiserver"; 3]);
    assert_eq!(decoded.column("control_plane", "message")[1], PANIC.split_once("] ").unwrap().1);
}

#[test]
fn line_ends_of_windows_blank_lines_and_a_missing_last_one_change_nothing() {
    for object in [
        format!("{KLOG}\r\n{LOGIN}\r\n{KLOG}"),
        format!("\u{feff}{KLOG}\n\n\n{LOGIN}\n{KLOG}\n\n"),
        format!("\n\r\n{KLOG}\n{LOGIN}\n{KLOG}\r"),
    ] {
        let decoded = decode("mapped/x", object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("control_plane"), [KLOG, KLOG], "{object:?}");
        assert_eq!(decoded.raws("authenticator"), [LOGIN]);
        assert!(decoded.outcome.rejects.is_empty());
        assert_eq!(decoded.column("control_plane", "source_record"), ["0", "2"]);
    }
}

#[test]
fn a_log_of_the_authenticator_is_known_by_one_login() {
    let decoded = decode("mapped/x", format!("{LOGRUS}\n\tmore\n{LOGIN}").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("authenticator"), [format!("{LOGRUS}\n\tmore"), LOGIN.to_owned()]);
    assert_eq!(decoded.column("authenticator", "message")[0], "listening on 127.0.0.1:21362\n\tmore");
    assert_eq!(decode("mapped/x", LOGRUS.as_bytes()).outcome.envelope, None);
}

#[test]
fn other_text_stays_unknown() {
    for object in [
        "hello\nI0514 14:02:10.654321       1 event.go:376] one\n",
        "time=\"2024-05-14T14:02:10Z\" level=info msg=\"order placed\" path=/orders\n",
        "I0514 is no header",
        "May 14 14:02:10 node kubelet: I0514 14:02:10.654321       1 event.go:376] one",
        "2024-05-14T14:02:11.123456789Z stdout F hello",
        "Log file",
        "\n\n",
        "\t",
    ] {
        let decoded = decode("mapped/x", object.as_bytes());
        assert_eq!((decoded.outcome.envelope, decoded.outcome.records), (None, 0), "{object}");
    }
}

#[test]
fn streams_that_firehose_mixed_sort_themselves_out() {
    let two = AUDIT.replace("\"c\"", "\"d\"");
    let wrapped = format!("{AUDIT}\n{KLOG}\n{two}{two}\n{LOGRUS}\n{LOGIN}\n{PANIC}\n{AUDIT}\n{{\"who\":1}}\n");
    let decoded = decode("mapped/2024/05/14/x", wrapped.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT, &two, &two, AUDIT]);
    assert_eq!(decoded.raws("control_plane"), [KLOG, PANIC]);
    assert_eq!(decoded.raws("authenticator"), [LOGRUS, LOGIN]);
    assert_eq!(decoded.reasons(), ["unknown_record"]);
    let reject = &decoded.outcome.rejects[0];
    assert_eq!(reject.bytes, b"{\"who\":1}");
    assert!(wrapped.as_bytes()[reject.offset_bytes as usize..].starts_with(b"{\"who\":1}"));
}

#[test]
fn what_stands_before_the_first_record_is_kept_as_a_reject() {
    let object = format!("\t/src/x.go:1\ncreated by main\n{KLOG}\n");
    let decoded = decode("mapped/x", object.as_bytes());
    assert_eq!(decoded.outcome.envelope, None);
    let object = format!("\t/src/x.go:1\n\t/src/x.go:2\n{KLOG}\n");
    let decoded = decode("mapped/x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!((decoded.raws("control_plane"), decoded.reasons()), (vec![KLOG.to_owned()], vec!["stray_bytes"]));
    assert_eq!(decoded.outcome.rejects[0].bytes, b"\t/src/x.go:1\n\t/src/x.go:2");
}

#[test]
fn text_after_a_line_of_json_keeps_its_brackets() {
    let object = format!("{KLOG}\n{AUDIT}\ngoroutine 7 [running]:\n\t[x]\n{AUDIT}\n");
    let decoded = decode("mapped/x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT, AUDIT]);
    assert_eq!(decoded.reasons(), ["stray_bytes"]);
    assert_eq!(decoded.outcome.rejects[0].bytes, b"goroutine 7 [running]:\n\t[x]");
}

#[test]
fn closing_braces_too_many_after_a_line_of_json_are_stray() {
    let object = format!("{KLOG}\n{AUDIT}}}]}}\n{AUDIT}{AUDIT}\n{KLOG}\n");
    let decoded = decode("mapped/x", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT; 3]);
    assert_eq!(decoded.raws("control_plane"), [KLOG; 2]);
    assert!(decoded.reasons().iter().all(|reason| *reason == "stray_bytes"));
}

#[test]
fn a_line_that_is_no_text_leaves_its_neighbours_alone() {
    let object = [KLOG.as_bytes(), b"\n", KLOG.as_bytes(), b" \xff\n", KLOG.as_bytes()].concat();
    let decoded = decode("mapped/x", &object);
    decoded.assert_closed();
    assert_eq!((decoded.raws("control_plane").len(), decoded.reasons()), (2, vec!["invalid_utf8"]));
    assert_eq!(decoded.outcome.rejects[0].bytes, [KLOG.as_bytes(), b" \xff"].concat());
}

#[test]
fn a_folder_or_file_named_after_a_stream_is_its_stream() {
    for key in ["logs/authenticator-00ff/part-1.gz", "logs/authenticator-00ff.log.gz"] {
        let decoded = decode(key, format!("{KLOG}\n{LOGIN}\n").as_bytes());
        assert_eq!(decoded.raws("authenticator"), [KLOG, LOGIN], "{key}");
        assert_eq!(decoded.column("authenticator", "log_stream"), ["authenticator-00ff"; 2]);
    }
}

#[test]
fn prefixes_of_a_container_runtime_stay_in_raw_and_out_of_the_columns() {
    let time = "2024-05-14T14:02:11.123456789Z";
    let records = [
        format!("{time} stderr F {KLOG}"),
        format!(
            "{time} stderr P E0514 14:02:11.000000       1 panic.go:1] bo\n{time} stderr F om\n{time} stderr F \t/src/x.go:1"
        ),
        format!("{time} stdout F {LOGIN}"),
    ];
    let object = format!("{}\n{}\n{time} stdout F {AUDIT}\n{}\n", records[0], records[1], records[2]);
    let key = "var/log/pods/kube-system_kube-apiserver-node-1_00ff/kube-apiserver/0.log";
    let decoded = decode(key, object.as_bytes());
    decoded.assert_closed();
    assert!(decoded.outcome.rejects.is_empty());
    assert_eq!(decoded.raws("control_plane"), records[..2]);
    assert_eq!(decoded.raws("authenticator"), records[2..]);
    assert_eq!(decoded.raws("k8s_audit"), [AUDIT]);
    assert_eq!(decoded.column("control_plane", "message"), ["one", "boom\n\t/src/x.go:1"]);
    assert_eq!(decoded.column("control_plane", "component"), ["kube-apiserver"; 2]);
    assert_eq!(decoded.column("control_plane", "event_time")[0], "2024-05-14T14:02:10.654321Z");
    assert_eq!(decoded.column("authenticator", "arn"), ["arn:aws:iam::111122223333:role/dev"]);
}

#[test]
fn a_log_of_json_lines_is_read_as_the_control_planes() {
    let line = r#"{"ts":1715695330654.3215,"caller":"app/server.go:182","msg":"up","v":0}"#;
    let decoded = decode("var/log/kube-scheduler.log", format!("{line}\nstarting\n{line}\n").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("control_plane"), [format!("{line}\nstarting"), line.to_owned()]);
    assert_eq!(decoded.column("control_plane", "message"), ["up\nstarting", "up"]);
    let seconds = r#"{"ts":1715695330.65,"caller":"main.go:1","msg":"of another program"}"#;
    assert_eq!(decode("x", seconds.as_bytes()).reasons(), ["unknown_record"]);
}

/// Pieces that mutate into something near to plain logs.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(format!("{KLOG}\n")),
        Just(format!("{LOGIN}\n")),
        Just(format!("{LOGRUS}\n")),
        Just(format!("{AUDIT}\n")),
        Just("goroutine 7 [running]:\n\t/src/x.go:1\n".to_owned()),
        Just("Log file created at: 2024/05/14 14:00:00\n".to_owned()),
        Just("I0514 14:02:10.6".to_owned()),
        Just("time=\"x\" level=info msg=\"".to_owned()),
        "[IWEFtl={}\"\\\\ a-z0-9\n\r\t]{0,16}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn rows_and_rejects_together_are_the_whole_object(parts in prop::collection::vec(fragment(), 0..14)) {
        let object = parts.concat();
        let decoded = decode("mapped/x", object.as_bytes());
        decoded.assert_closed();
        if decoded.outcome.envelope != Some("lines") {
            return Ok(());
        }
        let mut pieces: Vec<(u64, String)> =
            decoded.outcome.rejects.iter().map(|it| (it.record, String::from_utf8_lossy(&it.bytes).into())).collect();
        for table in ["control_plane", "authenticator", "k8s_audit", "cloudtrail"] {
            let places = decoded.column(table, "source_record");
            pieces.extend(places.iter().map(|place| place.parse().unwrap()).zip(decoded.raws(table)));
        }
        pieces.sort();
        let dense = |text: &str| text.split_whitespace().collect::<String>();
        let kept: String = pieces.iter().map(|(_, text)| dense(text)).collect();
        prop_assert_eq!(kept, dense(&object));
    }
}
