//! What an ingest keeps so that logs can be proved later from the lake alone: CloudTrail's digests, whole and with their
//! metadata, and of each of its log files the hash that a digest has of it.
//!
//! Whether an object may be a digest is told by its key, whether it is one by its content. What lies at the key of a
//! digest is kept in any case, for that it is none may be what is to be proved; it is then read like any other object
//! besides, so that logs hidden there are rows too.

use eksamine_archive::{Fetched, SIDECAR_ENDING};
use eksamine_lake::{Content, ContentEntry, KeptEntry, ObjectEntry, hex};
use eksamine_sources::gunzip::{Inflated, one_member};
use eksamine_sources::proof::{ENVELOPES, Proof};
use eksamine_sources::{Limits, Outcome};
use sha2::{Digest, Sha256};

use crate::plan::Wanted;

/// No larger object is kept whole. A digest of ten thousand log files has two mebibytes.
const MOST_BYTES: usize = 16 << 20;
/// What all log files of CloudTrail have in their folder or their name.
const CLOUDTRAIL: &str = "CloudTrail";

/// Keeps an object whose key is that of a digest, or of a file beside one; and says what it is, if it is that.
pub fn keep(wanted: &Wanted, fetched: &Fetched, inflated: &Inflated<'_>) -> (Option<KeptEntry>, Option<Proof>) {
    if !wanted.is_digest || fetched.bytes.len() > MOST_BYTES {
        return (None, None);
    }
    let is_sidecar = wanted.object.key.ends_with(SIDECAR_ENDING);
    let proof = Proof::of(&inflated.bytes).filter(|proof| is_sidecar == (*proof == Proof::HeadObject));
    let fingerprint = match &proof {
        Some(Proof::Digest { fingerprint }) => Some(fingerprint.clone()),
        _ => None,
    };
    let kept = KeptEntry {
        uri: wanted.object.uri.clone(),
        version: wanted.version.clone(),
        key: wanted.object.key.clone(),
        fingerprint,
        metadata: fetched.metadata.clone(),
        bytes: fetched.bytes.to_vec(),
    };
    // A digest is one gzip member or plain text. What else there is in the object is for rejects to tell.
    (Some(kept), proof.filter(|_| inflated.faults.is_empty()))
}

/// What became of an object that is kept and is no log.
pub fn outcome(proof: &Proof, inflated: &Inflated<'_>) -> Outcome {
    Outcome {
        envelope: Some(proof.name()),
        control: 1,
        members: inflated.members,
        inflated_bytes: inflated.bytes.len() as u64,
        ..Outcome::default()
    }
}

/// Whether an entry is of an object that is kept and is no log.
pub fn is_proof(entry: &ObjectEntry) -> bool {
    entry.envelope.as_deref().is_some_and(|envelope| ENVELOPES.contains(&envelope))
}

/// What a digest hashes of a log file of CloudTrail: the content of its gzip, if it has the form of one.
pub fn content(wanted: &Wanted, bytes: &[u8], inflated: &Inflated<'_>, limits: &Limits) -> Option<ContentEntry> {
    if wanted.is_digest || !wanted.object.uri.contains(CLOUDTRAIL) {
        return None;
    }
    let sha256 = |content: &[u8]| Content::Sha256(hex(&Sha256::digest(content)));
    let content = if inflated.is_of_one_member() {
        sha256(&inflated.bytes)
    } else {
        // Rare, and inflated once more: layers and members are to be told apart.
        one_member(bytes, limits).map_or_else(Content::Fault, |content| sha256(&content))
    };
    let (uri, version, key) = (wanted.object.uri.clone(), wanted.version.clone(), wanted.object.key.clone());
    Some(ContentEntry { uri, version, key, content })
}
