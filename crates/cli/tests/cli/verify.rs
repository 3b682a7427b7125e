//! `eksamine verify` as a user meets it: summary, rows, exit status, from a folder and from S3. What each tampering is
//! called is tested in the crate `custody`.

use std::path::PathBuf;

use eksamine_testkit::s3::{Fault, OperationKind, S3Server};
use eksamine_testkit::trail::{self, Metadata, Objects, Signer, Trail, Writer};

use super::{Room, text};

/// Three hours of a trail with a log file in each.
pub fn three_hours(trail: Trail) -> Objects {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(trail, &signer);
    for hour in 0..3_u32 {
        let time = |minute: u32| format!("2024-05-14T{hour:02}:{minute:02}:00Z");
        writer.log(&mut objects, &time(20), &trail::log_content(&time(20), hour.into(), 500));
        writer.digest(&mut objects, &time(0), &format!("2024-05-14T{:02}:00:00Z", hour + 1));
    }
    objects
}

pub fn log_key(objects: &Objects, number: usize) -> String {
    objects.keys().filter(|key| key.contains("/CloudTrail/")).nth(number).unwrap().clone()
}

/// A copy in the folder `copy` of the room, and the keys in `keys.json`.
pub fn copy_in(room: &Room, objects: &Objects) -> PathBuf {
    room.write("keys.json", trail::list_public_keys(&[&Signer::first()]));
    let folder = room.path("copy");
    trail::write_folder(objects, &folder, Metadata::Beside).unwrap();
    folder
}

#[test]
fn a_whole_trail_is_whole() {
    let room = Room::new();
    copy_in(&room, &three_hours(Trail::default()));
    let ran = room.run(&["verify", "copy", "--keys", "keys.json"]).expect(0).quiet();
    let (chain, total) = ran.stdout.split_once("in all ").unwrap();
    assert_eq!(
        chain,
        "111122223333 eu-west-1, trail main, 2024-05-14T00:00:00Z to 2024-05-14T03:00:00Z\n  \
           3 digests, all valid\n  \
           3 log files, all valid\n"
    );
    assert!(total.starts_with("3 digests, all valid; 3 log files, all valid, in "), "{total}");
    let all = room.run(&["verify", "copy", "--keys", "keys.json", "--all", "--format", "ndjson"]).expect(0);
    assert_eq!(all.lines().len(), 6);
    assert!(all.lines().iter().all(|row| row["verdict"] == "valid"));
    assert!(all.stderr.contains("3 log files, all valid"), "{}", all.stderr);
}

#[test]
fn what_is_found_is_told_in_every_form() {
    let (room, mut objects) = (Room::new(), three_hours(Trail::default()));
    let (altered, missing) = (log_key(&objects, 0), log_key(&objects, 1));
    objects.get_mut(&altered).unwrap().bytes = trail::gzip(b"{\"Records\":[]}");
    objects.remove(&missing);
    copy_in(&room, &objects);
    let ran = room.run(&["verify", "copy", "--keys", "keys.json"]).expect(3).quiet();
    assert!(ran.stdout.contains("3 log files: 1 valid, 1 altered, 1 missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the hash of its content is not the one in the digest"), "{}", ran.stdout);
    let rows = room.run(&["verify", "copy", "--keys", "keys.json", "--format", "ndjson"]).expect(3).lines();
    let told: Vec<_> =
        rows.iter().map(|row| (row["verdict"].as_str().unwrap(), row["subject"].as_str().unwrap())).collect();
    assert_eq!(told, [("altered", "log"), ("missing", "log")]);
    assert!(rows[0]["source_uri"].as_str().unwrap().ends_with(&altered));
    assert!(rows[1]["source_uri"].is_null());
    assert_eq!(rows[1]["signed_uri"], format!("s3://example-trail/{missing}"));
    assert_eq!(rows[1]["trail"], "main");
    room.run(&["verify", "copy", "--keys", "keys.json", "-o", "findings.parquet"]).expect(3);
    assert!(room.path("findings.parquet").is_file());
}

#[test]
fn a_bucket_is_verified_by_its_metadata() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    room.write("keys.json", trail::list_public_keys(&[&Signer::first()]));
    for (bucket, verdict) in [("example-trail", "valid"), ("another-bucket", "relocated")] {
        let server = S3Server::start([bucket]);
        trail::put(&objects, &server, bucket);
        let (source, endpoint) = (format!("s3://{bucket}"), server.endpoint());
        let arguments = ["verify", &source, "--keys", "keys.json", "--endpoint-url", &endpoint, "--no-sign-request"];
        let ran = room.run(&[&arguments[..], &["--all", "--format", "ndjson"]].concat()).expect(0);
        let verdicts: Vec<_> = ran.lines().into_iter().map(|row| row["verdict"].clone()).collect();
        assert_eq!(verdicts, [verdict; 6]);
        let original = [&arguments[..], &["--original", "s3://example-trail"]].concat();
        assert!(room.run(&original).expect(0).stdout.contains("3 digests, all valid"));
        // A part of the bucket: what lies outside of it can't be called missing.
        let digests = format!("{source}/AWSLogs/111122223333/CloudTrail-Digest/");
        let part = [&["verify", &digests], &arguments[2..]].concat();
        let ran = room.run(&part).expect(3);
        assert!(ran.stdout.contains("3 log files, all not read"), "{}", ran.stdout);
    }
}

#[test]
fn without_keys_it_is_said_how_to_get_them() {
    let room = Room::new();
    copy_in(&room, &three_hours(Trail::default()));
    let ran = room.run(&["verify", "copy"]).expect(3).says(&[
        "hint: no public keys were given",
        "aws cloudtrail list-public-keys --region eu-west-1 --start-time 2024-05-14T00:00:00Z \
         --end-time 2024-05-14T03:00:00Z > keys-eu-west-1.json",
    ]);
    assert!(ran.stdout.contains("3 digests, all of an unknown key"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_verified_is_an_error() {
    let room = Room::new();
    copy_in(&room, &three_hours(Trail::default()));
    room.write("other.json", "{}");
    room.write("empty/notes.txt", "nothing");
    room.run(&["verify", "empty"]).fails(&["there is nothing to verify in", "hint: give the bucket"]);
    room.run(&["verify", "copy", "--keys", "other.json"]).fails(&["can't read the keys in `other.json`", "hint: save"]);
    room.run(&["verify", "copy", "--keys", "none.json"]).fails(&["can't read the keys in `none.json`"]);
    room.run(&["verify", "nowhere"]).fails(&["there is no `nowhere`"]);
    room.run(&["verify", "copy", "--original", "bucket"]).expect(2);
}

#[test]
fn names_in_an_archive_cannot_act_in_a_terminal() {
    let room = Room::new();
    let hostile = Trail { name: "ma\u{1b}[31min\u{202e}".to_owned(), ..Trail::default() };
    copy_in(&room, &three_hours(hostile));
    for arguments in [&["verify", "copy"][..], &["verify", "copy", "--keys", "keys.json", "--all"]] {
        let ran = room.run(arguments);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
        }
        assert!(ran.stdout.contains("ma\\u{1b}[31min\\u{202e}"), "{}", ran.stdout);
    }
}

#[test]
fn what_a_lake_has_read_is_compared_with_what_is_there_now() {
    let room = Room::new();
    let audit = "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"1\",\
                 \"stage\":\"ResponseComplete\",\"verb\":\"get\",\"requestURI\":\"/\",\"user\":{\"username\":\"sam\"},\
                 \"requestReceivedTimestamp\":\"2024-05-14T10:00:00.000000Z\"}\n";
    for name in ["one", "two", "three"] {
        room.write(&format!("logs/{name}.json"), audit.replace("sam", name));
    }
    room.run(&["ingest", "logs", "--lake", "lake"]).expect(0);
    let ran = room.run(&["verify", "logs", "--lake", "lake"]).expect(0).quiet();
    assert!(ran.stdout.starts_with("in all 3 objects, all valid, in "), "{}", ran.stdout);
    room.write("logs/two.json", audit);
    let ran = room.run(&["verify", "logs", "--lake", "lake"]).expect(3).quiet();
    assert!(ran.stdout.contains("in all 3 objects: 2 valid, 1 altered, in "), "{}", ran.stdout);
    assert!(ran.stdout.contains("logs/two.json"), "{}", ran.stdout);
    room.write("others/x.json", audit);
    room.run(&["verify", "others", "--lake", "lake"]).fails(&["nothing of", "was read before", "hint: objects are"]);
    room.run(&["verify", "logs", "--lake", "lake", "--account", "111122223333"]).expect(2);
}

#[test]
fn the_copy_is_left_as_it_was() {
    let room = Room::new();
    let folder = copy_in(&room, &three_hours(Trail::default()));
    let before = super::files(&folder);
    room.run(&["verify", text(&folder), "--keys", "keys.json"]).expect(0);
    assert_eq!(super::files(&folder), before);
}

#[test]
fn what_could_not_be_listed_is_not_called_missing() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    room.write("keys.json", trail::list_public_keys(&[&Signer::first()]));
    let server = S3Server::start(["example-trail"]);
    trail::put(&objects, &server, "example-trail");
    server.on_request(|operation| {
        let is_logs = operation.kind == OperationKind::List && operation.key.contains("/CloudTrail/");
        is_logs.then_some(Fault::Denied)
    });
    let endpoint = server.endpoint();
    let ran = room.run(&[
        "verify",
        "s3://example-trail",
        "--keys",
        "keys.json",
        "--endpoint-url",
        &endpoint,
        "--no-sign-request",
    ]);
    let ran = ran.expect(3);
    assert!(ran.stdout.contains("3 digests, all valid\n  3 log files, all not read"), "{}", ran.stdout);
    assert!(ran.stdout.contains("could not be listed: `s3://example-trail/AWSLogs/"), "{}", ran.stdout);
}
