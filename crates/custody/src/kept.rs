//! An archive as it was kept when it was read: digests and sidecars whole, of log files the hash of their content and no
//! more. That is all a verification asks of them, so what was read once can be verified without the archive.
//!
//! It can't be told here whether an object that a digest names was not in the archive, or was left out when that was read.
//! Not responsible for where this is kept: the caller fills it in.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use eksamine_archive::{Archive, Depth, Error, Fetched, ObjectMeta, Page};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc::Sender;

use crate::digest::Hash;

/// Events that may tell why a trail has a gap: of `cloudtrail.amazonaws.com`, and without an error.
pub const TELLING_EVENTS: [&str; 3] = ["StopLogging", "DeleteTrail", "UpdateTrail"];

/// One object as it was kept.
#[derive(Clone, Debug)]
pub struct KeptObject {
    /// `s3://bucket/key`, or `file:///…`. One object of each URI.
    pub uri: String,
    /// As the archive gave it; none if that is not known any more.
    pub key: Option<String>,
    pub size_bytes: u64,
    /// Of its bytes as they lay in the archive, in lower case hexadecimal. None if they could not be had.
    pub sha256: Option<String>,
    pub held: Held,
}

/// What of an object was kept.
#[derive(Clone, Debug)]
pub enum Held {
    /// Its bytes and its metadata: a digest, or a sidecar.
    Whole { bytes: Bytes, metadata: BTreeMap<String, String> },
    /// The SHA-256 of its content after gunzip, or what is wrong with its form: a log file.
    Content(Result<Hash, String>),
    /// Nothing, and why.
    Nothing(String),
}

/// The kept objects of one bucket, or of one folder.
#[derive(Clone, Debug)]
pub struct KeptArchive {
    root: String,
    /// By key.
    objects: BTreeMap<String, KeptObject>,
    /// Records of [`TELLING_EVENTS`] as they were logged, in JSON.
    pub records: Vec<String>,
}

/// What the URI of a file begins with.
const FILES: &str = "file://";

impl KeptArchive {
    /// Divides objects into the archives they are of: one for each bucket, and one for each folder that was read.
    pub fn divide(objects: impl IntoIterator<Item = KeptObject>, records: &[String]) -> Vec<Self> {
        let mut archives: BTreeMap<String, BTreeMap<String, KeptObject>> = BTreeMap::new();
        let mut strays = Vec::new();
        for object in objects {
            match place(&object) {
                Some((root, key)) => {
                    archives.entry(root).or_default().insert(key, object);
                }
                None => strays.push(object),
            }
        }
        // What lies in a folder that others were read from is of that folder.
        for object in strays {
            let root = archives.keys().rev().find(|root| object.uri.starts_with(root.as_str())).cloned();
            let root = root.unwrap_or_else(|| format!("{FILES}/"));
            let key = object.uri.get(root.len()..).unwrap_or_default().trim_start_matches('/').to_owned();
            archives.entry(root).or_default().insert(key, object);
        }
        let archive = |(root, objects)| Self { root, objects, records: records.to_vec() };
        archives.into_iter().map(archive).collect()
    }

    /// What was kept of an object in place of its bytes, if it was not kept whole.
    pub(crate) fn content(&self, object: &ObjectMeta) -> Option<Result<&Result<Hash, String>, &str>> {
        match &self.objects.get(&object.key)?.held {
            Held::Whole { .. } => None,
            Held::Content(content) => Some(Ok(content)),
            Held::Nothing(why) => Some(Err(why)),
        }
    }

    /// The SHA-256 of an object as it lay in the archive.
    pub(crate) fn sha256(&self, object: &ObjectMeta) -> Option<String> {
        self.objects.get(&object.key)?.sha256.clone()
    }

    fn page(&self, prefix: &str, depth: Depth) -> Page {
        let mut page = Page::default();
        let mut folders = BTreeSet::new();
        let below = self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        for (key, object) in below {
            let rest = key.get(prefix.len()..).unwrap_or_default();
            match rest.find('/').filter(|_| depth == Depth::Level) {
                Some(length) => {
                    folders.insert(format!("{prefix}{}", rest.get(..=length).unwrap_or_default()));
                }
                None => page.objects.push(ObjectMeta {
                    uri: object.uri.clone(),
                    key: key.clone(),
                    size_bytes: object.size_bytes,
                    etag: None,
                    version_id: None,
                    last_modified_micros: None,
                    storage_class: None,
                }),
            }
        }
        page.prefixes = folders.into_iter().collect();
        page
    }
}

/// Root and key of an object: of a bucket its URI tells them, of a folder its key does. A file's URI has as many names as
/// its path, though characters are written otherwise in it.
fn place(object: &KeptObject) -> Option<(String, String)> {
    if object.uri.starts_with(FILES) {
        let key = object.key.as_ref()?;
        let names = key.matches('/').count() + 1;
        let begin = object.uri.rmatch_indices('/').nth(names - 1).map(|(at, _)| at)?;
        return Some((object.uri.get(..=begin)?.to_owned(), key.clone()));
    }
    let scheme = object.uri.find("://").map_or(0, |at| at + 3);
    let bucket = object.uri.get(scheme..).and_then(|rest| rest.find('/'));
    let (root, key) = object.uri.split_at(bucket.map_or(object.uri.len(), |length| scheme + length));
    Some((root.to_owned(), key.strip_prefix('/').unwrap_or(key).to_owned()))
}

impl Archive for KeptArchive {
    fn root(&self) -> &str {
        &self.root
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    fn list<'a>(&'a self, prefix: &'a str, depth: Depth, pages: Sender<Page>) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            // Nobody receives any more: then nobody wants to know.
            let _ = pages.send(self.page(prefix, depth)).await;
            Ok(())
        }
        .boxed()
    }

    fn get<'a>(&'a self, object: &'a ObjectMeta) -> BoxFuture<'a, Result<Fetched, Error>> {
        let fetched = match self.objects.get(&object.key).map(|kept| &kept.held) {
            Some(Held::Whole { bytes, metadata }) => {
                Ok(Fetched { bytes: bytes.clone(), etag: None, version_id: None, metadata: metadata.clone() })
            }
            _ => Err(Error::Other {
                uri: object.uri.clone(),
                hint: None,
                source: Some("its bytes were not kept when it was read".into()),
            }),
        };
        futures::future::ready(fetched).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(objects: &[(&str, Option<&str>)]) -> Vec<KeptArchive> {
        let object = |(uri, key): &(&str, Option<&str>)| KeptObject {
            uri: (*uri).to_owned(),
            key: key.map(ToOwned::to_owned),
            size_bytes: 1,
            sha256: None,
            held: Held::Nothing("not asked for".to_owned()),
        };
        KeptArchive::divide(objects.iter().map(object), &[])
    }

    #[test]
    fn each_bucket_is_an_archive_and_each_folder_that_was_read() {
        let archives = kept(&[
            ("s3://b/x/y", Some("x/y")),
            ("file:///one/a%20b/x", Some("a b/x")),
            ("s3://a", None),
            ("file:///two/x", Some("x")),
            ("s3://b/x", None),
            ("file:///two/y/z", None),
            ("file:///three/x", None),
        ]);
        let told = |archive: &KeptArchive| {
            let keys: Vec<&str> = archive.objects.keys().map(String::as_str).collect();
            format!("{} {}", archive.root(), keys.join(" "))
        };
        assert_eq!(
            archives.iter().map(told).collect::<Vec<_>>(),
            ["file:/// three/x", "file:///one/ a b/x", "file:///two/ x y/z", "s3://a ", "s3://b x x/y",]
        );
    }

    #[test]
    fn a_level_is_listed_as_an_archive_lists_it() {
        let uris = ["s3://b/a/1", "s3://b/a/b/2", "s3://b/a/b/3", "s3://b/a/c/4", "s3://b/ab"];
        let archive = kept(&uris.map(|uri| (uri, None))).remove(0);
        let keys = |page: &Page| page.objects.iter().map(|object| object.key.clone()).collect::<Vec<_>>();
        let level = archive.page("a/", Depth::Level);
        assert_eq!(
            (keys(&level), level.prefixes),
            (vec!["a/1".to_owned()], vec!["a/b/".to_owned(), "a/c/".to_owned()])
        );
        let all = archive.page("a/b", Depth::All);
        assert_eq!((keys(&all), all.prefixes.len()), (vec!["a/b/2".to_owned(), "a/b/3".to_owned()], 0));
    }
}
