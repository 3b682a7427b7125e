//! What each source makes of its records.

use crate::support::decode;

const CALL: &str = r#"{"eventVersion":"1.10","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:run-7","arn":"arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/ci-deploy","accountId":"111122223333","userName":"ci-deploy"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"attributes":{"creationDate":"2024-05-14T13:41:02Z","mfaAuthenticated":"false"},"sourceIdentity":"pipeline"}},"eventTime":"2024-05-14T14:05:09Z","eventSource":"eks.amazonaws.com","eventName":"CreateAccessEntry","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.66","userAgent":"aws-cli/2.15 \"x\"","requestParameters":{"name":"demo","principalArn":"arn:aws:iam::111122223333:role/shadow"},"responseElements":null,"requestID":"r-1","eventID":"e-1","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3"}}"#;

const EXEC: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/payments/pods/api-0/exec?command=sh","verb":"create","user":{"username":"ci","uid":"aws-iam-authenticator:111122223333:AROAEXAMPLE","groups":["system:authenticated"],"extra":{"accessKeyId":["ASIAEXAMPLE"],"arn":["arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7"],"canonicalArn":["arn:aws:iam::111122223333:role/ci-deploy"],"principalId":["AROAEXAMPLE"],"sessionName":["run-7"]}},"impersonatedUser":{"username":"admin"},"sourceIPs":["203.0.113.66","10.0.0.1"],"userAgent":"kubectl/v1.30.0","objectRef":{"resource":"pods","namespace":"payments","name":"api-0","apiVersion":"v1","subresource":"exec"},"responseStatus":{"metadata":{},"code":101},"requestReceivedTimestamp":"2024-05-14T14:20:00.123456Z","stageTimestamp":"2024-05-14T14:20:00.223456Z","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"by binding"}}"#;

#[test]
fn a_cloudtrail_call() {
    let decoded = decode("x.json", format!("[{CALL}]").as_bytes());
    assert_eq!(decoded.raws("cloudtrail"), [CALL]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn a_kubernetes_audit_event() {
    let decoded = decode("mapped/audit.log", EXEC.as_bytes());
    assert_eq!(decoded.raws("k8s_audit"), [EXEC]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn types_that_change_lose_nothing() {
    let records = [
        r#"{"eventVersion":1.08,"eventID":"a","userIdentity":null,"requestParameters":"text","responseElements":"","resources":[]}"#,
        r#"{"eventVersion":"1.08","eventID":"b","userIdentity":"someone","readOnly":"true","requestParameters":null}"#,
        r#"{"eventVersion":"1.08","eventID":"c","userIdentity":{"accountId":"1","invokedBy":"autoscaling.amazonaws.com"},"readOnly":"perhaps"}"#,
        r#"{"eventVersion":"1.08","eventID":"d","userIdentity":{"userName":{"a":1}},"errorCode":404,"eventTime":"soon"}"#,
    ];
    let decoded = decode("x", records.join("\n").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail"), records);
    let column = |name| decoded.column("cloudtrail", name);
    assert_eq!(column("event_version"), ["1.08", "1.08", "1.08", "1.08"]);
    assert_eq!(column("user_identity")[..2], ["∅", "\"someone\""]);
    assert_eq!(column("user_invoked_by"), ["∅", "∅", "autoscaling.amazonaws.com", "∅"]);
    assert_eq!(column("user_name"), ["∅", "∅", "∅", "{\"a\":1}"]);
    assert_eq!(column("request_parameters")[..2], ["\"text\"", "∅"]);
    assert_eq!(column("response_elements")[0], "\"\"");
    assert_eq!(column("read_only"), ["∅", "true", "∅", "∅"]);
    assert_eq!(column("error_code")[3], "404");
    assert_eq!(column("event_time"), ["∅"; 4]);
}

#[test]
fn audit_events_of_every_age_are_read() {
    let records = [
        r#"{"apiVersion":"audit.k8s.io/v1beta1","auditID":"a","stage":"RequestReceived","verb":"GET","level":"metadata","metadata":{"creationTimestamp":"2019-01-02T03:04:05Z"},"timestamp":"2019-01-02T03:04:06Z"}"#,
        r#"{"apiVersion":"audit.k8s.io/v1","auditID":"b","stage":"ResponseComplete","requestTimestamp":"2023-10-27T10:30:00Z","verb":"POST"}"#,
        r#"{"apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"Panic","stageTimestamp":"2024-05-14T14:00:00.000001Z","objectRef":null,"user":{"extra":{"arn":[]}}}"#,
    ];
    let decoded = decode("mapped/x", records.join("\n").as_bytes());
    let column = |name| decoded.column("k8s_audit", name);
    assert_eq!(column("event_time"), ["2019-01-02T03:04:06Z", "2023-10-27T10:30:00Z", "2024-05-14T14:00:00.000001Z"]);
    assert_eq!(column("verb"), ["get", "post", "∅"]);
    assert_eq!(column("level"), ["Metadata", "∅", "∅"]);
    assert_eq!(column("user_arn")[2], "∅");
}

#[test]
fn a_truncated_event_keeps_its_readable_part_and_its_text() {
    let record = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","verb":"patch","objectRef":{"resource":"configmaps","name":"big"},"requestObject":{"data":{"k":"vvvv[Truncated...]"#;
    let decoded = decode("mapped/x", format!("2024-05-14T14:02:11.123Z {record}\n").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("k8s_audit"), [record]);
    assert_eq!(decoded.column("k8s_audit", "truncated"), ["true"]);
    assert_eq!(decoded.column("k8s_audit", "object_name"), ["big"]);
    assert_eq!(decoded.column("k8s_audit", "request_object"), [r#"{"data":{}}"#]);
}

#[test]
fn both_planes_in_one_object_sort_themselves_out() {
    let decoded = decode("mapped/x", format!("{CALL}\n{EXEC}\n{CALL}\n").as_bytes());
    assert_eq!((decoded.raws("cloudtrail").len(), decoded.raws("k8s_audit").len()), (2, 1));
    assert_eq!(decoded.column("cloudtrail", "source_record"), ["0", "2"]);
}

#[test]
fn records_of_no_known_kind_are_rejected_with_their_bytes() {
    let decoded = decode("x", br#"{"hello":"world"}"#);
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["unknown_record"]);
    assert_eq!(decoded.outcome.rejects[0].bytes, br#"{"hello":"world"}"#);
}
