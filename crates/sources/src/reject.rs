//! Records and bytes that could not be read: what, where, why, and the bytes themselves.

use std::fmt;

/// Why something was rejected. The texts are what users filter by, so they do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The record is framed but is not well-formed JSON.
    InvalidJson,
    /// The record is not UTF-8 text.
    InvalidUtf8,
    /// The object ends inside a record.
    CutShort,
    /// The compressed data ends early or is corrupt; what came before it was read.
    BadGzip,
    /// A Parquet file that is corrupt, from the first row group that can't be read to its end.
    BadParquet,
    /// Bytes after the last gzip member that are no gzip.
    TrailingBytes,
    /// Bytes between records that belong to none.
    StrayBytes,
    /// More than a limit allows: the object inflates to more (what came before was read), a record is longer, a file of
    /// Parquet unfolds to more, or the object has so many rejects that the last ones are kept as one.
    TooLarge,
    /// A well-formed record of a kind that no source knows.
    UnknownRecord,
    /// A record of a known kind that breaks the rules of its kind.
    InvalidRecord,
}

impl Reason {
    pub const ALL: [Reason; 10] = [
        Reason::InvalidJson,
        Reason::InvalidUtf8,
        Reason::CutShort,
        Reason::BadGzip,
        Reason::BadParquet,
        Reason::TrailingBytes,
        Reason::StrayBytes,
        Reason::TooLarge,
        Reason::UnknownRecord,
        Reason::InvalidRecord,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Reason::InvalidJson => "invalid_json",
            Reason::InvalidUtf8 => "invalid_utf8",
            Reason::CutShort => "cut_short",
            Reason::BadGzip => "bad_gzip",
            Reason::BadParquet => "bad_parquet",
            Reason::TrailingBytes => "trailing_bytes",
            Reason::StrayBytes => "stray_bytes",
            Reason::TooLarge => "too_large",
            Reason::UnknownRecord => "unknown_record",
            Reason::InvalidRecord => "invalid_record",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One thing that could not be read. It counts as one record seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Position among the records of the object, counted from 0.
    pub record: u64,
    /// Where the bytes begin: in the inflated object, except for faults of the compression itself
    /// ([`Reason::BadGzip`], [`Reason::TrailingBytes`], [`Reason::TooLarge`]), where it is in the compressed bytes of
    /// the layer that is at fault.
    pub offset_bytes: u64,
    pub reason: Reason,
    /// What the parser said, or the beginning of it.
    pub detail: String,
    /// The bytes, exactly.
    pub bytes: Vec<u8>,
}
