//! `eksamine timeline`: the first command of the README, and the cuts.

use std::collections::HashSet;

use eksamine_testkit::story;
use serde_json::Value;

use super::{Ran, Room, bucket, story_lake};

fn times(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["time"].as_str().unwrap()).collect()
}

fn demo(more: &[&str]) -> Ran {
    let arguments = ["timeline", "demo", "--lake", story_lake(), "--format", "ndjson"];
    Room::new().run(&[&arguments, more].concat())
}

#[test]
fn the_first_command_tells_the_story() {
    let room = Room::new();
    let ran = room.run(&["timeline", "demo", "--from", bucket()]).expect(3);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.len() > 90, "{}", ran.stdout);
    assert!(lines.iter().all(|line| line.starts_with(['┌', '│', '├', '└'])), "rows only: {}", ran.stdout);
    for heading in ["time", "plane", "actor", "summary"] {
        assert!(lines[1].contains(heading), "{}", lines[1]);
    }
    let ran = ran.says(&["accounting: 125 records", "(closes)", "3 rejects in 2 objects", "--from"]);
    assert!(!ran.stderr.contains("error"), "{ran:#?}");
    assert!(ran.stderr.lines().count() < 5, "{ran:#?}");
    assert_eq!(room.temporary_files(), Vec::<std::path::PathBuf>::new(), "the temporary lake is gone");
    assert!(!room.path("lake").exists(), "no lake is left behind");
}

#[test]
fn the_incident_is_there_in_its_order() {
    let rows = demo(&[]).expect(0).quiet().lines();
    let times = times(&rows);
    assert!(times.is_sorted_by_key(|time| time.parse::<jiff::Timestamp>().unwrap()), "{times:?}");
    let place = |event: &story::KeyEvent| {
        rows.iter().position(|row| {
            row["event_id"] == event.id.as_str() && event.stage.is_none_or(|stage| row["stage"] == stage)
        })
    };
    let found: Vec<(usize, &str)> = story::truth()
        .key_events
        .iter()
        .map(|event| (place(event).unwrap_or_else(|| panic!("{event:?} is not in the timeline")), event.what))
        .collect();
    assert!(found.is_sorted(), "{found:#?}");
    let planes: HashSet<&str> = rows.iter().filter_map(|row| row["plane"].as_str()).collect();
    assert_eq!(planes, HashSet::from(["aws", "kubernetes"]));
    assert!(rows.iter().all(|row| row["reason"].is_string()), "each says why it is here");
}

#[test]
fn since_and_until_cut() {
    let all = demo(&[]).expect(0).lines();
    let cut = demo(&["--since", "2024-05-14T14:02:00Z", "--until", "2024-05-14T14:28:00Z"]).expect(0).lines();
    let within = |time: &&str| (*time >= "2024-05-14T14:02:00Z") && (*time < "2024-05-14T14:28:00Z");
    assert_eq!(times(&cut), times(&all).into_iter().filter(within).collect::<Vec<_>>());
    assert!(!cut.is_empty() && cut.len() < all.len());

    // A date is meant whole, and a time without an offset is UTC.
    assert_eq!(demo(&["--since", "2024-05-14", "--until", "2024-05-14"]).expect(0).lines().len(), all.len());
    assert_eq!(demo(&["--until", "2024-05-12"]).expect(0).lines().len(), 0);
    assert_eq!(demo(&["--since", "2024-05-14 14:02", "--until", "2024-05-14 14:28"]).expect(0).lines(), cut);
    assert_eq!(demo(&["--since", "-1d"]).expect(0).lines().len(), 0, "the story is older than that");
}

#[test]
fn actor_and_namespace_cut() {
    let payments = demo(&["--namespace", "payments"]).expect(0).lines();
    assert!(payments.len() > 3);
    assert!(payments.iter().all(|row| row["namespace"] == "payments"));
    assert_eq!(demo(&["-n", "payments"]).expect(0).lines(), payments);

    let pipeline = demo(&["--actor", "CI-DEPLOY"]).expect(0).lines();
    assert!(pipeline.len() > 10, "in any case of letters");
    assert!(pipeline.iter().all(|row| row["actor"].as_str().unwrap().contains("ci-deploy")));
    let key = demo(&["--actor", "ASIACIDEPLOY2EXAMPLE"]).expect(0).lines();
    assert!(!key.is_empty() && key.iter().all(|row| row["access_key_id"] == "ASIACIDEPLOY2EXAMPLE"));
    let both = demo(&["--actor", "ci-deploy", "--namespace", "payments"]).expect(0).lines();
    assert!(!both.is_empty() && both.len() < payments.len() && both.len() < pipeline.len());

    // Nothing is no failure, and a table of nothing still has its heading.
    assert_eq!(demo(&["--namespace", "nowhere"]).expect(0).quiet().stdout, "");
    let room = Room::new();
    let none = room.run(&["timeline", "demo", "--lake", story_lake(), "-n", "nowhere"]).expect(0).quiet();
    assert!(none.stdout.contains("summary"), "{}", none.stdout);
}

#[test]
fn an_unknown_cluster_names_those_that_exist() {
    let room = Room::new();
    room.run(&["timeline", "demi", "--lake", story_lake()])
        .fails(&["error: there is no cluster `demi` in this lake\n\nhint: did you mean `demo`?", "`demo`, `staging`"]);
    room.run(&["timeline", "zebra", "--lake", story_lake()]).fails(&["`zebra`", "\n\nhint: ", "`demo`, `staging`"]);
}

#[test]
fn without_a_cluster_everything_is_there() {
    let room = Room::new();
    let rows = room.run(&["timeline", "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet().lines();
    assert_eq!(rows.len(), story::truth().distinct_events());
    let staging = room.run(&["timeline", "staging", "--lake", story_lake(), "--format", "ndjson"]).expect(0).lines();
    let audit = staging.iter().filter(|row| row["plane"] == "kubernetes").count();
    assert_eq!(audit, story::truth().staging_audit_events);
}

#[test]
fn a_cluster_can_be_named_on_the_spot() {
    let room = Room::new();
    let arguments = ["timeline", "staging", "--from", bucket(), "--cluster", "staging=k8s/staging/"];
    let named = room.run(&[&arguments[..], &["--format", "ndjson"]].concat()).expect(3);
    let audit = named.lines().iter().filter(|row| row["plane"] == "kubernetes").count();
    assert_eq!(audit, story::truth().staging_audit_events);
}
