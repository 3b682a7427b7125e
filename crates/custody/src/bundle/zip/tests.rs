//! Every byte of a zip that is no content.

use std::path::Path;

use super::super::manifest::Packing;
use super::*;

/// A zip of three files, and where their contents lie.
fn zip(folder: &Path) -> (Vec<u8>, Vec<std::ops::Range<usize>>) {
    let at = folder.join("bundle.zip");
    let mut writer = ZipWriter::create(&at, "case").unwrap();
    for (path, content) in [("a.txt", "a".repeat(500)), ("b.parquet", "PAR1".to_owned()), ("c.txt", String::new())] {
        let from = folder.join("from");
        std::fs::write(&from, content).unwrap();
        writer.add(path, &from).unwrap();
    }
    writer.add_stored("manifest.json", b"{}").unwrap();
    writer.finish().unwrap();
    let Ok(zip) = Zip::open(&at) else { panic!("the zip is not read") };
    assert_eq!(zip.top, "case");
    let places = zip.entries.iter().map(|entry| entry.offset as usize..(entry.offset + entry.packed_bytes) as usize);
    (std::fs::read(&at).unwrap(), places.collect())
}

#[test]
fn files_are_packed_where_that_makes_them_shorter() {
    let folder = tempfile::tempdir().unwrap();
    zip(folder.path());
    let Ok(zip) = Zip::open(&folder.path().join("bundle.zip")) else { panic!("the zip is not read") };
    let packed: Vec<_> = zip.entries.iter().map(|entry| (entry.path.as_str(), entry.packing)).collect();
    let expected = [
        ("a.txt", Packing::Deflated),
        ("b.parquet", Packing::Stored),
        ("c.txt", Packing::Stored),
        ("manifest.json", Packing::Stored),
    ];
    assert_eq!(packed, expected);
}

#[test]
fn no_bit_of_a_header_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, contents) = zip(folder.path());
    let at = folder.path().join("changed.zip");
    for byte in (0..sound.len()).filter(|byte| contents.iter().all(|content| !content.contains(byte))) {
        for bit in 0..8 {
            let mut changed = sound.clone();
            changed[byte] ^= 1 << bit;
            std::fs::write(&at, changed).unwrap();
            let is_found = Zip::open(&at).map_or(true, |zip| !zip.flaws.is_empty());
            assert!(is_found, "bit {bit} of byte {byte}");
        }
    }
}

#[test]
fn no_byte_can_be_added_or_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, _) = zip(folder.path());
    let at = folder.path().join("changed.zip");
    for byte in 0..=sound.len() {
        let added = [&sound[..byte], b"\0", &sound[byte..]].concat();
        let taken = [&sound[..byte], sound.get(byte + 1..).unwrap_or_default()].concat();
        for changed in [added, taken].into_iter().filter(|changed| *changed != sound) {
            std::fs::write(&at, changed).unwrap();
            let is_found = Zip::open(&at).map_or(true, |zip| !zip.flaws.is_empty());
            assert!(is_found, "byte {byte}");
        }
    }
}

#[test]
fn sizes_past_32_bits_have_headers_of_64() {
    let facts = headers::Facts {
        name: "case/rows/cloudtrail.parquet".to_owned(),
        packing: Packing::Stored,
        crc32: 7,
        packed_bytes: 5 << 32,
        bytes: 5 << 32,
        offset: 6 << 32,
    };
    let (local, central) = (facts.local(), facts.central());
    assert_eq!(headers::get32(&local, 18), Some(u32::MAX));
    assert_eq!(headers::get64(&local, 30 + facts.name.len() + 4), Some(5 << 32));
    assert_eq!(headers::get64(&central, 46 + facts.name.len() + 4), Some(5 << 32));
    assert_eq!(headers::get64(&central, 46 + facts.name.len() + 20), Some(6 << 32));
    let end = headers::Directory { entries: 70_000, bytes: 8 << 20, offset: 11 << 32 }.end();
    assert_eq!(end.len(), 98);
    assert_eq!(headers::get64(&end, 48), Some(11 << 32));
    assert_eq!(headers::get32(&end, 76 + 16), Some(u32::MAX));
}

#[test]
fn more_files_than_16_bits_can_count_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("bundle.zip");
    let mut writer = ZipWriter::create(&at, "case").unwrap();
    for number in 0..65_600 {
        writer.add_stored(&format!("f{number:05}"), b"").unwrap();
    }
    writer.finish().unwrap();
    let Ok(zip) = Zip::open(&at) else { panic!("the zip is not read") };
    assert_eq!((zip.entries.len(), zip.flaws.len()), (65_600, 0));
}
