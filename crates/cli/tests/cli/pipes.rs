//! A reader who has seen enough: `| head -1` ends the program with 0, and without a word.

use std::io::{BufRead, BufReader, Read};

use super::{Room, bucket, story_lake};

/// Runs a command whose reader leaves after some lines.
fn closed_after(lines: usize, arguments: &[&str]) -> (Vec<String>, Option<i32>, String) {
    let room = Room::new();
    let mut child = room.process(arguments).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut read = Vec::new();
    for _ in 0..lines {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        read.push(line);
    }
    drop(reader);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let left = room.temporary_files();
    let code = child.wait().unwrap().code();
    assert!(code.is_some() && left.is_empty(), "{left:?}");
    (read, code, said)
}

#[test]
fn the_reader_leaves_after_a_line() {
    // More than fits into a pipe, so that the program is still writing.
    let query = "select raw from cloudtrail union all select raw from k8s_audit union all select raw from cloudtrail";
    for format in ["table", "csv", "ndjson", "json", "markdown"] {
        let (read, code, said) = closed_after(1, &["sql", query, "--lake", story_lake(), "--format", format]);
        assert!(!read[0].is_empty(), "{format}");
        assert_eq!((code, said.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn the_reader_is_gone_before_the_first() {
    let lake = ["--lake", story_lake()];
    for arguments in [
        &["tables"][..],
        &["tables", "cloudtrail"],
        &["query"],
        &["query", "exec-into-pods", "--explain"],
        &["ingest", bucket(), "--dry-run"],
        &["sql", "select raw from cloudtrail", "--format", "parquet", lake[0], lake[1]],
        &["status", lake[0], lake[1]],
        &["timeline", "demo", lake[0], lake[1]],
    ] {
        let (_, code, said) = closed_after(0, arguments);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn nobody_listens_to_the_notes() {
    let room = Room::new();
    let mut child = room.process(&["ingest", bucket()]).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(3), "the work is done all the same");
    assert!(room.path("lake/manifest.sqlite").is_file());
    let mut child = room.process(&["status", "--lake", "nowhere"]).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
