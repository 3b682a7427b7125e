//! Rows on their way from decoding to Parquet, held so that putting them in order is cheap.
//!
//! A text in a column is mostly a piece of the record it was read from, so it is kept as a [`Span`] of that record
//! instead of a copy: eight bytes to sort, spill and merge, whatever its length. What is no piece of its record (a text
//! with escapes, a name from the envelope) lies in a second text beside it. Only [`gather`], which makes the rows that
//! are written, turns spans into Arrow text, and even then as views into the records.

mod gather;
mod layout;
mod span;
pub mod stored;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringViewArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;

pub use gather::{Pick, gather};
pub(crate) use layout::{Layout, Place, Tail, flag};
pub(crate) use span::{Span, push_beside};

use crate::column::{Column, Kind, Table};

/// The object a row was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carrier {
    pub uri: String,
    /// Hex SHA-256 of the object's bytes.
    pub sha256: String,
}

/// Rows of one table.
#[derive(Clone, Debug)]
pub struct Rows {
    table: &'static Table,
    layout: Layout,
    /// The rows, one after another, each as [`Layout`] has it.
    words: Vec<u64>,
    raw: Buffer,
    beside: Buffer,
    carriers: Arc<Vec<Arc<Carrier>>>,
}

/// Memory of rows above this is given back.
const LARGEST_REUSED_BYTES: usize = 256 << 20;

/// Rows in the making.
#[derive(Debug)]
pub(crate) struct RowsBuilder {
    pub table: &'static Table,
    layout: Layout,
    words: Vec<u64>,
    raw: Vec<u8>,
    beside: Vec<u8>,
    carriers: Vec<Arc<Carrier>>,
    /// How many words, and bytes of records and beside them, the next rows will have, about.
    expected: [usize; 3],
}

impl RowsBuilder {
    pub fn new(table: &'static Table) -> Self {
        let layout = Layout::of(table);
        let (words, raw, beside, carriers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { table, layout, words, raw, beside, carriers, expected: [0; 3] }
    }

    pub fn len(&self) -> usize {
        self.words.len() / self.layout.words()
    }

    /// The words of a new row's columns, to be filled by the caller before it ends the row.
    pub fn columns(&mut self) -> &mut Vec<u64> {
        if self.words.capacity() == 0 {
            // As much as the rows before had, and a little more, so that nothing need grow by doubling: that would cost up
            // to twice the memory and copy every byte again. Batches are of about the same size, but never of the same.
            let [words, raw, beside] = self.expected.map(|expected| expected + expected / 8);
            self.words = Vec::with_capacity(words);
            self.raw = Vec::with_capacity(raw);
            self.beside = Vec::with_capacity(beside);
        }
        &mut self.words
    }

    /// Ends a row whose columns are there; `missing` are the flags of those without a value.
    pub fn end_row(&mut self, missing: u64, raw: &[u8], beside: &[u8], carrier: &Arc<Carrier>, record: i64) {
        if !self.carriers.last().is_some_and(|last| Arc::ptr_eq(last, carrier)) {
            self.carriers.push(Arc::clone(carrier));
        }
        let carrier = self.carriers.len() as u64 - 1;
        let tail =
            [missing, append(&mut self.raw, raw), append(&mut self.beside, beside), carrier, record.cast_unsigned()];
        self.words.extend_from_slice(&tail);
    }

    /// Hands out the rows so far and begins anew.
    pub fn take(&mut self) -> Rows {
        self.expected = [self.words.len(), self.raw.len(), self.beside.len()];
        Rows {
            table: self.table,
            layout: self.layout,
            words: std::mem::take(&mut self.words),
            raw: Buffer::from_vec(std::mem::take(&mut self.raw)),
            beside: Buffer::from_vec(std::mem::take(&mut self.beside)),
            carriers: Arc::new(std::mem::take(&mut self.carriers)),
        }
    }

    /// Takes the memory of rows that nobody needs any more for those to come, unless a giant among them made it large.
    pub fn reuse(&mut self, rows: Rows) {
        if rows.memory_bytes() > LARGEST_REUSED_BYTES {
            return;
        }
        let Rows { mut words, raw, beside, .. } = rows;
        if let (true, Ok(mut raw), Ok(mut beside)) = (self.words.is_empty(), raw.into_vec(), beside.into_vec()) {
            words.clear();
            raw.clear();
            beside.clear();
            (self.words, self.raw, self.beside) = (words, raw, beside);
        }
    }
}

/// Appends a text and returns its place. Rows are handed on long before their texts have 4 GiB.
fn append(bytes: &mut Vec<u8>, text: &[u8]) -> u64 {
    let place = Place { start: bytes.len() as u32, length: text.len() as u32 };
    bytes.extend_from_slice(text);
    place.word()
}

impl Rows {
    /// Rows of a batch as it is read from a part.
    ///
    /// # Errors
    /// If the batch lacks columns of the table.
    pub fn of_part(table: &'static Table, part: &RecordBatch) -> Result<Self, ArrowError> {
        let missing = |name: &str| ArrowError::SchemaError(format!("a part of `{}` has no `{name}`", table.name));
        let column = |name: &str| part.column_by_name(name).ok_or_else(|| missing(name));
        let text = |name: &str| column(name).and_then(|column| Text::of(column).ok_or_else(|| missing(name)));
        let cells = |(at, own): (usize, &Column)| {
            Cells::of(own.kind, column(own.name)?, flag(table, at)).ok_or_else(|| missing(own.name))
        };
        let cells: Vec<Cells<'_>> = table.columns.iter().enumerate().map(cells).collect::<Result<_, _>>()?;
        let (uri, sha256, raw) = (text("source_uri")?, text("source_sha256")?, text("raw")?);
        let record = column("source_record")?.as_primitive_opt::<Int64Type>();
        let record = record.ok_or_else(|| missing("source_record"))?;
        let mut carriers: HashMap<(&str, &str), Arc<Carrier>> = HashMap::new();
        let mut builder = RowsBuilder::new(table);
        let mut own = String::new();
        for row in 0..part.num_rows() {
            own.clear();
            let mut flags = 0;
            for cells in &cells {
                builder.columns().push(cells.word(row, &mut own, &mut flags));
            }
            let (uri, sha256) = (uri.get(row).unwrap_or_default(), sha256.get(row).unwrap_or_default());
            let carrier = carriers
                .entry((uri, sha256))
                .or_insert_with(|| Arc::new(Carrier { uri: uri.to_owned(), sha256: sha256.to_owned() }));
            let raw = raw.get(row).unwrap_or_default();
            builder.end_row(flags, raw.as_bytes(), own.as_bytes(), carrier, record.value(row));
        }
        Ok(builder.take())
    }

    pub fn table(&self) -> &'static Table {
        self.table
    }

    pub fn len(&self) -> usize {
        self.words.len() / self.layout.words()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Bytes of memory the rows take.
    pub fn memory_bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>() + self.raw.capacity() + self.beside.capacity()
    }

    /// Objects the rows were read from.
    pub fn carriers(&self) -> &Arc<Vec<Arc<Carrier>>> {
        &self.carriers
    }

    fn words(&self, row: usize) -> &[u64] {
        let words = self.layout.words();
        self.words.get(row * words..(row + 1) * words).unwrap_or_default()
    }

    fn tail(&self, row: usize, word: Tail) -> u64 {
        self.words(row).get(self.layout.position(word)).copied().unwrap_or_default()
    }

    /// The record's bytes, which are UTF-8.
    pub fn raw(&self, row: usize) -> &[u8] {
        Place::of_word(self.tail(row, Tail::Raw)).of(&self.raw)
    }

    fn beside(&self, row: usize) -> &[u8] {
        Place::of_word(self.tail(row, Tail::Beside)).of(&self.beside)
    }

    fn carrier_position(&self, row: usize) -> usize {
        self.tail(row, Tail::Carrier) as usize
    }

    pub fn carrier(&self, row: usize) -> Option<&Arc<Carrier>> {
        self.carriers.get(self.carrier_position(row))
    }

    /// Position of the record in its object.
    pub fn record(&self, row: usize) -> i64 {
        self.tail(row, Tail::Record).cast_signed()
    }

    /// The time of the event, which is the first column: microseconds since 1970, if it has a readable one.
    pub fn event_time(&self, row: usize) -> Option<i64> {
        (self.tail(row, Tail::Missing) & 1 == 0)
            .then(|| self.words(row).first().copied().unwrap_or_default().cast_signed())
    }

    /// The bytes, which are UTF-8, of a text column by its position in the table.
    pub fn text(&self, column: usize, row: usize) -> Option<&[u8]> {
        let (beside, offset, length) = Span(*self.words(row).get(column)?).place()?;
        let whole = if beside { self.beside(row) } else { self.raw(row) };
        whole.get(offset..offset + length)
    }

    /// The rows at these positions, in this order.
    #[must_use]
    pub fn take(&self, order: &[u32]) -> Self {
        let words = order.iter().flat_map(|row| self.words(*row as usize)).copied().collect();
        let (raw, beside, carriers) = (self.raw.clone(), self.beside.clone(), Arc::clone(&self.carriers));
        Self { table: self.table, layout: self.layout, words, raw, beside, carriers }
    }

    /// All rows, as they are written and then read: bytes of texts are texts.
    pub fn expand(&self) -> Result<RecordBatch, ArrowError> {
        let picks: Vec<Pick> = (0..self.len()).map(|row| Pick { part: 0, row, id_conflict: false }).collect();
        gather::as_texts(&gather(self.table, &[self], &picks)?)
    }
}

/// A column of a part.
enum Cells<'a> {
    Text(Text<'a>),
    /// Another kind, the bits of its values, and its flag.
    Bits {
        array: &'a ArrayRef,
        bits: Box<dyn Fn(usize) -> u64 + 'a>,
        flag: u32,
    },
}

impl<'a> Cells<'a> {
    fn of(kind: Kind, array: &'a ArrayRef, flag: u32) -> Option<Self> {
        let bits: Box<dyn Fn(usize) -> u64 + 'a> = match kind {
            Kind::Text | Kind::Json => return Text::of(array).map(Self::Text),
            Kind::Time => {
                let times = array.as_primitive_opt::<TimestampMicrosecondType>()?;
                Box::new(|row| times.value(row).cast_unsigned())
            }
            Kind::Int => {
                let numbers = array.as_primitive_opt::<Int64Type>()?;
                Box::new(|row| numbers.value(row).cast_unsigned())
            }
            Kind::Float => {
                let numbers = array.as_primitive_opt::<Float64Type>()?;
                Box::new(|row| numbers.value(row).to_bits())
            }
            Kind::Bool => {
                let truths = array.as_boolean_opt()?;
                Box::new(|row| truths.value(row).into())
            }
        };
        Some(Self::Bits { array, bits, flag })
    }

    /// The word of a row. A text is appended to those beside the record; of another kind, a missing value sets its flag.
    fn word(&self, row: usize, beside: &mut String, missing: &mut u64) -> u64 {
        match self {
            Self::Text(text) => text.get(row).map_or(Span::MISSING, |value| push_beside(beside, value)).0,
            Self::Bits { array, bits, .. } if array.is_valid(row) => bits(row),
            Self::Bits { flag, .. } => {
                *missing |= 1 << flag;
                0
            }
        }
    }
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
