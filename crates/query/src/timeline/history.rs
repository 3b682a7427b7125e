//! What was never seen before an event: actors, addresses, user agents and actions, against the days before a cut.
//!
//! A value is marked at the first event that has it within the time looked at, which begins the given days before the
//! cut. In the first day of a lake nothing is marked: everything is new then.
//!
//! When each value was seen first and last on each day is worked out once for each state of the lake. That is enough: of
//! the days between the two ends the first time counts, on the day in which the time looked at begins it counts whether
//! the value was seen at all after that, for which the last tells, and events are marked only on later days.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::Result;
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::cut::Cut;
use super::rows::MarkedText;
use crate::derived::{Derived, Holding, KeptTable, Rows, in_memory};
use crate::error::{Error, Names};
use crate::identity::columns::Columns;
use crate::session::Session;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// When each value was first seen, by what it is.
#[derive(Clone, Debug, Default)]
pub struct History {
    firsts: HashMap<&'static str, HashMap<String, i64>>,
    /// No marks before this instant.
    marks_from: i64,
}

/// What is marked, in the order of the marks.
pub const MARKED: [&str; 4] = ["actor", "address", "user_agent", "action"];

/// The columns of these.
pub const MARKED_TEXTS: [MarkedText; 4] =
    [MarkedText::Actor, MarkedText::Address, MarkedText::UserAgent, MarkedText::Action];

const HOLDING: Holding = Holding { name: "firsts", version: 1, ending: "parquet" };

/// What is seen on each day: a row for each value, with the cluster for the calls of its API server. Actors are looked up
/// over all days.
const SEEN: [&str; 3] = [
    include_str!("history/aws.sql"),
    include_str!("history/kubernetes.sql"),
    "SELECT NULL AS cluster, 'actor' AS what, actor AS value, min(first_seen) AS first, max(last_seen) AS last \
     FROM identities WHERE first_seen IS NOT NULL GROUP BY actor",
];

/// The table that these are kept in.
pub fn table(derived: Derived) -> KeptTable {
    KeptTable::new(derived, HOLDING, schema(), |context| work_out(context).boxed())
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true);
    Arc::new(Schema::new(vec![text("cluster"), text("what"), text("value"), time("first"), time("last")]))
}

async fn work_out(context: SessionContext) -> Result<Rows> {
    let schema = schema();
    let mut pieces = Vec::new();
    for sql in SEEN {
        // In the order of time, so that most of them need not be read.
        let sql = format!("SELECT * FROM ({sql}) WHERE value IS NOT NULL ORDER BY first, what, value, cluster");
        let mut batches = context.sql(&sql).await?.execute_stream().await?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let columns = batch.columns().iter().zip(schema.fields());
            let columns = columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>()?;
            pieces.push(RecordBatch::try_new(Arc::clone(&schema), columns)?);
        }
    }
    Ok(in_memory(pieces))
}

const BEGIN: &str = "SELECT min(least_time) AS first FROM parts WHERE table_name IN ('cloudtrail', 'k8s_audit')";

/// The history that a cut asks for; none where it asks for no marks.
pub async fn of(session: &Session, cut: &Cut) -> Result<Option<History>, Error> {
    let Some(days) = cut.first_seen_days.filter(|days| *days > 0) else { return Ok(None) };
    let failed = |error| Error::of(error, "", Names::default());
    let days = i64::from(days).saturating_mul(MICROS_A_DAY);
    let from = cut.since.map_or(i64::MIN / 2, |since| since.saturating_sub(days));
    let begin = session.sql(BEGIN, Vec::new()).await?.rows.try_collect::<Vec<_>>().await.map_err(failed)?;
    let begin = match begin.first() {
        Some(batch) => Columns(batch).times("first").map_err(failed)?.get(0),
        None => None,
    };
    let mut history = History::default();
    let Some(begin) = begin else { return Ok(Some(history)) };
    history.marks_from = begin.saturating_add(MICROS_A_DAY).max(cut.since.unwrap_or(i64::MIN));
    history.look_up(session, cut, from).await.map_err(failed)?;
    Ok(Some(history))
}

impl History {
    /// Looks up the values that were not seen from an instant until marks begin.
    async fn look_up(&mut self, session: &Session, cut: &Cut, from: i64) -> Result<()> {
        let instant = |micros| lit(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
        let is_actor = || col("what").eq(lit("actor"));
        let mut within = is_actor().or(col("last").gt_eq(instant(from)));
        if let Some(until) = cut.until {
            within = within.and(col("first").lt(instant(until)));
        }
        if let Some(cluster) = &cut.cluster {
            within = within.and(col("cluster").is_null().or(col("cluster").eq(lit(cluster.as_str()))));
        }
        let rows = session.context().read_table(Arc::clone(&session.kept.firsts) as _)?;
        let firsts = rows
            .filter(within)?
            .aggregate(vec![col("what"), col("value")], vec![min(col("first")).alias("first")])?
            .filter(col("first").gt_eq(instant(self.marks_from)))?;
        let mut batches = firsts.execute_stream().await?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let columns = Columns(&batch);
            let (whats, values, firsts) = (columns.texts("what")?, columns.texts("value")?, columns.times("first")?);
            for row in 0..batch.num_rows() {
                let what = MARKED.into_iter().find(|what| whats.text(row) == Some(*what));
                let (Some(what), Some(value), Some(first)) = (what, values.get(row), firsts.get(row)) else { continue };
                self.firsts.entry(what).or_default().insert(value, first);
            }
        }
        Ok(())
    }

    /// What of an event was never seen before it. `values` are in the order of [`MARKED`].
    pub fn marks(&self, time: i64, values: [Option<&str>; 4]) -> Vec<&'static str> {
        if time < self.marks_from {
            return Vec::new();
        }
        let is_first = |(what, value): &(&'static str, Option<&str>)| {
            let first = value.and_then(|value| self.firsts.get(what)?.get(value));
            first.is_some_and(|first| *first == time)
        };
        MARKED.into_iter().zip(values).filter(is_first).map(|(what, _)| what).collect()
    }
}
