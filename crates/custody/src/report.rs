//! What a verification found: a row for each finding, and counts by chain.

use std::collections::BTreeMap;

use crate::name::{ChainKind, ChainName};
use crate::verdict::{Subject, VERDICTS, Verdict};

/// One object, or one span of time, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub verdict: Verdict,
    pub subject: Subject,
    pub account: Option<String>,
    pub region: Option<String>,
    pub trail: Option<String>,
    /// Microseconds since 1970. Of a digest and a gap its span; a log file has only an end, its delivery.
    pub start_micros: Option<i64>,
    pub end_micros: Option<i64>,
    /// Where the object was found. None if it is missing.
    pub uri: Option<String>,
    /// Where CloudTrail put it, `s3://bucket/key`, as a digest says.
    pub signed_uri: Option<String>,
    /// The digest that names it.
    pub digest_uri: Option<String>,
    /// SHA-256 of the object as it was found, in lower case hexadecimal: the very bytes that the verdict is about. None
    /// where they were not read, or their hash was not asked for.
    pub sha256: Option<String>,
    /// Why, in a sentence. May be empty.
    pub detail: String,
}

/// How many objects have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; VERDICTS.len()]);

impl Counts {
    pub fn add(&mut self, verdict: Verdict) {
        if let Some(place) = VERDICTS.iter().position(|other| *other == verdict).and_then(|at| self.0.get_mut(at)) {
            *place += 1;
        }
    }

    pub fn of(&self, verdict: Verdict) -> u64 {
        self.iter().find(|(other, _)| *other == verdict).map_or(0, |(_, count)| count)
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that are not proved.
    pub fn findings(&self) -> u64 {
        self.iter().filter(|(verdict, _)| !verdict.is_proved()).map(|(_, count)| count).sum()
    }

    /// Each verdict with its count, zeros among them.
    pub fn iter(&self) -> impl Iterator<Item = (Verdict, u64)> + '_ {
        VERDICTS.into_iter().zip(self.0.iter().copied())
    }

    fn merge(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

/// One chain in numbers; or what lies where no chain is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainSummary {
    pub account: String,
    pub region: String,
    /// None for log files that no digest names.
    pub trail: Option<String>,
    pub home_region: Option<String>,
    pub organization: Option<String>,
    pub is_backfill: bool,
    /// The folders above CloudTrail's.
    pub base: String,
    pub digests: Counts,
    pub logs: Counts,
    /// Spans of time without digests.
    pub gaps: u64,
    /// From the start of the first digest to the end of the last.
    pub first_micros: Option<i64>,
    pub last_micros: Option<i64>,
}

impl ChainSummary {
    pub fn is_whole(&self) -> bool {
        self.digests.findings() + self.logs.findings() + self.gaps == 0
    }

    pub(crate) fn of_chain(name: &ChainName) -> Self {
        Self {
            account: name.account.clone(),
            region: name.region.clone(),
            trail: Some(name.trail.clone()),
            home_region: Some(name.home_region.clone()),
            organization: name.organization().map(ToOwned::to_owned),
            is_backfill: name.kind == ChainKind::Backfill,
            base: name.base.clone(),
            ..Self::default()
        }
    }
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order of account, region and trail.
    pub chains: Vec<ChainSummary>,
    /// Findings, or everything if that was asked for; by chain and time.
    pub rows: Vec<Row>,
    /// Objects listed.
    pub listed: u64,
    /// Objects read, compressed and inflated.
    pub bytes: u64,
    pub inflated_bytes: u64,
    /// Prefixes that could not be listed, and why. What lies there was not looked at.
    pub unlisted: Vec<(String, String)>,
    /// Fingerprints that digests name and no key was given for, with the regions of these digests.
    pub unknown_keys: BTreeMap<String, Vec<String>>,
}

impl Report {
    pub fn digests(&self) -> Counts {
        self.sum(|chain| &chain.digests)
    }

    pub fn logs(&self) -> Counts {
        self.sum(|chain| &chain.logs)
    }

    pub fn gaps(&self) -> u64 {
        self.chains.iter().map(|chain| chain.gaps).sum()
    }

    /// Takes in what was found in another archive.
    pub fn add(&mut self, mut other: Self) {
        self.chains.append(&mut other.chains);
        self.rows.append(&mut other.rows);
        self.listed += other.listed;
        self.bytes += other.bytes;
        self.inflated_bytes += other.inflated_bytes;
        self.unlisted.append(&mut other.unlisted);
        for (fingerprint, regions) in other.unknown_keys {
            let known = self.unknown_keys.entry(fingerprint).or_default();
            known.extend(regions);
            known.sort();
            known.dedup();
        }
    }

    /// Whether everything that was looked at is proved, and everything was looked at.
    pub fn is_whole(&self) -> bool {
        self.unlisted.is_empty() && self.chains.iter().all(ChainSummary::is_whole)
    }

    fn sum(&self, counts: impl Fn(&ChainSummary) -> &Counts) -> Counts {
        let mut sum = Counts::default();
        self.chains.iter().for_each(|chain| sum.merge(counts(chain)));
        sum
    }
}
