//! From slots to rows: types each slot by its column and appends it, together with the record and its provenance.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, Int64Array, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, UInt32Array, UInt64Array,
};
use arrow::error::ArrowError;

use crate::column::{Kind, Table};
use crate::extract::{Slot, Slots, text_of};
use crate::rows::{self, Carrier, Rows, Span, push_beside};
use crate::time;

/// Where a record came from.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    pub carrier: &'a Arc<Carrier>,
    pub record: u64,
}

/// Rows of one table in the making.
pub struct TableBuilder {
    table: &'static Table,
    columns: Vec<ColumnBuilder>,
    raw: StringBuilder,
    beside: StringBuilder,
    /// Texts of the row in the making that are no piece of its record.
    own: String,
    carriers: Vec<Arc<Carrier>>,
    carrier: Vec<u32>,
    record: Vec<i64>,
    bytes: usize,
}

enum ColumnBuilder {
    Time(TimestampMicrosecondBuilder),
    Text(Vec<u64>),
    Json(Vec<u64>),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
}

impl TableBuilder {
    pub fn new(table: &'static Table) -> Self {
        Self {
            table,
            columns: table.columns.iter().map(|column| ColumnBuilder::new(column.kind)).collect(),
            raw: StringBuilder::new(),
            beside: StringBuilder::new(),
            own: String::new(),
            carriers: Vec::new(),
            carrier: Vec::new(),
            record: Vec::new(),
            bytes: 0,
        }
    }

    pub fn rows(&self) -> usize {
        self.record.len()
    }

    /// Bytes the rows take in memory, about.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    pub fn append(&mut self, slots: &Slots<'_>, raw: &str, provenance: &Provenance<'_>) {
        for (builder, slot) in self.columns.iter_mut().zip(slots.values()) {
            builder.append(slot, raw, &mut self.own);
        }
        self.raw.append_value(raw);
        self.beside.append_value(&self.own);
        if !self.carriers.last().is_some_and(|last| Arc::ptr_eq(last, provenance.carrier)) {
            self.carriers.push(Arc::clone(provenance.carrier));
        }
        self.carrier.push(self.carriers.len() as u32 - 1);
        self.record.push(provenance.record.cast_signed());
        self.bytes += raw.len() + self.own.len() + 8 * self.columns.len() + 20;
        self.own.clear();
    }

    /// Hands out the rows so far and begins anew.
    ///
    /// # Errors
    /// If Arrow finds the columns inconsistent, which would be a defect of this file.
    pub fn take(&mut self) -> Result<Rows, ArrowError> {
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        arrays.push(finish_text(&mut self.raw));
        arrays.push(finish_text(&mut self.beside));
        arrays.push(Arc::new(UInt32Array::from(renewed(&mut self.carrier))));
        arrays.push(Arc::new(Int64Array::from(renewed(&mut self.record))));
        self.bytes = 0;
        let carriers = Arc::new(std::mem::take(&mut self.carriers));
        Rows::new(self.table, RecordBatch::try_new(rows::schema(self.table), arrays)?, carriers)
    }
}

impl ColumnBuilder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Text => Self::Text(Vec::new()),
            Kind::Json => Self::Json(Vec::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
        }
    }

    fn append(&mut self, slot: &Slot<'_>, raw: &str, own: &mut String) {
        let mut span = |text: &str| Span::within(raw, text).unwrap_or_else(|| push_beside(own, text)).0;
        match self {
            Self::Time(builder) => builder.append_option(time_of(slot)),
            Self::Text(spans) => spans.push(text_of(slot).map_or(Span::MISSING.0, |text| span(&text))),
            Self::Json(spans) => {
                let json = match slot {
                    Slot::Json("null") => None,
                    Slot::Json(json) => Some(*json),
                    Slot::Owned(json) => Some(json.as_str()),
                    _ => None,
                };
                spans.push(json.map_or(Span::MISSING.0, span));
            }
            Self::Int(builder) => builder.append_option(text_of(slot).and_then(|text| text.parse::<i64>().ok())),
            Self::Float(builder) => {
                let number = text_of(slot).and_then(|text| text.parse::<f64>().ok());
                builder.append_option(number.filter(|number| number.is_finite()));
            }
            Self::Bool(builder) => builder.append_option(text_of(slot).and_then(|text| text.parse::<bool>().ok())),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Text(spans) | Self::Json(spans) => Arc::new(UInt64Array::from(renewed(spans))),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
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

/// Hands out a column and begins the next one a little larger, so that it need not grow by doubling: that would cost up
/// to twice the memory and copy every byte again.
fn renewed<T>(values: &mut Vec<T>) -> Vec<T> {
    let capacity = roomy(values.len());
    std::mem::replace(values, Vec::with_capacity(capacity))
}

/// Batches are of about the same size, but never of the same.
fn roomy(length: usize) -> usize {
    length + length / 8
}

fn finish_text(builder: &mut StringBuilder) -> ArrayRef {
    let done = builder.finish();
    *builder = StringBuilder::with_capacity(roomy(done.len()), roomy(done.value_data().len()));
    Arc::new(done)
}
