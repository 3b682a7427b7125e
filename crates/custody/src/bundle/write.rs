//! Writes the tree of a bundle: files one by one, hashed as they are written, and at the end the lists and the
//! signature.
//!
//! All is staged in a hidden folder beside the target and renamed when it is whole, so nothing half-made has the final
//! name; what is given up is removed. Several files can be open at once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::error::{Error, io as io_error};
use super::key::SigningKey;
use super::manifest::{FORMAT, FileEntry, MANIFEST, Manifest, SIGNATURE, SUMS, Statement};
use super::zip::ZipWriter;
use super::{path, readme};
use crate::digest::hex;

/// The two forms of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Folder,
    Zip,
}

impl Form {
    /// The form that the name of the target asks for.
    pub fn of(target: &Path) -> Self {
        let is_zip = target.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        if is_zip { Self::Zip } else { Self::Folder }
    }
}

/// A bundle in the making. Dropped before it is finished, it leaves nothing behind.
pub struct Writer {
    target: PathBuf,
    form: Form,
    name: String,
    staging: Staging,
    files: Files,
}

/// Files that were begun; those that are whole have their entry.
type Files = Arc<Mutex<BTreeMap<String, Option<FileEntry>>>>;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    pub manifest_sha256: String,
    /// Files in the bundle, with the manifest and its signature.
    pub files: u64,
    /// Their sizes, unpacked.
    pub bytes: u64,
    /// Fingerprint of the key that signed.
    pub key: Option<String>,
}

impl Writer {
    /// Begins a bundle that will lie at `target`.
    ///
    /// # Errors
    /// If something is there already, or the folder around it can't be written to.
    pub fn create(target: &Path, form: Form) -> Result<Self, Error> {
        if target.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: target.to_owned() });
        }
        let file_name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let staging = Staging::create(target, &file_name)?;
        let name = path::name_of(&file_name);
        Ok(Self { target: target.to_owned(), form, name, staging, files: Files::default() })
    }

    /// Begins a file. It belongs to the bundle when it is finished.
    pub fn file(&self, path: &str) -> Result<FileWriter, Error> {
        if !path::is_allowed(path) || [MANIFEST, SIGNATURE].contains(&path) {
            return Err(Error::Path { path: path.to_owned() });
        }
        let mut files = lock(&self.files);
        if files.contains_key(path) {
            return Err(Error::Twice { path: path.to_owned() });
        }
        let at = self.staging.tree.join(path);
        if let Some(folder) = at.parent() {
            fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        }
        let file = File::create_new(&at).map_err(io_error("create", &at))?;
        files.insert(path.to_owned(), None);
        Ok(FileWriter {
            path: path.to_owned(),
            at,
            inner: BufWriter::with_capacity(1 << 17, file),
            hash: Sha256::new(),
            bytes: 0,
            files: Arc::clone(&self.files),
        })
    }

    /// A file of this text.
    pub fn text(&self, path: &str, text: &str) -> Result<(), Error> {
        let mut file = self.file(path)?;
        file.write_all(text.as_bytes()).map_err(io_error("write", &file.at))?;
        file.finish()?;
        Ok(())
    }

    /// The bundle's name: that of the target, without `.zip`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a file of this name.
    pub fn has(&self, path: &str) -> bool {
        lock(&self.files).contains_key(path)
    }

    /// The files that are whole, in the order of their paths.
    pub fn files(&self) -> Vec<FileEntry> {
        lock(&self.files).values().flatten().cloned().collect()
    }

    /// Writes what is about the files, packs and signs, and gives the bundle its name.
    pub fn finish(self, statement: Statement, key: Option<&SigningKey>) -> Result<Finished, Error> {
        self.text(readme::NAME, &readme::text(key.is_some()))?;
        self.text(SUMS, &sums(&self.files()))?;
        if let Some((path, _)) = lock(&self.files).iter().find(|(_, entry)| entry.is_none()) {
            return Err(Error::Unfinished { path: path.clone() });
        }
        let mut manifest = Manifest {
            format: FORMAT.to_owned(),
            name: self.name.clone(),
            key: key.map(|key| key.public().fingerprint()),
            statement,
            files: self.files(),
        };
        let whole = match self.form {
            Form::Folder => {
                let (json, signature) = signed(&manifest, key)?;
                create(&self.staging.tree.join(MANIFEST), &json)?;
                if let Some(signature) = &signature {
                    create(&self.staging.tree.join(SIGNATURE), signature)?;
                }
                (self.staging.tree.clone(), json, signature)
            }
            Form::Zip => {
                let at = self.staging.root.join("bundle.zip");
                let mut zip = ZipWriter::create(&at, &self.name)?;
                for file in &mut manifest.files {
                    file.packed = Some(zip.add(&file.path, &self.staging.tree.join(&file.path))?);
                }
                let (json, signature) = signed(&manifest, key)?;
                zip.add_stored(MANIFEST, &json)?;
                if let Some(signature) = &signature {
                    zip.add_stored(SIGNATURE, signature)?;
                }
                zip.finish()?;
                (at, json, signature)
            }
        };
        let (staged, json, signature) = whole;
        if self.target.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: self.target.clone() });
        }
        fs::rename(&staged, &self.target).map_err(io_error("rename", &self.target))?;
        let about = [Some(&json), signature.as_ref()].into_iter().flatten();
        Ok(Finished {
            manifest_sha256: hex(&Sha256::digest(&json)),
            files: manifest.files.len() as u64 + about.clone().count() as u64,
            bytes: manifest.files.iter().map(|file| file.bytes).sum::<u64>()
                + about.map(|content| content.len() as u64).sum::<u64>(),
            key: manifest.key,
        })
    }
}

fn signed(manifest: &Manifest, key: Option<&SigningKey>) -> Result<(Vec<u8>, Option<Vec<u8>>), Error> {
    let json = manifest.to_json()?;
    let signature = key.map(|key| key.sign(&json));
    Ok((json, signature))
}

/// The list that `sha256sum -c` reads.
pub(super) fn sums(files: &[FileEntry]) -> String {
    let mut list = String::new();
    for file in files.iter().filter(|file| file.path != SUMS) {
        list.push_str(&format!("{}  {}\n", file.sha256, file.path));
    }
    list
}

fn create(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(io_error("create", path))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(io_error("write", path))
}

fn lock(files: &Files) -> MutexGuard<'_, BTreeMap<String, Option<FileEntry>>> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file of a bundle in the making. It is buffered here.
pub struct FileWriter {
    path: String,
    at: PathBuf,
    inner: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    files: Files,
}

impl Write for FileWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl FileWriter {
    /// Completes the file and makes it a part of the bundle.
    pub fn finish(mut self) -> Result<FileEntry, Error> {
        self.inner.flush().map_err(io_error("write", &self.at))?;
        let sha256 = hex(&self.hash.finalize());
        let entry = FileEntry { path: self.path.clone(), bytes: self.bytes, sha256, packed: None };
        lock(&self.files).insert(self.path, Some(entry.clone()));
        Ok(entry)
    }

    /// Where it is staged, for words about errors.
    pub(super) fn at(&self) -> &Path {
        &self.at
    }
}

/// The hidden folder beside the target.
struct Staging {
    root: PathBuf,
    tree: PathBuf,
}

impl Staging {
    fn create(target: &Path, file_name: &str) -> Result<Self, Error> {
        let beside = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut number = 0;
        loop {
            let root = beside.join(format!(".{file_name}.unfinished-{number}"));
            match fs::create_dir(&root) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
                Err(error) => return Err(io_error("create", &root)(error)),
                Ok(()) => {
                    let staging = Self { tree: root.join("tree"), root };
                    fs::create_dir(&staging.tree).map_err(io_error("create", &staging.tree))?;
                    return Ok(staging);
                }
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // A folder that can't be removed is hidden and says by its name what it is.
        let _ = fs::remove_dir_all(&self.root);
    }
}
