//! What lies in an archive: its digests, log files and sidecars. Folders of other services, accounts, regions and days
//! are passed by, so that a bucket with other logs in it is not listed whole.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use eksamine_archive::{Archive, Depth, ObjectMeta, Page};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::Settings;
use crate::error::Error;
use crate::name::{self, ChainName, Kind, LogName, is_account, is_region};
use crate::progress::{Event, Progress};
use crate::sidecar;

/// The objects of an archive that matter here.
#[derive(Default)]
pub struct Listed {
    /// Digests by chain, in the order of their ends.
    pub chains: BTreeMap<ChainName, Vec<FoundDigest>>,
    pub logs: Vec<FoundLog>,
    /// What lies among digests and is none.
    pub stray_digests: Vec<ObjectMeta>,
    /// By the key of their object.
    pub sidecars: HashMap<String, ObjectMeta>,
    pub unlisted: Vec<(String, String)>,
    pub objects: u64,
}

pub struct FoundDigest {
    pub object: ObjectMeta,
    pub end_micros: i64,
}

pub struct FoundLog {
    pub object: ObjectMeta,
    /// What its name says; none if it only lies among log files.
    pub name: Option<LogName>,
}

/// Listings under way at once.
const LISTERS: usize = 16;
const DAY_MICROS: i64 = 86_400_000_000;

pub async fn list(archive: &Arc<dyn Archive>, settings: &Settings, progress: &dyn Progress) -> Result<Listed, Error> {
    let root = archive.prefix().to_owned();
    let mut listed = Listed::default();
    let mut waiting = VecDeque::from([(root.clone(), depth(&root, settings).unwrap_or(Depth::All))]);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < LISTERS
            && let Some((prefix, depth)) = waiting.pop_front()
        {
            running.push(list_folder(Arc::clone(archive), prefix, depth, progress));
        }
        let Some((prefix, page, result)) = running.next().await else { break };
        match result {
            Ok(()) => {}
            // Nothing at all can be read: that is an error, not a gap.
            Err(error) if prefix == root && page.objects.is_empty() && page.prefixes.is_empty() => {
                return Err(error.into());
            }
            Err(error) => listed.unlisted.push((error.uri().to_owned(), super::read::in_words(&error))),
        }
        listed.objects += page.objects.len() as u64;
        for object in page.objects {
            listed.add(object, settings);
        }
        let folders = page.prefixes.into_iter();
        waiting.extend(folders.filter_map(|folder| depth(&folder, settings).map(|depth| (folder, depth))));
    }
    for digests in listed.chains.values_mut() {
        digests.sort_by(|a, b| (a.end_micros, &a.object.key).cmp(&(b.end_micros, &b.object.key)));
    }
    listed.logs.sort_by(|a, b| a.object.key.cmp(&b.object.key));
    listed.stray_digests.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(listed)
}

async fn list_folder(
    archive: Arc<dyn Archive>,
    prefix: String,
    depth: Depth,
    progress: &dyn Progress,
) -> (String, Page, Result<(), eksamine_archive::Error>) {
    let (sender, mut pages) = mpsc::channel::<Page>(4);
    let collect = async {
        let mut all = Page::default();
        while let Some(page) = pages.recv().await {
            progress.event(Event::Listed { objects: page.objects.len() as u64 });
            all.objects.extend(page.objects);
            all.prefixes.extend(page.prefixes);
        }
        all
    };
    let (result, page) = futures::join!(archive.list(&prefix, depth, sender), collect);
    (prefix, page, result)
}

impl Listed {
    fn add(&mut self, object: ObjectMeta, settings: &Settings) {
        if let Some(of) = sidecar::object_of(&object.key) {
            self.sidecars.insert(of.to_owned(), object);
            return;
        }
        match name::kind(&object.key) {
            Kind::Digest { chain, end_micros } => {
                if settings.wants(Some(&chain.account), Some(&chain.region)) {
                    self.chains.entry(chain).or_default().push(FoundDigest { object, end_micros });
                }
            }
            Kind::Log(log) => {
                if settings.wants(Some(&log.account), Some(&log.region)) {
                    self.logs.push(FoundLog { object, name: Some(log) });
                }
            }
            Kind::StrayLog if settings.wants_key(&object.key) => self.logs.push(FoundLog { object, name: None }),
            Kind::StrayDigest if settings.wants_key(&object.key) => self.stray_digests.push(object),
            Kind::StrayLog | Kind::StrayDigest | Kind::Other => {}
        }
    }
}

impl Settings {
    fn wants(&self, account: Option<&str>, region: Option<&str>) -> bool {
        let listed = |wanted: &[String], known: Option<&str>| {
            wanted.is_empty() || known.is_none_or(|known| wanted.iter().any(|wanted| wanted == known))
        };
        listed(&self.accounts, account) && listed(&self.regions, region)
    }

    fn wants_key(&self, key: &str) -> bool {
        let (account, region) = name::folders(key);
        self.wants(account, region)
    }

    /// Whether objects of a day can be wanted. A digest or a log file may lie a day beside what it is about.
    fn wants_day(&self, year: &str, month: Option<&str>, day: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i16>().ok();
        let Some(year) = number(year) else { return true };
        let month = |default: i8| month.map_or(Some(default), |text| text.parse().ok());
        let (Some(first_month), Some(last_month)) = (month(1), month(12)) else { return true };
        let first = Date::new(year, first_month, 1).ok();
        let last = Date::new(year, last_month, 1).ok().map(Date::last_of_month);
        let on = |date: Option<Date>| match day.map(str::parse::<i8>) {
            None => date,
            Some(Ok(day)) => date.and_then(|date| Date::new(date.year(), date.month(), day).ok()),
            Some(Err(_)) => None,
        };
        let micros = |date: Date| date.to_zoned(TimeZone::UTC).map(|day| day.timestamp().as_microsecond()).ok();
        let (Some(first), Some(last)) = (on(first).and_then(micros), on(last).and_then(micros)) else { return true };
        self.since_micros.is_none_or(|since| last + 2 * DAY_MICROS > since)
            && self.until_micros.is_none_or(|until| first - DAY_MICROS < until)
    }
}

/// How to list a folder, if anything in it can be wanted.
fn depth(folder: &str, settings: &Settings) -> Option<Depth> {
    let parts: Vec<&str> = folder.trim_end_matches('/').split('/').filter(|part| !part.is_empty()).collect();
    if !folder.is_empty() && !folder.ends_with('/') {
        return Some(Depth::All);
    }
    let Some(at) = parts.iter().position(|part| *part == "AWSLogs") else {
        return Some(if parts.len() <= 1 { Depth::Level } else { Depth::All });
    };
    let below = parts.get(at + 1..).unwrap_or_default();
    let below = match below {
        [organization, rest @ ..] if organization.starts_with("o-") => rest,
        below => below,
    };
    let is_dated = settings.since_micros.is_some() || settings.until_micros.is_some();
    let level = if is_dated { Depth::Level } else { Depth::All };
    match below {
        [] => Some(Depth::Level),
        [account] if is_account(account) => settings.wants(Some(account), None).then_some(Depth::Level),
        [account, service] if is_account(account) => service.starts_with("CloudTrail").then_some(Depth::Level),
        [account, _, region] if is_account(account) && is_region(region) => {
            settings.wants(Some(account), Some(region)).then_some(level)
        }
        [account, _, region, year] if is_account(account) && is_region(region) => {
            settings.wants_day(year, None, None).then_some(level)
        }
        [account, _, region, year, month] if is_account(account) && is_region(region) => {
            settings.wants_day(year, Some(month), None).then_some(level)
        }
        [account, _, region, year, month, day] if is_account(account) && is_region(region) => {
            settings.wants_day(year, Some(month), Some(day)).then_some(Depth::All)
        }
        _ => Some(Depth::All),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_can_matter_are_listed() {
        let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        let settings = Settings {
            regions: vec!["us-east-1".to_owned()],
            since_micros: Some(micros("2024-05-14T12:00:00Z")),
            until_micros: Some(micros("2024-05-15T00:00:00Z")),
            ..Settings::default()
        };
        let region = "p/AWSLogs/o-x/111122223333/CloudTrail-Digest/us-east-1/";
        for (folder, expected) in [
            ("", Some(Depth::Level)),
            ("p/AWSLogs/111122223333/vpcflowlogs/", None),
            ("p/AWSLogs/111122223333/CloudTrail/", Some(Depth::Level)),
            ("p/AWSLogs/111122223333/CloudTrail/eu-west-1/", None),
            (region, Some(Depth::Level)),
            (&format!("{region}2023/"), None),
            (&format!("{region}2024/05/"), Some(Depth::Level)),
            (&format!("{region}2024/05/12/"), None),
            (&format!("{region}2024/05/13/"), Some(Depth::All)),
            (&format!("{region}2024/05/15/"), Some(Depth::All)),
            (&format!("{region}2024/05/17/"), None),
            ("flat/copy/", Some(Depth::All)),
        ] {
            assert_eq!(depth(folder, &settings), expected, "{folder}");
        }
        assert_eq!(depth(region, &Settings::default()), Some(Depth::All));
    }
}
