//! What the network kept back, as the user hears of it. Each kind of fault is tested in `ingest`; here it matters that
//! one of them is told, ends with 3, and is gone with its cause.

use eksamine_testkit::story;

use super::{Room, story_server};

#[test]
fn an_object_in_glacier_is_told_with_what_to_do_and_ends_with_3() {
    let (room, server) = (Room::new(), story_server());
    let endpoint = server.endpoint();
    let below = "AWSLogs/111122223333/CloudTrail/eu-west-1/";
    let object = story::objects().into_iter().find(|object| object.key.starts_with(below)).unwrap();
    server.put_in_class("logs", &object.key, object.bytes, "DEEP_ARCHIVE");
    let source = format!("s3://logs/{below}");
    let arguments = ["ingest", &source, "--endpoint-url", &endpoint, "--no-sign-request"];
    let told = format!(
        "s3://logs/{}: object `s3://logs/{}` has to be restored before it can be read (storage class `DEEP_ARCHIVE`)",
        object.key, object.key
    );
    let ran = room.run(&arguments).expect(3);
    assert_eq!(ran.stdout, "");
    ran.says(&["1 object could not be fetched; the next run tries again:", &told, "(closes)"]);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(status.stdout.contains("1 object could not be fetched"), "{}", status.stdout);

    // A run that can fetch no more than that ends as the first did.
    room.run(&arguments).expect(3).says(&[&told]);

    server.restore("logs", &object.key);
    room.run(&arguments).expect(0).says(&["read 1 object (", "(closes)"]);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(!status.stdout.contains("could not be fetched"), "{}", status.stdout);
}
