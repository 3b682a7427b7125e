//! A lake on disk: what a commit leaves, what a kill leaves, and what opening makes of it.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "a child process is told its role by the environment")]

mod check;
mod commit;
mod kept;
mod opening;
mod read_only;
mod recovery;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use eksamine_lake::{Commit, Lake, ObjectEntry, ObjectStatus, Partition, Staged, Stager, Writer};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("event_time", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        Field::new("raw", DataType::Utf8, false),
    ]))
}

fn partition(day: &str) -> Partition {
    Partition { table: "cloudtrail".to_owned(), cluster: None, day: Some(day.to_owned()) }
}

/// Writes a part of these rows under a staging name.
fn part(stager: &Stager, day: &str, rows: &[&str]) -> Staged {
    part_of(stager, partition(day), rows)
}

/// The sightings of a day's events.
fn sightings(stager: &Stager, day: &str, rows: &[&str]) -> Staged {
    part_of(stager, partition(day).sightings(), rows)
}

fn part_of(stager: &Stager, partition: Partition, rows: &[&str]) -> Staged {
    let times = TimestampMicrosecondArray::from_iter_values(1..=rows.len() as i64).with_timezone("UTC");
    let columns: [arrow::array::ArrayRef; 2] = [Arc::new(times), Arc::new(StringArray::from(rows.to_vec()))];
    let batch = RecordBatch::try_new(schema(), columns.to_vec()).unwrap();
    let mut part = stager.part(partition, schema(), &schema(), WriterProperties::default()).unwrap();
    part.write(&batch, Some((1, rows.len() as i64))).unwrap();
    assert_eq!(part.rows(), rows.len() as u64);
    part.finish().unwrap()
}

fn object(key: &str, rows: u64) -> ObjectEntry {
    ObjectEntry {
        uri: format!("s3://logs/{key}"),
        version: "etag:e".to_owned(),
        etag: Some("e".to_owned()),
        version_id: None,
        size_bytes: 100,
        last_modified: Some(1),
        sha256: Some("00".repeat(32)),
        status: ObjectStatus::Read,
        detail: None,
        envelope: Some("json".to_owned()),
        members: 1,
        inflated_bytes: 1_000,
        records: rows,
        rows,
        folded: 0,
        rejects: 0,
        control: 0,
        read_at: 2,
    }
}

/// A commit of one object with its rows on one day.
fn one(writer: &Writer, key: &str, day: &str, rows: &[&str]) -> Commit {
    Commit {
        objects: vec![(object(key, rows.len() as u64), Vec::new())],
        parts: vec![part(&writer.stager(), day, rows)],
        ..Commit::default()
    }
}

/// A lake of one object with two rows; returns the path of its part.
fn lake_of_two_rows(lake: &Path) -> String {
    let mut writer = Writer::open(lake).unwrap();
    let commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
    let path = commit.parts[0].entry.path.clone();
    writer.commit(commit).unwrap();
    path
}

/// The raw text of all rows, as a reader of the lake finds them.
fn rows(lake: &Path) -> Vec<String> {
    let lake = Lake::open(lake).unwrap();
    let mut rows = Vec::new();
    for part in lake.manifest().parts().unwrap() {
        if part.partition.table == eksamine_lake::SIGHTINGS {
            continue;
        }
        let file = File::open(lake.root().join(lake.current_path(&part.path).unwrap())).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            rows.extend(batch.column(1).as_string::<i32>().iter().map(|row| row.unwrap().to_owned()));
        }
    }
    rows
}

/// Every file of a folder by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut files_found = BTreeMap::new();
    walk(folder, folder, &mut files_found);
    files_found
}

/// The Parquet files below a lake, staged ones included.
fn parquet_files(lake: &Path) -> Vec<String> {
    files(lake).into_keys().filter(|name| name.ends_with(".parquet")).collect()
}

fn staged_files(lake: &Path) -> usize {
    fs::read_dir(lake.join(".staging")).unwrap().count()
}

/// A copy of a lake as it lies on disk now: what would be there, had its writer been killed.
fn killed(lake: &Path, copy: &str) -> PathBuf {
    let copy = lake.with_file_name(copy);
    for (name, bytes) in files(lake) {
        let path = copy.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    copy
}

/// Runs SQL on a manifest behind the lake's back.
fn meddle(lake: &Path, sql: &str) {
    let manifest = rusqlite::Connection::open(lake.join("manifest.sqlite")).unwrap();
    manifest.execute_batch(sql).unwrap();
}

/// Puts a lake back to where a part is committed but not yet renamed into place.
fn unsettle(lake: &Path, part: &str, staged: &str) {
    fs::rename(lake.join(part), lake.join(staged)).unwrap();
    meddle(lake, &format!("UPDATE parts SET staged = '{staged}' WHERE path = '{part}'"));
}
