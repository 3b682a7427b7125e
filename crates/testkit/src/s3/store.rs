//! The buckets in memory, and the paging of a listing as S3 defines it. Knows no protocol.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>: keys in the order of their UTF-8
//! bytes, keys that share a prefix up to the delimiter rolled up into one entry, and entries of both kinds counted
//! against the page's size.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use s3s::crypto::{Checksum, Md5};

/// When the first object was stored: 2026-03-01T00:00:00Z. Each further one is a second younger.
const FIRST_STORED_SECONDS: u64 = 1_772_323_200;

pub(crate) struct Store {
    buckets: BTreeMap<String, BTreeMap<String, Object>>,
    stored: u64,
    pub page_size: usize,
}

#[derive(Clone)]
pub(crate) struct Object {
    pub bytes: Bytes,
    /// MD5 in hexadecimal, without quotes.
    pub etag: String,
    pub last_modified: SystemTime,
    pub storage_class: String,
    /// There is a copy to read, though the class is one of those that have none.
    pub is_restored: bool,
    /// User metadata, without `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
}

/// What a listing asks for.
pub(crate) struct Query<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    pub after: Option<After<'a>>,
    pub resume: Resume,
    pub entries: usize,
}

/// Whether a page begins after the entry that ended the one before, or with it, as no page should.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    Next,
    Same,
}

/// Where a listing resumes.
#[derive(Clone, Copy)]
pub(crate) enum After<'a> {
    Key(&'a str),
    /// After all keys that were rolled up into this prefix.
    Prefix(&'a str),
}

pub(crate) struct Listed {
    pub objects: Vec<(String, Object)>,
    pub prefixes: Vec<String>,
    /// The token that resumes after this page, if there is more.
    pub next: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self { buckets: BTreeMap::new(), stored: 0, page_size: 1000 }
    }
}

impl Store {
    pub fn create_bucket(&mut self, bucket: &str) {
        self.buckets.entry(bucket.to_owned()).or_default();
    }

    pub fn bucket_names(&self) -> Vec<String> {
        self.buckets.keys().cloned().collect()
    }

    pub fn has_bucket(&self, bucket: &str) -> bool {
        self.buckets.contains_key(bucket)
    }

    pub fn put(&mut self, bucket: &str, key: &str, bytes: Bytes, storage_class: &str) {
        let object = Object {
            etag: hexadecimal(&Md5::checksum(&bytes)),
            bytes,
            last_modified: SystemTime::UNIX_EPOCH + Duration::from_secs(FIRST_STORED_SECONDS + self.stored),
            storage_class: storage_class.to_owned(),
            is_restored: false,
            metadata: HashMap::new(),
        };
        self.stored += 1;
        self.buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), object);
    }

    /// Gives an object its user metadata.
    pub fn describe(&mut self, bucket: &str, key: &str, metadata: HashMap<String, String>) {
        if let Some(object) = self.buckets.get_mut(bucket).and_then(|objects| objects.get_mut(key)) {
            object.metadata = metadata;
        }
    }

    pub fn remove(&mut self, bucket: &str, key: &str) {
        if let Some(objects) = self.buckets.get_mut(bucket) {
            objects.remove(key);
        }
    }

    /// Whether there was something to restore.
    pub fn restore(&mut self, bucket: &str, key: &str) -> bool {
        let object = self.buckets.get_mut(bucket).and_then(|objects| objects.get_mut(key));
        object.map(|object| object.is_restored = true).is_some()
    }

    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        self.buckets.get(bucket)?.get(key).cloned()
    }

    /// One page; `None` if there is no such bucket.
    pub fn list(&self, bucket: &str, query: &Query<'_>) -> Option<Listed> {
        let bucket = self.buckets.get(bucket)?;
        let mut page = Listed { objects: Vec::new(), prefixes: Vec::new(), next: None };
        let mut last: Option<String> = None;
        for (key, object) in bucket.range::<str, _>((start(query), Bound::Unbounded)) {
            if !key.starts_with(query.prefix) {
                break;
            }
            let rolled_up = rolled_up(key, query);
            if let Some(prefix) = rolled_up
                && (page.prefixes.last().is_some_and(|last| last == prefix)
                    || query.resume == Resume::Next
                        && matches!(query.after, Some(After::Prefix(after)) if after == prefix))
            {
                continue;
            }
            if page.objects.len() + page.prefixes.len() == query.entries.min(self.page_size) {
                page.next = last;
                break;
            }
            if let Some(prefix) = rolled_up {
                page.prefixes.push(prefix.to_owned());
                last = Some(format!("p{prefix}"));
            } else {
                page.objects.push((key.clone(), object.clone()));
                last = Some(format!("k{key}"));
            }
        }
        Some(page)
    }
}

impl<'a> After<'a> {
    /// Reads back what [`Store::list`] wrote into [`Listed::next`].
    pub fn from_token(token: &'a str) -> Option<Self> {
        match token.split_at_checked(1)? {
            ("k", key) => Some(Self::Key(key)),
            ("p", prefix) => Some(Self::Prefix(prefix)),
            _ => None,
        }
    }
}

fn start<'a>(query: &Query<'a>) -> Bound<&'a str> {
    match query.after {
        Some(After::Key(after) | After::Prefix(after)) if after >= query.prefix => match query.resume {
            Resume::Next => Bound::Excluded(after),
            Resume::Same => Bound::Included(after),
        },
        _ => Bound::Included(query.prefix),
    }
}

fn rolled_up<'k>(key: &'k str, query: &Query<'_>) -> Option<&'k str> {
    let delimiter = query.delimiter?;
    let from = query.prefix.len();
    let at = key[from..].find(delimiter)?;
    Some(&key[..from + at + delimiter.len()])
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
