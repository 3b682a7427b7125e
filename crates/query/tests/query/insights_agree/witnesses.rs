//! The two witnesses over one lake, and how their answers are compared.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use eksamine_query::insights::{self, Settings};
use eksamine_testkit::insights::draw::{Drawn, GROUP};
use eksamine_testkit::insights::model::Query;
use eksamine_testkit::insights::{
    Answer, Asked, Event, LOOKUPS, Missing, Style, evaluate_at, render_number, render_time,
};
use futures::TryStreamExt;
use serde_json::json;

use crate::lakes::{self, TestSession};
use crate::reading::ask;

/// A lake that can be asked in SQL, and the events in it.
pub struct Witnesses {
    session: TestSession,
    events: Vec<Event>,
}

pub enum Outcome {
    Agreed { rows: usize },
    Differs(String),
}

/// The compiler's answer.
pub struct Table {
    columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// Columns whose numbers may differ in their last digits.
    floats: Vec<bool>,
    sql: String,
}

impl Witnesses {
    /// Ingests the events: those of two streams by a subscription, of a third by an export task, of the rest as lines
    /// without an envelope.
    pub async fn over(drawn: &[Drawn]) -> Self {
        let lake = lakes::of_files(&files(drawn), &[("lab", "k8s/")]);
        let session = lake.session();
        for (name, csv) in LOOKUPS {
            session.add_lookup(name, csv).unwrap();
        }
        let events = events(&session).await;
        assert_eq!(events.len(), drawn.len(), "every event is a row");
        Self { session, events }
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Asks both.
    pub async fn ask(&self, query: &Query, seed: u64, missing: Missing) -> Outcome {
        let text = Style::of_seed(seed).write(query);
        let asked = asked(seed);
        let expected = evaluate_at(query, &self.events, missing, asked);
        match self.translated(&text, missing, asked).await {
            Ok(table) => match difference(&expected, &table) {
                None => Outcome::Agreed { rows: expected.rows.len() },
                Some(difference) => Outcome::Differs(format!("{difference}\nas written: {text}\n{}", table.sql)),
            },
            Err(error) => Outcome::Differs(format!("error: {error}\nas written: {text}")),
        }
    }

    /// What the compiler and the session make of a query.
    pub async fn translated(&self, text: &str, missing: Missing, asked: Asked) -> Result<Table, String> {
        let missing = match missing {
            Missing::Match => insights::Missing::Match,
            Missing::Skip => insights::Missing::Skip,
        };
        let lookups = LOOKUPS.iter().map(|(name, csv)| insights::lookup(name, csv).unwrap());
        let settings = Settings {
            log_group: Some("k8s_audit".to_owned()),
            missing,
            now: asked.now_micros,
            since: asked.since_micros,
            until: asked.until_micros,
            lookups: lookups.collect(),
            ..Settings::default()
        };
        let translation = insights::translate(text, &settings).map_err(|error| error.to_string())?;
        let failed = |error: eksamine_query::Error| format!("{error}\n{}", translation.sql);
        let answer = self.session.sql(&translation.sql, Vec::new()).await.map_err(failed)?;
        let schema = Arc::clone(&answer.schema);
        let batches: Vec<RecordBatch> =
            answer.rows.try_collect().await.map_err(|error| failed(eksamine_query::Error::of_rows(error)))?;
        let mut rows = Vec::new();
        for batch in &batches {
            let columns: Vec<_> = batch.columns().iter().map(cells).collect();
            rows.extend((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()));
        }
        Ok(Table {
            columns: schema.fields().iter().map(|field| field.name().clone()).collect(),
            rows,
            floats: schema.fields().iter().map(|field| *field.data_type() == DataType::Float64).collect(),
            sql: translation.sql,
        })
    }
}

impl Table {
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// When the query of a seed is asked; most ask for all times. The events are of the first days of March 2026.
pub fn asked(seed: u64) -> Asked {
    let hour = |hours: i64| 1_772_323_200_000_000 + hours * 3_600_000_000;
    let (since, until) = match seed % 8 {
        0 => (Some(hour(10)), Some(hour(40) + 1_500)),
        1 => (Some(hour(-1)), None),
        2 => (None, Some(hour(20))),
        _ => (None, None),
    };
    Asked { now_micros: hour(80) + 123_456, since_micros: since, until_micros: until }
}

/// The table's cells as text, by the kinds of its columns.
fn cells(column: &ArrayRef) -> Vec<Option<String>> {
    let column = &match column.data_type() {
        DataType::Timestamp(..) => cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None)).unwrap(),
        _ => Arc::clone(column),
    };
    let value = |row: usize| match column.data_type() {
        DataType::Float64 => render_number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Boolean => u8::from(column.as_boolean().value(row)).to_string(),
        DataType::Timestamp(..) => render_time(column.as_primitive::<TimestampMicrosecondType>().value(row)),
        _ => ArrayFormatter::try_new(column, &FormatOptions::default()).unwrap().value(row).to_string(),
    };
    (0..column.len())
        .map(|row| (!column.is_null(row) && *column.data_type() != DataType::Null).then(|| value(row)))
        .collect()
}

/// The first difference.
fn difference(expected: &Answer, table: &Table) -> Option<String> {
    let mut places = Vec::new();
    for name in &expected.columns {
        match table.columns.iter().position(|column| column == name) {
            Some(place) => places.push(place),
            None => return Some(format!("columns {:?} and not {:?}", table.columns, expected.columns)),
        }
    }
    if places.len() != table.columns.len() {
        return Some(format!("columns {:?} and not {:?}", table.columns, expected.columns));
    }
    for (number, (one, other)) in expected.rows.iter().zip(&table.rows).enumerate() {
        for ((name, place), cell) in expected.columns.iter().zip(&places).zip(one) {
            if !same(cell.as_deref(), other[*place].as_deref(), table.floats[*place]) {
                let found: Vec<_> = places.iter().map(|place| other[*place].as_deref()).collect();
                return Some(format!("row {number}, {name}: SQL has {found:?}, the evaluator {one:?}"));
            }
        }
    }
    (expected.rows.len() != table.rows.len()).then(|| {
        let known = |row: &Vec<Option<String>>| expected.rows.contains(row);
        let more = table.rows.iter().find(|row| !known(row));
        format!("{} rows of SQL, {} of the evaluator; {more:?}", table.rows.len(), expected.rows.len())
    })
}

fn same(one: Option<&str>, other: Option<&str>, float: bool) -> bool {
    if one == other {
        return true;
    }
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
    match (number(one), number(other)) {
        (Some(one), Some(other)) if float => (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0),
        _ => false,
    }
}

fn files(drawn: &[Drawn]) -> Vec<(&'static str, String)> {
    let of_stream = |stream: usize| drawn.iter().filter(move |drawn| drawn.stream == stream);
    let subscription = |stream: usize| {
        let log_events: Vec<_> = of_stream(stream)
            .map(|drawn| json!({"id": "1", "timestamp": drawn.log_millis, "message": drawn.message}))
            .collect();
        let document = json!({
            "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": GROUP,
            "logStream": format!("kube-apiserver-audit-{stream}"), "subscriptionFilters": ["all"],
            "logEvents": log_events
        });
        document.to_string()
    };
    let line = |drawn: &Drawn| {
        let time = render_time(drawn.log_millis * 1_000).replace(' ', "T");
        format!("{time}Z {}\n", drawn.message)
    };
    vec![
        ("k8s/subscription/0.json", subscription(0)),
        ("k8s/subscription/1.json", subscription(1)),
        ("k8s/task/kube-apiserver-audit-2/000000.log", of_stream(2).map(line).collect()),
        ("k8s/lines.json", of_stream(3).map(|drawn| drawn.message.clone() + "\n").collect()),
    ]
}

/// The rows of the lake as events.
async fn events(session: &TestSession) -> Vec<Event> {
    let sql = "SELECT CAST(coalesce(log_time, event_time) AS BIGINT), raw, log_stream, log_group, log_account_id,
        source_uri, source_record FROM k8s_audit";
    let rows = ask(session, sql).await.rows;
    let event = |row: Vec<Option<String>>| {
        let [time, raw, stream, group, account, uri, record] = row.try_into().unwrap();
        Event {
            time_micros: time.map(|micros| micros.parse().unwrap()),
            message: raw.unwrap(),
            stream,
            group,
            account,
            uri: uri.unwrap(),
            record: record.unwrap().parse().unwrap(),
        }
    };
    rows.into_iter().map(event).collect()
}
