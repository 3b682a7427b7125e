//! Whether the files of a lake are as its manifest says: that each live part is there and has the bytes, the rows and
//! the times it was committed with, and that the accounting closes. Nothing is changed or put right for it.
//!
//! The manifest is taken at its word, since nobody signs it: whoever can write the lake can write a manifest that fits.
//! Not looked at are what is worked out from the rows (`derived/`), files in the making (`.staging/`), and whether the
//! rows are what the archive holds.

mod foreign;
mod part;

use std::collections::BTreeMap;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::commit::Lake;
use crate::error::Error;
use crate::layout::MANIFEST;
use crate::manifest::{Accounting, Manifest, PartEntry, fingerprint};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What differs, by path.
    pub findings: Vec<Finding>,
    /// Files and links beside the parts that no manifest names. They are in no answer of ours.
    pub foreign: Vec<Finding>,
    /// None if the manifest is damaged, and then nothing else was looked at.
    pub content: Option<Content>,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Live parts, by the manifest.
    pub parts: u64,
    /// Of these, committed by a run that was killed before it gave them their names.
    pub staged: u64,
    /// Bytes that were read and hashed.
    pub bytes: u64,
    /// Rows of parts that are as the manifest says, sightings included.
    pub rows: u64,
    pub accounting: Accounting,
    /// One hash for all parts that the manifest names, see [`fingerprint`].
    pub fingerprint: String,
}

/// One thing that differs. The path may hold what an attacker wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Relative to the lake.
    pub path: String,
    pub kind: FindingKind,
    pub detail: String,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// The manifest is damaged, or does not agree with itself.
    Manifest,
    /// The accounting does not close.
    Accounting,
    /// A part is not there.
    Missing,
    /// A part is shorter than it was.
    Cut,
    /// A part has other bytes.
    Changed,
    /// A part can't be read.
    Unreadable,
    /// A part has other rows or times than the manifest says.
    Disagrees,
    /// A file that no manifest names.
    Foreign,
}

impl FindingKind {
    /// The word in a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Accounting => "accounting",
            Self::Missing => "missing",
            Self::Cut => "cut",
            Self::Changed => "changed",
            Self::Unreadable => "unreadable",
            Self::Disagrees => "disagrees",
            Self::Foreign => "foreign",
        }
    }
}

/// What a check says of itself while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is known what will be read.
    Planned { parts: u64, bytes: u64 },
    /// A part was read, or could not be.
    Read { bytes: u64 },
}

impl Report {
    /// Whether all is as the manifest says. Foreign files are no part of the lake, and do not count.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks the lake in a folder. The listener is called from several threads.
///
/// # Errors
/// If there is no lake, it can't be read, or it was written while it was checked ([`Error::Busy`]). What is wrong in it
/// is in the report.
pub fn check(root: &Path, listener: &(dyn Fn(Step) + Sync)) -> Result<Report, Error> {
    if !Lake::is_at(root) {
        return Err(Error::Missing { path: root.to_path_buf() });
    }
    // Not by way of `Lake::open`, which would finish what a killed run has left and remove what no manifest names.
    let manifest = Manifest::open_read_only(&root.join(MANIFEST))?;
    let damage = manifest.damage()?;
    if !damage.is_empty() {
        let findings = damage.iter().map(|line| of_manifest(FindingKind::Manifest, line)).collect();
        return Ok(Report { findings, foreign: Vec::new(), content: None });
    }
    let parts = manifest.parts()?;
    let staged: BTreeMap<String, String> =
        manifest.staged_parts()?.into_iter().map(|(staged, path)| (path, staged)).collect();
    let count = parts.len() as u64;
    listener(Step::Planned {
        parts: count,
        bytes: parts.iter().map(|part| part.size_bytes).fold(0, u64::saturating_add),
    });
    let judge = |part: &PartEntry| {
        let judged = part::judge(root, part, staged.get(&part.path).map(String::as_str));
        listener(Step::Read { bytes: judged.bytes });
        judged
    };
    let judged: Vec<part::Judged> = parts.par_iter().map(judge).collect();
    let foreign = foreign::find(root, &parts)?;
    let accounting = manifest.accounting()?;
    if manifest.parts()? != parts {
        return Err(Error::Busy { path: root.to_path_buf() });
    }
    let mut content =
        Content { parts: count, staged: 0, bytes: 0, rows: 0, accounting, fingerprint: fingerprint(&parts) };
    let mut findings: Vec<Finding> =
        accounting.gaps().iter().map(|gap| of_manifest(FindingKind::Accounting, gap)).collect();
    for judged in judged {
        content.staged += u64::from(judged.is_staged);
        content.bytes = content.bytes.saturating_add(judged.bytes);
        content.rows = content.rows.saturating_add(judged.rows);
        findings.extend(judged.findings);
    }
    Ok(Report { findings, foreign, content: Some(content) })
}

fn of_manifest(kind: FindingKind, detail: &str) -> Finding {
    Finding { path: MANIFEST.to_owned(), kind, detail: detail.to_owned() }
}
