//! What is kept for proofs: digests whole, contents as hashes; and lakes that were made before either.

use std::collections::BTreeMap;

use eksamine_lake::{Commit, Content, ContentEntry, KeptEntry, Lake, Writer};

use super::{lake_of_two_rows, meddle, object, rows};

const DIGEST: &str = "s3://logs/digest.json.gz";
const LOG: &str = "s3://logs/log.json.gz";

fn kept(bytes: &[u8]) -> KeptEntry {
    KeptEntry {
        uri: DIGEST.to_owned(),
        version: "etag:e".to_owned(),
        key: "digest.json.gz".to_owned(),
        fingerprint: Some("0a0b".to_owned()),
        metadata: BTreeMap::from([("signature".to_owned(), "ff".to_owned()), ("x".to_owned(), String::new())]),
        bytes: bytes.to_vec(),
    }
}

fn content(content: Content) -> ContentEntry {
    ContentEntry { uri: LOG.to_owned(), version: "etag:e".to_owned(), key: "log.json.gz".to_owned(), content }
}

fn commit(content_of_log: Content) -> Commit {
    Commit {
        objects: vec![(object("digest.json.gz", 0), Vec::new()), (object("log.json.gz", 0), Vec::new())],
        kept: vec![kept(b"\x1f\x8b\0")],
        contents: vec![content(content_of_log)],
        ..Commit::default()
    }
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    for of_log in [Content::Sha256("00".repeat(32)), Content::Fault("it is no gzip".to_owned())] {
        let folder = tempfile::tempdir().unwrap();
        Writer::open(folder.path()).unwrap().commit(commit(of_log.clone())).unwrap();
        let lake = Lake::open(folder.path()).unwrap();
        assert_eq!(lake.manifest().kept().unwrap(), [kept(b"\x1f\x8b\0")]);
        assert_eq!(lake.manifest().contents().unwrap(), [content(of_log)]);
        assert_eq!(lake.manifest().kept_digests().unwrap(), 1);
    }
}

#[test]
fn what_is_kept_of_no_object_of_the_commit_undoes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    let stray = Commit { kept: vec![kept(b"")], ..Commit::default() };
    assert!(writer.commit(stray).is_err());
    assert!(writer.manifest().kept().unwrap().is_empty() && writer.manifest().objects().unwrap().is_empty());
}

#[test]
fn a_lake_from_before_is_read_and_then_written() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    meddle(folder.path(), "DROP TABLE kept_object_metadata; DROP TABLE kept_objects; DROP TABLE log_contents");
    let lake = Lake::open(folder.path()).unwrap();
    assert!(lake.manifest().kept().unwrap().is_empty() && lake.manifest().contents().unwrap().is_empty());
    assert_eq!(lake.manifest().kept_digests().unwrap(), 0);
    drop(lake);
    assert_eq!(rows(folder.path()), ["one", "two"]);
    Writer::open(folder.path()).unwrap().commit(commit(Content::Sha256("11".repeat(32)))).unwrap();
    let lake = Lake::open(folder.path()).unwrap();
    assert_eq!((lake.manifest().kept().unwrap().len(), lake.manifest().contents().unwrap().len()), (1, 1));
    assert_eq!(rows(folder.path()), ["one", "two"]);
}
