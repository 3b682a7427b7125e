//! Archives read again, against the hashes of the first reading.

use eksamine_custody::{Error, Known, Recheck, Subject, recheck};
use sha2::{Digest, Sha256};

use super::*;

fn files() -> Vec<(&'static str, &'static [u8])> {
    vec![("a/1.gz", b"one"), ("a/2.gz", b"two"), ("b/3.gz", b"three")]
}

/// Writes files, notes their hashes, lets them be changed, and reads them again.
fn again(change: impl FnOnce(&std::path::Path), settings: &Settings) -> Result<Recheck, Error> {
    let folder = tempfile::tempdir().unwrap();
    let mut known = Vec::new();
    for (name, content) in files() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let sha256 = Some(eksamine_custody::digest::hex(&Sha256::digest(content)));
        known.push(Known { uri: format!("file://{}", path.display()), sha256 });
    }
    change(folder.path());
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let source = folder.path().to_str().unwrap();
        let archive: Arc<dyn Archive> = eksamine_archive::open(source, &S3Settings::default()).await.unwrap();
        recheck(&archive, &known, settings, &Silent).await
    })
}

#[test]
fn what_is_as_it_was_is_valid() {
    let report = again(|_| (), &all_rows()).unwrap();
    assert!(report.is_whole());
    assert_eq!((report.objects.of(Verdict::Valid), report.rows.len()), (3, 3));
    assert!(report.rows.iter().all(|row| row.subject == Subject::Object));
    assert_eq!(again(|_| (), &findings()).unwrap().rows, []);
}

#[test]
fn what_changed_came_or_went_is_told() {
    let change = |folder: &std::path::Path| {
        std::fs::write(folder.join("a/1.gz"), "other").unwrap();
        std::fs::remove_file(folder.join("a/2.gz")).unwrap();
        std::fs::write(folder.join("b/4.gz"), "new").unwrap();
        // What belongs to digests is not of the lake.
        std::fs::write(folder.join("b/3.gz.head-object.json"), "{}").unwrap();
    };
    let report = again(change, &findings()).unwrap();
    let told: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.verdict, name_of(row.uri.as_ref().or(row.signed_uri.as_ref()).unwrap())))
        .collect();
    let expected = [(Verdict::Altered, "1.gz"), (Verdict::Missing, "2.gz"), (Verdict::Unattested, "4.gz")];
    assert_eq!(told, expected.map(|(verdict, name)| (verdict, name.to_owned())));
    assert!(!report.is_whole());
}

#[test]
fn another_archive_is_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x"), "x").unwrap();
    let known = [Known { uri: format!("file://{}2/x", folder.path().display()), sha256: None }];
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let source = folder.path().to_str().unwrap();
        let archive: Arc<dyn Archive> = eksamine_archive::open(source, &S3Settings::default()).await.unwrap();
        let error = recheck(&archive, &known, &findings(), &Silent).await.unwrap_err();
        assert!(matches!(error, Error::Unrelated { .. }) && error.hint().is_some(), "{error}");
    });
}
