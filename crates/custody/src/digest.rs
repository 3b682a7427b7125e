//! One digest: what it says, and what CloudTrail signs of it.
//!
//! Reading takes the bytes of the JSON after gunzip. What is signed is a hash of exactly these bytes, so they are hashed
//! as they are and never written anew.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of some content.
pub type Hash = [u8; 32];

/// A digest as its JSON has it. Times are text, verbatim, for they are part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub start_time: String,
    pub end_time: String,
    /// The bucket and the key that CloudTrail put it at.
    pub bucket: String,
    pub key: String,
    /// Names the public key of its signature.
    pub fingerprint: String,
    /// The digest before it in the chain; none in a starting digest.
    pub previous: Option<Previous>,
    /// The signature of the digest before it, in hexadecimal.
    pub previous_signature: Option<String>,
    pub logs: Vec<LogEntry>,
    /// Of the JSON's bytes.
    pub content_sha256: Hash,
}

/// What a digest says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    pub bucket: String,
    pub key: String,
    /// Of its JSON's bytes; none if the algorithm is not SHA-256.
    pub sha256: Option<Hash>,
}

/// A log file that a digest vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub bucket: String,
    pub key: String,
    /// Of its content after gunzip; none if the algorithm is not SHA-256.
    pub sha256: Option<Hash>,
}

impl Digest {
    /// Reads a digest. Says in words what is wrong with it.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(json).map_err(|error| format!("no digest: {error}"))?;
        let sha256 = |algorithm: Option<&str>, value: Option<&str>| {
            let value = value.filter(|_| algorithm.is_none_or(|name| name == HASH_ALGORITHM))?;
            from_hex(value)?.try_into().ok()
        };
        let previous = document.previous_digest_s3_object.map(|key| Previous {
            bucket: document.previous_digest_s3_bucket.unwrap_or_default(),
            key,
            sha256: sha256(
                document.previous_digest_hash_algorithm.as_deref(),
                document.previous_digest_hash_value.as_deref(),
            ),
        });
        let logs = document.log_files.into_iter().map(|log| LogEntry {
            sha256: sha256(log.hash_algorithm.as_deref(), Some(&log.hash_value)),
            bucket: log.s3_bucket,
            key: log.s3_object,
        });
        Ok(Self {
            start_time: document.digest_start_time,
            end_time: document.digest_end_time,
            bucket: document.digest_s3_bucket,
            key: document.digest_s3_object,
            fingerprint: document.digest_public_key_fingerprint,
            previous,
            previous_signature: document.previous_digest_signature,
            logs: logs.collect(),
            content_sha256: Sha256::digest(json).into(),
        })
    }

    /// What CloudTrail signs, without a line feed at the end.
    pub fn string_to_sign(&self) -> String {
        format!(
            "{}\n{}/{}\n{}\n{}",
            self.end_time,
            self.bucket,
            self.key,
            hex(&self.content_sha256),
            self.previous_signature.as_deref().unwrap_or("null")
        )
    }

    /// Begin and end in microseconds since 1970, where they can be read.
    pub fn span_micros(&self) -> (Option<i64>, Option<i64>) {
        let micros = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond);
        (micros(&self.start_time), micros(&self.end_time))
    }
}

const HASH_ALGORITHM: &str = "SHA-256";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    // Null in a starting digest, but never absent.
    #[serde(deserialize_with = "Option::deserialize")]
    previous_digest_signature: Option<String>,
    #[serde(default)]
    log_files: Vec<LogFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogFile {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: Option<String>,
}

/// Lower case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes of hexadecimal digits in either case; none if it is anything else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.bytes().map(|byte| Some(char::from(byte).to_digit(16)? as u8)).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTING: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2024-05-14T13:01:31Z",
        "digestEndTime":"2024-05-14T14:01:31Z","digestS3Bucket":"example-trail","digestS3Object":"d/x.json.gz",
        "digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff","digestSignatureAlgorithm":"SHA256withRSA",
        "newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,
        "previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}"#;

    #[test]
    fn what_is_signed_has_four_lines() {
        let digest = Digest::parse(STARTING.as_bytes()).unwrap();
        let hash = hex(&Sha256::digest(STARTING.as_bytes()));
        assert_eq!(digest.string_to_sign(), format!("2024-05-14T14:01:31Z\nexample-trail/d/x.json.gz\n{hash}\nnull"));
        assert_eq!((digest.previous, digest.logs), (None, Vec::new()));
    }

    #[test]
    fn a_digest_that_lacks_what_is_signed_is_none() {
        for field in [
            "digestStartTime",
            "digestEndTime",
            "digestS3Bucket",
            "digestS3Object",
            "digestPublicKeyFingerprint",
            "previousDigestSignature",
        ] {
            let lacking = STARTING.replace(&format!("\"{field}\""), "\"other\"");
            let reason = Digest::parse(lacking.as_bytes()).unwrap_err();
            assert!(reason.contains(field), "{reason}");
        }
        assert!(Digest::parse(b"").is_err() && Digest::parse(b"[]").is_err());
    }

    #[test]
    fn a_hash_of_another_algorithm_is_no_hash() {
        let log = |algorithm: &str| {
            let entry = format!(
                r#""logFiles":[{{"s3Bucket":"b","s3Object":"k","hashValue":"{}","hashAlgorithm":"{algorithm}"}}]"#,
                hex(&[7; 32])
            );
            Digest::parse(STARTING.replace(r#""logFiles":[]"#, &entry).as_bytes()).unwrap().logs.remove(0).sha256
        };
        assert_eq!(log("SHA-256"), Some([7; 32]));
        assert_eq!(log("MD5"), None);
    }

    #[test]
    fn hexadecimal_is_read_in_either_case() {
        assert_eq!(from_hex("00fFa0"), Some(vec![0, 255, 160]));
        assert_eq!(from_hex(&hex(&[0, 1, 254, 255])), Some(vec![0, 1, 254, 255]));
        for wrong in ["0", "0g", "é0", " 00"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
