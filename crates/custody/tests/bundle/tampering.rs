//! Bundles that were changed after they were signed: each change is found, and named by the file it is in.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

/// A bundle as files, made once for each test.
fn folder_of_files() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe::FOLDER.write(&at);
    files(&at)
}

/// What is told of these files.
fn findings(files: &BTreeMap<String, Vec<u8>>) -> Vec<(FindingKind, String)> {
    let folder = tempfile::tempdir().unwrap();
    write_files(files, folder.path());
    let report = checked(folder.path());
    told(&report).into_iter().map(|(kind, path)| (kind, path.to_owned())).collect()
}

#[test]
fn a_changed_byte_of_any_file_is_found_in_that_file() {
    let sound = folder_of_files();
    for (path, content) in sound.iter().filter(|(path, _)| !path.starts_with("manifest.json")) {
        for at in [0, content.len() / 2, content.len() - 1] {
            let mut changed = sound.clone();
            changed.get_mut(path).unwrap()[at] ^= 0x20;
            is_of_one_file(&findings(&changed), path);
        }
    }
}

/// The file is told to have changed, and nothing is said of another; what in it differs may be told beside.
#[track_caller]
fn is_of_one_file(told: &[(FindingKind, String)], path: &str) {
    assert_eq!(told.first(), Some(&(FindingKind::Changed, path.to_owned())), "{told:?}");
    // A byte of a Parquet file can stand for many cells, and that of a list of objects for all that are cut off.
    let most = if path.ends_with(".parquet") || path == "objects.csv" { usize::MAX } else { 3 };
    assert!(told.len() <= most && told.iter().all(|(_, of)| of == path), "{path}: {told:?}");
}

#[test]
fn a_redacted_bundle_blames_no_other_file_either() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER }.write(&at);
    let sound = files(&at);
    for path in ["secrets.csv", "provenance.csv", "objects.csv", "rows/k8s_audit.csv", "raw/k8s_audit.ndjson"] {
        for at in (0..sound[path].len()).step_by(sound[path].len() / 12) {
            let mut changed = sound.clone();
            changed.get_mut(path).unwrap()[at] ^= 4;
            is_of_one_file(&findings(&changed), path);
        }
        let mut changed = sound.clone();
        changed.remove(path);
        assert_eq!(findings(&changed), [(FindingKind::Missing, path.to_owned())]);
    }
}

#[test]
fn what_changed_in_a_file_is_told_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    for (path, from, to, expected) in [
        ("rows/cloudtrail.csv", "198.51.100.7", "198.51.100.8", "row 2: column `source_ip_address` is not that"),
        ("raw/k8s_audit.ndjson", "example/web", "example/wet", "line 3 is not the record of the row"),
        ("provenance.csv", "k8s_audit,3,", "k8s_audit,9,", "row 3 of `k8s_audit`: `row` is not that of the row"),
        ("secrets.csv", "kubernetes_token", "kubernetes_taken", "row 2 of `k8s_audit`: other secrets are listed"),
        ("answer.csv", "AssumeRole", "AssumeRolf", "row 2 is not that of answer.parquet"),
    ] {
        let mut changed = folder_of_files();
        let text = String::from_utf8(changed[path].clone()).unwrap();
        assert!(text.contains(from), "{text}");
        changed.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
        let at = folder.path().join(path.replace('/', "-"));
        write_files(&changed, &at);
        let report = checked(&at);
        let told: Vec<_> = report.findings.iter().map(|finding| finding.detail.as_str()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("its SHA-256 is ") || told[0].starts_with("it has "), "{told:?}");
        assert!(told[1].contains(expected), "{told:?}");
        assert_eq!((report.rows, report.derived_rows), (10, 10));
    }
}

/// A Parquet file of the rows of another, changed.
fn changed_rows(content: &[u8], change: impl Fn(&RecordBatch) -> RecordBatch) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::copy_from_slice(content)).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let batch = change(&concat_batches(&schema, &batches).unwrap());
    let mut written = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut written, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    written
}

/// What is told of one file that was replaced, beside that its hash is another.
fn told_of(path: &str, content: Vec<u8>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut changed = folder_of_files();
    changed.insert(path.to_owned(), content);
    write_files(&changed, folder.path());
    let report = checked(folder.path());
    assert_eq!(report.findings[0].kind, FindingKind::Changed);
    assert!(report.findings.iter().all(|finding| finding.path == path), "{:?}", report.findings);
    report.findings.into_iter().skip(1).map(|finding| finding.detail).collect()
}

#[test]
fn what_changed_in_a_parquet_file_is_told_by_row_and_cell() {
    let path = "rows/cloudtrail.parquet";
    let sound = folder_of_files();
    let rows = |change: &dyn Fn(&RecordBatch) -> RecordBatch| told_of(path, changed_rows(&sound[path], change));
    let other_address = |batch: &RecordBatch| {
        let mut columns = batch.columns().to_vec();
        let at = batch.schema().index_of("source_ip_address").unwrap();
        let texts = columns[at].as_string::<i32>().iter().enumerate();
        let texts = texts.map(|(row, text)| if row == 1 { Some("198.51.100.8") } else { text });
        columns[at] = Arc::new(texts.collect::<StringArray>());
        RecordBatch::try_new(batch.schema(), columns).unwrap()
    };
    let expected = "row 2: `source_ip_address` is `198.51.100.8`, and rows/cloudtrail.csv has `198.51.100.7`";
    assert_eq!(rows(&other_address), [expected]);
    assert_eq!(rows(&|batch| batch.slice(1, batch.num_rows() - 1)), ["row 1 of rows/cloudtrail.csv is not in it"]);
    let twice = |batch: &RecordBatch| concat_batches(&batch.schema(), [batch, &batch.slice(0, 1)]).unwrap();
    let last = changed_rows(&sound[path], twice);
    let told = told_of(path, last);
    assert!(told.len() == 1 && told[0].ends_with("is not in rows/cloudtrail.csv"), "{told:?}");
    let same = "its rows are those of rows/cloudtrail.csv: only its form is another";
    assert_eq!(rows(&Clone::clone), [same]);
    assert_eq!(told_of(path, b"PAR1".to_vec()), ["it can't be read as Parquet, and what differs can't be told"]);
}

#[test]
fn what_changed_in_the_list_of_objects_is_told_by_line_and_cell() {
    let sound = String::from_utf8(folder_of_files()["objects.csv"].clone()).unwrap();
    let edited = |from: &str, to: &str| {
        assert!(sound.contains(from), "{sound}");
        told_of("objects.csv", sound.replacen(from, to, 1).into_bytes())
    };
    let told = edited("9b2cf535", "00000000");
    assert!(told.len() == 1 && told[0].starts_with("line 2: `etag` is "), "{told:?}");
    assert!(told[0].contains("and provenance.csv has "), "{told:?}");
    let told = edited(",valid,", ",altered,");
    assert!(told.len() == 1 && told[0].ends_with("`digest` is `altered`, and provenance.csv has `valid`"), "{told:?}");
    let second = sound.lines().nth(1).unwrap();
    let told = edited(&format!("{second}\n"), "");
    assert!(told.len() == 1 && told[0].contains(" is not listed, and row "), "{told:?}");
    let told = edited("s3://example-logs/", "s3://example-lugs/");
    assert!(told.len() == 2 && told[0].starts_with("line 2: no row is of `s3://example-lugs/"), "{told:?}");
}

#[test]
fn bytes_that_are_added_or_taken_are_found() {
    let sound = folder_of_files();
    for (path, content) in sound.iter().filter(|(path, _)| !path.starts_with("manifest.json")) {
        let edits: [Vec<u8>; 4] = [
            [content.as_slice(), b"\n"].concat(),
            [b" ".as_slice(), content].concat(),
            content[..content.len() - 1].to_vec(),
            Vec::new(),
        ];
        for edit in edits {
            let mut changed = sound.clone();
            changed.insert(path.clone(), edit);
            is_of_one_file(&findings(&changed), path);
        }
    }
}

#[test]
fn a_changed_byte_of_the_manifest_or_of_its_signature_is_found() {
    let sound = folder_of_files();
    for (path, step) in [("manifest.json", 41), ("manifest.json.sig", 1)] {
        for at in (0..sound[path].len()).step_by(step) {
            let mut changed = sound.clone();
            changed.get_mut(path).unwrap()[at] ^= 1;
            let told = findings(&changed);
            let is_named = |(kind, found): &(FindingKind, String)| {
                matches!(kind, FindingKind::Signature | FindingKind::OtherKey) && found == "manifest.json.sig"
            };
            assert!(told.iter().any(is_named), "byte {at} of {path}: {told:?}");
        }
    }
}

#[test]
fn a_missing_file_is_missed() {
    let sound = folder_of_files();
    for path in sound.keys().filter(|path| *path != "manifest.json") {
        let mut changed = sound.clone();
        changed.remove(path);
        assert_eq!(findings(&changed), [(FindingKind::Missing, path.clone())]);
    }
}

#[test]
fn a_file_that_was_added_is_told() {
    let sound = folder_of_files();
    for path in ["added.txt", "rows/added.csv", "objects/0000", "raw/deep/er/added"] {
        let mut changed = sound.clone();
        changed.insert(path.to_owned(), b"x".to_vec());
        assert_eq!(findings(&changed), [(FindingKind::Unlisted, path.to_owned())]);
    }
    for path in [".hidden", "Added.txt", "rows/x y", "ä"] {
        let mut changed = sound.clone();
        changed.insert(path.to_owned(), b"x".to_vec());
        assert_eq!(findings(&changed), [(FindingKind::Foreign, path.to_owned())]);
    }
}

#[test]
fn files_that_changed_places_are_both_told() {
    let mut changed = folder_of_files();
    let (a, b) = ("rows/cloudtrail.csv", "rows/k8s_audit.csv");
    let (in_a, in_b) = (changed[a].clone(), changed[b].clone());
    changed.insert(a.to_owned(), in_b);
    changed.insert(b.to_owned(), in_a);
    let mut told = findings(&changed);
    told.retain(|(kind, _)| *kind == FindingKind::Changed);
    assert_eq!(told, [(FindingKind::Changed, a.to_owned()), (FindingKind::Changed, b.to_owned())]);
}

#[test]
fn another_bundle_of_the_same_key_can_lend_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("other");
    Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER }.write(&at);
    let (mut changed, other) = (folder_of_files(), files(&at));
    changed.insert("manifest.json.sig".to_owned(), other["manifest.json.sig"].clone());
    assert_eq!(findings(&changed), [(FindingKind::Signature, "manifest.json.sig".to_owned())]);
}

#[test]
fn a_bundle_signed_anew_by_another_is_of_another_key() {
    let mut changed = folder_of_files();
    let other = SigningKey::generate([8; 32]).unwrap();
    let json = String::from_utf8(changed["manifest.json"].clone()).unwrap();
    let json = json.replace(&public_key().fingerprint(), &other.public().fingerprint());
    changed.insert("manifest.json.sig".to_owned(), other.sign(json.as_bytes()));
    changed.insert("manifest.json".to_owned(), json.into_bytes());
    assert_eq!(findings(&changed), [(FindingKind::OtherKey, "manifest.json.sig".to_owned())]);
}

#[test]
fn a_bundle_that_only_claims_the_key_has_a_wrong_signature() {
    let mut changed = folder_of_files();
    let other = SigningKey::generate([8; 32]).unwrap();
    changed.insert("manifest.json.sig".to_owned(), other.sign(&changed["manifest.json"]));
    assert_eq!(findings(&changed), [(FindingKind::Signature, "manifest.json.sig".to_owned())]);
}

#[cfg(unix)]
#[test]
fn links_are_told_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (at, outside) = (folder.path().join("case"), folder.path().join("outside.csv"));
    Recipe::FOLDER.write(&at);
    let inside = at.join("rows/cloudtrail.csv");
    fs::rename(&inside, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &inside).unwrap();
    std::os::unix::fs::symlink(folder.path(), at.join("loop")).unwrap();
    fs::create_dir(at.join("empty")).unwrap();
    let report = checked(&at);
    let expected = [
        (FindingKind::Foreign, "empty"),
        (FindingKind::Foreign, "loop"),
        (FindingKind::Foreign, "rows/cloudtrail.csv"),
        (FindingKind::Missing, "rows/cloudtrail.csv"),
    ];
    assert_eq!(told(&report), expected);
}

#[test]
fn what_is_no_bundle_is_an_error_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.zip");
    fs::write(&text, "plain text").unwrap();
    for at in [folder.path(), &text, &folder.path().join("nowhere")] {
        assert!(check(at, None, &Silent).is_err(), "{}", at.display());
    }
}
