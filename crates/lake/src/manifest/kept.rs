//! What the manifest keeps so that it can be proved later, without the archive, that logs are as they were delivered:
//! CloudTrail's digests, whole and with their metadata, and what a digest hashes of each log file.
//!
//! The tables came after the others. A manifest that was made before them and has not been written since is without them,
//! and is read as one that keeps nothing. What a digest says, and whether to believe it, is not known here.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::Manifest;
use crate::error::{Error, manifest as failed};

pub(super) const CREATE: &str = "
CREATE TABLE IF NOT EXISTS kept_objects (
    object INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    fingerprint TEXT,
    bytes BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS kept_object_metadata (
    object INTEGER NOT NULL REFERENCES kept_objects (object) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (object, name)
) STRICT;
CREATE TABLE IF NOT EXISTS log_contents (
    object INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    sha256 TEXT,
    fault TEXT
) STRICT;
";

/// An object that is kept whole: a digest, or a file beside one that holds its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    pub uri: String,
    /// That of the object's entry.
    pub version: String,
    /// As the archive gave it: of a bucket all of it, of a folder what lies below that.
    pub key: String,
    /// Of the public key that a digest says it is signed with.
    pub fingerprint: Option<String>,
    /// What the archive gave beside the bytes, by name.
    pub metadata: BTreeMap<String, String>,
    /// As fetched.
    pub bytes: Vec<u8>,
}

/// What a digest hashes of a log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentEntry {
    pub uri: String,
    /// That of the object's entry.
    pub version: String,
    /// As the archive gave it.
    pub key: String,
    pub content: Content,
}

/// The content of an object after gunzip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Its SHA-256, in lower case hexadecimal.
    Sha256(String),
    /// It has no content that could be hashed, and why, in a sentence.
    Fault(String),
}

impl Manifest {
    /// Objects kept whole, in the order of their URIs.
    pub fn kept(&self) -> Result<Vec<KeptEntry>, Error> {
        if !self.has_table("kept_objects")? {
            return Ok(Vec::new());
        }
        let mut metadata: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
        let all = self.all("SELECT object, name, value FROM kept_object_metadata", |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        for (object, name, value) in all {
            metadata.entry(object).or_default().insert(name, value);
        }
        let sql = "SELECT o.id, o.uri, o.version, k.key, k.fingerprint, k.bytes
                   FROM kept_objects k JOIN objects o ON o.id = k.object ORDER BY o.uri, o.version";
        self.all(sql, |row| {
            let object: i64 = row.get(0)?;
            Ok(KeptEntry {
                uri: row.get(1)?,
                version: row.get(2)?,
                key: row.get(3)?,
                fingerprint: row.get(4)?,
                metadata: metadata.remove(&object).unwrap_or_default(),
                bytes: row.get(5)?,
            })
        })
    }

    /// How many digests are kept.
    pub fn kept_digests(&self) -> Result<u64, Error> {
        if !self.has_table("kept_objects")? {
            return Ok(0);
        }
        let count = "SELECT count(*) FROM kept_objects WHERE fingerprint IS NOT NULL";
        Ok(self.all(count, |row| row.get(0))?.first().copied().map_or(0, super::unsigned))
    }

    /// What digests hash of the objects, in the order of their URIs. Of an object that is not here it is not known.
    pub fn contents(&self) -> Result<Vec<ContentEntry>, Error> {
        if !self.has_table("log_contents")? {
            return Ok(Vec::new());
        }
        let sql = "SELECT o.uri, o.version, c.key, c.sha256, c.fault
                   FROM log_contents c JOIN objects o ON o.id = c.object ORDER BY o.uri, o.version";
        self.all(sql, |row| {
            let sha256: Option<String> = row.get(3)?;
            let content = match sha256 {
                Some(sha256) => Content::Sha256(sha256),
                None => Content::Fault(row.get::<_, Option<String>>(4)?.unwrap_or_default()),
            };
            Ok(ContentEntry { uri: row.get(0)?, version: row.get(1)?, key: row.get(2)?, content })
        })
    }

    fn has_table(&self, name: &str) -> Result<bool, Error> {
        let sql = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        self.connection.query_row(sql, [name], |row| row.get(0)).map_err(failed("read"))
    }
}

/// Keeps an object of which the entry was put before.
pub(crate) fn put_kept(change: &Transaction<'_>, kept: &KeptEntry) -> Result<(), rusqlite::Error> {
    const PLACE: &str = "SELECT id FROM objects WHERE uri = ?1 AND version = ?2";
    let object: i64 = change.prepare_cached(PLACE)?.query_row([&kept.uri, &kept.version], |row| row.get(0))?;
    change
        .prepare_cached("INSERT INTO kept_objects (object, key, fingerprint, bytes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![object, kept.key, kept.fingerprint, kept.bytes])?;
    for (name, value) in &kept.metadata {
        change
            .prepare_cached("INSERT INTO kept_object_metadata (object, name, value) VALUES (?1, ?2, ?3)")?
            .execute(params![object, name, value])?;
    }
    Ok(())
}

/// Notes the content of an object of which the entry was put before.
pub(crate) fn put_content(change: &Transaction<'_>, entry: &ContentEntry) -> Result<(), rusqlite::Error> {
    let (sha256, fault) = match &entry.content {
        Content::Sha256(sha256) => (Some(sha256), None),
        Content::Fault(fault) => (None, Some(fault)),
    };
    change
        .prepare_cached(
            "INSERT INTO log_contents (object, key, sha256, fault)
             SELECT id, ?3, ?4, ?5 FROM objects WHERE uri = ?1 AND version = ?2",
        )?
        .execute(params![entry.uri, entry.version, entry.key, sha256, fault])?;
    Ok(())
}
