//! Reads a bundle again and says what is not as it was made.
//!
//! First the signature and the hashes: every file is there, nothing else is, and each byte is the one that was signed.
//! Then what the files say of each other: rows as Parquet and as CSV, raw records, provenance, secrets. Then the rows
//! are read anew from the source objects that are included. A bundle is hostile input: nothing is extracted, no name in
//! it is followed, and no file is read past the size that the manifest states.

mod answer;
mod changed;
mod compare;
mod derive;
mod files;
mod rows;
mod seal;
mod sightings;

use std::collections::BTreeSet;
use std::path::Path;

use super::error::Error;
use super::key::PublicKey;
use super::manifest::Manifest;
use super::tree::{FlawKind, Section, Tree};
use crate::progress::Progress;

/// Findings that are told. A bundle in which all differs is as wrong as one in which much does.
const MOST_FINDINGS: usize = 1_000;

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckReport {
    /// What differs, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Findings that are counted and not told.
    pub more_findings: u64,
    pub signature: Signature,
    pub manifest: Option<Manifest>,
    /// Hex SHA-256 of `manifest.json`.
    pub manifest_sha256: Option<String>,
    /// Files that were read and hashed.
    pub files: u64,
    pub bytes: u64,
    /// Rows that were compared with their CSV, raw record and provenance.
    pub rows: u64,
    /// Rows that were read anew from their source object.
    pub derived_rows: u64,
    /// Of those, rows whose cluster was named by whoever read the archive, and not by the record.
    pub clusters_by_mapping: u64,
}

/// One thing that differs. Path and detail may hold what an attacker wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In the bundle; empty for the bundle itself.
    pub path: String,
    pub kind: FindingKind,
    pub detail: String,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The zip is not as it was packed.
    Packing,
    /// The signature is wrong.
    Signature,
    /// It is signed with another key than the one given.
    OtherKey,
    /// A key was given, and the bundle is not signed.
    Unsigned,
    /// The manifest can't be read, or does not agree with itself.
    Manifest,
    /// A file is listed and not there.
    Missing,
    /// A file has other bytes than signed.
    Changed,
    /// A file is there and not listed.
    Unlisted,
    /// A link, a folder or a name that no bundle has.
    Foreign,
    /// A file can't be read.
    Unreadable,
    /// Files that should say the same do not.
    Disagrees,
    /// A secret is left, or one is listed that is not there.
    Secret,
    /// A source object is another, or does not have the record.
    Object,
    /// A row is not what its source object gives.
    Row,
}

impl FindingKind {
    /// The word in a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Packing => "packing",
            Self::Signature => "signature",
            Self::OtherKey => "other_key",
            Self::Unsigned => "unsigned",
            Self::Manifest => "manifest",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Unlisted => "unlisted",
            Self::Foreign => "foreign",
            Self::Unreadable => "unreadable",
            Self::Disagrees => "disagrees",
            Self::Secret => "secret",
            Self::Object => "object",
            Self::Row => "row",
        }
    }
}

/// What became of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    Valid,
    Wrong,
    /// There is none.
    Missing,
    /// No key was given.
    NotChecked,
}

impl CheckReport {
    /// Whether nothing differs. Without a key it does not say who made the bundle.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.more_findings == 0
    }
}

/// Checks the bundle that lies at a path.
///
/// # Errors
/// If there is no bundle, or it can't be read. What is wrong in it is in the report.
pub fn check(at: &Path, key: Option<&PublicKey>, progress: &dyn Progress) -> Result<CheckReport, Error> {
    let tree = Tree::open(at)?;
    let mut report = CheckReport {
        findings: Vec::new(),
        more_findings: 0,
        signature: Signature::NotChecked,
        manifest: None,
        manifest_sha256: None,
        files: 0,
        bytes: 0,
        rows: 0,
        derived_rows: 0,
        clusters_by_mapping: 0,
    };
    for flaw in &tree.flaws {
        let kind = match flaw.kind {
            FlawKind::Foreign => FindingKind::Foreign,
            FlawKind::Packing => FindingKind::Packing,
        };
        report.find(&flaw.path, kind, &flaw.detail);
    }
    let Some(manifest) = seal::manifest(&tree, key, &mut report) else { return Ok(report) };
    let intact = files::check(&tree, &manifest, progress, &mut report);
    // What nobody vouches for need not be understood: to compare files that a stranger made up proves nothing.
    if report.signature != Signature::Wrong {
        let bundle = Bundle { tree: &tree, manifest: &manifest, intact: &intact };
        let marks = rows::check(&bundle, progress, &mut report);
        answer::check(&bundle, &mut report);
        derive::check(&bundle, marks, progress, &mut report);
    }
    report.manifest = Some(manifest);
    Ok(report)
}

/// A bundle of which the files were hashed.
struct Bundle<'a> {
    tree: &'a Tree,
    manifest: &'a Manifest,
    /// Files that are as listed.
    intact: &'a BTreeSet<String>,
}

impl Bundle<'_> {
    /// Where a file lies, if it is as listed. If it is not, that was told before.
    fn section(&self, path: &str) -> Option<&Section> {
        self.tree.files.get(path).filter(|_| self.intact.contains(path))
    }

    /// Where a file lies that is listed, also if its bytes are not those listed: what differs in it can still be told, as
    /// long as nothing in it has to be believed.
    fn suspect(&self, path: &str) -> Option<&Section> {
        self.tree.files.get(path).filter(|_| self.lists(path))
    }

    fn is_intact(&self, path: &str) -> bool {
        self.intact.contains(path)
    }

    fn lists(&self, path: &str) -> bool {
        self.manifest.file(path).is_some()
    }
}

impl CheckReport {
    fn find(&mut self, path: &str, kind: FindingKind, detail: &str) {
        self.add(Finding { path: path.to_owned(), kind, detail: detail.to_owned() });
    }

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }
}

/// A value in a sentence, of a length that can be read.
fn shown(value: Option<&str>) -> String {
    const MOST_CHARACTERS: usize = 120;
    let Some(value) = value else { return "null".to_owned() };
    let mut short: String = value.chars().take(MOST_CHARACTERS).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    format!("`{short}`")
}

#[cfg(test)]
mod tests;
