//! The log files: those that digests name are read and compared, the others are listed; and what they tell of trails
//! that were stopped is kept for the gaps.

use std::collections::{BTreeMap, HashMap, HashSet};

use eksamine_archive::ObjectMeta;
use futures::StreamExt;
use sha2::{Digest as _, Sha256};

use super::causes::{self, TrailChange};
use super::listing::{FoundLog, Listed};
use super::read::{Reader, Seen};
use super::resolve::Resolved;
use super::{Chain, MINUTE_MICROS, NamedLog, Rows, Settings, row_of};
use crate::chain::Proof;
use crate::digest::{Hash, hex};
use crate::error::Error;
use crate::kept::KeptArchive;
use crate::name::{ChainName, LogName, folders};
use crate::place::{Origin, Place};
use crate::report::{ChainSummary, Counts, Report, Row};
use crate::verdict::{Subject, Verdict};

/// Logs this long around the beginning of a gap are looked into for its cause, if they were not read anyway.
const AROUND_MICROS: i64 = 130 * MINUTE_MICROS;

/// A log file as a digest names it: places in the lists of chains, members and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Task {
    chain: u32,
    member: u32,
    log: u32,
}

/// What is known of the log files so far.
pub struct Tally<'a> {
    listed: &'a Listed,
    /// For each log file listed, the digest that names it; a proved one if there is one.
    claims: Vec<Option<(Task, Proof)>>,
    by_chain: BTreeMap<ChainName, (Counts, Vec<Row>)>,
    /// Log files that were not as named: chain, place among its rows, hash of the content.
    altered: Vec<(ChainName, usize, Hash)>,
    changes: Vec<TrailChange>,
    rows: Rows,
    kept: Option<&'a KeptArchive>,
}

impl<'a> Tally<'a> {
    pub fn new(listed: &'a Listed, kept: Option<&'a KeptArchive>, settings: &Settings) -> Self {
        Self {
            listed,
            kept,
            claims: vec![None; listed.logs.len()],
            by_chain: BTreeMap::new(),
            altered: Vec::new(),
            changes: Vec::new(),
            rows: settings.rows,
        }
    }

    /// The change of a trail that explains a gap.
    pub fn cause(&self, chain: &ChainName, from_micros: i64, to_micros: i64) -> Option<&TrailChange> {
        let account = chain.organization().is_none().then_some(chain.account.as_str());
        causes::cause(&self.changes, &chain.trail, account, from_micros, to_micros)
    }

    /// What was found of a chain's log files.
    pub fn take_rows(&mut self, chain: &ChainName, summary: &mut ChainSummary) -> Vec<Row> {
        let (counts, rows) = self.by_chain.remove(chain).unwrap_or_default();
        summary.logs = counts;
        rows
    }

    fn found(&self, named: &NamedLog) -> Option<&'a FoundLog> {
        match named.resolved {
            Resolved::Here(at) | Resolved::Elsewhere(at) => self.listed.logs.get(at as usize),
            Resolved::Missing | Resolved::Outside(_) => None,
        }
    }

    /// Remembers who names what. Whoever is proved has precedence, then whoever comes first.
    fn claim(&mut self, chains: &[Chain]) {
        for (task, chain, named) in tasks(chains) {
            let (Resolved::Here(at) | Resolved::Elsewhere(at)) = named.resolved else { continue };
            let proof = chain.proof(task.member as usize);
            if let Some(claim) = self.claims.get_mut(at as usize)
                && claim.is_none_or(|(_, earlier)| earlier == Proof::None && proof != Proof::None)
            {
                *claim = Some((task, proof));
            }
        }
    }

    /// Whether another digest, with more right to it, names the same file.
    fn is_claimed_by_other(&self, task: Task, proof: Proof, named: &NamedLog) -> bool {
        let (Resolved::Here(at) | Resolved::Elsewhere(at)) = named.resolved else { return false };
        let claim = self.claims.get(at as usize).copied().flatten();
        claim.is_some_and(|(other, other_proof)| other != task && (proof == Proof::None || other_proof == Proof::None))
    }

    /// `sha256` is that of the bytes that were read.
    fn add(
        &mut self,
        chain: &Chain,
        task: Task,
        named: &NamedLog,
        sha256: Option<String>,
        (verdict, detail): (Verdict, String),
    ) {
        let found = self.found(named);
        let (counts, rows) = self.by_chain.entry(chain.name.clone()).or_default();
        counts.add(verdict);
        if self.rows == Rows::Findings && verdict.is_proved() {
            return;
        }
        let signed = named.signed.as_ref().map(|(bucket, key)| format!("s3://{bucket}/{key}"));
        let delivered = || match crate::name::kind(&named.signed.as_ref()?.1) {
            crate::name::Kind::Log(log) => Some(log.delivered_micros),
            _ => None,
        };
        rows.push(Row {
            end_micros: found
                .and_then(|found| found.name.as_ref())
                .map(|name| name.delivered_micros)
                .or_else(delivered),
            signed_uri: signed.or_else(|| found.map(|found| found.object.uri.clone())),
            uri: found.map(|found| found.object.uri.clone()),
            digest_uri: chain.members.get(task.member as usize).map(|member| member.uri.clone()),
            sha256: sha256.or_else(|| self.kept?.sha256(&found?.object)),
            detail,
            ..row_of(&chain.name, verdict, Subject::Log)
        });
    }
}

/// Every log file that a digest names, with the chain it is of.
fn tasks(chains: &[Chain]) -> impl Iterator<Item = (Task, &Chain, &NamedLog)> {
    chains.iter().enumerate().flat_map(|(chain_at, chain)| {
        chain.members.iter().enumerate().flat_map(move |(member_at, member)| {
            member.logs.iter().enumerate().map(move |(log_at, log)| {
                let task = Task { chain: chain_at as u32, member: member_at as u32, log: log_at as u32 };
                (task, chain, log)
            })
        })
    })
}

/// What a log file's bytes gave: the hash of its content, or what is wrong with its form; and changes of trails.
struct Examined {
    /// Of the object itself, if it was asked for.
    sha256: Option<String>,
    content: Result<Hash, String>,
    changes: Vec<TrailChange>,
}

fn examine(content: Result<&[u8], String>, sha256: Option<String>) -> Examined {
    let changes = content.as_ref().map_or_else(|_| Vec::new(), |content| causes::changes(content));
    Examined { sha256, content: content.map(|content| Sha256::digest(content).into()), changes }
}

/// Reads a log file, or takes what was kept of it.
async fn examined(reader: &Reader<'_>, object: &ObjectMeta) -> Result<Seen<Examined>, Error> {
    match reader.known(object) {
        None => {
            let hash = reader.object_hash();
            reader.read(object, move |fetched, content| examine(content, hash(fetched))).await
        }
        Some(Ok(content)) => {
            let value = Examined { sha256: None, content, changes: Vec::new() };
            Ok(Seen::Done { value, inflated_bytes: 0 })
        }
        Some(Err(why)) => Ok(Seen::Unread(why)),
    }
}

/// Reads the log files that the digests asked for name, and says what became of each.
pub async fn check(
    reader: &Reader<'_>,
    chains: &[Chain],
    tally: &mut Tally<'_>,
    settings: &Settings,
    origin: &Origin,
    report: &mut Report,
) -> Result<(), Error> {
    tally.claim(chains);
    // What log files would tell of trails that were stopped was kept beside their hashes.
    let records = reader.kept().map_or(&[][..], |kept| kept.records.as_slice());
    tally.changes.extend(records.iter().filter_map(|record| causes::of_record(record)));
    let mut to_read = Vec::new();
    for (task, chain, named) in tasks(chains) {
        let at = task.member as usize;
        let proof = chain.proof(at);
        let is_wanted = chain.members.get(at).is_some_and(|member| member.is_wanted);
        if !is_wanted || tally.is_claimed_by_other(task, proof, named) {
            continue;
        }
        match unread(reader, chain, task, named, proof) {
            Some(said) => tally.add(chain, task, named, None, said),
            None => to_read.extend(tally.found(named).map(|found| (task, chain, named, &found.object))),
        }
    }
    let bytes = to_read.iter().map(|(_, _, _, object)| object.size_bytes).sum();
    reader.plan(to_read.len() as u64, bytes);
    let to_read = to_read.as_slice();
    let mut readings = futures::stream::iter(0..to_read.len())
        .map(|number| async move {
            let (task, chain, named, object) = to_read.get(number).copied()?;
            Some((task, chain, named, object, examined(reader, object).await))
        })
        .buffer_unordered(settings.fetches.max(1));
    while let Some(reading) = readings.next().await {
        let Some((task, chain, named, object, seen)) = reading else { continue };
        report.bytes += object.size_bytes;
        let examined = match seen? {
            Seen::Unread(why) => {
                tally.add(chain, task, named, None, (Verdict::Unread, why));
                continue;
            }
            Seen::Done { value, inflated_bytes } => {
                report.inflated_bytes += inflated_bytes;
                value
            }
        };
        tally.changes.extend(examined.changes);
        let place = match &named.signed {
            None => Place::Original,
            Some((bucket, key)) => origin.place(&object.key, bucket, key),
        };
        let (verdict, detail) = compare(&examined.content, named, place, chain, task);
        tally.add(chain, task, named, examined.sha256, (verdict, detail));
        if let (Verdict::Altered, Ok(hash)) = (verdict, examined.content) {
            let at = tally.by_chain.get(&chain.name).map_or(0, |(_, rows)| rows.len().saturating_sub(1));
            tally.altered.push((chain.name.clone(), at, hash));
        }
    }
    drop(readings);
    name_exchanged(chains, tally);
    Ok(())
}

/// What can be said of a log file without reading it.
fn unread(reader: &Reader<'_>, chain: &Chain, task: Task, named: &NamedLog, proof: Proof) -> Option<(Verdict, String)> {
    let aside = if proof == Proof::None { "; the digest that names it is not proved" } else { "" };
    let not_there = match reader.kept() {
        None => "it is not there",
        Some(_) => "it was not there when the archive was read, or was left out then",
    };
    match named.resolved {
        Resolved::Missing => return Some((Verdict::Missing, format!("{not_there}{aside}"))),
        Resolved::Outside(why) => return Some((Verdict::Unread, format!("{why}{aside}"))),
        Resolved::Here(_) | Resolved::Elsewhere(_) => {}
    }
    if named.sha256.is_none() {
        return Some((Verdict::Unattested, "the digest that names it has no SHA-256 of it".to_owned()));
    }
    let verdict = chain.judged.judgements.get(task.member as usize).map(|judgement| judgement.verdict);
    (proof == Proof::None && verdict == Some(Verdict::Altered))
        .then(|| (Verdict::Unattested, "the digest that names it is altered".to_owned()))
}

fn compare(
    content: &Result<Hash, String>,
    named: &NamedLog,
    place: Place,
    chain: &Chain,
    task: Task,
) -> (Verdict, String) {
    let at = task.member as usize;
    let proof = chain.proof(at);
    let aside = if proof == Proof::None { "; the digest is not proved either" } else { "" };
    let hash = match content {
        Ok(hash) => hash,
        Err(why) => return (Verdict::Altered, format!("{why}{aside}")),
    };
    if named.sha256.as_ref() != Some(hash) {
        return (Verdict::Altered, format!("the hash of its content is not the one in the digest{aside}"));
    }
    if proof == Proof::None {
        let verdict = chain.judged.judgements.get(at).map_or(Verdict::Unattested, |judgement| judgement.verdict);
        return (
            verdict,
            "the digest that names it is not proved; its content is the one that digest names".to_owned(),
        );
    }
    let detail = match named.resolved {
        Resolved::Elsewhere(_) => "it does not lie beside the digest, as it should",
        _ => "",
    };
    let verdict = if place == Place::Original { Verdict::Valid } else { Verdict::Relocated };
    (verdict, detail.to_owned())
}

/// Where the content of an altered file is that of another one, says so: the two were exchanged, or one was copied.
fn name_exchanged(chains: &[Chain], tally: &mut Tally<'_>) {
    if tally.altered.is_empty() {
        return;
    }
    let wanted: HashSet<Hash> = tally.altered.iter().map(|(_, _, hash)| *hash).collect();
    let mut names: HashMap<Hash, String> = HashMap::new();
    for (_, _, named) in tasks(chains) {
        let Some(hash) = named.sha256.filter(|hash| wanted.contains(hash)) else { continue };
        let signed = named.signed.as_ref().map(|(bucket, key)| format!("s3://{bucket}/{key}"));
        if let Some(name) = signed.or_else(|| tally.found(named).map(|found| found.object.uri.clone())) {
            names.entry(hash).or_insert(name);
        }
    }
    for (chain, at, hash) in std::mem::take(&mut tally.altered) {
        let Some(row) = tally.by_chain.get_mut(&chain).and_then(|(_, rows)| rows.get_mut(at)) else { continue };
        row.detail += &match names.get(&hash) {
            Some(name) => format!("; it is the content of `{name}`"),
            None => format!("; it is {}", hex(&hash)),
        };
    }
}

/// Looks for the causes of gaps in log files that no digest names, delivered around the beginning of a gap.
pub async fn look_for_causes(
    reader: &Reader<'_>,
    chains: &[Chain],
    tally: &mut Tally<'_>,
    settings: &Settings,
    report: &mut Report,
) -> Result<(), Error> {
    let breaks = chains.iter().flat_map(|chain| chain.judged.breaks.iter());
    let gaps: Vec<i64> =
        breaks.filter(|found| found.verdict == Verdict::Gap).filter_map(|found| found.from_micros).collect();
    let is_near = |name: &LogName| gaps.iter().any(|gap| (name.delivered_micros - gap).abs() <= AROUND_MICROS);
    let listed = tally.listed;
    let logs = listed.logs.iter().zip(&tally.claims).filter(|(_, claim)| claim.is_none());
    let near: Vec<&FoundLog> = logs.map(|(log, _)| log).filter(|log| log.name.as_ref().is_some_and(is_near)).collect();
    let near = near.as_slice();
    let mut readings = futures::stream::iter(0..near.len())
        .map(|number| async move {
            let log = near.get(number).copied()?;
            Some((log, examined(reader, &log.object).await))
        })
        .buffer_unordered(settings.fetches.max(1));
    while let Some(reading) = readings.next().await {
        let Some((log, seen)) = reading else { continue };
        if let Seen::Done { value, inflated_bytes } = seen? {
            report.bytes += log.object.size_bytes;
            report.inflated_bytes += inflated_bytes;
            tally.changes.extend(value.changes);
        }
    }
    Ok(())
}

/// What lies there and is named by no digest.
pub fn unattested(tally: &Tally<'_>, settings: &Settings, report: &mut Report) {
    let mut spans: HashMap<(String, String), (i64, i64)> = HashMap::new();
    for chain in &report.chains {
        let (Some(first), Some(last)) = (chain.first_micros, chain.last_micros) else { continue };
        let span = spans.entry((chain.account.clone(), chain.region.clone())).or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
    }
    let mut loose: BTreeMap<(String, String), (ChainSummary, Vec<Row>)> = BTreeMap::new();
    let mut add = |account: Option<&str>, region: Option<&str>, mut row: Row| {
        row.account = account.map(ToOwned::to_owned);
        row.region = region.map(ToOwned::to_owned);
        let place = (account.unwrap_or_default().to_owned(), region.unwrap_or_default().to_owned());
        let (summary, rows) = loose.entry(place.clone()).or_insert_with(|| {
            (ChainSummary { account: place.0, region: place.1, ..ChainSummary::default() }, Vec::new())
        });
        match row.subject {
            Subject::Digest => summary.digests.add(row.verdict),
            _ => summary.logs.add(row.verdict),
        }
        rows.push(row);
    };
    for (log, _) in tally.listed.logs.iter().zip(&tally.claims).filter(|(_, claim)| claim.is_none()) {
        let delivered = log.name.as_ref().map(|name| name.delivered_micros);
        if !settings.wants_log(delivered) {
            continue;
        }
        let (in_folders, named) = (folders(&log.object.key), log.name.as_ref());
        let account = named.map(|name| name.account.as_str()).or(in_folders.0);
        let region = named.map(|name| name.region.as_str()).or(in_folders.1);
        let span =
            account.zip(region).and_then(|(account, region)| spans.get(&(account.to_owned(), region.to_owned())));
        let detail = match (delivered, span) {
            (None, _) => "it lies among log files, and its name is not that of one",
            (_, None) => "there are no digests of this account and region",
            (Some(delivered), Some((_, last))) if delivered > *last => "it was delivered after the last digest",
            (Some(delivered), Some((first, _))) if delivered < *first => "it was delivered before the first digest",
            _ => "no digest names it",
        };
        add(account, region, tally.loose_row(Subject::Log, &log.object, delivered, detail));
    }
    for object in &tally.listed.stray_digests {
        let (account, region) = folders(&object.key);
        let detail = "it lies among digests, and its name is not that of one";
        add(account, region, tally.loose_row(Subject::Digest, object, None, detail));
    }
    for (_, (summary, mut rows)) in loose {
        report.chains.push(summary);
        report.rows.append(&mut rows);
    }
}

impl Tally<'_> {
    /// What no digest names. Where nothing was kept of it, nothing is said.
    fn loose_row(&self, subject: Subject, object: &ObjectMeta, end_micros: Option<i64>, detail: &str) -> Row {
        let (verdict, detail) = match self.kept.and_then(|kept| kept.content(object)) {
            Some(Err(why)) => (Verdict::Unread, why),
            _ => (Verdict::Unattested, detail),
        };
        Row {
            verdict,
            subject,
            account: None,
            region: None,
            trail: None,
            start_micros: None,
            end_micros,
            uri: Some(object.uri.clone()),
            signed_uri: None,
            digest_uri: None,
            sha256: self.kept.and_then(|kept| kept.sha256(object)),
            detail: detail.to_owned(),
        }
    }
}
