//! What lies beside CloudTrail's log files to prove them, told by its content: digests, and the metadata of an object that
//! a copy to disk would lose. Neither is a log. What they say is not looked into here, nor whether it is true.
//!
//! A digest is described at
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// An object that proves others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A digest, with the fingerprint of the public key that it says it is signed with.
    Digest { fingerprint: String },
    /// What `aws s3api head-object` prints.
    HeadObject,
}

/// The words in the column `envelope` for objects that prove others.
pub const ENVELOPES: [&str; 2] = [DIGEST, HEAD_OBJECT];
const DIGEST: &str = "digest";
const HEAD_OBJECT: &str = "head_object";

/// No fingerprint is longer; those of CloudTrail have 32 bytes.
const LONGEST_FINGERPRINT_BYTES: usize = 128;

impl Proof {
    /// What an object is, by its content after gunzip; none if it is neither.
    pub fn of(content: &[u8]) -> Option<Self> {
        if let Ok(digest) = serde_json::from_slice::<Digest<'_>>(content) {
            let fingerprint = digest.fingerprint.into_owned();
            return (fingerprint.len() <= LONGEST_FINGERPRINT_BYTES).then_some(Self::Digest { fingerprint });
        }
        serde_json::from_slice::<HeadObject>(content).is_ok().then_some(Self::HeadObject)
    }

    /// One of [`ENVELOPES`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Digest { .. } => DIGEST,
            Self::HeadObject => HEAD_OBJECT,
        }
    }
}

#[derive(Deserialize)]
struct Digest<'a> {
    #[serde(borrow, rename = "digestPublicKeyFingerprint")]
    fingerprint: Cow<'a, str>,
    #[serde(rename = "digestS3Object")]
    _key: IgnoredAny,
    #[serde(rename = "digestEndTime")]
    _end: IgnoredAny,
}

#[derive(Deserialize)]
struct HeadObject {
    #[serde(rename = "Metadata")]
    _metadata: IgnoredAny,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_told_from_logs() {
        let digest = r#"{"digestEndTime":"t","digestS3Object":"k","digestPublicKeyFingerprint":"0a0b","logFiles":[]}"#;
        assert_eq!(Proof::of(digest.as_bytes()), Some(Proof::Digest { fingerprint: "0a0b".to_owned() }));
        let head = br#"{"ContentLength": 7, "Metadata": {"signature": "ff"}}"#;
        assert_eq!(Proof::of(head), Some(Proof::HeadObject));
        let long = digest.replace("0a0b", &"0".repeat(LONGEST_FINGERPRINT_BYTES + 1));
        let records = r#"{"Records":[{"digestS3Object":"k"}]}"#;
        for other in ["", "{}", "[]", records, "\u{0}", long.as_str()] {
            assert_eq!(Proof::of(other.as_bytes()), None, "{other}");
        }
    }
}
