//! Faults that pass: everything arrives in the end, and the lake is the one of a network without faults.

use eksamine_archive::Patience;
use eksamine_testkit::s3::{Fault, OperationKind, S3Server, first, first_of_each};

use super::{NO_PATIENCE, PATIENCE, archive, ingest_with, lake, reference, server};

#[track_caller]
fn leaves_no_trace(server: &S3Server, patience: Patience, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let report = ingest_with(patience, server, folder.path());
    assert!(report.is_complete(), "{what}: {:?} {:?}", report.failures, report.unlisted);
    assert_eq!(report.read, archive().len() as u64, "{what}");
    lake::assert_same(reference(), &lake::whole(folder.path()), what);
}

/// Every object meets the fault so many times, each time it is fetched, and is read all the same.
#[track_caller]
fn every_object_survives(times: usize, fault: &Fault) {
    let server = server();
    server.on_request(first_of_each(times, OperationKind::Get, fault.clone()));
    let patience = if *fault == Fault::Silence { NO_PATIENCE } else { PATIENCE };
    leaves_no_trace(&server, patience, &format!("{fault:?}"));
    // A machine that is busy may make the reader ask more often than it has to.
    assert!(server.log().gets() >= archive().len() * (times + 1), "{fault:?}: {} gets", server.log().gets());
}

#[test]
fn bursts_of_slow_down_leave_no_trace() {
    every_object_survives(7, &Fault::SlowDown);
}

#[test]
fn a_server_in_trouble_leaves_no_trace() {
    every_object_survives(5, &Fault::InternalError);
}

#[test]
fn connections_that_close_without_an_answer_leave_no_trace() {
    every_object_survives(3, &Fault::HangUp);
}

#[test]
fn resets_in_the_body_leave_no_trace() {
    every_object_survives(2, &Fault::Reset { after_bytes: 300 });
    every_object_survives(1, &Fault::Reset { after_bytes: 0 });
}

#[test]
fn bodies_that_break_off_leave_no_trace() {
    every_object_survives(3, &Fault::Cut { after_bytes: 300 });
}

#[test]
fn bodies_cut_short_with_success_leave_no_trace() {
    every_object_survives(2, &Fault::Short { bytes: 300 });
    every_object_survives(1, &Fault::Short { bytes: 0 });
}

#[test]
fn bodies_that_stall_leave_no_trace() {
    every_object_survives(1, &Fault::Stall { after_bytes: 300 });
}

#[test]
fn answers_that_do_not_come_leave_no_trace() {
    every_object_survives(1, &Fault::Silence);
}

#[test]
fn listings_that_are_told_to_wait_leave_no_trace() {
    for fault in [Fault::SlowDown, Fault::InternalError] {
        let server = server();
        server.on_request(first_of_each(2, OperationKind::List, fault.clone()));
        leaves_no_trace(&server, PATIENCE, &format!("{fault:?}"));
    }
    let server = server();
    server.set_page_size(2);
    server.on_request(first(9, OperationKind::List, Fault::SlowDown));
    leaves_no_trace(&server, PATIENCE, "nine times");
}

#[test]
fn a_listing_that_is_not_answered_at_first_leaves_no_trace() {
    let server = server();
    server.on_request(first(1, OperationKind::List, Fault::Silence));
    leaves_no_trace(&server, NO_PATIENCE, "silence");
}
