//! What became of an ingest, in words: its own numbers, what it left out, what it could not read, and the accounting of
//! the whole lake. Printed after an ingest, and by reading commands that ingest first.

use std::path::Path;

use eksamine_ingest::{Plan, PrefixTotal, Report};
use eksamine_lake::Accounting;

use crate::numbers::{bytes, counted, grouped};
use crate::printing::tell;
use crate::terminal::sanitise;

/// How many prefixes of objects of no known kind a run names.
const PREFIXES_NAMED: usize = 5;

/// Prints the summary of an ingest into a lake to standard error.
pub fn print(report: &Report, lake: &Path, pace: &str) {
    if report.listed == 0 && report.pruned_folders == 0 {
        tell("nothing was read: there is not one object; check the folder, or the prefix in the bucket");
    } else if report.wanted == 0 {
        tell(&format!("nothing new in {}", counted(report.listed, "object")));
    } else {
        tell(&format!(
            "read {} ({}, {} of logs) into `{}` in {pace}",
            counted(report.objects(), "object"),
            bytes(report.bytes),
            bytes(report.inflated_bytes),
            lake.display(),
        ));
        tell(&format!(
            "{} = {} + {} folded + {}",
            counted(report.records, "record"),
            counted(report.rows, "row"),
            counted(report.folded, "duplicate"),
            counted(report.rejects, "reject"),
        ));
    }
    if report.digests > 0 {
        tell(&format!("of these, {}", kept_as_proof(report.digests, report.digest_bytes)));
    }
    for line in left_out(&LeftOut::of_report(report)) {
        tell(&line);
    }
    for line in shortfalls(report, &format!("--lake {}", in_shell(&lake.display().to_string()))) {
        tell(&line);
    }
    tell(&accounting_line(&report.accounting));
    if report.interrupted {
        tell("interrupted: run the same command again to go on from here");
    }
}

/// Objects that a run had no need or no wish to read: how many, and their bytes.
pub struct LeftOut {
    pruned: (u64, u64),
    pruned_folders: u64,
    known: (u64, u64),
}

impl LeftOut {
    pub fn of_plan(plan: &Plan) -> Self {
        Self {
            pruned: (plan.pruned, plan.pruned_bytes),
            pruned_folders: plan.pruned_folders,
            known: (plan.known, plan.known_bytes),
        }
    }

    fn of_report(report: &Report) -> Self {
        Self {
            pruned: (report.pruned, report.pruned_bytes),
            pruned_folders: report.pruned_folders,
            known: (report.known, report.known_bytes),
        }
    }
}

/// A line for each reason to leave objects out.
pub fn left_out(left_out: &LeftOut) -> Vec<String> {
    let line = |(objects, size_bytes): (u64, u64), why: &str| {
        (objects > 0).then(|| format!("{} {why} ({})", counted(objects, "object"), bytes(size_bytes)))
    };
    let folders = (left_out.pruned_folders > 0).then(|| {
        format!("{} not listed, for the account, region or day in the name", counted(left_out.pruned_folders, "folder"))
    });
    let lines = [
        line(left_out.pruned, "left out by account, region or day in the key"),
        folders,
        line(left_out.known, "read by an earlier run"),
    ];
    lines.into_iter().flatten().collect()
}

/// CloudTrail's digests among the objects, which are no logs.
pub fn kept_as_proof(objects: u64, size_bytes: u64) -> String {
    format!("{} of CloudTrail digests ({}), kept for `eksamine verify`", counted(objects, "object"), bytes(size_bytes))
}

/// The accounting of a whole lake in one line.
pub fn accounting_line(accounting: &Accounting) -> String {
    format!(
        "accounting: {} = {} + {} + {} ({})",
        counted(accounting.records, "record"),
        counted(accounting.rows, "row"),
        counted(accounting.folded, "folded duplicate"),
        counted(accounting.rejects, "reject"),
        if accounting.closes() { "closes" } else { "DOES NOT CLOSE" },
    )
}

/// What was not read, and why. `place` are the options with which another command reads the same.
pub fn shortfalls(report: &Report, place: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if report.rejects > 0 {
        let reasons: Vec<String> =
            report.rejects_by_reason.iter().map(|total| format!("{} {}", total.rejects, total.reason)).collect();
        let objects = counted(report.partial, "object");
        lines.push(format!(
            "{} in {objects} ({}); see `eksamine sql 'select * from rejects' {place}`",
            counted(report.rejects, "reject"),
            reasons.join(", ")
        ));
    }
    if report.unknown > 0 {
        lines.push(format!("{} of no known kind, below:", counted(report.unknown, "object")));
        lines.extend(prefix_lines(&report.unknown_prefixes.largest(), PREFIXES_NAMED));
    }
    if report.failed > 0 {
        lines.push(format!("{} could not be fetched; the next run tries again:", counted(report.failed, "object")));
        for (uri, why) in &report.failures {
            lines.push(format!("  {}: {}", sanitise(uri), sanitise(why)));
        }
        let unnamed = report.failed.saturating_sub(report.failures.len() as u64);
        if unnamed > 0 {
            lines.push(format!("  and {} more; see `eksamine status {place}`", grouped(unnamed)));
        }
    }
    for (place, why) in &report.unlisted {
        lines.push(format!("can't list {}: {}", sanitise(place), sanitise(why)));
    }
    lines
}

/// Prefixes with what lies below them, so many at most, and the rest in one line.
pub fn prefix_lines(prefixes: &[PrefixTotal], most: usize) -> Vec<String> {
    let size = |objects, size_bytes| format!("{}, {}", counted(objects, "object"), bytes(size_bytes));
    let line =
        |total: &PrefixTotal| format!("  {} ({})", sanitise(&total.prefix), size(total.objects, total.size_bytes));
    let mut lines: Vec<String> = prefixes.iter().take(most).map(line).collect();
    let rest = prefixes.get(most..).unwrap_or_default();
    if !rest.is_empty() {
        let noun = if rest.len() == 1 { "prefix" } else { "prefixes" };
        let objects = rest.iter().map(|total| total.objects).sum();
        let size_bytes = rest.iter().map(|total| total.size_bytes).sum();
        lines.push(format!("  and {} more {noun} ({})", grouped(rest.len() as u64), size(objects, size_bytes)));
    }
    lines
}

/// A word as a shell takes it.
pub fn in_shell(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_many_prefixes_is_counted() {
        let total = |name: &str, objects| PrefixTotal { prefix: format!("s3://b/{name}/"), objects, size_bytes: 1024 };
        let many = [total("a", 3), total("b\u{1b}", 2), total("c", 1), total("d", 1)];
        let all = prefix_lines(&many, 4);
        assert_eq!(all.len(), 4);
        assert_eq!(all[0], "  s3://b/a/ (3 objects, 1.00 KiB)");
        assert_eq!(all[1], "  s3://b/b\\u{1b}/ (2 objects, 1.00 KiB)");
        assert_eq!(prefix_lines(&many, 3)[3], "  and 1 more prefix (1 object, 1.00 KiB)");
        assert_eq!(prefix_lines(&many, 1)[1..], ["  and 3 more prefixes (4 objects, 3.00 KiB)"]);
        assert!(prefix_lines(&[], 3).is_empty());
    }

    #[test]
    fn words_reach_a_shell_as_they_are() {
        assert_eq!(in_shell("s3://b/a-b_c"), "s3://b/a-b_c");
        assert_eq!(in_shell("my lake"), "'my lake'");
        assert_eq!(in_shell("it's"), "'it'\\''s'");
        assert_eq!(in_shell(""), "''");
    }
}
