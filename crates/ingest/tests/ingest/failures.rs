//! What can't be listed or fetched is reported, the rest is read, and the next run makes good for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use eksamine_ingest::{Error, Event, Progress, Report, Settings};
use eksamine_lake::ObjectStatus;
use eksamine_testkit::s3::{Fault, OperationKind, S3Server, deny_prefix};
use eksamine_testkit::story;
use tempfile::TempDir;

use super::story::server;
use super::{Ingest, lake, settings};

/// A server that is about to misbehave, and a folder for the lake.
fn disturbed() -> (S3Server, TempDir) {
    (server(), tempfile::tempdir().unwrap())
}

/// The story's lake, undisturbed.
fn reference() -> lake::Whole {
    let folder = tempfile::tempdir().unwrap();
    read(&server(), &folder);
    lake::whole(folder.path())
}

fn read(server: &S3Server, folder: &TempDir) -> Report {
    Ingest::of_server(server, "s3://logs").run(folder.path())
}

#[test]
fn a_denied_prefix_is_reported_and_read_when_allowed() {
    let (server, folder) = disturbed();
    let denied = "AWSLogs/111122223333/CloudTrail/eu-west-1/";
    server.on_request(deny_prefix(denied));
    let report = read(&server, &folder);
    let [(uri, why)] = report.unlisted.as_slice() else { panic!("{:?}", report.unlisted) };
    assert_eq!(uri, &format!("s3://logs/{denied}"));
    assert!(why.contains("no access"), "{why}");
    assert!(!report.is_complete());
    let below = story::objects().iter().filter(|object| object.key.starts_with(denied)).count() as u64;
    assert!(below > 0);
    assert_eq!(report.wanted + below, story::objects().len() as u64);
    assert_eq!(report.failed, 0);

    server.behave();
    let report = read(&server, &folder);
    assert_eq!((report.wanted, report.unlisted.len()), (below, 0));
    lake::assert_same(&reference(), &lake::whole(folder.path()), "after the denial");
}

#[test]
fn a_bucket_that_denies_everything_is_an_error_and_leaves_the_lake_alone() {
    let (server, folder) = disturbed();
    read(&server, &folder);
    let before = lake::whole(folder.path());
    server.on_request(deny_prefix(""));
    let error = Ingest::of_server(&server, "s3://logs").try_run(folder.path()).unwrap_err();
    assert!(matches!(&error, Error::Archive(eksamine_archive::Error::Denied { .. })), "{error:?}");
    assert!(error.hint().is_some() && !error.is_defect());
    lake::assert_same(&before, &lake::whole(folder.path()), "denied");
}

#[test]
fn a_denied_object_fails_and_is_read_when_allowed() {
    let (server, folder) = disturbed();
    let key = "k8s/staging/audit.log.gz";
    server.on_request(move |operation| {
        (operation.kind == OperationKind::Get && operation.key == key).then_some(Fault::Denied)
    });
    let report = read(&server, &folder);
    assert_eq!((report.failed, report.wanted), (1, story::objects().len() as u64));
    assert_eq!(report.failures.len(), 1);
    assert_eq!(report.failures[0].0, format!("s3://logs/{key}"));
    let entry = lake::object(folder.path(), key);
    assert_eq!((entry.status, entry.records, entry.sha256.as_deref()), (ObjectStatus::Failed, 0, None));
    assert!(entry.detail.as_deref().unwrap().contains("no access"), "{entry:?}");
    assert!(!report.is_complete() && !report.interrupted);

    // Still denied: tried again, and still one entry.
    assert_eq!(read(&server, &folder).wanted, 1);
    assert_eq!(lake::object(folder.path(), key).status, ObjectStatus::Failed);

    server.behave();
    let report = read(&server, &folder);
    assert_eq!((report.wanted, report.read, report.failed), (1, 1, 0));
    lake::assert_same(&reference(), &lake::whole(folder.path()), "after the denial");
}

#[test]
fn an_object_that_vanishes_fails_alone() {
    let (server, folder) = disturbed();
    let key = "exports/cloudtrail-array/events.json";
    server.on_request(move |operation| {
        (operation.kind == OperationKind::Get && operation.key == key).then_some(Fault::NotFound)
    });
    let report = read(&server, &folder);
    assert_eq!(report.failed, 1);
    assert!(lake::object(folder.path(), key).detail.unwrap().contains("vanished"));
}

#[test]
fn an_object_in_glacier_is_named_and_left_there() {
    let (server, folder) = disturbed();
    let object = story::objects().into_iter().find(|object| object.key.starts_with("k8s/")).unwrap();
    server.put_in_class("logs", &object.key, object.bytes, "GLACIER");
    let report = read(&server, &folder);
    assert_eq!(report.failed, 1);
    let detail = lake::object(folder.path(), &object.key).detail.unwrap();
    assert!(detail.contains("restored") && detail.contains("GLACIER"), "{detail}");
}

#[test]
fn an_object_that_changes_after_the_listing_is_read_as_it_is_next_time() {
    let (server, folder) = disturbed();
    let server = Arc::new(server);
    let key = "exports/cloudtrail-array/events.json";
    let whole = story::objects().into_iter().find(|object| object.key == key).unwrap().bytes;
    let (changing, done) = (Arc::clone(&server), AtomicBool::new(false));
    let longer = [whole.as_slice(), b"\n"].concat();
    server.on_request(move |operation| {
        if operation.kind == OperationKind::Get && operation.key == key && !done.swap(true, Ordering::Relaxed) {
            changing.put("logs", key, longer.clone());
        }
        None
    });
    let report = read(&server, &folder);
    assert_eq!(report.failed, 1);
    let entry = lake::object(folder.path(), key);
    assert_eq!(entry.status, ObjectStatus::Failed);
    assert!(entry.detail.unwrap().contains("changed"));
    server.behave();

    let report = read(&server, &folder);
    assert_eq!((report.wanted, report.failed), (1, 0));
    // One entry: that of the object as it is. The one that failed was superseded.
    let entry = lake::object(folder.path(), key);
    assert_eq!((entry.status, entry.size_bytes), (ObjectStatus::Read, whole.len() as u64 + 1));
    assert_eq!(report.accounting.rows, story::truth().distinct_events() as u64);
}

#[test]
fn a_network_that_stumbles_does_not_show() {
    let (server, folder) = disturbed();
    let requests = AtomicU64::new(0);
    server.on_request(move |operation| match requests.fetch_add(1, Ordering::Relaxed) % 9 {
        2 => Some(Fault::SlowDown),
        5 => Some(Fault::InternalError),
        7 if operation.kind == OperationKind::Get => Some(Fault::Cut { after_bytes: 100 }),
        _ => None,
    });
    let report = read(&server, &folder);
    assert_eq!((report.failed, report.unlisted.len()), (0, 0));
    lake::assert_same(&reference(), &lake::whole(folder.path()), "a stumbling network");
}

/// Says stop after so many objects.
struct Stopping<'a> {
    stop: &'a AtomicBool,
    left: AtomicU64,
}

impl Progress for Stopping<'_> {
    fn event(&self, event: Event) {
        if let Event::Read { .. } = event
            && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_stopped_run_commits_what_it_has_and_a_later_one_completes_it() {
    let expected = reference();
    for wave_bytes in [Settings::new(0).wave_bytes, 2_000] {
        let (server, folder) = disturbed();
        let stop = AtomicBool::new(false);
        let stopping = Stopping { stop: &stop, left: AtomicU64::new(9) };
        let settings = Settings { threads: 1, fetches: 2, wave_bytes, ..settings() };
        let ingest = Ingest::of_server(&server, "s3://logs").with(settings).telling(&stopping).stopped_by(&stop);
        let report = ingest.run(folder.path());
        assert!(report.interrupted);
        let entries = lake::objects(folder.path());
        assert_eq!(entries.len() as u64, report.objects());
        assert!((9..report.wanted as usize).contains(&entries.len()), "{} objects", entries.len());
        assert!(entries.iter().all(|entry| entry.status != ObjectStatus::Failed));
        assert_eq!(lake::rows(folder.path()).len() as u64, report.accounting.rows);

        let later = read(&server, &folder);
        assert_eq!((later.known, later.interrupted), (report.objects(), false));
        lake::assert_same(&expected, &lake::whole(folder.path()), "stopped and run again");
    }
}

#[test]
fn a_run_stopped_before_it_begins_does_nothing() {
    let (server, folder) = disturbed();
    let stop = AtomicBool::new(true);
    let report = Ingest::of_server(&server, "s3://logs").stopped_by(&stop).run(folder.path());
    assert!(report.interrupted);
    assert_eq!((server.log().gets(), report.objects()), (0, 0));
}
