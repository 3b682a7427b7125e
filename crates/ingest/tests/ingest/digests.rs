//! CloudTrail's digests in a lake: kept whole, with what came with them, and no logs; and of log files what digests hash.

use std::path::Path;

use eksamine_lake::{Content, KeptEntry, Lake, ObjectStatus};
use eksamine_testkit::s3::S3Server;
use eksamine_testkit::trail::{self, Metadata, Objects, Signer, Trail, Writer};

use super::{Ingest, lake};

const BUCKET: &str = "example-trail";

/// Two hours of a trail: two digests, and a log file of two events in the first hour.
fn two_hours() -> Objects {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    writer.log(&mut objects, "2024-05-14T00:20:00Z", &log_content());
    writer.digest(&mut objects, "2024-05-14T00:00:00Z", "2024-05-14T01:00:00Z");
    writer.digest(&mut objects, "2024-05-14T01:00:00Z", "2024-05-14T02:00:00Z");
    objects
}

fn log_content() -> String {
    trail::log_content("2024-05-14T00:20:00Z", 1, 900)
}

fn key_with(objects: &Objects, part: &str) -> String {
    objects.keys().find(|key| key.contains(part)).unwrap().clone()
}

fn first_digest(objects: &Objects) -> String {
    key_with(objects, "_20240514T010000Z")
}

fn kept(lake: &Path) -> Vec<KeptEntry> {
    Lake::open(lake).unwrap().manifest().kept().unwrap()
}

fn content_of(lake: &Path, key: &str) -> Option<Content> {
    let contents = Lake::open(lake).unwrap().manifest().contents().unwrap();
    contents.into_iter().find(|entry| entry.uri.ends_with(key)).map(|entry| entry.content)
}

fn of_server(objects: &Objects) -> (tempfile::TempDir, eksamine_ingest::Report) {
    let (server, folder) = (S3Server::start([BUCKET]), tempfile::tempdir().unwrap());
    trail::put(objects, &server, BUCKET);
    let report = Ingest::of_server(&server, &format!("s3://{BUCKET}")).run(folder.path());
    (folder, report)
}

#[test]
fn digests_are_kept_with_their_metadata_and_are_no_logs() {
    let objects = two_hours();
    let (folder, report) = of_server(&objects);
    let kept = kept(folder.path());
    assert_eq!(kept.len(), 2);
    for kept in &kept {
        let stored = &objects[kept.uri.strip_prefix("s3://example-trail/").unwrap()];
        assert_eq!((&kept.bytes, &kept.metadata), (&stored.bytes, &stored.metadata));
        assert_eq!(kept.fingerprint.as_deref(), Some(Signer::first().fingerprint));
        let object = lake::object(folder.path(), &kept.uri);
        assert_eq!((object.status, object.envelope.as_deref()), (ObjectStatus::Read, Some("digest")));
        assert_eq!((object.records, object.rejects, object.control, object.detail), (0, 0, 1, None));
    }
    assert_eq!((report.digests, report.unknown, report.rejects, report.read), (2, 0, 0, 3));
    assert_eq!(lake::rows(folder.path()).len() as u64, report.rows);
}

#[test]
fn what_a_digest_hashes_of_a_log_file_is_noted() {
    let objects = two_hours();
    let (folder, _) = of_server(&objects);
    let expected = Content::Sha256(lake::sha256(log_content().as_bytes()));
    assert_eq!(content_of(folder.path(), &key_with(&objects, "/CloudTrail/")), Some(expected));
    assert_eq!(content_of(folder.path(), &first_digest(&objects)), None);
}

#[test]
fn a_log_file_of_another_form_than_cloudtrail_writes_is_noted_as_such() {
    let mut objects = two_hours();
    let key = key_with(&objects, "/CloudTrail/");
    let plain = log_content().into_bytes();
    let two_members = [trail::gzip(&plain[..100]), trail::gzip(&plain[100..])].concat();
    for (bytes, expected) in [
        (two_members, "it has 2 gzip members where CloudTrail writes one"),
        (plain.clone(), "it is no gzip"),
        ([trail::gzip(&plain), vec![0; 4]].concat(), "4 zero bytes follow its gzip"),
    ] {
        objects.get_mut(&key).unwrap().bytes = bytes;
        let (folder, report) = of_server(&objects);
        assert_eq!(content_of(folder.path(), &key), Some(Content::Fault(expected.to_owned())));
        assert!(report.rows > 0, "{expected}: it is read all the same");
    }
}

#[test]
fn metadata_that_was_kept_beside_a_copy_is_taken_in_when_it_comes() {
    let objects = two_hours();
    let (copy, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    trail::write_folder(&objects, copy.path(), Metadata::Lost).unwrap();
    assert_eq!(Ingest::of_folder(copy.path()).run(folder.path()).digests, 2);
    for (key, stored) in objects.iter().filter(|(_, stored)| !stored.metadata.is_empty()) {
        let answer = serde_json::json!({ "ContentLength": stored.bytes.len(), "Metadata": stored.metadata });
        std::fs::write(copy.path().join(format!("{key}.head-object.json")), answer.to_string()).unwrap();
    }
    let again = Ingest::of_folder(copy.path()).run(folder.path());
    assert_eq!((again.digests, again.known, again.rows), (2, 3, 0));
    let beside = kept(folder.path()).into_iter().filter(|kept| kept.uri.ends_with(".head-object.json"));
    assert_eq!(
        beside.map(|kept| lake::object(folder.path(), &kept.uri).envelope.unwrap()).collect::<Vec<_>>(),
        ["head_object", "head_object"]
    );
}

#[test]
fn what_lies_in_the_place_of_a_digest_is_kept_and_read() {
    let mut objects = two_hours();
    let (log, broken) = (first_digest(&objects), key_with(&objects, "_20240514T020000Z"));
    objects.get_mut(&log).unwrap().bytes = trail::gzip(trail::log_content("2024-05-14T00:30:00Z", 2, 900).as_bytes());
    let bytes = objects[&broken].bytes.clone();
    objects.get_mut(&broken).unwrap().bytes = bytes[..bytes.len() / 2].to_vec();
    let (folder, report) = of_server(&objects);
    let kept = kept(folder.path());
    assert_eq!(
        kept.iter().map(|kept| kept.bytes.clone()).collect::<Vec<_>>(),
        [objects[&log].bytes.clone(), objects[&broken].bytes.clone()]
    );
    assert!(kept.iter().all(|kept| kept.fingerprint.is_none()));
    assert_eq!((report.digests, report.partial), (0, 1));
    assert!(lake::object(folder.path(), &log).rows > 0, "a log hidden among digests is read");
    assert_eq!(lake::object(folder.path(), &broken).status, ObjectStatus::Partial);
}

#[test]
fn what_was_kept_is_not_read_again() {
    let (copy, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    trail::write_folder(&two_hours(), copy.path(), Metadata::Beside).unwrap();
    Ingest::of_folder(copy.path()).run(folder.path());
    let again = Ingest::of_folder(copy.path()).run(folder.path());
    assert_eq!((again.wanted, again.known), (0, 5));
}

#[test]
fn the_same_is_kept_whatever_the_waves() {
    let (copy, one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    trail::write_folder(&two_hours(), copy.path(), Metadata::Beside).unwrap();
    Ingest::of_folder(copy.path()).run(one.path());
    let small = eksamine_ingest::Settings { wave_bytes: 1, threads: 1, ..super::settings() };
    Ingest::of_folder(copy.path()).with(small).run(other.path());
    lake::assert_same(&lake::whole(one.path()), &lake::whole(other.path()), "waves of one object");
}
