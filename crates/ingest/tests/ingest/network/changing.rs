//! Objects that are replaced while they are being read. What is read of an object is one of its versions, whole, and
//! the entry of the other one says what happened. (Replaced between list and get, with nothing else amiss: `ordinary`.)

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eksamine_lake::ObjectStatus;
use eksamine_testkit::s3::{Fault, OperationKind, S3Server};

use super::{ingest, lake, lake_of, server, victim};

/// What the victim is replaced by: one event of its own.
const NEW: &str = r#"{"eventVersion":"1.08","eventTime":"2025-03-03T12:00:00Z","eventSource":"eks.amazonaws.com","eventName":"ListClusters","eventID":"00000000-0000-4000-8000-000000000001"}"#;

/// The rows are those of an archive that had `NEW` all along, in place of the victim.
#[track_caller]
fn is_as_if_new_had_always_been_there(lake: &Path) {
    let server = server();
    server.put("logs", victim(), NEW);
    lake::assert_same(&lake_of(&server), &lake::whole(lake), "the object as it is now");
}

#[test]
fn an_object_replaced_between_two_attempts_is_not_mixed() {
    let (server, folder) = (Arc::new(server()), tempfile::tempdir().unwrap());
    let (changing, attempts) = (Arc::clone(&server), AtomicUsize::new(0));
    server.on_request(move |operation| {
        if operation.kind != OperationKind::Get || operation.key != victim() {
            return None;
        }
        if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            return Some(Fault::Cut { after_bytes: 300 });
        }
        changing.put("logs", victim(), NEW);
        None
    });
    let report = ingest(&server, folder.path());
    assert_eq!((report.failed, report.is_complete()), (1, false));
    let entry = lake::object(folder.path(), victim());
    assert_eq!((entry.status, entry.records), (ObjectStatus::Failed, 0));
    let changed = format!("object `s3://logs/{}` has changed since it was listed: ", victim());
    assert!(entry.detail.as_deref().unwrap().starts_with(&changed), "{entry:?}");

    server.behave();
    assert_eq!(ingest(&server, folder.path()).read, 1);
    is_as_if_new_had_always_been_there(folder.path());
}

#[test]
fn an_object_replaced_where_conditions_are_ignored_is_not_taken_for_the_one_listed() {
    let (server, folder) = (Arc::new(server()), tempfile::tempdir().unwrap());
    let changing = Arc::clone(&server);
    server.on_request(move |operation| {
        if operation.kind != OperationKind::Get || operation.key != victim() {
            return None;
        }
        changing.put("logs", victim(), NEW);
        Some(Fault::Unconditional)
    });
    let report = ingest(&server, folder.path());
    assert_eq!((report.failed, report.is_complete()), (1, false));
    let detail = lake::object(folder.path(), victim()).detail.unwrap();
    assert!(detail.contains("has changed since it was listed: its ETag was `"), "{detail}");

    server.behave();
    assert_eq!(ingest(&server, folder.path()).read, 1);
    is_as_if_new_had_always_been_there(folder.path());
}

/// `b` has one version on the page that it ends, and another on the page that it begins.
#[track_caller]
fn is_read_as_it_is_now(before: &str, after: &str) {
    let server = Arc::new(S3Server::start(["logs"]));
    for (number, key) in ["a", "b", "c", "d"].into_iter().enumerate() {
        server.put("logs", key, NEW.replace("000001", &format!("00010{number}")));
    }
    server.put("logs", "b", before.to_owned());
    server.set_page_size(2);
    let (changing, pages, after) = (Arc::clone(&server), AtomicUsize::new(0), after.to_owned());
    server.on_request(move |operation| {
        if operation.kind != OperationKind::List {
            return None;
        }
        if pages.fetch_add(1, Ordering::Relaxed) == 1 {
            changing.put("logs", "b", after.clone());
        }
        Some(Fault::RepeatedEntry)
    });
    let folder = tempfile::tempdir().unwrap();
    let report = ingest(&server, folder.path());
    assert_eq!((report.listed, report.read, report.failed), (5, 4, 1), "both versions were listed, and one is there");
    assert!(!report.is_complete());

    server.behave();
    let report = ingest(&server, folder.path());
    assert_eq!((report.wanted, report.known), (0, 4));
    let expected = tempfile::tempdir().unwrap();
    assert!(ingest(&server, expected.path()).is_complete());
    assert!(lake::files(folder.path()) == lake::files(expected.path()), "other rows");
    let entries = lake::objects(folder.path());
    for entry in lake::objects(expected.path()) {
        assert!(entries.contains(&entry), "{entry:?}");
    }
}

#[test]
fn an_object_replaced_while_pages_repeat_it_is_read_as_it_is_now() {
    // In either order of their ETags.
    let other = NEW.replace("ListClusters", "ListAddons");
    is_read_as_it_is_now(NEW, &other);
    is_read_as_it_is_now(&other, NEW);
}
