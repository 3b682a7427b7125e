//! Reads the digests of an archive, chain by chain, and finds the log files that they name; and says which public keys
//! they ask for. Whether they are to be believed is judged elsewhere.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::listing::{FoundDigest, Listed};
use super::read::{Reader, Seen};
use super::resolve::{LogIndex, Resolved};
use super::{Chain, HOUR_MICROS, Member, NamedLog, Settings};
use crate::chain::{Content, Judged, Link};
use crate::digest::{Digest, LogEntry};
use crate::error::Error;
use crate::key_source::KeySpan;
use crate::keys::KeySet;
use crate::name::{ChainKind, ChainName, file_name};
use crate::place::{Origin, Shift};
use crate::report::Report;
use crate::sidecar;

/// Reads the digests of all chains, as far as the time asked for makes them matter.
pub async fn read_chains(
    reader: &Reader<'_>,
    listed: &Listed,
    index: &LogIndex<'_>,
    origin: &Origin,
    settings: &Settings,
    report: &mut Report,
) -> Result<Vec<Chain>, Error> {
    let mut wanted: Vec<(usize, &FoundDigest)> = Vec::new();
    let names: Vec<&ChainName> = listed.chains.keys().collect();
    for (at, digests) in listed.chains.values().enumerate() {
        wanted.extend(digests.iter().filter(|digest| settings.concerns(digest)).map(|digest| (at, digest)));
    }
    let bytes = wanted.iter().map(|(_, digest)| digest.object.size_bytes).sum();
    reader.plan(wanted.len() as u64, bytes);
    let wanted = wanted.as_slice();
    let mut readings = futures::stream::iter(0..wanted.len())
        .map(|number| async move {
            let (at, digest) = wanted.get(number).copied()?;
            Some((at, digest, read_digest(reader, listed, digest).await))
        })
        .buffered(settings.fetches.max(1));
    let mut chains: BTreeMap<usize, Chain> = BTreeMap::new();
    while let Some(reading) = readings.next().await {
        let Some((at, digest, read)) = reading else { continue };
        let Reading { parsed, signature, generated, sha256, inflated_bytes } = read?;
        report.bytes += digest.object.size_bytes;
        report.inflated_bytes += inflated_bytes;
        let mut member = Member {
            uri: digest.object.uri.clone(),
            sha256,
            generated_micros: generated.and_then(|time| Some(time.parse::<jiff::Timestamp>().ok()?.as_microsecond())),
            is_wanted: settings.wants_end(digest.end_micros),
            logs: Vec::new(),
        };
        let content = match parsed {
            Parsed::Digest(mut parsed) => {
                let place = origin.place(&digest.object.key, &parsed.bucket, &parsed.key);
                let shift = Shift::between(&digest.object.key, &parsed.key);
                let logs = std::mem::take(&mut parsed.logs);
                member.logs = logs.into_iter().map(|log| named(log, index, &shift, listed)).collect();
                Content::Digest(parsed, place)
            }
            Parsed::Broken(why) => Content::Broken(why),
            Parsed::Unread(why) => Content::Unread(why),
        };
        let Some(name) = names.get(at) else { continue };
        let chain = chains.entry(at).or_insert_with(|| Chain {
            name: (*name).clone(),
            links: Vec::new(),
            members: Vec::new(),
            judged: Judged::default(),
        });
        chain.links.push(Link {
            file_name: file_name(&digest.object.key).to_owned(),
            end_micros: digest.end_micros,
            content,
            signature,
        });
        chain.members.push(member);
    }
    Ok(chains.into_values().collect())
}

/// What reading a digest gave.
enum Parsed {
    Digest(Box<Digest>),
    Broken(String),
    Unread(String),
}

/// What reading a digest and what lies beside it gave.
struct Reading {
    parsed: Parsed,
    signature: Option<String>,
    /// When a digest was made that was made afterwards.
    generated: Option<String>,
    /// Of the object itself, where it is known.
    sha256: Option<String>,
    inflated_bytes: u64,
}

impl Reading {
    fn unread(why: String) -> Self {
        Self { parsed: Parsed::Unread(why), signature: None, generated: None, sha256: None, inflated_bytes: 0 }
    }

    fn take_metadata(&mut self, mut metadata: BTreeMap<String, String>) {
        self.signature = metadata.remove(sidecar::SIGNATURE);
        self.generated = metadata.remove(sidecar::GENERATED);
    }
}

async fn read_digest(reader: &Reader<'_>, listed: &Listed, digest: &FoundDigest) -> Result<Reading, Error> {
    if let Some(Err(why)) = reader.known(&digest.object) {
        return Ok(Reading::unread(why));
    }
    let hash = reader.object_hash();
    let seen = reader.read(&digest.object, move |fetched, content| {
        let parsed = match content.and_then(Digest::parse) {
            Ok(digest) => Parsed::Digest(Box::new(digest)),
            Err(why) => Parsed::Broken(why),
        };
        (parsed, fetched.metadata.clone(), hash(fetched))
    });
    let mut reading = match seen.await? {
        Seen::Unread(why) => return Ok(Reading::unread(why)),
        Seen::Done { value: (parsed, metadata, sha256), inflated_bytes } => {
            let mut reading = Reading { parsed, signature: None, generated: None, sha256, inflated_bytes };
            reading.take_metadata(metadata);
            reading
        }
    };
    if let Some(kept) = reader.kept() {
        reading.sha256 = kept.sha256(&digest.object);
    }
    if reading.signature.is_none()
        && let Some(beside) = listed.sidecars.get(&digest.object.key)
        && let Ok(fetched) = reader.plain(beside).await
        && let Ok(metadata) = sidecar::metadata(&fetched.bytes)
    {
        reading.take_metadata(metadata);
    }
    Ok(reading)
}

fn named(log: LogEntry, index: &LogIndex<'_>, shift: &Shift, listed: &Listed) -> NamedLog {
    let resolved = index.find(&log.bucket, &log.key, shift);
    let is_plain = matches!(resolved, Resolved::Here(at)
        if listed.logs.get(at as usize).is_some_and(|found| is_same_uri(&found.object.uri, &log.bucket, &log.key)));
    NamedLog { resolved, sha256: log.sha256, signed: (!is_plain).then_some((log.bucket, log.key)) }
}

fn is_same_uri(uri: &str, bucket: &str, key: &str) -> bool {
    let rest = uri.strip_prefix("s3://").and_then(|rest| rest.strip_prefix(bucket));
    rest.and_then(|rest| rest.strip_prefix('/')) == Some(key)
}

/// Keys that digests name and that are not among those given: for each region the time in which they were used. CloudTrail
/// signs a digest when it has ended, and makes one of a time past when it is asked to.
pub fn lacking(chains: &[Chain], keys: &KeySet) -> Vec<KeySpan> {
    /// As the AWS CLI asks.
    const AFTER_MICROS: i64 = 2 * HOUR_MICROS;
    let mut spans: BTreeMap<&str, KeySpan> = BTreeMap::new();
    for chain in chains {
        for (link, member) in chain.links.iter().zip(&chain.members) {
            let Some(digest) = link.digest().filter(|digest| !keys.has(&digest.fingerprint)) else { continue };
            let (first_micros, last_micros) = match (chain.name.kind, member.generated_micros) {
                (ChainKind::Backfill, Some(made)) => (made - HOUR_MICROS, made + HOUR_MICROS),
                _ => (link.end_micros - HOUR_MICROS, link.end_micros + AFTER_MICROS),
            };
            let region = chain.name.region.as_str();
            let span = spans.entry(region).or_insert_with(|| KeySpan {
                region: region.to_owned(),
                first_micros,
                last_micros,
                fingerprints: Vec::new(),
            });
            span.first_micros = first_micros.min(span.first_micros);
            span.last_micros = last_micros.max(span.last_micros);
            if !span.fingerprints.contains(&digest.fingerprint) {
                span.fingerprints.push(digest.fingerprint.clone());
            }
        }
    }
    spans.into_values().collect()
}
