//! The zip form: no byte of it can be changed unseen, and what another program packed is told and not read.

use std::process::Command;

use super::*;

fn zip() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.zip");
    Recipe { has_objects: false, ..Recipe::ZIP }.write(&at);
    fs::read(at).unwrap()
}

fn findings(zip: &[u8]) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.zip");
    fs::write(&at, zip).unwrap();
    // A zip that does not even begin as one is refused.
    check(&at, Some(&public_key()), &Silent).map_or_else(
        |error| vec![Finding { path: String::new(), kind: FindingKind::Unreadable, detail: error.to_string() }],
        |report| report.findings,
    )
}

#[test]
fn no_changed_byte_of_a_zip_goes_unseen() {
    let sound = zip();
    // Of headers, every byte is tried beside the reader of zips; here the whole check is asked.
    let headers = sound.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x03\x04").map(|(at, _)| at);
    let mut places: Vec<usize> = headers.flat_map(|at| (at..at + 48).step_by(11)).collect();
    let directory = sound.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    places.extend((directory..sound.len()).step_by(17));
    places.extend((0..sound.len()).step_by(499));
    for at in places {
        let mut changed = sound.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(!findings(&changed).is_empty(), "byte {at} of {}", sound.len());
    }
}

#[test]
fn a_changed_byte_is_named_by_its_file() {
    let sound = zip();
    let name = b"case/rows/cloudtrail.csv";
    let at = sound.windows(name.len()).position(|bytes| bytes == name).unwrap() + name.len() + 40;
    let mut changed = sound.clone();
    changed[at] ^= 1;
    let found = findings(&changed);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.path == "rows/cloudtrail.csv"), "{found:?}");

    // The time in the header of the file.
    let mut changed = sound.clone();
    changed[at - 40 - name.len() - 30 + 10] ^= 1;
    let found = findings(&changed);
    assert!(matches!(found.as_slice(), [finding] if finding.path == "rows/cloudtrail.csv"), "{found:?}");
    assert_eq!(found[0].kind, FindingKind::Packing);
}

#[test]
fn bytes_before_behind_and_between_are_found() {
    let sound = zip();
    let second = sound.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x03\x04").nth(1).unwrap().0;
    for at in [0, second, sound.len()] {
        let mut changed = sound.clone();
        changed.splice(at..at, *b"extra");
        assert!(!findings(&changed).is_empty(), "at {at}");
    }
    for length in (0..sound.len()).step_by(997) {
        assert!(!findings(&sound[..length]).is_empty(), "cut to {length}");
    }
}

#[test]
fn a_zip_that_another_program_packed_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    Recipe::FOLDER.write(&folder.path().join("case"));
    let packed =
        Command::new("zip").args(["-q", "-r", "case.zip", "case"]).current_dir(folder.path()).status().unwrap();
    assert!(packed.success());
    let report = checked(&folder.path().join("case.zip"));
    assert_eq!(told(&report), [(FindingKind::Packing, "")]);
    assert!(report.findings[0].detail.contains("extracted, it can be checked as a folder"));
}

/// A plain zip of stored files, as anybody might write it: fixed times, no comments.
fn plain_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = u32::try_from(zip.len()).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut shared = Vec::new();
        shared.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend([size, size].concat());
        shared.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        shared.extend([0, 0]);
        zip.extend(b"PK\x03\x04");
        zip.extend(&shared);
        zip.extend(name.as_bytes());
        zip.extend(*content);
        directory.extend(b"PK\x01\x02\x1e\x03");
        directory.extend(shared);
        directory.extend([0; 6]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (offset, size) = (u32::try_from(zip.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    zip.extend(directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count, count].concat());
    zip.extend(size.to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

#[test]
fn the_plain_zip_of_these_tests_is_read() {
    let found = findings(&plain_zip(&[("case/coverage.json", b"{}"), ("case/manifest.json", b"{}")]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, FindingKind::Manifest);
}

#[test]
fn names_that_escape_repeat_or_hide_are_refused_before_anything_is_read() {
    let hostile: [&[&str]; 11] = [
        &["case/../../escaped", "case/manifest.json"],
        &["../manifest.json"],
        &["/etc/manifest.json"],
        &["case//manifest.json"],
        &["case/a\\b", "case/manifest.json"],
        &["case/a", "case/a", "case/manifest.json"],
        &["case/b", "case/a", "case/manifest.json"],
        &["case/a", "other/manifest.json"],
        &["case/.hidden", "case/manifest.json"],
        &["case/a/", "case/manifest.json"],
        &["manifest.json"],
    ];
    for names in hostile {
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
        let found = findings(&plain_zip(&entries));
        assert!(matches!(found.as_slice(), [finding] if finding.kind == FindingKind::Packing), "{names:?}: {found:?}");
    }
}

#[test]
fn an_entry_that_is_a_link_is_refused() {
    let mut zip = plain_zip(&[("case/coverage.json", b"/etc/passwd"), ("case/manifest.json", b"{}")]);
    let entry = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[entry + 38..entry + 42].copy_from_slice(&(0o120_777_u32 << 16).to_le_bytes());
    let found = findings(&zip);
    assert!(matches!(found.as_slice(), [finding] if finding.kind == FindingKind::Packing), "{found:?}");
}

#[test]
fn a_zip_says_under_which_name_it_was_made() {
    let mut changed = zip();
    let places: Vec<usize> =
        changed.windows(5).enumerate().filter(|(_, bytes)| bytes == b"case/").map(|(at, _)| at).collect();
    for at in places {
        changed[at..at + 4].copy_from_slice(b"cafe");
    }
    let found = findings(&changed);
    assert!(matches!(found.as_slice(), [finding] if finding.kind == FindingKind::Packing), "{found:?}");
}
