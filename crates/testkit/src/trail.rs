//! Trails that sign: log files and chains of digests as CloudTrail delivers them, with keys of our own, to verify and to
//! tamper with. Objects are held in memory with their metadata and can be written to a folder or to the S3 of [`crate::s3`].
//!
//! The form is that of
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>.
//! The keys in `trail/` were made once, for this; they protect nothing.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test that cannot make its archive must stop")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::s3::S3Server;

/// Objects by key.
pub type Objects = BTreeMap<String, Stored>;

/// An object of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub bytes: Vec<u8>,
    /// User metadata, without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

/// A key pair that signs digests.
pub struct Signer {
    pair: RsaKeyPair,
    pub fingerprint: &'static str,
    /// `RSAPublicKey` in DER.
    pub public: &'static [u8],
}

impl Signer {
    pub fn first() -> Self {
        Self {
            pair: RsaKeyPair::from_der(include_bytes!("trail/first.private.der")).unwrap(),
            fingerprint: "9402e9d7d08f62da37940cdc7bc07557",
            public: include_bytes!("trail/first.pkcs1.der"),
        }
    }

    pub fn second() -> Self {
        Self {
            pair: RsaKeyPair::from_der(include_bytes!("trail/second.private.der")).unwrap(),
            fingerprint: "780b0054c7f3c32805dbe48844876b75",
            public: include_bytes!("trail/second.pkcs1.der"),
        }
    }

    /// RSASSA-PKCS1-v1_5 over SHA-256, in hexadecimal.
    pub fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        hex(&signature)
    }
}

/// The first key as `SubjectPublicKeyInfo` in DER.
pub const FIRST_SPKI: &[u8] = include_bytes!("trail/first.spki.der");

/// What `aws cloudtrail list-public-keys` prints for these keys.
pub fn list_public_keys(signers: &[&Signer]) -> String {
    let item = |signer: &&Signer| {
        json!({
            "Value": STANDARD.encode(signer.public),
            "ValidityStartTime": "2024-01-01T00:00:00+00:00",
            "ValidityEndTime": "2025-01-01T00:00:00+00:00",
            "Fingerprint": signer.fingerprint,
        })
    };
    let keys: Vec<Value> = signers.iter().map(item).collect();
    serde_json::to_string_pretty(&json!({ "PublicKeyList": keys })).unwrap()
}

/// Where a trail delivers, and under which names.
#[derive(Clone, Debug)]
pub struct Trail {
    pub bucket: String,
    /// Empty, or ends in `/`.
    pub prefix: String,
    pub organization: Option<String>,
    pub account: String,
    pub region: String,
    pub name: String,
    pub home_region: String,
    pub backfill: bool,
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            bucket: "example-trail".to_owned(),
            prefix: String::new(),
            organization: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            name: "main".to_owned(),
            home_region: "eu-west-1".to_owned(),
            backfill: false,
        }
    }
}

impl Trail {
    fn folder(&self, service: &str, at: Timestamp) -> String {
        let organization = self.organization.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
        let day = at.strftime("%Y/%m/%d");
        format!("{}AWSLogs/{organization}{}/{service}/{}/{day}/", self.prefix, self.account, self.region)
    }

    /// The key of a log file delivered at this time.
    pub fn log_key(&self, at: Timestamp, unique: &str) -> String {
        let (folder, stamp) = (self.folder("CloudTrail", at), at.strftime("%Y%m%dT%H%MZ"));
        format!("{folder}{}_CloudTrail_{}_{stamp}_{unique}.json.gz", self.account, self.region)
    }

    /// The key of the digest that ends at this time.
    pub fn digest_key(&self, end: Timestamp) -> String {
        let (folder, stamp) = (self.folder("CloudTrail-Digest", end), end.strftime("%Y%m%dT%H%M%SZ"));
        let Self { account, region, name, home_region, .. } = self;
        let backfill = if self.backfill { "_backfill" } else { "" };
        format!("{folder}{account}_CloudTrail-Digest_{region}_{name}_{home_region}_{stamp}{backfill}.json.gz")
    }
}

/// Writes a trail: log files as they come, and a digest of those since the last one.
pub struct Writer<'a> {
    pub trail: Trail,
    pub signer: &'a Signer,
    previous: Option<Value>,
    pending: Vec<Value>,
    logs: u64,
}

impl<'a> Writer<'a> {
    pub fn new(trail: Trail, signer: &'a Signer) -> Self {
        Self { trail, signer, previous: None, pending: Vec::new(), logs: 0 }
    }

    /// Delivers a log file; the next digest will name it. Gives its key.
    pub fn log(&mut self, objects: &mut Objects, at: &str, content: &str) -> String {
        self.logs += 1;
        let unique = format!("{:016}", self.logs);
        let key = self.trail.log_key(time(at), &unique);
        objects.insert(key.clone(), Stored { bytes: gzip(content.as_bytes()), metadata: BTreeMap::new() });
        self.pending.push(json!({
            "s3Bucket": self.trail.bucket, "s3Object": key,
            "hashValue": hex(digest(&SHA256, content.as_bytes()).as_ref()), "hashAlgorithm": "SHA-256",
            "newestEventTime": at, "oldestEventTime": at,
        }));
        key
    }

    /// Forgets the log files since the last digest: nobody will vouch for them.
    pub fn forget(&mut self) {
        self.pending.clear();
    }

    /// The next digest will begin a chain.
    pub fn begin_anew(&mut self) {
        self.previous = None;
    }

    /// Delivers a digest of the log files since the last one. Gives its key.
    pub fn digest(&mut self, objects: &mut Objects, start: &str, end: &str) -> String {
        let key = self.trail.digest_key(time(end));
        let logs = std::mem::take(&mut self.pending);
        let edge = |name: &str| logs.first().and_then(|log| log.get(name)).cloned();
        let previous = |name: &str| self.previous.as_ref().and_then(|previous| previous.get(name)).cloned();
        let document = json!({
            "awsAccountId": self.trail.account, "digestStartTime": start, "digestEndTime": end,
            "digestS3Bucket": self.trail.bucket, "digestS3Object": key,
            "digestPublicKeyFingerprint": self.signer.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": edge("newestEventTime"), "oldestEventTime": edge("oldestEventTime"),
            "previousDigestS3Bucket": previous("bucket"), "previousDigestS3Object": previous("key"),
            "previousDigestHashValue": previous("hash"),
            "previousDigestHashAlgorithm": self.previous.as_ref().map(|_| "SHA-256"),
            "previousDigestSignature": previous("signature"), "logFiles": logs,
        });
        let stored = sign(&document, self.signer, self.trail.backfill);
        self.previous = Some(json!({
            "bucket": self.trail.bucket, "key": key,
            "hash": hex(digest(&SHA256, document.to_string().as_bytes()).as_ref()),
            "signature": stored.metadata.get("signature"),
        }));
        objects.insert(key.clone(), stored);
        key
    }
}

/// A digest as an object: its JSON in gzip, its signature in the metadata.
pub fn sign(document: &Value, signer: &Signer, is_backfill: bool) -> Stored {
    let json = document.to_string();
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or("null");
    let signature = signer.sign(&format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        hex(digest(&SHA256, json.as_bytes()).as_ref()),
        text("previousDigestSignature"),
    ));
    let mut metadata = BTreeMap::from([
        ("signature".to_owned(), signature),
        ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
    ]);
    if is_backfill {
        metadata.insert("backfill-generation-timestamp".to_owned(), text("digestEndTime").to_owned());
    }
    Stored { bytes: gzip(json.as_bytes()), metadata }
}

/// What becomes of metadata in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// It is lost, as `aws s3 sync` loses it.
    Lost,
    /// It is kept as `NAME.head-object.json` beside each object that has some.
    Beside,
}

/// Writes objects as files below a folder.
pub fn write_folder(objects: &Objects, folder: &Path, metadata: Metadata) -> std::io::Result<()> {
    for (key, stored) in objects {
        let path = folder.join(key);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(&path, &stored.bytes)?;
        if metadata == Metadata::Beside && !stored.metadata.is_empty() {
            let answer = json!({ "ContentLength": stored.bytes.len(), "Metadata": stored.metadata });
            std::fs::write(folder.join(format!("{key}.head-object.json")), answer.to_string())?;
        }
    }
    Ok(())
}

/// Puts objects into a bucket, with their metadata.
pub fn put(objects: &Objects, server: &S3Server, bucket: &str) {
    for (key, stored) in objects {
        server.put_with_metadata(bucket, key, stored.bytes.clone(), stored.metadata.clone());
    }
}

/// A log file's content of about so many bytes: records that differ, as much as real ones do.
pub fn log_content(at: &str, number: u64, size_bytes: usize) -> String {
    let mut content = "{\"Records\":[".to_owned();
    let mut seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    loop {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        content += &format!(
            "{{\"eventVersion\":\"1.09\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"arn\":\
             \"arn:aws:sts::111122223333:assumed-role/example-{}/session-{}\",\"accountId\":\"111122223333\"}},\
             \"eventTime\":\"{at}\",\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"DescribeInstances\",\
             \"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"192.0.2.{}\",\"requestID\":\"{seed:016x}\",\
             \"eventID\":\"{:016x}\",\"readOnly\":true,\"recipientAccountId\":\"111122223333\"}}",
            seed >> 60,
            seed >> 52 & 255,
            seed >> 40 & 255,
            seed.rotate_left(29),
        );
        if content.len() >= size_bytes {
            return content + "]}";
        }
        content.push(',');
    }
}

/// One member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
