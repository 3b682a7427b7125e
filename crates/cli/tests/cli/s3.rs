//! The same from S3, with the options that reach it.

use eksamine_testkit::s3::{ACCESS_KEY_ID, OperationKind, SECRET_ACCESS_KEY, deny_prefix};
use eksamine_testkit::story;

use super::{Ran, Room, story_accounting, story_server};

#[test]
fn a_bucket_is_read_once() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let arguments = ["ingest", "s3://logs", "--endpoint-url", &endpoint, "--no-sign-request"];
    let dry = room.run(&[&arguments[..], &["--dry-run"]].concat()).expect(0).quiet();
    let objects = story::objects().len();
    assert!(dry.stdout.starts_with(&format!("would read {objects} objects (")), "{}", dry.stdout);
    assert!(dry.stdout.contains("  s3://logs/k8s/staging/  1 object, "), "{}", dry.stdout);
    assert_eq!(server.log().gets(), 0, "a dry run reads nothing");
    assert!(!room.path("lake").exists());

    let ran = room.run(&arguments).expect(3);
    assert_eq!(ran.stdout, "");
    let ran = ran.says(&[&format!("read {objects} objects"), "3 rejects in 2 objects", &story_accounting()]);
    assert!(!ran.stderr.contains(['\r', '\u{1b}']), "{:?}", ran.stderr);
    assert_eq!(server.log().gets(), objects);
    assert!(server.log().operations.iter().all(|operation| operation.access_key_id.is_none()));

    server.clear_log();
    let again = room.run(&arguments).expect(0);
    assert_eq!(again.stdout, "");
    again.says(&[&format!("nothing new in {objects} objects")]);
    assert_eq!(server.log().gets(), 0);

    let uris = room.run(&["sql", "select distinct source_uri from timeline order by 1", "--format", "csv"]).expect(0);
    assert!(uris.stdout.lines().skip(1).all(|uri| uri.starts_with("s3://logs/")), "{}", uris.stdout);
}

#[test]
fn a_dry_run_names_what_lies_in_an_archive_tier() {
    let (room, server) = (Room::new(), story_server());
    for at in 0..4 {
        server.put_in_class("logs", &format!("cold/{at}.gz"), "12345", "DEEP_ARCHIVE");
    }
    server.put_in_class("logs", "cold/5.gz", "12345", "GLACIER");
    server.put_in_class("logs", "cold/instant.gz", "12345", "GLACIER_IR");
    let endpoint = server.endpoint();
    let arguments = ["ingest", "s3://logs/cold/", "--endpoint-url", &endpoint, "--no-sign-request", "--dry-run"];
    let ran = room.run(&arguments).expect(0).quiet();
    assert_eq!(
        ran.stdout,
        "would read 6 objects (30 B)\n  \
           s3://logs/cold/  6 objects, 30 B\n\
         of these, 4 objects (20 B) in DEEP_ARCHIVE: to be restored before they can be read\n\
         of these, 1 object (5 B) in GLACIER: to be restored before they can be read\n  \
           s3://logs/cold/0.gz\n  \
           s3://logs/cold/1.gz\n  \
           s3://logs/cold/2.gz\n  \
           and 2 more\n"
    );
    assert_eq!(server.log().gets(), 0);
}

#[test]
fn a_prefix_and_the_filters_decide_what_is_asked_for() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let arguments =
        ["ingest", "s3://logs/AWSLogs/", "--endpoint-url", &endpoint, "--no-sign-request", "--log-region", "eu-west-1"];
    room.run(&arguments).expect(0).says(&["read 4 objects", "(closes)"]);
    let got = server.log().keys_got();
    assert!(got.len() == 4 && got.iter().all(|key| key.contains("/eu-west-1/")), "{got:?}");
}

#[test]
fn reading_commands_read_buckets_too() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let s3 = ["--from", "s3://logs", "--endpoint-url", &endpoint, "--no-sign-request", "--format", "ndjson"];
    let rows = room.run(&[&["timeline", "demo"], &s3[..]].concat()).expect(3).lines();
    assert!(rows.len() > 80);
    assert!(rows.iter().all(|row| row["source_uri"].as_str().unwrap().starts_with("s3://logs/")));
    assert!(room.temporary_files().is_empty());
}

#[test]
fn requests_are_signed_and_paid_for_when_asked() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let arguments = ["ingest", "s3://logs/k8s/", "--endpoint-url", &endpoint, "--region", "eu-central-1"];
    let mut command = room.eksamine(&[&arguments[..], &["--request-payer", "requester"]].concat());
    command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID).env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    Ran::of(&mut command).expect(0);
    let log = server.log();
    let asked = log.operations.iter().filter(|operation| operation.kind == OperationKind::Get);
    for operation in asked {
        assert_eq!(operation.access_key_id.as_deref(), Some(ACCESS_KEY_ID));
        assert_eq!(operation.region.as_deref(), Some("eu-central-1"));
        assert!(operation.request_payer);
    }
    assert_eq!(log.gets(), 1);
}

#[test]
fn what_is_denied_in_part_is_told_and_tried_again() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let arguments = ["ingest", "s3://logs", "--endpoint-url", &endpoint, "--no-sign-request"];
    server.on_request(|operation| {
        (operation.kind == OperationKind::Get).then(|| deny_prefix("k8s/staging/")(operation)).flatten()
    });
    let ran = room.run(&arguments).expect(3);
    ran.says(&["1 object could not be fetched; the next run tries again:", "s3://logs/k8s/staging/audit.log.gz: "]);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(status.stdout.contains("1 object could not be fetched"), "{}", status.stdout);
    assert!(status.stdout.contains(":\n  1 object: no access to `…`: "), "{}", status.stdout);
    assert!(status.stdout.contains("\n    s3://logs/k8s/staging/audit.log.gz\n"), "{}", status.stdout);

    server.behave();
    let again = room.run(&arguments).expect(0);
    let others = story::objects().len() - 1;
    again.says(&["read 1 object (", &format!("{others} objects read by an earlier run"), "(closes)"]);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(!status.stdout.contains("could not be fetched"), "{}", status.stdout);
}
