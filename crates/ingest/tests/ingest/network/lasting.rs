//! Faults that last, on one object or on a prefix: what can't be read has an entry that says why, the rows are those of
//! an archive that never had it, and the run after the fault converges.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use eksamine_lake::ObjectStatus;
use eksamine_testkit::s3::{Fault, OperationKind, S3Server, always};

use super::{NO_PATIENCE, PATIENCE, archive, ingest, ingest_with, lake, reference, server, server_of, victim};

/// The parts of an archive of these objects.
fn parts_of(keys: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    assert!(ingest(&server_of(keys), folder.path()).is_complete());
    lake::files(folder.path())
}

fn parts_without_victim() -> &'static BTreeMap<String, Vec<u8>> {
    static PARTS: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    PARTS.get_or_init(|| parts_of(|key| key != victim()))
}

/// The victim meets the fault whenever it is fetched. `detail` is what its entry says; in it `ENDPOINT` and `OBJECT`
/// stand for the server and the victim, `SIZE` for the victim's.
#[track_caller]
fn ends_as(fault: &Fault, detail: &str) {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    server.on_request(always(OperationKind::Get, victim(), fault.clone()));
    let patience = if *fault == Fault::Silence { NO_PATIENCE } else { PATIENCE };
    let report = ingest_with(patience, &server, folder.path());

    let uri = format!("s3://logs/{}", victim());
    let entry = lake::object(folder.path(), victim());
    let size = entry.size_bytes.to_string();
    let detail = detail.replace("ENDPOINT", &server.endpoint()).replace("OBJECT", &uri).replace("SIZE", &size);
    assert_eq!(entry.detail.as_ref(), Some(&detail), "{fault:?}");
    assert_eq!((entry.status, entry.records, entry.sha256), (ObjectStatus::Failed, 0, None), "{fault:?}");
    assert!(!report.is_complete() && !report.interrupted, "{fault:?}");
    assert_eq!((report.failed, report.read), (1, archive().len() as u64 - 1), "{fault:?}");
    assert_eq!(report.failures, [(uri, detail)], "{fault:?}");
    assert!(lake::files(folder.path()) == *parts_without_victim(), "{fault:?}: other rows of the other objects");

    converges(&server, folder.path(), 1);
}

/// When the server behaves again, the next run reads what was left, and the lake is as if nothing had happened.
#[track_caller]
fn converges(server: &S3Server, lake: &Path, left: u64) {
    server.behave();
    let report = ingest(server, lake);
    assert!(report.is_complete());
    assert_eq!((report.wanted, report.read), (left, left));
    lake::assert_same(reference(), &lake::whole(lake), "after the fault");
}

#[test]
fn an_object_that_is_always_told_to_wait() {
    ends_as(
        &Fault::SlowDown,
        "no answer from `ENDPOINT` about `OBJECT`: `ENDPOINT` answered 503 `SlowDown`: Please reduce your request rate.",
    );
}

#[test]
fn an_object_the_server_fails_on() {
    ends_as(
        &Fault::InternalError,
        "no answer from `ENDPOINT` about `OBJECT`: `ENDPOINT` answered 500 `InternalError`: We encountered an internal error.",
    );
}

#[test]
fn an_object_whose_connection_always_closes() {
    ends_as(&Fault::HangUp, "no answer from `ENDPOINT` about `OBJECT`: connection closed before message completed");
}

#[test]
fn an_object_whose_connection_is_always_reset() {
    ends_as(
        &Fault::Reset { after_bytes: 300 },
        "no answer from `ENDPOINT` about `OBJECT`: the answer broke off after 300 of SIZE bytes: Connection reset by peer (os error 104)",
    );
}

#[test]
fn an_object_whose_body_always_breaks_off() {
    ends_as(
        &Fault::Cut { after_bytes: 300 },
        "no answer from `ENDPOINT` about `OBJECT`: the answer broke off after 300 of SIZE bytes: end of file before message length reached",
    );
}

#[test]
fn an_object_that_is_always_cut_short_with_success() {
    ends_as(&Fault::Short { bytes: 300 }, "object `OBJECT` is incomplete: 300 of SIZE bytes arrived");
}

#[test]
fn an_object_that_always_stalls() {
    ends_as(
        &Fault::Stall { after_bytes: 300 },
        "no answer from `ENDPOINT` about `OBJECT`: the answer broke off after 300 of SIZE bytes: nothing more came, and the wait was given up",
    );
}

#[test]
fn an_object_that_is_never_answered_for() {
    ends_as(&Fault::Silence, "no answer from `ENDPOINT` about `OBJECT`: HTTP read timeout occurred after 200ms");
}

#[test]
fn an_object_that_is_denied() {
    ends_as(&Fault::Denied, "no access to `OBJECT`: `ENDPOINT` answered 403 `AccessDenied`: Access Denied");
}

#[test]
fn an_object_that_is_listed_and_not_there() {
    ends_as(
        &Fault::NotFound,
        "object `OBJECT` has vanished since it was listed: `ENDPOINT` answered 404 `NoSuchKey`: The specified key does not exist.",
    );
}

#[test]
fn a_prefix_that_may_be_listed_but_not_read_has_an_entry_for_each_object() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    server.on_request(always(OperationKind::Get, "AWSLogs/", Fault::Denied));
    let report = ingest(&server, folder.path());
    let denied: Vec<_> = archive().iter().map(|(key, _)| key).filter(|key| key.starts_with("AWSLogs/")).collect();
    assert!(denied.len() > 3 && denied.len() < archive().len());
    assert_eq!((report.failed, report.unlisted.len()), (denied.len() as u64, 0));
    assert!(!report.is_complete());
    for key in &denied {
        let entry = lake::object(folder.path(), key);
        assert_eq!(entry.status, ObjectStatus::Failed, "{key}");
        assert!(entry.detail.unwrap().starts_with(&format!("no access to `s3://logs/{key}`: ")), "{key}");
    }
    assert!(lake::files(folder.path()) == parts_of(|key| !key.starts_with("AWSLogs/")), "other rows of the others");
    // Each denial is taken at its word.
    assert_eq!(server.log().gets(), archive().len());
    converges(&server, folder.path(), denied.len() as u64);
}
