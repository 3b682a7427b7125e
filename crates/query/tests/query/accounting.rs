//! What a lake says of itself: every table counts as the story tells, the timeline has every row once, and what is
//! described is what is there.

use eksamine_query::describe;
use eksamine_testkit::story::{self, Plane};

use crate::lakes;
use crate::reading::{ask, ask_number};

#[tokio::test]
async fn every_event_of_the_story_is_a_row_once() {
    let session = lakes::story().session();
    let truth = story::truth();
    let count = async |sql: &str| ask_number(&session, sql).await as usize;
    assert_eq!(count("SELECT count(*) FROM cloudtrail").await, truth.cloudtrail_events);
    assert_eq!(count("SELECT count(DISTINCT event_id) FROM cloudtrail").await, truth.cloudtrail_events);
    let of = |cluster: &str| format!("SELECT count(*) FROM k8s_audit WHERE cluster = '{cluster}'");
    assert_eq!(count(&of("demo")).await, truth.demo_audit_events);
    assert_eq!(count(&of("staging")).await, truth.staging_audit_events);
    for (table, events) in [
        ("authenticator", truth.authenticator_lines),
        ("control_plane", truth.control_plane_lines),
        ("vpc_flow", truth.flow_records),
        ("guardduty", truth.findings),
        ("cloudtrail_insight", truth.insight_events),
    ] {
        assert_eq!(count(&format!("SELECT count(*) FROM {table}")).await, events, "{table}");
    }
    for event in &truth.key_events {
        let sql = match (event.plane, event.stage) {
            (Plane::Kubernetes, Some(stage)) => {
                format!("SELECT event_time FROM k8s_audit WHERE audit_id = '{}' AND stage = '{stage}'", event.id)
            }
            _ => format!("SELECT event_time FROM cloudtrail WHERE event_id = '{}'", event.id),
        };
        let times = ask(&session, &sql).await;
        assert_eq!(times.rows.len(), 1, "{}", event.what);
        let written = eksamine_sources::time::from_text(&event.time);
        assert_eq!(times.rows[0][0].as_deref().map(eksamine_sources::time::from_text), Some(written), "{}", event.what);
    }
}

#[tokio::test]
async fn every_object_of_the_story_is_accounted_for() {
    let session = lakes::story().session();
    let truth = story::truth();
    let objects = ask(
        &session,
        "SELECT split_part(uri, 'testdata/bucket/', 2) AS key, records, rows + folded + rejects AS sum, rejects, control \
         FROM objects ORDER BY key",
    )
    .await;
    assert_eq!(objects.rows.len(), truth.objects.len());
    for (row, object) in objects.rows.iter().zip(&truth.objects) {
        let number = |at: usize| row[at].as_deref().unwrap().parse::<usize>().unwrap();
        assert_eq!(row[0].as_deref(), Some(object.key.as_str()));
        assert_eq!(number(1), number(2), "{}", object.key);
        // A stream cut short is a reject besides the record that it tore.
        let cut = usize::from(object.torn_records > 0);
        assert_eq!(number(1), object.records + object.bad_records + object.torn_records + cut, "{}", object.key);
        assert_eq!(number(3), object.bad_records + object.torn_records + cut, "{}", object.key);
        // What an export task leaves behind is no log either.
        let control = if object.planes.is_empty() { 1 } else { object.control_messages };
        assert_eq!(number(4), control, "{}", object.key);
    }
}

#[tokio::test]
async fn the_timeline_has_every_row_of_every_table_once() {
    for lake in [lakes::story(), lakes::generated()] {
        let session = lake.session();
        let names: Vec<&str> = eksamine_sources::tables().map(|table| table.name).collect();
        let logs = names.iter().filter(|name| **name != "sightings");
        let rows: Vec<String> = logs.map(|name| format!("SELECT source_uri, source_record FROM {name}")).collect();
        let mut tables = ask(&session, &rows.join(" UNION ALL ")).await.rows;
        let mut timeline = ask(&session, "SELECT source_uri, source_record FROM timeline").await.rows;
        tables.sort();
        timeline.sort();
        assert!(!tables.is_empty());
        assert_eq!(timeline, tables);
    }
}

#[tokio::test]
async fn what_is_described_is_what_is_there() {
    let session = lakes::empty().session();
    let mut described: Vec<(String, Vec<String>)> = describe::all()
        .into_iter()
        .map(|table| (table.name.to_owned(), table.columns.iter().map(|column| column.name.to_owned()).collect()))
        .collect();
    described.sort();
    assert_eq!(described, session.names());
    let functions = session.functions();
    for function in describe::functions() {
        assert!(functions.iter().any(|name| name == function.name), "{}", function.name);
        let arguments = vec!["NULL"; function.arguments.len()].join(", ");
        ask(&session, &format!("SELECT {}({arguments})", function.name)).await;
    }
}

#[tokio::test]
async fn an_empty_lake_has_every_table() {
    let lake = lakes::empty();
    let session = lake.session();
    for (table, columns) in session.names() {
        let rows = ask(&session, &format!("SELECT * FROM {table}")).await;
        assert_eq!((rows.columns, rows.rows.len()), (columns, 0), "{table}");
    }
}
