//! What can't be opened, and why, in words for the user; and that opening harms nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use eksamine_lake::{Error, FORMAT, Lake, Writer};

use super::{files, lake_of_two_rows, meddle, rows};

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The files of a lake without what SQLite makes and forgets beside the manifest.
fn kept(lake: &Path) -> BTreeMap<String, Vec<u8>> {
    let beside = |name: &String| !name.ends_with("-wal") && !name.ends_with("-shm");
    files(lake).into_iter().filter(|(name, _)| beside(name)).collect()
}

#[test]
fn a_second_writer_is_told_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::open(folder.path()).unwrap();
    let error = Writer::open(folder.path()).err().unwrap();
    assert!(matches!(&error, Error::Busy { path } if path == folder.path()), "{error:?}");
    assert!(error.hint().unwrap().contains("wait"));
    // Readers are welcome.
    Lake::open(folder.path()).unwrap();
    drop(writer);
    Writer::open(folder.path()).unwrap();
}

#[test]
fn a_lake_of_another_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    meddle(folder.path(), "UPDATE lake SET value = '999' WHERE key = 'format'");
    let before = kept(folder.path());
    for error in [Writer::open(folder.path()).err().unwrap(), Lake::open(folder.path()).err().unwrap()] {
        assert!(matches!(&error, Error::OtherFormat { found, expected: FORMAT, .. } if found == "999"), "{error:?}");
        assert!(error.hint().is_some());
    }
    assert!(kept(folder.path()) == before, "it was changed");
}

#[test]
fn a_lake_that_lost_a_part_is_not_added_to_and_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    let part = files(folder.path()).into_keys().find(|name| name.ends_with(".parquet")).unwrap();
    let path = folder.path().join(&part);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[1..]).unwrap();
    let error = Writer::open(folder.path()).err().unwrap();
    assert!(matches!(&error, Error::DamagedPart { path: told, .. } if *told == path), "{error:?}");
    assert!(error.to_string().contains(&format!("has {} bytes and had {}", whole.len() - 1, whole.len())), "{error}");
    fs::remove_file(&path).unwrap();
    let error = Writer::open(folder.path()).err().unwrap();
    assert!(error.to_string().ends_with("is gone"), "{error}");
    assert!(error.hint().unwrap().contains("into a new folder"));
    Lake::open(folder.path()).unwrap();
    fs::write(&path, whole).unwrap();
    Writer::open(folder.path()).unwrap();
}

#[test]
fn a_folder_of_something_else_is_no_lake_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "precious").unwrap();
    assert!(matches!(Writer::open(folder.path()), Err(Error::NotALake { .. })));
    assert!(matches!(Lake::open(folder.path()), Err(Error::Missing { .. })));
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn somebody_elses_database_is_no_lake_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    meddle(folder.path(), "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('x')");
    let before = fs::read(folder.path().join("manifest.sqlite")).unwrap();
    assert!(matches!(Writer::open(folder.path()), Err(Error::NotALake { .. })));
    assert!(matches!(Lake::open(folder.path()), Err(Error::NotALake { .. })));
    assert_eq!(fs::read(folder.path().join("manifest.sqlite")).unwrap(), before);
}

#[test]
fn a_missing_lake_can_be_made_but_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("not/there");
    let error = Lake::open(&lake).err().unwrap();
    assert!(matches!(error, Error::Missing { .. }));
    assert!(error.to_string().contains("not/there") && error.hint().unwrap().contains("eksamine ingest"));
    assert!(!lake.exists(), "reading makes nothing");
    drop(Writer::open(&lake).unwrap());
    assert!(rows(&lake).is_empty());
}

#[test]
fn a_file_is_no_lake() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(Lake::open(&file), Err(Error::Missing { .. })));
    let error = Writer::open(&file).err().unwrap();
    assert!(chain(&error).contains("Not a directory"), "{}", chain(&error));
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[test]
fn a_manifest_that_is_no_database_is_named_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    fs::write(folder.path().join("manifest.sqlite"), "rubbish ".repeat(1_000)).unwrap();
    for error in [Writer::open(folder.path()).err().unwrap(), Lake::open(folder.path()).err().unwrap()] {
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        let text = chain(&error);
        assert!(text.contains(folder.path().to_str().unwrap()) && text.contains("not a database"), "{text}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn names_that_uris_mangle_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["with space", "100%", "what?", "a#b", "%41", "\u{fc}"] {
        let lake = folder.path().join(name);
        lake_of_two_rows(&lake);
        assert_eq!(rows(&lake), ["one", "two"], "{name}");
    }
}
