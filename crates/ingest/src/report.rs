//! What an ingest did, in numbers.

use eksamine_lake::{Accounting, ObjectEntry, ObjectStatus, RejectTotal};

use crate::kept;
use crate::plan::Plan;
use crate::prefix::{Prefixes, common_folder};

/// The result of one ingest.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub listed: u64,
    pub pruned: u64,
    pub pruned_bytes: u64,
    /// Folders left out without listing them.
    pub pruned_folders: u64,
    pub known: u64,
    pub known_bytes: u64,
    /// CloudTrail digests, and files beside them with their metadata, that were read and are kept in the lake.
    pub digests: u64,
    pub digest_bytes: u64,
    /// Objects the plan wanted.
    pub wanted: u64,
    /// Prefixes that could not be listed, and why.
    pub unlisted: Vec<(String, String)>,
    pub read: u64,
    pub partial: u64,
    pub unknown: u64,
    /// Where the objects of no known kind lie.
    pub unknown_prefixes: Prefixes,
    pub failed: u64,
    /// Objects that could not be fetched, and why; the first few.
    pub failures: Vec<(String, String)>,
    pub bytes: u64,
    pub inflated_bytes: u64,
    pub records: u64,
    pub rows: u64,
    pub folded: u64,
    pub rejects: u64,
    pub control: u64,
    /// The run was stopped before it read all it wanted.
    pub interrupted: bool,
    /// Of the whole lake, after this run.
    pub rejects_by_reason: Vec<RejectTotal>,
    pub accounting: Accounting,
}

const FAILURES_NAMED: usize = 10;

impl Report {
    pub(crate) fn of_plan(plan: &Plan) -> Self {
        Self {
            listed: plan.listed,
            pruned: plan.pruned,
            pruned_bytes: plan.pruned_bytes,
            pruned_folders: plan.pruned_folders,
            known: plan.known,
            known_bytes: plan.known_bytes,
            wanted: plan.wanted.len() as u64,
            unlisted: plan.unlisted.clone(),
            unknown_prefixes: Prefixes::below(common_folder(
                plan.wanted.iter().map(|wanted| wanted.object.uri.as_str()),
            )),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, entries: &[ObjectEntry]) {
        for entry in entries {
            match entry.status {
                ObjectStatus::Read => self.read += 1,
                ObjectStatus::Partial => self.partial += 1,
                ObjectStatus::Unknown => {
                    self.unknown += 1;
                    self.unknown_prefixes.add(&entry.uri, entry.size_bytes);
                }
                ObjectStatus::Failed => {
                    self.failed += 1;
                    if self.failures.len() < FAILURES_NAMED {
                        self.failures.push((entry.uri.clone(), entry.detail.clone().unwrap_or_default()));
                    }
                }
            }
            if kept::is_proof(entry) {
                self.digests += 1;
                self.digest_bytes += entry.size_bytes;
            }
            self.bytes += entry.size_bytes;
            self.inflated_bytes += entry.inflated_bytes;
            self.records += entry.records;
            self.rows += entry.rows;
            self.folded += entry.folded;
            self.rejects += entry.rejects;
            self.control += entry.control;
        }
    }

    /// Objects this run dealt with.
    pub fn objects(&self) -> u64 {
        self.read + self.partial + self.unknown + self.failed
    }

    /// Whether everything wanted was read, every record of it.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.rejects == 0 && self.unlisted.is_empty()
    }
}
