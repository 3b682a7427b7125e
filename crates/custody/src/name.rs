//! What the key of an object says: which chain a digest belongs to, when a log file was delivered.
//!
//! A digest lies at `…/AWSLogs/[O-ID/]ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/` and is called
//! `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME-REGION_YYYYMMDDTHHMMSSZ[_backfill].json.gz`; the time is that of its end. A
//! log file lies in `CloudTrail/` (or `CloudTrail-Insight/` and the like) and is called
//! `ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`; the time is that of its delivery. In a copy the folders
//! may be gone; the names are enough.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// One chain of digests: of an account, a region and a trail, within one place of an archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName {
    /// The folders before `CloudTrail-Digest/`, with the slash: `AWSLogs/o-exampleorgid/111122223333/`.
    pub base: String,
    pub account: String,
    pub region: String,
    /// A name of letters, digits, `.`, `_` and `-`.
    pub trail: String,
    /// The region the trail was made in.
    pub home_region: String,
    /// Digests that CloudTrail made afterwards form a chain of their own.
    pub kind: ChainKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainKind {
    Hourly,
    Backfill,
}

impl ChainName {
    /// The organization whose trail it is, if the folders tell.
    pub fn organization(&self) -> Option<&str> {
        self.base.split('/').find(|folder| folder.starts_with("o-"))
    }
}

/// What an object is, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Digest {
        chain: ChainName,
        end_micros: i64,
    },
    Log(LogName),
    /// It lies among digests, or is called like one, and is none.
    StrayDigest,
    /// It lies among CloudTrail's log files and is not called like one.
    StrayLog,
    /// Nothing of CloudTrail.
    Other,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogName {
    pub account: String,
    pub region: String,
    pub delivered_micros: i64,
}

/// The folder of digests.
pub const DIGEST_FOLDER: &str = "CloudTrail-Digest";

/// What an object is, by its key.
pub fn kind(key: &str) -> Kind {
    let (folders, name) = key.rsplit_once('/').map_or(("", key), |(folders, name)| (folders, name));
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let fields: Option<Vec<&str>> = stem.strip_suffix(".json").map(|stem| stem.split('_').collect());
    if let Some(digest) = fields.as_ref().and_then(|fields| digest(folders, fields)) {
        return digest;
    }
    if let Some(log) = fields.as_ref().and_then(|fields| log(fields)) {
        return Kind::Log(log);
    }
    match service(folders) {
        Some(DIGEST_FOLDER) => Kind::StrayDigest,
        Some(service) if service.starts_with("CloudTrail") => Kind::StrayLog,
        _ if name.contains("_CloudTrail-Digest_") => Kind::StrayDigest,
        _ => Kind::Other,
    }
}

/// The part of a key after the last slash.
pub fn file_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

/// The account and the region that the folders of a key name.
pub fn folders(key: &str) -> (Option<&str>, Option<&str>) {
    let parts: Vec<&str> = key.split('/').collect();
    let Some(account) = parts.windows(2).position(|pair| is_account(pair[0]) && pair[1].starts_with("CloudTrail"))
    else {
        return (None, None);
    };
    (parts.get(account).copied(), parts.get(account + 2).copied().filter(|part| is_region(part)))
}

fn digest(folders: &str, fields: &[&str]) -> Option<Kind> {
    let (fields, kind) = match fields {
        [fields @ .., "backfill"] => (fields, ChainKind::Backfill),
        fields => (fields, ChainKind::Hourly),
    };
    let [account, "CloudTrail-Digest", region, trail @ .., home_region, time] = fields else { return None };
    if !is_account(account) || !is_region(region) || !is_region(home_region) || trail.is_empty() {
        return None;
    }
    let base = match folders.split_once("CloudTrail-Digest/") {
        Some((base, _)) => base.to_owned(),
        None if folders.is_empty() => String::new(),
        None => format!("{folders}/"),
    };
    let chain = ChainName {
        base,
        account: (*account).to_owned(),
        region: (*region).to_owned(),
        trail: trail.join("_"),
        home_region: (*home_region).to_owned(),
        kind,
    };
    Some(Kind::Digest { chain, end_micros: micros(time, "%Y%m%dT%H%M%SZ")? })
}

fn log(fields: &[&str]) -> Option<LogName> {
    let [account, service, region, time, _unique] = fields else { return None };
    if !is_account(account) || !service.starts_with("CloudTrail") || *service == DIGEST_FOLDER || !is_region(region) {
        return None;
    }
    Some(LogName {
        account: (*account).to_owned(),
        region: (*region).to_owned(),
        delivered_micros: micros(time, "%Y%m%dT%H%MZ")?,
    })
}

/// The folder below the account.
fn service(folders: &str) -> Option<&str> {
    let parts: Vec<&str> = folders.split('/').collect();
    parts.windows(2).find(|pair| is_account(pair[0])).map(|pair| pair[1])
}

fn micros(text: &str, format: &str) -> Option<i64> {
    let time = DateTime::strptime(format, text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().as_microsecond())
}

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-2`.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let ends_in_number = parts
        .next_back()
        .is_some_and(|last| (1..=2).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    ends_in_number && words.len() >= 2 && words.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "us-east-1/2024/05/14";

    fn end(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_digest_names_its_chain() {
        let name = "111122223333_CloudTrail-Digest_us-east-1_main_trail_eu-west-1_20240514T150131Z";
        let key = format!("p/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/{DAY}/{name}.json.gz");
        let Kind::Digest { chain, end_micros } = kind(&key) else { panic!("{key}") };
        assert_eq!((chain.trail.as_str(), chain.home_region.as_str()), ("main_trail", "eu-west-1"));
        assert_eq!(chain.base, "p/AWSLogs/o-exampleorgid/111122223333/");
        assert_eq!(chain.organization(), Some("o-exampleorgid"));
        assert_eq!((chain.kind, end_micros), (ChainKind::Hourly, end("2024-05-14T15:01:31Z")));
        let Kind::Digest { chain, .. } = kind(&format!("flat/{name}_backfill.json.gz")) else { panic!() };
        assert_eq!((chain.kind, chain.base.as_str()), (ChainKind::Backfill, "flat/"));
    }

    #[test]
    fn a_log_names_its_delivery() {
        let key = format!(
            "AWSLogs/111122223333/CloudTrail/{DAY}/111122223333_CloudTrail_us-east-1_20240514T1405Z_aB3.json.gz"
        );
        let Kind::Log(log) = kind(&key) else { panic!("{key}") };
        assert_eq!((log.account.as_str(), log.region.as_str()), ("111122223333", "us-east-1"));
        assert_eq!(log.delivered_micros, end("2024-05-14T14:05:00Z"));
        assert_eq!(folders(&key), (Some("111122223333"), Some("us-east-1")));
    }

    #[test]
    fn strays_are_told_from_what_is_not_of_cloudtrail() {
        let key = |service: &str, name: &str| format!("AWSLogs/111122223333/{service}/{DAY}/{name}");
        assert_eq!(kind(&key("CloudTrail-Digest", "x.json.gz")), Kind::StrayDigest);
        assert_eq!(kind(&key("CloudTrail", "notes.txt")), Kind::StrayLog);
        assert_eq!(kind(&key("vpcflowlogs", "x.log.gz")), Kind::Other);
        assert_eq!(kind("111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_2024.json.gz"), Kind::StrayDigest);
        for name in ["", "/", "_", "é_CloudTrail_us-east-1_20240514T1405Z_x.json.gz", "111122223333_CloudTrail_x.json"]
        {
            assert_eq!(kind(name), Kind::Other, "{name}");
        }
    }
}
