//! `eksamine coverage`.

use super::{Room, story_lake};

#[test]
fn coverage_ends_with_the_share_of_clusters() {
    let ran = Room::new().run(&["coverage", "--lake", story_lake()]).expect(0).quiet();
    let text = &ran.stdout;
    assert!(text.starts_with(&format!("lake `{}`\n\nhours with events, 2024-05-07T", story_lake())), "{text}");
    for part in ["\nk8s_audit demo ", " trail_changed ", " cluster_logging ", "was stopped by "] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let ending = text.lines().rev().find(|line| line.contains("shown to be covered")).unwrap();
    assert!(ending.starts_with("0 of ") && ending.contains("not: demo"), "{ending}");
}

#[test]
fn findings_and_hours_are_rows_in_every_format() {
    let room = Room::new();
    let ran = room.run(&["coverage", "demo", "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet();
    assert!(ran.stdout.lines().all(|line| line.starts_with("{\"check\":\"") && line.ends_with('}')), "{}", ran.stdout);
    assert!(ran.stdout.contains("\"cluster_logging\""), "{}", ran.stdout);
    assert!(!ran.stdout.contains("\"staging\""), "{}", ran.stdout);
    let ran = room.run(&["coverage", "--hours", "--lake", story_lake(), "--format", "csv"]).expect(0).quiet();
    assert!(ran.stdout.starts_with("source,account_id,region,cluster,hour,events,truncated\n"), "{}", ran.stdout);
}

#[test]
fn a_cluster_that_is_not_there_names_those_that_are() {
    let ran = Room::new().run(&["coverage", "demoo", "--lake", story_lake()]).expect(1);
    assert!(ran.stderr.contains("did you mean `demo`?"), "{}", ran.stderr);
}
