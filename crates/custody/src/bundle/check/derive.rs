//! Reads rows anew from the source objects that a bundle includes, and compares them column by column.
//!
//! Rows lie in the order of the lake and objects in none, so each row leaves a mark: where it is from, and a hash of what
//! it says. Each object is then read once, its rows are hashed the same way and looked up. Only of rows that differ the
//! cells are read again, to say which.
//!
//! Not compared: `id_conflict`, which other objects decide. Where neither the log group nor the key names a row's
//! cluster, whoever read the archive did; such rows are counted.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use eksamine_sources::cluster::{ClusterMap, of_log_group};
use eksamine_sources::{Decoder, Limits, Object, Rows, Table};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use super::super::csv::{self, Cell};
use super::super::evidence::{self, Redaction};
use super::super::provenance::{self, Taken};
use super::super::tables::{self, Records};
use super::super::{objects, secrets::Secret};
use super::{Bundle, CheckReport, Finding, FindingKind, shown};
use crate::progress::{Event, Progress};

/// What is kept of a row until its object is read.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Number of the object in the list.
    object: u32,
    record: i64,
    /// Position of the table.
    table: u8,
    /// Counted from 1.
    row: u64,
    digest: [u8; 16],
    cluster: [u8; 8],
    is_cluster_assumed: bool,
}

/// The marks of all rows whose objects are included.
#[derive(Default)]
pub struct Marks {
    marks: Vec<Mark>,
    /// URI and hash of the objects.
    objects: BTreeMap<u32, (String, String)>,
}

impl Mark {
    /// The mark of a row, before its object is known.
    pub fn of(
        table: &Table,
        batch: &RecordBatch,
        row: usize,
        number: u64,
        record: i64,
        listed: &[String],
        raw_sha256: &str,
    ) -> Self {
        Self {
            object: 0,
            record,
            table: tables::position(table) as u8,
            row: number,
            digest: digest(table, batch, row, listed, raw_sha256),
            cluster: cluster(batch, row),
            is_cluster_assumed: is_cluster_assumed(batch, row),
        }
    }
}

impl Marks {
    pub fn add(&mut self, mark: Mark, object: u32, uri: &str, sha256: &str) {
        self.objects.entry(object).or_insert_with(|| (uri.to_owned(), sha256.to_owned()));
        self.marks.push(Mark { object, ..mark });
    }
}

/// Columns that say what an object does not.
const NOT_DERIVED: [&str; 3] = ["id_conflict", "cluster", "cluster_assumed"];

/// Half a SHA-256 of what a row says, of what is listed of it as a secret, and of the hash of its record.
fn digest(table: &Table, batch: &RecordBatch, row: usize, listed: &[String], raw_sha256: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    let mut put = |text: Option<&str>| match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
    };
    for (column, array) in table.all_columns().zip(batch.columns()) {
        if !NOT_DERIVED.contains(&column.name) {
            put(csv::cell(array.as_ref(), row).text());
        }
    }
    put(Some(raw_sha256));
    for line in listed {
        put(Some(line));
    }
    let whole: [u8; 32] = hash.finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}

fn cell<'a>(batch: &'a RecordBatch, column: &str, row: usize) -> Cell<'a> {
    batch.column_by_name(column).map_or(Cell::Null, |array| csv::cell(array.as_ref(), row))
}

fn cluster(batch: &RecordBatch, row: usize) -> [u8; 8] {
    let cell = cell(batch, "cluster", row);
    let hash: [u8; 32] = Sha256::digest(format!("{:?}", cell.text())).into();
    hash.first_chunk().copied().unwrap_or_default()
}

fn is_cluster_assumed(batch: &RecordBatch, row: usize) -> bool {
    cell(batch, "cluster_assumed", row).text() == Some("true")
}

/// Rows whose cells are told one by one. Of the others it is told that they differ.
const MOST_DETAILED: usize = 50;
/// Bytes of rows that wait while an object is read.
const MOST_BUFFERED_BYTES: usize = 32 << 20;

/// A row that differs from what its object gives.
struct Difference {
    mark: Mark,
    /// The cells that the object gives, in the order of the table's columns.
    cells: Vec<Option<String>>,
}

/// What the reading of an object gave.
#[derive(Default)]
struct Derived {
    findings: Vec<Finding>,
    differences: Vec<Difference>,
    rows: u64,
    clusters_by_mapping: u64,
}

pub fn check(bundle: &Bundle<'_>, marks: Marks, progress: &dyn Progress, report: &mut CheckReport) {
    let Marks { mut marks, objects } = marks;
    marks.sort_unstable_by_key(|mark| (mark.object, mark.record, mark.table, mark.row));
    for pair in marks.windows(2) {
        if let [a, b] = pair
            && (a.object, a.record, a.table) == (b.object, b.record, b.table)
            && let Some(table) = tables::tables().nth(usize::from(a.table))
        {
            let detail = format!("rows {} and {} are of the same record", a.row, b.row);
            report.find(&format!("rows/{}.parquet", table.name), FindingKind::Disagrees, &detail);
        }
    }
    let groups: Vec<(&(String, String), &[Mark])> = marks
        .chunk_by(|a, b| a.object == b.object)
        .filter_map(|group| Some((objects.get(&group.first()?.object)?, group)))
        .collect();
    let size = |place: &(String, String)| {
        let file = objects::path(&place.1).and_then(|path| bundle.manifest.file(&path));
        file.map_or(0, |file| file.bytes)
    };
    let bytes = groups.iter().map(|(place, _)| size(place)).sum();
    progress.event(Event::Planned { objects: groups.len() as u64, bytes });
    let derived: Vec<Derived> = groups
        .par_iter()
        .map(|((uri, sha256), marks)| {
            let derived = derive(bundle, uri, sha256, marks);
            let bytes = size(&(uri.clone(), sha256.clone()));
            progress.event(Event::Read { bytes, inflated_bytes: bytes });
            derived
        })
        .collect();
    let mut differences = Vec::new();
    for one in derived {
        report.derived_rows += one.rows;
        report.clusters_by_mapping += one.clusters_by_mapping;
        one.findings.into_iter().for_each(|finding| report.add(finding));
        differences.extend(one.differences);
    }
    differences.sort_by_key(|difference| (difference.mark.table, difference.mark.row));
    tell(bundle, &differences, report);
}

/// Reads an object and compares its rows with their marks, which are sorted.
fn derive(bundle: &Bundle<'_>, uri: &str, sha256: &str, marks: &[Mark]) -> Derived {
    let mut derived = Derived::default();
    let path = objects::path(sha256).unwrap_or_default();
    // An object that is not as listed has been told of.
    let Some(section) = bundle.section(&path) else { return derived };
    let Some(file) = bundle.manifest.file(&path) else { return derived };
    let bytes = match bundle.tree.small(&path, file.bytes) {
        Ok(Some(bytes)) if bytes.len() as u64 == section.packed_bytes() => bytes,
        _ => {
            derived.find(&path, FindingKind::Unreadable, "it could not be read".to_owned());
            return derived;
        }
    };
    let mut looked = Looked {
        marks,
        is_seen: vec![false; marks.len()],
        redaction: bundle.manifest.statement.evidence.redaction,
        is_in_bucket: uri.starts_with("s3://"),
        derived: &mut derived,
    };
    let (clusters, limits) = (ClusterMap::default(), Limits::default());
    let object = Object { uri, key: key_of(uri), sha256, bytes: &bytes, clusters: &clusters, limits: &limits };
    let mut decoder = Decoder::default();
    decoder.decode(&object, &mut |decoder| {
        if decoder.buffered_bytes() > MOST_BUFFERED_BYTES {
            looked.take(decoder, &path);
        }
    });
    looked.take(&mut decoder, &path);
    let is_seen = looked.is_seen;
    for (mark, _) in marks.iter().zip(is_seen).filter(|(_, is_seen)| !is_seen) {
        let table = tables::tables().nth(usize::from(mark.table)).map_or("", |table| table.name);
        let detail =
            format!("row {} of `{table}` is said to be its record {}, which it does not have", mark.row, mark.record);
        derived.find(&path, FindingKind::Object, detail);
    }
    derived
}

impl Derived {
    fn find(&mut self, path: &str, kind: FindingKind, detail: String) {
        self.findings.push(Finding { path: path.to_owned(), kind, detail });
    }
}

/// The key of an object in its bucket. Of a file the root of the archive is not known, and its whole path stands for it.
fn key_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    if uri.starts_with("s3://") {
        rest.split_once('/').map_or(rest, |(_, key)| key)
    } else {
        rest.trim_start_matches('/')
    }
}

/// An object's rows, as they are looked up.
struct Looked<'a> {
    marks: &'a [Mark],
    is_seen: Vec<bool>,
    redaction: Redaction,
    is_in_bucket: bool,
    derived: &'a mut Derived,
}

impl Looked<'_> {
    /// Takes the rows that wait in the decoder.
    fn take(&mut self, decoder: &mut Decoder, path: &str) {
        if let Err(why) = decoder.take().iter().try_for_each(|rows| self.rows(rows)) {
            self.derived.find(path, FindingKind::Unreadable, format!("its rows could not be made: {why}"));
        }
    }

    fn rows(&mut self, rows: &Rows) -> Result<(), super::Error> {
        let table = rows.table();
        let position = tables::position(table) as u8;
        let wanted: Vec<(u32, usize)> = (0..rows.len())
            .flat_map(|row| self.marks_of(rows.record(row), position).map(move |at| (row as u32, at)))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let order: Vec<u32> = wanted.iter().map(|(row, _)| *row).collect();
        let batch = tables::canonical(table, &rows.take(&order).expand()?)?;
        let found = evidence::found(table, &batch)?;
        let (written, taken) = match self.redaction {
            Redaction::Keep => (batch.clone(), Taken::Kept),
            Redaction::Redact => (evidence::redacted(table, &batch, &found)?, Taken::Out),
        };
        let records = Records::of(table, &batch)?;
        for (row, (found, (_, at))) in found.iter().zip(&wanted).enumerate() {
            let Some(mark) = self.marks.get(*at) else { continue };
            if let Some(is_seen) = self.is_seen.get_mut(*at) {
                *is_seen = true;
            }
            self.derived.rows += 1;
            let raw_sha256 = provenance::raw_sha256(records.raw(row));
            let is_same = digest(table, &written, row, &lines(found, taken), &raw_sha256) == mark.digest;
            let is_same_cluster = self.is_same_cluster(&written, row, mark);
            if !(is_same && is_same_cluster) {
                let is_told = self.derived.differences.len() < MOST_DETAILED;
                let cells = written.columns().iter().filter(|_| is_told);
                let cells = cells.map(|column| csv::cell(column.as_ref(), row).text().map(str::to_owned));
                self.derived.differences.push(Difference { mark: *mark, cells: cells.collect() });
            }
        }
        Ok(())
    }

    /// Positions of the marks of a record: one, unless a row stands in the bundle twice.
    fn marks_of(&self, record: i64, table: u8) -> std::ops::Range<usize> {
        let first = self.marks.partition_point(|mark| (mark.record, mark.table) < (record, table));
        let last = self.marks.partition_point(|mark| (mark.record, mark.table) <= (record, table));
        first..last
    }

    /// Whether the cluster is the one that the object gives, or none that an object could give.
    fn is_same_cluster(&mut self, batch: &RecordBatch, row: usize, mark: &Mark) -> bool {
        let is_assumed = is_cluster_assumed(batch, row);
        if cluster(batch, row) == mark.cluster && is_assumed == mark.is_cluster_assumed {
            return true;
        }
        let log_group = cell(batch, "log_group", row);
        let is_named = log_group.text().is_some_and(|group| of_log_group(group).is_some());
        // In a bucket the key is known, and so is what would be assumed by it.
        if is_named || (self.is_in_bucket && mark.is_cluster_assumed) {
            return false;
        }
        self.derived.clusters_by_mapping += 1;
        true
    }
}

/// The lines of a list of secrets, without what stands before and behind them.
pub fn lines(found: &[Secret], taken: Taken) -> Vec<String> {
    let line = |secret: &Secret| {
        let mut line = String::new();
        provenance::secret_line(secret, taken, &mut line);
        line.trim_end_matches('\n').to_owned()
    };
    found.iter().map(line).collect()
}

/// Says of rows that differ what they say and what their objects give.
fn tell(bundle: &Bundle<'_>, differences: &[Difference], report: &mut CheckReport) {
    let (mut told, mut others) = (HashMap::new(), Vec::new());
    for difference in differences {
        if difference.cells.is_empty() || told.len() >= MOST_DETAILED {
            others.push(difference);
        } else {
            told.insert((difference.mark.table, difference.mark.row), difference);
        }
    }
    for (position, table) in tables::tables().enumerate() {
        if !told.keys().any(|(table, _)| usize::from(*table) == position) {
            continue;
        }
        let path = format!("rows/{}.parquet", table.name);
        let Some(reader) = bundle.section(&path).and_then(|section| tables::reader(section.clone()).ok()) else {
            continue;
        };
        let mut number = 0;
        for batch in reader.map_while(Result::ok) {
            for row in 0..batch.num_rows() {
                number += 1;
                let Some(difference) = told.get(&(position as u8, number)) else { continue };
                tell_row(table, &batch, row, difference, &path, report);
            }
        }
    }
    for difference in others {
        let Some(table) = tables::tables().nth(usize::from(difference.mark.table)) else { continue };
        let detail = format!("row {} is not what its source object gives", difference.mark.row);
        report.find(&format!("rows/{}.parquet", table.name), FindingKind::Row, &detail);
    }
}

fn tell_row(
    table: &Table,
    batch: &RecordBatch,
    row: usize,
    difference: &Difference,
    path: &str,
    report: &mut CheckReport,
) {
    let number = difference.mark.row;
    let mut differs = false;
    for ((column, array), given) in table.all_columns().zip(batch.columns()).zip(&difference.cells) {
        let cell = csv::cell(array.as_ref(), row);
        if column.name == "id_conflict" || cell.text() == given.as_deref() {
            continue;
        }
        differs = true;
        let (own, given) = (shown(cell.text()), shown(given.as_deref()));
        let detail = format!("row {number}: `{}` is {own}, and its source object gives {given}", column.name);
        report.find(path, FindingKind::Row, &detail);
    }
    if !differs {
        let detail = format!("row {number}: its source object gives another record hash, or other secrets than listed");
        report.find(provenance::NAME, FindingKind::Row, &detail);
    }
}
