//! A batch of rows with what decides their order at hand: partition, time, identity, bytes, carrier.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use eksamine_lake::Partition;
use eksamine_sources::Table;

/// A batch with its key columns found.
#[derive(Clone)]
pub struct Rows {
    pub batch: RecordBatch,
    time: TimestampMicrosecondArray,
    identity: Vec<StringArray>,
    raw: StringArray,
    uri: StringArray,
    record: Int64Array,
    sha256: StringArray,
    cluster: Option<StringArray>,
}

impl Rows {
    pub fn new(table: &Table, batch: RecordBatch) -> Result<Self, ArrowError> {
        let column = |name: &str| {
            let found = batch.column_by_name(name);
            found.ok_or_else(|| ArrowError::SchemaError(format!("table `{}` has no column `{name}`", table.name)))
        };
        let text = |name: &str| -> Result<StringArray, ArrowError> {
            let array = column(name)?.as_string_opt::<i32>();
            array.cloned().ok_or_else(|| ArrowError::SchemaError(format!("column `{name}` is not text")))
        };
        let wrong = |name: &str| ArrowError::SchemaError(format!("column `{name}` has another type"));
        let time = column("event_time")?.as_primitive_opt::<TimestampMicrosecondType>();
        let record = column("source_record")?.as_primitive_opt::<arrow::datatypes::Int64Type>();
        Ok(Self {
            time: time.ok_or_else(|| wrong("event_time"))?.clone(),
            identity: table.identity.iter().map(|name| text(name)).collect::<Result<_, _>>()?,
            raw: text("raw")?,
            uri: text("source_uri")?,
            record: record.ok_or_else(|| wrong("source_record"))?.clone(),
            sha256: text("source_sha256")?,
            cluster: if table.by_cluster { Some(text("cluster")?) } else { None },
            batch,
        })
    }

    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Microseconds since 1970; none for rows without a readable time.
    pub fn time(&self, row: usize) -> Option<i64> {
        self.time.is_valid(row).then(|| self.time.value(row))
    }

    pub fn carrier(&self, row: usize) -> (&str, &str) {
        (self.uri.value(row), self.sha256.value(row))
    }

    pub fn size_bytes(&self, row: usize) -> usize {
        self.raw.value(row).len()
    }

    pub fn partition(&self, table: &Table, row: usize) -> Partition {
        Partition {
            table: table.name.to_owned(),
            cluster: self.cluster.as_ref().map(|cluster| cluster.value(row).to_owned()),
            day: self.time(row).and_then(eksamine_sources::time::day),
        }
    }

    /// Whether two rows lie in the same partition, without naming it. `days` are those of [`Self::day_number`].
    pub fn cluster(&self, row: usize) -> Option<&str> {
        self.cluster.as_ref().map(|cluster| cluster.value(row))
    }

    /// Days since 1970, rounded down; none without a time.
    pub fn day_number(&self, row: usize) -> Option<i64> {
        self.time(row).map(|micros| micros.div_euclid(86_400_000_000))
    }

    /// The order of rows within a partition: time, identity, bytes. Equal means the same event.
    pub fn compare_events(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let mut order = self.time(row).cmp(&other.time(other_row));
        for (own, others) in self.identity.iter().zip(&other.identity) {
            order = order.then_with(|| text(own, row).cmp(&text(others, other_row)));
        }
        order.then_with(|| self.raw.value(row).cmp(other.raw.value(other_row)))
    }

    /// The order of everything: the event, then its carrier, so that of several carriers the first is always the same.
    pub fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        self.compare_events(row, other, other_row).then_with(|| {
            let own = (self.uri.value(row), self.record.value(row), self.sha256.value(row));
            own.cmp(&(other.uri.value(other_row), other.record.value(other_row), other.sha256.value(other_row)))
        })
    }
}

fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
