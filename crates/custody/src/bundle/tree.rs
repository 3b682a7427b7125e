//! The files of a bundle that is to be checked, wherever they lie. What is no plain file under an allowed name is not
//! opened, and told.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::bufread::DeflateDecoder;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::error::{Error, io as io_error};
use super::manifest::{MANIFEST, Packing};
use super::path;
use super::zip::{Fault, Zip};

/// The files of a bundle by their paths.
pub struct Tree {
    pub files: BTreeMap<String, Section>,
    /// The folder at the top of a zip.
    pub top: Option<String>,
    pub flaws: Vec<Flaw>,
}

/// Something that does not belong into a bundle.
pub struct Flaw {
    pub path: String,
    pub kind: FlawKind,
    pub detail: String,
}

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// No plain file, or under a name that no file of a bundle has.
    Foreign,
    /// The zip is not as it was packed.
    Packing,
}

/// Where the bytes of a file lie.
#[derive(Clone, Debug)]
pub struct Section {
    at: PathBuf,
    offset: u64,
    packed_bytes: u64,
    packing: Packing,
    /// CRC-32 of the content, as the zip states it.
    pub crc32: Option<u32>,
}

impl Tree {
    /// # Errors
    /// If there is no bundle at all, or it can't be read.
    pub fn open(at: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(at).map_err(io_error("read", at))?;
        if metadata.is_dir() {
            return Self::of_folder(at);
        }
        let mut magic = [0; 2];
        let begins = File::open(at).and_then(|mut file| file.read_exact(&mut magic));
        if begins.is_err() || &magic != b"PK" {
            let reason = "it is neither a folder nor a zip".to_owned();
            return Err(Error::NoBundle { path: at.to_owned(), reason });
        }
        match Zip::open(at) {
            Ok(zip) => Ok(Self::of_zip(at, zip)),
            Err(Fault::Io(error)) => Err(io_error("read", at)(error)),
            Err(Fault::Form(detail)) => {
                let detail = format!(
                    "{detail}: it was changed, or packed by another program; extracted, it can be checked as a folder"
                );
                let flaw = Flaw { path: String::new(), kind: FlawKind::Packing, detail };
                Ok(Self { files: BTreeMap::new(), top: None, flaws: vec![flaw] })
            }
        }
    }

    fn of_zip(at: &Path, zip: Zip) -> Self {
        let section = |entry: super::zip::ZipEntry| {
            let section = Section {
                at: at.to_owned(),
                offset: entry.offset,
                packed_bytes: entry.packed_bytes,
                packing: entry.packing,
                crc32: Some(entry.crc32),
            };
            (entry.path, section)
        };
        let flaws = zip.flaws.into_iter();
        Self {
            files: zip.entries.into_iter().map(section).collect(),
            top: Some(zip.top),
            flaws: flaws.map(|(path, detail)| Flaw { path, kind: FlawKind::Packing, detail }).collect(),
        }
    }

    fn of_folder(root: &Path) -> Result<Self, Error> {
        if root.join(MANIFEST).symlink_metadata().is_err() {
            let reason = format!("the folder has no `{MANIFEST}`");
            return Err(Error::NoBundle { path: root.to_owned(), reason });
        }
        let mut tree = Self { files: BTreeMap::new(), top: None, flaws: Vec::new() };
        let mut folders = vec![(root.to_owned(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(io_error("list", &folder))?;
            let mut is_empty = true;
            for entry in entries {
                let entry = entry.map_err(io_error("list", &folder))?;
                is_empty = false;
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let kind = entry.file_type().map_err(io_error("read", &entry.path()))?;
                let foreign =
                    |detail: &str| Flaw { path: path.clone(), kind: FlawKind::Foreign, detail: detail.to_owned() };
                if kind.is_symlink() {
                    tree.flaws.push(foreign("a symbolic link, which was not followed"));
                } else if !path::is_allowed(&path) {
                    tree.flaws.push(foreign("a name that nothing in a bundle has; it was not looked into"));
                } else if kind.is_dir() {
                    folders.push((entry.path(), format!("{path}/")));
                } else if kind.is_file() {
                    let bytes = entry.metadata().map_err(io_error("read", &entry.path()))?.len();
                    tree.files.insert(path, Section::whole(entry.path(), bytes));
                } else {
                    tree.flaws.push(foreign("neither a file nor a folder"));
                }
            }
            if is_empty {
                let path = prefix.trim_end_matches('/').to_owned();
                tree.flaws.push(Flaw { path, kind: FlawKind::Foreign, detail: "an empty folder".to_owned() });
            }
        }
        tree.flaws.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// All of a small file.
    pub fn small(&self, path: &str, most_bytes: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(section) = self.files.get(path) else { return Ok(None) };
        let mut content = Vec::new();
        section.content()?.take(most_bytes.saturating_add(1)).read_to_end(&mut content)?;
        if content.len() as u64 > most_bytes {
            return Err(io::Error::other(format!("it is longer than {most_bytes} bytes")));
        }
        Ok(Some(content))
    }
}

impl Section {
    fn whole(at: PathBuf, bytes: u64) -> Self {
        Self { at, offset: 0, packed_bytes: bytes, packing: Packing::Stored, crc32: None }
    }

    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Bytes it takes where it lies.
    pub fn packed_bytes(&self) -> u64 {
        self.packed_bytes
    }

    /// The bytes as they lie.
    pub fn packed(&self) -> io::Result<io::Take<File>> {
        let mut file = File::open(&self.at)?;
        file.seek(SeekFrom::Start(self.offset))?;
        Ok(file.take(self.packed_bytes))
    }

    /// The content. It may be longer than anybody says: a reader has to take what it expects and no more.
    pub fn content(&self) -> io::Result<Box<dyn Read + Send>> {
        let packed = BufReader::with_capacity(1 << 16, self.packed()?);
        Ok(match self.packing {
            Packing::Stored => Box::new(packed),
            Packing::Deflated => Box::new(DeflateDecoder::new(packed)),
        })
    }
}

/// Parquet is read at any place, so it has to be stored; the reader of the zip sees to that.
impl Length for Section {
    fn len(&self) -> u64 {
        self.packed_bytes
    }
}

impl ChunkReader for Section {
    type T = BufReader<io::Take<File>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let left = self.packed_bytes.saturating_sub(start);
        let mut file = File::open(&self.at)?;
        file.seek(SeekFrom::Start(self.offset + start))?;
        Ok(BufReader::new(file.take(left)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let left = self.packed_bytes.saturating_sub(start);
        if length as u64 > left {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are past the end")));
        }
        let mut bytes = Vec::with_capacity(length);
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are past the end")));
        }
        Ok(bytes.into())
    }
}
