//! Which rows of a lake belong into an evidence bundle: by cluster, time and actor, by the ids of events, or by the
//! answer of a query; and those rows, whole, table by table.
//!
//! A choice is either a span of time, which the tables are asked for by themselves, or [`Places`]: the object and the
//! position of each record. What becomes of the rows (files, hashes, signatures) is for others; nothing here writes.
//!
//! Invariant: a row is given once, however often it was chosen, and only rows that the lake has are given.

mod places;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::datasource::MemTable;
use datafusion::scalar::ScalarValue;
use eksamine_lake::Lake;
use eksamine_sources::{SOURCES, Table};
use futures::TryStreamExt;

use crate::coverage::texts;
use crate::error::{Error, Names};
use crate::session::{Answer, Session};
use crate::timeline::{self, Cut};

pub use places::Places;

/// The table of places, while rows are asked for.
const PLACES: &str = "evidence_places";

/// Which rows are wanted. What is none leaves nothing out; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub cluster: Option<String>,
    /// Microseconds since 1970; from this instant on.
    pub since: Option<i64>,
    /// Up to, but not including, this instant.
    pub until: Option<i64>,
    /// As `timeline::Cut` reads it.
    pub actor: Option<String>,
    /// Ids of events: of CloudTrail `eventID`, of audit events `auditID`, of findings their id.
    pub events: Vec<String>,
}

/// The rows chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    since: Option<i64>,
    until: Option<i64>,
    /// All rows of the time, if none.
    places: Option<Places>,
}

/// The tables that events lie in.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    SOURCES.iter().map(|source| source.table())
}

/// What the lake holds, as one hash: SHA-256 over the paths and hashes of its live parts. The same archive gives the
/// same lake, and so the same fingerprint, wherever the lake lies.
pub fn fingerprint(lake: &Lake) -> Result<String, Error> {
    crate::derived::fingerprint(lake)
}

/// Chooses the rows that a cut of the timeline or ids of events lead to.
pub async fn choose(session: &Session, wanted: &Wanted) -> Result<Chosen, Error> {
    let named = match wanted.events.as_slice() {
        [] => None,
        ids => Some(by_ids(session, ids).await?),
    };
    let (since, until) = (wanted.since, wanted.until);
    if wanted.cluster.is_none() && wanted.actor.is_none() {
        return Ok(Chosen { since, until, places: named });
    }
    let cut = Cut { cluster: wanted.cluster.clone(), actor: wanted.actor.clone(), since, until, ..Cut::default() };
    let mut rows = timeline::timeline(session, &cut).await?.rows;
    let mut places = Places::default();
    while let Some(batch) = rows.try_next().await.map_err(Error::of_rows)? {
        places.add_where(&batch, |uri, record| named.as_ref().is_none_or(|named| named.holds(uri, record)))?;
    }
    Ok(Chosen { since, until, places: Some(places) })
}

/// Chooses the rows that an answer leads to. What it names by id is looked up; an id that is not in the lake is an
/// error.
pub async fn of_answer(session: &Session, mut places: Places) -> Result<Chosen, Error> {
    let ids = places.take_ids();
    if !ids.is_empty() {
        places.append(by_ids(session, &ids).await?);
    }
    Ok(Chosen { since: None, until: None, places: Some(places) })
}

/// How many ids are looked up at a time.
const IDS_AT_ONCE: usize = 500;

async fn by_ids(session: &Session, ids: &[String]) -> Result<Places, Error> {
    let mut places = Places::default();
    let mut found = std::collections::HashSet::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        for table in tables() {
            let Some(id) = table.identity.first() else { continue };
            let names: Vec<String> = (0..some.len()).map(|at| format!("$id{at}")).collect();
            let sql = format!(
                "SELECT \"{id}\" AS id, event_time AS time, source_uri, source_record, source_sha256 FROM \"{}\" \
                 WHERE \"{id}\" IN ({})",
                table.name,
                names.join(", ")
            );
            let values = some.iter().enumerate();
            let values = values.map(|(at, id)| (format!("id{at}"), ScalarValue::from(id.as_str()))).collect();
            let mut rows = session.sql(&sql, values).await?.rows;
            while let Some(batch) = rows.try_next().await.map_err(Error::of_rows)? {
                found.extend(texts(&batch, "id").into_iter().flatten());
                places.add_where(&batch, |_, _| true)?;
            }
        }
    }
    match ids.iter().find(|id| !found.contains(*id)) {
        Some(missing) => Err(Error::NoSuchEvent { id: missing.clone() }),
        None => Ok(places),
    }
}

impl Chosen {
    /// Whether a record is among those chosen, as far as its place tells: where rows are chosen by time alone, all are.
    pub fn holds(&self, uri: &str, record: i64) -> bool {
        self.places.as_ref().is_none_or(|places| places.holds(uri, record))
    }

    /// The chosen rows of a table, with all its columns as the lake has them, in the order of time, then of object and
    /// position.
    pub async fn rows(&self, session: &Session, table: &Table) -> Result<Answer, Error> {
        let columns = table.all_columns().map(|column| {
            let name = column.name;
            // Copied out of what they were read with: a sort of views would be counted with all that they look into.
            match column.kind.data_type() {
                DataType::Utf8 => format!("arrow_cast(chosen.\"{name}\", 'Utf8') AS \"{name}\""),
                _ => format!("chosen.\"{name}\""),
            }
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let order = "event_time NULLS LAST, source_uri, source_record, source_sha256";
        self.ask(session, &quoted(table), |rows| format!("SELECT {columns} FROM {rows} ORDER BY {order}")).await
    }

    /// The further carriers of the chosen rows' records, of all tables, in an order of their own: `table_name`, `event_id`,
    /// the place of the row as `source_uri`, `source_sha256` and `source_record`, and that of the carrier as
    /// `carrier_uri`, `carrier_sha256` and `carrier_record`.
    pub async fn sightings(&self, session: &Session) -> Result<Answer, Error> {
        let places = "(SELECT event_time, table_name, event_id, row_source_uri AS source_uri, \
                      row_source_sha256 AS source_sha256, row_source_record AS source_record, \
                      source_uri AS carrier_uri, source_sha256 AS carrier_sha256, source_record AS carrier_record \
                      FROM sightings)";
        let columns = "table_name, event_id, source_uri, source_sha256, source_record, carrier_uri, carrier_sha256, \
                       carrier_record";
        self.ask(session, places, |rows| format!("SELECT {columns} FROM {rows} ORDER BY {columns}")).await
    }

    /// The times, records and objects of the chosen rows of a table, in any order.
    pub async fn records(&self, session: &Session, table: &Table) -> Result<Answer, Error> {
        let columns = "event_time, raw, source_uri, source_sha256";
        self.ask(session, &quoted(table), |rows| format!("SELECT {columns} FROM {rows}")).await
    }

    async fn ask(
        &self,
        session: &Session,
        from: &str,
        statement: impl FnOnce(&str) -> String,
    ) -> Result<Answer, Error> {
        let mut conditions = Vec::new();
        let mut parameters = Vec::new();
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        if let Some(since) = self.since {
            conditions.push("chosen.event_time >= $since".to_owned());
            parameters.push(("since".to_owned(), instant(since)));
        }
        if let Some(until) = self.until {
            conditions.push("chosen.event_time < $until".to_owned());
            parameters.push(("until".to_owned(), instant(until)));
        }
        if let Some((first, last)) = self.places.as_ref().and_then(Places::span) {
            conditions.push("chosen.event_time BETWEEN $first AND $last".to_owned());
            parameters.push(("first".to_owned(), instant(first)));
            parameters.push(("last".to_owned(), instant(last)));
        }
        // The places are what is held in memory while the rows, which can be many times as large, pass by.
        let from = match &self.places {
            None => format!("{from} AS chosen"),
            Some(_) => format!(
                "{PLACES} AS place RIGHT SEMI JOIN {from} AS chosen ON place.source_uri = chosen.source_uri \
                 AND place.source_record = chosen.source_record \
                 AND (place.source_sha256 IS NULL OR place.source_sha256 = chosen.source_sha256) \
                 AND (place.any_time OR place.event_time IS NOT DISTINCT FROM chosen.event_time)"
            ),
        };
        let conditions = conditions.iter().fold("true".to_owned(), |all, condition| format!("{all} AND {condition}"));
        let sql = statement(&format!("{from} WHERE {conditions}"));
        let Some(places) = &self.places else { return session.sql(&sql, parameters).await };
        let failed = |error| Error::of(error, PLACES, Names::default());
        let batch = places.batch()?;
        let provider = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(failed)?;
        session.context().register_table(PLACES, Arc::new(provider)).map_err(failed)?;
        // The plan holds what it reads; the name is free again for others.
        let answer = session.sql(&sql, parameters).await;
        let _ = session.context().deregister_table(PLACES);
        answer
    }
}

fn quoted(table: &Table) -> String {
    format!("\"{}\"", table.name)
}

/// The error for a choice without rows: it says what there is instead.
pub async fn nothing_chosen(session: &Session) -> Result<Error, Error> {
    let sql = "SELECT sum(rows) AS rows, min(least_time) AS first, max(greatest_time) AS last FROM parts \
               WHERE table_name <> 'sightings'";
    let batches: Vec<_> = session.sql(sql, Vec::new()).await?.rows.try_collect().await.map_err(Error::of_rows)?;
    let number = |name| batches.iter().flat_map(|batch| crate::coverage::numbers(batch, name)).flatten().next();
    let instant = |name| {
        let times = batches.iter().flat_map(|batch| crate::coverage::times(batch, name));
        chrono::DateTime::from_timestamp_micros(times.flatten().next()?).map(|time| time.format("%FT%TZ").to_string())
    };
    let clusters: Vec<String> = timeline::clusters(session).await?.iter().map(|name| format!("`{name}`")).collect();
    let rows = number("rows").unwrap_or(0);
    let span = match (instant("first"), instant("last")) {
        (Some(first), Some(last)) => format!(", from {first} to {last}"),
        _ => String::new(),
    };
    let clusters = match clusters.as_slice() {
        [] => "no event names a cluster".to_owned(),
        names => format!("the clusters are {}", names.join(", ")),
    };
    Ok(Error::NothingChosen { hint: format!("the lake has {rows} rows{span}; {clusters}") })
}
