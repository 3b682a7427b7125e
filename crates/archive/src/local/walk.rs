//! The listing of a folder, in the order of keys, page by page.
//!
//! A folder sorts as its key with a slash, as S3 sorts the keys below it: `a.txt` comes before `a/b`. One folder that
//! cannot be read does not hide the others: the walk goes on and tells about the first such folder at the end.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::Sender;

use super::{failure, key_of_name, object, uri_of};
use crate::{Depth, Error, Page};

const PAGE_ENTRIES: usize = 1000;

pub(super) struct Walk {
    root: PathBuf,
    /// The root with all links resolved, once a link has been met.
    real_root: Option<PathBuf>,
    prefix: String,
    depth: Depth,
    page: Page,
    failed: Option<Error>,
}

/// A name met on the way. A folder's key ends in `/`.
struct Entry {
    key: String,
    path: PathBuf,
    is_folder: bool,
}

/// Nobody receives the pages any more.
struct Abandoned;

impl Walk {
    pub fn new(root: PathBuf, prefix: String, depth: Depth) -> Self {
        Self { root, real_root: None, prefix, depth, page: Page::default(), failed: None }
    }

    pub fn send(mut self, pages: &Sender<Page>) -> Result<(), Error> {
        if self.walk(pages).is_err() {
            return Ok(());
        }
        self.failed.map_or(Ok(()), Err)
    }

    fn walk(&mut self, pages: &Sender<Page>) -> Result<(), Abandoned> {
        let root = self.root.clone();
        let mut ahead = self.entries(&root, "");
        while let Some(entry) = ahead.pop() {
            if !entry.is_folder {
                self.add_object(entry);
            } else if self.depth == Depth::Level && entry.key.starts_with(&self.prefix) && entry.key != self.prefix {
                self.page.prefixes.push(entry.key);
            } else {
                ahead.extend(self.entries(&entry.path, &entry.key));
            }
            if self.page.objects.len() + self.page.prefixes.len() == PAGE_ENTRIES {
                self.flush(pages)?;
            }
        }
        self.flush(pages)
    }

    /// What lies in a folder and can matter to the listing, the last first.
    fn entries(&mut self, folder: &Path, key: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        match fs::read_dir(folder) {
            Ok(names) => {
                for name in names {
                    match name.and_then(|name| self.entry(&name, key)) {
                        Ok(entry) => entries.extend(entry),
                        Err(error) => self.fail(folder, error),
                    }
                }
            }
            Err(error) => self.fail(folder, error),
        }
        entries.sort_unstable_by(|one, other| other.key.cmp(&one.key));
        entries
    }

    fn entry(&mut self, name: &fs::DirEntry, folder_key: &str) -> io::Result<Option<Entry>> {
        let file_type = match name.file_type() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file_type => file_type?,
        };
        let is_folder = file_type.is_dir();
        let slash = if is_folder { "/" } else { "" };
        let key = format!("{folder_key}{}{slash}", key_of_name(name.file_name().as_bytes()));
        let leads_there = key.starts_with(&self.prefix) || (is_folder && self.prefix.starts_with(&key));
        let path = name.path();
        let is_readable = is_folder || file_type.is_file() || (file_type.is_symlink() && self.stays_inside(&path));
        Ok((leads_there && is_readable).then_some(Entry { key, path, is_folder }))
    }

    /// Whether a link leads to a file inside the folder. One that leads nowhere does not.
    fn stays_inside(&mut self, link: &Path) -> bool {
        let Ok(target) = link.canonicalize() else { return false };
        if self.real_root.is_none() {
            self.real_root = self.root.canonicalize().ok();
        }
        target.is_file() && self.real_root.as_ref().is_some_and(|root| target.starts_with(root))
    }

    fn add_object(&mut self, entry: Entry) {
        match fs::metadata(&entry.path) {
            Ok(metadata) => self.page.objects.push(object(&entry.path, entry.key, &metadata)),
            // Deleted since its folder was read: as if it had never been there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.fail(&entry.path, error),
        }
    }

    fn fail(&mut self, path: &Path, error: io::Error) {
        self.failed.get_or_insert_with(|| failure(uri_of(path), error));
    }

    fn flush(&mut self, pages: &Sender<Page>) -> Result<(), Abandoned> {
        let page = std::mem::take(&mut self.page);
        if page.objects.is_empty() && page.prefixes.is_empty() {
            return Ok(());
        }
        pages.blocking_send(page).map_err(|_| Abandoned)
    }
}
