//! What a commit leaves behind: all of it or none.

use eksamine_lake::{Change, Commit, Error, Lake, ObjectEntry, ObjectStatus, RejectEntry, Writer};
use sha2::{Digest, Sha256};

use super::{files, lake_of_two_rows, object, one, parquet_files, part, rows, sightings, staged_files};

#[test]
fn parts_are_named_after_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    let bytes = files(folder.path()).remove(&path).unwrap();
    let hash = Sha256::digest(&bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(path, format!("cloudtrail/day=2024-05-14/part-{}.parquet", &hash[..32]));
    let parts = Lake::open(folder.path()).unwrap().manifest().parts().unwrap();
    assert_eq!((parts.len(), &parts[0].sha256, parts[0].size_bytes), (1, &hash, bytes.len() as u64));
    assert_eq!((parts[0].rows, parts[0].least_time, parts[0].greatest_time), (2, Some(1), Some(2)));
    assert_eq!(rows(folder.path()), ["one", "two"]);
    assert_eq!(staged_files(folder.path()), 0);
}

#[test]
fn a_part_replaces_others_of_its_partition() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    let mut writer = Writer::open(folder.path()).unwrap();
    let mut commit = one(&writer, "b.gz", "2024-05-14", &["one", "three", "two"]);
    commit.objects[0].0.records = 1;
    commit.objects[0].0.rows = 1;
    commit.replaced = vec![first.clone()];
    writer.commit(commit).unwrap();
    assert_eq!(rows(folder.path()), ["one", "three", "two"]);
    assert_eq!(parquet_files(folder.path()).len(), 1);
    assert!(!folder.path().join(first).exists());
    assert!(writer.manifest().accounting().unwrap().closes());
}

#[test]
fn a_part_that_comes_out_the_same_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    let before = files(folder.path()).remove(&first).unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    let mut commit = one(&writer, "b.gz", "2024-05-14", &["one", "two"]);
    (commit.objects[0].0.rows, commit.objects[0].0.folded) = (0, 2);
    commit.parts.push(sightings(&writer.stager(), "2024-05-14", &["one", "two"]));
    let repeats = commit.parts[1].entry.path.clone();
    assert!(repeats.starts_with("sightings/of=cloudtrail/day=2024-05-14/"), "{repeats}");
    commit.replaced = vec![first.clone()];
    writer.commit(commit).unwrap();
    assert_eq!(parquet_files(folder.path()), [first.clone(), repeats]);
    assert!(files(folder.path()).remove(&first).unwrap() == before);
    assert_eq!(staged_files(folder.path()), 0, "the copy is gone");
    assert!(writer.manifest().accounting().unwrap().closes());
}

#[test]
fn a_commit_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    {
        let mut writer = Writer::open(folder.path()).unwrap();
        // The object is there already and was read, so its entry can't be written again.
        let mut commit = one(&writer, "b.gz", "2024-05-15", &["three"]);
        commit.objects.push((object("a.gz", 2), Vec::new()));
        commit.replaced = vec![first.clone()];
        let error = writer.commit(commit).unwrap_err();
        assert!(matches!(error, Error::Manifest { .. }), "{error:?}");
        assert_eq!(writer.manifest().objects().unwrap().len(), 1);
        assert_eq!(writer.manifest().parts().unwrap().len(), 1);
        assert_eq!(rows(folder.path()), ["one", "two"]);
    }
    drop(Writer::open(folder.path()).unwrap());
    assert_eq!(parquet_files(folder.path()), [first]);
}

#[test]
fn an_abandoned_part_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path()).unwrap();
    let properties = parquet::file::properties::WriterProperties::default();
    let part =
        writer.stager().part(super::partition("2024-05-14"), super::schema(), &super::schema(), properties).unwrap();
    assert_eq!(staged_files(folder.path()), 1);
    part.abandon();
    assert_eq!(staged_files(folder.path()), 0);
}

#[test]
fn rows_move_between_carriers() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    let mut writer = Writer::open(folder.path()).unwrap();
    let changes = vec![Change { uri: "s3://logs/a.gz".to_owned(), sha256: "00".repeat(32), rows: -1, folded: 1 }];
    let mut earlier = object("0.gz", 1);
    earlier.sha256 = Some("11".repeat(32));
    let parts = vec![
        part(&writer.stager(), "2024-05-14", &["one", "two from 0"]),
        sightings(&writer.stager(), "2024-05-14", &["two"]),
    ];
    writer
        .commit(Commit {
            objects: vec![(earlier, Vec::new())],
            parts,
            replaced: vec![first],
            changes,
            ..Commit::default()
        })
        .unwrap();
    let counts: Vec<_> = writer
        .manifest()
        .objects()
        .unwrap()
        .into_iter()
        .map(|object| (object.uri, object.rows, object.folded))
        .collect();
    assert_eq!(counts, [("s3://logs/0.gz".to_owned(), 1, 0), ("s3://logs/a.gz".to_owned(), 1, 1)]);
    let accounting = writer.manifest().accounting().unwrap();
    assert!(accounting.closes(), "{accounting:?}");
    assert_eq!((accounting.records, accounting.rows, accounting.folded), (3, 2, 1));
}

#[test]
fn an_accounting_that_does_not_close_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    assert!(writer.manifest().accounting().unwrap().closes(), "an empty lake has lost nothing");
    let mut commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
    (commit.objects[0].0.records, commit.objects[0].0.rows) = (3, 3);
    writer.commit(commit).unwrap();
    let accounting = writer.manifest().accounting().unwrap();
    assert_eq!((accounting.open_objects, accounting.rows, accounting.part_rows), (0, 3, 2));
    assert!(!accounting.closes(), "a row is claimed that no part has");

    let mut leaking = object("b.gz", 1);
    leaking.records = 2;
    writer.commit(Commit { objects: vec![(leaking, Vec::new())], ..Commit::default() }).unwrap();
    assert_eq!(writer.manifest().accounting().unwrap().open_objects, 1);
}

fn failed(version: &str) -> ObjectEntry {
    ObjectEntry {
        version: version.to_owned(),
        status: ObjectStatus::Failed,
        detail: Some("no access".to_owned()),
        sha256: None,
        ..object("a.gz", 0)
    }
}

#[test]
fn an_object_that_failed_is_superseded_by_its_next_reading() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    let commit = |objects| Commit { objects, ..Commit::default() };
    writer.commit(commit(vec![(failed("etag:1"), Vec::new())])).unwrap();
    assert!(writer.manifest().settled_objects().unwrap().is_empty(), "to be tried again");
    writer.commit(commit(vec![(failed("etag:2"), Vec::new())])).unwrap();
    assert_eq!(writer.manifest().objects().unwrap(), [failed("etag:2")]);
    let read = ObjectEntry { version: "etag:3".to_owned(), ..object("a.gz", 0) };
    writer.commit(commit(vec![(read.clone(), Vec::new())])).unwrap();
    assert_eq!(writer.manifest().objects().unwrap(), std::slice::from_ref(&read));
    assert_eq!(writer.manifest().settled_objects().unwrap(), [(read.uri, read.version)]);
    // What was read stays when another version fails.
    writer.commit(commit(vec![(failed("etag:4"), Vec::new())])).unwrap();
    assert_eq!(writer.manifest().objects().unwrap().len(), 2);
}

#[test]
fn what_was_read_takes_the_place_of_what_failed_in_the_same_commit() {
    // Neither the order in the commit nor that of the versions matters.
    for (failing, reading) in [("etag:1", "etag:2"), ("etag:2", "etag:1")] {
        for failed_is_first in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = Writer::open(folder.path()).unwrap();
            let read = ObjectEntry { version: reading.to_owned(), ..object("a.gz", 0) };
            let mut objects = vec![(failed(failing), Vec::new()), (read.clone(), Vec::new())];
            if !failed_is_first {
                objects.reverse();
            }
            writer.commit(Commit { objects, ..Commit::default() }).unwrap();
            assert_eq!(
                writer.manifest().objects().unwrap(),
                std::slice::from_ref(&read),
                "{failing} {failed_is_first}"
            );
        }
    }
}

#[test]
fn objects_are_found_by_status_and_span() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    assert_eq!(writer.manifest().uri_span().unwrap(), None);
    let unknown = ObjectEntry { status: ObjectStatus::Unknown, ..object("b.gz", 0) };
    let objects = [object("c.gz", 0), unknown.clone(), failed("etag:1")].map(|entry| (entry, Vec::new()));
    writer.commit(Commit { objects: objects.to_vec(), ..Commit::default() }).unwrap();
    let found = |status| writer.manifest().objects_of(status).unwrap();
    assert_eq!(found(ObjectStatus::Unknown), [unknown]);
    assert_eq!(found(ObjectStatus::Failed), [failed("etag:1")]);
    assert_eq!(found(ObjectStatus::Partial), []);
    let span = ("s3://logs/a.gz".to_owned(), "s3://logs/c.gz".to_owned());
    assert_eq!(writer.manifest().uri_span().unwrap(), Some(span));
}

#[test]
fn rejects_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    let reject = |record, reason: &str| RejectEntry {
        uri: "s3://logs/a.gz".to_owned(),
        record,
        offset_bytes: 7,
        length_bytes: 4,
        reason: reason.to_owned(),
        detail: "it is `bad`".to_owned(),
        bytes: b"\0\xff'\n".to_vec(),
    };
    let rejects = vec![reject(0, "invalid_utf8"), reject(1, "cut_short"), reject(2, "cut_short")];
    let entry = ObjectEntry { records: 3, rejects: 3, status: ObjectStatus::Partial, ..object("a.gz", 0) };
    writer.commit(Commit { objects: vec![(entry, rejects.clone())], ..Commit::default() }).unwrap();
    assert_eq!(writer.manifest().rejects().unwrap(), rejects);
    let totals = writer.manifest().reject_totals().unwrap();
    let totals: Vec<_> = totals.iter().map(|total| (total.reason.as_str(), total.rejects)).collect();
    assert_eq!(totals, [("cut_short", 2), ("invalid_utf8", 1)]);
    let accounting = writer.manifest().accounting().unwrap();
    assert!(accounting.closes() && accounting.kept_rejects == 3);
    let by_status = writer.manifest().totals().unwrap();
    assert_eq!((by_status.len(), by_status[0].status, by_status[0].objects), (1, ObjectStatus::Partial, 1));
}
