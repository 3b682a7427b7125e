//! The columns of a timeline that folding looks at, and what it sees in them: which events are chatter, and which of
//! them belong together.

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};

/// Whose informational events are folded.
const MACHINES: [&str; 7] =
    ["service_account", "node", "instance", "function", "task", "aws_service", "kubernetes_component"];

/// The texts among them, by their place in [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    Plane,
    Cluster,
    Actor,
    Action,
    Outcome,
    Namespace,
    Severity,
    Reason,
    ActorKind,
    Target,
    Address,
    UserAgent,
}

const NAMES: [&str; 12] = [
    "plane",
    "cluster",
    "actor",
    "action",
    "outcome",
    "namespace",
    "severity",
    "reason",
    "actor_kind",
    "target",
    "address",
    "user_agent",
];

/// Texts in which events of one fold agree; of flows also address and target.
const AGREEING: [Text; 8] = [
    Text::Plane,
    Text::Cluster,
    Text::Actor,
    Text::Action,
    Text::Outcome,
    Text::Namespace,
    Text::Severity,
    Text::Reason,
];

/// The columns that folding looks at.
pub struct Columns {
    time: TimestampMicrosecondArray,
    texts: [StringViewArray; 12],
}

impl Columns {
    pub fn of(batch: &RecordBatch) -> Result<Self> {
        let mut own = Vec::with_capacity(NAMES.len());
        for name in NAMES {
            own.push(texts(batch, name)?);
        }
        let own = own.try_into().map_err(|_| DataFusionError::Internal("a column too many".to_owned()))?;
        Ok(Self { time: times(batch, "time")?, texts: own })
    }

    /// Microseconds since 1970.
    pub fn time(&self, row: usize) -> Option<i64> {
        self.time.is_valid(row).then(|| self.time.value(row))
    }

    /// Empty where there is none.
    pub fn text(&self, what: Text, row: usize) -> &str {
        let texts = self.texts.get(what as usize).filter(|texts| texts.is_valid(row));
        texts.map_or("", |texts| texts.value(row))
    }

    /// Whether an event is one that machines repeat.
    pub fn is_chatter(&self, row: usize) -> bool {
        if self.text(Text::Severity, row) != "informational" {
            return false;
        }
        let kind = self.text(Text::ActorKind, row);
        self.text(Text::Plane, row) == "network"
            || MACHINES.contains(&kind)
            || (kind == "anonymous" && self.text(Text::Outcome, row) == "done")
    }

    /// What an event shares with those that it is folded with, within a day. Written over what `key` holds.
    pub fn write_key(&self, row: usize, key: &mut String) {
        key.clear();
        let is_flow = self.text(Text::Plane, row) == "network";
        let more: &[Text] = if is_flow { &[Text::Address, Text::Target] } else { &[] };
        for what in AGREEING.iter().chain(more) {
            key.push_str(self.text(*what, row));
            key.push('\u{0}');
        }
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a datafusion::arrow::array::ArrayRef> {
    let column = batch.column_by_name(name);
    column.ok_or_else(|| DataFusionError::Internal(format!("a timeline without `{name}`")))
}

pub fn texts(batch: &RecordBatch, name: &str) -> Result<StringViewArray> {
    Ok(cast(column(batch, name)?, &DataType::Utf8View)?.as_string_view().clone())
}

pub fn times(batch: &RecordBatch, name: &str) -> Result<TimestampMicrosecondArray> {
    let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Ok(cast(column(batch, name)?, &kind)?.as_primitive::<TimestampMicrosecondType>().clone())
}

pub fn numbers(batch: &RecordBatch, name: &str) -> Result<Int64Array> {
    Ok(cast(column(batch, name)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}
