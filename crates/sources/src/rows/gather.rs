//! Rows as they are written: texts as views into the records they were read from.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::builder::BinaryViewBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::Buffer;
use arrow::datatypes::{Field, FieldRef, Schema};
use arrow::error::ArrowError;

use super::layout::{Place, Tail, flag, is_text};
use super::{Rows, Span};
use crate::column::{Kind, PROVENANCE, Table};

/// A row that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which of several rows.
    pub part: usize,
    pub row: usize,
    /// Whether another row has the same id and time but other bytes.
    pub id_conflict: bool,
}

/// Picks rows into a batch of the table's own schema, ready to be written. Texts are views into the records of the parts,
/// and are handed on as the bytes they were checked as when they were decoded: Arrow would check each view once more.
///
/// # Errors
/// If the rows are not of this table, or a pick names none of them.
pub fn gather(table: &'static Table, parts: &[&Rows], picks: &[Pick]) -> Result<RecordBatch, ArrowError> {
    if picks.iter().any(|pick| parts.get(pick.part).is_none_or(|rows| pick.row >= rows.len())) {
        return Err(no_such());
    }
    let places: Vec<(u32, &Rows, usize)> =
        picks.iter().filter_map(|pick| Some((pick.part as u32, *parts.get(pick.part)?, pick.row))).collect();
    let mut texts = texts(table, parts, &places)?.into_iter();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(table.columns.len() + PROVENANCE.len());
    for (position, column) in table.columns.iter().enumerate() {
        columns.push(match column.kind {
            kind if is_text(kind) => Arc::new(texts.next().ok_or_else(no_such)?),
            kind => picked(kind, position, flag(table, position), &places),
        });
    }
    let (uris, sha256s) = carried(&places)?;
    columns.push(Arc::new(texts.next().ok_or_else(no_such)?));
    columns.push(Arc::new(uris));
    columns.push(Arc::new(places.iter().map(|(_, rows, row)| rows.record(*row)).collect::<Int64Array>()));
    columns.push(Arc::new(sha256s));
    columns.push(Arc::new(BooleanArray::from(picks.iter().map(|pick| pick.id_conflict).collect::<Vec<_>>())));
    let fields = table.all_columns().zip(&columns).map(|(column, array)| {
        Field::new(column.name, array.data_type().clone(), table.columns.iter().any(|own| own.name == column.name))
    });
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// A column that holds numbers, times or truths, at the places picked.
fn picked(kind: Kind, position: usize, flag: u32, places: &[(u32, &Rows, usize)]) -> ArrayRef {
    let bits = places.iter().map(|(_, rows, row)| {
        let has_value = rows.tail(*row, Tail::Missing) >> flag & 1 == 0;
        rows.words(*row).get(position).copied().filter(|_| has_value)
    });
    match kind {
        Kind::Time => {
            let times = bits.map(|bits| bits.map(u64::cast_signed)).collect::<TimestampMicrosecondArray>();
            Arc::new(times.with_timezone("UTC"))
        }
        Kind::Float => Arc::new(bits.map(|bits| bits.map(f64::from_bits)).collect::<Float64Array>()),
        Kind::Bool => Arc::new(bits.map(|bits| bits.map(|bits| bits != 0)).collect::<BooleanArray>()),
        Kind::Int | Kind::Text | Kind::Json => {
            Arc::new(bits.map(|bits| bits.map(u64::cast_signed)).collect::<Int64Array>())
        }
    }
}

fn no_such() -> ArrowError {
    ArrowError::InvalidArgumentError("no such part, row or column".to_owned())
}

/// The text columns of picked rows and after them the records, as views into the records of the parts.
///
/// They are made row by row and not column by column: a view holds the first bytes of its text, and a record that is
/// looked at for one column is at hand for the others.
fn texts(table: &Table, parts: &[&Rows], places: &[(u32, &Rows, usize)]) -> Result<Vec<BinaryViewArray>, ArrowError> {
    let builder = || {
        let mut builder = BinaryViewBuilder::with_capacity(places.len());
        for rows in parts {
            builder.append_block(rows.raw.clone());
            builder.append_block(rows.beside.clone());
        }
        builder
    };
    let columns = table.columns.iter().enumerate().filter(|(_, column)| is_text(column.kind));
    let mut columns: Vec<(usize, BinaryViewBuilder)> = columns.map(|(position, _)| (position, builder())).collect();
    let mut records = builder();
    for (part, rows, row) in places {
        let words = rows.words(*row);
        let place = |tail: Tail| words.get(rows.layout.position(tail)).copied().map(Place::of_word).ok_or_else(no_such);
        let (record, beside) = (place(Tail::Raw)?, place(Tail::Beside)?);
        let block = 2 * part;
        for (position, builder) in &mut columns {
            match Span(*words.get(*position).ok_or_else(no_such)?).place() {
                None => builder.append_null(),
                Some((false, offset, length)) => {
                    builder.try_append_view(block, record.start + offset as u32, length as u32)?;
                }
                Some((true, offset, length)) => {
                    builder.try_append_view(block + 1, beside.start + offset as u32, length as u32)?;
                }
            }
        }
        records.try_append_view(block, record.start, record.length)?;
    }
    Ok(columns.iter_mut().map(|(_, builder)| builder.finish()).chain([records.finish()]).collect())
}

/// A batch with its texts as such, views as they are, and the records as plain text.
pub(super) fn as_texts(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let column = |(field, column): (&FieldRef, &ArrayRef)| -> Result<ArrayRef, ArrowError> {
        match column.as_binary_view_opt() {
            Some(bytes) if field.name() == "raw" => {
                Ok(Arc::new(bytes.clone().to_string_view()?.iter().collect::<StringArray>()))
            }
            Some(bytes) => Ok(Arc::new(bytes.clone().to_string_view()?)),
            None => Ok(Arc::clone(column)),
        }
    };
    let columns = batch.schema_ref().fields().iter().zip(batch.columns());
    let columns: Vec<ArrayRef> = columns.map(column).collect::<Result<_, _>>()?;
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()));
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// URI and SHA-256 of the carriers of picked rows. Each text is stored once.
fn carried(picks: &[(u32, &Rows, usize)]) -> Result<(BinaryViewArray, BinaryViewArray), ArrowError> {
    let mut places = HashMap::new();
    let mut text: Vec<u8> = Vec::new();
    let mut picked = Vec::with_capacity(picks.len());
    let mut last = None;
    for (part, rows, row) in picks {
        let key = (*part, rows.carrier_position(*row));
        let place = match last {
            Some((known, place)) if known == key => place,
            _ => *places.entry(key).or_insert_with(|| {
                let Some(carrier) = rows.carrier(*row) else { return (0, 0, 0) };
                let start = text.len() as u32;
                text.extend_from_slice(carrier.uri.as_bytes());
                text.extend_from_slice(carrier.sha256.as_bytes());
                (start, carrier.uri.len() as u32, carrier.sha256.len() as u32)
            }),
        };
        last = Some((key, place));
        picked.push(place);
    }
    let text = Buffer::from_vec(text);
    let mut uris = BinaryViewBuilder::with_capacity(picks.len());
    let mut sha256s = BinaryViewBuilder::with_capacity(picks.len());
    let blocks = (uris.append_block(text.clone()), sha256s.append_block(text));
    for (start, uri, sha256) in picked {
        uris.try_append_view(blocks.0, start, uri)?;
        sha256s.try_append_view(blocks.1, start + uri, sha256)?;
    }
    Ok((uris.finish(), sha256s.finish()))
}
