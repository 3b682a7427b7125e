//! Every file against the manifest: its hash, and that it is there; and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use flate2::Crc;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use super::super::manifest::{FileEntry, MANIFEST, Manifest, Packing, SIGNATURE, SUMS};
use super::super::tree::{Section, Tree};
use super::super::{objects, path, write};
use super::{CheckReport, Finding, FindingKind};
use crate::digest::hex;
use crate::progress::{Event, Progress};

/// Hashes all files and gives back the paths of those that are as listed.
pub fn check(tree: &Tree, manifest: &Manifest, progress: &dyn Progress, report: &mut CheckReport) -> BTreeSet<String> {
    if tree.top.as_ref().is_some_and(|top| *top != manifest.name) {
        report.find(
            "",
            FindingKind::Packing,
            "the folder at the top of the zip has another name than the manifest says",
        );
    }
    let mut listed: BTreeMap<&str, &FileEntry> = BTreeMap::new();
    let mut last = "";
    for file in &manifest.files {
        let is_sound = path::is_allowed(&file.path)
            && ![MANIFEST, SIGNATURE].contains(&&*file.path)
            && objects::is_hash(&file.sha256)
            && *file.path > *last;
        if !is_sound {
            let detail = "an entry that no bundle has: its path, its hash or its place in the list is wrong";
            report.find(&file.path, FindingKind::Manifest, detail);
            continue;
        }
        last = &file.path;
        listed.insert(&file.path, file);
    }
    for path in tree.files.keys().filter(|path| ![MANIFEST, SIGNATURE].contains(&path.as_str())) {
        if !listed.contains_key(path.as_str()) {
            report.find(path, FindingKind::Unlisted, "it is there, and the manifest does not list it");
        }
    }
    progress.event(Event::Planned {
        objects: listed.len() as u64,
        bytes: listed.values().map(|file| file.bytes).fold(0, u64::saturating_add),
    });
    let files: Vec<_> = listed.values().map(|file| (*file, tree.files.get(&file.path))).collect();
    let judged: Vec<(Vec<Finding>, u64)> = files
        .par_iter()
        .map(|(file, section)| {
            let judged = section.map_or_else(|| (vec![missing(file)], 0), |section| judge(file, section));
            progress.event(Event::Read { bytes: judged.1, inflated_bytes: judged.1 });
            judged
        })
        .collect();
    let mut intact = BTreeSet::new();
    for ((file, section), (findings, bytes)) in files.iter().zip(judged) {
        report.files += u64::from(section.is_some());
        report.bytes += bytes;
        // Of a file that is packed otherwise, the content is still what it is.
        if findings.iter().all(|finding| finding.kind == FindingKind::Packing) {
            intact.insert(file.path.clone());
        }
        for finding in findings {
            report.add(finding);
        }
    }
    of_what_is_not_hashed(tree, report);
    sums(tree, manifest, &intact, report);
    intact
}

fn missing(file: &FileEntry) -> Finding {
    let detail = "the manifest lists it, and it is not there".to_owned();
    Finding { path: file.path.clone(), kind: FindingKind::Missing, detail }
}

/// What differs in a file, and the bytes of content that were read.
fn judge(file: &FileEntry, section: &Section) -> (Vec<Finding>, u64) {
    let mut findings = Vec::new();
    let mut find = |kind, detail: String| findings.push(Finding { path: file.path.clone(), kind, detail });
    let content = match section.content().and_then(|content| Seen::of(content, file.bytes)) {
        Ok(content) => content,
        Err(error) => {
            find(FindingKind::Changed, format!("it can't be read: {error}"));
            return (findings, 0);
        }
    };
    if content.bytes > file.bytes {
        find(FindingKind::Changed, format!("it has more than the {} bytes that the manifest states", file.bytes));
    } else if content.bytes < file.bytes {
        let detail = format!("it has {} bytes, and the manifest states {}", content.bytes, file.bytes);
        find(FindingKind::Changed, detail);
    } else if content.sha256 != file.sha256 {
        find(
            FindingKind::Changed,
            format!("its SHA-256 is {}, and the manifest states {}", content.sha256, file.sha256),
        );
    } else if let Some(crc32) = section.crc32 {
        let packed = match section.packing() {
            Packing::Stored => Ok((section.packed_bytes(), content.sha256.clone())),
            Packing::Deflated => section.packed().and_then(|packed| {
                let seen = Seen::of(packed, section.packed_bytes())?;
                Ok((seen.bytes, seen.sha256))
            }),
        };
        let stated = file.packed.as_ref().map(|packed| (packed.packing, packed.bytes, packed.sha256.as_str()));
        match packed {
            Err(error) => find(FindingKind::Packing, format!("it can't be read as it is packed: {error}")),
            Ok((bytes, sha256)) if stated != Some((section.packing(), bytes, sha256.as_str())) => {
                find(FindingKind::Packing, "its content is as signed, and it is packed in another way".to_owned());
            }
            Ok(_) if crc32 != content.crc32 => {
                find(FindingKind::Packing, "its content is as signed, and its CRC-32 in the zip is wrong".to_owned());
            }
            Ok(_) => {}
        }
    }
    (findings, content.bytes)
}

/// The two files that the manifest does not list have a CRC-32 in the zip too.
fn of_what_is_not_hashed(tree: &Tree, report: &mut CheckReport) {
    for path in [MANIFEST, SIGNATURE] {
        let Some(section) = tree.files.get(path) else { continue };
        let Some(crc32) = section.crc32 else { continue };
        let seen = section.content().and_then(|content| Seen::of(content, section.packed_bytes()));
        if !seen.is_ok_and(|seen| seen.crc32 == crc32) {
            report.find(path, FindingKind::Packing, "its CRC-32 in the zip is wrong");
        }
    }
}

/// The list for `sha256sum` has to say what the manifest says.
fn sums(tree: &Tree, manifest: &Manifest, intact: &BTreeSet<String>, report: &mut CheckReport) {
    if !intact.contains(SUMS) {
        if manifest.file(SUMS).is_none() {
            report.find(SUMS, FindingKind::Manifest, "the manifest does not list it");
        }
        return;
    }
    let expected = write::sums(&manifest.files);
    let found = tree.small(SUMS, expected.len() as u64);
    if !found.is_ok_and(|found| found.is_some_and(|found| found == expected.as_bytes())) {
        report.find(SUMS, FindingKind::Disagrees, "it lists other files or hashes than the manifest");
    }
}

/// What was read of a file.
struct Seen {
    bytes: u64,
    sha256: String,
    crc32: u32,
}

impl Seen {
    /// Reads as far as is expected and one byte further.
    fn of(reader: impl Read, expected_bytes: u64) -> io::Result<Self> {
        let mut reader = reader.take(expected_bytes.saturating_add(1));
        let (mut hash, mut crc, mut bytes) = (Sha256::new(), Crc::new(), 0);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let part = buffer.get(..read).unwrap_or_default();
            hash.update(part);
            crc.update(part);
            bytes += read as u64;
        }
        Ok(Self { bytes, sha256: hex(&hash.finalize()), crc32: crc.sum() })
    }
}
