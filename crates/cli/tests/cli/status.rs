//! `eksamine status` and `eksamine tables`.

use eksamine_testkit::story;

use super::{Room, bucket, story_accounting, story_lake};

#[test]
fn status_shows_the_lake_at_a_glance() {
    let ran = Room::new().run(&["status", "--lake", story_lake()]).expect(0).quiet();
    let mut rest = ran.stdout.as_str();
    let truth = story::truth();
    for part in [
        &format!("lake `{}`\n\n", story_lake()),
        &format!("cloudtrail: {} events in 3 parts, ", truth.cloudtrail_events),
        "\n  from 2024-05-07T08:56:00Z to 2024-05-14T14:58:02Z\n",
        &format!("  accounts: 111122223333 ({}), 444455556666 (6)\n", truth.cloudtrail_events - 6),
        &format!("  regions: us-east-1 ({}), eu-west-1 (7)\n", truth.cloudtrail_events - 7),
        "  3 duplicates folded, see the table `sightings`\n",
        &format!("k8s_audit: {} events in 3 parts, ", truth.demo_audit_events + 5),
        &format!("  clusters: demo ({}), staging (5)\n", truth.demo_audit_events),
        &format!("authenticator: {} events in 1 part, ", truth.authenticator_lines),
        &format!("control_plane: {} events in 1 part, ", truth.control_plane_lines),
        &format!("vpc_flow: {} events in 1 part, ", truth.flow_records),
        &format!("guardduty: {} events in 1 part, ", truth.findings),
        &format!("cloudtrail_insight: {} events in 1 part, ", truth.insight_events),
        &format!("{} objects read whole (", truth.objects.len() - 2),
        "2 objects read in part, with rejects (",
        &format!("3 rejects, see `eksamine sql 'select * from rejects' --lake {}`:\n", story_lake()),
        "  bad_gzip: 1\n  cut_short: 1\n  invalid_json: 1\n\n",
        &format!("{}\n", story_accounting()),
    ] {
        let Some(at) = rest.find(part) else { panic!("no `{part}` in order in\n{}", ran.stdout) };
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "", "nothing after the accounting");
    assert!(!ran.stdout.contains("\nsightings: "), "they are no events: {}", ran.stdout);
    assert!(!ran.stdout.contains("of no known kind"), "there are none: {}", ran.stdout);
}

#[test]
fn objects_of_no_known_kind_are_named_by_prefix() {
    let room = Room::new();
    room.write("logs/AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/14/a.json", EVENT);
    for day in 10..22 {
        let balancer = "AWSLogs/111122223333/elasticloadbalancing/us-east-1";
        room.write(&format!("logs/{balancer}/2024/05/{day}/x.log"), "nothing that anybody knows");
    }
    for at in 0..25 {
        room.write(&format!("logs/notes/{}/x.txt", char::from(b'a' + at)), "a note");
    }
    // Names of folders do not act, and no object of no known kind makes a run incomplete.
    room.write("logs/\u{1b}[31m/x.txt", "a note");
    let ran = room.run(&["ingest", "logs"]).expect(0).says(&[
        "38 objects of no known kind, below:\n",
        "/logs/AWSLogs/111122223333/elasticloadbalancing/us-east-1/ (12 objects, 312 B)\n",
        "\n  and 22 more prefixes (22 objects, 132 B)\n",
        "(closes)",
    ]);
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("  file://")).count(), 5, "{ran:#?}");
    let status = room.run(&["status"]).expect(0).quiet().stdout;
    let (_, below) = status.split_once("\n38 objects of no known kind of log (468 B), below:\n").unwrap();
    let named: Vec<&str> = below.lines().take_while(|line| line.starts_with("  ")).collect();
    assert_eq!(named.len(), 21, "{status}");
    assert!(named[0].ends_with("/logs/AWSLogs/111122223333/elasticloadbalancing/us-east-1/ (12 objects, 312 B)"));
    assert!(named[1].contains("/logs/%1B[31m/ (1 object, 6 B)"), "{}", named[1]);
    assert!(named[2].ends_with("/logs/notes/a/ (1 object, 6 B)"), "{}", named[2]);
    assert_eq!(named[20], "  and 7 more prefixes (7 objects, 42 B)");
    assert!(status.contains("\n1 object read whole ("), "{status}");
}

const EVENT: &str = r#"{"eventVersion":"1.09","eventID":"00000000-0000-4000-8000-000000000001","eventTime":"2024-05-14T14:00:01Z","eventSource":"eks.amazonaws.com","eventName":"DescribeCluster","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","recipientAccountId":"111122223333"}"#;

#[test]
fn ids_that_two_events_have_are_told() {
    let room = Room::new();
    room.write("logs/a.json", format!("[{EVENT},{}]", EVENT.replace("192.0.2.1", "192.0.2.2")));
    room.run(&["ingest", "logs"]).expect(0);
    let status = room.run(&["status"]).expect(0).quiet().stdout;
    assert!(status.contains("\n  2 events whose id another has with other bytes (`id_conflict`)\n"), "{status}");
    assert!(!status.contains("folded, see"), "{status}");
}

#[test]
fn an_empty_lake_says_so_in_few_lines() {
    let room = Room::new();
    room.write("logs/empty.json", "");
    room.run(&["ingest", "logs"]).expect(0);
    let status = room.run(&["status"]).expect(0).quiet().stdout;
    assert_eq!(
        status.lines().filter(|line| line.starts_with("no events: cloudtrail, k8s_audit, ")).count(),
        1,
        "{status}"
    );
    assert!(status.lines().count() < 8, "{status}");
}

#[test]
fn status_of_an_archive_names_the_archive() {
    let room = Room::new();
    let ran = room.run(&["status", "--from", bucket(), "--cluster", "staging=k8s/staging/"]).expect(3);
    assert!(ran.stdout.starts_with(&format!("`{}`, read for this answer\n", bucket())), "{}", ran.stdout);
    let clusters = format!("clusters: demo ({}), staging (5)", story::truth().demo_audit_events);
    assert!(ran.stdout.contains(&clusters), "{}", ran.stdout);
    assert!(!ran.stdout.contains("eksamine-"), "no word of the temporary lake: {}", ran.stdout);
    assert!(room.temporary_files().is_empty());
}

#[test]
fn tables_are_listed_and_described() {
    let room = Room::new();
    let list = room.run(&["tables"]).expect(0).quiet().stdout;
    for table in ["cloudtrail", "k8s_audit", "timeline", "objects", "rejects", "parts"] {
        assert!(list.lines().any(|line| line.starts_with(&format!("{table} "))), "{table} in\n{list}");
        let described = room.run(&["tables", table]).expect(0).quiet().stdout;
        assert!(described.starts_with(&format!("{table}: ")), "{described}");
        // What is described is what there is.
        let query = format!("select * from {table} limit 0");
        let columns = room.run(&["sql", &query, "--lake", story_lake(), "--format", "csv"]).expect(0).stdout;
        for column in columns.trim().split(',') {
            let is_described = described.lines().any(|line| line.split(' ').next() == Some(column));
            assert!(is_described, "`{column}` of {table} in\n{described}");
        }
        let described = described.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with("https://"));
        assert_eq!(described.count(), columns.trim().split(',').count(), "{table}");
    }
    let cloudtrail = room.run(&["tables", "cloudtrail"]).expect(0).stdout;
    assert!(cloudtrail.contains("[userIdentity.accessKeyId]"), "with the upstream path: {cloudtrail}");
    assert!(cloudtrail.contains("https://docs.aws.amazon.com/"), "{cloudtrail}");
    room.run(&["tables", "cloudtrial"]).fails(&["there is no table `cloudtrial`\n\nhint: did you mean `cloudtrail`?"]);
}

#[test]
fn the_manifest_can_be_asked() {
    let room = Room::new();
    let rows =
        |query: &str| room.run(&["sql", query, "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet().lines();
    let accounting = "select sum(records) as records, sum(rows) as rows, sum(folded) as folded, \
                      sum(rejects) as rejects, count(*) as objects, sum((sha256 is null)::int) as unread from objects";
    let total = &rows(accounting)[0];
    let truth = story::truth();
    let rows_read = truth.distinct_events();
    let records = rows_read + truth.folded() + truth.rejects();
    let objects = truth.objects.len();
    for (column, number) in
        [("records", records), ("rows", rows_read), ("folded", 3), ("rejects", 3), ("objects", objects), ("unread", 0)]
    {
        assert_eq!(total[column], number, "{column}");
    }
    let rejects = rows("select reason, text, length_bytes from rejects order by reason");
    let reasons: Vec<&str> = rejects.iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["bad_gzip", "cut_short", "invalid_json"]);
    assert!(rejects[2]["text"].as_str().unwrap().contains("undefined"), "the bytes are kept");
    let sightings = rows("select table_name, count(*) as n from sightings group by 1");
    assert_eq!((&sightings[0]["table_name"], &sightings[0]["n"]), (&"cloudtrail".into(), &3.into()));
    let counted = rows(
        "select (select sum(rows) from parts where table_name <> 'sightings') as a, (select count(*) from timeline) as b",
    );
    assert_eq!(counted[0]["a"], rows_read);
    assert_eq!(counted[0]["b"], rows_read);
}
