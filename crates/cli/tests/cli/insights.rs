//! `eksamine insights`: rows, SQL, notes, errors with their place, files, standard input, cuts and bars.

use super::{Ran, Room, bucket, story_lake};

fn ask(arguments: &[&str]) -> Ran {
    Room::new().run(&[&["insights", "--lake", story_lake()], arguments].concat())
}

const DENIED: &str =
    "filter responseStatus.code in [401, 403] | stats count(*) as denied by user.username | sort denied desc";

#[test]
fn a_query_of_the_console_gives_rows() {
    let ran = ask(&[
        "-g",
        "/aws/eks/demo/cluster",
        "--format",
        "ndjson",
        &format!("filter @logStream like /audit/ | {DENIED}"),
    ]);
    let rows = ran.expect(0).lines();
    assert!(!rows.is_empty());
    let counts: Vec<i64> = rows.iter().map(|row| row["denied"].as_i64().unwrap()).collect();
    assert!(counts.is_sorted_by(|one, next| one >= next), "{counts:?}");
    assert!(rows.iter().all(|row| row.as_object().unwrap().contains_key("user.username")), "{rows:?}");
}

#[test]
fn the_sql_that_is_printed_gives_the_same_rows() {
    let printed = ask(&["-g", "k8s_audit", "--sql", DENIED]).expect(0);
    let sql = printed.stdout.trim();
    assert!(sql.contains("response_code"), "typed columns are used: {sql}");
    let room = Room::new();
    let of_sql = room.run(&["sql", "--lake", story_lake(), "--format", "csv", sql]).expect(0).quiet();
    let direct = ask(&["-g", "k8s_audit", "--format", "csv", DENIED]).expect(0);
    assert_eq!(of_sql.stdout, direct.stdout);
    // Translating needs no lake.
    let without = room.run(&["insights", "--lake", "nowhere", "--sql", "-g", "k8s_audit", DENIED]).expect(0);
    assert_eq!(without.stdout.trim(), sql);
}

#[test]
fn a_query_comes_from_a_file_or_standard_input() {
    let room = Room::new();
    let file = room.write("q.txt", format!("# who was denied\n{DENIED}\n"));
    let direct = ask(&["-g", "k8s_audit", "--format", "csv", DENIED]).expect(0).stdout;
    let options = ["insights", "--lake", story_lake(), "-g", "k8s_audit", "--format", "csv"];
    let of_file = room.run(&[&options[..], &["-f", file.to_str().unwrap()]].concat()).expect(0);
    assert_eq!(of_file.stdout, direct);
    let mut command = room.eksamine(&options);
    let of_input = Ran::of(command.write_stdin(DENIED)).expect(0);
    assert_eq!(of_input.stdout, direct);
    room.run(&[&options[..], &["-f", "missing.txt"]].concat()).fails(&["can't read `missing.txt`", "caused by"]);
}

#[test]
fn errors_underline_the_place_and_give_a_hint() {
    let ran = ask(&["-g", "k8s_audit", "fields @timestamp\n| stats cuont(*) by verb"]);
    ran.fails(&["error: ", "cuont", "2 | | stats cuont(*) by verb", "^^^^^", "\n\nhint: ", "count"]);
    ask(&["-g", "k8s_audit", "fields @timestamp | anomaly"]).fails(&["anomaly", "^", "hint: "]);
    ask(&["-g", "k8s_audit", "--cluster", "demi", "fields @timestamp"])
        .fails(&["there is no cluster `demi`", "hint: did you mean `demo`?"]);
    ask(&["-g", "/aws/eks/demi/cluster", "fields @timestamp"])
        .fails(&["there is no cluster `demi`", "hint: did you mean `demo`?"]);
    ask(&["-g", "no-such-group", "fields @timestamp"]).fails(&["no-such-group", "hint: "]);
    let both = ask(&["-g", "k8s_audit", "--cluster", "demo", "--cluster", "staging", "fields @timestamp"]);
    both.fails(&["`--cluster` names 2 clusters"]);
}

#[test]
fn what_was_chosen_is_told_on_standard_error() {
    let query = "filter impersonatedUser.username != 'x' | stats count(*) as n by bin(300s)";
    let kept = ask(&["-g", "k8s_audit", "--format", "csv", query]).expect(0).says(&["note: "]);
    assert!(kept.stderr.contains("--missing skip") && kept.stderr.contains("--no-bin-cap"), "{kept:#?}");
    let other = ask(&["-g", "k8s_audit", "--format", "csv", "--missing", "skip", "--no-bin-cap", query]).expect(0);
    assert!(!other.stderr.contains("--no-bin-cap"), "{other:#?}");
    assert!(other.stdout.lines().count() < kept.stdout.lines().count(), "{other:#?}");
}

#[test]
fn times_and_clusters_cut() {
    let count = |more: &[&str]| {
        let query = ["-g", "k8s_audit", "--format", "ndjson", "stats count(*) as n"];
        ask(&[&query[..], more].concat()).expect(0).lines()[0]["n"].as_i64().unwrap()
    };
    let (all, demo, staging) = (count(&[]), count(&["--cluster", "demo"]), count(&["--cluster", "staging"]));
    assert_eq!(demo + staging, all);
    assert!(demo > 0 && staging > 0);
    let late = count(&["--since", "2024-05-14T14:10:00Z"]);
    let early = count(&["--until", "2024-05-14T14:10:00Z"]);
    assert_eq!(late + early, all, "no event of the story is without a time");
    assert_eq!(count(&["--since", "2024-05-15"]) + count(&["--until", "2024-05-14"]), all);
}

#[test]
fn an_archive_can_be_asked_on_the_spot() {
    let arguments = ["insights", "--from", bucket(), "--cluster", "staging=k8s/staging/", "--cluster", "staging"];
    let room = Room::new();
    let query = ["-g", "k8s_audit", "--format", "ndjson", "stats count(*) as n"];
    let rows = room.run(&[&arguments[..], &query].concat()).expect(3).lines();
    let expected = eksamine_testkit::story::truth().staging_audit_events as i64;
    assert_eq!(rows[0]["n"].as_i64(), Some(expected));
}

#[test]
fn bars_are_drawn_for_the_first_number() {
    let query = "stats count(*) as calls by eventSource as source | sort calls desc | limit 3";
    let ran = ask(&["-g", "cloudtrail", "--plot", query]).expect(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.stdout);
    assert_eq!(lines[0], "calls");
    assert!(lines[1].contains("sts.amazonaws.com") && lines[1].ends_with('█'), "{}", ran.stdout);
    let blocks = |line: &str| line.chars().filter(|c| *c == '█').count();
    assert!(blocks(lines[1]) > blocks(lines[2]) && blocks(lines[2]) >= blocks(lines[3]), "{}", ran.stdout);
    let by_time = ask(&["-g", "cloudtrail", "--plot", "stats count(*) by bin(1h)"]).expect(0);
    let is_gap = |line: &str| line.starts_with("⋮ ") && line.ends_with(" without rows");
    let mut lines = by_time.stdout.lines().skip(1);
    assert!(lines.clone().all(|line| line.starts_with("2024-") || is_gap(line)), "{}", by_time.stdout);
    assert!(lines.any(is_gap), "the story has hours without calls: {}", by_time.stdout);
    ask(&["-g", "cloudtrail", "--plot", "fields eventName"]).fails(&["no number to plot"]);
}

#[test]
fn lookups_are_files() {
    let room = Room::new();
    room.write("teams.csv", "source,team\neks.amazonaws.com,platform\n");
    let query =
        "lookup teams source as eventSource OUTPUT team | filter team = 'platform' | stats count(*) as n by team";
    let arguments = ["insights", "--lake", story_lake(), "-g", "cloudtrail", "--lookup", "teams=teams.csv"];
    let rows = room.run(&[&arguments[..], &["--format", "ndjson", query]].concat()).expect(0).lines();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["team"], "platform");
    room.run(&[&arguments[..5], &["--lookup", "t=none.csv", query]].concat()).fails(&["can't read `none.csv`"]);
}

#[test]
fn a_wrong_query_is_told_before_an_archive_is_read() {
    let room = Room::new();
    let wrong = ["insights", "--from", "no-such-folder", "-g", "k8s_audit", "filtre verb = 'get'"];
    room.run(&wrong).fails(&["there is no command `filtre`", "filter"]);
    // A column of a lookup is known from its file.
    room.write("teams.csv", "source,team\n");
    let lookup = "lookup teams source as verb OUTPUT taem";
    let wrong = ["insights", "--from", "no-such-folder", "-g", "k8s_audit", "--lookup", "teams=teams.csv", lookup];
    room.run(&wrong).fails(&["has no column `taem`", "team"]);
}

#[test]
fn both_languages_meet_in_sql() {
    let room = Room::new();
    let sql = "select verb, n from insights('stats count(*) as n by verb', 'k8s_audit') where n > 1 order by n desc";
    let rows = room.run(&["sql", "--lake", story_lake(), "--format", "ndjson", sql]).expect(0).quiet().lines();
    assert!(rows.len() > 2, "{rows:?}");
    room.run(&["sql", "--lake", story_lake(), "select * from insights('fields', 'k8s_audit')"]).fails(&["error: "]);
    // An answer without rows would look as if nothing had happened there.
    let elsewhere = "select * from insights('fields verb', 'k8s_audit', 'demi')";
    room.run(&["sql", "--lake", story_lake(), elsewhere]).fails(&["demi", "did you mean `demo`?"]);
}
