//! One bucket with every kind of log in it, and things that are none: it sorts itself out, and what nobody knows is
//! counted and named.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use eksamine_lake::ObjectStatus;
use eksamine_sources::SOURCES;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Ingest, lake};

/// Key, content, and the rows of each table it gives.
type Sample = (&'static str, String, &'static [(&'static str, usize)]);

const TRAIL: &str = r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:08:17Z","eventSource":"eks.amazonaws.com","eventName":"CreateAccessEntry","awsRegion":"us-east-1","eventID":"e-1","eventType":"AwsApiCall"}"#;
const INSIGHT: &str = r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:07:00Z","awsRegion":"us-east-1","eventID":"i-1","eventType":"AwsCloudTrailInsight","eventCategory":"Insight","sharedEventID":"s-1","insightDetails":{"state":"Start","eventSource":"eks.amazonaws.com","eventName":"CreateAccessEntry","insightType":"ApiCallRateInsight"}}"#;
const AUDIT: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a-1","stage":"ResponseComplete","verb":"get","requestURI":"/api/v1/pods","requestReceivedTimestamp":"2024-05-14T14:09:05.340923Z"}"#;
const LOGIN: &str = r#"time="2024-05-14T14:08:59Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/ci-deploy" client="127.0.0.1:40112" groups="[]" method=POST path=/authenticate username=ci"#;
const KLOG: &str = "E0514 14:10:00.000001       1 controller.go:12] refused\ngoroutine 7 [running]:\n\tmain.go:3";
const FINDING: &str = r#"{"schemaVersion":"2.0","accountId":"111122223333","region":"us-east-1","id":"f-1","type":"Execution:Kubernetes/ExecInKubeSystemPod","resource":{"resourceType":"EKSCluster"},"service":{"serviceName":"guardduty","detectorId":"d1"},"severity":5,"updatedAt":"2024-05-14T14:40:10Z"}"#;
const FLOWS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
    2 111122223333 eni-0a 192.0.2.14 198.51.100.9 40112 443 6 21 4096 1715695331 1715695390 ACCEPT OK\n";

/// A subscription document of one log stream, as Firehose writes it.
fn subscription(stream: &str, message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/aws/eks/demo/cluster","logStream":"{stream}","logEvents":[{{"id":"1","timestamp":1715695800000,"message":{message}}}]}}"#
    )
}

fn samples() -> Vec<Sample> {
    let id = "0123456789abcdef0123456789abcdef";
    let streams = [("kube-apiserver-audit", AUDIT), ("authenticator", LOGIN), ("kube-scheduler", KLOG)];
    let joined = streams.map(|(kind, message)| subscription(&format!("{kind}-{id}"), message)).concat();
    vec![
        (
            "AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/14/a.json.gz",
            format!(r#"{{"Records":[{TRAIL}]}}"#),
            &[("cloudtrail", 1)],
        ),
        (
            "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2024/05/14/a.json.gz",
            format!(r#"{{"Records":[{INSIGHT}]}}"#),
            &[("cloudtrail_insight", 1)],
        ),
        ("AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/05/14/a.log.gz", FLOWS.to_owned(), &[("vpc_flow", 1)]),
        ("AWSLogs/111122223333/GuardDuty/us-east-1/2024/05/14/a.jsonl.gz", format!("{FINDING}\n"), &[("guardduty", 1)]),
        (
            "firehose/2024/05/14/14/eks-1-2024-05-14",
            joined,
            &[("authenticator", 1), ("control_plane", 1), ("k8s_audit", 1)],
        ),
        ("copies/authenticator.log", LOGIN.replace("14:08:59", "14:09:59") + "\n", &[("authenticator", 1)]),
        ("copies/kube-scheduler.log", KLOG.replace("refused", "gave up") + "\n", &[("control_plane", 1)]),
        // Everything in one object, one JSON line each.
        (
            "mixed/all.jsonl",
            [TRAIL, INSIGHT, AUDIT, FINDING].map(|record| record.replace("14:", "15:")).join("\n"),
            &[("cloudtrail", 1), ("cloudtrail_insight", 1), ("guardduty", 1), ("k8s_audit", 1)],
        ),
        (
            "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2024/05/14/a.log.gz",
            "https 2024-05-14T14:00:00.000000Z app/demo/50dc6c495c0c9188 192.0.2.14:2817 - 0.0 0.0 0.0 200 200\n"
                .to_owned(),
            &[],
        ),
        ("pictures/cat.png", "\u{89}PNG\r\n\u{1a}\n".to_owned(), &[]),
    ]
}

fn store(root: &Path, key: &str, content: &str) {
    let path = root.join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let named_gzip = path.extension().is_some_and(|end| end == "gz");
    if named_gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content.as_bytes()).unwrap();
        std::fs::write(path, encoder.finish().unwrap()).unwrap();
    } else {
        std::fs::write(path, content).unwrap();
    }
}

#[test]
fn a_bucket_of_all_kinds_sorts_itself_out() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, content, rows) in samples() {
        store(logs.path(), key, &content);
        for (table, rows) in rows {
            *expected.entry(table).or_default() += rows;
        }
    }
    let every: Vec<&str> = SOURCES.iter().map(|source| source.table().name).collect();
    assert!(every.iter().all(|table| expected.contains_key(table)), "a source has no sample here");

    let report = Ingest::of_folder(logs.path()).run(folder.path());
    let rows = lake::rows(folder.path());
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *found.entry(every.iter().find(|name| **name == row.table).unwrap()).or_default() += 1;
    }
    assert_eq!(found, expected);
    assert_eq!((report.rejects, report.folded, report.unknown, report.failed), (0, 0, 2, 0));
    // A klog line knows no year: outside a log stream it has no time.
    for row in &rows {
        let dated = row.get("event_time").is_some_and(|time| time.starts_with("2024-05-14"));
        assert!(dated != row.text("source_uri").ends_with("/kube-scheduler.log"), "{row:?}");
    }
    let unknown = lake::objects(folder.path()).into_iter().filter(|object| object.status == ObjectStatus::Unknown);
    let unknown: Vec<String> = unknown.map(|object| object.uri).collect();
    assert!(unknown[0].ends_with("/elasticloadbalancing/us-east-1/2024/05/14/a.log.gz"), "{unknown:?}");
    assert!(unknown[1].ends_with("/pictures/cat.png"), "{unknown:?}");
    let clusters = rows.iter().filter(|row| row.get("log_group").is_some());
    assert!(clusters.clone().count() == 3 && clusters.into_iter().all(|row| row.text("cluster") == "demo"));
    lake::check(folder.path());
}
