//! The rows of a timeline on their way out: marked where something is seen for the first time, and folded where
//! machines repeat themselves.
//!
//! What is folded: informational events that no person, pipeline or unknown one made. One row stands for those of one
//! UTC day that agree in plane, cluster, actor, action, outcome, namespace, severity and reason; of flows also in
//! address and target. It is the first of them, with `count` and `last_time`, and names target and address only where
//! all have the same. An event that is marked, and one without a time, has its own row.
//!
//! Invariant: the counts of the rows given sum up to the rows taken.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray, UInt32Array,
};
use datafusion::arrow::compute::{cast, interleave_record_batch, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};

mod columns;
mod early;

use columns::{Columns, Text};
use early::{Folded, marks};

use super::cut::Folding;
use super::history::History;
use crate::catalog::JSON_MARK;
use crate::session::{Answer, compact};

pub use columns::Text as MarkedText;
pub use early::sorted;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// Rows that are given out at once.
const BATCH_ROWS: usize = 8_192;

/// The rows marked and folded.
pub fn worked(answer: Answer, folding: Folding, history: Option<History>) -> Answer {
    let schema = marked_schema(&answer.schema, folding);
    let state = Working {
        rows: answer.rows,
        folding,
        history,
        schema: Arc::clone(&schema),
        day: None,
        kept: Vec::new(),
        slots: Vec::new(),
        open: HashMap::new(),
        out: VecDeque::new(),
        ended: false,
    };
    let batches = stream::try_unfold(state, |mut state| async move {
        let batch = state.next().await?;
        Ok::<_, DataFusionError>(batch.map(|batch| (batch, state)))
    });
    Answer { schema: Arc::clone(&schema), rows: Box::pin(RecordBatchStreamAdapter::new(schema, batches)) }
}

/// The schema with `first_seen` marked as JSON.
fn marked_schema(schema: &SchemaRef, folding: Folding) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.name().as_str() {
        "first_seen" => Field::new(field.name(), DataType::Utf8View, true)
            .with_metadata(HashMap::from([(JSON_MARK.to_owned(), "true".to_owned())])),
        _ => field.as_ref().clone().with_nullable(true),
    });
    let mut fields: Vec<Field> = fields.collect();
    if folding == Folding::WithMembers {
        fields.push(Field::new(MEMBER, DataType::Boolean, false));
    }
    Arc::new(Schema::new(fields))
}

/// The column that tells the events a row stands for from rows.
const MEMBER: &str = "member";

/// What a row stands for.
#[derive(Clone, Debug)]
struct Slot {
    count: i64,
    last: Option<i64>,
    marks: Option<String>,
    same_target: bool,
    same_address: bool,
    /// The slot of the row that this event is folded into, where events are given beside their row.
    member_of: Option<usize>,
}

struct Working {
    rows: SendableRecordBatchStream,
    folding: Folding,
    history: Option<History>,
    schema: SchemaRef,
    /// The UTC day that is open.
    day: Option<i64>,
    /// The rows of the open day that stay, and what each stands for.
    kept: Vec<RecordBatch>,
    slots: Vec<Slot>,
    /// The slot of each fold, with the target and the address of its row.
    open: HashMap<String, (usize, String, String)>,
    out: VecDeque<Day>,
    ended: bool,
}

impl Working {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            while let Some(day) = self.out.front_mut() {
                if let Some(batch) = day.next(&self.schema)? {
                    return Ok(Some(batch));
                }
                self.out.pop_front();
            }
            if self.ended {
                return Ok(None);
            }
            if let Some(batch) = self.rows.next().await {
                self.take(&batch?)?;
            } else {
                self.ended = true;
                self.close();
            }
        }
    }

    /// Takes a batch; what belongs to a day that is over goes out.
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = Columns::of(batch)?;
        let folded = Folded::of(batch)?;
        let mut staying: Vec<u32> = Vec::new();
        let mut key = String::with_capacity(160);
        for row in 0..batch.num_rows() {
            let time = columns.time(row);
            let day = time.map(|time| time.div_euclid(MICROS_A_DAY));
            if day != self.day || self.slots.len() >= MOST_OPEN_ROWS {
                self.keep(batch, &mut staying)?;
                self.close();
                self.day = day;
            }
            let slot = self.slot(&columns, &folded, row);
            let folds =
                self.folding != Folding::Unfolded && slot.marks.is_none() && time.is_some() && columns.is_chatter(row);
            if !folds {
                staying.push(row as u32);
                self.slots.push(slot);
                continue;
            }
            columns.write_key(row, &mut key);
            let (target, address) = (columns.text(Text::Target, row), columns.text(Text::Address, row));
            if let Some((at, first_target, first_address)) = self.open.get(&key)
                && let Some(first) = self.slots.get_mut(*at)
            {
                first.count += slot.count;
                first.last = first.last.max(slot.last);
                first.same_target &= slot.same_target && target == first_target;
                first.same_address &= slot.same_address && address == first_address;
                if self.folding == Folding::WithMembers {
                    staying.push(row as u32);
                    self.slots.push(Slot { member_of: Some(*at), ..slot });
                }
                continue;
            }
            self.open.insert(key.clone(), (self.slots.len(), target.to_owned(), address.to_owned()));
            staying.push(row as u32);
            self.slots.push(slot);
        }
        self.keep(batch, &mut staying)
    }

    /// What a row stands for so far.
    fn slot(&self, columns: &Columns, folded: &Folded, row: usize) -> Slot {
        let marks = match &self.history {
            Some(history) => marks(history, columns, row),
            None => folded.marks(row),
        };
        let (same_target, same_address) = folded.same(row);
        let (count, last) = (folded.count(row), folded.last(row));
        Slot { count, last, marks, same_target, same_address, member_of: None }
    }

    fn keep(&mut self, batch: &RecordBatch, staying: &mut Vec<u32>) -> Result<()> {
        if staying.is_empty() {
            return Ok(());
        }
        let kept = if staying.len() == batch.num_rows() {
            batch.clone()
        } else {
            compact(&take_record_batch(batch, &UInt32Array::from(std::mem::take(staying)))?)?
        };
        staying.clear();
        self.kept.push(kept);
        Ok(())
    }

    /// Lets the rows of the open day go out.
    fn close(&mut self) {
        let slots = std::mem::take(&mut self.slots);
        let kept = std::mem::take(&mut self.kept);
        self.open.clear();
        if kept.is_empty() {
            return;
        }
        let places = kept.iter().enumerate().flat_map(|(at, batch)| (0..batch.num_rows()).map(move |row| (at, row)));
        let mut order: Vec<((usize, usize), usize)> = places.zip(0..).collect();
        if self.folding == Folding::WithMembers {
            // Each row, and after it what it stands for.
            order.sort_by_key(|(_, at)| {
                slots.get(*at).map_or((*at, 0), |slot| slot.member_of.map_or((*at, 0), |of| (of, 1 + *at)))
            });
        }
        self.out.push_back(Day { kept, slots, order, done: 0 });
    }
}

/// A day whose rows go out: some at a time, so that there is no second copy of all of them.
struct Day {
    kept: Vec<RecordBatch>,
    slots: Vec<Slot>,
    /// Batch and row, and slot, of each row in the order in which they go out.
    order: Vec<((usize, usize), usize)>,
    done: usize,
}

impl Day {
    /// The next rows, or none when all have gone out.
    fn next(&mut self, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
        let going = self.order.get(self.done..).unwrap_or_default();
        let going = going.get(..BATCH_ROWS.min(going.len())).unwrap_or_default();
        if going.is_empty() {
            return Ok(None);
        }
        let places: Vec<(usize, usize)> = going.iter().map(|(place, _)| *place).collect();
        let slots: Vec<Slot> = going.iter().filter_map(|(_, slot)| self.slots.get(*slot).cloned()).collect();
        let rows = interleave_record_batch(&self.kept.iter().collect::<Vec<_>>(), &places)?;
        self.done += going.len();
        Ok(Some(finished(&rows, &slots, schema)?))
    }
}

/// Rows of a day that are held at most before they go out; a fold that goes on after that begins anew.
const MOST_OPEN_ROWS: usize = 1_000_000;

/// The rows with what each stands for.
fn finished(batch: &RecordBatch, slots: &[Slot], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let column: ArrayRef = match field.name().as_str() {
            "count" => Arc::new(slots.iter().map(|slot| slot.count).collect::<Int64Array>()),
            "last_time" => {
                let times: TimestampMicrosecondArray = slots.iter().map(|slot| slot.last).collect();
                Arc::new(times.with_timezone("UTC"))
            }
            "first_seen" => Arc::new(slots.iter().map(|slot| slot.marks.as_deref()).collect::<StringViewArray>()),
            "target" => only(column, slots, |slot| slot.same_target)?,
            "address" => only(column, slots, |slot| slot.same_address)?,
            "summary" => counted(column, slots)?,
            _ => cast(column, field.data_type())?,
        };
        columns.push(column);
    }
    if schema.fields().len() > columns.len() {
        columns.push(Arc::new(slots.iter().map(|slot| Some(slot.member_of.is_some())).collect::<BooleanArray>()));
    }
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// The texts of rows for which they hold as a whole.
fn only(column: &ArrayRef, slots: &[Slot], holds: impl Fn(&Slot) -> bool) -> Result<ArrayRef> {
    let texts = texts(column)?;
    if slots.iter().all(&holds) {
        return Ok(Arc::new(texts));
    }
    Ok(Arc::new(texts.iter().zip(slots).map(|(text, slot)| text.filter(|_| holds(slot))).collect::<StringViewArray>()))
}

fn counted(column: &ArrayRef, slots: &[Slot]) -> Result<ArrayRef> {
    let texts = texts(column)?;
    if slots.iter().all(|slot| slot.count == 1) {
        return Ok(Arc::new(texts));
    }
    let told = texts.iter().zip(slots).map(|(text, slot)| {
        let text = text?;
        Some(match slot.count {
            1 => text.to_owned(),
            count if slot.same_target => format!("{text} ({count} times)"),
            count => format!("{text} and the like ({count} times)"),
        })
    });
    Ok(Arc::new(told.collect::<StringViewArray>()))
}

fn texts(column: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}
