//! The chain-of-custody page of an evidence bundle: what a person who knows neither the program nor the logs has to
//! know to judge the evidence, on one page that also prints.
//!
//! Responsible for its form and for the standing explanations. What was selected, counted, proved and redacted comes in
//! as words and numbers of a [`Custody`]. Not responsible for hashes, signatures or the bundle itself. There is no
//! script in the page, and its policy forbids any.

mod page;

use std::io::Write;

/// What the page says. Texts are shown as they are given, made harmless; times are microseconds since
/// 1970-01-01T00:00:00Z; an empty list has no section, but where its emptiness says something.
#[derive(Debug, Clone, Default)]
pub struct Custody {
    /// The bundle's name.
    pub bundle: String,
    pub case: Option<String>,
    pub exporter: Option<String>,
    pub exported_micros: i64,
    /// Name and version of the program.
    pub program: String,
    /// Fingerprint of the lake that the rows were taken from.
    pub lake: String,
    pub seal: Seal,
    /// Free words of the exporter.
    pub notes: Vec<String>,
    /// What was selected, in words, one condition a line.
    pub selection: Vec<String>,
    /// The query that selected it, if one did.
    pub query: Option<String>,
    pub tables: Vec<Held>,
    pub verdicts: Vec<VerdictCount>,
    /// What the lake read of the archive and what became of it, one statement a line.
    pub accounting: Vec<String>,
    /// What the archive does not cover in the time selected, one finding a line.
    pub coverage: Vec<String>,
    /// What looks like a secret, by kind.
    pub secrets: Vec<SecretCount>,
    pub redaction: Redaction,
    /// Whether source objects are in the bundle, in a sentence.
    pub objects: String,
    pub files: Vec<FileLine>,
    /// How to check the bundle, in order.
    pub steps: Vec<Step>,
}

/// Whether the bundle is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Seal {
    /// Nobody signed it: it proves that it is whole only to who has the hash of its manifest from elsewhere.
    #[default]
    Unsigned,
    /// Signed with the key of this fingerprint.
    Signed { fingerprint: String },
}

/// The rows of one log in the bundle.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The table's name.
    pub table: String,
    /// What kind of log it is.
    pub about: String,
    pub rows: u64,
    /// The times of the first and the last event.
    pub first_micros: Option<i64>,
    pub last_micros: Option<i64>,
}

/// How many objects and rows have one verdict.
#[derive(Debug, Clone, Default)]
pub struct VerdictCount {
    pub verdict: String,
    /// What it means, in a sentence.
    pub meaning: String,
    pub objects: u64,
    pub rows: u64,
}

/// What looks like a secret, of one kind.
#[derive(Debug, Clone, Default)]
pub struct SecretCount {
    pub kind: String,
    pub found: u64,
}

/// Whether secrets were taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Everything is as it was recorded.
    #[default]
    Nothing,
    /// Every secret that was found has a mark in its place.
    Secrets,
}

/// A file of the bundle.
#[derive(Debug, Clone, Default)]
pub struct FileLine {
    pub path: String,
    /// What it holds, in words; empty where its path says it.
    pub about: String,
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
}

/// A step of a check.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// What is done and what it shows.
    pub what: String,
    /// What is typed, one command a line.
    pub command: String,
}

impl Custody {
    /// Writes the page: one HTML file that needs no other.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        page::write(self, out)
    }
}
