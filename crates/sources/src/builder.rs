//! From slots to Arrow: types each slot by its column and appends it, together with the record and its provenance.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;

use crate::column::{Kind, Table};
use crate::extract::{Slot, Slots, text_of};
use crate::time;

/// Where a record came from.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    pub uri: &'a str,
    pub record: u64,
    pub sha256: &'a str,
}

/// Rows of one table in the making.
pub struct TableBuilder {
    table: &'static Table,
    columns: Vec<ColumnBuilder>,
    raw: StringBuilder,
    source_uri: StringBuilder,
    source_record: Int64Builder,
    source_sha256: StringBuilder,
    rows: usize,
    bytes: usize,
}

enum ColumnBuilder {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Json(StringBuilder),
    Int(Int64Builder),
    Bool(BooleanBuilder),
}

impl TableBuilder {
    pub fn new(table: &'static Table) -> Self {
        Self {
            table,
            columns: table.columns.iter().map(|column| ColumnBuilder::new(column.kind)).collect(),
            raw: StringBuilder::new(),
            source_uri: StringBuilder::new(),
            source_record: Int64Builder::new(),
            source_sha256: StringBuilder::new(),
            rows: 0,
            bytes: 0,
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes the rows take in memory, about.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    pub fn append(&mut self, slots: &Slots<'_>, raw: &str, provenance: &Provenance<'_>) {
        let mut bytes = 0;
        for (builder, slot) in self.columns.iter_mut().zip(slots.values()) {
            bytes += builder.append(slot);
        }
        self.raw.append_value(raw);
        self.source_uri.append_value(provenance.uri);
        self.source_record.append_value(provenance.record.cast_signed());
        self.source_sha256.append_value(provenance.sha256);
        self.rows += 1;
        self.bytes += bytes + raw.len() + provenance.uri.len() + provenance.sha256.len() + 20;
    }

    /// Hands out the rows so far and begins anew.
    ///
    /// # Errors
    /// If Arrow finds the columns inconsistent, which would be a defect of this file.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        arrays.push(finish_text(&mut self.raw));
        arrays.push(finish_text(&mut self.source_uri));
        arrays.push(Arc::new(self.source_record.finish()));
        arrays.push(finish_text(&mut self.source_sha256));
        self.rows = 0;
        self.bytes = 0;
        RecordBatch::try_new(self.table.arrow_schema(), arrays)
    }
}

impl ColumnBuilder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Json => Self::Json(StringBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
        }
    }

    /// Appends a value and returns the bytes it takes.
    fn append(&mut self, slot: &Slot<'_>) -> usize {
        match self {
            Self::Time(builder) => {
                builder.append_option(time_of(slot));
                8
            }
            Self::Text(builder) => {
                let text = text_of(slot);
                builder.append_option(text.as_deref());
                4 + text.map_or(0, |text| text.len())
            }
            Self::Json(builder) => {
                let json = match slot {
                    Slot::Json("null") => None,
                    Slot::Json(json) => Some(*json),
                    _ => None,
                };
                builder.append_option(json);
                4 + json.map_or(0, str::len)
            }
            Self::Int(builder) => {
                builder.append_option(text_of(slot).and_then(|text| text.parse::<i64>().ok()));
                8
            }
            Self::Bool(builder) => {
                builder.append_option(text_of(slot).and_then(|text| text.parse::<bool>().ok()));
                1
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Text(builder) | Self::Json(builder) => finish_text(builder),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Bool(builder) => Arc::new(builder.finish()),
        }
    }
}

fn time_of(slot: &Slot<'_>) -> Option<i64> {
    match slot {
        Slot::Time(micros) => Some(*micros),
        Slot::Json(json) => time::from_json(json),
        _ => None,
    }
}

/// Hands out a text column and begins the next one as large, so that it need not grow by doubling: that would cost
/// up to twice the memory and copy every byte again.
fn finish_text(builder: &mut StringBuilder) -> ArrayRef {
    let done = builder.finish();
    *builder = StringBuilder::with_capacity(done.len(), done.value_data().len());
    Arc::new(done)
}
