//! Bundles that nobody touched.

use super::*;
use eksamine_custody::bundle::Signature;

#[test]
fn a_bundle_that_nobody_touched_is_sound() {
    for form in [Form::Folder, Form::Zip] {
        for redaction in [Redaction::Keep, Redaction::Redact] {
            for has_objects in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let at = folder.path().join(if form == Form::Zip { "case.zip" } else { "case" });
                let recipe = Recipe { form, redaction, has_objects, ..Recipe::FOLDER };
                let finished = recipe.write(&at);

                let report = checked(&at);

                assert_eq!(report.findings, [], "{form:?} {redaction:?} {has_objects}");
                assert_eq!(report.signature, Signature::Valid);
                assert_eq!(report.rows, 10);
                assert_eq!(report.derived_rows, if has_objects { 10 } else { 0 });
                assert_eq!(report.clusters_by_mapping, 0);
                assert_eq!(report.manifest_sha256, Some(finished.manifest_sha256));
                // The manifest and its signature are not among the files that it lists.
                assert_eq!(report.files + 2, finished.files);
                let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
                assert_eq!(left.len(), 1, "{left:?}");
            }
        }
    }
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, recipe: Recipe| {
        let at = folder.path().join(name).join("case.zip");
        fs::create_dir(at.parent().unwrap()).unwrap();
        recipe.write(&at);
        fs::read(at).unwrap()
    };
    let once = written("a", Recipe::ZIP);
    assert!(once == written("b", Recipe::ZIP));
    assert!(once == written("c", Recipe { batch_rows: 1, ..Recipe::ZIP }));
}

#[test]
fn both_forms_hold_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, zip) = (folder.path().join("case"), folder.path().join("case.zip"));
    Recipe::FOLDER.write(&plain);
    Recipe::ZIP.write(&zip);
    let manifest = |at| {
        let mut manifest = checked(at).manifest.unwrap();
        manifest.files.iter_mut().for_each(|file| file.packed = None);
        manifest
    };
    assert_eq!(manifest(&plain), manifest(&zip));
}

#[test]
fn what_a_bundle_holds_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER }.write(&at);
    let evidence = checked(&at).manifest.unwrap().statement.evidence;
    let rows: Vec<_> =
        evidence.tables.iter().map(|rows| (rows.table.as_str(), rows.rows, rows.rows_with_secrets)).collect();
    assert_eq!(rows, [("cloudtrail", 4, 2), ("k8s_audit", 4, 3), ("authenticator", 2, 1)]);
    assert_eq!((evidence.objects, evidence.included_objects), (4, 4));
    let secrets: Vec<_> = evidence.secrets.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    let expected = [
        ("aws_secret_key", 1),
        ("aws_session_token", 1),
        ("basic_auth", 1),
        ("eks_token", 1),
        ("environment_value", 2),
        ("kubernetes_secret", 3),
        ("kubernetes_token", 1),
        ("password", 1),
    ];
    assert_eq!(secrets, expected);
}

#[test]
fn a_bundle_of_many_chunks_is_sound_and_derived() {
    let records = (0..3000).map(|number| {
        format!(
            r#"{{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:00Z","eventSource":"eks.amazonaws.com","eventName":"ListClusters","eventID":"{number:08}"}}"#
        )
    });
    let object = format!("{{\"Records\":[{}]}}", records.collect::<Vec<_>>().join(","));
    let uri = "s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/x.json.gz".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.zip");
    Recipe { batch_rows: 700, ..Recipe::ZIP }.write_of(&[(uri, archive::gzip(object.as_bytes()))], &at);
    let report = checked(&at);
    assert_eq!(report.findings, []);
    assert_eq!((report.rows, report.derived_rows), (3000, 3000));
}

#[test]
fn a_bundle_without_a_signature_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.zip");
    Recipe { is_signed: false, ..Recipe::ZIP }.write(&at);
    let report = check(&at, None, &Silent).unwrap();
    assert!(report.is_sound());
    assert_eq!(report.signature, Signature::Missing);
    assert_eq!(told(&checked(&at)), [(FindingKind::Unsigned, "")]);
}

#[test]
fn a_signature_that_is_not_checked_is_not_called_valid() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe::FOLDER.write(&at);
    assert_eq!(check(&at, None, &Silent).unwrap().signature, Signature::NotChecked);
}

#[test]
fn nothing_is_overwritten_and_nothing_half_made_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.zip");
    fs::write(&at, "mine").unwrap();
    assert!(Writer::create(&at, Form::Zip).is_err());
    assert_eq!(fs::read(&at).unwrap(), b"mine");

    let writer = Writer::create(&folder.path().join("other"), Form::Folder).unwrap();
    writer.text("coverage.json", "{}").unwrap();
    assert!(writer.text("coverage.json", "{}").is_err());
    assert!(writer.file("../coverage.json").is_err());
    assert!(writer.file("manifest.json").is_err());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_not_finished_stops_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("case"), Form::Folder).unwrap();
    let _open = writer.file("coverage.json").unwrap();
    assert!(writer.finish(Statement::default(), None).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn rows_of_an_object_that_is_not_named_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("case"), Form::Folder).unwrap();
    let mut evidence = EvidenceWriter::create(&writer, Vec::new(), Redaction::Keep).unwrap();
    let rows = rows(&archive::objects());
    evidence.write(rows[0].0, &rows[0].1).unwrap();
    assert!(evidence.finish().is_err());
}

#[test]
fn an_object_with_other_bytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("case"), Form::Folder).unwrap();
    let mut evidence = EvidenceWriter::create(&writer, Vec::new(), Redaction::Keep).unwrap();
    assert!(evidence.object(&sha256(b"one"), b"two").is_err());
}
