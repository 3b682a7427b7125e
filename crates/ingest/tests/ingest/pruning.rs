//! What a key rules out is neither fetched nor, where folders divide it, listed.

use std::collections::BTreeSet;

use eksamine_ingest::{KeyFilter, Settings};
use eksamine_testkit::s3::OperationKind;
use jiff::civil::date;

use super::s3::{Bucket, bucket, firehose, trail};
use super::{Ingest, lake, settings};

fn archive() -> Bucket {
    bucket(&[trail(), eksamine_testkit::generate::Settings { objects: 60, json_bytes: 200_000, ..firehose() }])
}

fn filtered(filter: KeyFilter) -> Settings {
    Settings { filter, ..settings() }
}

/// The folders of a key, for naive rules.
fn parts(key: &str) -> Vec<&str> {
    key.split('/').collect()
}

/// Asserts that exactly the keys `wanted` were fetched, and that no listing began in a folder `pruned` knows.
fn assert_pruned(bucket: &Bucket, settings: Settings, wanted: impl Fn(&str) -> bool, pruned: impl Fn(&[&str]) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let report = Ingest::of_server(&bucket.server, "s3://logs").with(settings).run(folder.path());
    let log = bucket.server.log();
    let expected: BTreeSet<&str> = bucket.objects.keys().map(String::as_str).filter(|key| wanted(key)).collect();
    assert!(!expected.is_empty() && expected.len() < bucket.objects.len(), "{} keys wanted", expected.len());
    let got = log.keys_got();
    assert_eq!(got.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for operation in log.operations.iter().filter(|operation| operation.kind == OperationKind::List) {
        assert!(!pruned(&parts(&operation.key)), "`{}` was listed", operation.key);
    }
    assert_eq!(report.wanted, expected.len() as u64);
    let records: u64 = expected.iter().map(|key| bucket.objects[*key].records()).sum();
    assert_eq!(report.records, records);
    lake::check(folder.path());
}

#[test]
fn accounts() {
    let bucket = archive();
    let accounts: BTreeSet<&str> = bucket
        .objects
        .keys()
        .filter_map(|key| parts(key).into_iter().find(|part| part.len() == 12 && part.parse::<u64>().is_ok()))
        .collect();
    let account = (*accounts.iter().next_back().unwrap()).to_owned();
    let filter = KeyFilter { accounts: vec![account.clone()], ..KeyFilter::default() };
    let is_other = |part: &&str| accounts.contains(*part) && **part != *account;
    assert_pruned(
        &bucket,
        filtered(filter),
        |key| !parts(key).iter().any(&is_other),
        |folders| folders.iter().any(&is_other),
    );
}

#[test]
fn the_account_of_an_organization_trail() {
    let bucket = archive();
    let key = bucket.objects.keys().find(|key| key.starts_with("AWSLogs/o-exampleorg1/")).unwrap();
    let account = parts(key)[2].to_owned();
    let filter = KeyFilter { accounts: vec![account], ..KeyFilter::default() };
    let plain = |folders: &[&str]| folders[0] == "AWSLogs" && folders.len() > 2 && folders[1] != "o-exampleorg1";
    assert_pruned(&bucket, filtered(filter), |key| !plain(&parts(key)), plain);
}

#[test]
fn regions() {
    let bucket = archive();
    let region = |folders: &[&str]| {
        let trail = folders.iter().position(|part| *part == "CloudTrail")?;
        folders.get(trail + 1).filter(|part| !part.is_empty()).map(|part| (*part).to_owned())
    };
    let filter = KeyFilter { regions: vec!["us-east-1".to_owned()], ..KeyFilter::default() };
    assert_pruned(
        &bucket,
        filtered(filter),
        |key| region(&parts(key)).is_none_or(|region| region == "us-east-1"),
        |folders| region(folders).is_some_and(|region| region != "us-east-1"),
    );
}

#[test]
fn days() {
    let bucket = archive();
    let filter = KeyFilter { since: Some(date(2025, 3, 4)), until: Some(date(2025, 3, 4)), ..KeyFilter::default() };
    // What was delivered on the day after can still hold events of the day.
    let day = |path: &str| {
        let at = path.find("/2025/03/")?;
        path.get(at + 9..at + 11)?.parse::<u8>().ok()
    };
    assert_pruned(
        &bucket,
        filtered(filter),
        |key| day(key).is_some_and(|day| day == 4 || day == 5),
        |folders| day(&folders.join("/")).is_some_and(|day| day != 4 && day != 5),
    );
}
