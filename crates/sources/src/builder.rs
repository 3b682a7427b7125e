//! From slots to rows: types each slot by its column and appends it, together with the record and its provenance.

use std::borrow::Cow;
use std::sync::Arc;

use crate::column::{Kind, Table};
use crate::extract::{Slot, Slots, text_of};
use crate::rows::{Carrier, Rows, RowsBuilder, Span, push_beside};
use crate::time;

/// Where a record came from.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    pub carrier: &'a Arc<Carrier>,
    pub record: u64,
}

/// Rows of one table in the making.
pub struct TableBuilder {
    rows: RowsBuilder,
    /// Texts of the row in the making that are no piece of its record.
    own: String,
    bytes: usize,
}

impl TableBuilder {
    pub fn new(table: &'static Table) -> Self {
        Self { rows: RowsBuilder::new(table), own: String::new(), bytes: 0 }
    }

    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Bytes the rows take in memory, about.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    pub fn append(&mut self, slots: &Slots<'_>, raw: &str, provenance: &Provenance<'_>) {
        let (mut missing, mut flag) = (0, 1);
        let (table, words) = (self.rows.table, self.rows.columns());
        for (column, slot) in table.columns.iter().zip(slots.values()) {
            let own = &mut self.own;
            let bits = match column.kind {
                Kind::Text => {
                    words.push(text(slot).map_or(Span::MISSING, |text| span(&text, raw, own)).0);
                    continue;
                }
                Kind::Json => {
                    words.push(json_of(slot).map_or(Span::MISSING, |json| span(json, raw, own)).0);
                    continue;
                }
                Kind::Time => time_of(slot).map(i64::cast_unsigned),
                Kind::Int => text(slot).and_then(|text| text.parse::<i64>().ok()).map(i64::cast_unsigned),
                Kind::Float => {
                    let number = text(slot).and_then(|text| text.parse::<f64>().ok());
                    number.filter(|number| number.is_finite()).map(f64::to_bits)
                }
                Kind::Bool => text(slot).and_then(|text| text.parse::<bool>().ok()).map(u64::from),
            };
            missing |= if bits.is_none() { flag } else { 0 };
            flag <<= 1;
            words.push(bits.unwrap_or_default());
        }
        self.bytes += raw.len() + self.own.len() + 8 * table.columns.len() + 40;
        let record = provenance.record.cast_signed();
        self.rows.end_row(missing, raw.as_bytes(), self.own.as_bytes(), provenance.carrier, record);
        self.own.clear();
    }

    /// Hands out the rows so far and begins anew.
    pub fn take(&mut self) -> Rows {
        self.bytes = 0;
        self.rows.take()
    }

    /// Takes the memory of rows that nobody needs any more for those to come.
    pub fn reuse(&mut self, rows: Rows) {
        self.rows.reuse(rows);
    }
}

/// The text of a slot, which the builder need not own.
fn text<'s>(slot: &'s Slot<'_>) -> Option<Cow<'s, str>> {
    match slot {
        Slot::Owned(text) => Some(Cow::Borrowed(text)),
        other => text_of(other),
    }
}

/// Where a text stands: in its record if it is a piece of it, and else beside it.
fn span(text: &str, raw: &str, own: &mut String) -> Span {
    Span::within(raw, text).unwrap_or_else(|| push_beside(own, text))
}

fn json_of<'a>(slot: &'a Slot<'_>) -> Option<&'a str> {
    match slot {
        Slot::Json("null") => None,
        Slot::Json(json) => Some(json),
        Slot::Owned(json) => Some(json),
        _ => None,
    }
}

fn time_of(slot: &Slot<'_>) -> Option<i64> {
    match slot {
        Slot::Time(micros) => Some(*micros),
        Slot::Json(json) => time::from_json(json),
        _ => None,
    }
}
