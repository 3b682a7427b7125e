//! Parquet with zstd, to a file or a pipe.
//!
//! Responsible for making every result storable: columns of types that Parquet has not (unions, among them the result
//! of the JSON operator `->`, and intervals with nanoseconds) become text, as the other formats print them. Repeated
//! column names get a number: `name_2`. Memory is bounded by one row group.
//!
//! Not responsible for the parts of the lake, which have a writer of their own.

use std::io;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::cell::{self, IsJson, Value};
use super::{Destination, Options, Output, RowWriter, Summary};

const ROW_GROUP_ROWS: usize = 128 * 1024;
const ROW_GROUP_BYTES: usize = 128 * 1024 * 1024;

/// Opens a Parquet writer. Refuses a terminal.
pub fn open(schema: SchemaRef, output: Output, options: Options) -> io::Result<Box<dyn RowWriter>> {
    open_with(schema, output, options, Vec::new())
}

/// As [`open`]; the file carries these names and texts in its metadata.
pub fn open_with(
    schema: SchemaRef,
    output: Output,
    options: Options,
    metadata: Vec<(&str, String)>,
) -> io::Result<Box<dyn RowWriter>> {
    if matches!(options.destination, Destination::Terminal { .. }) {
        let message = "parquet is a binary format and standard output is a terminal";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let stored_schema = storable_schema(&schema);
    let pair = |(name, text): (&str, String)| KeyValue::new(name.to_owned(), text);
    let metadata: Vec<KeyValue> = metadata.into_iter().map(pair).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_key_value_metadata((!metadata.is_empty()).then_some(metadata))
        .build();
    let writer = ArrowWriter::try_new(output, Arc::clone(&stored_schema), Some(properties)).map_err(io_error)?;
    Ok(Box::new(ParquetWriter { stored_schema, writer, rows: 0 }))
}

struct ParquetWriter {
    stored_schema: SchemaRef,
    writer: ArrowWriter<Output>,
    rows: u64,
}

impl RowWriter for ParquetWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let stored = storable(&self.stored_schema, batch)?;
        self.writer.write(&stored).map_err(io_error)?;
        self.rows += stored.num_rows() as u64;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.writer.finish().map_err(io_error)?;
        self.writer.sync()?;
        Ok(Summary { rows: self.rows, notices: Vec::new() })
    }
}

/// Rows in a [`storable_schema`].
pub fn storable(stored_schema: &SchemaRef, batch: &RecordBatch) -> io::Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| storable_column(column)).collect();
    RecordBatch::try_new(Arc::clone(stored_schema), columns).map_err(io::Error::other)
}

/// The schema with types that Parquet has, and each name once.
pub fn storable_schema(schema: &Schema) -> SchemaRef {
    let names = cell::unique_names(schema);
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .zip(names)
        .map(|(field, name)| {
            let data_type = if is_storable(field.data_type()) { field.data_type().clone() } else { DataType::Utf8 };
            Field::new(name, data_type, true).with_metadata(field.metadata().clone())
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn is_storable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(_, _) | DataType::Interval(IntervalUnit::MonthDayNano) => false,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _)
        | DataType::RunEndEncoded(_, field) => is_storable(field.data_type()),
        DataType::Struct(fields) => !fields.is_empty() && fields.iter().all(|field| is_storable(field.data_type())),
        DataType::Dictionary(_, values) => is_storable(values),
        _ => true,
    }
}

fn storable_column(column: &ArrayRef) -> ArrayRef {
    if is_storable(column.data_type()) {
        return Arc::clone(column);
    }
    let mut texts = StringBuilder::new();
    let mut text = String::new();
    for row in 0..column.len() {
        let value = cell::value(column.as_ref(), row, IsJson::No);
        if matches!(value, Value::Null) {
            texts.append_null();
            continue;
        }
        text.clear();
        value.write_text(&mut text);
        texts.append_value(&text);
    }
    Arc::new(texts.finish())
}

/// Gives the destination's own error back where there was one, so that a closed pipe is still a closed pipe.
fn io_error(error: ParquetError) -> io::Error {
    let kind = match &error {
        ParquetError::External(source) => source.downcast_ref::<io::Error>().map(io::Error::kind),
        _ => None,
    };
    io::Error::new(kind.unwrap_or(io::ErrorKind::Other), error)
}
