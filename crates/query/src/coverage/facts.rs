//! What the checks count on: numbers of every hour and the calls that change logging, gathered from all rows of a lake once
//! and kept beside them (see `derived`), so that a question about coverage reads some thousand rows and not the lake.
//!
//! Responsible for when they are gathered and for the part of them that a scope asks for. Numbers of an hour are kept for
//! whole hours; where a scope begins or ends within one, the rows of that hour are counted anew. What is kept says what
//! the rows say: `checks_say_the_same_of_what_is_kept_and_of_the_rows` holds that.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::datasource::MemTable;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use eksamine_lake::{Lake, Partition, SIGHTINGS};

use super::finding::times;
use super::{HOUR_MICROS, Scope, collect};
use crate::catalog::telling_objects;
use crate::derived::Holding;
use crate::error::{Error, Names};
use crate::session::Session;

/// Version of what is gathered and of how it is kept.
const VERSION: u32 = 1;

/// How a fact is divided in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    /// A row is of one `hour`, and the statement takes `$since` and `$until`.
    Hours,
    /// Of the whole lake, whatever the scope.
    Whole,
}

/// Rows gathered from the lake, and the table that checks know them by.
struct Fact {
    table: &'static str,
    sql: &'static str,
    time: Time,
}

/// Every fact. A new one is a file in `facts/` and an entry here.
static FACTS: [Fact; 5] = [
    Fact { table: "coverage_counts", sql: include_str!("facts/counts.sql"), time: Time::Hours },
    Fact { table: "coverage_levels", sql: include_str!("facts/levels.sql"), time: Time::Hours },
    Fact { table: "coverage_skips", sql: include_str!("facts/skips.sql"), time: Time::Hours },
    Fact { table: "coverage_calls", sql: include_str!("facts/calls.sql"), time: Time::Whole },
    Fact { table: "coverage_clusters", sql: include_str!("facts/clusters.sql"), time: Time::Whole },
];

/// The first fact, whatever the scope: which logs there are at all.
pub(super) const COUNTS_OF_ALL_TIME: &str = "coverage_counts_of_all_time";

/// Where numbers are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// What is kept beside the lake; it is gathered and kept first where it is not there.
    Kept,
    /// The rows of the lake, each time anew.
    Rows,
}

/// Rows with their schema, also where there are none.
pub(super) type Rows = (SchemaRef, Vec<RecordBatch>);

/// A session that knows the facts of a scope as tables, those of the manifest, and nothing else.
pub(super) struct Desk {
    pub session: Session,
    /// The tables that have rows.
    filled: Vec<&'static str>,
}

impl Desk {
    /// Gathers what the checks of a scope count on.
    pub async fn of(session: &Session, scope: &Scope, basis: Basis) -> Result<Self, Error> {
        let mut desk = Self { session: session.apart(), filled: Vec::new() };
        for fact in &FACTS {
            desk.add(fact.table, fact.rows(session, scope, basis).await?)?;
        }
        desk.add(COUNTS_OF_ALL_TIME, FACTS[0].rows(session, &Scope::default(), basis).await?)?;
        let lake = Lake::open(session.derived.lake())?;
        for (name, batch) in [
            ("coverage_objects", telling_objects(&lake)?),
            ("coverage_rejects", rejects(&lake)?),
            ("coverage_undated", undated(&lake)?),
        ] {
            desk.add(name, (batch.schema(), vec![batch]))?;
        }
        Ok(desk)
    }

    /// Makes rows a table.
    pub fn add(&mut self, name: &'static str, rows: Rows) -> Result<(), Error> {
        let failed = |error| Error::of(error, name, Names::default());
        if rows.1.iter().any(|batch| batch.num_rows() > 0) {
            self.filled.push(name);
        }
        let table = MemTable::try_new(rows.0, vec![rows.1]).map_err(failed)?;
        self.session.context().register_table(name, Arc::new(table)).map_err(failed)?;
        Ok(())
    }

    pub fn has_rows(&self, table: &str) -> bool {
        self.filled.contains(&table)
    }
}

impl Fact {
    async fn rows(&self, session: &Session, scope: &Scope, basis: Basis) -> Result<Rows, Error> {
        match basis {
            Basis::Kept => kept(session, self, scope).await,
            Basis::Rows => collect(session, self.sql, &self.scope(scope)).await,
        }
    }

    fn holding(&self) -> Holding {
        Holding { name: self.table, version: VERSION, ending: "parquet" }
    }

    fn scope(&self, scope: &Scope) -> Scope {
        if self.time == Time::Whole { Scope::default() } else { scope.clone() }
    }
}

/// The rows of a fact in a scope: whole hours as they are kept, the rest counted.
async fn kept(session: &Session, fact: &Fact, scope: &Scope) -> Result<Rows, Error> {
    let (schema, all) = whole(session, fact).await?;
    if fact.time == Time::Whole || (scope.since.is_none() && scope.until.is_none()) {
        return Ok((schema, all));
    }
    let spans = Spans::of(scope);
    let failed = |error| Error::of(DataFusionError::from(error), fact.table, Names::default());
    let mut rows = Vec::new();
    for batch in &all {
        let wanted: BooleanArray = times(batch, "hour").into_iter().map(|hour| Some(spans.holds(hour?))).collect();
        rows.push(filter_record_batch(batch, &wanted).map_err(failed)?);
    }
    for (since, until) in spans.edges {
        let edge = Scope { since: Some(since), until: Some(until), cluster: None };
        for batch in collect(session, fact.sql, &edge).await?.1 {
            // What an aggregation calls not null may be null in what is kept.
            rows.push(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).map_err(failed)?);
        }
    }
    Ok((schema, rows))
}

/// The hours that lie in a scope whole, and what is left of it at its ends; in microseconds since 1970.
struct Spans {
    /// Beginning of the first whole hour; none where a scope has no beginning.
    first: Option<i64>,
    /// End of the last.
    end: Option<i64>,
    edges: Vec<(i64, i64)>,
}

impl Spans {
    fn of(scope: &Scope) -> Self {
        let (since, until) = (scope.since, scope.until);
        let floor = |micros: i64| micros.div_euclid(HOUR_MICROS).saturating_mul(HOUR_MICROS);
        let ceiling = |micros: i64| floor(micros.saturating_add(HOUR_MICROS - 1));
        let (first, end) = (since.map(ceiling), until.map(floor));
        if let (Some(since), Some(until), Some(first), Some(end)) = (since, until, first, end)
            && end <= first
        {
            // An hour at most lies within.
            let edges = if since < until { within_one_hour_each(since, until, first) } else { Vec::new() };
            return Self { first: Some(first), end: Some(first), edges };
        }
        let begun = since.zip(first).filter(|(since, first)| since < first);
        let ended = end.zip(until).filter(|(end, until)| end < until);
        Self { first, end, edges: begun.into_iter().chain(ended).collect() }
    }

    /// Whether a whole hour lies within. What has no time lies in no span.
    fn holds(&self, hour: i64) -> bool {
        self.first.is_none_or(|first| hour >= first) && self.end.is_none_or(|end| hour < end)
    }
}

/// A span without a whole hour in it, cut where an hour begins.
fn within_one_hour_each(since: i64, until: i64, hour: i64) -> Vec<(i64, i64)> {
    if since < hour && hour < until { vec![(since, hour), (hour, until)] } else { vec![(since, until)] }
}

/// All rows of a fact: from the file in the lake's folder, or gathered now and kept.
async fn whole(session: &Session, fact: &Fact) -> Result<Rows, Error> {
    if let Some(kept) = stored(session, fact) {
        return Ok(kept);
    }
    let (schema, batches) = collect(session, fact.sql, &Scope::default()).await?;
    // That it can't be kept means only that it is gathered again.
    let _ = session.derived.keep_rows(&fact.holding(), &schema, |take| batches.iter().cloned().try_for_each(take));
    Ok((schema, batches))
}

/// What is kept of a fact; none where it is not there or is no whole file.
fn stored(session: &Session, fact: &Fact) -> Option<Rows> {
    let file = File::open(session.derived.path(&fact.holding())).ok()?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
    let schema = Arc::clone(builder.schema());
    let rows = builder.with_batch_size(BATCH_ROWS).build().ok()?.collect::<Result<Vec<_>, _>>().ok()?;
    Some((schema, rows))
}

const BATCH_ROWS: usize = 65_536;

/// Rejects by their reason, without their bytes.
fn rejects(lake: &Lake) -> Result<RecordBatch, Error> {
    let totals = lake.manifest().reject_totals()?;
    let count = |of: fn(&eksamine_lake::RejectTotal) -> u64| -> ArrayRef {
        Arc::new(totals.iter().map(|total| Some(of(total).cast_signed())).collect::<Int64Array>())
    };
    let text = |of: fn(&eksamine_lake::RejectTotal) -> &str| -> ArrayRef {
        Arc::new(totals.iter().map(|total| Some(of(total))).collect::<StringArray>())
    };
    let columns = [
        ("reason", text(|total| &total.reason)),
        ("events", count(|total| total.rejects)),
        ("objects", count(|total| total.objects)),
        ("source_uri", text(|total| &total.first_uri)),
    ];
    RecordBatch::try_from_iter(columns)
        .map_err(|error| Error::of(DataFusionError::from(error), "rejects", Names::default()))
}

/// Events without a readable time, by table and cluster: they lie in parts of their own.
fn undated(lake: &Lake) -> Result<RecordBatch, Error> {
    let mut counts: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    for part in lake.manifest().parts()? {
        let Partition { table, cluster, day: None } = part.partition else { continue };
        if table != SIGHTINGS {
            *counts.entry((table, cluster)).or_default() += part.rows.cast_signed();
        }
    }
    let sources: StringArray = counts.keys().map(|(table, _)| Some(table)).collect();
    let clusters: StringArray = counts.keys().map(|(_, cluster)| cluster.as_ref()).collect();
    let events: Int64Array = counts.values().copied().map(Some).collect();
    let columns = [
        ("source", Arc::new(sources) as ArrayRef, false),
        ("cluster", Arc::new(clusters), true),
        ("events", Arc::new(events), false),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|error| Error::of(DataFusionError::from(error), "undated", Names::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instant of a day, in minutes.
    fn minute(of_day: i64) -> i64 {
        of_day * 60_000_000
    }

    fn spans(since: Option<i64>, until: Option<i64>) -> (Option<i64>, Option<i64>, Vec<(i64, i64)>) {
        let scope = Scope { since: since.map(minute), until: until.map(minute), cluster: None };
        let spans = Spans::of(&scope);
        let minutes = |micros: i64| micros / 60_000_000;
        let edges = spans.edges.into_iter().map(|(since, until)| (minutes(since), minutes(until))).collect();
        (spans.first.map(minutes), spans.end.map(minutes), edges)
    }

    #[test]
    fn a_span_is_its_whole_hours_and_the_rest_at_its_ends() {
        assert_eq!(spans(Some(60), Some(180)), (Some(60), Some(180), vec![]));
        assert_eq!(spans(Some(50), Some(190)), (Some(60), Some(180), vec![(50, 60), (180, 190)]));
        assert_eq!(spans(Some(50), None), (Some(60), None, vec![(50, 60)]));
        assert_eq!(spans(None, Some(190)), (None, Some(180), vec![(180, 190)]));
        // No whole hour lies within.
        assert_eq!(spans(Some(70), Some(80)), (Some(120), Some(120), vec![(70, 80)]));
        assert_eq!(spans(Some(50), Some(80)), (Some(60), Some(60), vec![(50, 60), (60, 80)]));
        assert_eq!(spans(Some(50), Some(60)), (Some(60), Some(60), vec![(50, 60)]));
        assert_eq!(spans(Some(60), Some(80)), (Some(60), Some(60), vec![(60, 80)]));
        // Nothing at all does.
        assert_eq!(spans(Some(80), Some(70)), (Some(120), Some(120), vec![]));
        assert_eq!(spans(Some(-70), Some(-50)), (Some(-60), Some(-60), vec![(-70, -60), (-60, -50)]));
    }

    #[test]
    fn every_call_that_a_check_looks_for_is_gathered() {
        let gathered = FACTS.iter().find(|fact| fact.table == "coverage_calls").unwrap().sql;
        let checks = super::super::CHECKS.iter().map(|check| check.sql).chain([super::super::TRAILS]);
        let readers: Vec<&str> = checks.filter(|sql| sql.contains("coverage_calls")).collect();
        assert_eq!(readers.len(), 4);
        for sql in readers {
            let code = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
            for word in code.split('\'').skip(1).step_by(2) {
                let is_call = word.starts_with(|first: char| first.is_ascii_uppercase())
                    && word.chars().all(|character| character.is_ascii_alphabetic())
                    && word.chars().any(|character| character.is_ascii_lowercase())
                    && word.chars().filter(char::is_ascii_uppercase).count() > 1;
                let is_service = word.ends_with(".amazonaws.com");
                assert!(!(is_call || is_service) || gathered.contains(&format!("'{word}'")), "{word}");
            }
        }
    }
}
