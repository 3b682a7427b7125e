//! Objects that are no logs, or are meant to do harm, and defects of ours: each ends in an entry or an error, never in
//! a hang, and nothing is lost around it.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use eksamine_ingest::{Error, Event, Progress, Settings};
use eksamine_lake::ObjectStatus;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Counting, Ingest, lake, settings};

const GOOD: &str = r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:00:00Z","eventSource":"eks.amazonaws.com","eventName":"ListClusters","eventID":"00000000-0000-4000-8000-000000000001"}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn what_is_no_log_is_named_and_not_read_again() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(logs.path(), "picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01");
    put(logs.path(), "empty.json", b"");
    put(logs.path(), "empty.json.gz", gzip(b""));
    put(logs.path(), "none.json.gz", gzip(br#"{"Records":[]}"#));
    put(logs.path(), "good.json", GOOD);
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.read, report.unknown, report.partial, report.failed), (4, 1, 0, 0));
    assert_eq!((report.records, report.rows), (1, 1));
    let picture = lake::object(folder.path(), "picture.png");
    assert_eq!((picture.status, picture.envelope.as_deref()), (ObjectStatus::Unknown, None));
    assert!(picture.sha256.is_some() && picture.detail.is_some());
    for name in ["empty.json", "empty.json.gz"] {
        assert_eq!(lake::object(folder.path(), name).detail.as_deref(), Some("empty object"), "{name}");
    }
    assert_eq!(lake::object(folder.path(), "none.json.gz").detail, None);
    let again = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((again.wanted, again.known), (0, 5));
}

#[test]
fn harmful_objects_become_rejects() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut settings = settings();
    settings.limits.inflated_bytes = 1 << 20;
    let deep =
        format!(r#"{{"eventName":"x","eventID":"y","eventVersion":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    put(logs.path(), "bomb.json.gz", gzip(format!("{GOOD}\n{}", " ".repeat(8 << 20)).as_bytes()));
    put(logs.path(), "deep.json", &deep);
    put(logs.path(), "bytes.json", [br#"{"eventName":""#.as_slice(), b"\xff\xfe", br#""}"#].concat());
    put(logs.path(), "openings.json", "[{".repeat(100_000));
    put(logs.path(), "other.json", r#"{"configurationItems":[{"a":1}]}"#);
    put(logs.path(), "named-so.json.gz", GOOD);
    put(logs.path(), "timeless.json", GOOD.replace("2024-05-14T14:00:00Z", "the day before yesterday"));
    let report = Ingest::of_folder(logs.path()).with(settings).run(folder.path());
    assert_eq!((report.failed, report.unknown), (0, 0));
    let reasons = |name: &str| lake::object(folder.path(), name).detail;
    assert_eq!(reasons("bomb.json.gz").as_deref(), Some("too_large: 1"));
    assert_eq!(reasons("bytes.json").as_deref(), Some("invalid_utf8: 1"));
    assert_eq!(reasons("other.json").as_deref(), Some("unknown_record: 1"));
    assert!(reasons("openings.json").is_some());
    // Depth does no harm by itself: what lies deep is text. Without a time it has a partition of its own.
    assert_eq!((reasons("deep.json"), reasons("timeless.json")), (None, None));
    let rows = lake::rows(folder.path());
    assert!(rows.iter().any(|row| row.text("raw") == deep));
    // The third is the event that two objects carry.
    assert_eq!((report.rows, report.folded), (3, 1));
    let days: Vec<String> =
        lake::files(folder.path()).into_keys().map(|path| path[..path.rfind('/').unwrap()].to_owned()).collect();
    let sightings = "sightings/of=cloudtrail/day=2024-05-14";
    assert_eq!(days, ["cloudtrail/day=2024-05-14", "cloudtrail/day=__HIVE_DEFAULT_PARTITION__", sightings]);
}

/// Rejects are kept in memory until they are committed, so many of them end the wave.
#[test]
fn rejects_do_not_pile_up() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let filler = "x".repeat(1 << 20);
    for number in 0..24 {
        put(logs.path(), &format!("{number:02}.json"), format!(r#"{{"number":{number},"filler":"{filler}"}}"#));
    }
    put(logs.path(), "99.json", GOOD);
    let counting = Counting::default();
    let settings = Settings { memory_bytes: 64 << 20, threads: 1, fetches: 1, ..settings() };
    let report = Ingest::of_folder(logs.path()).with(settings).telling(&counting).run(folder.path());
    assert!(counting.commits.load(Ordering::Relaxed) >= 3);
    assert_eq!((report.partial, report.rejects, report.rows, report.interrupted), (24, 24, 1, false));
    for reject in lake::rejects(folder.path()) {
        assert_eq!(reject.bytes.len(), 1 << 20, "what is kept of a large reject");
        assert!(reject.length_bytes > 1 << 20);
    }
}

#[test]
fn no_threads_and_no_fetches_are_one_of_each() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(logs.path(), "good.json", GOOD);
    let settings = Settings { threads: 0, fetches: 0, memory_bytes: 0, wave_bytes: 0, ..settings() };
    assert_eq!(Ingest::of_folder(logs.path()).with(settings).run(folder.path()).rows, 1);
}

struct Panicking;

impl Progress for Panicking {
    fn event(&self, event: Event) {
        assert!(!matches!(event, Event::Read { .. }), "a defect");
    }
}

#[test]
fn a_worker_that_panics_ends_the_run_and_leaves_the_lake_alone() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..40 {
        put(logs.path(), &format!("{number:02}.json"), GOOD);
    }
    let settings = Settings { threads: 1, fetches: 1, ..settings() };
    let ingest = Ingest::of_folder(logs.path()).with(settings);
    let error = Ingest { progress: &Panicking, ..Ingest::of_folder(logs.path()).with(ingest.settings.clone()) };
    let error = error.try_run(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Worker) && error.is_defect());
    assert!(lake::objects(folder.path()).is_empty());
    assert_eq!(ingest.run(folder.path()).folded, 39);
}
