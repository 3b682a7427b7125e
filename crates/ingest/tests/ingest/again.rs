//! The same archive once more, and an archive that has grown or changed since.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use eksamine_lake::ObjectStatus;
use eksamine_testkit::generate;

use super::s3::{bucket, trail};
use super::{Ingest, archive, lake, rows_of, story};

#[test]
fn the_same_ingest_again_reads_nothing() {
    let bucket = bucket(&[trail()]);
    let folder = tempfile::tempdir().unwrap();
    let ingest = Ingest::of_server(&bucket.server, "s3://logs");
    ingest.run(folder.path());
    let before = lake::whole(folder.path());
    bucket.server.clear_log();

    let report = ingest.run(folder.path());
    assert_eq!(bucket.server.log().gets(), 0);
    assert!(bucket.server.log().lists() > 0);
    assert_eq!((report.listed, report.known, report.wanted), (260, 260, 0));
    assert_eq!((report.records, report.rows, report.interrupted), (0, 0, false));
    assert_eq!(report.accounting.rows, rows_of(&bucket.truth));
    lake::assert_same(&before, &lake::whole(folder.path()), "again");
}

#[test]
fn partly_read_objects_are_not_read_again_either() {
    let server = story::server();
    let folder = tempfile::tempdir().unwrap();
    Ingest::of_server(&server, "s3://logs").run(folder.path());
    let before = lake::whole(folder.path());
    server.clear_log();
    let report = Ingest::of_server(&server, "s3://logs").run(folder.path());
    assert_eq!((server.log().gets(), report.wanted), (0, 0));
    lake::assert_same(&before, &lake::whole(folder.path()), "again");
}

/// One CloudTrail event as JSON lines.
fn event(id: u8) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-14T14:00:{id:02}Z\",\"eventSource\":\"eks.amazonaws.com\",\
         \"eventName\":\"DescribeCluster\",\"eventID\":\"00000000-0000-4000-8000-0000000000{id:02}\"}}\n"
    )
}

fn touch(path: &Path) {
    let later = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
}

#[test]
fn an_earlier_carrier_takes_the_row_over() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(logs.path().join("b.jsonl"), event(1) + &event(2)).unwrap();
    Ingest::of_folder(logs.path()).run(folder.path());
    std::fs::write(logs.path().join("a.jsonl"), event(2)).unwrap();
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.records, report.rows, report.folded), (1, 1, 0));
    let (a, b) = (lake::object(folder.path(), "a.jsonl"), lake::object(folder.path(), "b.jsonl"));
    assert_eq!((a.rows, a.folded), (1, 0));
    assert_eq!((b.rows, b.folded), (1, 1));
    let uris: Vec<String> = lake::rows(folder.path()).iter().map(|row| row.text("source_uri").to_owned()).collect();
    assert!(uris[0].ends_with("b.jsonl") && uris[1].ends_with("a.jsonl"), "{uris:?}");
}

/// The object that is read again has live rows and new records at once, and loses the live ones to another.
#[test]
fn a_touched_object_and_an_earlier_carrier_at_once() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let b = logs.path().join("b.jsonl");
    std::fs::write(&b, event(1) + &event(2)).unwrap();
    Ingest::of_folder(logs.path()).run(folder.path());
    touch(&b);
    std::fs::write(logs.path().join("a.jsonl"), event(2)).unwrap();
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.records, report.rows, report.folded), (3, 1, 2));

    let entries = lake::objects(folder.path());
    let counts: Vec<_> =
        entries.iter().map(|entry| (entry.uri.ends_with("a.jsonl"), entry.rows, entry.folded)).collect();
    assert_eq!(counts.len(), 3, "both times of b.jsonl have an entry");
    assert!(counts.contains(&(true, 1, 0)), "{counts:?}");
    assert!(counts.contains(&(false, 1, 1)), "{counts:?}");
    assert!(counts.contains(&(false, 0, 2)), "{counts:?}");
    assert_eq!(lake::rows(folder.path()).len(), 2);
}

#[test]
fn an_object_that_changed_keeps_both_versions() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = logs.path().join("a.jsonl");
    std::fs::write(&path, event(1) + &event(2)).unwrap();
    Ingest::of_folder(logs.path()).run(folder.path());
    std::fs::write(&path, event(2) + &event(3)).unwrap();
    touch(&path);
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.known, report.wanted, report.records), (0, 1, 2));
    let entries = lake::objects(folder.path());
    assert_eq!(entries.len(), 2);
    assert_ne!(entries[0].sha256, entries[1].sha256);
    assert!(entries.iter().all(|entry| entry.status == ObjectStatus::Read));
    let ids: Vec<String> = lake::rows(folder.path()).iter().map(|row| row.text("event_id").to_owned()).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
}

#[test]
fn the_same_id_with_other_bytes_is_another_row() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tampered = event(1).replace("DescribeCluster", "DeleteCluster");
    std::fs::write(logs.path().join("a.jsonl"), event(1)).unwrap();
    std::fs::write(logs.path().join("b.jsonl"), tampered).unwrap();
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.rows, report.folded), (2, 0));
}

#[test]
fn new_objects_of_old_days_are_merged_in() {
    let (logs, folder, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings = generate::Settings { json_bytes: 600_000, objects: 40, ..generate::Settings::default() };
    let truth = archive(&logs.path().join("archive"), &settings);
    let ingest = Ingest::of_folder(&logs.path().join("archive"));
    // Every third object arrives late.
    let late = logs.path().join("late");
    std::fs::create_dir(&late).unwrap();
    let mut moved = Vec::new();
    for (number, key) in generate::Generator::new(&settings).unwrap().keys().enumerate().filter(|(n, _)| n % 3 == 0) {
        let (from, to) = (logs.path().join("archive").join(key), late.join(number.to_string()));
        std::fs::rename(&from, &to).unwrap();
        moved.push((to, from));
    }
    let first = ingest.run(folder.path());
    for (from, to) in moved {
        std::fs::rename(from, to).unwrap();
    }
    let second = ingest.run(folder.path());
    assert_eq!(second.known, first.wanted);
    assert_eq!(second.accounting.rows, rows_of(&truth));
    ingest.run(other.path());
    lake::assert_same(&lake::whole(other.path()), &lake::whole(folder.path()), "late objects");
}
