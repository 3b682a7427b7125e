//! A folder or a file as an [`Archive`]: a local copy of a bucket, or logs that never were in one.
//!
//! Keys are paths within the folder, in the order S3 would list them. No link leads out of the folder: linked folders
//! are not entered, linked files are read only if they lie inside; pipes, sockets and devices are passed over. All
//! file access happens on blocking threads. Paths are those of Unix: bytes, not necessarily UTF-8.

mod buffers;
mod readers;
mod walk;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;

use crate::{Archive, Depth, Error, Fetched, ObjectMeta, Page, percent};
use buffers::Buffers;
use readers::Readers;
use walk::Walk;

pub(crate) struct LocalArchive {
    root: String,
    path: PathBuf,
    kind: Kind,
    readers: Arc<Readers>,
    buffers: Arc<Buffers>,
}

enum Kind {
    Folder,
    /// Its key, which is its name.
    File(String),
}

impl LocalArchive {
    pub(crate) async fn open_uri(uri: &str) -> Result<Self, Error> {
        let Some(path) = path_of(uri) else {
            return Err(bad_source(uri, "only local files can be read as `file://`"));
        };
        Self::open_path(path).await
    }

    pub(crate) async fn open(path: &str) -> Result<Self, Error> {
        if path.is_empty() {
            return Err(bad_source(path, "it is empty"));
        }
        Self::open_path(PathBuf::from(path)).await
    }

    async fn open_path(given: PathBuf) -> Result<Self, Error> {
        let shown = given.display().to_string();
        let absolute = std::path::absolute(&given).map_err(|error| failure(shown.clone(), error))?;
        // Without a slash at the end, and without `.` in between; `..` stays, for it may follow a link.
        let path: PathBuf = absolute.components().collect();
        let looked_up = path.clone();
        let metadata = blocking(&shown, move || std::fs::metadata(looked_up)).await?;
        let metadata = metadata.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => no_such_source(&shown, error),
            _ => failure(shown.clone(), error),
        })?;
        let kind = if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_file() {
            Kind::File(path.file_name().map(|name| key_of_name(name.as_bytes())).unwrap_or_default())
        } else {
            return Err(bad_source(&shown, "it is neither a folder nor a file"));
        };
        Ok(Self { root: uri_of(&path), path, kind, readers: Arc::default(), buffers: Arc::default() })
    }

    async fn list_pages(&self, prefix: &str, depth: Depth, pages: Sender<Page>) -> Result<(), Error> {
        let (path, prefix) = (self.path.clone(), prefix.to_owned());
        match &self.kind {
            Kind::Folder => blocking(&self.root, move || Walk::new(path, prefix, depth).send(&pages)).await?,
            Kind::File(key) => {
                let key = key.clone();
                blocking(&self.root, move || list_file(&path, key, &prefix, &pages)).await?
            }
        }
    }

    async fn fetch(&self, object: &ObjectMeta) -> Result<Fetched, Error> {
        let path = path_of(&object.uri).filter(|path| self.holds(path));
        let path = path.ok_or_else(|| Error::Other {
            uri: object.uri.clone(),
            hint: None,
            source: Some(format!("it is no part of `{}`", self.root).into()),
        })?;
        let listed = object.clone();
        let buffers = Arc::clone(&self.buffers);
        let read = self.readers.run(move || read(&path, &listed, &buffers)).await;
        let stopped =
            || Error::Other { uri: object.uri.clone(), hint: None, source: Some("its reading broke off".into()) };
        let bytes = read.ok_or_else(stopped)??;
        Ok(Fetched { bytes, etag: None, version_id: None, metadata: BTreeMap::new() })
    }

    fn holds(&self, path: &Path) -> bool {
        let Ok(within) = path.strip_prefix(&self.path) else { return false };
        within.components().all(|component| matches!(component, Component::Normal(_)))
    }
}

impl Archive for LocalArchive {
    fn root(&self) -> &str {
        &self.root
    }

    fn prefix(&self) -> &str {
        match &self.kind {
            Kind::Folder => "",
            Kind::File(key) => key,
        }
    }

    fn list<'a>(&'a self, prefix: &'a str, depth: Depth, pages: Sender<Page>) -> BoxFuture<'a, Result<(), Error>> {
        self.list_pages(prefix, depth, pages).boxed()
    }

    fn get<'a>(&'a self, object: &'a ObjectMeta) -> BoxFuture<'a, Result<Fetched, Error>> {
        self.fetch(object).boxed()
    }
}

fn list_file(path: &Path, key: String, prefix: &str, pages: &Sender<Page>) -> Result<(), Error> {
    let metadata = std::fs::metadata(path).map_err(|error| failure(uri_of(path), error))?;
    if key.starts_with(prefix) {
        let page = Page { objects: vec![object(path, key, &metadata)], prefixes: Vec::new() };
        // Nobody receives any more: there is nothing left to do either way.
        let _ = pages.blocking_send(page);
    }
    Ok(())
}

fn object(path: &Path, key: String, metadata: &Metadata) -> ObjectMeta {
    ObjectMeta {
        uri: uri_of(path),
        key,
        size_bytes: metadata.len(),
        etag: None,
        version_id: None,
        last_modified_micros: last_modified_micros(metadata),
        storage_class: None,
    }
}

fn read(path: &Path, listed: &ObjectMeta, buffers: &Arc<Buffers>) -> Result<Bytes, Error> {
    let fail = |error| failure_of_object(&listed.uri, error);
    let file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    let changed = |how: String| Error::Changed { uri: listed.uri.clone(), source: Some(how.into()) };
    if metadata.len() != listed.size_bytes {
        return Err(changed(format!("it had {} bytes and now has {}", listed.size_bytes, metadata.len())));
    }
    if last_modified_micros(&metadata) != listed.last_modified_micros {
        return Err(changed("it was written to".to_owned()));
    }
    let bytes = buffers.fill(file, listed.size_bytes).map_err(fail)?;
    if bytes.len() as u64 != listed.size_bytes {
        return Err(changed("it was written to while it was read".to_owned()));
    }
    Ok(bytes)
}

async fn blocking<T: Send + 'static>(uri: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = spawn_blocking(work).await;
    done.map_err(|error| Error::Other { uri: uri.to_owned(), hint: None, source: Some(Box::new(error)) })
}

fn last_modified_micros(metadata: &Metadata) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).ok(),
        Err(before) => i64::try_from(before.duration().as_micros()).ok().map(|micros| -micros),
    }
}

/// A name as a part of a key: as it is, or percent-encoded if it is not UTF-8.
fn key_of_name(name: &[u8]) -> String {
    let mut key = String::new();
    let is_text = std::str::from_utf8(name).is_ok();
    percent::encode_into(&mut key, name, |byte| !is_text && byte == b'%');
    key
}

fn uri_of(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    let needs_it = |byte: u8| matches!(byte, b' ' | b'%' | b'#' | b'?') || byte.is_ascii_control();
    percent::encode_into(&mut uri, path.as_os_str().as_bytes(), needs_it);
    uri
}

/// The absolute path a `file:///…` URI names.
fn path_of(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once("://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let is_local = scheme.eq_ignore_ascii_case("file") && rest.starts_with('/');
    is_local.then(|| PathBuf::from(OsString::from_vec(percent::decode(rest))))
}

fn bad_source(given: &str, reason: &str) -> Error {
    Error::BadSource {
        uri: given.to_owned(),
        reason: reason.to_owned(),
        hint: Some("give a bucket as `s3://BUCKET/PREFIX`, or the path of a folder or a file".to_owned()),
    }
}

fn no_such_source(given: &str, error: io::Error) -> Error {
    let hint = if given.starts_with("s3:") || given.starts_with("arn:") {
        "give a bucket as `s3://BUCKET/PREFIX`"
    } else {
        "check the path; a bucket is given as `s3://BUCKET/PREFIX`"
    };
    Error::NoSuchSource { uri: given.to_owned(), hint: Some(hint.to_owned()), source: Some(Box::new(error)) }
}

fn failure_of_object(uri: &str, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::NotFound { uri: uri.to_owned(), source: Some(Box::new(error)) };
    }
    failure(uri.to_owned(), error)
}

fn failure(uri: String, error: io::Error) -> Error {
    let is_denial = error.kind() == io::ErrorKind::PermissionDenied;
    let source = Some(error.into());
    if is_denial {
        let hint = Some("run as a user who may read it, or change its permissions".to_owned());
        return Error::Denied { uri, hint, source };
    }
    Error::Other { uri, hint: None, source }
}
