//! Reads an archive again, and compares the SHA-256 of its objects with what was noted when they were read before: for
//! logs that AWS does not sign. It proves that nothing has changed since then, and nothing about the time before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use eksamine_archive::{Archive, Depth, ObjectMeta, Page};
use futures::StreamExt;
use tokio::sync::mpsc;

use super::read::{Reader, Seen, in_words};
use super::{Rows, Settings};
use crate::error::Error;
use crate::name::{self, Kind};
use crate::progress::{Event, Progress};
use crate::report::{Counts, Row};
use crate::sidecar;
use crate::verdict::{Subject, Verdict};

/// An object as it was read before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub uri: String,
    /// In lower case hexadecimal; none if its bytes could not be had then.
    pub sha256: Option<String>,
}

/// What reading an archive again gave.
#[derive(Clone, Debug, Default)]
pub struct Recheck {
    pub objects: Counts,
    /// By URI. Findings, or everything if that was asked for.
    pub rows: Vec<Row>,
    pub bytes: u64,
    /// Why the archive could not be listed to its end.
    pub unlisted: Vec<(String, String)>,
}

impl Recheck {
    /// Whether everything is as it was, and nothing else is there.
    pub fn is_whole(&self) -> bool {
        self.unlisted.is_empty() && self.objects.findings() == 0
    }

    fn add(&mut self, uri: &str, verdict: Verdict, detail: String, rows: Rows) {
        self.objects.add(verdict);
        if rows == Rows::Findings && verdict.is_proved() {
            return;
        }
        self.rows.push(Row {
            verdict,
            subject: Subject::Object,
            account: None,
            region: None,
            trail: None,
            start_micros: None,
            end_micros: None,
            uri: Some(uri.to_owned()).filter(|_| verdict != Verdict::Missing),
            signed_uri: Some(uri.to_owned()).filter(|_| verdict == Verdict::Missing),
            digest_uri: None,
            sha256: None,
            detail,
        });
    }
}

/// Reads the objects of an archive that were read before, and compares them. Of `settings` the keys, the places and the
/// times do not matter here.
pub async fn recheck(
    archive: &Arc<dyn Archive>,
    known: &[Known],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Recheck, Error> {
    let root = archive.root();
    let mut hashes: HashMap<&str, Vec<&str>> = HashMap::new();
    for object in known.iter().filter(|object| is_below(&object.uri, root)) {
        let of_object = hashes.entry(object.uri.as_str()).or_default();
        of_object.extend(object.sha256.as_deref());
    }
    if hashes.is_empty() {
        return Err(Error::Unrelated { root: root.to_owned() });
    }
    let mut report = Recheck::default();
    let objects = list(archive, progress, &mut report).await?;
    let there: HashSet<&str> = objects.iter().map(|object| object.uri.as_str()).collect();
    if report.unlisted.is_empty() {
        for uri in hashes.keys().filter(|uri| !there.contains(**uri)) {
            report.add(uri, Verdict::Missing, "it was read before, and is not there".to_owned(), settings.rows);
        }
    }
    let mut to_read = Vec::new();
    for object in &objects {
        match hashes.get(object.uri.as_str()) {
            Some(hashes) if !hashes.is_empty() => to_read.push((object, hashes.as_slice())),
            Some(_) => {
                let detail = "its bytes could not be had when it was read before".to_owned();
                report.add(&object.uri, Verdict::Unattested, detail, settings.rows);
            }
            // Digests are no logs, and sidecars are ours.
            None if is_beside(&object.key) => {}
            None => report.add(&object.uri, Verdict::Unattested, "it was not read before".to_owned(), settings.rows),
        }
    }
    let reader = Reader::new(archive, settings, progress)?;
    reader.plan(to_read.len() as u64, to_read.iter().map(|(object, _)| object.size_bytes).sum());
    let (reader, to_read) = (&reader, to_read.as_slice());
    let mut readings = futures::stream::iter(0..to_read.len())
        .map(|number| async move {
            let (object, hashes) = to_read.get(number).copied()?;
            Some((object, hashes, reader.hash(object).await))
        })
        .buffer_unordered(settings.fetches.max(1));
    while let Some(reading) = readings.next().await {
        let Some((object, hashes, seen)) = reading else { continue };
        report.bytes += object.size_bytes;
        let (verdict, detail) = match seen? {
            Seen::Unread(why) => (Verdict::Unread, why),
            Seen::Done { value, .. } if hashes.contains(&value.as_str()) => (Verdict::Valid, String::new()),
            Seen::Done { value, .. } => {
                (Verdict::Altered, format!("its hash is {value}, and was {} before", hashes.join(" or ")))
            }
        };
        report.add(&object.uri, verdict, detail, settings.rows);
    }
    report.rows.sort_by(|a, b| place(a).cmp(&place(b)));
    Ok(report)
}

fn place(row: &Row) -> Option<&String> {
    row.uri.as_ref().or(row.signed_uri.as_ref())
}

async fn list(
    archive: &Arc<dyn Archive>,
    progress: &dyn Progress,
    report: &mut Recheck,
) -> Result<Vec<ObjectMeta>, Error> {
    let (sender, mut pages) = mpsc::channel::<Page>(4);
    let collect = async {
        let mut objects = Vec::new();
        while let Some(page) = pages.recv().await {
            progress.event(Event::Listed { objects: page.objects.len() as u64 });
            objects.extend(page.objects);
        }
        objects
    };
    let (result, objects) = futures::join!(archive.list(archive.prefix(), Depth::All, sender), collect);
    match result {
        Ok(()) => {}
        Err(error) if objects.is_empty() => return Err(error.into()),
        Err(error) => report.unlisted.push((error.uri().to_owned(), in_words(&error))),
    }
    Ok(objects)
}

/// Whether a URI is that of the root, or of something below it. A key prefix need not end with a folder.
fn is_below(uri: &str, root: &str) -> bool {
    match uri.strip_prefix(root) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || root.ends_with('/') || is_key_prefix(root),
        None => false,
    }
}

fn is_key_prefix(root: &str) -> bool {
    root.strip_prefix("s3://").is_some_and(|rest| rest.contains('/'))
}

fn is_beside(key: &str) -> bool {
    sidecar::object_of(key).is_some() || matches!(name::kind(key), Kind::Digest { .. } | Kind::StrayDigest)
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn what_lies_below_a_root_is_told_by_whole_names() {
        for (uri, root, expected) in [
            ("s3://b/a/x", "s3://b", true),
            ("s3://bb/a/x", "s3://b", false),
            ("s3://b/logs-a/x", "s3://b/logs", true),
            ("file:///case/x", "file:///case", true),
            ("file:///case2/x", "file:///case", false),
            ("file:///case/x", "file:///case/x", true),
        ] {
            assert_eq!(is_below(uri, root), expected, "{uri} {root}");
        }
    }
}
