//! The rows of a bundle as Parquet: one fixed form for each table, whatever the batches they come in.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use eksamine_sources::{SOURCES, Table};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::error::Error;
use super::tree::Section;

/// Rows in a row group, and so in memory when they are written.
const GROUP_ROWS: usize = 16_384;
/// Rows that are read at a time.
const BATCH_ROWS: usize = 1_024;

/// The table of this name that evidence can be of: one with records of its own.
pub fn table(name: &str) -> Option<&'static Table> {
    tables().find(|table| table.name == name)
}

/// The tables that evidence can be of, in their order.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    SOURCES.iter().map(|source| source.table())
}

pub fn position(table: &Table) -> usize {
    tables().position(|other| other.name == table.name).unwrap_or(usize::MAX)
}

/// The columns of a table, in their order and types, from a batch that has them under their names.
pub fn canonical(table: &Table, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let schema = table.arrow_schema();
    let column = |name: &str| {
        let lacks = || Error::Rows { table: table.name.to_owned(), reason: format!("there is no column `{name}`") };
        batch.column_by_name(name).ok_or_else(lacks)
    };
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| Ok(cast(column(field.name())?, field.data_type())?))
        .collect::<Result<_, Error>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// A writer of Parquet that gives the same bytes for the same rows.
pub fn writer<W: Write + Send>(sink: W, schema: SchemaRef) -> Result<ArrowWriter<W>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("eksamine".to_owned())
        .build();
    ArrowWriter::try_new(sink, schema, Some(properties))
}

/// The rows of a file, in batches.
pub fn reader(section: Section) -> Result<ParquetRecordBatchReader, ParquetError> {
    let options = ArrowReaderOptions::new();
    ParquetRecordBatchReaderBuilder::try_new_with_options(section, options)?.with_batch_size(BATCH_ROWS).build()
}

/// The columns of a row that say which record it is, and the record.
pub struct Records<'a> {
    identity: Vec<&'a StringArray>,
    raw: &'a StringArray,
    uri: &'a StringArray,
    sha256: &'a StringArray,
    record: &'a arrow::array::Int64Array,
}

impl<'a> Records<'a> {
    /// Of a batch in canonical form.
    pub fn of(table: &Table, batch: &'a RecordBatch) -> Result<Self, Error> {
        let lacks = |name: &str| Error::Rows { table: table.name.to_owned(), reason: format!("no column `{name}`") };
        let text = |name: &str| {
            let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
            column.ok_or_else(|| lacks(name))
        };
        let record = batch.column_by_name("source_record").and_then(|column| column.as_primitive_opt());
        Ok(Self {
            identity: table.identity.iter().map(|name| text(name)).collect::<Result<_, _>>()?,
            raw: text("raw")?,
            uri: text("source_uri")?,
            sha256: text("source_sha256")?,
            record: record.ok_or_else(|| lacks("source_record"))?,
        })
    }

    pub fn raw(&self, row: usize) -> &'a str {
        self.raw.value(row)
    }

    pub fn uri(&self, row: usize) -> &'a str {
        self.uri.value(row)
    }

    pub fn sha256(&self, row: usize) -> &'a str {
        self.sha256.value(row)
    }

    pub fn record(&self, row: usize) -> i64 {
        self.record.value(row)
    }

    /// The event's id, its parts joined by a space.
    pub fn id(&self, row: usize) -> Option<String> {
        let parts = self.identity.iter().filter(|part| part.is_valid(row)).map(|part| part.value(row));
        let id = parts.collect::<Vec<_>>().join(" ");
        (!id.is_empty()).then_some(id)
    }
}

/// A batch in which some texts are other ones.
pub fn with_texts(
    batch: &RecordBatch,
    change: &dyn Fn(usize, usize, &str) -> Option<String>,
) -> Result<RecordBatch, Error> {
    let columns = batch.columns().iter().enumerate().map(|(index, column)| -> ArrayRef {
        let Some(texts) = column.as_string_opt::<i32>() else { return Arc::clone(column) };
        let changed = |row: usize| {
            let text = texts.is_valid(row).then(|| texts.value(row))?;
            Some(change(index, row, text).map_or(std::borrow::Cow::Borrowed(text), std::borrow::Cow::Owned))
        };
        Arc::new((0..texts.len()).map(changed).collect::<StringArray>())
    });
    Ok(RecordBatch::try_new(batch.schema(), columns.collect())?)
}
