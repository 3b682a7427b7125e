//! Runs every bench on an archive of 1 MB and checks that what comes out is numbers, and the archive's counts.
#![allow(clippy::unwrap_used, reason = "in tests a surprise is a failure")]

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn benches(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eksamine-benches"));
    command.args(["--json-mb", "1", "--objects", "12", "--runs", "1", "--data"]).arg(data).args(arguments);
    command.output().unwrap()
}

/// The cells of a line; a time and its ends are one cell.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn every_bench_gives_finite_numbers_and_the_archives_counts() {
    let data = tempfile::tempdir().unwrap();
    let output = benches(data.path(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();

    let truth: Value =
        serde_json::from_slice(&std::fs::read(data.path().join("archive-1000kb-12.truth.json")).unwrap()).unwrap();
    let distinct = |table: &str| truth["tables"][table]["distinct"].as_u64().unwrap();
    let rows = distinct("cloudtrail") + distinct("k8s_audit");
    let records = truth["records"].as_u64().unwrap();
    assert!(rows > 100 && records > rows);

    let lines: HashMap<&str, Vec<&str>> =
        text.lines().map(cells).filter(|cells| cells.len() > 1).map(|cells| (cells[0], cells[1..].to_vec())).collect();
    for (bench, expected) in [("frame", records), ("decode", records), ("ingest", rows), ("ingest-s3", rows)] {
        assert_eq!(lines[bench].last().unwrap().parse(), Ok(expected), "{bench} in\n{text}");
    }
    for bench in ["inflate", "verify", "ingest-again", "count", "json-extraction", "timeline-day", "cloudtrail-changes"]
    {
        assert!(lines.contains_key(bench), "{bench} in\n{text}");
    }
    assert_eq!(lines["lookup-by-event-id"].last(), Some(&"1"));
    let first = |table: &str, of: &str| {
        truth["tables"][table][of].as_object().unwrap().values().next().unwrap()["distinct"].as_u64().unwrap()
    };
    let timeline: u64 = lines["timeline-whole"].last().unwrap().parse().unwrap();
    assert!((first("k8s_audit", "per_cluster")..rows).contains(&timeline), "{timeline} in\n{text}");

    for (name, cells) in lines.iter().filter(|(name, _)| !matches!(**name, "bench" | "question")) {
        for number in cells.iter().flat_map(|cell| cell.split([' ', '(', ')', '-'])).filter(|number| !number.is_empty())
        {
            let number: f64 = number.parse().unwrap_or_else(|_| panic!("`{number}` of `{name}` in\n{text}"));
            assert!(number.is_finite() && number >= 0.0, "{name} in\n{text}");
        }
    }
}

#[test]
fn an_archive_is_used_again_and_a_damaged_one_is_made_anew() {
    let data = tempfile::tempdir().unwrap();
    assert!(benches(data.path(), &["inflate"]).status.success());
    let archive = data.path().join("archive-1000kb-12");
    let marker = archive.join("marker");
    std::fs::write(&marker, "").unwrap();
    assert!(benches(data.path(), &["inflate"]).status.success());
    assert!(marker.is_file(), "the archive was made anew");

    std::fs::remove_dir_all(&archive).unwrap();
    assert!(benches(data.path(), &["inflate"]).status.success());
    assert!(archive.is_dir() && !marker.exists());
}

#[test]
fn an_unknown_name_is_a_mistake_of_the_caller() {
    let data = tempfile::tempdir().unwrap();
    let output = benches(data.path(), &["ingset"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`ingset`"));
}
