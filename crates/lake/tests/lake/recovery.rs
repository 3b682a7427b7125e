//! A writer killed between any two steps of the protocol: the next one to open the lake puts it right, and a reader
//! sees the last commit either way.

use std::fs;

use eksamine_lake::{Error, Lake, Writer};
use parquet::file::properties::WriterProperties;

use super::{files, killed, lake_of_two_rows, one, parquet_files, part, rows, schema, staged_files, unsettle};

#[test]
fn parts_written_and_not_committed_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let settled = lake_of_two_rows(&lake);
    let writer = Writer::open(&lake).unwrap();
    let written = part(&writer.stager(), "2024-05-15", &["three"]);
    let half =
        writer.stager().part(super::partition("2024-05-16"), schema(), &schema(), WriterProperties::default()).unwrap();
    fs::write(writer.scratch().join("run-0.rows"), "scratch").unwrap();
    let copy = killed(&lake, "copy");
    assert!(copy.join(&written.staged).is_file());
    assert_eq!(staged_files(&copy), 3);

    assert_eq!(rows(&copy), ["one", "two"], "a reader does not mind");
    assert_eq!(staged_files(&copy), 3, "and leaves it to a writer");
    drop(Writer::open(&copy).unwrap());
    assert_eq!(staged_files(&copy), 0);
    assert_eq!(parquet_files(&copy), [settled]);
    drop(half);
}

#[test]
fn committed_parts_are_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let path = lake_of_two_rows(&lake);
    unsettle(&lake, &path, ".staging/part-7.parquet");
    let (for_writer, for_reader) = (killed(&lake, "writer"), killed(&lake, "reader"));

    let writer = Writer::open(&for_writer).unwrap();
    assert_eq!(parquet_files(&for_writer), std::slice::from_ref(&path));
    assert_eq!(writer.manifest().parts().unwrap()[0].path, path);
    drop(writer);
    assert_eq!(rows(&for_writer), ["one", "two"]);

    // Opening for reading finishes it too.
    assert_eq!(rows(&for_reader), ["one", "two"]);
    assert_eq!(parquet_files(&for_reader), [path]);
    assert_eq!(staged_files(&for_reader), 0);
}

#[test]
fn committed_parts_are_renamed_though_their_folder_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    unsettle(folder.path(), &path, ".staging/part-7.parquet");
    fs::remove_dir_all(folder.path().join("cloudtrail")).unwrap();
    drop(Writer::open(folder.path()).unwrap());
    assert_eq!(parquet_files(folder.path()), [path]);
}

#[test]
fn parts_renamed_but_still_marked_are_left_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    {
        let mut writer = Writer::open(folder.path()).unwrap();
        let commit = one(&writer, "b.gz", "2024-05-15", &["three"]);
        writer.commit(commit).unwrap();
    }
    let second = parquet_files(folder.path()).into_iter().find(|path| *path != first).unwrap();
    // Killed between two renames: one is done, both are marked.
    unsettle(folder.path(), &first, ".staging/part-0.parquet");
    super::meddle(
        folder.path(),
        &format!("UPDATE parts SET staged = '.staging/part-1.parquet' WHERE path = '{second}'"),
    );
    drop(Writer::open(folder.path()).unwrap());
    assert_eq!(parquet_files(folder.path()), [first, second]);
    assert_eq!(rows(folder.path()), ["one", "two", "three"]);
}

#[test]
fn a_reader_beside_a_writer_reads_staged_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    let _writer = Writer::open(folder.path()).unwrap();
    unsettle(folder.path(), &path, ".staging/part-7.parquet");
    let lake = Lake::open(folder.path()).unwrap();
    assert_eq!(lake.current_path(&path).unwrap(), ".staging/part-7.parquet");
    assert_eq!(rows(folder.path()), ["one", "two"]);
    assert_eq!(parquet_files(folder.path()), [".staging/part-7.parquet"], "the writer's work is left to the writer");
}

/// The folder of the table can't be made, so the commit stands and the rename does not.
#[test]
fn a_rename_that_fails_is_made_good_later() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.sqlite"), "").unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    fs::write(folder.path().join("cloudtrail"), "in the way").unwrap();
    let commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
    let path = commit.parts[0].entry.path.clone();
    let error = writer.commit(commit).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
    drop(writer);
    assert_eq!(rows(folder.path()), ["one", "two"], "committed is committed");
    assert!(Writer::open(folder.path()).is_err(), "it is still in the way");

    fs::remove_file(folder.path().join("cloudtrail")).unwrap();
    drop(Writer::open(folder.path()).unwrap());
    assert_eq!(parquet_files(folder.path()), [path]);
    assert_eq!(rows(folder.path()), ["one", "two"]);
}

#[test]
fn replaced_parts_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let first = lake_of_two_rows(folder.path());
    let old = files(folder.path()).remove(&first).unwrap();
    {
        let mut writer = Writer::open(folder.path()).unwrap();
        let mut commit = one(&writer, "b.gz", "2024-05-14", &["one", "three", "two"]);
        commit.replaced = vec![first.clone()];
        writer.commit(commit).unwrap();
    }
    let second = parquet_files(folder.path());
    // Killed before the old part was deleted. Somebody's own files lie beside it.
    fs::write(folder.path().join(&first), old).unwrap();
    fs::write(folder.path().join("cloudtrail/notes.txt"), "mine").unwrap();
    fs::write(folder.path().join("cloudtrail/day=2024-05-14/copy.parquet"), "mine").unwrap();
    assert_eq!(rows(folder.path()), ["one", "three", "two"], "a reader sees what is live");
    drop(Writer::open(folder.path()).unwrap());
    assert!(!folder.path().join(first).exists());
    assert!(folder.path().join("cloudtrail/notes.txt").exists());
    assert!(folder.path().join("cloudtrail/day=2024-05-14/copy.parquet").exists());
    assert!(folder.path().join(&second[0]).exists());
}

/// The manifest's own log holds the commit; the main file does not have it yet.
#[test]
fn a_commit_in_the_log_counts() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let mut writer = Writer::open(&lake).unwrap();
    let commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
    writer.commit(commit).unwrap();
    let copy = killed(&lake, "copy");
    assert!(fs::metadata(copy.join("manifest.sqlite-wal")).unwrap().len() > 0);
    assert_eq!(rows(&copy), ["one", "two"]);
    drop(Writer::open(&copy).unwrap());
    assert_eq!(rows(&copy), ["one", "two"]);
    drop(writer);
}

#[test]
fn a_first_run_killed_before_it_made_a_manifest_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".staging")).unwrap();
    fs::write(folder.path().join("lake.lock"), "").unwrap();
    assert!(matches!(Lake::open(folder.path()), Err(Error::Missing { .. })));
    drop(Writer::open(folder.path()).unwrap());

    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("manifest.sqlite"), "").unwrap();
    assert!(matches!(Lake::open(other.path()), Err(Error::Missing { .. })), "the file is there, but nothing in it");
    drop(Writer::open(other.path()).unwrap());
    assert!(rows(other.path()).is_empty());
}
