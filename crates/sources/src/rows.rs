//! Rows on their way from decoding to Parquet, held so that putting them in order is cheap.
//!
//! A text in a column is mostly a piece of the record it was read from, so it is kept as a [`Span`] of that record
//! instead of a copy: eight bytes to sort, spill and merge, whatever its length. What is no piece of its record (a text
//! with escapes, a name from the envelope) lies in a second text beside it. Only [`gather`], which makes the rows that
//! are written, turns spans into Arrow text, and even then as views into the records.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::builder::BinaryViewBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Int64Array, RecordBatch, StringArray, StringBuilder,
    StringViewArray, UInt32Array, UInt64Array,
};
use arrow::buffer::Buffer;
use arrow::compute::{interleave, take_record_batch};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::error::ArrowError;

use crate::column::{Kind, PROVENANCE, Table};

/// The object a row was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carrier {
    pub uri: String,
    /// Hex SHA-256 of the object's bytes.
    pub sha256: String,
}

/// Where a text stands: in the row's record or in the text beside it. Packed, so that kernels move it as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub u64);

const BESIDE: u64 = 1 << 63;

impl Span {
    pub const MISSING: Self = Self(u64::MAX);

    /// The place of `part` in `record`, if it is a piece of it and not merely equal to one.
    pub fn within(record: &str, part: &str) -> Option<Self> {
        let offset = part.as_ptr().addr().checked_sub(record.as_ptr().addr())?;
        let end = offset.checked_add(part.len())?;
        (end <= record.len()).then(|| Self::new(offset, part.len()))?
    }

    /// A text of this length at this place in the text beside the record.
    pub fn beside(offset: usize, length: usize) -> Option<Self> {
        Self::new(offset, length).map(|span| Self(span.0 | BESIDE))
    }

    fn new(offset: usize, length: usize) -> Option<Self> {
        let offset = u32::try_from(offset).ok().filter(|offset| *offset < 1 << 31)?;
        let length = u32::try_from(length).ok().filter(|length| *length < u32::MAX)?;
        Some(Self(u64::from(offset) << 32 | u64::from(length)))
    }

    /// Whether it is beside the record, its offset, its length.
    fn place(self) -> Option<(bool, usize, usize)> {
        if self == Self::MISSING {
            return None;
        }
        Some((self.0 & BESIDE != 0, ((self.0 & !BESIDE) >> 32) as usize, (self.0 & 0xffff_ffff) as usize))
    }
}

/// Rows of one table. The batch holds the typed columns, texts as spans, and then the columns of [`TAIL`].
#[derive(Clone, Debug)]
pub struct Rows {
    table: &'static Table,
    batch: RecordBatch,
    carriers: Arc<Vec<Arc<Carrier>>>,
    raw: StringArray,
    beside: StringArray,
    carrier: UInt32Array,
    record: Int64Array,
}

/// What follows the typed columns: the record, the texts beside it, position of the carrier, position in the object.
const TAIL: [(&str, DataType); 4] =
    [("raw", DataType::Utf8), ("beside", DataType::Utf8), ("carrier", DataType::UInt32), ("record", DataType::Int64)];

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Json)
}

/// The schema of [`Rows::batch`].
pub(crate) fn schema(table: &Table) -> SchemaRef {
    let typed = table.columns.iter().map(|column| match column.kind {
        kind if is_text(kind) => Field::new(column.name, DataType::UInt64, false),
        kind => Field::new(column.name, kind.data_type(), true),
    });
    let tail = TAIL.into_iter().map(|(name, data_type)| Field::new(format!("_{name}"), data_type, false));
    Arc::new(Schema::new(typed.chain(tail).collect::<Vec<_>>()))
}

impl Rows {
    /// Rows of a batch that has the schema of this module: one that was made here, perhaps written to a file since.
    ///
    /// # Errors
    /// If the batch has another schema.
    pub fn new(
        table: &'static Table,
        batch: RecordBatch,
        carriers: Arc<Vec<Arc<Carrier>>>,
    ) -> Result<Self, ArrowError> {
        let wrong = || ArrowError::SchemaError(format!("rows of `{}` have another schema", table.name));
        let tail = |position: usize| batch.columns().get(table.columns.len() + position).ok_or_else(wrong);
        Ok(Self {
            table,
            raw: tail(0)?.as_string_opt().ok_or_else(wrong)?.clone(),
            beside: tail(1)?.as_string_opt().ok_or_else(wrong)?.clone(),
            carrier: tail(2)?.as_primitive_opt::<UInt32Type>().ok_or_else(wrong)?.clone(),
            record: tail(3)?.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?.clone(),
            batch,
            carriers,
        })
    }

    /// Rows of a batch as it is read from a part.
    ///
    /// # Errors
    /// If the batch lacks columns of the table.
    pub fn of_part(table: &'static Table, part: &RecordBatch) -> Result<Self, ArrowError> {
        let missing = |name: &str| ArrowError::SchemaError(format!("a part of `{}` has no `{name}`", table.name));
        let column = |name: &str| part.column_by_name(name).ok_or_else(|| missing(name));
        let text = |name: &str| column(name).and_then(|column| Text::of(column).ok_or_else(|| missing(name)));
        let texts: Vec<Option<Text<'_>>> = table
            .columns
            .iter()
            .map(|column| if is_text(column.kind) { text(column.name).map(Some) } else { Ok(None) })
            .collect::<Result<_, _>>()?;
        let rows = part.num_rows();
        let mut spans: Vec<Vec<u64>> =
            texts.iter().map(|text| Vec::with_capacity(if text.is_some() { rows } else { 0 })).collect();
        let mut beside = StringBuilder::new();
        let mut own = String::new();
        for row in 0..rows {
            own.clear();
            for (text, spans) in texts.iter().zip(&mut spans) {
                let Some(text) = text else { continue };
                spans.push(text.get(row).map_or(Span::MISSING, |value| push_beside(&mut own, value)).0);
            }
            beside.append_value(&own);
        }
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(table.columns.len() + TAIL.len());
        for (declared, spans) in table.columns.iter().zip(spans) {
            let is_spans = is_text(declared.kind);
            columns.push(if is_spans {
                Arc::new(UInt64Array::from(spans))
            } else {
                Arc::clone(column(declared.name)?)
            });
        }
        let (uri, sha256, raw) = (text("source_uri")?, text("source_sha256")?, text("raw")?);
        let mut carriers: Vec<Arc<Carrier>> = Vec::new();
        let mut known: HashMap<(&str, &str), u32> = HashMap::new();
        let mut carrier = Vec::with_capacity(rows);
        for row in 0..rows {
            let (uri, sha256) = (uri.get(row).unwrap_or_default(), sha256.get(row).unwrap_or_default());
            carrier.push(*known.entry((uri, sha256)).or_insert_with(|| {
                carriers.push(Arc::new(Carrier { uri: uri.to_owned(), sha256: sha256.to_owned() }));
                carriers.len() as u32 - 1
            }));
        }
        columns.push(Arc::new((0..rows).map(|row| raw.get(row)).collect::<StringArray>()));
        columns.push(Arc::new(beside.finish()));
        columns.push(Arc::new(UInt32Array::from(carrier)));
        columns.push(Arc::clone(column("source_record")?));
        Self::new(table, RecordBatch::try_new(schema(table), columns)?, Arc::new(carriers))
    }

    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// The rows as they can be written to a scratch file and read back with [`Self::new`].
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    pub fn carriers(&self) -> &Arc<Vec<Arc<Carrier>>> {
        &self.carriers
    }

    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory the rows take.
    pub fn memory_bytes(&self) -> usize {
        self.batch.get_array_memory_size()
    }

    pub fn raw(&self, row: usize) -> &str {
        self.raw.value(row)
    }

    pub fn carrier(&self, row: usize) -> Option<&Arc<Carrier>> {
        self.carriers.get(self.carrier.value(row) as usize)
    }

    /// Position of the record in its object.
    pub fn record(&self, row: usize) -> i64 {
        self.record.value(row)
    }

    /// The spans of a text column, for [`Self::text`].
    pub fn spans(&self, column: &str) -> Option<&UInt64Array> {
        let position = self.table.position(column)?;
        self.batch.columns().get(position)?.as_primitive_opt::<UInt64Type>()
    }

    /// A text of a column whose spans are given.
    pub fn text(&self, spans: &UInt64Array, row: usize) -> Option<&str> {
        let (beside, offset, length) = Span(spans.value(row)).place()?;
        let whole = if beside { self.beside.value(row) } else { self.raw.value(row) };
        whole.get(offset..offset + length)
    }

    /// The rows at these positions, in this order.
    pub fn take(&self, order: &UInt32Array) -> Result<Self, ArrowError> {
        Self::new(self.table, take_record_batch(&self.batch, order)?, Arc::clone(&self.carriers))
    }

    /// All rows, as they are written and then read: bytes of texts are texts.
    pub fn expand(&self) -> Result<RecordBatch, ArrowError> {
        let picks: Vec<Pick> = (0..self.len()).map(|row| Pick { part: 0, row, id_conflict: false }).collect();
        as_texts(&gather(self.table, &[self], &picks)?)
    }
}

/// Appends to the text beside a record. A text past what a span can name (2 GiB) has no span and becomes null; the
/// caps on an object's size keep texts far below.
pub(crate) fn push_beside(beside: &mut String, text: &str) -> Span {
    let span = Span::beside(beside.len(), text.len()).unwrap_or(Span::MISSING);
    beside.push_str(text);
    span
}

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
    let places: Vec<(usize, usize)> = picks.iter().map(|pick| (pick.part, pick.row)).collect();
    let mut texts = texts(table, parts, &places)?.into_iter();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(table.columns.len() + PROVENANCE.len());
    for (position, column) in table.columns.iter().enumerate() {
        columns.push(match column.kind {
            kind if is_text(kind) => Arc::new(texts.next().ok_or_else(no_such)?),
            _ => picked(parts, position, &places)?,
        });
    }
    let (uris, sha256s) = carried(parts, &places)?;
    columns.push(Arc::new(texts.next().ok_or_else(no_such)?));
    columns.push(Arc::new(uris));
    columns.push(picked(parts, table.columns.len() + 3, &places)?);
    columns.push(Arc::new(sha256s));
    columns.push(Arc::new(BooleanArray::from(picks.iter().map(|pick| pick.id_conflict).collect::<Vec<_>>())));
    let fields = table.all_columns().zip(&columns).map(|(column, array)| {
        Field::new(column.name, array.data_type().clone(), table.columns.iter().any(|own| own.name == column.name))
    });
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// A column of the parts that holds numbers, times or truths, at the places picked.
fn picked(parts: &[&Rows], position: usize, places: &[(usize, usize)]) -> Result<ArrayRef, ArrowError> {
    let arrays = parts.iter().map(|rows| rows.batch.columns().get(position).map(AsRef::as_ref).ok_or_else(no_such));
    interleave(&arrays.collect::<Result<Vec<&dyn Array>, _>>()?, places)
}

fn no_such() -> ArrowError {
    ArrowError::InvalidArgumentError("no such part, row or column".to_owned())
}

/// The text columns of picked rows and after them the records, as views into the records of the parts.
///
/// They are made row by row and not column by column: a view holds the first bytes of its text, and a record that is
/// looked at for one column is at hand for the others.
fn texts(table: &Table, parts: &[&Rows], places: &[(usize, usize)]) -> Result<Vec<BinaryViewArray>, ArrowError> {
    let positions: Vec<usize> =
        table.columns.iter().enumerate().filter(|(_, column)| is_text(column.kind)).map(|(at, _)| at).collect();
    let spans_of = |rows: &&Rows| -> Option<Vec<UInt64Array>> {
        let column = |at: &usize| rows.batch.columns().get(*at)?.as_primitive_opt::<UInt64Type>().cloned();
        positions.iter().map(column).collect()
    };
    let spans: Vec<Vec<UInt64Array>> = parts.iter().map(spans_of).collect::<Option<_>>().ok_or_else(no_such)?;
    let builder = || {
        let mut builder = BinaryViewBuilder::with_capacity(places.len());
        for rows in parts {
            builder.append_block(rows.raw.values().clone());
            builder.append_block(rows.beside.values().clone());
        }
        builder
    };
    let mut columns: Vec<BinaryViewBuilder> = positions.iter().map(|_| builder()).collect();
    let mut records = builder();
    for (part, row) in places {
        let (rows, spans) = parts.get(*part).zip(spans.get(*part)).ok_or_else(no_such)?;
        let offset = |text: &StringArray, row: usize| text.value_offsets().get(row).copied().ok_or_else(no_such);
        let (record, end, beside) =
            (offset(&rows.raw, *row)?, offset(&rows.raw, row + 1)?, offset(&rows.beside, *row)?);
        let block = 2 * *part as u32;
        for (builder, spans) in columns.iter_mut().zip(spans) {
            match Span(*spans.values().get(*row).ok_or_else(no_such)?).place() {
                None => builder.append_null(),
                Some((false, offset, length)) => {
                    builder.try_append_view(block, record as u32 + offset as u32, length as u32)?;
                }
                Some((true, offset, length)) => {
                    builder.try_append_view(block + 1, beside as u32 + offset as u32, length as u32)?;
                }
            }
        }
        records.try_append_view(block, record as u32, (end - record) as u32)?;
    }
    Ok(columns.iter_mut().map(BinaryViewBuilder::finish).chain([records.finish()]).collect())
}

/// A batch with its texts as such, views as they are, and the records as plain text.
fn as_texts(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
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
fn carried(parts: &[&Rows], picks: &[(usize, usize)]) -> Result<(BinaryViewArray, BinaryViewArray), ArrowError> {
    let mut places = HashMap::new();
    let mut text: Vec<u8> = Vec::new();
    let mut picked = Vec::with_capacity(picks.len());
    let mut last = None;
    for (part, row) in picks {
        let rows = parts.get(*part).ok_or_else(|| ArrowError::InvalidArgumentError("no such part".to_owned()))?;
        let key = (*part, rows.carrier.value(*row));
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

/// A text column of a part, of whichever Arrow type the reader made it.
enum Text<'a> {
    Plain(&'a StringArray),
    View(&'a StringViewArray),
}

impl<'a> Text<'a> {
    fn of(array: &'a ArrayRef) -> Option<Self> {
        let plain = array.as_string_opt::<i32>().map(Self::Plain);
        plain.or_else(|| array.as_string_view_opt().map(Self::View))
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}

#[cfg(test)]
mod tests;
