//! Opening a lake, changing it, and putting it right after a run that was killed.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{Schema, SchemaRef};
use parquet::file::properties::WriterProperties;
use rusqlite::params;

use crate::error::{Error, io, manifest as failed};
use crate::layout::{LOCK, MANIFEST, Partition, STAGING};
use crate::manifest::{self, ContentEntry, KeptEntry, Manifest, ObjectEntry, ObjectStatus, RejectEntry};
use crate::part::{PartWriter, Staged};

/// A lake opened for reading.
pub struct Lake {
    root: PathBuf,
    manifest: Manifest,
}

impl Lake {
    /// Whether a folder has the manifest of a lake. What is in it is not looked at.
    pub fn is_at(root: &Path) -> bool {
        root.join(MANIFEST).is_file()
    }

    /// Opens a lake for reading. If a killed run left something to finish and nobody is writing, it is finished
    /// first.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let path = root.join(MANIFEST);
        if !path.is_file() {
            return Err(Error::Missing { path: root.to_path_buf() });
        }
        let manifest = Manifest::open_read_only(&path)?;
        if !manifest.staged_parts()?.is_empty() {
            drop(manifest);
            // On read-only media or beside a writer this can't be done, and then the staged names are read.
            drop(Writer::open(root));
            return Ok(Self { root: root.to_path_buf(), manifest: Manifest::open_read_only(&path)? });
        }
        Ok(Self { root: root.to_path_buf(), manifest })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where a live part's bytes are now, relative to the lake: its own path, or the staged one if a killed run left
    /// it so and the lake can't be written.
    pub fn current_path(&self, path: &str) -> Result<String, Error> {
        if self.root.join(path).is_file() {
            return Ok(path.to_owned());
        }
        let staged = self.manifest.staged_parts()?.into_iter().find(|(_, last)| last == path);
        Ok(staged.map_or_else(|| path.to_owned(), |(staged, _)| staged))
    }
}

/// A lake opened for writing. Only one process can hold it.
pub struct Writer {
    root: PathBuf,
    manifest: Manifest,
    stager: Stager,
    /// Held, and by that locked, for as long as the writer lives.
    _lock: File,
}

/// Begins parts under staging names. Belongs to a [`Writer`] and is of no use after it.
#[derive(Clone, Debug)]
pub struct Stager {
    root: PathBuf,
    count: Arc<AtomicU64>,
}

impl Stager {
    /// Where a live part lies.
    pub fn path(&self, part: &str) -> PathBuf {
        self.root.join(part)
    }

    /// A part of this schema. The batches it will be given have the schema `brought`: the same, or one where texts are
    /// bytes that are known to be UTF-8.
    pub fn part(
        &self,
        partition: Partition,
        schema: SchemaRef,
        brought: &Schema,
        properties: WriterProperties,
    ) -> Result<PartWriter, Error> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let staged = format!("{STAGING}/part-{number}.parquet");
        PartWriter::create(&self.root, staged, partition, schema, brought, properties)
    }
}

/// A correction of an object's counts: rows of it that are now credited to another carrier, or the reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub uri: String,
    pub sha256: String,
    pub rows: i64,
    pub folded: i64,
}

/// What one transaction records.
#[derive(Debug, Default)]
pub struct Commit {
    pub objects: Vec<(ObjectEntry, Vec<RejectEntry>)>,
    pub parts: Vec<Staged>,
    /// Paths of live parts that the new ones replace.
    pub replaced: Vec<String>,
    pub changes: Vec<Change>,
    /// Objects of this commit that are kept whole.
    pub kept: Vec<KeptEntry>,
    /// What digests hash of objects of this commit.
    pub contents: Vec<ContentEntry>,
}

impl Writer {
    /// Opens or makes a lake, takes its lock, and recovers it.
    pub fn open(root: &Path) -> Result<Self, Error> {
        if root.exists() && !root.join(MANIFEST).exists() && !is_vacant(root)? {
            return Err(Error::NotALake { path: root.to_path_buf() });
        }
        fs::create_dir_all(root.join(STAGING)).map_err(io("create", root))?;
        let lock_path = root.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(io("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: root.to_path_buf() }),
            Err(TryLockError::Error(source)) => return Err(io("lock", &lock_path)(source)),
        }
        let manifest = Manifest::open(&root.join(MANIFEST))?;
        let stager = Stager { root: root.to_path_buf(), count: Arc::new(AtomicU64::new(0)) };
        let writer = Self { root: root.to_path_buf(), manifest, stager, _lock: lock };
        writer.recover()?;
        writer.check_parts()?;
        Ok(writer)
    }

    /// An error if a live part is gone, or has another size than it was committed with: a lake that has lost rows is not
    /// added to as if it were whole. Its bytes are not read for this.
    fn check_parts(&self) -> Result<(), Error> {
        for part in self.manifest.parts()? {
            let path = self.root.join(&part.path);
            let what = match fs::metadata(&path) {
                Ok(file) if file.len() == part.size_bytes => continue,
                Ok(file) => format!("has {} bytes and had {}", file.len(), part.size_bytes),
                Err(error) if error.kind() == ErrorKind::NotFound => "is gone".to_owned(),
                Err(error) => return Err(io("read", &path)(error)),
            };
            return Err(Error::DamagedPart { path, what });
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A folder for files that do not outlive the run.
    pub fn scratch(&self) -> PathBuf {
        self.root.join(STAGING)
    }

    /// What begins parts, for use by several threads at once.
    pub fn stager(&self) -> Stager {
        self.stager.clone()
    }

    /// Makes a change: all of it or none.
    pub fn commit(&mut self, mut commit: Commit) -> Result<(), Error> {
        commit.parts.iter_mut().try_for_each(|part| part.wait(&self.root))?;
        sync_folder(&self.root.join(STAGING))?;
        let kept: HashSet<&str> = commit.parts.iter().map(|part| part.entry.path.as_str()).collect();
        let live: HashSet<String> = self.manifest.parts()?.into_iter().map(|part| part.path).collect();
        let change = self.manifest.transaction()?;
        let record = || -> Result<(), rusqlite::Error> {
            for path in commit.replaced.iter().filter(|path| !kept.contains(path.as_str())) {
                change.execute("DELETE FROM parts WHERE path = ?1", [path])?;
            }
            // A part whose content did not change is live already under the same name.
            for part in commit.parts.iter().filter(|part| !live.contains(&part.entry.path)) {
                manifest::put_part(&change, &part.entry, &part.staged)?;
            }
            // What failed gives way to a later entry of its URI, so what was read of it in the same commit comes later.
            let is_failed = |(object, _): &&(ObjectEntry, _)| object.status == ObjectStatus::Failed;
            let failed = commit.objects.iter().filter(is_failed);
            for (object, rejects) in failed.chain(commit.objects.iter().filter(|entry| !is_failed(entry))) {
                let id = manifest::put_object(&change, object)?;
                for reject in rejects {
                    manifest::put_reject(&change, id, reject)?;
                }
            }
            for kept in &commit.kept {
                manifest::put_kept(&change, kept)?;
            }
            for content in &commit.contents {
                manifest::put_content(&change, content)?;
            }
            for Change { uri, sha256, rows, folded } in &commit.changes {
                change
                    .prepare_cached(
                        "UPDATE objects SET rows = rows + ?3, folded = folded + ?4 WHERE id =
                         (SELECT min(id) FROM objects WHERE uri = ?1 AND sha256 = ?2)",
                    )?
                    .execute(params![uri, sha256, rows, folded])?;
            }
            Ok(())
        };
        record().map_err(failed("change"))?;
        change.commit().map_err(failed("change"))?;
        self.place()?;
        for part in commit.parts.iter().filter(|part| live.contains(&part.entry.path)) {
            remove(&self.root.join(&part.staged))?;
        }
        for path in commit.replaced.iter().filter(|path| !kept.contains(path.as_str())) {
            remove(&self.root.join(path))?;
        }
        // Only now is the commit over: until then the next opening finishes it, so that a folder never keeps a replaced
        // part beside its successor for other readers to count twice.
        self.manifest.settle_parts()
    }

    /// Renames committed parts into place.
    fn place(&self) -> Result<(), Error> {
        let mut folders = HashSet::new();
        for (staged, path) in self.manifest.staged_parts()? {
            let (from, to) = (self.root.join(staged), self.root.join(path));
            if !from.is_file() && to.is_file() {
                continue;
            }
            let folder = to.parent().unwrap_or(&self.root).to_path_buf();
            fs::create_dir_all(&folder).map_err(io("create", &folder))?;
            fs::rename(&from, &to).map_err(io("rename", &from))?;
            folders.insert(folder);
        }
        for folder in folders {
            sync_folder(&folder)?;
        }
        Ok(())
    }

    /// Finishes the renames of committed parts and deletes what no commit names.
    fn recover(&self) -> Result<(), Error> {
        self.place()?;
        let staging = self.root.join(STAGING);
        for entry in fs::read_dir(&staging).map_err(io("read", &staging))?.flatten() {
            remove(&entry.path())?;
        }
        let parts = self.manifest.parts()?;
        let live: HashSet<PathBuf> = parts.iter().map(|part| self.root.join(&part.path)).collect();
        for entry in fs::read_dir(&self.root).map_err(io("read", &self.root))?.flatten() {
            if entry.path().is_dir() && entry.file_name() != STAGING {
                remove_orphans(&entry.path(), &live)?;
            }
        }
        self.manifest.settle_parts()
    }
}

/// Deletes part files that no commit names. Only files named as parts are touched.
fn remove_orphans(folder: &Path, live: &HashSet<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(io("read", folder))?.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let is_part = is_named_as_part(&name.to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => remove_orphans(&path, live)?,
            Ok(kind) if kind.is_file() && is_part && !live.contains(&path) => remove(&path)?,
            _ => {}
        }
    }
    Ok(())
}

/// Whether a file's name is one that a part could have.
pub(crate) fn is_named_as_part(name: &str) -> bool {
    name.starts_with("part-") && Path::new(name).extension().is_some_and(|ending| ending == "parquet")
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io("remove", path)(error)),
    }
}

/// A rename or a new file is durable only when its folder is synced.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(io("sync", folder))
}

/// An existing folder that holds nothing yet, or only what a killed first run left.
fn is_vacant(root: &Path) -> Result<bool, Error> {
    let mut entries = fs::read_dir(root).map_err(io("read", root))?.flatten();
    Ok(entries.all(|entry| entry.file_name() == LOCK || entry.file_name() == STAGING))
}
