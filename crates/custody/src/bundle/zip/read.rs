//! Reads a zip that [`super::ZipWriter`] wrote, and nothing else: the directory and every header are made anew from what
//! they say and must come out the same, with no byte between, before or after.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::manifest::{MANIFEST, Packing, SIGNATURE};
use super::super::path;
use super::headers::{
    CENTRAL, CENTRAL_BYTES, Directory, END, END_64, END_64_BYTES, END_BYTES, Facts, LOCATOR_64_BYTES, get16, get32,
    get64, packing_of,
};

/// A zip whose directory is sound.
pub struct Zip {
    /// The folder at the top.
    pub top: String,
    pub entries: Vec<ZipEntry>,
    /// Local headers that are not as the directory says: the path, and why.
    pub flaws: Vec<(String, String)>,
}

/// One file.
pub struct ZipEntry {
    /// Without the folder at the top.
    pub path: String,
    pub packing: Packing,
    pub crc32: u32,
    pub packed_bytes: u64,
    /// Where the packed bytes begin.
    pub offset: u64,
}

/// Why a zip can't be read at all.
pub enum Fault {
    Io(io::Error),
    /// It is not as this program packs: where, in words.
    Form(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn form(what: impl Into<String>) -> Fault {
    Fault::Form(what.into())
}

impl Zip {
    pub fn open(at: &Path) -> Result<Self, Fault> {
        let mut file = File::open(at)?;
        let length = file.metadata()?.len();
        let directory = directory(&mut file, length)?;
        let facts = entries(&mut file, &directory)?;
        let top = facts.first().and_then(|first| first.name.split_once('/')).map_or("", |(top, _)| top).to_owned();
        if !path::is_name(&top) {
            return Err(form("the folder at its top has no name that a bundle can have"));
        }
        let mut zip = Self { top, entries: Vec::with_capacity(facts.len()), flaws: Vec::new() };
        let mut last = None;
        for facts in facts {
            let path = facts.name.strip_prefix(&zip.top).and_then(|rest| rest.strip_prefix('/'));
            let place = path.and_then(place_of).filter(|place| last.as_ref().is_none_or(|last| last < place));
            let (Some(path), Some(place)) = (path, place) else {
                return Err(form(format!("the entry `{}` has a name or a place that none here can have", facts.name)));
            };
            let is_packed_so =
                facts.packing == Packing::Stored || (packing_of(path) == Packing::Deflated && place.0 == Group::Files);
            if !is_packed_so || (facts.packing == Packing::Stored && facts.packed_bytes != facts.bytes) {
                return Err(form(format!("the entry `{}` is packed in another way", facts.name)));
            }
            let local = facts.local();
            let mut found = vec![0; local.len()];
            file.seek(SeekFrom::Start(facts.offset))?;
            file.read_exact(&mut found)?;
            if found != local {
                let byte = local.iter().zip(&found).position(|(a, b)| a != b).unwrap_or_default() as u64;
                let detail = format!("its header in the zip is not as packed, at byte {}", facts.offset + byte);
                zip.flaws.push((path.to_owned(), detail));
            }
            let path = path.to_owned();
            last = Some(place);
            zip.entries.push(ZipEntry {
                path,
                packing: facts.packing,
                crc32: facts.crc32,
                packed_bytes: facts.packed_bytes,
                offset: facts.offset + local.len() as u64,
            });
        }
        Ok(zip)
    }
}

/// The files come in the order of their paths, and then the two that are about them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Files,
    Manifest,
    Signature,
}

/// What orders an entry; none for a path that no entry can have.
fn place_of(path: &str) -> Option<(Group, String)> {
    let group = match path {
        MANIFEST => Group::Manifest,
        SIGNATURE => Group::Signature,
        _ => Group::Files,
    };
    path::is_allowed(path).then(|| (group, path.to_owned()))
}

/// Finds the directory by the end of the zip, which has to be as it is written here.
fn directory(file: &mut File, length: u64) -> Result<Directory, Fault> {
    let longest = (END_BYTES + END_64_BYTES + LOCATOR_64_BYTES).min(length);
    let mut tail = vec![0; longest as usize];
    file.seek(SeekFrom::Start(length - longest))?;
    file.read_exact(&mut tail)?;
    let no_end = || form("it does not end as a zip of this form does");
    let (head, end) = tail.split_at_checked(tail.len().saturating_sub(END_BYTES as usize)).ok_or_else(no_end)?;
    if get32(end, 0) != Some(END) {
        return Err(no_end());
    }
    let read = || {
        let narrow = Directory {
            entries: u64::from(get16(end, 10)?),
            bytes: u64::from(get32(end, 12)?),
            offset: u64::from(get32(end, 16)?),
        };
        if get32(head, 0) != Some(END_64) {
            return Some(narrow);
        }
        let wide = Directory { entries: get64(head, 32)?, bytes: get64(head, 40)?, offset: get64(head, 48)? };
        // Without need for it, the bytes of a wide end are those of the last entry, which only look like one.
        Some(if tail.ends_with(&wide.end()) { wide } else { narrow })
    };
    let directory = read().ok_or_else(no_end)?;
    let fits = directory.offset.checked_add(directory.bytes).is_some_and(|end| end < length);
    if !fits {
        return Err(no_end());
    }
    let end = directory.end();
    let is_whole = directory.offset + directory.bytes + end.len() as u64 == length;
    if is_whole && tail.ends_with(&end) { Ok(directory) } else { Err(no_end()) }
}

/// Reads the directory, each entry of which has to be as it is written here, and the files without a gap.
fn entries(file: &mut File, directory: &Directory) -> Result<Vec<Facts>, Fault> {
    file.seek(SeekFrom::Start(directory.offset))?;
    let mut reader = BufReader::with_capacity(1 << 16, file).take(directory.bytes);
    let mut entries = Vec::new();
    let mut offset = 0_u64;
    for number in 1..=directory.entries {
        let wrong = || form(format!("entry {number} of its directory is not as packed"));
        let mut found = vec![0; CENTRAL_BYTES];
        reader.read_exact(&mut found).map_err(|_| wrong())?;
        let length = |at| get16(&found, at).map_or(0, usize::from);
        let (name_bytes, extra_bytes) = (length(28), length(30));
        found.resize(CENTRAL_BYTES + name_bytes + extra_bytes, 0);
        reader.read_exact(found.get_mut(CENTRAL_BYTES..).unwrap_or_default()).map_err(|_| wrong())?;
        let facts = facts(&found, name_bytes, offset).ok_or_else(wrong)?;
        if facts.central() != found {
            return Err(wrong());
        }
        let next = offset.checked_add(facts.local().len() as u64);
        offset = next.and_then(|next| next.checked_add(facts.packed_bytes)).ok_or_else(wrong)?;
        entries.push(facts);
    }
    if offset != directory.offset || reader.limit() != 0 {
        return Err(form("there are bytes in it that belong to no entry"));
    }
    Ok(entries)
}

/// What an entry says of its file. Whether it says it as it should is seen when it is made anew.
fn facts(entry: &[u8], name_bytes: usize, offset: u64) -> Option<Facts> {
    if get32(entry, 0)? != CENTRAL {
        return None;
    }
    let packing = match get16(entry, 10)? {
        0 => Packing::Stored,
        8 => Packing::Deflated,
        _ => return None,
    };
    let name = entry.get(CENTRAL_BYTES..CENTRAL_BYTES + name_bytes)?;
    let extra = CENTRAL_BYTES + name_bytes + 4;
    let (mut packed_bytes, mut bytes) = (u64::from(get32(entry, 20)?), u64::from(get32(entry, 24)?));
    if bytes == u64::from(u32::MAX) {
        (bytes, packed_bytes) = (get64(entry, extra)?, get64(entry, extra + 8)?);
    }
    let name = String::from_utf8(name.to_vec()).ok()?;
    Some(Facts { name, packing, crc32: get32(entry, 16)?, packed_bytes, bytes, offset })
}
