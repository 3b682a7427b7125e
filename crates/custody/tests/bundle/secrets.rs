//! Secrets in whole bundles.

use proptest::prelude::*;

use super::*;

#[test]
fn no_secret_is_left_in_any_file_of_a_redacted_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { redaction: Redaction::Redact, has_objects: false, ..Recipe::FOLDER }.write(&at);
    for (path, content) in files(&at) {
        let content = if path.ends_with(".parquet") { texts_of(&content) } else { content };
        let text = String::from_utf8_lossy(&content);
        for secret in archive::SECRETS {
            assert!(!text.contains(secret), "{secret} is in {path}");
        }
    }
}

#[test]
fn the_same_secrets_are_there_where_nothing_was_redacted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { has_objects: false, ..Recipe::FOLDER }.write(&at);
    let raw: String = files(&at)
        .iter()
        .filter(|(path, _)| path.starts_with("raw/"))
        .map(|(_, content)| String::from_utf8_lossy(content).into_owned())
        .collect();
    for secret in archive::SECRETS {
        assert!(raw.contains(secret), "{secret}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { redaction: Redaction::Redact, has_objects: false, ..Recipe::FOLDER }.write(&at);
    let files = files(&at);
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    for kept in ["not-a-secret-just-an-idempotency-token", "ASIAEXAMPLE000000002", "2024, 3:00:01 PM"] {
        assert!(text("rows/cloudtrail.csv").contains(kept), "{kept}");
    }
    for kept in ["plain-value", "system:masters", "git.example.com", "example/web"] {
        assert!(text("rows/k8s_audit.csv").contains(kept), "{kept}");
    }
}

#[test]
fn each_secret_is_listed_with_its_place_and_the_hash_of_what_stood_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER }.write(&at);
    let list = String::from_utf8(files(&at)["secrets.csv"].clone()).unwrap();
    let hash = |text: &str| sha256(text.as_bytes());
    for line in [
        format!("cloudtrail,3,/requestParameters/masterUserPassword,password,7,{},yes", hash("hunter2")),
        format!(
            "k8s_audit,1,/requestObject/data/password,kubernetes_secret,28,{},yes",
            hash("c3VwZXItc2VjcmV0LXBhc3N3b3Jk")
        ),
        format!("k8s_audit,1,/requestObject/data/pin,kubernetes_secret,4,{},yes", hash("MQ==")),
    ] {
        assert!(list.lines().any(|listed| listed == line), "{line}\n{list}");
    }
    assert_eq!(list.lines().count(), 1 + 11, "{list}");
}

/// A record with one secret, somewhere: a function of the secret, since it is written into many shapes.
const SHAPES: [fn(&str) -> String; 9] = [
    |secret| format!(r#""requestParameters":{{"masterUserPassword":"{secret}"}}"#),
    |secret| {
        format!(r#""responseElements":{{"credentials":{{"sessionToken":"{secret}","x":[1,{{"y":"{secret}"}}]}}}}"#)
    },
    |secret| format!(r#""requestParameters":{{"a b":"{secret}","password":"{secret}"}}"#),
    |secret| format!(r#""requestParameters":{{"body":"{{\"secretAccessKey\":\"{secret}\"}}"}}"#),
    |secret| format!(r#""errorMessage":"wrong: {secret}","requestParameters":{{"password":"{secret}"}}"#),
    |secret| format!(r#""errorMessage":"\"Bearer {secret}{secret}\" is wrong""#),
    |secret| format!(r#""userAgent":"https://ana:{secret}@example.com/","sourceIPAddress":"x{secret}""#),
    |secret| format!(r#""requestParameters":{{"environment":[{{"name":"API_TOKEN","value":"{secret}"}}]}}"#),
    |secret| format!(r#""additionalEventData":{{"{secret}":{{"clientSecret":"{secret}"}}}}"#),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_secret_of_any_shape_is_left_in_any_file(
        secrets in prop::collection::vec(("[a-zA-Z0-9+=._~-]{12,40}", 0..SHAPES.len()), 1..12),
    ) {
        let record = |(number, (secret, shape)): (usize, &(String, usize))| {
            let body = SHAPES[*shape](secret);
            format!(r#"{{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:00Z","eventName":"E","eventSource":"s","eventID":"{number}",{body}}}"#)
        };
        let records: Vec<String> = secrets.iter().enumerate().map(record).collect();
        let object = archive::gzip(format!("{{\"Records\":[{}]}}", records.join(",")).as_bytes());
        let uri = "s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/x.json.gz".to_owned();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("case");
        Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER }.write_of(&[(uri, object)], &at);
        prop_assert_eq!(checked(&at).findings, vec![]);
        for (path, content) in files(&at).into_iter().filter(|(path, _)| !path.starts_with("objects/")) {
            let content = if path.ends_with("parquet") { texts_of(&content) } else { content };
            let text = String::from_utf8_lossy(&content);
            for (secret, _) in &secrets {
                prop_assert!(!text.contains(secret.as_str()), "{} is in {}: {:?}", secret, path, records);
            }
        }
    }
}

/// All texts of a Parquet file, since its pages are compressed.
fn texts_of(parquet: &[u8]) -> Vec<u8> {
    let content = bytes::Bytes::from(parquet.to_vec());
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(content).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    format!("{batches:?}").into_bytes()
}
