//! `eksamine ingest` of folders and files: what it says, what it leaves out, and that doing it twice changes nothing.

use eksamine_testkit::story;
use serde_json::Value;

use super::{Room, bucket, ingest_story, lake_files, parts, story_accounting, text};

fn rows(room: &Room, query: &str) -> Vec<Value> {
    room.run(&["sql", query, "--format", "ndjson"]).expect(0).quiet().lines()
}

fn count(room: &Room, query: &str) -> u64 {
    rows(room, query)[0]["n"].as_u64().unwrap()
}

#[test]
fn a_folder_is_read_once() {
    let room = Room::new();
    let first = ingest_story(&room, "lake");
    assert_eq!(first.stdout, "", "data only on standard output, and this is none");
    let truth = story::truth();
    let (objects, rows_read) = (truth.objects.len(), truth.distinct_events());
    let first = first.says(&[
        &format!("read {objects} objects"),
        "into `lake`",
        &format!(" records = {rows_read} rows + 3 duplicates folded + 3 rejects"),
        "3 rejects in 2 objects (1 bad_gzip, 1 cut_short, 1 invalid_json)",
        "see `eksamine sql 'select * from rejects' --lake lake`",
        &story_accounting(),
    ]);
    assert!(!first.stderr.contains(['\r', '\u{1b}']), "no progress where nobody sees it: {:?}", first.stderr);
    let before = parts(&room.path("lake"));
    assert!(!before.is_empty());
    let manifest = rows(&room, "select * from objects order by uri");

    let second = room.run(&["ingest", bucket(), "--cluster", "staging=k8s/staging/"]).expect(0);
    assert_eq!(second.stdout, "");
    let second = second.says(&[
        &format!("nothing new in {objects} objects"),
        &format!("{objects} objects read by an earlier run"),
        "(closes)",
    ]);
    assert!(!second.stderr.contains(&format!("read {objects} objects (")), "{second:#?}");
    assert_eq!(parts(&room.path("lake")), before);
    assert_eq!(rows(&room, "select * from objects order by uri"), manifest, "not even when it was read");
    assert_eq!(manifest.len(), story::objects().len());
}

#[test]
fn a_dry_run_reads_nothing_and_makes_nothing() {
    let room = Room::new();
    let ran = room.run(&["ingest", bucket(), "--dry-run"]).expect(0).quiet();
    let objects = story::objects();
    assert!(ran.stdout.starts_with(&format!("would read {} objects (", objects.len())), "{}", ran.stdout);
    let below = |prefix: &str| objects.iter().filter(|object| object.key.starts_with(prefix)).count();
    for part in [
        "\n  days in the keys: 2024-05-07 to 2024-05-14; ",
        " objects of no day\n",
        "\n  logs: CloudTrail (",
        "), vpcflowlogs (5 objects, ",
        "), GuardDuty (2 objects, ",
        "\n  accounts: 111122223333 (",
        "), 444455556666 (3 objects, ",
        "\n  regions: eu-west-1 (4 objects, ",
        &format!(
            "/AWSLogs/111122223333/CloudTrail/us-east-1/  {} objects, ",
            below("AWSLogs/111122223333/CloudTrail/us-east-1/")
        ),
        ", 2024-05-07 to 2024-05-14\n",
        &format!("/exports/aws-eks-demo-cluster/  {} objects, ", below("exports/aws-eks-demo-cluster/")),
        "/firehose/eks-demo/  4 objects, ",
        ", 2024-05-14\n",
        "/k8s/staging/  1 object, ",
    ] {
        assert!(ran.stdout.contains(part), "no `{part}` in\n{}", ran.stdout);
    }
    assert!(!room.path("lake").exists());

    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));
    let ran = room.run(&["ingest", bucket(), "--dry-run"]).expect(0).quiet();
    assert_eq!(
        ran.stdout,
        format!("would read 0 objects (0 B)\n{} objects read by an earlier run (98.36 KiB)\n", objects.len())
    );
    assert_eq!(lake_files(&room.path("lake")), before);
}

#[test]
fn keys_are_filtered() {
    let room = Room::new();
    let would_read = |filter: &[&str]| {
        let ran = room.run(&[&["ingest", bucket(), "--dry-run"], filter].concat()).expect(0).quiet();
        let number = ran.stdout.strip_prefix("would read ").unwrap().split(' ').next().unwrap();
        (number.parse::<usize>().unwrap(), ran.stdout)
    };
    let keys: Vec<String> = story::objects().into_iter().map(|object| object.key).collect();
    let has = |part: &str| keys.iter().filter(|key| key.contains(part)).count();
    // Of what names no account, region or day nothing is known, so it is read.
    let unnamed = keys.iter().filter(|key| !key.starts_with("AWSLogs/")).count();
    let one_account = would_read(&["--account", "444455556666"]);
    assert_eq!(one_account.0, has("/444455556666/") + unnamed);
    assert!(one_account.1.contains("/444455556666/") && !one_account.1.contains("/111122223333/"), "{}", one_account.1);
    assert_eq!(would_read(&["--account", "444455556666", "--account", "111122223333"]).0, keys.len());
    assert_eq!(would_read(&["--log-region", "eu-west-1"]).0, has("/eu-west-1/") + unnamed);
    let later = would_read(&["--since", "2024-05-14", "--log-region", "us-east-1"]).0;
    assert_eq!(later, has("/us-east-1/2024/05/14/") + unnamed);
    // Deliveries of the day after are kept: they come late.
    assert_eq!(would_read(&["--until", "2024-05-13"]).0, keys.len());
    let earlier = would_read(&["--until", "2024-05-12"]).0;
    assert_eq!(earlier, keys.len() - has("/2024/05/14/"));

    let arguments = ["ingest", bucket(), "--account", "444455556666", "--since", "2024-05-14", "--log-region"];
    let ran = room.run(&[&arguments[..], &["us-east-1"]].concat()).expect(0);
    ran.says(&[&format!("read {} objects", 3 + unnamed), "(closes)"]);
    let accounts = "select count(*) as n from cloudtrail where source_uri like '%AWSLogs%' and \
                    source_uri not like '%/444455556666/CloudTrail/us-east-1/2024/05/14/%'";
    assert_eq!(count(&room, accounts), 0);
}

#[test]
fn what_is_left_out_can_be_read_later() {
    let (room, whole) = (Room::new(), Room::new());
    let staging = ["--cluster", "staging=k8s/staging/"];
    room.run(&[&["ingest", bucket(), "--account", "444455556666"], &staging[..]].concat()).expect(0);
    room.run(&[&["ingest", bucket()], &staging[..]].concat()).expect(3).says(&["objects read by an earlier run"]);
    ingest_story(&whole, "lake");
    assert_eq!(parts(&room.path("lake")), parts(&whole.path("lake")));
}

#[test]
fn clusters_are_named() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let clusters = "select k8s_audit.cluster as name, bool_or(cluster_assumed) as assumed from k8s_audit \
                    group by 1 order by 1";
    let named = rows(&room, clusters);
    assert_eq!(named[1]["name"], "staging");
    assert_eq!(named[1]["assumed"], false);
    let other = Room::new();
    other.run(&["ingest", bucket()]).expect(3);
    let assumed = rows(&other, clusters);
    assert_eq!(assumed[1]["name"], "k8s/staging");
    assert_eq!(assumed[1]["assumed"], true);
}

#[test]
fn folders_that_are_not_even_listed_are_counted() {
    let room = Room::new();
    let arguments = ["ingest", bucket(), "--account", "444455556666", "--since", "2024-05-14", "--dry-run"];
    let ran = room.run(&arguments).expect(0).quiet();
    let unnamed = story::objects().iter().filter(|object| !object.key.starts_with("AWSLogs/")).count();
    assert!(ran.stdout.starts_with(&format!("would read {} objects (", 3 + unnamed)), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n1 folder not listed, for the account, region or day in the name\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_object_that_changed_is_told_from_one_that_did_not() {
    let room = Room::new();
    room.write("logs/a.txt", "one");
    room.write("logs/b.txt", "one");
    room.run(&["ingest", "logs"]).expect(0);
    room.write("logs/a.txt", "another");
    room.run(&["ingest", "logs"]).expect(0).says(&["read 1 object ("]);
    let told =
        rows(&room, "select split_part(uri, '/logs/', 2) as key, size_bytes, changed from objects order by 1, 2");
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            r#"{"changed":true,"key":"a.txt","size_bytes":3}"#,
            r#"{"changed":true,"key":"a.txt","size_bytes":7}"#,
            r#"{"changed":false,"key":"b.txt","size_bytes":3}"#,
        ]
    );
}

#[test]
fn one_file_and_several_sources() {
    let room = Room::new();
    let array = format!("{}/exports/cloudtrail-array/events.json", bucket());
    let staging = format!("{}/k8s", bucket());
    room.run(&["ingest", &array, &staging]).expect(0).says(&["read 2 objects", "(closes)"]);
    assert_eq!(count(&room, "select count(*) as n from k8s_audit"), story::truth().staging_audit_events as u64);
    assert!(count(&room, "select count(*) as n from cloudtrail") > 0);
    // Given twice, or once more within the other, an object is read once.
    let other = Room::new();
    other.run(&["ingest", &array, &array]).expect(0).says(&["read 1 object ("]);
}

#[test]
fn the_lake_is_where_it_is_said_to_be() {
    let room = Room::new();
    let lake = room.path("of the environment");
    let source = format!("{}/k8s", bucket());
    let with_environment = |arguments: &[&str]| super::Ran::of(room.eksamine(arguments).env("EKSAMINE_LAKE", &lake));
    with_environment(&["ingest", &source]).expect(0).says(&["into `", "of the environment`"]);
    assert!(lake.join("manifest.sqlite").is_file());
    assert!(!room.path("lake").exists());
    let status = with_environment(&["status"]).expect(0).quiet();
    assert!(status.stdout.starts_with(&format!("lake `{}`", text(&lake))), "{}", status.stdout);
    // What is typed goes before the environment.
    with_environment(&["status", "--lake", "elsewhere"]).fails(&["there is no lake at `elsewhere`"]);
    room.run(&["status"]).fails(&["there is no lake at `lake`", "\n\nhint: make one with `eksamine ingest"]);
}

#[test]
fn threads_and_memory_change_nothing() {
    let (one, other) = (Room::new(), Room::new());
    ingest_story(&one, "lake");
    let arguments = ["ingest", bucket(), "--cluster", "staging=k8s/staging/", "--threads", "3", "--memory", "64MiB"];
    other.run(&arguments).expect(3);
    assert_eq!(parts(&one.path("lake")), parts(&other.path("lake")));
}
