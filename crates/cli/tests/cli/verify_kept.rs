//! `eksamine verify` on what a lake has kept, and the verdicts that come of it: the same as on the archive, about the very
//! bytes that the lake has read, and there for any query.

use std::path::Path;

use eksamine_testkit::cloudtrail::CloudTrailServer;
use eksamine_testkit::s3::{ACCESS_KEY_ID, S3Server, SECRET_ACCESS_KEY};
use eksamine_testkit::trail::{self, Objects, Signer, Trail};
use serde_json::{Value, json};

use super::verify::{copy_in, log_key, three_hours};
use super::{Ran, Room};

const KEYS: [&str; 2] = ["--keys", "keys.json"];

fn verify(room: &Room, what: &[&str]) -> Ran {
    room.run(&[&["verify"], what, &KEYS].concat())
}

/// A lake of a copy in the room, and the copy gone.
fn lake_of(room: &Room, objects: &Objects) {
    copy_in(room, objects);
    room.run(&["ingest", "copy", "--lake", "lake"]);
}

/// The verdicts of a lake on objects of a kind, by the order of their keys.
fn verdicts(room: &Room, folder: &str) -> Vec<Value> {
    let sql = format!(
        "select digest from objects where uri like '%/{folder}/%' and uri not like '%.head-object.json' \
         order by uri, read_at"
    );
    let rows = room.run(&["sql", &sql, "--lake", "lake", "--format", "ndjson"]).expect(0).lines();
    rows.iter().map(|row| row["digest"].clone()).collect()
}

fn counts(room: &Room) -> Vec<Value> {
    let sql = "select digest, count(*) as n from objects group by 1 order by 1 nulls last";
    room.run(&["sql", sql, "--lake", "lake", "--format", "ndjson"]).expect(0).lines()
}

/// What was said, without how long it took.
fn told(ran: &Ran) -> &str {
    ran.stdout.rsplit_once(", in ").unwrap().0
}

#[test]
fn a_lake_proves_what_it_read_without_the_archive() {
    let room = Room::new();
    let objects = three_hours(Trail::default());
    lake_of(&room, &objects);
    assert_eq!(counts(&room), [json!({"digest": null, "n": 9})]);
    let of_copy = verify(&room, &["copy"]).expect(0).quiet();
    std::fs::remove_dir_all(room.path("copy")).unwrap();
    let ran = verify(&room, &["--lake", "lake"]).expect(0);
    assert_eq!(told(&ran), told(&of_copy));
    assert_eq!(
        ran.stderr,
        "verdicts on 6 objects are kept in the lake, in the column `digest` of the table `objects`\n"
    );
    // What holds the metadata of a digest has no verdict of its own.
    assert_eq!(counts(&room), [json!({"digest": "valid", "n": 6}), json!({"digest": null, "n": 3})]);
}

#[test]
fn what_is_wrong_with_an_archive_is_told_of_the_lake_as_well() {
    type Change = fn(&mut Objects, &str);
    let changes: [(&str, Change); 6] = [
        ("altered", |objects, key| objects.get_mut(key).unwrap().bytes = trail::gzip(b"{\"Records\":[]}")),
        ("two members", |objects, key| objects.get_mut(key).unwrap().bytes.extend(trail::gzip(b" "))),
        ("no gzip", |objects, key| objects.get_mut(key).unwrap().bytes = b"{\"Records\":[]}".to_vec()),
        ("missing", |objects, key| drop(objects.remove(key))),
        ("planted", |objects, key| {
            let planted = objects[key].clone();
            objects.insert(key.replace("0000000000000002", "0000000000000009"), planted);
        }),
        ("a digest with another signature", |objects, _| {
            let digest = objects.keys().find(|key| key.contains("_20240514T020000Z")).unwrap().clone();
            objects.get_mut(&digest).unwrap().metadata.insert("signature".to_owned(), "00".repeat(256));
        }),
    ];
    for (name, change) in changes {
        let (room, mut objects) = (Room::new(), three_hours(Trail::default()));
        let key = log_key(&objects, 1);
        change(&mut objects, &key);
        lake_of(&room, &objects);
        let rows = |what: &[&str]| {
            let rows = room.run(&[&["verify"], what, &KEYS, &["--format", "ndjson"]].concat()).expect(3).lines();
            let rows = rows.iter().map(|row| (row["verdict"].clone(), row["subject"].clone(), row["name"].clone()));
            rows.collect::<Vec<_>>()
        };
        let of_copy = rows(&["copy"]);
        assert!(!of_copy.is_empty(), "{name}");
        assert_eq!(rows(&["--lake", "lake"]), of_copy, "{name}");
        for (verdict, _, name) in of_copy.iter().filter(|(verdict, _, _)| *verdict != "missing") {
            let sql = format!("select digest from objects where uri like '%{}'", name.as_str().unwrap());
            let kept = room.run(&["sql", &sql, "--lake", "lake", "--format", "ndjson"]).expect(0).lines();
            assert_eq!(kept[0]["digest"], *verdict, "{name}");
        }
    }
}

#[test]
fn a_verdict_is_of_the_bytes_it_was_given_on() {
    let (room, mut objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    verify(&room, &["--lake", "lake"]).expect(0);
    let key = log_key(&objects, 1);
    objects.get_mut(&key).unwrap().bytes = trail::gzip(b"{\"Records\":[]}");
    std::fs::write(room.path("copy").join(&key), &objects[&key].bytes).unwrap();
    room.write("copy/others/x.txt", "something else");
    room.run(&["ingest", "copy", "--lake", "lake"]);
    let of_logs = |room: &Room| verdicts(room, "CloudTrail");
    assert_eq!(
        of_logs(&room),
        [json!("valid"), json!("valid"), json!(null), json!("valid")],
        "not what was read since"
    );
    verify(&room, &["--lake", "lake"]).expect(3);
    assert_eq!(of_logs(&room), [json!("valid"), json!("valid"), json!("altered"), json!("valid")]);
    assert_eq!(verdicts(&room, "CloudTrail-Digest"), [json!("valid"), json!("valid"), json!("valid")]);
}

#[test]
fn without_keys_nothing_is_proved_and_what_was_proved_stays() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    let ran = room.run(&["verify", "--lake", "lake"]).expect(3);
    assert!(ran.stdout.contains("3 digests, all of an unknown key"), "{}", ran.stdout);
    ran.says(&["hint: no public keys were given", "list-public-keys --region eu-west-1"]);
    assert_eq!(verdicts(&room, "CloudTrail"), [json!("unknown_key"), json!("unknown_key"), json!("unknown_key")]);
    verify(&room, &["--lake", "lake"]).expect(0);
    room.run(&["verify", "--lake", "lake"]).expect(3);
    assert_eq!(verdicts(&room, "CloudTrail"), [json!("valid"), json!("valid"), json!("valid")]);
}

#[test]
fn an_archive_is_verified_for_a_lake() {
    let (room, mut objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    let key = log_key(&objects, 1);
    objects.get_mut(&key).unwrap().bytes = trail::gzip(b"{\"Records\":[]}");
    std::fs::write(room.path("copy").join(&key), &objects[&key].bytes).unwrap();
    let ran = verify(&room, &["copy", "--lake", "lake"]).expect(3);
    assert!(ran.stdout.contains("3 log files: 2 valid, 1 altered"), "{}", ran.stdout);
    ran.says(&["verdicts on 5 objects are kept"]);
    assert_eq!(verdicts(&room, "CloudTrail"), [json!("valid"), json!(null), json!("valid")], "it read other bytes");
}

#[test]
fn digests_are_compared_with_what_was_read_like_any_object() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    let ran = room.run(&["verify", "copy", "--lake", "lake"]).expect(0).quiet();
    assert!(ran.stdout.starts_with("in all 9 objects, all valid, in "), "{}", ran.stdout);
    assert_eq!(counts(&room), [json!({"digest": null, "n": 9})], "that nothing has changed is no proof of what it was");
    let digest = objects.keys().find(|key| key.contains("/CloudTrail-Digest/")).unwrap();
    room.write(&format!("copy/{digest}"), trail::gzip(b"{}"));
    let ran = room.run(&["verify", "copy", "--lake", "lake"]).expect(3).quiet();
    assert!(ran.stdout.contains("in all 9 objects: 8 valid, 1 altered, in "), "{}", ran.stdout);
}

#[test]
fn what_could_not_be_fetched_is_not_called_missing() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    let server = S3Server::start(["example-trail"]);
    trail::put(&objects, &server, "example-trail");
    let cold = log_key(&objects, 1);
    server.put_in_class("example-trail", &cold, objects[&cold].bytes.clone(), "GLACIER");
    room.write("keys.json", trail::list_public_keys(&[&Signer::first()]));
    let endpoint = server.endpoint();
    room.run(&["ingest", "s3://example-trail", "--endpoint-url", &endpoint, "--no-sign-request"]).expect(3);
    let ran = verify(&room, &["--lake", "lake"]).expect(3);
    assert!(ran.stdout.contains("3 log files: 2 valid, 1 not read"), "{}", ran.stdout);
    assert!(ran.stdout.contains("it could not be fetched when the lake was filled: "), "{}", ran.stdout);
    assert_eq!(verdicts(&room, "CloudTrail"), [json!("valid"), json!(null), json!("valid")]);
}

#[test]
fn what_an_ingest_keeps_is_told() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    copy_in(&room, &objects);
    let dry = room.run(&["ingest", "copy", "--dry-run"]).expect(0).quiet();
    assert!(dry.stdout.contains("\nof these, 6 objects of CloudTrail digests ("), "{}", dry.stdout);
    room.run(&["ingest", "copy"]).expect(0).says(&["read 9 objects", "of these, 6 objects of CloudTrail digests ("]);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(
        status.stdout.contains("  of these, 3 CloudTrail digests, kept for `eksamine verify`\n"),
        "{}",
        status.stdout
    );
}

#[test]
fn a_lake_that_cannot_be_written_is_verified_all_the_same() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    // A file where the folder of derived data would be.
    std::fs::write(room.path("lake/derived"), "").unwrap();
    verify(&room, &["--lake", "lake"]).expect(0).says(&["the verdicts could not be kept in the lake: "]);
    assert_eq!(counts(&room), [json!({"digest": null, "n": 9})]);
}

#[test]
fn what_can_not_be_asked_for_together_is_refused() {
    let room = Room::new();
    room.run(&["verify"]).expect(2).says(&["SOURCE"]);
    room.run(&["verify", "copy", "--lake", "lake", "--account", "111122223333"]).expect(2).says(&["--keys FILE"]);
    room.run(&["verify", "--lake", "lake", "--original", "s3://example-trail"]).expect(2).says(&["SOURCE"]);
    room.run(&["verify", "copy", "--keys-from-aws", "--no-sign-request"]).expect(2);
    room.run(&["verify", "--lake", "lake"]).fails(&["there is no lake at `lake`"]);
}

#[test]
fn a_lake_without_anything_of_cloudtrail_says_so() {
    let room = Room::new();
    room.write("logs/x.txt", "nothing");
    room.run(&["ingest", "logs", "--lake", "lake"]);
    room.run(&["verify", "--lake", "lake"]).fails(&["there is nothing to verify", "no digest and no log file"]);
}

/// `verify` with credentials for the servers of the test.
fn signed(room: &Room, arguments: &[&str], cloudtrail: &CloudTrailServer) -> Ran {
    let mut command = room.eksamine(arguments);
    command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID).env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    command.env("AWS_ENDPOINT_URL_CLOUDTRAIL", cloudtrail.endpoint()).env("AWS_REGION", "us-east-1");
    Ran::of(&mut command)
}

#[test]
fn keys_are_asked_of_cloudtrail_only_where_that_is_said() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    lake_of(&room, &objects);
    let cloudtrail = CloudTrailServer::start();
    signed(&room, &["verify", "--lake", "lake"], &cloudtrail).expect(3);
    assert_eq!(cloudtrail.asked(), [], "unasked");
    let ran = signed(&room, &["verify", "copy", "--keys-from-aws"], &cloudtrail).expect(3);
    ran.says(&["hint: CloudTrail was asked, and knows no key of fingerprint `9402e9d7d08f62da37940cdc7bc07557`"]);
    cloudtrail.add("eu-west-1", &Signer::second());
    cloudtrail.add("eu-west-1", &Signer::first());
    signed(&room, &["verify", "--lake", "lake", "--keys-from-aws"], &cloudtrail).expect(0);
    let asked = cloudtrail.asked();
    assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
    // From an hour before the first digest ends to two after the last.
    assert_eq!((asked[0].region.as_str(), asked[0].start, asked[0].end), ("eu-west-1", 1_715_644_800, 1_715_662_801));
    signed(&room, &[&["verify", "--lake", "lake", "--keys-from-aws"][..], &KEYS].concat(), &cloudtrail).expect(0);
    assert_eq!(cloudtrail.asked().len(), 2, "no key is lacking");
}

#[test]
fn a_bucket_is_verified_with_keys_of_cloudtrail() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    let (server, cloudtrail) = (S3Server::start(["example-trail"]), CloudTrailServer::start());
    trail::put(&objects, &server, "example-trail");
    cloudtrail.add("eu-west-1", &Signer::first());
    let endpoint = server.endpoint();
    let arguments = ["verify", "s3://example-trail", "--endpoint-url", &endpoint, "--keys-from-aws"];
    let ran = signed(&room, &arguments, &cloudtrail).expect(0).quiet();
    assert!(ran.stdout.contains("3 digests, all valid\n  3 log files, all valid\n"), "{}", ran.stdout);
    cloudtrail.fail(400, "AccessDeniedException");
    let ran = signed(&room, &arguments, &cloudtrail);
    ran.fails(&["no access to `the public keys of CloudTrail in eu-west-1`", "hint: ", "cloudtrail:ListPublicKeys"]);
}

#[test]
fn a_lake_of_a_bucket_knows_where_its_objects_lay() {
    let (room, objects) = (Room::new(), three_hours(Trail::default()));
    for (bucket, verdict) in [("example-trail", "valid"), ("another-bucket", "relocated")] {
        let server = S3Server::start([bucket]);
        trail::put(&objects, &server, bucket);
        room.write("keys.json", trail::list_public_keys(&[&Signer::first()]));
        let (endpoint, source) = (server.endpoint(), format!("s3://{bucket}"));
        room.run(&["ingest", &source, "--lake", bucket, "--endpoint-url", &endpoint, "--no-sign-request"]).expect(0);
        drop(server);
        verify(&room, &["--lake", bucket]).expect(0);
        let sql = "select distinct digest from objects";
        let kept = room.run(&["sql", sql, "--lake", bucket, "--format", "csv"]).expect(0).stdout;
        assert_eq!(kept, format!("digest\n{verdict}\n"));
    }
    assert!(!Path::new(&room.path("lake")).exists());
}
