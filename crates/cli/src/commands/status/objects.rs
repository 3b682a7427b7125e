//! What became of the objects of an archive: how many were read, which were not and why, what was rejected, and where
//! the objects lie that nobody knows the kind of.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eksamine_ingest::{Prefixes, common_folder};
use eksamine_lake::{Manifest, ObjectEntry, ObjectStatus, Totals};

use crate::numbers::{bytes, counted, grouped};
use crate::prose::fitted;
use crate::summary::prefix_lines;
use crate::terminal::sanitise;

/// How many prefixes of objects of no known kind are named.
const PREFIXES_NAMED: usize = 20;
/// How many reasons for not reading objects are told, and how many objects are named for each.
const REASONS_TOLD: usize = 10;
const URIS_NAMED: usize = 3;

/// All about the objects. `place` are the options with which another command reads the same lake.
pub fn text(manifest: &Manifest, place: &str) -> anyhow::Result<String> {
    let totals = manifest.totals()?;
    let mut text = String::new();
    for status in ObjectStatus::ALL {
        let Some(total) = totals.iter().find(|total| total.status == status) else { continue };
        text += &match status {
            ObjectStatus::Read => headline(total, "read whole", "") + &digests(manifest)?,
            ObjectStatus::Partial => headline(total, "read in part, with rejects", ""),
            ObjectStatus::Unknown => headline(total, "of no known kind of log", ", below:") + &unknown(manifest)?,
            ObjectStatus::Failed => {
                headline(total, "could not be fetched", ":") + &reasons(&manifest.objects_of(status)?)
            }
        };
    }
    Ok(text + &rejects(manifest, place)? + "\n")
}

/// `2 objects read whole (1.5 KiB)` and what follows it.
fn headline(total: &Totals, what: &str, end: &str) -> String {
    format!("{} {what} ({}){end}\n", counted(total.objects, "object"), bytes(total.size_bytes))
}

/// The digests among what was read.
fn digests(manifest: &Manifest) -> anyhow::Result<String> {
    let digests = manifest.kept_digests()?;
    if digests == 0 {
        return Ok(String::new());
    }
    Ok(format!("  of these, {}, kept for `eksamine verify`\n", counted(digests, "CloudTrail digest")))
}

/// Where the objects of no known kind lie.
fn unknown(manifest: &Manifest) -> anyhow::Result<String> {
    let span = manifest.uri_span()?;
    // What the first and the last have in common, all between have too.
    let root = span.as_ref().map_or("", |(first, last)| common_folder([first.as_str(), last.as_str()]));
    let mut prefixes = Prefixes::below(root);
    for object in manifest.objects_of(ObjectStatus::Unknown)? {
        prefixes.add(&object.uri, object.size_bytes);
    }
    let lines = prefix_lines(&prefixes.largest(), PREFIXES_NAMED);
    Ok(lines.iter().map(|line| fitted(line, 6) + "\n").collect())
}

/// The reasons why objects could not be fetched, the most frequent first, with the first objects of each.
fn reasons(failed: &[ObjectEntry]) -> String {
    let mut reasons: BTreeMap<String, Vec<&ObjectEntry>> = BTreeMap::new();
    for object in failed {
        reasons.entry(kind_of_reason(object)).or_default().push(object);
    }
    let mut reasons: Vec<Vec<&ObjectEntry>> = reasons.into_values().collect();
    reasons.sort_by_key(|objects| std::cmp::Reverse(objects.len()));
    let mut text = String::new();
    for objects in reasons.iter().take(REASONS_TOLD) {
        let Some(first) = objects.first() else { continue };
        let line = format!("  {}: {}", counted(objects.len() as u64, "object"), sanitise(&reason(first)));
        let _ = writeln!(text, "{}", fitted(&line, 4));
        for object in objects.iter().take(URIS_NAMED) {
            let _ = writeln!(text, "    {}", sanitise(&object.uri));
        }
        if objects.len() > URIS_NAMED {
            let _ = writeln!(text, "    and {} more", grouped((objects.len() - URIS_NAMED) as u64));
        }
    }
    let untold: usize = reasons.iter().skip(REASONS_TOLD).map(Vec::len).sum();
    if untold > 0 {
        let _ = writeln!(text, "  {}: other reasons", counted(untold as u64, "object"));
    }
    text
}

/// Why an object could not be fetched, without its own name.
fn reason(object: &ObjectEntry) -> String {
    object.detail.as_deref().unwrap_or("nobody said why").replace(&object.uri, "…")
}

/// The same for all objects of one reason: numbers of bytes and ports are none.
fn kind_of_reason(object: &ObjectEntry) -> String {
    reason(object).split(|character: char| character.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

fn rejects(manifest: &Manifest, place: &str) -> anyhow::Result<String> {
    let totals = manifest.reject_totals()?;
    let all: u64 = totals.iter().map(|total| total.rejects).sum();
    if all == 0 {
        return Ok(String::new());
    }
    let head = format!("{}, see `eksamine sql 'select * from rejects' {place}`:", counted(all, "reject"));
    let mut text = fitted(&sanitise(&head), 4) + "\n";
    for total in totals {
        let _ = writeln!(text, "  {}: {}", total.reason, grouped(total.rejects));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(key: &str, why: &str) -> ObjectEntry {
        let uri = format!("s3://logs/{key}");
        let detail = why.replace("URI", &uri);
        ObjectEntry {
            uri,
            version: String::new(),
            etag: None,
            version_id: None,
            size_bytes: 1,
            last_modified: None,
            sha256: None,
            status: ObjectStatus::Failed,
            detail: Some(detail),
            envelope: None,
            members: 0,
            inflated_bytes: 0,
            records: 0,
            rows: 0,
            folded: 0,
            rejects: 0,
            control: 0,
            read_at: 0,
        }
    }

    #[test]
    fn objects_that_fail_alike_are_told_together() {
        let denied = "no access to `URI`: `http://192.0.2.1` answered 403 `AccessDenied`";
        let mut all: Vec<ObjectEntry> = (0..5).map(|at| failed(&format!("a/{at}.gz"), denied)).collect();
        all.push(failed("b/1.gz", "object `URI` is incomplete: 10 of 20 bytes arrived"));
        all.push(failed("b/2.gz", "object `URI` is incomplete: 7 of 9 bytes arrived"));
        all.push(failed("c\u{7}.gz", "object `URI` has vanished"));
        let text = reasons(&all);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "  5 objects: no access to `…`: `http://192.0.2.1` answered 403 `AccessDenied`",
                "    s3://logs/a/0.gz",
                "    s3://logs/a/1.gz",
                "    s3://logs/a/2.gz",
                "    and 2 more",
                "  2 objects: object `…` is incomplete: 10 of 20 bytes arrived",
                "    s3://logs/b/1.gz",
                "    s3://logs/b/2.gz",
                "  1 object: object `…` has vanished",
                "    s3://logs/c\\u{7}.gz",
            ]
        );
    }

    #[test]
    fn many_reasons_leave_no_object_uncounted() {
        let letters = ('a'..='m').map(|letter| failed("x", &format!("because of {letter}")));
        let text = reasons(&letters.collect::<Vec<_>>());
        assert_eq!(text.lines().filter(|line| line.starts_with("  1 object: because of ")).count(), REASONS_TOLD);
        assert!(text.ends_with("  3 objects: other reasons\n"), "{text}");
    }
}
