//! Reads a lake back without the code that wrote it: files from the disk, rows through the Parquet reader.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use eksamine_lake::{ContentEntry, KeptEntry, Lake, ObjectEntry, ObjectStatus, RejectEntry, SIGHTINGS};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};

/// A row, its values as text; null is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub table: String,
    values: BTreeMap<String, String>,
}

impl Row {
    pub fn get(&self, column: &str) -> Option<&str> {
        self.values.get(column).map(String::as_str)
    }

    /// A value that must be there.
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_else(|| panic!("no `{column}` in {self:?}"))
    }

    /// The row as if its archive lay elsewhere.
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        for column in ["source_uri", "row_source_uri"] {
            if let Some(uri) = self.values.get_mut(column) {
                *uri = uri.replacen(from, to, 1);
            }
        }
        self
    }
}

/// All events, part by part in the order of their paths.
pub fn rows(lake: &Path) -> Vec<Row> {
    rows_where(lake, |table| table != SIGHTINGS)
}

/// All sightings, part by part in the order of their paths.
pub fn sightings(lake: &Path) -> Vec<Row> {
    rows_where(lake, |table| table == SIGHTINGS)
}

fn rows_where(lake: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let opened = Lake::open(lake).unwrap();
    let mut rows = Vec::new();
    for part in opened.manifest().parts().unwrap().into_iter().filter(|part| wanted(&part.partition.table)) {
        let before = rows.len();
        let file = File::open(lake.join(opened.current_path(&part.path).unwrap())).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let schema = batch.schema();
            let options = FormatOptions::default();
            let columns: Vec<_> =
                batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
            for at in 0..batch.num_rows() {
                let present = (0..columns.len()).filter(|column| batch.column(*column).is_valid(at));
                let values =
                    present.map(|column| (schema.field(column).name().clone(), columns[column].value(at).to_string()));
                rows.push(Row { table: part.partition.table.clone(), values: values.collect() });
            }
        }
        assert_eq!(rows.len() - before, usize::try_from(part.rows).unwrap(), "{}", part.path);
    }
    rows
}

/// Every file below the lake by its path, but for the manifest, the lock and what is being written.
pub fn files(lake: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                walk(&path, root, files);
            } else if !name.starts_with("manifest.sqlite") && !name.starts_with(".staging/") && name != "lake.lock" {
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(lake, lake, &mut files);
    files
}

/// What the manifest says of all objects, without the time of the run.
pub fn objects(lake: &Path) -> Vec<ObjectEntry> {
    let objects = Lake::open(lake).unwrap().manifest().objects().unwrap();
    objects.into_iter().map(|object| ObjectEntry { read_at: 0, ..object }).collect()
}

/// The entry of the object whose URI ends so.
pub fn object(lake: &Path, key: &str) -> ObjectEntry {
    let mut found: Vec<_> = objects(lake).into_iter().filter(|object| object.uri.ends_with(key)).collect();
    assert_eq!(found.len(), 1, "{key}: {found:?}");
    found.remove(0)
}

pub fn rejects(lake: &Path) -> Vec<RejectEntry> {
    Lake::open(lake).unwrap().manifest().rejects().unwrap()
}

/// Everything of a lake that must not depend on how it came to be.
#[derive(PartialEq, Eq)]
pub struct Whole {
    files: BTreeMap<String, Vec<u8>>,
    objects: Vec<ObjectEntry>,
    rejects: Vec<RejectEntry>,
    kept: Vec<KeptEntry>,
    contents: Vec<ContentEntry>,
}

pub fn whole(lake: &Path) -> Whole {
    let (kept, contents) = {
        let opened = Lake::open(lake).unwrap();
        (opened.manifest().kept().unwrap(), opened.manifest().contents().unwrap())
    };
    Whole { files: files(lake), objects: objects(lake), rejects: rejects(lake), kept, contents }
}

/// Both lakes are the same: parts byte for byte, objects and rejects entry for entry.
pub fn assert_same(one: &Whole, other: &Whole, what: &str) {
    assert!(!one.files.is_empty() && !one.objects.is_empty(), "{what}: nothing to compare");
    assert_eq!(one.files.keys().collect::<Vec<_>>(), other.files.keys().collect::<Vec<_>>(), "{what}: other parts");
    for (path, bytes) in &one.files {
        assert!(other.files[path] == *bytes, "{what}: other bytes in {path}");
    }
    for (one, other) in one.objects.iter().zip(&other.objects) {
        assert_eq!(one, other, "{what}");
    }
    assert_eq!(one.objects.len(), other.objects.len(), "{what}: other objects");
    assert!(one.rejects == other.rejects, "{what}: other rejects");
    assert!(one.kept == other.kept && one.contents == other.contents, "{what}: other proofs");
}

/// What holds for every lake at rest: the accounting closes, the parts on disk are those of the manifest, named after
/// their content, nothing waits in the staging folder.
pub fn check(lake: &Path) {
    let opened = Lake::open(lake).unwrap();
    let accounting = opened.manifest().accounting().unwrap();
    assert!(accounting.closes(), "{accounting:?}");
    let files = files(lake);
    let parts = opened.manifest().parts().unwrap();
    assert_eq!(parts.iter().map(|part| &part.path).collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
    for part in &parts {
        let bytes = &files[&part.path];
        assert_eq!(part.size_bytes, bytes.len() as u64, "{}", part.path);
        assert_eq!(part.sha256, sha256(bytes), "{}", part.path);
        let name = format!("part-{}.parquet", &part.sha256[..32]);
        assert_eq!(part.path, format!("{}/{name}", part.partition.folder()));
    }
    for object in opened.manifest().objects().unwrap() {
        assert_eq!(object.sha256.is_none(), object.status == ObjectStatus::Failed, "{object:?}");
    }
    assert_eq!(std::fs::read_dir(lake.join(".staging")).unwrap().count(), 0, "staging is not empty");
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
