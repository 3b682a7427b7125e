//! Which objects to read: lists the archive, by account and region in parallel, leaves out what keys rule out and
//! what the manifest has, and puts the rest into an order that keeps days together.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use eksamine_archive::{Archive, Depth, ObjectMeta, Page};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::civil::Date;
use tokio::sync::mpsc;

use crate::error::{Error, with_causes};
use crate::key::{KeyFacts, KeyFilter, is_account, is_region};
use crate::progress::{Event, Progress};

/// One object to read, and the archive it lies in.
#[derive(Clone)]
pub struct Wanted {
    pub archive: Arc<dyn Archive>,
    pub object: ObjectMeta,
    /// What tells two contents under one key apart.
    pub version: String,
    pub day: Option<Date>,
    /// Whether its key is that of a digest, or of a file beside one.
    pub is_digest: bool,
}

impl Wanted {
    /// The archive tier the object lies in, as far as the listing tells: from there it can be read only after somebody
    /// restored it. `GLACIER_IR` is none; whether a restored copy is there, a listing does not say.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html>
    pub fn archive_tier(&self) -> Option<&str> {
        self.object.storage_class.as_deref().filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE"))
    }
}

/// What is to be read, and what is not.
#[derive(Default)]
pub struct Plan {
    pub wanted: Vec<Wanted>,
    /// Objects listed.
    pub listed: u64,
    /// Left out because the key says they are of another account, region or day.
    pub pruned: u64,
    pub pruned_bytes: u64,
    /// Folders that were not even listed, for the same reason.
    pub pruned_folders: u64,
    /// Read by an earlier run.
    pub known: u64,
    pub known_bytes: u64,
    /// Of those wanted, by their keys CloudTrail digests: no logs, but kept to prove them.
    pub digests: u64,
    pub digest_bytes: u64,
    /// Prefixes that could not be listed, and why.
    pub unlisted: Vec<(String, String)>,
}

/// Listings under way at once.
const LISTERS: usize = 16;

pub async fn plan(
    archives: &[Arc<dyn Archive>],
    filter: &KeyFilter,
    known: &HashSet<(String, String)>,
    progress: &dyn Progress,
) -> Result<Plan, Error> {
    let mut plan = Plan::default();
    let mut seen = HashSet::new();
    for archive in archives {
        let objects = list(archive, filter, &mut plan, progress).await?;
        for object in objects {
            let version = version_of(&object);
            let identity = (object.uri.clone(), version.clone());
            if !seen.insert(identity.clone()) {
                continue;
            }
            plan.listed += 1;
            let facts = KeyFacts::of(&object.key);
            if !filter.wants(&facts) {
                plan.pruned += 1;
                plan.pruned_bytes += object.size_bytes;
            } else if known.contains(&identity) {
                plan.known += 1;
                plan.known_bytes += object.size_bytes;
            } else {
                if facts.digest {
                    plan.digests += 1;
                    plan.digest_bytes += object.size_bytes;
                }
                let (archive, day, is_digest) = (Arc::clone(archive), facts.day, facts.digest);
                plan.wanted.push(Wanted { archive, object, version, day, is_digest });
            }
        }
    }
    // Days together, so that a partition is written once or twice, not with every wave.
    plan.wanted.sort_by(|a, b| (a.day, &a.object.uri, &a.version).cmp(&(b.day, &b.object.uri, &b.version)));
    let bytes = plan.wanted.iter().map(|wanted| wanted.object.size_bytes).sum();
    progress.event(Event::Planned { objects: plan.wanted.len() as u64, bytes });
    Ok(plan)
}

/// Version id or ETag where the archive has them, else the time of the last change.
fn version_of(object: &ObjectMeta) -> String {
    match (&object.version_id, &object.etag, object.last_modified_micros) {
        (Some(version), _, _) => format!("version:{version}"),
        (None, Some(etag), _) => format!("etag:{etag}:{}", object.size_bytes),
        (None, None, Some(micros)) => format!("modified:{micros}:{}", object.size_bytes),
        (None, None, None) => format!("size:{}", object.size_bytes),
    }
}

/// Lists an archive. Where folders follow the AWS layout it goes down level by level, so that accounts and regions
/// are listed in parallel and unwanted ones not at all; everything else is listed in one go.
async fn list(
    archive: &Arc<dyn Archive>,
    filter: &KeyFilter,
    plan: &mut Plan,
    progress: &dyn Progress,
) -> Result<Vec<ObjectMeta>, Error> {
    let root = archive.prefix().to_owned();
    let mut waiting: VecDeque<(String, Depth)> = VecDeque::from([(root.clone(), depth_below(&root, filter))]);
    let mut running = FuturesUnordered::new();
    let mut objects = Vec::new();
    loop {
        while running.len() < LISTERS
            && let Some((prefix, depth)) = waiting.pop_front()
        {
            let archive = Arc::clone(archive);
            running.push(async move {
                let (sender, mut pages) = mpsc::channel::<Page>(4);
                let collect = async {
                    let mut listed = Page::default();
                    while let Some(page) = pages.recv().await {
                        progress.event(Event::Listed { objects: page.objects.len() as u64 });
                        listed.objects.extend(page.objects);
                        listed.prefixes.extend(page.prefixes);
                    }
                    listed
                };
                let (result, listed) = futures::join!(archive.list(&prefix, depth, sender), collect);
                (prefix, listed, result)
            });
        }
        let Some((prefix, page, result)) = running.next().await else { break };
        match result {
            Ok(()) => {}
            // Nothing at all can be read: that is an error, not a gap.
            Err(error) if prefix == root && page.objects.is_empty() && page.prefixes.is_empty() => {
                return Err(error.into());
            }
            Err(error) => plan.unlisted.push((error.uri().to_owned(), with_causes(&error))),
        }
        objects.extend(page.objects);
        for folder in page.prefixes {
            if !filter.wants_folder(&folder) {
                plan.pruned_folders += 1;
                continue;
            }
            let depth = depth_below(&folder, filter);
            waiting.push_back((folder, depth));
        }
    }
    Ok(objects)
}

/// How to list a folder: one level where the next level divides accounts, regions or days that can be pruned.
fn depth_below(folder: &str, filter: &KeyFilter) -> Depth {
    let parts: Vec<&str> = folder.trim_end_matches('/').split('/').filter(|part| !part.is_empty()).collect();
    let dated = filter.since.is_some() || filter.until.is_some();
    let Some(last) = parts.last().filter(|_| folder.ends_with('/')) else {
        return if parts.is_empty() { Depth::Level } else { Depth::All };
    };
    let aws = parts.iter().position(|part| *part == "AWSLogs");
    let divides = match aws {
        None => parts.len() == 1 && !dated_folder(last),
        Some(at) => {
            let below = parts.get(at + 1..).unwrap_or_default();
            let below = below.strip_prefix(&["CloudTrail"]).unwrap_or(below);
            match below.last() {
                None => true,
                Some(part) if part.starts_with("o-") || is_account(part) => true,
                Some(part) if is_region(part) => dated,
                Some(part) if dated_folder(part) => dated && below.iter().filter(|part| dated_folder(part)).count() < 3,
                // A service's folder: regions follow.
                Some(_) => below.len() <= 3,
            }
        }
    };
    if divides { Depth::Level } else { Depth::All }
}

fn dated_folder(part: &str) -> bool {
    matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_divides_by_account_and_region() {
        let any = KeyFilter::default();
        let dated = KeyFilter { since: Some(jiff::civil::date(2024, 5, 14)), ..KeyFilter::default() };
        for folder in ["", "AWSLogs/", "p/AWSLogs/o-x/", "AWSLogs/111122223333/", "AWSLogs/111122223333/CloudTrail/"] {
            assert_eq!(depth_below(folder, &any), Depth::Level, "{folder}");
        }
        let region = "AWSLogs/111122223333/CloudTrail/us-east-1/";
        assert_eq!(depth_below(region, &any), Depth::All);
        assert_eq!(depth_below(region, &dated), Depth::Level);
        assert_eq!(depth_below(&format!("{region}2024/05/"), &dated), Depth::Level);
        assert_eq!(depth_below(&format!("{region}2024/05/14/"), &dated), Depth::All);
        assert_eq!(depth_below("exports/demo/", &any), Depth::All);
        assert_eq!(depth_below("some-prefix-without-slash", &any), Depth::All);
    }
}
