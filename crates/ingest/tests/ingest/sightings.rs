//! One event in many places: one row, and every other place a sighting, in whatever order they arrive.

use std::path::Path;

use super::{Ingest, lake};

/// A CloudTrail event as a JSON line. `name` is what a forger would change.
fn event(id: u8, name: &str) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-05-14T14:00:{id:02}Z\",\"eventSource\":\"eks.amazonaws.com\",\
         \"eventName\":\"{name}\",\"eventID\":\"00000000-0000-4000-8000-0000000000{id:02}\"}}\n"
    )
}

fn describe(id: u8) -> String {
    event(id, "DescribeCluster")
}

fn write(logs: &Path, name: &str, text: &str) {
    std::fs::write(logs.join(name), text).unwrap();
}

/// Object and record, the object by its name alone.
fn place(row: &lake::Row, prefix: &str) -> (String, u64) {
    let uri = row.text(&format!("{prefix}source_uri"));
    let name = uri.rsplit('/').next().unwrap().to_owned();
    (name, row.text(&format!("{prefix}source_record")).parse().unwrap())
}

/// An object and a position in it.
type Place = (String, u64);

/// Sightings as (event id, place of the row, place of the sighting).
fn places(lake: &Path) -> Vec<(String, Place, Place)> {
    let rows = lake::sightings(lake);
    let id = |row: &lake::Row| row.text("event_id").rsplit('0').next().unwrap().to_owned();
    rows.iter().map(|row| (id(row), place(row, "row_"), place(row, ""))).collect()
}

#[test]
fn every_carrier_but_the_first_is_a_sighting() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(logs.path(), "a", &(describe(1) + &describe(2)));
    write(logs.path(), "b", &(describe(2) + &describe(3) + &describe(2)));
    write(logs.path(), "c", &(describe(1) + &describe(2)));
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.records, report.rows, report.folded), (7, 3, 4));
    let (a, b, c) = ("a".to_owned(), "b".to_owned(), "c".to_owned());
    assert_eq!(
        places(folder.path()),
        [
            ("1".to_owned(), (a.clone(), 0), (c.clone(), 0)),
            ("2".to_owned(), (a.clone(), 1), (b.clone(), 0)),
            ("2".to_owned(), (a.clone(), 1), (b, 2)),
            ("2".to_owned(), (a, 1), (c, 1)),
        ]
    );
    let sighting = &lake::sightings(folder.path())[0];
    assert_eq!((sighting.text("table_name"), sighting.get("cluster")), ("cloudtrail", None));
    assert_eq!(sighting.text("event_time"), "2024-05-14T14:00:01Z");
    let sha256 = |name: &str| lake::object(folder.path(), &format!("/{name}")).sha256.unwrap();
    assert_eq!(sighting.text("source_sha256"), sha256("c"));
    assert_eq!(sighting.text("row_source_sha256"), sha256("a"));
}

/// Five objects that share events, delivered one run each in many orders: always the lake of one run over all.
#[test]
fn the_order_of_arrival_does_not_matter() {
    let objects = [
        ("a", describe(1) + &describe(2)),
        ("b", describe(2) + &describe(2)),
        ("c", describe(1) + &event(1, "DeleteCluster") + &describe(3)),
        ("d", event(1, "DeleteCluster") + &describe(2)),
        ("e", describe(4)),
    ];
    let logs = tempfile::tempdir().unwrap();
    for (name, text) in &objects {
        write(logs.path(), name, text);
    }
    let folder = tempfile::tempdir().unwrap();
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.records, report.rows, report.folded), (10, 5, 5));
    let expected = lake::whole(folder.path());

    for order in ["abcde", "edcba", "badce", "cebda", "dacbe", "bdeca"] {
        let (waiting, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // Moved away and back, the objects keep their names and times.
        for (name, _) in &objects {
            std::fs::rename(logs.path().join(name), waiting.path().join(name)).unwrap();
        }
        for name in order.chars().map(String::from) {
            std::fs::rename(waiting.path().join(&name), logs.path().join(&name)).unwrap();
            Ingest::of_folder(logs.path()).run(folder.path());
        }
        lake::assert_same(&expected, &lake::whole(folder.path()), &format!("in the order {order}"));
        lake::check(folder.path());
    }
}

#[test]
fn the_same_id_with_other_bytes_is_marked_on_both_rows() {
    for runs in [1, 2] {
        let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(logs.path(), "a", &(describe(1) + &describe(2)));
        if runs == 2 {
            Ingest::of_folder(logs.path()).run(folder.path());
            assert!(lake::rows(folder.path()).iter().all(|row| row.text("id_conflict") == "false"));
        }
        write(logs.path(), "b", &(event(1, "DeleteCluster") + &describe(3)));
        Ingest::of_folder(logs.path()).run(folder.path());
        let rows = lake::rows(folder.path());
        let marks: Vec<_> = rows.iter().map(|row| (row.text("event_name"), row.text("id_conflict"))).collect();
        assert_eq!(
            marks,
            [
                ("DeleteCluster", "true"),
                ("DescribeCluster", "true"),
                ("DescribeCluster", "false"),
                ("DescribeCluster", "false"),
            ],
            "{runs} runs"
        );
        assert!(lake::sightings(folder.path()).is_empty());
    }
}

/// The bytes of a flow log line mean what the line at the head of its object says.
#[test]
fn the_same_line_under_another_header_is_another_row() {
    let (logs, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let line = "192.0.2.1 198.51.100.7 1715695331 1715695391\n";
    write(logs.path(), "a.log", &format!("srcaddr dstaddr start end\n{line}{line}"));
    write(logs.path(), "b.log", &format!("dstaddr srcaddr start end\n{line}"));
    let report = Ingest::of_folder(logs.path()).run(folder.path());
    assert_eq!((report.records, report.rows, report.folded), (3, 2, 1));
    let rows = lake::rows(folder.path());
    let sources: Vec<_> = rows.iter().map(|row| (row.text("srcaddr"), row.text("id_conflict"))).collect();
    assert_eq!(sources, [("198.51.100.7", "false"), ("192.0.2.1", "false")]);
}
