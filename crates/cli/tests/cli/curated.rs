//! `eksamine query`: the list, the explanation, the parameters, and every query of `queries/` on the story.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Room, bucket, story_lake, workspace};

/// The files of `queries/`, by name, with their table.
fn queries() -> BTreeMap<String, (String, PathBuf)> {
    let mut queries = BTreeMap::new();
    for folder in std::fs::read_dir(workspace().join("queries")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let table = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            queries.insert(name, (table.clone(), path));
        }
    }
    assert!(queries.len() > 20);
    queries
}

#[test]
fn all_are_listed() {
    let list = Room::new().run(&["query"]).expect(0).quiet().stdout;
    for (name, (table, _)) in queries() {
        assert!(list.contains(&format!("\n  {name} ")), "{name} in\n{list}");
        assert!(list.contains(&format!("{table}:\n")), "{table} in\n{list}");
    }
}

#[test]
fn every_query_runs_on_the_story() {
    let room = Room::new();
    let mut empty = Vec::new();
    for name in queries().keys() {
        let ran = room.run(&["query", name, "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet();
        if ran.lines().is_empty() {
            empty.push(name.clone());
        }
    }
    // The story has no such changes, and no read of Secrets without valid credentials.
    let expected = [
        "changes-to-clusterroles",
        "changes-to-rolebindings",
        "changes-to-roles",
        "unauthorized-secret-reads-by-minute",
    ];
    assert_eq!(empty, expected);
    let buckets = ["query", "log-bucket-changes", "--lake", story_lake(), "--format", "ndjson"];
    let rows = room.run(&buckets).expect(0).quiet().lines();
    assert_eq!((&rows[0]["bucket"], rows.len()), (&"example-org-audit-logs".into(), 1));
}

#[test]
fn a_query_explains_itself() {
    let room = Room::new();
    for (name, (_, path)) in queries() {
        let explained = room.run(&["query", &name, "--explain"]).expect(0).quiet().stdout;
        let sql = explained.split_once("\nSQL:\n").unwrap().1.trim();
        assert!(std::fs::read_to_string(path).unwrap().contains(sql), "{explained}");
        assert!(explained.contains("\nhow to read it: "), "{explained}");
    }
}

#[test]
fn a_query_finds_the_intruder() {
    let room = Room::new();
    let ran = room.run(&["query", "secrets-denied-then-read", "--lake", story_lake(), "--format", "ndjson"]);
    let rows = ran.expect(0).quiet().lines();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["source_ip"] == "203.0.113.66"), "{rows:#?}");
    let ran = room.run(&["query", "exec-into-pods", "--from", bucket(), "--format", "ndjson"]).expect(3);
    assert!(!ran.lines().is_empty());
}

#[test]
fn parameters_are_checked() {
    let room = Room::new();
    let arguments = ["query", "exec-into-pods", "--lake", story_lake(), "--format", "ndjson"];
    let with = |more: &[&str]| room.run(&[&arguments[..], more].concat());
    let all = with(&[]).expect(0).quiet().lines().len();
    assert_eq!(with(&["--param", "limit=1"]).expect(0).quiet().lines().len(), 1);
    assert_eq!(with(&["--param", "cluster=demo", "--param", "limit=10"]).expect(0).lines().len(), all);
    assert_eq!(with(&["--param", "cluster=' or 1=1 --"]).expect(0).quiet().stdout, "", "a value, not SQL");
    with(&["--param", "limit=many"]).fails(&["`limit`", "`many` is not a whole number"]);
    with(&["--param", "depth=1"]).fails(&["`depth`", "\n\nhint: `exec-into-pods` takes cluster, limit"]);
    let ran = with(&["--param", "limit"]).expect(2);
    assert_eq!(ran.stdout, "");
    ran.says(&["expected `NAME=VALUE`"]);
    room.run(&["query", "exec-into-pod", "--lake", story_lake()])
        .fails(&["there is no curated query `exec-into-pod`\n\nhint: did you mean `exec-into-pods`?"]);
    room.run(&["query", "zzz", "--lake", story_lake()]).fails(&["\n\nhint: `eksamine query` lists them"]);
}
