//! Thousands of keys in S3: listings in pages, both layouts of a trail, every object fetched once, every event once.

use std::collections::{BTreeMap, BTreeSet};

use eksamine_testkit::generate::{GeneratedObject, Generator, Planes, Settings, Truth};
use eksamine_testkit::s3::{OperationKind, RequestLog, S3Server};

use super::{Ingest, lake};

/// An archive and what is known of it.
pub struct Bucket {
    pub server: S3Server,
    pub truth: Truth,
    /// The truth of each object, by key.
    pub objects: BTreeMap<String, Truth>,
}

/// Puts generated archives into one bucket; the trail of one account lies as an organization's trail does.
pub fn bucket(parts: &[Settings]) -> Bucket {
    let server = S3Server::start(["logs"]);
    let (mut truth, mut objects) = (Truth::default(), BTreeMap::new());
    for settings in parts {
        let generator = Generator::new(settings).unwrap();
        let of_organization = generator.keys().find_map(account).map(str::to_owned);
        for index in 0..generator.object_count() {
            let GeneratedObject { mut key, bytes, truth: own, .. } = generator.object(index).unwrap();
            if account(&key).is_some() && account(&key) == of_organization.as_deref() {
                key = key.replacen("AWSLogs/", "AWSLogs/o-exampleorg1/", 1);
            }
            truth.add(&own);
            server.put("logs", &key, bytes);
            assert!(objects.insert(key, own).is_none());
        }
    }
    Bucket { server, truth, objects }
}

/// The account of a trail's key in the plain layout.
fn account(key: &str) -> Option<&str> {
    key.strip_prefix("AWSLogs/")?.split('/').next()
}

pub fn trail() -> Settings {
    Settings { json_bytes: 1_000_000, objects: 260, planes: Planes::CloudTrail, ..Settings::default() }
}

pub fn firehose() -> Settings {
    Settings { json_bytes: 2_500_000, objects: 1_040, clusters: 1, planes: Planes::Kubernetes, ..Settings::default() }
}

/// How many pages of a prefix were asked for.
fn pages(log: &RequestLog, prefix: &str) -> usize {
    let of_prefix = |operation: &&_| {
        let eksamine_testkit::s3::Operation { kind, key, .. } = operation;
        *kind == OperationKind::List && key == prefix
    };
    log.operations.iter().filter(of_prefix).count()
}

#[test]
fn thirteen_hundred_objects_are_read_once_each() {
    let bucket = bucket(&[trail(), firehose()]);
    let folder = tempfile::tempdir().unwrap();
    let report = Ingest::of_server(&bucket.server, "s3://logs").run(folder.path());

    let log = bucket.server.log();
    let got = log.keys_got();
    assert_eq!(got.len(), bucket.objects.len());
    assert_eq!(got.iter().collect::<BTreeSet<_>>(), bucket.objects.keys().collect());
    let firehose_folder = bucket.objects.keys().find(|key| key.starts_with("firehose/")).unwrap();
    let firehose_folder = firehose_folder.split_inclusive('/').take(2).collect::<String>();
    assert_eq!(pages(&log, &firehose_folder), 2, "1,040 keys are two pages");

    assert_eq!((report.listed, report.wanted, report.read), (1_300, 1_300, 1_300));
    assert_eq!(report.records, bucket.truth.records());
    let mut rows: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in lake::rows(folder.path()) {
        *rows.entry((row.table.clone(), row.text("event_time")[..10].to_owned())).or_default() += 1;
    }
    let mut expected = BTreeMap::new();
    for (name, table) in &bucket.truth.tables {
        assert!(table.count.duplicates() * 10 > table.count.records, "a fifth of {name} should be repeated");
        expected.extend(table.per_day.iter().map(|(day, count)| ((name.clone(), day.clone()), count.distinct)));
    }
    assert_eq!(rows, expected);
    let duplicates: u64 = bucket.truth.tables.values().map(|table| table.count.duplicates()).sum();
    assert_eq!((report.folded, report.rejects), (duplicates, 0));
    assert!(report.is_complete());

    let organization = |uri: &str| uri.contains("/AWSLogs/o-exampleorg1/");
    let entries = lake::objects(folder.path());
    assert!(entries.iter().any(|entry| organization(&entry.uri) && entry.rows > 0));
    assert!(entries.iter().any(|entry| entry.uri.contains("/AWSLogs/1") && entry.rows > 0));
    for entry in &entries {
        let truth = &bucket.objects[entry.uri.strip_prefix("s3://logs/").unwrap()];
        assert_eq!(entry.records, truth.records(), "{}", entry.uri);
    }
}

#[test]
fn small_pages_lose_nothing() {
    let bucket = bucket(&[trail()]);
    bucket.server.set_page_size(7);
    let folder = tempfile::tempdir().unwrap();
    let report = Ingest::of_server(&bucket.server, "s3://logs/AWSLogs/").run(folder.path());
    assert!(bucket.server.log().lists() > 260 / 7);
    assert_eq!(report.wanted, 260);
    assert_eq!(report.rows, super::rows_of(&bucket.truth));
}
