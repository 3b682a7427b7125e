//! The incident of `testdata/bucket`, read from a folder and from S3: nothing is lost, nothing is invented, and every
//! row leads back to its bytes.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

use eksamine_ingest::Settings;
use eksamine_lake::ObjectStatus;
use eksamine_testkit::s3::S3Server;
use eksamine_testkit::story;
use flate2::write::MultiGzDecoder;
use serde_json::Value;
use serde_json::value::RawValue;

use super::lake::{self, Row};
use super::{Ingest, settings};

fn with_staging() -> Settings {
    let mut settings = settings();
    settings.clusters.insert("staging", "k8s/staging/");
    settings
}

fn bucket() -> String {
    let folder = story::bucket_folder().canonicalize().unwrap();
    format!("file://{}/", folder.display())
}

pub fn server() -> S3Server {
    let server = S3Server::start(["logs"]);
    for object in story::objects() {
        server.put("logs", &object.key, object.bytes);
    }
    server
}

fn from_folder(lake: &Path) -> eksamine_ingest::Report {
    Ingest::of_folder(&story::bucket_folder().canonicalize().unwrap()).with(with_staging()).run(lake)
}

/// All layers of gzip taken off, as far as they go; nothing of ours in it.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoder = MultiGzDecoder::new(Vec::new());
        // A damaged object gives what was before the damage.
        let _ = decoder.write_all(&bytes).and_then(|()| decoder.flush());
        bytes = decoder.get_ref().clone();
    }
    bytes
}

/// The messages of all subscription documents of an object, unescaped; those of the transport itself left out.
fn messages(inflated: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    for document in serde_json::Deserializer::from_slice(inflated).into_iter::<Value>() {
        let document = document.unwrap();
        if document["messageType"] == "DATA_MESSAGE" {
            let events = document["logEvents"].as_array().unwrap();
            messages.extend(events.iter().map(|event| event["message"].as_str().unwrap().to_owned()));
        }
    }
    messages
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

#[test]
fn the_numbers_are_those_of_the_story() {
    let folder = tempfile::tempdir().unwrap();
    let report = from_folder(folder.path());
    let truth = story::truth();
    // The object cut short counts twice: the record that was torn, and the gzip stream that ends early.
    let broken_streams = truth.objects.iter().filter(|object| object.torn_records > 0).count();
    assert_eq!(broken_streams, 1);
    let seen = truth.records() + truth.unreadable_records() + broken_streams;
    let distinct = truth.distinct_events();

    assert_eq!(report.wanted, truth.objects.len() as u64);
    assert_eq!(report.records, seen as u64);
    assert_eq!(report.rows, distinct as u64);
    assert_eq!(report.folded, (truth.records() - distinct) as u64);
    assert_eq!(report.rejects, (truth.unreadable_records() + broken_streams) as u64);
    let control_messages: usize = truth.objects.iter().map(|object| object.control_messages).sum();
    assert_eq!(report.control, control_messages as u64 + 1, "control messages and the write test");
    assert_eq!((report.unknown, report.failed, report.interrupted), (0, 0, false));
    let reasons: Vec<(&str, u64)> =
        report.rejects_by_reason.iter().map(|total| (total.reason.as_str(), total.rejects)).collect();
    assert_eq!(reasons, [("bad_gzip", 1), ("cut_short", 1), ("invalid_json", 1)]);
    assert!(!report.is_complete());
}

#[test]
fn every_object_has_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    from_folder(folder.path());
    let root = bucket();
    let entries: HashMap<String, _> = lake::objects(folder.path())
        .into_iter()
        .map(|entry| (entry.uri.strip_prefix(&root).unwrap().to_owned(), entry))
        .collect();
    let bytes: HashMap<String, Vec<u8>> =
        story::objects().into_iter().map(|object| (object.key, object.bytes)).collect();
    for truth in story::truth().objects {
        let entry = &entries[&truth.key];
        let broken_streams = usize::from(truth.torn_records > 0);
        let rejects = truth.bad_records + truth.torn_records + broken_streams;
        assert_eq!(entry.records, (truth.records + rejects) as u64, "{}", truth.key);
        assert_eq!(entry.rejects, rejects as u64, "{}", truth.key);
        let status = if rejects > 0 { ObjectStatus::Partial } else { ObjectStatus::Read };
        assert_eq!(entry.status, status, "{}", truth.key);
        assert_eq!(entry.sha256.as_deref(), Some(lake::sha256(&bytes[&truth.key]).as_str()), "{}", truth.key);
        assert_eq!(entry.size_bytes, bytes[&truth.key].len() as u64);
        let inflated_bytes = if truth.planes.is_empty() { 0 } else { inflated(&bytes[&truth.key]).len() as u64 };
        assert_eq!(entry.inflated_bytes, inflated_bytes);
        if let Some(first) = &truth.duplicate_of {
            assert_eq!((entry.rows, entry.folded), (0, truth.records as u64), "the second delivery gives no row");
            assert_eq!(entries[first].rows, truth.records as u64);
        }
    }
}

#[test]
fn rejects_keep_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    from_folder(folder.path());
    let objects: HashMap<String, Vec<u8>> =
        story::objects().into_iter().map(|object| (object.key, object.bytes)).collect();
    let root = bucket();
    let rejects = lake::rejects(folder.path());
    assert_eq!(rejects.len(), 3);
    for reject in rejects {
        let object = &objects[reject.uri.strip_prefix(&root).unwrap()];
        let place = if reject.reason == "bad_gzip" { object.clone() } else { inflated(object) };
        let start = usize::try_from(reject.offset_bytes).unwrap();
        let end = start + usize::try_from(reject.length_bytes).unwrap();
        assert_eq!(place[start..end], reject.bytes, "{} of {}", reject.reason, reject.uri);
        match reject.reason.as_str() {
            "cut_short" => assert_eq!(end, place.len(), "the torn record is all that is left"),
            "invalid_json" => assert!(contains(&reject.bytes, "undefined")),
            _ => assert_eq!(end, place.len()),
        }
    }
}

#[test]
fn every_row_leads_back_to_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    from_folder(folder.path());
    let objects: HashMap<String, Vec<u8>> =
        story::objects().into_iter().map(|object| (object.key, object.bytes)).collect();
    let root = bucket();
    let rows = lake::rows(folder.path());
    assert_eq!(rows.len(), story::truth().distinct_events());
    let mut checked_positions = 0;
    for row in &rows {
        let key = row.text("source_uri").strip_prefix(&root).unwrap();
        let object = &objects[key];
        assert_eq!(row.text("source_sha256"), lake::sha256(object), "{key}");
        let (inflated, raw) = (inflated(object), row.text("raw"));
        let position: usize = row.text("source_record").parse().unwrap();
        if key.starts_with("firehose/") {
            assert_eq!(messages(&inflated)[position], raw, "{key}");
        } else {
            assert!(contains(&inflated, raw), "{key}: {raw}");
        }
        // Where the whole object parses, the record is the one of its position.
        if let Ok(document) = serde_json::from_slice::<HashMap<&str, Vec<&RawValue>>>(&inflated) {
            assert_eq!(document["Records"][position].get(), raw, "{key}");
            checked_positions += 1;
        }
        let (upstream, column) = match row.table.as_str() {
            "cloudtrail" | "cloudtrail_insight" => ("eventID", "event_id"),
            "k8s_audit" => ("auditID", "audit_id"),
            "guardduty" => ("id", "finding_id"),
            // Lines have no id.
            _ => continue,
        };
        assert_eq!(serde_json::from_str::<Value>(raw).unwrap()[upstream], row.text(column));
    }
    assert!(checked_positions > 20, "{checked_positions}");
}

#[test]
fn the_key_events_of_the_incident_are_there_once() {
    let folder = tempfile::tempdir().unwrap();
    from_folder(folder.path());
    let mut times: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in lake::rows(folder.path()) {
        let Some(id) = row.get("event_id").or_else(|| row.get("audit_id")).map(str::to_owned) else { continue };
        let stage = row.get("stage").unwrap_or_default().to_owned();
        times.entry((id, stage)).or_default().push(row.text("event_time").to_owned());
    }
    for event in story::truth().key_events {
        let found = &times[&(event.id.clone(), event.stage.unwrap_or_default().to_owned())];
        let [time] = found.as_slice() else { panic!("{event:?} is there as {found:?}") };
        let (time, expected): (jiff::Timestamp, jiff::Timestamp) = (time.parse().unwrap(), event.time.parse().unwrap());
        assert_eq!(time, expected, "{}", event.what);
    }
}

fn clusters(rows: &[Row]) -> BTreeMap<(String, String), usize> {
    let mut clusters = BTreeMap::new();
    for row in rows.iter().filter(|row| row.table == "k8s_audit") {
        let cluster = (row.text("cluster").to_owned(), row.text("cluster_assumed").to_owned());
        *clusters.entry(cluster).or_default() += 1;
    }
    clusters
}

#[test]
fn clusters_come_from_log_group_key_and_mapping() {
    let truth = story::truth();
    let expected = |staging: &str, assumed: &str| {
        BTreeMap::from([
            (("demo".to_owned(), "false".to_owned()), truth.demo_audit_events),
            ((staging.to_owned(), assumed.to_owned()), truth.staging_audit_events),
        ])
    };
    let mapped = tempfile::tempdir().unwrap();
    from_folder(mapped.path());
    let rows = lake::rows(mapped.path());
    assert_eq!(clusters(&rows), expected("staging", "false"));
    for row in rows.iter().filter(|row| row.get("cluster") == Some("demo")) {
        let by_log_group = row.text("source_uri").contains("/firehose/");
        assert_eq!(row.get("log_group"), by_log_group.then_some("/aws/eks/demo/cluster"), "else the key names it");
    }

    let assumed = tempfile::tempdir().unwrap();
    Ingest::of_folder(&story::bucket_folder()).run(assumed.path());
    assert_eq!(clusters(&lake::rows(assumed.path())), expected("k8s/staging", "true"));
}

#[test]
fn s3_gives_the_same_rows_as_the_folder() {
    let (folder, s3) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    from_folder(folder.path());
    let server = server();
    let report = Ingest::of_server(&server, "s3://logs").with(with_staging()).run(s3.path());
    assert_eq!(report.wanted, story::objects().len() as u64);
    let of_folder: Vec<Row> =
        lake::rows(folder.path()).into_iter().map(|row| row.moved(&bucket(), "s3://logs/")).collect();
    let of_s3 = lake::rows(s3.path());
    let key = |row: &Row| (row.text("source_uri").to_owned(), row.text("source_record").parse::<u64>().unwrap());
    let sorted = |mut rows: Vec<Row>| {
        rows.sort_by_key(key);
        rows
    };
    assert_eq!(sorted(of_folder), sorted(of_s3));
    for entry in lake::objects(s3.path()) {
        assert!(entry.version.starts_with("etag:") && entry.etag.is_some(), "{entry:?}");
    }
}
