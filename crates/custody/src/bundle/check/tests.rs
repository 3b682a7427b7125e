//! Bundles that no writer here makes: sizes that lie.

use super::super::manifest::{FORMAT, FileEntry, MANIFEST, Manifest, Packed, Packing, Statement};
use super::super::zip::ZipWriter;
use super::*;
use crate::progress::Silent;

/// A zip of one file of zeros, whose manifest states these sizes.
fn checked(content_bytes: usize, stated_bytes: u64) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let (at, from) = (folder.path().join("case.zip"), folder.path().join("from"));
    std::fs::write(&from, vec![0; content_bytes]).unwrap();
    let mut zip = ZipWriter::create(&at, "case").unwrap();
    let packed = zip.add("README.txt", &from).unwrap();
    assert_eq!(packed.packing, Packing::Deflated);
    let file = FileEntry {
        path: "README.txt".to_owned(),
        bytes: stated_bytes,
        sha256: "0".repeat(64),
        packed: Some(Packed { ..packed }),
    };
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        name: "case".to_owned(),
        key: None,
        statement: Statement::default(),
        files: vec![file],
    };
    zip.add_stored(MANIFEST, &manifest.to_json().unwrap()).unwrap();
    zip.finish().unwrap();
    let report = check(&at, None, &Silent).unwrap();
    assert!(report.bytes <= stated_bytes + 1, "{} bytes were read", report.bytes);
    report.findings.into_iter().filter(|finding| finding.path == "README.txt").collect()
}

#[test]
fn a_bomb_is_read_no_further_than_the_manifest_states() {
    let found = checked(40 << 20, 1000);
    assert!(matches!(found.as_slice(), [finding] if finding.kind == FindingKind::Changed), "{found:?}");
    assert_eq!(found[0].detail, "it has more than the 1000 bytes that the manifest states");
}

#[test]
fn a_file_that_is_shorter_than_stated_is_told_and_needs_no_memory() {
    let found = checked(5000, u64::MAX - 1);
    assert!(matches!(found.as_slice(), [finding] if finding.kind == FindingKind::Changed), "{found:?}");
}

#[test]
fn a_bundle_of_a_later_form_is_said_to_be_one() {
    let json = br#"{"format": "eksamine.evidence.2", "pages": []}"#;
    assert!(Manifest::parse(json).unwrap_err().contains("`eksamine.evidence.2`"));
}
