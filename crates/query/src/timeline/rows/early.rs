//! Folding before the events are sorted: each stream of events that a timeline is read in folds what it can by itself,
//! so that what machines repeat is neither copied nor sorted.
//!
//! Every event that stands for itself goes on as it is, its texts copied out of what they were read with; of the others
//! the first of each fold stays, in the order of [`SORTING`], with what it stands for in the columns of [`Folded`]. The
//! streams' folds are put together where the rows are in order (`rows`), which also tells the day's.
//!
//! Invariant: the counts of the rows given sum up to the events taken.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
    UInt8Array, UInt32Array,
};
use datafusion::arrow::compute::{interleave_record_batch, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{SortExpr, col};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::SessionContext;
use futures::{StreamExt, TryStreamExt, stream};

use super::MICROS_A_DAY;
use super::columns::{Columns, Text, numbers, texts, times};
use crate::session::compact;
use crate::timeline::history::{History, MARKED_TEXTS};

/// The columns in whose order a timeline is, nulls last.
const SORTING: [&str; 6] = ["time", "plane", "event_id", STAGE_ORDER, "source_uri", "source_record"];

/// Which of the stages of a request comes first.
const STAGE_ORDER: &str = "stage_order";
const SAME_TARGET: &str = "same_target";
const SAME_ADDRESS: &str = "same_address";

/// Folds of a stream that are open at most; then they go on as they are, and what comes after begins anew.
const MOST_OPEN_FOLDS: usize = 200_000;

/// The rows of a plan, each of its streams folded by itself, in the order of time.
pub async fn sorted(
    context: &SessionContext,
    plan: Arc<dyn ExecutionPlan>,
    history: Option<History>,
) -> Result<SendableRecordBatchStream> {
    let schema = with_stands_for(&plan.schema());
    let history = history.map(Arc::new);
    let partitions = plan.output_partitioning().partition_count();
    let at_once = context.state().config().target_partitions().clamp(1, partitions.max(1));
    let streams = (0..at_once).map(|first| {
        let (plan, schema, history) = (Arc::clone(&plan), Arc::clone(&schema), history.clone());
        let partitions = (first..partitions).step_by(at_once).collect();
        Arc::new(Early { plan, partitions, schema, history }) as Arc<dyn PartitionStream>
    });
    let table = StreamingTable::try_new(Arc::clone(&schema), streams.collect())?;
    let order: Vec<SortExpr> = SORTING.iter().map(|name| col(*name).sort(true, false)).collect();
    context.read_table(Arc::new(table))?.sort(order)?.execute_stream().await
}

/// The schema with the columns that tell what a row stands for, after the others.
fn with_stands_for(schema: &SchemaRef) -> SchemaRef {
    let mut fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    fields.push(Field::new(STAGE_ORDER, DataType::UInt8, false));
    fields.push(Field::new(SAME_TARGET, DataType::Boolean, false));
    fields.push(Field::new(SAME_ADDRESS, DataType::Boolean, false));
    Arc::new(Schema::new(fields))
}

/// Streams of a plan, one after the other, folded.
struct Early {
    plan: Arc<dyn ExecutionPlan>,
    partitions: Vec<usize>,
    schema: SchemaRef,
    history: Option<Arc<History>>,
}

impl fmt::Debug for Early {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Early").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

impl PartitionStream for Early {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let plan = Arc::clone(&self.plan);
        // A stream is begun when the one before has ended, since what it reads is held until it is done.
        let rows = stream::iter(self.partitions.clone())
            .map(move |partition| plan.execute(partition, Arc::clone(&context)))
            .try_flatten()
            .boxed();
        let folds = Folds::new(Arc::clone(&schema), self.history.clone());
        let batches = stream::try_unfold((Some(rows), folds), |(mut rows, mut folds)| async move {
            while let Some(from) = &mut rows {
                let given = if let Some(batch) = from.next().await {
                    folds.take(&batch?)?
                } else {
                    rows = None;
                    folds.close()?
                };
                if let Some(batch) = given {
                    return Ok(Some((batch, (rows, folds))));
                }
            }
            Ok(None)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// What a row stands for.
#[derive(Clone, Debug)]
struct Fold {
    count: i64,
    last: Option<i64>,
    same_target: bool,
    same_address: bool,
    marks: Option<String>,
}

impl Fold {
    fn of_one(last: Option<i64>, marks: Option<String>) -> Self {
        Self { count: 1, last, same_target: true, same_address: true, marks }
    }
}

/// A fold that goes on, with what is compared of its first event.
struct Open {
    fold: Fold,
    place: Place,
    target: String,
    address: String,
    /// Its row: which of the held batches, and where in it.
    at: (usize, usize),
}

/// The place of an event in the order of a timeline, but for the plane, which a fold shares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    time: i64,
    // Nulls are last: `false` before `true`.
    event_id: (bool, String),
    stage_order: u8,
    source_uri: (bool, String),
    source_record: (bool, i64),
}

struct Folds {
    schema: SchemaRef,
    history: Option<Arc<History>>,
    open: HashMap<String, Open>,
    held: Vec<RecordBatch>,
}

impl Folds {
    fn new(schema: SchemaRef, history: Option<Arc<History>>) -> Self {
        Self { schema, history, open: HashMap::new(), held: Vec::new() }
    }

    /// Takes a batch and gives what of it goes on by itself.
    fn take(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        let columns = Columns::of(batch)?;
        let places = Places::of(batch)?;
        let (mut going, mut own): (Vec<u32>, Vec<Fold>) = (Vec::new(), Vec::new());
        let mut staying: Vec<u32> = Vec::new();
        let mut key = String::with_capacity(160);
        for row in 0..batch.num_rows() {
            let time = columns.time(row);
            let marks = self.history.as_ref().and_then(|history| marks(history, &columns, row));
            let Some(time) = time.filter(|_| marks.is_none() && columns.is_chatter(row)) else {
                going.push(row as u32);
                own.push(Fold::of_one(time, marks));
                continue;
            };
            columns.write_key(row, &mut key);
            key.push_str(&time.div_euclid(MICROS_A_DAY).to_string());
            let (target, address) = (columns.text(Text::Target, row), columns.text(Text::Address, row));
            let at = (self.held.len(), staying.len());
            let Some(open) = self.open.get_mut(&key) else {
                let fold = Fold::of_one(Some(time), None);
                let (target, address, place) = (target.to_owned(), address.to_owned(), places.at(row, time));
                self.open.insert(key.clone(), Open { fold, place, target, address, at });
                staying.push(row as u32);
                continue;
            };
            open.fold.count += 1;
            open.fold.last = open.fold.last.max(Some(time));
            open.fold.same_target &= open.target == target;
            open.fold.same_address &= open.address == address;
            if time <= open.place.time {
                let place = places.at(row, time);
                if place < open.place {
                    (open.place, open.at) = (place, at);
                    staying.push(row as u32);
                }
            }
        }
        if !staying.is_empty() {
            self.held.push(taken(batch, staying)?);
        }
        if self.open.len() >= MOST_OPEN_FOLDS {
            // Seldom, so that both may be in one batch.
            let (closed, going) = (self.close()?, self.finished(&taken(batch, going)?, &own)?);
            return Ok(Some(match closed {
                Some(closed) => datafusion::arrow::compute::concat_batches(&self.schema, [&closed, &going])?,
                None => going,
            }));
        }
        if going.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.finished(&taken(batch, going)?, &own)?))
    }

    /// The rows of the folds that are open.
    fn close(&mut self) -> Result<Option<RecordBatch>> {
        let held = std::mem::take(&mut self.held);
        let mut open: Vec<Open> = std::mem::take(&mut self.open).into_values().collect();
        if open.is_empty() {
            return Ok(None);
        }
        open.sort_by_key(|open| open.at);
        let at: Vec<(usize, usize)> = open.iter().map(|open| open.at).collect();
        let rows = interleave_record_batch(&held.iter().collect::<Vec<_>>(), &at)?;
        let folds: Vec<Fold> = open.into_iter().map(|open| open.fold).collect();
        Ok(Some(self.finished(&rows, &folds)?))
    }

    /// The rows with what each stands for.
    fn finished(&self, rows: &RecordBatch, folds: &[Fold]) -> Result<RecordBatch> {
        let stages = texts(rows, "stage")?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (at, field) in self.schema.fields().iter().enumerate() {
            let column: ArrayRef = match field.name().as_str() {
                "count" => Arc::new(folds.iter().map(|fold| fold.count).collect::<Int64Array>()),
                "last_time" => {
                    let times: TimestampMicrosecondArray = folds.iter().map(|fold| fold.last).collect();
                    Arc::new(times.with_timezone("UTC"))
                }
                "first_seen" => Arc::new(folds.iter().map(|fold| fold.marks.as_deref()).collect::<StringViewArray>()),
                STAGE_ORDER => {
                    Arc::new((0..rows.num_rows()).map(|row| stage_order(&stages, row)).collect::<UInt8Array>())
                }
                SAME_TARGET => Arc::new(folds.iter().map(|fold| Some(fold.same_target)).collect::<BooleanArray>()),
                SAME_ADDRESS => Arc::new(folds.iter().map(|fold| Some(fold.same_address)).collect::<BooleanArray>()),
                _ => Arc::clone(rows.column(at)),
            };
            columns.push(column);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Rows of a batch, with texts of their own.
fn taken(batch: &RecordBatch, rows: Vec<u32>) -> Result<RecordBatch> {
    compact(&take_record_batch(batch, &UInt32Array::from(rows))?)
}

/// What of an event was never seen before it, as JSON; none if nothing.
pub fn marks(history: &History, columns: &Columns, row: usize) -> Option<String> {
    let values = MARKED_TEXTS.map(|text| Some(columns.text(text, row)).filter(|text| !text.is_empty()));
    let marks = history.marks(columns.time(row)?, values);
    (!marks.is_empty()).then(|| {
        let names: Vec<String> = marks.iter().map(|mark| format!("\"{mark}\"")).collect();
        format!("[{}]", names.join(","))
    })
}

fn stage_order(stages: &StringViewArray, row: usize) -> u8 {
    match stages.is_valid(row).then(|| stages.value(row)) {
        Some("RequestReceived") => 0,
        Some("ResponseStarted") => 1,
        _ => 2,
    }
}

/// The columns that tell the place of an event among those of its time.
struct Places {
    event_ids: StringViewArray,
    stages: StringViewArray,
    source_uris: StringViewArray,
    source_records: Int64Array,
}

impl Places {
    fn of(batch: &RecordBatch) -> Result<Self> {
        Ok(Self {
            event_ids: texts(batch, "event_id")?,
            stages: texts(batch, "stage")?,
            source_uris: texts(batch, "source_uri")?,
            source_records: numbers(batch, "source_record")?,
        })
    }

    fn at(&self, row: usize, time: i64) -> Place {
        let text = |texts: &StringViewArray| {
            if texts.is_valid(row) { (false, texts.value(row).to_owned()) } else { (true, String::new()) }
        };
        let records = &self.source_records;
        Place {
            time,
            event_id: text(&self.event_ids),
            stage_order: stage_order(&self.stages, row),
            source_uri: text(&self.source_uris),
            source_record: if records.is_valid(row) { (false, records.value(row)) } else { (true, 0) },
        }
    }
}

/// What the rows of a sorted batch stand for.
pub struct Folded {
    counts: Int64Array,
    lasts: TimestampMicrosecondArray,
    first_seen: StringViewArray,
    same: Option<[BooleanArray; 2]>,
}

impl Folded {
    pub fn of(batch: &RecordBatch) -> Result<Self> {
        let flags = |name: &str| batch.column_by_name(name).and_then(|column| column.as_boolean_opt()).cloned();
        Ok(Self {
            counts: numbers(batch, "count")?,
            lasts: times(batch, "last_time")?,
            first_seen: texts(batch, "first_seen")?,
            same: flags(SAME_TARGET).zip(flags(SAME_ADDRESS)).map(<[BooleanArray; 2]>::from),
        })
    }

    pub fn count(&self, row: usize) -> i64 {
        self.counts.value(row)
    }

    pub fn last(&self, row: usize) -> Option<i64> {
        self.lasts.is_valid(row).then(|| self.lasts.value(row))
    }

    pub fn marks(&self, row: usize) -> Option<String> {
        self.first_seen.is_valid(row).then(|| self.first_seen.value(row).to_owned())
    }

    /// Whether all that a row stands for have its target, and whether they have its address.
    pub fn same(&self, row: usize) -> (bool, bool) {
        self.same.as_ref().map_or((true, true), |[target, address]| (target.value(row), address.value(row)))
    }
}
