//! The manifest and its signature.

use sha2::{Digest, Sha256};

use super::super::key::PublicKey;
use super::super::manifest::{MANIFEST, Manifest, SIGNATURE};
use super::super::tree::Tree;
use super::{CheckReport, FindingKind, Signature};
use crate::digest::hex;

/// Largest manifest that is read. That of a million files is smaller.
const MOST_MANIFEST_BYTES: u64 = 256 << 20;
/// A signature has 64 bytes; what is longer is wrong and need not be read.
const MOST_SIGNATURE_BYTES: u64 = 4 << 10;

/// Reads the manifest, judges its signature, and gives it back if it can be read.
pub fn manifest(tree: &Tree, key: Option<&PublicKey>, report: &mut CheckReport) -> Option<Manifest> {
    let json = match tree.small(MANIFEST, MOST_MANIFEST_BYTES) {
        Ok(Some(json)) => json,
        Ok(None) => {
            // A zip that could not be read has been told of.
            if !tree.files.is_empty() || tree.flaws.is_empty() {
                report.find(MANIFEST, FindingKind::Missing, "the bundle has no manifest");
            }
            return None;
        }
        Err(error) => {
            report.find(MANIFEST, FindingKind::Unreadable, &error.to_string());
            return None;
        }
    };
    report.manifest_sha256 = Some(hex(&Sha256::digest(&json)));
    let parsed = Manifest::parse(&json);
    if let Err(why) = &parsed {
        report.find(MANIFEST, FindingKind::Manifest, why);
    }
    let named = parsed.as_ref().ok().and_then(|manifest| manifest.key.as_deref());
    let signature = match tree.small(SIGNATURE, MOST_SIGNATURE_BYTES) {
        Ok(signature) => signature,
        Err(error) => {
            report.find(SIGNATURE, FindingKind::Unreadable, &error.to_string());
            Some(Vec::new())
        }
    };
    report.signature = match (&signature, key) {
        (Some(signature), Some(key)) => with_key(&json, signature, key, named, report),
        (Some(_), None) => Signature::NotChecked,
        (None, given) => {
            if named.is_some() {
                report.find(SIGNATURE, FindingKind::Missing, "the manifest says that it is signed");
            } else if given.is_some() && parsed.is_ok() {
                report.find("", FindingKind::Unsigned, "a key was given, and the bundle is not signed");
            }
            Signature::Missing
        }
    };
    if signature.is_some() && named.is_none() && parsed.is_ok() {
        report.find(SIGNATURE, FindingKind::Unlisted, "the manifest says that it is not signed");
    }
    parsed.ok()
}

fn with_key(
    json: &[u8],
    signature: &[u8],
    key: &PublicKey,
    named: Option<&str>,
    report: &mut CheckReport,
) -> Signature {
    let given = key.fingerprint();
    let is_other = named.is_some_and(|named| named != given);
    if key.verifies(json, signature) {
        if is_other {
            report.find(MANIFEST, FindingKind::Manifest, "it names another key than the one that signed it");
        }
        return Signature::Valid;
    }
    match named {
        Some(named) if is_other => {
            let detail = format!("it says that the key {named} signed it, and the key given is {given}");
            report.find(SIGNATURE, FindingKind::OtherKey, &detail);
        }
        _ => report.find(
            SIGNATURE,
            FindingKind::Signature,
            "it is not the signature of the key given over manifest.json",
        ),
    }
    Signature::Wrong
}
