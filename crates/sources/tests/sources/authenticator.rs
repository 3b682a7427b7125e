//! What becomes of the lines of aws-iam-authenticator, of every version and however they arrive.

use crate::cloudwatch::{self, TIME};
use crate::support::decode;

const STREAM: &str = "authenticator-0123456789abcdef0123456789abcdef";

const GRANTED: &str = r#"time="2024-05-14T14:02:10Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/ci-deploy" client="127.0.0.1:54812" groups="[system:masters deployers]" method=POST path=/authenticate stsendpoint=sts.us-east-1.amazonaws.com uid="aws-iam-authenticator:111122223333:AROAEXAMPLEDEPLOY0001" username="ci:{{SessionName}}""#;
const RESPONSE: &str = r#"time="2024-05-14T14:02:10Z" level=info msg="STS response" accesskeyid=ASIAEXAMPLE000000001 accountid=111122223333 arn="arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7" client="127.0.0.1:54812" method=POST path=/authenticate session=run-7 stsendpoint=sts.us-east-1.amazonaws.com userid=AROAEXAMPLEDEPLOY0001"#;
const OLDER: &str = r#"time="2021-09-13T16:29:14Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/dev" client="127.0.0.1:50410" groups="[]" method=POST path=/authenticate sts=sts.amazonaws.com uid="heptio-authenticator-aws:111122223333:AROAEXAMPLEDEV0000001" username=dev"#;
const OLDEST: &str = r#"time="2019-10-31T20:16:50Z" level=info msg="STS response" accountid=111122223333 arn="arn:aws:iam::111122223333:user/alice" client="127.0.0.1:55534" method=POST path=/authenticate session= userid=AIDAEXAMPLEALICE00001"#;
const DENIED: &str = r#"time="2022-12-26T20:46:48Z" level=warning msg="access denied" client="127.0.0.1:43440" error="sts getCallerIdentity failed: error from AWS (expected 200, got 403). Body: {\"Error\":{\"Code\":\"InvalidClientTokenId\",\"Message\":\"no such \\\\ token\\n\"}}" method=POST path=/authenticate"#;
const OTHER: &str =
    r#"time="2024-05-14T14:02:12Z" level=info msg="Calling ec2:DescribeInstances" instances="[i-0example]" queued"#;

#[test]
fn every_version_of_a_login() {
    let object = [GRANTED, RESPONSE, OLDER, OLDEST, DENIED, OTHER].join("\n");
    let decoded = decode("mapped/authenticator.log", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("authenticator"), [GRANTED, RESPONSE, OLDER, OLDEST, DENIED, OTHER]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn an_empty_session_is_none() {
    let carried = cloudwatch::subscription(STREAM, &[OLDEST]);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    assert_eq!(decoded.column("authenticator", "session_name"), ["∅"]);
    assert_eq!(decoded.column("authenticator", "user_principal_id"), ["AIDAEXAMPLEALICE00001"]);
    assert_eq!(decoded.column("authenticator", "fields"), ["∅"]);
}

#[test]
fn every_envelope_gives_the_same_rows() {
    let panic = "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:12 +0x1d";
    let messages = [GRANTED, DENIED, panic, OTHER];
    for carried in [
        cloudwatch::export_task(STREAM, &messages),
        cloudwatch::subscription(STREAM, &messages),
        cloudwatch::filter_log_events(STREAM, &messages),
    ] {
        let decoded = decode(&carried.key, carried.object.as_bytes());
        decoded.assert_closed();
        let column = |name| decoded.column("authenticator", name);
        assert_eq!(decoded.raws("authenticator"), messages, "{}", carried.key);
        assert_eq!(column("cluster"), ["demo"; 4]);
        assert_eq!(column("cluster_assumed"), ["false"; 4]);
        assert_eq!(column("log_stream"), [STREAM; 4]);
        assert_eq!(column("log_time"), [TIME; 4]);
        let message = ["access granted", "access denied", panic, "Calling ec2:DescribeInstances"];
        assert_eq!(column("message"), message);
        let times = ["2024-05-14T14:02:10Z", "2022-12-26T20:46:48Z", TIME, "2024-05-14T14:02:12Z"];
        assert_eq!(column("event_time"), times);
        assert!(decoded.outcome.rejects.is_empty());
    }
}

#[test]
fn without_the_name_of_a_stream_only_logins_are_sure() {
    let carried = cloudwatch::get_log_events(&[GRANTED, OTHER, "free text"]);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("authenticator"), [GRANTED]);
    assert_eq!(decoded.reasons(), ["unknown_record"; 2]);
}

#[test]
fn lines_of_another_program_in_a_stream_of_its_own_are_no_logins() {
    let carried = cloudwatch::subscription("my-service-00ff", &[GRANTED, OTHER, "I0514 14:02:11.123456 1 a.go:1] x"]);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["unknown_record"; 3]);
}

#[test]
fn lines_of_klog_and_of_json_are_rows_of_the_stream() {
    let messages = [
        r#"W0514 14:02:11.654321       1 reflector.go:539] "Failed to list" type="*v1.ConfigMap" err="Unauthorized""#,
        r#"{"arn":"arn:aws:iam::111122223333:role/dev","groups":["a b","c"],"level":"WARN","msg":"access granted","time":"2024-05-14T14:02:10Z","attempt":3,"uid":"aws-iam-authenticator:111122223333:AROAEXAMPLEDEV0000001"}"#,
        r#"{"level":"info","msg":"cut he"#,
    ];
    let carried = cloudwatch::subscription(STREAM, &messages);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn a_line_that_cloudwatch_cut_is_marked_and_read_as_far_as_it_goes() {
    let cut = format!("{}[Truncated...]", &GRANTED[..150]);
    let braced = format!("{DENIED} extra=\"{{\\\"a\\\":\\\"}}[Truncated...]");
    let carried = cloudwatch::export_task(STREAM, &[&cut, &braced]);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    let column = |name| decoded.column("authenticator", name);
    assert_eq!(decoded.raws("authenticator"), [cut, braced]);
    assert_eq!(column("truncated"), ["true"; 2]);
    assert_eq!(column("arn"), ["arn:aws:iam::111122223333:role/ci-deploy", "∅"]);
    assert_eq!(column("account_id"), ["111122223333", "∅"]);
    assert_eq!(column("fields")[1], r#"{"extra":"{\"a\":\"}[Truncated...]"}"#);
}

#[test]
fn hostile_lines_are_rows_that_claim_nothing() {
    let messages = [
        "=",
        "level= msg=",
        "level=info msg=\"never closed uid=aws-iam-authenticator:1:2",
        "level=info msg=x arn=arn:aws uid=aws-iam-authenticator:: time=soon userid=: groups=none",
        "level=info msg=x uid=someone-else:111122223333:AROAEXAMPLE fields={ session=\"\\",
        "time=\"2024-05-14T14:02:10Z\" level=info msg=\"access granted\" arn=a arn=b username=\"\u{1b}[2J\\x1b[2J\"",
        "   ",
    ];
    let carried = cloudwatch::subscription(STREAM, &messages);
    let decoded = decode(&carried.key, carried.object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("authenticator"), messages);
    let column = |name| decoded.column("authenticator", name);
    assert_eq!(column("account_id"), ["∅"; 7]);
    assert_eq!(column("user_principal_id"), ["∅"; 7]);
    assert_eq!(column("event_time")[3], TIME);
    assert_eq!(column("fields")[3], r#"{"time":"soon"}"#);
    assert_eq!(column("groups")[3], r#""none""#);
    assert_eq!(column("arn")[5], "b");
    assert_eq!(column("message")[2], "never closed uid=aws-iam-authenticator:1:2");
    assert_eq!(column("message")[6], "   ");
}
