//! `eksamine status` and `eksamine tables`.

use super::{Room, bucket, story_lake};

#[test]
fn status_shows_the_lake_at_a_glance() {
    let ran = Room::new().run(&["status", "--lake", story_lake()]).expect(0).quiet();
    let mut rest = ran.stdout.as_str();
    for part in [
        &format!("lake `{}`\n\n", story_lake()),
        "cloudtrail: 57 events in 2 parts, ",
        "\n  from 2024-05-13T09:02:40Z to 2024-05-14T14:54:26Z\n",
        "  accounts: 111122223333 (52), 444455556666 (5)\n",
        "  regions: us-east-1 (50), eu-west-1 (7)\n",
        "k8s_audit: 62 events in 3 parts, ",
        "  clusters: demo (57), staging (5)\n",
        "2 objects read in part, with rejects",
        "29 objects read whole",
        "1 reject: bad_gzip\n",
        "accounting: 125 records = 119 rows + 3 folded duplicates + 3 rejects (closes)\n",
    ] {
        let Some(at) = rest.find(part) else { panic!("no `{part}` in order in\n{}", ran.stdout) };
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "", "nothing after the accounting");
}

#[test]
fn status_of_an_archive_names_the_archive() {
    let room = Room::new();
    let ran = room.run(&["status", "--from", bucket(), "--cluster", "staging=k8s/staging/"]).expect(3);
    assert!(ran.stdout.starts_with(&format!("`{}`, read for this answer\n", bucket())), "{}", ran.stdout);
    assert!(ran.stdout.contains("clusters: demo (57), staging (5)"), "{}", ran.stdout);
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
    for (column, number) in
        [("records", 125), ("rows", 119), ("folded", 3), ("rejects", 3), ("objects", 31), ("unread", 0)]
    {
        assert_eq!(total[column], number, "{column}");
    }
    let rejects = rows("select reason, text, length_bytes from rejects order by reason");
    let reasons: Vec<&str> = rejects.iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["bad_gzip", "cut_short", "invalid_json"]);
    assert!(rejects[2]["text"].as_str().unwrap().contains("undefined"), "the bytes are kept");
    let counted = rows("select (select sum(rows) from parts) as a, (select count(*) from timeline) as b");
    assert_eq!(counted[0]["a"], 119);
    assert_eq!(counted[0]["b"], 119);
}
