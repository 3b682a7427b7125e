//! Which rows of a lake a choice leads to, and that they are those of the lake, whole and once.

use std::collections::BTreeSet;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use eksamine_query::evidence::{self, Chosen, Places, Wanted};
use eksamine_query::timeline::{Cut, timeline};
use eksamine_query::{Answer, Error, Session};
use futures::TryStreamExt;

use crate::lakes;

/// 2024-05-14T14:00:00Z and 15:00:00Z.
const HOUR: (i64, i64) = (1_715_695_200_000_000, 1_715_698_800_000_000);

async fn batches(answer: Answer) -> Vec<RecordBatch> {
    answer.rows.try_collect().await.unwrap()
}

/// Object and position of each row.
fn places(batches: &[RecordBatch]) -> Vec<(String, i64)> {
    let of_batch = |batch: &RecordBatch| {
        let cast = |name: &str, kind| datafusion::arrow::compute::cast(batch.column_by_name(name).unwrap(), kind);
        let uris = cast("source_uri", &datafusion::arrow::datatypes::DataType::Utf8).unwrap();
        let records = cast("source_record", &datafusion::arrow::datatypes::DataType::Int64).unwrap();
        let (uris, records) = (uris.as_string::<i32>().clone(), records.as_primitive::<Int64Type>().clone());
        (0..batch.num_rows()).map(move |row| (uris.value(row).to_owned(), records.value(row))).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of_batch).collect()
}

async fn chosen_places(session: &Session, chosen: &Chosen) -> BTreeSet<(String, i64)> {
    let mut all = BTreeSet::new();
    for table in evidence::tables() {
        let rows = places(&batches(chosen.rows(session, table).await.unwrap()).await);
        let count = rows.len();
        let own: BTreeSet<_> = rows.into_iter().collect();
        assert_eq!(own.len(), count, "a row of {} came twice", table.name);
        let records = batches(chosen.records(session, table).await.unwrap()).await;
        assert_eq!(records.iter().map(RecordBatch::num_rows).sum::<usize>(), count);
        all.extend(own);
    }
    all
}

#[tokio::test]
async fn a_cluster_gives_the_rows_of_its_timeline() {
    let session = lakes::story().session();
    let wanted =
        Wanted { cluster: Some("demo".to_owned()), since: Some(HOUR.0), until: Some(HOUR.1), ..Wanted::default() };
    let chosen = evidence::choose(&session, &wanted).await.unwrap();
    let cut = Cut { cluster: wanted.cluster, since: wanted.since, until: wanted.until, ..Cut::default() };
    let expected = places(&batches(timeline(&session, &cut).await.unwrap()).await);
    assert!(expected.len() > 50);
    assert_eq!(chosen_places(&session, &chosen).await, expected.iter().cloned().collect());
    assert!(expected.iter().all(|(uri, record)| chosen.holds(uri, *record)));
    assert!(!chosen.holds("file:///elsewhere", 0));
}

#[tokio::test]
async fn a_span_gives_every_row_of_it_whole_and_in_order() {
    let session = lakes::story().session();
    let wanted = Wanted { since: Some(HOUR.0), until: Some(HOUR.1), ..Wanted::default() };
    let chosen = evidence::choose(&session, &wanted).await.unwrap();
    for table in evidence::tables() {
        let rows = batches(chosen.rows(&session, table).await.unwrap()).await;
        let sql = format!(
            "SELECT * FROM {} WHERE event_time >= '2024-05-14T14:00:00Z' AND event_time < '2024-05-14T15:00:00Z' \
             ORDER BY event_time, source_uri, source_record",
            table.name
        );
        let expected = batches(session.sql(&sql, Vec::new()).await.unwrap()).await;
        assert_eq!(places(&rows), places(&expected), "{}", table.name);
        let Some(first) = rows.first() else { continue };
        let names: Vec<&str> = table.all_columns().map(|column| column.name).collect();
        let schema = first.schema();
        assert_eq!(schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), names);
        for (field, column) in schema.fields().iter().zip(table.all_columns()) {
            assert_eq!(field.data_type(), &column.kind.data_type(), "{}.{}", table.name, column.name);
        }
    }
}

#[tokio::test]
async fn ids_give_their_events_and_an_unknown_one_is_named() {
    let session = lakes::story().session();
    let sql = "SELECT min(event_id) AS id FROM cloudtrail UNION ALL SELECT min(audit_id) FROM k8s_audit";
    let found = batches(session.sql(sql, Vec::new()).await.unwrap()).await;
    let ids: Vec<String> = found
        .iter()
        .flat_map(|batch| {
            let ids = datafusion::arrow::compute::cast(batch.column(0), &datafusion::arrow::datatypes::DataType::Utf8);
            ids.unwrap().as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(ids.len(), 2);
    let wanted = Wanted { events: ids.clone(), ..Wanted::default() };
    let chosen = evidence::choose(&session, &wanted).await.unwrap();
    let sql = format!(
        "SELECT source_uri, source_record FROM cloudtrail WHERE event_id = '{0}' OR event_id = '{1}' UNION ALL \
         SELECT source_uri, source_record FROM k8s_audit WHERE audit_id = '{0}' OR audit_id = '{1}'",
        ids[0], ids[1]
    );
    let expected = places(&batches(session.sql(&sql, Vec::new()).await.unwrap()).await);
    assert_eq!(chosen_places(&session, &chosen).await, expected.into_iter().collect());

    // Out of the time asked for, an event that is there is not chosen.
    let nothing = Wanted { until: Some(0), ..wanted };
    assert!(chosen_places(&session, &evidence::choose(&session, &nothing).await.unwrap()).await.is_empty());
    let unknown = Wanted { events: vec![ids[0].clone(), "no'such".to_owned()], ..Wanted::default() };
    let error = evidence::choose(&session, &unknown).await.unwrap_err();
    assert!(matches!(&error, Error::NoSuchEvent { id } if id == "no'such"), "{error}");
}

#[tokio::test]
async fn an_answer_leads_to_rows_by_place_and_by_id() {
    let session = lakes::story().session();
    let by = async |columns: &str| {
        let sql = format!("SELECT {columns} FROM cloudtrail WHERE event_source = 'eks.amazonaws.com'");
        let answer = session.sql(&sql, Vec::new()).await.unwrap();
        assert!(Places::are_in(&answer.schema), "{columns}");
        let mut places = Places::default();
        for batch in batches(answer).await {
            places.add(&batch).unwrap();
            places.add(&batch).unwrap();
        }
        chosen_places(&session, &evidence::of_answer(&session, places).await.unwrap()).await
    };
    let by_place = by("source_uri, source_record").await;
    assert!(!by_place.is_empty());
    assert_eq!(by("source_uri, source_record, source_sha256").await, by_place);
    assert_eq!(by("event_id").await, by_place);
    let answer = session.sql("SELECT count(*) AS n FROM cloudtrail", Vec::new()).await.unwrap();
    assert!(!Places::are_in(&answer.schema));
}

#[tokio::test]
async fn that_nothing_was_chosen_says_what_there_is() {
    let session = lakes::story().session();
    let error = evidence::nothing_chosen(&session).await.unwrap();
    let hint = error.hint().unwrap();
    assert!(hint.contains("rows, from 2024-05-") && hint.contains("`demo`, `staging`"), "{hint}");
}
