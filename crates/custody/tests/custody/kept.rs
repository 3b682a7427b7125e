//! What was kept of an archive tells the same as the archive itself. Every test of this crate that verifies a copy passes
//! through here.

use std::collections::BTreeMap;
use std::sync::Arc;

use eksamine_archive::{Archive, Depth, ObjectMeta, Page};
use eksamine_custody::kept::{Held, KeptArchive, KeptObject, TELLING_EVENTS};
use eksamine_custody::name::{self, Kind};
use eksamine_custody::{Hashing, Report, Row, Settings, Silent, Subject, Verdict, sidecar, verify, verify_kept};
use eksamine_sources::Limits;
use eksamine_sources::gunzip::one_member;
use eksamine_testkit::trail::{self, Metadata, write_folder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{all_rows, digest_key, six_hours};

/// Keeps an archive as an ingest would, verifies that, and compares.
pub async fn assert_tells_the_same(archive: &Arc<dyn Archive>, settings: &Settings, report: &Report) {
    let (objects, records) = keep(archive).await;
    let mut kept = KeptArchive::divide(objects, &records);
    assert_eq!(kept.len(), 1);
    let of_kept = verify_kept(kept.remove(0), settings, &Silent).await.unwrap();
    let told = |report: &Report| -> Vec<Row> {
        report.rows.iter().map(|row| Row { sha256: None, detail: without_place(row), ..row.clone() }).collect()
    };
    assert_eq!(told(&of_kept), told(report));
    let counted = |report: &Report| (report.digests(), report.logs(), report.gaps(), report.unknown_keys.clone());
    assert_eq!(counted(&of_kept), counted(report));
}

/// Of what is missing a lake can't tell why.
fn without_place(row: &Row) -> String {
    if row.verdict == Verdict::Missing && row.subject == Subject::Log { String::new() } else { row.detail.clone() }
}

async fn keep(archive: &Arc<dyn Archive>) -> (Vec<KeptObject>, Vec<String>) {
    let (sender, mut pages) = tokio::sync::mpsc::channel::<Page>(64);
    let collect = async {
        let mut objects: Vec<ObjectMeta> = Vec::new();
        while let Some(page) = pages.recv().await {
            objects.extend(page.objects);
        }
        objects
    };
    let (listed, objects) = tokio::join!(archive.list(archive.prefix(), Depth::All, sender), collect);
    listed.unwrap();
    let (mut kept, mut records) = (Vec::new(), Vec::new());
    for object in objects {
        let fetched = archive.get(&object).await.unwrap();
        let is_proof = sidecar::object_of(&object.key).is_some()
            || matches!(name::kind(&object.key), Kind::Digest { .. } | Kind::StrayDigest);
        let content = one_member(&fetched.bytes, &Limits::default());
        if let (false, Ok(content)) = (is_proof, &content) {
            records.extend(telling_records(content));
        }
        let held = if is_proof {
            Held::Whole { bytes: fetched.bytes.clone(), metadata: fetched.metadata }
        } else {
            Held::Content(content.map(|content| Sha256::digest(content).into()))
        };
        let sha256 = Some(hex(&Sha256::digest(&fetched.bytes)));
        kept.push(KeptObject { uri: object.uri, key: Some(object.key), size_bytes: object.size_bytes, sha256, held });
    }
    (kept, records)
}

fn telling_records(content: &[u8]) -> Vec<String> {
    let document: Value = serde_json::from_slice(content).unwrap_or_default();
    let records = document["Records"].as_array().cloned().unwrap_or_default();
    let tells = |record: &Value| TELLING_EVENTS.iter().any(|name| record["eventName"] == *name);
    records.iter().filter(|record| tells(record)).map(Value::to_string).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn rows_say_which_bytes_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(&six_hours(), folder.path(), Metadata::Beside).unwrap();
    let place = folder.path().to_str().unwrap();
    let archive: Arc<dyn Archive> =
        eksamine_archive::open(place, &eksamine_archive::S3Settings::default()).await.unwrap();
    let hashes = |report: &Report| -> BTreeMap<String, Option<String>> {
        report.rows.iter().map(|row| (row.uri.clone().unwrap(), row.sha256.clone())).collect()
    };
    let settings = Settings { hashing: Hashing::ObjectsToo, ..all_rows() };
    let of_archive = hashes(&verify(&archive, &settings, &Silent).await.unwrap());
    assert_eq!(of_archive.len(), 16);
    for (uri, sha256) in &of_archive {
        let bytes = std::fs::read(uri.strip_prefix("file://").unwrap()).unwrap();
        assert_eq!(sha256.as_deref(), Some(hex(&Sha256::digest(bytes)).as_str()), "{uri}");
    }
    let (objects, records) = keep(&archive).await;
    let kept = KeptArchive::divide(objects, &records).remove(0);
    assert_eq!(hashes(&verify_kept(kept, &all_rows(), &Silent).await.unwrap()), of_archive);
}

#[tokio::test]
async fn what_was_not_kept_is_not_judged() {
    let uri = |key: &str| format!("s3://{}/{key}", trail::Trail::default().bucket);
    let objects = six_hours();
    let object = |(key, stored): (&String, &trail::Stored)| KeptObject {
        uri: uri(key),
        key: None,
        size_bytes: 1,
        sha256: None,
        held: match name::kind(key) {
            Kind::Digest { .. } if *key != digest_key(6) => {
                Held::Whole { bytes: stored.bytes.clone().into(), metadata: stored.metadata.clone() }
            }
            _ => Held::Nothing("it was too large".to_owned()),
        },
    };
    let kept = KeptArchive::divide(objects.iter().map(object), &[]).remove(0);
    let report = verify_kept(kept, &all_rows(), &Silent).await.unwrap();
    assert_eq!((report.digests().of(Verdict::Valid), report.digests().of(Verdict::Unread)), (5, 1));
    assert_eq!(report.logs().of(Verdict::Unread), 10, "those of the last hour as well, which no digest names now");
    let unread = report.rows.iter().filter(|row| row.verdict == Verdict::Unread);
    assert!(unread.clone().all(|row| row.detail == "it was too large"), "{:?}", unread.collect::<Vec<_>>());
}
