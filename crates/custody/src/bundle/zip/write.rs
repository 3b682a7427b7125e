//! Packs files into a zip, in the order they come.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use sha2::{Digest, Sha256};

use super::super::error::{Error, io as io_error};
use super::super::manifest::{Packed, Packing};
use super::headers::{Directory, Facts, packing_of};
use crate::digest::hex;

/// A zip in the making.
pub struct ZipWriter {
    at: PathBuf,
    /// Name of the folder at the top.
    top: String,
    file: BufWriter<File>,
    /// Bytes written so far.
    bytes: u64,
    entries: Vec<Facts>,
}

const BUFFER_BYTES: usize = 1 << 17;

impl ZipWriter {
    pub fn create(at: &Path, top: &str) -> Result<Self, Error> {
        let file = File::create_new(at).map_err(io_error("create", at))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self { at: at.to_owned(), top: top.to_owned(), file, bytes: 0, entries: Vec::new() })
    }

    /// Packs a file.
    pub fn add(&mut self, path: &str, from: &Path) -> Result<Packed, Error> {
        let open = || File::open(from).map_err(io_error("read", from));
        let bytes = from.metadata().map_err(io_error("read", from))?.len();
        if packing_of(path) == Packing::Deflated
            && let Some(packed) = self.pack(path, open()?, bytes, Packing::Deflated)?
        {
            return Ok(packed);
        }
        let stored = self.pack(path, open()?, bytes, Packing::Stored)?;
        stored.ok_or_else(|| io_error("read", from)(io::Error::other("it changed while it was packed")))
    }

    /// Stores what is in memory, unpacked.
    pub fn add_stored(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        self.pack(path, content, content.len() as u64, Packing::Stored)?;
        Ok(())
    }

    /// None if the file didn't become shorter, or has another length than stated; then nothing is left of it.
    fn pack(&mut self, path: &str, mut from: impl Read, bytes: u64, packing: Packing) -> Result<Option<Packed>, Error> {
        let at = self.at.clone();
        let mut facts = Facts {
            name: format!("{}/{path}", self.top),
            packing,
            crc32: 0,
            packed_bytes: 0,
            bytes,
            offset: self.bytes,
        };
        let header_bytes = facts.local().len() as u64;
        let mut body = || -> io::Result<Option<Packed>> {
            self.file.write_all(&facts.local())?;
            let mut sink = Counting { inner: &mut self.file, hash: Sha256::new(), bytes: 0 };
            let (crc, read) = match packing {
                Packing::Stored => copy(&mut from, &mut sink)?,
                Packing::Deflated => {
                    let mut encoder = DeflateEncoder::new(&mut sink, Compression::new(6));
                    let done = copy(&mut from, &mut encoder)?;
                    encoder.finish()?;
                    done
                }
            };
            let (packed_bytes, sha256) = (sink.bytes, hex(&sink.hash.finalize()));
            let is_worth_it = packing == Packing::Stored || packed_bytes < bytes;
            if read != bytes || !is_worth_it {
                self.file.seek(SeekFrom::Start(facts.offset))?;
                self.file.get_ref().set_len(facts.offset)?;
                return Ok(None);
            }
            (facts.crc32, facts.packed_bytes) = (crc, packed_bytes);
            self.file.seek(SeekFrom::Start(facts.offset))?;
            self.file.write_all(&facts.local())?;
            self.bytes = facts.offset + header_bytes + packed_bytes;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            Ok(Some(Packed { packing, bytes: packed_bytes, sha256 }))
        };
        let packed = body().map_err(io_error("write", &at))?;
        if packed.is_some() {
            self.entries.push(facts);
        }
        Ok(packed)
    }

    /// Writes the directory and syncs the zip to disk.
    pub fn finish(mut self) -> Result<(), Error> {
        let mut directory = Directory { entries: self.entries.len() as u64, bytes: 0, offset: self.bytes };
        let mut write = || -> io::Result<()> {
            for facts in &self.entries {
                let entry = facts.central();
                directory.bytes += entry.len() as u64;
                self.file.write_all(&entry)?;
            }
            self.file.write_all(&directory.end())?;
            self.file.flush()?;
            self.file.get_ref().sync_all()
        };
        write().map_err(io_error("write", &self.at))
    }
}

/// Copies all of it, and says its CRC-32 and length.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u32, u64)> {
    let mut crc = Crc::new();
    let mut total = 0;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok((crc.sum(), total)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        crc.update(bytes);
        total += read as u64;
        to.write_all(bytes)?;
    }
}

struct Counting<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Counting<W> {
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
