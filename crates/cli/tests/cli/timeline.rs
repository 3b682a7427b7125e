//! `eksamine timeline`: the first command of the README, and the cuts.

use std::collections::HashSet;

use eksamine_testkit::story;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::{Ran, Room, bucket, story_accounting, story_lake};

fn times(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["time"].as_str().unwrap()).collect()
}

/// How many events the rows stand for.
fn events(rows: &[Value], fits: impl Fn(&Value) -> bool) -> usize {
    rows.iter().filter(|row| fits(row)).map(|row| row["count"].as_u64().unwrap() as usize).sum()
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
    let ran = ran.says(&[&story_accounting(), "3 rejects in 2 objects", "--from"]);
    assert!(!ran.stderr.contains("error"), "{ran:#?}");
    let (_, coverage) = ran.stderr.split_once("not covered: ").unwrap();
    assert!(coverage.contains("see `eksamine coverage demo --from "), "{ran:#?}");
    assert!(coverage.contains("trail platform-trail was stopped by "), "{ran:#?}");
    assert!(ran.stderr.lines().count() < 10, "{ran:#?}");
    assert_eq!(room.temporary_files(), Vec::<std::path::PathBuf>::new(), "the temporary lake is gone");
    assert!(!room.path("lake").exists(), "no lake is left behind");
}

#[test]
fn the_incident_is_there_in_its_order() {
    let rows = demo(&["--all"]).expect(0).tells_coverage().lines();
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
    assert_eq!(planes, HashSet::from(["aws", "kubernetes", "authenticator", "network", "finding"]));
    assert!(rows.iter().all(|row| row["reason"].is_string()), "each says why it is here");
}

#[test]
fn since_and_until_cut() {
    let all = demo(&["--all"]).expect(0).lines();
    let cut = demo(&["--all", "--since", "2024-05-14T14:02:00Z", "--until", "2024-05-14T14:28:00Z"]).expect(0).lines();
    let within = |time: &&str| (*time >= "2024-05-14T14:02:00Z") && (*time < "2024-05-14T14:28:00Z");
    assert_eq!(times(&cut), times(&all).into_iter().filter(within).collect::<Vec<_>>());
    assert!(!cut.is_empty() && cut.len() < all.len());

    // A date is meant whole, and a time without an offset is UTC.
    let on_the_day = all.iter().filter(|row| row["time"].as_str().unwrap().starts_with("2024-05-14")).count();
    assert!(on_the_day < all.len());
    assert_eq!(demo(&["--all", "--since", "2024-05-14", "--until", "2024-05-14"]).expect(0).lines().len(), on_the_day);
    assert_eq!(demo(&["--until", "2024-05-06"]).expect(0).lines().len(), 0);
    assert_eq!(demo(&["--all", "--since", "2024-05-14 14:02", "--until", "2024-05-14 14:28"]).expect(0).lines(), cut);
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
    let names = |row: &Value, field: &str| row[field].as_str().is_some_and(|text| text.contains("ci-deploy"));
    assert!(pipeline.iter().all(|row| names(row, "actor") || names(row, "via")), "{pipeline:#?}");
    let key = demo(&["--actor", "ASIACIDEPLOY2EXAMPLE"]).expect(0).lines();
    assert!(!key.is_empty() && key.iter().all(|row| row["access_key_id"] == "ASIACIDEPLOY2EXAMPLE"));
    let both = demo(&["--actor", "ci-deploy", "--namespace", "payments"]).expect(0).lines();
    assert!(!both.is_empty() && both.len() < payments.len() && both.len() < pipeline.len());

    // Nothing is no failure, and a table of nothing still has its heading.
    assert_eq!(demo(&["--namespace", "nowhere"]).expect(0).tells_coverage().stdout, "");
    let room = Room::new();
    let none = room.run(&["timeline", "demo", "--lake", story_lake(), "-n", "nowhere"]).expect(0).tells_coverage();
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
    let rows = room.run(&["timeline", "--lake", story_lake(), "--format", "ndjson"]).expect(0).tells_coverage().lines();
    assert_eq!(events(&rows, |_| true), story::truth().distinct_events());
    let staging = room.run(&["timeline", "staging", "--lake", story_lake(), "--format", "ndjson"]).expect(0).lines();
    let audit = events(&staging, |row| row["plane"] == "kubernetes");
    assert_eq!(audit, story::truth().staging_audit_events);
}

#[test]
fn a_cluster_can_be_named_on_the_spot() {
    let room = Room::new();
    let arguments = ["timeline", "staging", "--from", bucket(), "--cluster", "staging=k8s/staging/"];
    let named = room.run(&[&arguments[..], &["--format", "ndjson"]].concat()).expect(3);
    let audit = events(&named.lines(), |row| row["plane"] == "kubernetes");
    assert_eq!(audit, story::truth().staging_audit_events);
}

#[test]
fn what_machines_repeat_is_one_row_with_a_count() {
    let all = demo(&["--all"]).expect(0).lines();
    let folded = demo(&[]).expect(0).lines();
    assert!(folded.len() < all.len());
    let counted: i64 = folded.iter().map(|row| row["count"].as_i64().unwrap()).sum();
    assert_eq!(counted, all.len() as i64, "the counts add up to the events");
}

#[test]
fn cuts_that_can_not_be_are_named() {
    let wrong = |more: &[&str]| {
        let arguments = ["timeline", "demo", "--lake", story_lake()];
        Room::new().run(&[&arguments, more].concat()).expect(2).stderr
    };
    assert!(wrong(&["--severity", "bad"]).contains("informational, low, medium, high, critical"));
    assert!(wrong(&["--address", "here"]).contains("203.0.113.0/24"));
    assert!(wrong(&["--address", "10.0.0.0/40"]).contains("/32"));
    assert!(wrong(&["--plane", "astral"]).contains("kubernetes"));
    assert!(wrong(&["--category", "odd"]).contains("secrets"));
    assert!(wrong(&["--pipeline", "ci"]).contains("--by-hand"));
    Room::new()
        .run(&["timeline", "demo", "--lake", story_lake(), "--flows", "a/b"])
        .fails(&["`a/b`", "hint: give a pod"]);
}

#[test]
fn timesketch_gets_lines_it_can_import() {
    let arguments = ["timeline", "demo", "--lake", story_lake(), "--format", "timesketch"];
    let lines = Room::new().run(&[&arguments[..], &["--severity", "high"]].concat()).expect(0).tells_coverage().lines();
    assert!(!lines.is_empty());
    for line in &lines {
        assert!(
            ["message", "datetime", "timestamp_desc", "data_type"].iter().all(|name| line[name].is_string()),
            "{line}"
        );
        assert!(line["timestamp"].is_i64() && line["tag"].is_array(), "{line}");
    }
}

#[test]
fn what_is_not_covered_is_said_on_standard_error_and_the_command_shows_all_of_it() {
    let room = Room::new();
    let span = ["--since", "2024-05-14T14:20:00Z", "--until", "2024-05-14"];
    for format in ["table", "csv", "json", "ndjson", "markdown", "timesketch"] {
        let timeline = ["timeline", "demo", "--lake", story_lake(), "--format", format];
        let ran = room.run(&[&timeline[..], &span].concat()).expect(0).tells_coverage();
        assert!(!ran.stdout.contains("not covered"), "{format}");
        let (count, command) = ran.stderr.lines().next().unwrap().split_once("; see `eksamine ").unwrap();
        let count: usize = count.split(' ').nth(2).unwrap().parse().unwrap();
        let words: Vec<&str> = command.trim_end_matches('`').split(' ').chain(["--format", "ndjson"]).collect();
        assert_eq!(room.run(&words).expect(0).lines().len(), count, "{format}: {command}");
        ran.says(&[
            "  cloudtrail 111122223333 us-east-1: trail platform-trail was stopped by ",
            "  control plane logs",
        ]);
    }
}

#[test]
fn a_parquet_file_carries_the_coverage_of_its_span() {
    let room = Room::new();
    let span = ["--since", "2024-05-14", "--until", "2024-05-14", "--output", "t.parquet"];
    room.run(&[&["timeline", "demo", "--lake", story_lake()][..], &span].concat()).expect(0).tells_coverage();
    let reader = SerializedFileReader::new(std::fs::File::open(room.path("t.parquet")).unwrap()).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let coverage = pairs.iter().find(|pair| pair.key == "eksamine.coverage").unwrap().value.clone().unwrap();
    let coverage: Value = serde_json::from_str(&coverage).unwrap();
    assert_eq!(coverage["since"], "2024-05-14T00:00:00Z");
    assert_eq!(coverage["until"], "2024-05-15T00:00:00Z");
    assert_eq!(coverage["cluster"], "demo");
    assert!(!coverage["findings"].as_array().unwrap().is_empty() && !coverage["logs"].as_array().unwrap().is_empty());
    // Rows that are no timeline carry none.
    room.run(&["sql", "select 1", "--lake", story_lake(), "--output", "q.parquet"]).expect(0);
    let reader = SerializedFileReader::new(std::fs::File::open(room.path("q.parquet")).unwrap()).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    assert!(pairs.iter().all(|pair| pair.key != "eksamine.coverage"));
}

#[test]
fn a_report_holds_every_event_with_its_record() {
    let room = Room::new();
    let ran = room.run(&["timeline", "demo", "--lake", story_lake(), "-o", "demo.html"]).expect(0);
    let all = demo(&["--all"]).expect(0).lines().len();
    let ran = ran.says(&[&format!(" of {all} events")]);
    assert!(!ran.stderr.contains("raw records"), "none is left out: {ran:#?}");
    let page = std::fs::read_to_string(room.path("demo.html")).unwrap();
    assert!(page.ends_with("</html>\n"));
    assert!(page.contains(&format!("\"included\":{all},\"offered\":{all}")), "each has its record");
}
