//! Listings that fail, repeat themselves or lose their place: what they had is read, once, and what they may have
//! missed is named.

use std::sync::atomic::{AtomicUsize, Ordering};

use eksamine_testkit::s3::{Fault, Operation, OperationKind, always};

use super::{archive, ingest, lake, reference, server};

/// A prefix that is listed in one go, and how many objects lie below.
fn folder_of_many() -> (String, usize) {
    let of_firehose = archive().iter().find(|(key, _)| key.starts_with("firehose/")).unwrap();
    let prefix: String = of_firehose.0.split_inclusive('/').take(2).collect();
    let objects = archive().iter().filter(|(key, _)| key.starts_with(&prefix)).count();
    assert!(objects > 6, "{objects} below {prefix}");
    (prefix, objects)
}

/// Fails every page of one prefix but the first.
fn from_the_second_page(prefix: &str, fault: Fault) -> impl Fn(&Operation) -> Option<Fault> + Send + Sync + use<> {
    let (prefix, pages) = (prefix.to_owned(), AtomicUsize::new(0));
    move |operation| {
        let is_of_prefix = operation.kind == OperationKind::List && operation.key == prefix;
        (is_of_prefix && pages.fetch_add(1, Ordering::Relaxed) > 0).then(|| fault.clone())
    }
}

#[test]
fn a_listing_that_breaks_off_is_named_and_what_it_had_is_read() {
    for (fault, why) in [
        (Fault::InternalError, "no answer from "),
        (Fault::Denied, "no access to "),
        (Fault::LostPlace, "could not be read"),
    ] {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let (prefix, objects) = folder_of_many();
        server.set_page_size(3);
        server.on_request(from_the_second_page(&prefix, fault.clone()));
        let report = ingest(&server, folder.path());
        let [(uri, told)] = report.unlisted.as_slice() else { panic!("{fault:?}: {:?}", report.unlisted) };
        assert_eq!(uri, &format!("s3://logs/{prefix}"), "{fault:?}");
        assert!(told.contains(why), "{fault:?}: {told}");
        assert!(!report.is_complete(), "{fault:?}");
        // A page that does not say where it goes on was still a page.
        let had = if fault == Fault::LostPlace { 6 } else { 3 };
        assert_eq!((report.failed, report.read), (0, (archive().len() - objects + had) as u64), "{fault:?}");

        server.behave();
        let report = ingest(&server, folder.path());
        assert!(report.is_complete());
        assert_eq!(report.read, (objects - had) as u64, "{fault:?}");
        lake::assert_same(reference(), &lake::whole(folder.path()), &format!("after {fault:?}"));
    }
}

#[test]
fn entries_that_pages_repeat_are_read_once() {
    for page_size in [2, 3, 5] {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        server.set_page_size(page_size);
        server.on_request(always(OperationKind::List, "", Fault::RepeatedEntry));
        let report = ingest(&server, folder.path());
        assert!(report.is_complete());
        assert_eq!((report.listed, report.read), (archive().len() as u64, archive().len() as u64));
        assert_eq!(server.log().gets(), archive().len());
        lake::assert_same(reference(), &lake::whole(folder.path()), &format!("pages of {page_size}"));
    }
}
