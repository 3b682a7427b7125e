//! One part against what the manifest says of it: its name, its bytes, and, in its Parquet footer, its rows and times.
//! No file is read past the size that the manifest states, and no name that a lake would not give is followed.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path};

use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use sha2::{Digest, Sha256};

use super::{Finding, FindingKind};
use crate::layout::hex;
use crate::manifest::PartEntry;

/// The column whose least and greatest value the manifest has of each part.
const TIME_COLUMN: &str = "event_time";

const BUFFER_BYTES: usize = 1 << 18;

/// What is to be said of a part.
pub struct Judged {
    pub findings: Vec<Finding>,
    /// Bytes that were read and hashed.
    pub bytes: u64,
    /// Its rows, if nothing differs.
    pub rows: u64,
    /// Whether it has not got its name yet.
    pub is_staged: bool,
}

/// Judges a live part. `staged` is the name that a killed run may have left it under.
pub fn judge(root: &Path, part: &PartEntry, staged: Option<&str>) -> Judged {
    let mut judged = Judged { findings: Vec::new(), bytes: 0, rows: 0, is_staged: false };
    // The names of tables and days are the manifest's own, and could lead out of the lake.
    let is_inside = Path::new(&part.path).components().all(|step| matches!(step, Component::Normal(_)));
    if !is_inside || part.path != part.partition.part(&part.sha256) {
        let detail = "it is not named after the table, the cluster, the day and the SHA-256 that the manifest states";
        return judged.with(part, FindingKind::Manifest, detail.to_owned());
    }
    let file = match open(root, part, staged) {
        Ok((file, is_staged)) => {
            judged.is_staged = is_staged;
            file
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let detail = format!("the manifest names it, with {} rows, and it is not there", part.rows);
            return judged.with(part, FindingKind::Missing, detail);
        }
        Err(error) => return judged.with(part, FindingKind::Unreadable, error.to_string()),
    };
    let (bytes, sha256) = match hash(&file, part.size_bytes) {
        Ok(hashed) => hashed,
        Err(error) => return judged.with(part, FindingKind::Unreadable, error.to_string()),
    };
    judged.bytes = bytes;
    let stated = part.size_bytes;
    if bytes < stated {
        let detail = format!("it has {bytes} bytes, and the manifest states {stated}");
        return judged.with(part, FindingKind::Cut, detail);
    }
    if bytes > stated {
        let detail = format!("it has more than the {stated} bytes that the manifest states");
        return judged.with(part, FindingKind::Changed, detail);
    }
    if sha256 != part.sha256 {
        let detail = format!("its SHA-256 is {sha256}, and the manifest states {}", part.sha256);
        return judged.with(part, FindingKind::Changed, detail);
    }
    match ParquetMetaDataReader::new().parse_and_finish(&file) {
        Ok(footer) => compare(part, &footer, judged),
        Err(error) => judged.with(part, FindingKind::Unreadable, unreadable(&error)),
    }
}

impl Judged {
    fn with(mut self, part: &PartEntry, kind: FindingKind, detail: String) -> Self {
        self.findings.push(Finding { path: part.path.clone(), kind, detail });
        self
    }
}

/// A part's file, and whether it still has its staging name. A run that is just committing may rename it in between.
fn open(root: &Path, part: &PartEntry, staged: Option<&str>) -> io::Result<(File, bool)> {
    let own = || File::open(root.join(&part.path)).map(|file| (file, false));
    let is_absent = |opened: &io::Result<_>| matches!(opened, Err(error) if error.kind() == ErrorKind::NotFound);
    let mut opened = own();
    if let Some(staged) = staged.filter(|_| is_absent(&opened)) {
        opened = File::open(root.join(staged)).map(|file| (file, true));
        if is_absent(&opened) {
            opened = own();
        }
    }
    opened
}

/// Size and SHA-256 of a file, read as far as is expected and one byte further.
fn hash(file: &File, expected_bytes: u64) -> io::Result<(u64, String)> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    let mut reader = file.take(expected_bytes.saturating_add(1));
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER_BYTES]);
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex(&hash.finalize()))),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

fn unreadable(error: &ParquetError) -> String {
    format!("its bytes are those that the manifest states, and they are no Parquet file: {error}")
}

/// The footer against the manifest: what a question is answered with without reading a row.
fn compare(part: &PartEntry, footer: &ParquetMetaData, mut judged: Judged) -> Judged {
    let groups = footer.row_groups();
    let rows: i64 = groups.iter().map(RowGroupMetaData::num_rows).fold(0, i64::saturating_add);
    if rows.cast_unsigned() != part.rows {
        let detail = format!("it has {rows} rows, and the manifest states {}", part.rows);
        return judged.with(part, FindingKind::Disagrees, detail);
    }
    let stated = (part.least_time, part.greatest_time);
    if let Some(times) = times(groups).filter(|times| *times != stated) {
        let shown = |(least, greatest): (Option<i64>, Option<i64>)| match (least, greatest) {
            (Some(least), Some(greatest)) => format!("from {least} to {greatest}"),
            _ => "unknown".to_owned(),
        };
        let detail = format!(
            "its times, in microseconds since 1970, are {}, and the manifest says {}",
            shown(times),
            shown(stated)
        );
        return judged.with(part, FindingKind::Disagrees, detail);
    }
    judged.rows = part.rows;
    judged
}

/// The least and greatest time in a file, both nothing where no row has one; nothing at all if the footer does not tell.
fn times(groups: &[RowGroupMetaData]) -> Option<(Option<i64>, Option<i64>)> {
    let mut span: (Option<i64>, Option<i64>) = (None, None);
    for group in groups {
        let column = group.columns().iter().find(|column| column.column_path().parts() == [TIME_COLUMN])?;
        let Some(Statistics::Int64(statistics)) = column.statistics() else { return None };
        let known = |time: Option<&i64>, best: fn(i64, i64) -> i64, so_far: Option<i64>| match (so_far, time) {
            (Some(so_far), Some(time)) => Some(best(so_far, *time)),
            (so_far, time) => so_far.or(time.copied()),
        };
        span = (known(statistics.min_opt(), i64::min, span.0), known(statistics.max_opt(), i64::max, span.1));
    }
    Some(span)
}
