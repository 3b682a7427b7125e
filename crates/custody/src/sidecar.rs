//! What an object's metadata said, kept in a file beside it: a copy made with `aws s3 sync` or `aws s3 cp` loses the
//! metadata, and with it the signature of a digest.
//!
//! The sidecar of `x.json.gz` is `x.json.gz.head-object.json`, and holds what
//! `aws s3api head-object --bucket BUCKET --key KEY` prints.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the name of a sidecar ends in, after the name of its object.
pub const ENDING: &str = eksamine_archive::SIDECAR_ENDING;
/// The metadata field that holds a digest's signature in hexadecimal.
pub const SIGNATURE: &str = "signature";

/// The metadata field that says when a digest was made that was made afterwards.
pub const GENERATED: &str = "backfill-generation-timestamp";

/// The key of the object that a sidecar is of.
pub fn object_of(key: &str) -> Option<&str> {
    key.strip_suffix(ENDING)
}

/// The user metadata in an answer of `head-object`, names in lower case and without `x-amz-meta-`.
pub fn metadata(json: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let answer: Answer = serde_json::from_slice(json).map_err(|error| format!("no answer of head-object: {error}"))?;
    let plain = |name: String| {
        let name = name.to_ascii_lowercase();
        name.strip_prefix("x-amz-meta-").map(ToOwned::to_owned).unwrap_or(name)
    };
    Ok(answer.metadata.into_iter().map(|(name, value)| (plain(name), value)).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_found_however_it_is_spelt() {
        let json = br#"{"ContentLength": 7, "Metadata": {"Signature": "ab", "x-amz-meta-signature-algorithm": "SHA256withRSA"}}"#;
        let metadata = metadata(json).unwrap();
        assert_eq!(metadata.get(SIGNATURE).map(String::as_str), Some("ab"));
        assert_eq!(metadata.get("signature-algorithm").map(String::as_str), Some("SHA256withRSA"));
        assert!(super::metadata(b"{}").unwrap().is_empty());
        assert!(super::metadata(b"").is_err());
    }

    #[test]
    fn a_sidecar_is_named_after_its_object() {
        assert_eq!(object_of("a/x.json.gz.head-object.json"), Some("a/x.json.gz"));
        assert_eq!(object_of("a/x.json.gz"), None);
    }
}
