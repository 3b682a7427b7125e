//! Verifies an archive: lists it, reads all digests, judges their chains, reads the log files that they name, and says
//! what became of each.
//!
//! What is kept of a digest after it was read is small: its links, and a hash and a number for each log file. What is
//! kept of the listing is not: like an ingest this needs some memory for every object of the archive.

mod causes;
mod digests;
mod listing;
mod logs;
mod read;
pub mod recheck;
mod resolve;

use std::collections::BTreeMap;
use std::sync::Arc;

use eksamine_archive::Archive;
use eksamine_sources::Limits;
use rayon::prelude::*;

use crate::chain::{self, Break, Judged, Link, Proof};
use crate::digest::Hash;
use crate::error::Error;
use crate::kept::KeptArchive;
use crate::key_source::KeySource;
use crate::keys::KeySet;
use crate::name::{self, ChainKind, ChainName, Kind};
use crate::place::Origin;
use crate::progress::Progress;
use crate::report::{ChainSummary, Report, Row};
use crate::verdict::{Subject, Verdict};
use listing::FoundDigest;
use read::Reader;
use resolve::{LogIndex, Resolved, Scope};

pub(crate) use crate::chain::{HOUR_MICROS, MINUTE_MICROS};

/// How to verify.
#[derive(Clone, Debug)]
pub struct Settings {
    pub keys: KeySet,
    /// Asked for the keys that digests name and that are not among those given.
    pub key_source: Option<Arc<dyn KeySource>>,
    /// What the archive's root stands for. None: itself, if it is a bucket, and else a copy of which nothing is known.
    pub origin: Option<Origin>,
    /// Only these accounts and regions, where there are any.
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    /// Only what was delivered from this time on, and before that one; microseconds since 1970.
    pub since_micros: Option<i64>,
    pub until_micros: Option<i64>,
    pub rows: Rows,
    pub hashing: Hashing,
    pub limits: Limits,
    /// Threads that inflate and hash.
    pub threads: usize,
    /// Objects fetched at once.
    pub fetches: usize,
    /// Compressed bytes in flight at once.
    pub flight_bytes: u64,
}

/// Which rows a report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// What is not proved.
    Findings,
    /// Every object.
    All,
}

/// What is hashed of an object that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// Its content, which is what digests hash.
    Contents,
    /// Its bytes as they lie there too, so that a row says which bytes it is about.
    ObjectsToo,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: KeySet::default(),
            key_source: None,
            origin: None,
            accounts: Vec::new(),
            regions: Vec::new(),
            since_micros: None,
            until_micros: None,
            rows: Rows::Findings,
            hashing: Hashing::Contents,
            limits: Limits::default(),
            threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            fetches: 32,
            flight_bytes: 32 << 20,
        }
    }
}

/// A chain ends too early if others of its trail, or the time asked for, go on for longer than this.
const LATE_MICROS: i64 = 130 * MINUTE_MICROS;
/// Digests this far outside of the time asked for are read too: they may name, or vouch for, what lies within.
const MARGIN_MICROS: i64 = 3 * HOUR_MICROS;

/// One digest of a chain with what it names.
struct Member {
    uri: String,
    /// Of the object itself, where it is known.
    sha256: Option<String>,
    /// When it was made, if it was made afterwards and says so.
    generated_micros: Option<i64>,
    /// Whether it is of the time asked for. Others only help to judge.
    is_wanted: bool,
    logs: Vec<NamedLog>,
}

/// A log file that a digest names.
struct NamedLog {
    resolved: Resolved,
    sha256: Option<Hash>,
    /// Bucket and key, where the object found does not say so.
    signed: Option<(String, String)>,
}

/// A chain of which the digests were read.
struct Chain {
    name: ChainName,
    links: Vec<Link>,
    members: Vec<Member>,
    judged: Judged,
}

/// Verifies an archive. Errors are what stands in the way of looking; what is wrong with the archive is in the report.
pub async fn verify(archive: &Arc<dyn Archive>, settings: &Settings, progress: &dyn Progress) -> Result<Report, Error> {
    verify_as(archive, None, settings, progress).await
}

/// Verifies what was kept of an archive when it was read.
pub async fn verify_kept(kept: KeptArchive, settings: &Settings, progress: &dyn Progress) -> Result<Report, Error> {
    let kept = Arc::new(kept);
    let archive: Arc<dyn Archive> = Arc::clone(&kept) as Arc<dyn Archive>;
    verify_as(&archive, Some(&kept), settings, progress).await
}

async fn verify_as(
    archive: &Arc<dyn Archive>,
    kept: Option<&KeptArchive>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let listed = listing::list(archive, settings, progress).await?;
    let origin = settings.origin.clone().unwrap_or_else(|| origin_of(archive.root()));
    let reader = Reader::new(archive, settings, progress)?.of_kept(kept);
    let scope = Scope { origin: &origin, listed_prefix: archive.prefix(), unlisted: &listed.unlisted };
    let index = LogIndex::new(&listed.logs, &scope);
    let mut report = Report { listed: listed.objects, unlisted: listed.unlisted.clone(), ..Report::default() };

    let mut chains = digests::read_chains(&reader, &listed, &index, &origin, settings, &mut report).await?;
    let mut keys = settings.keys.clone();
    let lacking = digests::lacking(&chains, &keys);
    if let Some(source) = settings.key_source.as_ref().filter(|_| !lacking.is_empty()) {
        keys.add_all(source.keys(&lacking).await?);
    }
    chains.par_iter_mut().for_each(|chain| {
        chain.judged = chain::judge(&chain.links, &keys, chain.name.kind);
    });
    let mut tally = logs::Tally::new(&listed, kept, settings);
    logs::check(&reader, &chains, &mut tally, settings, &origin, &mut report).await?;
    let ends = ends(&mut chains, settings);
    logs::look_for_causes(&reader, &chains, &mut tally, settings, &mut report).await?;

    for (chain, end) in chains.iter().zip(ends) {
        let mut summary = ChainSummary::of_chain(&chain.name);
        (summary.first_micros, summary.last_micros) = end;
        let mut rows = rows_of_digests(chain, &mut summary, settings, &mut report.unknown_keys);
        rows.extend(rows_of_breaks(chain, &mut summary, settings, &scope, &tally));
        rows.extend(tally.take_rows(&chain.name, &mut summary));
        let has_any = summary.digests.total() + summary.logs.total() + summary.gaps > 0;
        if has_any {
            rows.sort_by(|a, b| (a.end_micros, a.subject, &a.uri).cmp(&(b.end_micros, b.subject, &b.uri)));
            report.rows.append(&mut rows);
            report.chains.push(summary);
        }
    }
    logs::unattested(&tally, settings, &mut report);
    if report.chains.is_empty() && report.unlisted.is_empty() {
        return Err(Error::Nothing { root: archive.root().to_owned() });
    }
    report.chains.sort_by(|a, b| key(a).cmp(&key(b)));
    Ok(report)
}

fn key(chain: &ChainSummary) -> (&str, &str, &Option<String>, bool, &str) {
    (&chain.account, &chain.region, &chain.trail, chain.is_backfill, &chain.base)
}

/// A bucket stands for itself, a folder for what is in it.
fn origin_of(root: &str) -> Origin {
    match root.strip_prefix("s3://") {
        Some(rest) => Origin::Bucket(rest.split('/').next().unwrap_or_default().to_owned()),
        None => Origin::Copy,
    }
}

impl Settings {
    /// Whether what was delivered at this time was asked for. A digest's time is its end.
    fn wants_end(&self, end_micros: i64) -> bool {
        self.since_micros.is_none_or(|since| end_micros > since)
            && self.until_micros.is_none_or(|until| end_micros < until + HOUR_MICROS)
    }

    fn wants_log(&self, delivered_micros: Option<i64>) -> bool {
        let Some(delivered) = delivered_micros else { return true };
        self.since_micros.is_none_or(|since| delivered >= since)
            && self.until_micros.is_none_or(|until| delivered < until)
    }

    fn concerns(&self, digest: &FoundDigest) -> bool {
        let end = digest.end_micros;
        self.since_micros.is_none_or(|since| end > since - MARGIN_MICROS)
            && self.until_micros.is_none_or(|until| end < until + MARGIN_MICROS)
    }
}

/// Where each chain begins and ends; and a gap is added to those that end before others of their trail do, or before
/// the time asked for.
fn ends(chains: &mut [Chain], settings: &Settings) -> Vec<(Option<i64>, Option<i64>)> {
    let mut horizons: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    let of_trail = |name: &ChainName| (trail_root(name), name.trail.clone(), name.home_region.clone());
    let hourly = chains.iter().filter(|chain| chain.name.kind == ChainKind::Hourly);
    for chain in hourly {
        let last = chain.links.last().map_or(i64::MIN, |link| link.end_micros);
        let horizon = horizons.entry(of_trail(&chain.name)).or_insert(last);
        *horizon = last.max(*horizon);
    }
    let mut ends = Vec::new();
    for chain in chains {
        let wanted = || chain.links.iter().zip(&chain.members).filter(|(_, member)| member.is_wanted);
        let first = wanted().next().map(|(link, _)| {
            let start = link.digest().and_then(|digest| digest.span_micros().0);
            start.filter(|start| *start < link.end_micros).unwrap_or(link.end_micros)
        });
        let last = wanted().next_back().map(|(link, _)| link.end_micros);
        ends.push((first, last));
        let end = chain.links.last().map(|link| link.end_micros);
        let (Some(end), ChainKind::Hourly) = (end, chain.name.kind) else { continue };
        let siblings = horizons.get(&of_trail(&chain.name)).copied().unwrap_or(end);
        let horizon = settings.until_micros.unwrap_or(i64::MIN).max(siblings);
        if horizon - end > LATE_MICROS {
            let detail = match settings.until_micros {
                Some(until) if until > siblings => "the chain ends before the time asked for does",
                _ => "the chain ends, while those of other regions or accounts of the trail go on",
            };
            chain.judged.breaks.push(Break {
                verdict: Verdict::Gap,
                before: chain.links.len(),
                from_micros: Some(end),
                to_micros: horizon,
                missing: None,
                detail: detail.to_owned(),
            });
        }
    }
    ends
}

/// Chains of one trail share it: of an account, or of an organization.
fn trail_root(name: &ChainName) -> String {
    match (name.organization(), name.base.rsplit_once("AWSLogs/")) {
        (Some(organization), Some((root, _))) => format!("{root}AWSLogs/{organization}"),
        _ => format!("{}{}", name.base, name.account),
    }
}

fn rows_of_digests(
    chain: &Chain,
    summary: &mut ChainSummary,
    settings: &Settings,
    unknown_keys: &mut BTreeMap<String, Vec<String>>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for ((link, member), judgement) in chain.links.iter().zip(&chain.members).zip(&chain.judged.judgements) {
        if !member.is_wanted {
            continue;
        }
        summary.digests.add(judgement.verdict);
        let digest = link.digest();
        if let (Verdict::UnknownKey, Some(digest)) = (judgement.verdict, digest) {
            let regions = unknown_keys.entry(digest.fingerprint.clone()).or_default();
            if !regions.contains(&chain.name.region) {
                regions.push(chain.name.region.clone());
            }
        }
        if settings.rows == Rows::All || !judgement.verdict.is_proved() {
            rows.push(Row {
                start_micros: digest.and_then(|digest| digest.span_micros().0),
                end_micros: Some(link.end_micros),
                uri: Some(member.uri.clone()),
                signed_uri: digest.map(|digest| format!("s3://{}/{}", digest.bucket, digest.key)),
                sha256: member.sha256.clone(),
                detail: judgement.detail.clone(),
                ..row_of(&chain.name, judgement.verdict, Subject::Digest)
            });
        }
    }
    rows
}

fn rows_of_breaks(
    chain: &Chain,
    summary: &mut ChainSummary,
    settings: &Settings,
    scope: &Scope<'_>,
    tally: &logs::Tally<'_>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for found in &chain.judged.breaks {
        let wants = settings.until_micros.is_none_or(|until| found.from_micros.is_none_or(|from| from < until))
            && settings.since_micros.is_none_or(|since| found.to_micros > since);
        // The digest before the first one that was read may lie before the time asked for, and was not looked for then.
        let is_earlier = found.missing.as_ref().is_some_and(|(_, key)| match name::kind(key) {
            Kind::Digest { end_micros, .. } => !settings.wants_end(end_micros),
            _ => false,
        });
        if !wants || is_earlier {
            continue;
        }
        let next = chain.members.get(found.before);
        let mut row = Row {
            start_micros: found.from_micros,
            end_micros: Some(found.to_micros),
            digest_uri: next.map(|member| member.uri.clone()),
            detail: found.detail.clone(),
            ..row_of(&chain.name, found.verdict, Subject::Span)
        };
        if let Some((bucket, key)) = &found.missing {
            row.subject = Subject::Digest;
            row.signed_uri = Some(format!("s3://{bucket}/{key}"));
            if let Some(why) = scope.outside(bucket, key) {
                row.verdict = Verdict::Unread;
                why.clone_into(&mut row.detail);
            }
            summary.digests.add(row.verdict);
        } else {
            summary.gaps += 1;
            let from = found.from_micros.unwrap_or(found.to_micros);
            match tally.cause(&chain.name, from, found.to_micros) {
                Some(cause) => row.detail += &format!(": {}", cause.in_words()),
                None => row.detail += "; no StopLogging, DeleteTrail or UpdateTrail was found that explains it",
            }
        }
        rows.push(row);
    }
    rows
}

/// A row of a chain, with nothing else in it.
fn row_of(name: &ChainName, verdict: Verdict, subject: Subject) -> Row {
    Row {
        verdict,
        subject,
        account: Some(name.account.clone()),
        region: Some(name.region.clone()),
        trail: Some(name.trail.clone()),
        start_micros: None,
        end_micros: None,
        uri: None,
        signed_uri: None,
        digest_uri: None,
        sha256: None,
        detail: String::new(),
    }
}

impl Chain {
    fn proof(&self, at: usize) -> Proof {
        self.judged.judgements.get(at).map_or(Proof::None, |judgement| judgement.proof)
    }
}
