//! GuardDuty findings: exported, carried by EventBridge, printed by `get-findings`.

use crate::support::decode;

pub const EXEC: &str = r#"{"schemaVersion":"2.0","accountId":"111122223333","region":"us-east-1","partition":"aws","id":"f1","arn":"arn:aws:guardduty:us-east-1:111122223333:detector/d1/finding/f1","type":"Execution:Kubernetes/ExecInKubeSystemPod","resource":{"resourceType":"EKSCluster","eksClusterDetails":{"name":"demo","arn":"arn:aws:eks:us-east-1:111122223333:cluster/demo","createdAt":1713000000.5,"vpcId":"vpc-0aa","status":"ACTIVE","tags":[]},"kubernetesDetails":{"kubernetesUserDetails":{"username":"ci","uid":"aws-iam-authenticator:111122223333:AROAEXAMPLE","groups":["system:masters"],"sessionName":["run-7"]},"kubernetesWorkloadDetails":{"name":"coredns-0","type":"pods","namespace":"kube-system"}},"accessKeyDetails":{"accessKeyId":"ASIAEXAMPLE","principalId":"AROAEXAMPLE:run-7","userType":"Role","userName":"ci-deploy"}},"service":{"serviceName":"guardduty","detectorId":"d1","featureName":"EksAuditLogs","action":{"actionType":"KUBERNETES_API_CALL","kubernetesApiCallAction":{"requestUri":"/api/v1/namespaces/kube-system/pods/coredns-0/exec","verb":"create","sourceIPs":["203.0.113.66"],"userAgent":"kubectl/v1.30.0","remoteIpDetails":{"ipAddressV4":"203.0.113.66","country":{"countryName":"Nowhere"}},"statusCode":101}},"resourceRole":"TARGET","additionalInfo":{"value":"{}","type":"default"},"evidence":null,"eventFirstSeen":"2024-05-14T14:20:00.000Z","eventLastSeen":"2024-05-14T14:22:00.000Z","archived":false,"count":3},"severity":5.3,"createdAt":"2024-05-14T14:25:10.123Z","updatedAt":"2024-05-14T14:40:10.456Z","title":"A command was run in a pod of kube-system.","description":"Pod coredns-0."}"#;

const API_CALL: &str = r#"{"schemaVersion":"2.0","accountId":"111122223333","region":"us-east-1","id":"f2","type":"UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom","resource":{"resourceType":"AccessKey","accessKeyDetails":{"accessKeyId":"AKIAEXAMPLE","userName":"alice","userType":"IAMUser","principalId":"AIDAEXAMPLE"}},"service":{"serviceName":"guardduty","action":{"actionType":"AWS_API_CALL","awsApiCallAction":{"api":"ListClusters","serviceName":"eks.amazonaws.com","remoteIpDetails":{"ipAddressV4":"","ipAddressV6":"2001:db8::7"}}},"count":1},"severity":8,"updatedAt":"2024-05-14T14:40:10.456Z"}"#;

const PROBE: &str = r#"{"id":"f3","type":"Recon:EC2/PortProbeUnprotectedPort","resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-0cc"}},"service":{"serviceName":"guardduty","action":{"actionType":"PORT_PROBE","portProbeAction":{"blocked":false,"portProbeDetails":[{"remoteIpDetails":{"ipAddressV4":"198.51.100.7"}},{"remoteIpDetails":{"ipAddressV4":"198.51.100.8"}}]}}},"severity":"2","updatedAt":"2024-05-14T14:40:10.456Z"}"#;

/// The same finding with every key in upper case, as the command line prints it.
fn printed(finding: &str) -> String {
    fn capitals(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(members) => members
                .into_iter()
                .map(|(key, value)| (format!("{}{}", key[..1].to_uppercase(), &key[1..]), capitals(value)))
                .collect(),
            serde_json::Value::Array(items) => items.into_iter().map(capitals).collect(),
            other => other,
        }
    }
    capitals(serde_json::from_str(finding).unwrap()).to_string()
}

#[test]
fn a_finding_about_a_cluster() {
    let decoded = decode("AWSLogs/111122223333/GuardDuty/us-east-1/2024/05/14/x.jsonl.gz", EXEC.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("guardduty"), [EXEC]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn the_other_side_is_found_in_every_action() {
    let decoded = decode("x.jsonl", [EXEC, API_CALL, PROBE].join("\n").as_bytes());
    decoded.assert_closed();
    let column = |name| decoded.column("guardduty", name);
    assert_eq!(column("remote_ip"), ["203.0.113.66", "2001:db8::7", "198.51.100.7"]);
    assert_eq!(column("threat_purpose"), ["Execution", "UnauthorizedAccess", "Recon"]);
    assert_eq!(column("severity"), ["5.3", "8.0", "2.0"]);
    assert_eq!(column("user_name"), ["ci-deploy", "alice", "∅"]);
    assert_eq!(column("instance_id"), ["∅", "∅", "i-0cc"]);
}

#[test]
fn a_finding_is_the_same_wherever_it_comes_from() {
    let bridge = format!(
        r#"{{"version":"0","id":"e","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"111122223333","region":"us-east-1","resources":[],"detail":{EXEC}}}"#
    );
    let carried = decode("x.json", bridge.as_bytes());
    carried.assert_closed();
    assert_eq!(carried.raws("guardduty"), [EXEC]);

    let answer = format!(r#"{{"Findings":[{},{}]}}"#, printed(EXEC), printed(PROBE));
    let answered = decode("x.json", answer.as_bytes());
    answered.assert_closed();
    assert_eq!(answered.raws("guardduty"), [printed(EXEC), printed(PROBE)]);
    let exported = decode("x.json", format!("{EXEC}\n{PROBE}\n").as_bytes());
    for column in
        ["event_time", "finding_id", "severity", "eks_cluster_name", "kubernetes_user_name", "remote_ip", "count"]
    {
        assert_eq!(answered.column("guardduty", column), exported.column("guardduty", column), "{column}");
    }
}

#[test]
fn findings_of_other_services_are_not_taken() {
    let macie = r#"{"schemaVersion":"1.0","id":"m","accountId":"111122223333","type":"SensitiveData:S3Object/Personal","severity":{"score":1},"resourcesAffected":{}}"#;
    let hub = r#"{"Findings":[{"SchemaVersion":"2018-10-08","Id":"h","ProductArn":"p","Types":["x"],"Resources":[]}]}"#;
    let other = API_CALL.replace("\"guardduty\"", "\"inspector\"");
    let decoded = decode("x.json", format!("{macie}\n{hub}\n{other}\n").as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["unknown_record"; 3]);
}

#[test]
fn a_finding_cut_in_half_is_one_reject() {
    let decoded = decode("x.jsonl", &EXEC.as_bytes()[..EXEC.len() / 2]);
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["cut_short"]);
}
