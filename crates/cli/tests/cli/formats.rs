//! `--format` and `--output`: each format as its readers take it, and a file that is whole or not there.

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Ran, Room, story_lake, text};

const QUERY: &str = "select event_name, count(*) as calls, min(event_time) as first, null as nothing \
                     from cloudtrail where event_source = 'eks.amazonaws.com' group by 1 order by 2 desc, 1 limit 3";

fn sql(room: &Room, more: &[&str]) -> Ran {
    room.run(&[&["sql", QUERY, "--lake", story_lake()], more].concat())
}

fn parquet(bytes: Vec<u8>) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

#[test]
fn every_format_holds_the_same_rows() {
    let room = Room::new();
    let lines = sql(&room, &["--format", "ndjson"]).expect(0).quiet().lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["event_name"], "DescribeCluster");
    assert!(lines[0]["calls"].as_u64().unwrap() > 1);
    assert!(lines[0]["first"].as_str().unwrap().ends_with('Z'));
    assert!(lines[0]["nothing"].is_null() && lines[0].as_object().unwrap().contains_key("nothing"));

    let json = sql(&room, &["--format", "json"]).expect(0).quiet();
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&json.stdout).unwrap(), lines);

    let csv = sql(&room, &["--format", "csv"]).expect(0).quiet().stdout;
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows[0], "event_name,calls,first,nothing");
    let (calls, first) = (&lines[0]["calls"], lines[0]["first"].as_str().unwrap());
    assert_eq!(rows[1], format!("DescribeCluster,{calls},{first},"));
    assert_eq!(rows.len(), 4);

    let markdown = sql(&room, &["--format", "markdown"]).expect(0).quiet().stdout;
    let rows: Vec<&str> = markdown.lines().collect();
    assert!(rows[0].starts_with("| event_name"), "{markdown}");
    assert!(rows[1].starts_with("| -") || rows[1].starts_with("|-") || rows[1].starts_with("| :"), "{markdown}");
    assert!(rows[2].contains("DescribeCluster"), "{markdown}");
    assert_eq!(rows.len(), 5);

    let table = sql(&room, &[]).expect(0).quiet().stdout;
    assert!(table.starts_with('┌') && table.trim_end().ends_with('┘'), "{table}");
    assert_eq!(table.lines().count(), 7);
    assert_eq!(sql(&room, &["--format", "table"]).stdout, table, "the default");

    let batches = parquet(sql(&room, &["--format", "parquet"]).expect(0).quiet().stdout_bytes);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    assert_eq!(batches[0].schema().field(0).name(), "event_name");
}

#[test]
fn the_ending_of_the_file_says_the_format() {
    let room = Room::new();
    for (ending, format) in [
        ("ndjson", "ndjson"),
        ("csv", "csv"),
        ("json", "json"),
        ("parquet", "parquet"),
        ("md", "markdown"),
        ("txt", "table"),
        ("CSV", "csv"),
    ] {
        let file = room.path(&format!("rows.{ending}"));
        let ran = sql(&room, &["-o", text(&file)]).expect(0).quiet();
        assert_eq!(ran.stdout, "", "{ending}");
        let expected = sql(&room, &["--format", format]).stdout_bytes;
        assert_eq!(std::fs::read(&file).unwrap(), expected, "{ending}");
    }
    // What is said goes before what is guessed.
    let file = room.path("rows.txt");
    sql(&room, &["--output", text(&file), "--format", "csv"]).expect(0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("event_name,calls"));
    sql(&room, &["-o", "rows.xlsx"]).fails(&["can't tell the format of `rows.xlsx`", "`--format`"]);
    assert!(!room.path("rows.xlsx").exists());
}

#[test]
fn a_file_is_whole_or_as_it_was() {
    let room = Room::new();
    let file = room.write("rows.csv", "of yesterday\n");
    // It fails while it runs, after the first rows.
    let query = "select 10 / (position - 400000) as part from \
                 (select unnest(range(0, 500000)) as position) order by position";
    let failing = ["sql", query, "--lake", story_lake(), "-o", "rows.csv"];
    room.run(&failing).fails(&["error: the query failed while it ran", "caused by: ", "ivide by zero"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "of yesterday\n");
    assert_eq!(std::fs::read_dir(room.path("")).unwrap().count(), 1, "nothing else is left");

    sql(&room, &["-o", "rows.csv"]).expect(0).quiet();
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("event_name,"));
    assert_eq!(std::fs::read_dir(room.path("")).unwrap().count(), 1);
    sql(&room, &["-o", "no/such/folder/rows.csv"]).fails(&["can't create `no/such/folder/rows.csv`", "caused by: "]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_mask_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    let target = room.write("kept/real.csv", "old\n");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&target, room.path("rows.csv")).unwrap();
    sql(&room, &["-o", "rows.csv"]).expect(0);
    assert!(room.path("rows.csv").symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&target).unwrap().starts_with("event_name,"));
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let plain = room.write("plain.txt", "");
    sql(&room, &["-o", "new.csv"]).expect(0);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&room.path("new.csv")), mode(&plain), "as any new file");
}

#[test]
fn one_file_holds_one_result() {
    let room = Room::new();
    let two = ["sql", "select 1 as a; select 2 as b", "--lake", story_lake()];
    room.run(&[&two[..], &["-o", "rows.csv"]].concat()).fails(&["`rows.csv` can hold the rows of one statement"]);
    assert!(!room.path("rows.csv").exists());
    room.run(&[&two[..], &["--format", "parquet"]].concat()).fails(&["a Parquet file can hold the rows of one"]);
    let ran = room.run(&[&two[..], &["--format", "csv"]].concat()).expect(0).quiet();
    assert_eq!(ran.stdout, "a\n1\nb\n2\n");

    let mut piped = room.eksamine(&["sql", "--lake", story_lake(), "-o", "rows.csv"]);
    let ran = Ran::of(piped.write_stdin("select 1 as a;\nselect 2 as b;\n")).expect(1);
    assert!(ran.stderr.contains("`rows.csv` can hold the rows of one statement"), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(room.path("rows.csv")).unwrap(), "a\n1\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let room = Room::new();
    let hint = "\n\nhint: the disk is full";
    for format in ["csv", "parquet", "table"] {
        let ran = sql(&room, &["-o", "/dev/full", "--format", format]);
        ran.fails(&["error: can't write `/dev/full`\n", "caused by: ", "No space left on device"]);
    }
    sql(&room, &["-o", "/dev/full", "--format", "csv"]).fails(&["No space left on device", hint]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = room.process(&["sql", QUERY, "--lake", story_lake()]);
    let ran = Ran::from_output(command.stdout(full).output().unwrap());
    ran.fails(&["error: can't write to standard output\n", "caused by: ", "No space left on device", hint]);
}
