//! The answer of a query on its way into the bundle: set aside while the rows it leads to are chosen and looked through,
//! and written after.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _};

use anyhow::Context;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use eksamine_custody::bundle::secrets::{Redactor, Secret};
use eksamine_custody::bundle::{Redaction, Writer, answer};

use super::redaction;
use crate::output::parquet::{storable, storable_schema};

/// Rows in a file without a name, which is gone with the program however it ends.
pub struct SetAside {
    schema: SchemaRef,
    writer: StreamWriter<BufWriter<File>>,
}

impl SetAside {
    pub fn create(schema: &SchemaRef, redaction: Redaction) -> anyhow::Result<Self> {
        let schema = storable_schema(schema);
        redaction::check_answer(redaction, &schema)?;
        let file = tempfile::tempfile().context("can't make a temporary file")?;
        let writer = StreamWriter::try_new_buffered(file, &schema)?;
        Ok(Self { schema, writer })
    }

    pub fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        self.writer.write(&storable(&self.schema, batch)?).context("can't write a temporary file")
    }

    /// Writes the answer into the bundle. `found` are the secrets of the rows it leads to.
    pub fn write(self, writer: &Writer, redaction: Redaction, found: &[Secret]) -> anyhow::Result<()> {
        let mut aside = self.writer;
        aside.finish().context("can't write a temporary file")?;
        let mut file = aside.into_inner()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind().context("can't read a temporary file")?;
        let batches = StreamReader::try_new(BufReader::new(file), None)?;
        let redactor = Redactor::new(found);
        let batches = batches.map(|batch| match redaction {
            Redaction::Keep => Ok(batch?),
            Redaction::Redact => redaction::of_answer(&batch?, &redactor),
        });
        answer::write::<anyhow::Error>(
            writer,
            &redaction::schema_of_answer(redaction, &self.schema),
            batches,
            redaction,
        )?;
        Ok(())
    }
}
