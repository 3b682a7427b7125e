//! The answer of a query as `answer.parquet` and `answer.csv`, whatever its columns are.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::csv;
use super::error::Error;
use super::evidence::{CHUNK_ROWS, Redaction, first_rows, put};
use super::secrets;
use super::tables;
use super::write::Writer;

pub const PARQUET: &str = "answer.parquet";
pub const CSV: &str = "answer.csv";

/// Writes the answer and says how many rows it has. `schema` is that of every batch; texts are plain or views.
///
/// What is redacted is found in each text by itself: a secret of which only the place in its record told that it is one
/// is not found in a cell that holds it alone.
pub fn write<E>(
    writer: &Writer,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, E>>,
    redaction: Redaction,
) -> Result<u64, E>
where
    E: From<Error>,
{
    let plain = plain_schema(schema);
    let mut parquet = tables::writer(writer.file(PARQUET)?, plain.clone()).map_err(Error::from)?;
    let mut csv = writer.file(CSV)?;
    put(&mut csv, csv::header(&plain).as_bytes())?;
    let (mut waiting, mut waiting_rows, mut rows) = (Vec::new(), 0, 0);
    let mut chunk = |chunk: RecordBatch| -> Result<(), Error> {
        let written = match redaction {
            Redaction::Keep => chunk,
            Redaction::Redact => tables::with_texts(&chunk, &|_, _, text| match secrets::redact_text(text) {
                Cow::Borrowed(_) => None,
                Cow::Owned(redacted) => Some(redacted),
            })?,
        };
        let mut lines = String::new();
        for row in 0..written.num_rows() {
            csv::row(&written, row, &mut lines);
        }
        put(&mut csv, lines.as_bytes())?;
        rows += written.num_rows() as u64;
        Ok(parquet.write(&written)?)
    };
    for batch in batches {
        let batch = plain_batch(&plain, &batch?)?;
        waiting_rows += batch.num_rows();
        waiting.push(batch);
        while waiting_rows >= CHUNK_ROWS {
            let (first, rest) = first_rows(waiting, CHUNK_ROWS)?;
            waiting_rows -= first.num_rows();
            waiting = rest;
            chunk(first)?;
        }
    }
    if waiting_rows > 0 {
        chunk(first_rows(waiting, CHUNK_ROWS)?.0)?;
    }
    parquet.into_inner().map_err(Error::from)?.finish()?;
    csv.finish()?;
    Ok(rows)
}

/// The schema with views and dictionaries of text as plain text, which every reader of Parquet gives back the same.
fn plain_schema(schema: &SchemaRef) -> SchemaRef {
    use arrow::datatypes::{DataType, Field, Schema};
    let plain = |data_type: &DataType| match data_type {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::Dictionary(_, values) if values.is_string() => DataType::Utf8,
        other => other.clone(),
    };
    let fields = schema.fields().iter().map(|field| Field::new(field.name(), plain(field.data_type()), true));
    SchemaRef::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn plain_batch(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| arrow::compute::cast(column, field.data_type()));
    Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?)
}
