//! What the manifest keeps of an object: its entry and its rejects, whether it was read or could not be.

use std::collections::BTreeMap;

use eksamine_lake::{ObjectEntry, ObjectStatus, RejectEntry};
use eksamine_sources::{Outcome, Reject};

use crate::error::with_causes;
use crate::plan::Wanted;

/// Most bytes of a reject that the manifest keeps. The rest is in the archive, at the offset the reject names.
const KEPT_REJECT_BYTES: usize = 1 << 20;

/// The entry of an object that was decoded. How its rows divide into kept and folded is known later.
pub fn read(wanted: &Wanted, outcome: &Outcome, sha256: String, now_micros: i64) -> ObjectEntry {
    let empty = outcome.inflated_bytes == 0 && outcome.envelope.is_none();
    let status = match outcome.envelope {
        _ if !outcome.rejects.is_empty() => ObjectStatus::Partial,
        None if !empty => ObjectStatus::Unknown,
        _ => ObjectStatus::Read,
    };
    let detail = match status {
        ObjectStatus::Partial => Some(reasons(&outcome.rejects)),
        ObjectStatus::Unknown => Some("no kind of log that this version knows".to_owned()),
        _ if empty => Some("empty object".to_owned()),
        _ => None,
    };
    ObjectEntry {
        sha256: Some(sha256),
        status,
        detail,
        envelope: outcome.envelope.map(str::to_owned),
        members: outcome.members,
        inflated_bytes: outcome.inflated_bytes,
        records: outcome.records,
        rejects: outcome.rejects.len() as u64,
        control: outcome.control,
        ..blank(wanted, now_micros)
    }
}

/// The entry of an object that could not be fetched, with the error and its causes.
pub fn unread(wanted: &Wanted, error: &eksamine_archive::Error, now_micros: i64) -> ObjectEntry {
    ObjectEntry { status: ObjectStatus::Failed, detail: Some(with_causes(error)), ..blank(wanted, now_micros) }
}

pub fn reject(uri: &str, reject: &Reject) -> RejectEntry {
    RejectEntry {
        uri: uri.to_owned(),
        record: reject.record,
        offset_bytes: reject.offset_bytes,
        length_bytes: reject.bytes.len() as u64,
        reason: reject.reason.name().to_owned(),
        detail: reject.detail.clone(),
        bytes: reject.bytes.get(..KEPT_REJECT_BYTES).unwrap_or(&reject.bytes).to_vec(),
    }
}

/// `bad_gzip: 1, cut_short: 1`
fn reasons(rejects: &[Reject]) -> String {
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for reject in rejects {
        *by_reason.entry(reject.reason.name()).or_default() += 1;
    }
    by_reason.iter().map(|(reason, count)| format!("{reason}: {count}")).collect::<Vec<_>>().join(", ")
}

fn blank(wanted: &Wanted, now_micros: i64) -> ObjectEntry {
    ObjectEntry {
        uri: wanted.object.uri.clone(),
        version: wanted.version.clone(),
        etag: wanted.object.etag.clone(),
        version_id: wanted.object.version_id.clone(),
        size_bytes: wanted.object.size_bytes,
        last_modified: wanted.object.last_modified_micros,
        sha256: None,
        status: ObjectStatus::Read,
        detail: None,
        envelope: None,
        members: 0,
        inflated_bytes: 0,
        records: 0,
        rows: 0,
        folded: 0,
        rejects: 0,
        control: 0,
        read_at: now_micros,
    }
}
