//! What the manifest holds, as types.

use rusqlite::Row;
use sha2::{Digest, Sha256};

use super::unsigned;
use crate::layout::{Partition, hex};

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectStatus {
    /// Every record became a row or was folded into one.
    Read,
    /// Some records or bytes were rejected.
    Partial,
    /// Nobody knows what kind of object it is.
    Unknown,
    /// It could not be fetched; the next run tries again.
    Failed,
}

impl ObjectStatus {
    pub const ALL: [Self; 4] = [Self::Read, Self::Partial, Self::Unknown, Self::Failed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.name() == name).unwrap_or(Self::Failed)
    }
}

/// One object of the archive and what was read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    pub uri: String,
    /// What tells two contents under one key apart: version id, ETag, or modification time, and the size.
    pub version: String,
    pub etag: Option<String>,
    pub version_id: Option<String>,
    pub size_bytes: u64,
    /// Microseconds since 1970.
    pub last_modified: Option<i64>,
    /// Hex SHA-256 of the object as fetched; none if it was not.
    pub sha256: Option<String>,
    pub status: ObjectStatus,
    pub detail: Option<String>,
    pub envelope: Option<String>,
    pub members: u64,
    pub inflated_bytes: u64,
    pub records: u64,
    pub rows: u64,
    pub folded: u64,
    pub rejects: u64,
    pub control: u64,
    /// Microseconds since 1970.
    pub read_at: i64,
}

/// One reject of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectEntry {
    pub uri: String,
    pub record: u64,
    pub offset_bytes: u64,
    pub length_bytes: u64,
    pub reason: String,
    pub detail: String,
    pub bytes: Vec<u8>,
}

/// One live Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// Relative to the lake.
    pub path: String,
    pub partition: Partition,
    pub rows: u64,
    pub size_bytes: u64,
    pub sha256: String,
    /// Microseconds since 1970.
    pub least_time: Option<i64>,
    pub greatest_time: Option<i64>,
}

/// What the live parts of a lake are, as one hash: SHA-256 over their paths and hashes, in hex.
pub fn fingerprint(parts: &[PartEntry]) -> String {
    let mut names: Vec<(&str, &str)> = parts.iter().map(|part| (&*part.path, &*part.sha256)).collect();
    names.sort_unstable();
    let mut digest = Sha256::new();
    for (path, sha256) in names {
        digest.update(path.as_bytes());
        digest.update([0]);
        digest.update(sha256.as_bytes());
        digest.update([b'\n']);
    }
    hex(&digest.finalize())
}

/// `records = rows + folded + rejects`, in sum and for each object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    pub records: u64,
    pub rows: u64,
    pub folded: u64,
    pub rejects: u64,
    /// Objects for which the sum does not hold.
    pub open_objects: u64,
    /// Rows the live parts have, without the sightings.
    pub part_rows: u64,
    /// Further carriers that are kept, one for each folded record.
    pub sightings: u64,
    /// Rejects that are kept.
    pub kept_rejects: u64,
}

impl Accounting {
    /// Whether nothing was lost and nothing invented.
    pub fn closes(&self) -> bool {
        self.gaps().is_empty()
    }

    /// What of the accounting does not hold, in sentences.
    pub fn gaps(&self) -> Vec<String> {
        let Self { records, rows, folded, rejects, open_objects, part_rows, sightings, kept_rejects } = *self;
        let mut gaps = Vec::new();
        if open_objects > 0 {
            gaps.push(format!("of {open_objects} objects the records are not the rows, the folded and the rejects"));
        }
        // The manifest may say anything, also numbers that no sum can hold.
        if u128::from(records) != u128::from(rows) + u128::from(folded) + u128::from(rejects) {
            gaps.push(format!("{records} records are not {rows} rows, {folded} folded and {rejects} rejects"));
        }
        if rows != part_rows {
            gaps.push(format!("the objects gave {rows} rows, and the parts are said to have {part_rows}"));
        }
        if folded != sightings {
            gaps.push(format!("{folded} records were folded, and there are said to be {sightings} sightings"));
        }
        if rejects != kept_rejects {
            gaps.push(format!("the objects gave {rejects} rejects, and {kept_rejects} are kept"));
        }
        gaps
    }
}

/// Rejects of one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectTotal {
    pub reason: String,
    pub rejects: u64,
    /// How many objects they are in, and the first of these by URI.
    pub objects: u64,
    pub first_uri: String,
}

/// Objects of one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub status: ObjectStatus,
    pub objects: u64,
    pub size_bytes: u64,
    pub inflated_bytes: u64,
}

pub(super) fn object_of(row: &Row<'_>) -> Result<ObjectEntry, rusqlite::Error> {
    let count = |index: usize| row.get::<_, i64>(index).map(unsigned);
    let status: String = row.get(7)?;
    Ok(ObjectEntry {
        uri: row.get(0)?,
        version: row.get(1)?,
        etag: row.get(2)?,
        version_id: row.get(3)?,
        size_bytes: count(4)?,
        last_modified: row.get(5)?,
        sha256: row.get(6)?,
        status: ObjectStatus::parse(&status),
        detail: row.get(8)?,
        envelope: row.get(9)?,
        members: count(10)?,
        inflated_bytes: count(11)?,
        records: count(12)?,
        rows: count(13)?,
        folded: count(14)?,
        rejects: count(15)?,
        control: count(16)?,
        read_at: row.get(17)?,
    })
}

pub(super) fn reject_of(row: &Row<'_>) -> Result<RejectEntry, rusqlite::Error> {
    Ok(RejectEntry {
        uri: row.get(0)?,
        record: unsigned(row.get(1)?),
        offset_bytes: unsigned(row.get(2)?),
        length_bytes: unsigned(row.get(3)?),
        reason: row.get(4)?,
        detail: row.get(5)?,
        bytes: row.get(6)?,
    })
}
