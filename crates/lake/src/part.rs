//! Writes one Parquet part under a staging name and gives it its content's name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use crate::error::{Error, io as io_error};
use crate::layout::{Partition, hex};
use crate::manifest::PartEntry;

/// A part that is written, but not yet committed, and may still be on its way to the disk.
#[derive(Debug)]
pub struct Staged {
    pub entry: PartEntry,
    /// Path of the staged file, relative to the lake.
    pub staged: String,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

impl Staged {
    /// Waits until all bytes are on the disk of the lake.
    pub(crate) fn wait(&mut self, lake: &Path) -> Result<(), Error> {
        let Some(syncing) = self.syncing.take() else { return Ok(()) };
        let done = syncing.join().unwrap_or_else(|_| Err(io::Error::other("the thread that synced it ended")));
        done.map_err(io_error("sync", &lake.join(&self.staged)))
    }
}

/// A part in the making.
pub struct PartWriter {
    partition: Partition,
    path: PathBuf,
    staged: String,
    writer: ArrowWriter<Hashing<BufWriter<File>>>,
    rows: u64,
    times: Option<(i64, i64)>,
}

impl PartWriter {
    pub(crate) fn create(
        root: &Path,
        staged: String,
        partition: Partition,
        schema: SchemaRef,
        brought: &Schema,
        properties: WriterProperties,
    ) -> Result<Self, Error> {
        let path = root.join(&staged);
        let file = File::create_new(&path).map_err(io_error("create", &path))?;
        let sink = Hashing { inner: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 };
        let writer = arrow_writer(sink, &schema, brought, properties)?;
        Ok(Self { partition, path, staged, writer, rows: 0, times: None })
    }

    /// Appends rows. `times` are the least and greatest event time among them, in microseconds.
    pub fn write(&mut self, batch: &RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error> {
        self.writer.write(batch)?;
        self.rows += batch.num_rows() as u64;
        self.times = match (self.times, times) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (known, new) => known.or(new),
        };
        Ok(())
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of the row group in the making.
    pub fn in_progress_bytes(&self) -> usize {
        self.writer.in_progress_size()
    }

    /// Completes the file. It is synced to disk beside other work, and the commit waits for it: whoever writes the next
    /// part need not.
    pub fn finish(self) -> Result<Staged, Error> {
        let sink = self.writer.into_inner()?;
        let file = sink.inner.into_inner().map_err(|error| io_error("write", &self.path)(error.into_error()))?;
        let file = Arc::new(file);
        let syncing = thread::Builder::new().spawn({
            let file = Arc::clone(&file);
            move || file.sync_all()
        });
        // A system that has no more threads to give leaves this one to wait.
        let syncing = syncing.ok();
        if syncing.is_none() {
            file.sync_all().map_err(io_error("sync", &self.path))?;
        }
        let name = hex(&sink.hash.finalize());
        let entry = PartEntry {
            path: self.partition.part(&name),
            partition: self.partition,
            rows: self.rows,
            size_bytes: sink.bytes,
            sha256: name,
            least_time: self.times.map(|times| times.0),
            greatest_time: self.times.map(|times| times.1),
        };
        Ok(Staged { entry, staged: self.staged, syncing })
    }

    /// Gives the part up and removes its file.
    pub fn abandon(self) {
        drop(self.writer);
        // What stays is removed when the lake is next opened for writing.
        let _ = fs::remove_file(&self.path);
    }
}

/// A writer of files of `schema` that is given batches of the schema `brought`, where texts may be bytes, known to be
/// UTF-8: the file has the schema that was asked for, to the byte.
fn arrow_writer<W: Write + Send>(
    sink: W,
    schema: &SchemaRef,
    brought: &Schema,
    mut properties: WriterProperties,
) -> Result<ArrowWriter<W>, Error> {
    let is_bytes = |name: &str| brought.field_with_name(name).is_ok_and(|own| *own.data_type() == DataType::BinaryView);
    if !schema.fields().iter().any(|field| is_bytes(field.name())) {
        return Ok(ArrowWriter::try_new(sink, schema.clone(), Some(properties))?);
    }
    let written = ArrowSchemaConverter::new().with_coerce_types(properties.coerce_types()).convert(schema)?;
    add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    let taken = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 if is_bytes(field.name()) => field.as_ref().clone().with_data_type(DataType::BinaryView),
        _ => field.as_ref().clone(),
    });
    let taken = Schema::new(taken.collect::<Vec<_>>());
    let options = ArrowWriterOptions::new().with_properties(properties).with_parquet_schema(written);
    Ok(ArrowWriter::try_new_with_options(sink, taken.into(), options.with_skip_arrow_metadata(true))?)
}

/// Hashes and counts what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
