//! What an attacker wrote into a log, or into the name of an object, does not act on the analyst's side.

use super::{Room, text};

const ESCAPES: &str = "\\u001b]0;owned\\u0007\\u001b[2J\\u202egpj\\r\\n";

fn lake_of_hostile_records(room: &Room) {
    let record = |number: u32, user: &str, agent: &str| {
        format!(
            r#"{{"eventVersion":"1.09","eventID":"00000000-0000-0000-0000-00000000000{number}","eventTime":"2024-05-14T14:00:0{number}Z","eventSource":"eks.amazonaws.com","eventName":"DescribeCluster","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"{agent}","userIdentity":{{"type":"IAMUser","userName":"{user}"}},"requestParameters":{{"name":"demo"}},"recipientAccountId":"111122223333"}}"#
        )
    };
    let records = [
        record(1, ESCAPES, "terminal"),
        record(2, "=HYPERLINK(\\\"http://192.0.2.9/\\\",\\\"open\\\")", "formula"),
        record(3, "@SUM(1+1)|cmd", "formula"),
        record(4, "<script>alert(1)</script>|**x**`[a](http://192.0.2.9)", "markup"),
    ];
    room.write("logs/events.json", format!("[{}]", records.join(",")));
    room.run(&["ingest", "logs"]).expect(0);
}

fn rows(room: &Room, format: &[&str]) -> String {
    let query = ["sql", "select user_name, user_agent from cloudtrail order by event_time"];
    room.run(&[&query[..], format].concat()).expect(0).quiet().stdout
}

#[test]
fn terminals_get_no_control_characters() {
    let room = Room::new();
    lake_of_hostile_records(&room);
    let timeline = room.run(&["timeline"]).expect(0).tells_coverage().stdout;
    let markdown = rows(&room, &["--format", "markdown"]);
    for shown in [rows(&room, &[]), timeline, markdown] {
        let acting = |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
        assert_eq!(shown.chars().find(acting), None, "{shown:?}");
        assert!(shown.contains("u{1b}"), "but it is to be seen: {shown}");
    }
    // Each row is one line: what was written into a log does not make lines of its own.
    assert_eq!(rows(&room, &[]).lines().count(), 4 + 4);
    // Programs get it exactly, escaped as JSON.
    let line = rows(&room, &["--format", "ndjson"]).lines().next().unwrap().to_owned();
    assert!(!line.contains('\u{1b}'));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(value["user_name"].as_str().unwrap().starts_with("\u{1b}]0;owned\u{7}"));
}

#[test]
fn spreadsheets_get_no_formulas() {
    let room = Room::new();
    lake_of_hostile_records(&room);
    let csv = rows(&room, &["--format", "csv"]);
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://192.0.2.9/\"\",\"\"open\"\")\",formula\n"), "{csv}");
    assert!(csv.contains("\n'@SUM(1+1)|cmd,formula\n"), "{csv}");
    let exact = rows(&room, &["--format", "csv", "--exact-csv"]);
    assert!(exact.contains("\"=HYPERLINK("), "{exact}");
}

#[test]
fn pages_get_no_markup() {
    let room = Room::new();
    lake_of_hostile_records(&room);
    let markdown = rows(&room, &["--format", "markdown"]);
    assert!(!markdown.contains("<script>"), "{markdown}");
    assert!(markdown.contains("\\[a\\](http\\:"), "{markdown}");
    let row = markdown.lines().find(|line| line.contains("script")).unwrap();
    let bars = row.match_indices('|').filter(|(at, _)| !row[..*at].ends_with('\\')).count();
    assert_eq!(bars, 3, "no column more than there are: {row}");
}

#[cfg(unix)]
#[test]
fn names_of_objects_and_clusters_do_not_act() {
    let room = Room::new();
    room.write("logs/a\u{1b}[31m\nb/\u{202e}no log", "nothing");
    std::os::unix::fs::symlink("/nowhere", room.path("logs/a\u{1b}[31m\nb/gone\u{7}")).unwrap();
    let harmless = |text: &str| {
        assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text:?}");
    };
    let dry = room.run(&["ingest", "logs", "--dry-run"]);
    harmless(&dry.stdout);
    harmless(&dry.stderr);
    let ran = room.run(&["ingest", "logs"]);
    harmless(&ran.stderr);
    harmless(&room.run(&["status"]).stdout);
    harmless(&room.run(&["timeline", "\u{1b}[31mred\u{7}"]).fails(&["error: ", "red"]).stderr);
    harmless(&room.run(&["sql", "select \"\u{1b}[31m\" from cloudtrail"]).fails(&["error: "]).stderr);
    harmless(&room.run(&["status", "--lake", "no\u{1b}[31m"]).fails(&["error: "]).stderr);
    harmless(&room.run(&["ingest", "no\u{1b}[31m"]).fails(&["error: "]).stderr);

    let audit = room.write("audit.log", AUDIT);
    room.run(&["ingest", text(&audit), "--cluster", "a\u{1b}[31m=", "--lake", "other"]).expect(0);
    let status = room.run(&["status", "--lake", "other"]).expect(0).stdout;
    harmless(&status);
    assert!(status.contains("clusters: a\\u{1b}[31m (1)"), "{status}");
}

const AUDIT: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"00000000-0000-0000-0000-000000000001","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"alex"},"sourceIPs":["192.0.2.1"],"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2024-05-14T14:00:00.000000Z","stageTimestamp":"2024-05-14T14:00:00.001000Z"}
"#;
