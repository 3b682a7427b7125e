//! A small archive: calls in CloudTrail, an audit log as CloudWatch exports it, logins. Some of its records hold what
//! looks like a secret.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Values that a redacted bundle must not hold, in any form.
pub const SECRETS: [&str; 9] = [
    "IQoJb3JpZ2luX2VjEXAMPLEEXAMPLEEXAMPLEtoken",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "c3VwZXItc2VjcmV0LXBhc3N3b3Jk",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6c2hvcDp3ZWIifQ.c2lnbmF0dXJl",
    "correct-horse-battery",
    "ZmlsbGVyLWZpbGxlci1maWxsZXI",
    "s3cr3t-in-annotation",
    "hunter2",
    "k8s-aws-v1.aHR0cHM6Ly9zdHMuZXhhbXBsZS5jb20vP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eQ",
];

const CALLS: [&str; 4] = [
    r#"{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run-7","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE000000001"},"eventTime":"2024-05-14T14:00:00Z","eventSource":"eks.amazonaws.com","eventName":"DescribeCluster","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.10","userAgent":"=cmd|' /C calc'!A0","requestParameters":{"name":"demo"},"responseElements":null,"eventID":"11111111-0000-4000-8000-000000000001","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#,
    r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"ana"},"eventTime":"2024-05-14T14:00:01Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/admin"},"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE000000002","sessionToken":"IQoJb3JpZ2luX2VjEXAMPLEEXAMPLEEXAMPLEtoken","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","expiration":"May 14, 2024, 3:00:01 PM"}},"eventID":"11111111-0000-4000-8000-000000000002","eventType":"AwsApiCall"}"#,
    r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"ana"},"eventTime":"2024-05-14T14:00:02Z","eventSource":"rds.amazonaws.com","eventName":"CreateDBInstance","requestParameters":{"dBName":"shop","masterUserPassword":"hunter2","clientToken":"not-a-secret-just-an-idempotency-token"},"eventID":"11111111-0000-4000-8000-000000000003","eventType":"AwsApiCall"}"#,
    r#"{"eventVersion":"1.09","userIdentity":null,"eventTime":"2024-05-14T14:00:03Z","eventSource":"iam.amazonaws.com","eventName":"ChangePassword","requestParameters":null,"errorMessage":"she said \"no\", twice;\nand left","eventID":"11111111-0000-4000-8000-000000000004","eventType":"AwsApiCall"}"#,
];

const REQUESTS: [&str; 4] = [
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"22222222-0000-4000-8000-000000000001","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/secrets","verb":"create","user":{"username":"ana","groups":["system:masters"]},"sourceIPs":["192.0.2.10"],"objectRef":{"resource":"secrets","namespace":"shop","name":"db","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201},"requestObject":{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{\"pin\":\"s3cr3t-in-annotation\"}}\n"}},"data":{"password":"c3VwZXItc2VjcmV0LXBhc3N3b3Jk","pin":"MQ=="}},"requestReceivedTimestamp":"2024-05-14T14:01:00.000000Z","stageTimestamp":"2024-05-14T14:01:00.010000Z"}"#,
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"22222222-0000-4000-8000-000000000002","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/serviceaccounts/web/token","verb":"create","user":{"username":"ana"},"objectRef":{"resource":"serviceaccounts","namespace":"shop","name":"web","subresource":"token"},"responseStatus":{"code":201},"responseObject":{"kind":"TokenRequest","status":{"token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6c2hvcDp3ZWIifQ.c2lnbmF0dXJl","expirationTimestamp":"2024-05-14T15:01:01Z"}},"requestReceivedTimestamp":"2024-05-14T14:01:01.000000Z"}"#,
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"22222222-0000-4000-8000-000000000003","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods","verb":"create","user":{"username":"ana"},"objectRef":{"resource":"pods","namespace":"shop"},"responseStatus":{"code":201,"message":"see https://ana:ZmlsbGVyLWZpbGxlci1maWxsZXI@git.example.com/"},"requestObject":{"kind":"Pod","spec":{"containers":[{"name":"web","image":"example/web","env":[{"name":"MODE","value":"plain-value"},{"name":"DB_PASSWORD","value":"correct-horse-battery"}],"args":["--pass=correct-horse-battery"]}]}},"requestReceivedTimestamp":"2024-05-14T14:01:02.000000Z"}"#,
    r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"22222222-0000-4000-8000-000000000004","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"ana"},"objectRef":{"resource":"pods"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2024-05-14T14:01:03.000000Z"}"#,
];

const LOGINS: [&str; 2] = [
    r#"time="2024-05-14T14:00:30Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/admin" client="127.0.0.1:40000" groups="[system:masters]" method=POST path=/authenticate uid="aws-iam-authenticator:111122223333:AROAEXAMPLE" username=admin"#,
    r#"time="2024-05-14T14:00:31Z" level=warning msg="access denied" client="127.0.0.1:40001" error="token k8s-aws-v1.aHR0cHM6Ly9zdHMuZXhhbXBsZS5jb20vP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eQ is too old" method=POST path=/authenticate"#,
];

/// The objects of the archive with their names.
pub fn objects() -> Vec<(String, Vec<u8>)> {
    let trail = "s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/111122223333_CloudTrail_eu-west-1_20240514T1405Z_";
    let export = "s3://example-logs/exports/aws-eks-demo-cluster/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c";
    let lines = |time: &str, records: &[&str]| -> Vec<u8> {
        let lines = records.iter().map(|record| format!("2024-05-14T{time}.000Z {record}\n"));
        gzip(lines.collect::<String>().as_bytes())
    };
    let calls = |records: &[&str]| gzip(format!("{{\"Records\":[{}]}}", records.join(",")).as_bytes());
    vec![
        (format!("{trail}aaaa.json.gz"), calls(&CALLS[..2])),
        (format!("{trail}bbbb.json.gz"), calls(&CALLS[2..])),
        (
            format!("{export}/kube-apiserver-audit-00000000000000000000000000000001/000000.gz"),
            lines("14:01:05", &REQUESTS),
        ),
        (format!("{export}/authenticator-00000000000000000000000000000001/000000.gz"), lines("14:00:35", &LOGINS)),
    ]
}

/// An object as a subscription delivers it, which names the log group and so the cluster.
pub fn subscription() -> (String, Vec<u8>) {
    let uri = "s3://example-logs/firehose/2024/05/14/14/demo-1-2024-05-14-14-01-00-0000";
    let message = serde_json::json!({
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/aws/eks/demo/cluster",
        "logStream": "kube-apiserver-audit-00000000000000000000000000000001",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": "1", "timestamp": 1_715_695_263_000_u64, "message": REQUESTS[3]}],
    });
    (uri.to_owned(), gzip(message.to_string().as_bytes()))
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
