//! Whole archives, signed with keys of our own, verified as they lie in a folder: sound ones are not blamed, and of each
//! tampering it is told what it was.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::{Arc, OnceLock};

use eksamine_archive::{Archive, S3Settings};
use eksamine_custody::keys::KeySet;
use eksamine_custody::{Report, Row, Rows, Settings, Silent, Verdict, verify};
use eksamine_testkit::trail::{self, Metadata, Objects, Signer, Trail, Writer, write_folder};

mod again;
mod bytes;
mod gaps;
mod kept;
mod keys;
mod place;
mod sound;
mod tampering;

/// An hour of 14 May 2024, at a minute and a second that CloudTrail might choose.
fn hour(number: u32) -> String {
    format!("2024-05-14T{number:02}:01:31Z")
}

/// A trail over some hours of 14 May: two log files an hour, but none in the third.
fn hours(writer: &mut Writer<'_>, objects: &mut Objects, hours: std::ops::Range<u32>) {
    for number in hours {
        if number != 3 {
            for minute in [15, 40] {
                let at = format!("2024-05-14T{number:02}:{minute}:00Z");
                writer.log(objects, &at, &format!("{{\"Records\":[{{\"eventTime\":\"{at}\",\"n\":{number}}}]}}"));
            }
        }
        writer.digest(objects, &hour(number), &hour(number + 1));
    }
}

/// Six hours of one trail: six digests, ten log files.
fn six_hours() -> Objects {
    static SIGNED: OnceLock<Objects> = OnceLock::new();
    let sign = || {
        let (signer, mut objects) = (Signer::first(), Objects::new());
        hours(&mut Writer::new(Trail::default(), &signer), &mut objects, 0..6);
        objects
    };
    SIGNED.get_or_init(sign).clone()
}

/// The key of the digest that ends with an hour.
fn digest_key(number: u32) -> String {
    Trail::default().digest_key(hour(number).parse().unwrap())
}

/// The key of the log file of an hour, the first or the second.
fn log_key(objects: &Objects, number: u32, which: usize) -> String {
    let part = format!("_20240514T{number:02}");
    let mut keys = objects.keys().filter(|key| key.contains("/CloudTrail/") && key.contains(&part));
    keys.nth(which).unwrap().clone()
}

fn all_rows() -> Settings {
    let mut keys = KeySet::default();
    keys.add_json(trail::list_public_keys(&[&Signer::first()]).as_bytes()).unwrap();
    Settings { keys, rows: Rows::All, threads: 2, ..Settings::default() }
}

fn findings() -> Settings {
    Settings { rows: Rows::Findings, ..all_rows() }
}

/// Verifies objects as a local copy that kept its metadata in sidecars.
fn verified(objects: &Objects, settings: &Settings) -> Report {
    verified_copy(objects, Metadata::Beside, settings)
}

fn verified_copy(objects: &Objects, metadata: Metadata, settings: &Settings) -> Report {
    let folder = tempfile::tempdir().unwrap();
    write_folder(objects, folder.path(), metadata).unwrap();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let archive: Arc<dyn Archive> =
            eksamine_archive::open(folder.path().to_str().unwrap(), &S3Settings::default()).await.unwrap();
        let report = verify(&archive, settings, &Silent).await.unwrap();
        if settings.origin.is_none() {
            kept::assert_tells_the_same(&archive, settings, &report).await;
        }
        report
    })
}

/// A verdict, the last part of the key, and why.
type Told = (Verdict, String, String);

/// What is not proved.
fn told(report: &Report) -> Vec<Told> {
    let name = |row: &Row| {
        let uri = row.uri.as_ref().or(row.signed_uri.as_ref()).map_or("", |uri| uri.rsplit('/').next().unwrap());
        uri.to_owned()
    };
    let findings = report.rows.iter().filter(|row| !row.verdict.is_proved());
    findings.map(|row| (row.verdict, name(row), row.detail.clone())).collect()
}

/// The only finding there is to be.
#[track_caller]
fn the_finding(objects: &Objects) -> Told {
    let told = told(&verified(objects, &findings()));
    assert_eq!(told.len(), 1, "{told:#?}");
    told.into_iter().next().unwrap()
}

fn name_of(key: &str) -> String {
    key.rsplit('/').next().unwrap().to_owned()
}
