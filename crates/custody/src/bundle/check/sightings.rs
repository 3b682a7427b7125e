//! The list of sightings against the rows: each line is of a row of the bundle, none stands there twice.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::super::sightings::{self, NAME};
use super::super::tables::Records;
use super::changed::Lines;
use super::{Bundle, CheckReport, FindingKind};

/// Half a SHA-256: lists can be long.
type Short = [u8; 16];

/// What the list says, until the rows were seen.
#[derive(Default)]
pub struct Sightings {
    /// The rows that lines are of, by the part of a line that names one: the first line, and whether the row was seen.
    rows: HashMap<Short, (u64, bool)>,
}

impl Sightings {
    /// Reads the list. If it is not as listed in the manifest that was told, and nothing of it is believed.
    pub fn read(bundle: &Bundle<'_>, report: &mut CheckReport) -> Self {
        let mut all = Self::default();
        if !bundle.is_intact(NAME) {
            return all;
        }
        let Some(mut lines) = Lines::open(bundle, NAME) else { return all };
        if lines.next().is_none_or(|header| format!("{header}\n") != sightings::header()) {
            report.find(NAME, FindingKind::Disagrees, "it has another header");
            return all;
        }
        let (mut seen, mut count) = (HashSet::new(), 0_u64);
        for (number, line) in (2..).zip(lines) {
            count += 1;
            if !seen.insert(short(&line)) {
                report.find(NAME, FindingKind::Disagrees, &format!("line {number} stands there twice"));
            }
            match sightings::row_of(&line) {
                Ok(row) => {
                    all.rows.entry(short(row)).or_insert((number, false));
                }
                Err(why) => report.find(NAME, FindingKind::Disagrees, &format!("line {number} {why}")),
            }
        }
        let stated = bundle.manifest.statement.evidence.sightings;
        if count != stated {
            let detail = format!("the manifest states {stated} sightings, and there are {count}");
            report.find("manifest.json", FindingKind::Manifest, &detail);
        }
        all
    }

    /// Takes notice of a row.
    pub fn see(&mut self, table: &str, records: &Records<'_>, row: usize) {
        if self.rows.is_empty() {
            return;
        }
        let (id, record) = (records.id(row), records.record(row));
        let own = sightings::of_row(table, id.as_deref(), records.uri(row), records.sha256(row), record);
        if let Some((_, is_seen)) = self.rows.get_mut(&short(&own)) {
            *is_seen = true;
        }
    }

    /// Says which lines are of no row, when all rows were seen.
    pub fn finish(self, report: &mut CheckReport) {
        let mut lines: Vec<u64> =
            self.rows.into_values().filter(|(_, is_seen)| !is_seen).map(|(line, _)| line).collect();
        lines.sort_unstable();
        for line in lines {
            report.find(NAME, FindingKind::Disagrees, &format!("line {line} is of no row"));
        }
    }
}

fn short(text: &str) -> Short {
    let whole: [u8; 32] = Sha256::digest(text).into();
    whole.first_chunk().copied().unwrap_or_default()
}
