//! Sorted runs: what decoding hands over, in order of partition and event, in memory while memory lasts and in
//! scratch files after that.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::PathBuf;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use eksamine_lake::Partition;
use eksamine_sources::Table;

use crate::error::Error;
use crate::rows::Rows;

/// About how many bytes of rows a merge holds of each run at a time.
const BLOCK_BYTES: usize = 256 << 10;

/// Rows of one table, sorted by partition and event.
pub struct Run {
    pub table: &'static Table,
    pub slices: Vec<Slice>,
    data: Data,
}

/// The rows of one partition within a run.
pub struct Slice {
    pub partition: Partition,
    pub rows: usize,
    /// Rows of the batch, or blocks of the file.
    range: Range<usize>,
}

enum Data {
    /// Rows as they came, and the order they are read in. They are never copied into order as a whole: a sorted copy
    /// of a large batch would cost as much memory again.
    Memory {
        batch: RecordBatch,
        order: UInt32Array,
    },
    File(PathBuf),
}

impl Run {
    /// Sorts a batch.
    pub fn sort(table: &'static Table, batch: RecordBatch) -> Result<Self, Error> {
        let rows = Rows::new(table, batch)?;
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        let place = |row: u32| (rows.cluster(row as usize), rows.day_number(row as usize));
        order.sort_unstable_by(|a, b| {
            place(*a).cmp(&place(*b)).then_with(|| rows.compare(*a as usize, &rows, *b as usize))
        });
        let mut slices: Vec<Slice> = Vec::new();
        let mut last = None;
        for (at, row) in order.iter().enumerate() {
            if last != Some(place(*row)) {
                last = Some(place(*row));
                let partition = rows.partition(table, *row as usize);
                slices.push(Slice { partition, rows: 0, range: at..at });
            }
            if let Some(slice) = slices.last_mut() {
                slice.rows += 1;
                slice.range.end = at + 1;
            }
        }
        Ok(Self { table, slices, data: Data::Memory { batch: rows.batch, order: UInt32Array::from(order) } })
    }

    /// Bytes the run takes in memory.
    pub fn memory_bytes(&self) -> usize {
        match &self.data {
            Data::Memory { batch, order } => batch.get_array_memory_size() + order.len() * size_of::<u32>(),
            Data::File(_) => 0,
        }
    }

    /// Moves the run from memory to a scratch file.
    pub fn spill(self, path: PathBuf) -> Result<Self, Error> {
        let Data::Memory { batch, order } = &self.data else { return Ok(self) };
        let block_rows = block_rows(batch);
        let scratch = |action| {
            let path = path.clone();
            move |source| Error::Scratch { action, path, source }
        };
        let file = File::create(&path).map_err(scratch("create"))?;
        let mut writer = FileWriter::try_new_buffered(file, &batch.schema()).map_err(unwrap_io(scratch("write")))?;
        let mut slices = Vec::with_capacity(self.slices.len());
        let mut blocks = 0;
        for slice in self.slices {
            let first = blocks;
            for start in slice.range.clone().step_by(block_rows) {
                let length = block_rows.min(slice.range.end - start);
                let block = take_record_batch(batch, &order.slice(start, length))?;
                writer.write(&block).map_err(unwrap_io(scratch("write")))?;
                blocks += 1;
            }
            slices.push(Slice { range: first..blocks, ..slice });
        }
        writer.finish().map_err(unwrap_io(scratch("write")))?;
        Ok(Self { table: self.table, slices, data: Data::File(path) })
    }

    /// The batches of one slice, in order.
    pub fn read(&self, slice: &Slice) -> Result<Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>, Error> {
        match &self.data {
            Data::Memory { batch, order } => {
                let (batch, order, block_rows) = (batch.clone(), order.clone(), block_rows(batch));
                let end = slice.range.end;
                Ok(Box::new(slice.range.clone().step_by(block_rows).map(move |start| {
                    let rows = order.slice(start, block_rows.min(end - start));
                    Ok(take_record_batch(&batch, &rows)?)
                })))
            }
            Data::File(path) => {
                let scratch = |source| Error::Scratch { action: "open", path: path.clone(), source };
                let file = BufReader::new(File::open(path).map_err(scratch)?);
                let mut reader = FileReader::try_new(file, None)?;
                let blocks = slice.range.clone();
                Ok(Box::new(blocks.map(move |block| {
                    reader.set_index(block)?;
                    let next = reader.next();
                    let missing = || arrow::error::ArrowError::IpcError("a block is missing".to_owned());
                    Ok(next.ok_or_else(missing)??)
                })))
            }
        }
    }

    /// Removes the scratch file, if there is one.
    pub fn discard(self) {
        if let Data::File(path) = self.data {
            // What stays is removed when the lake is next opened for writing.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Rows of about [`BLOCK_BYTES`].
fn block_rows(batch: &RecordBatch) -> usize {
    let row_bytes = batch.get_array_memory_size() / batch.num_rows().max(1);
    (BLOCK_BYTES / row_bytes.max(1)).clamp(16, 4096)
}

/// Names the file when writing it failed for want of space or rights.
fn unwrap_io(name: impl FnOnce(std::io::Error) -> Error) -> impl FnOnce(arrow::error::ArrowError) -> Error {
    |error| match error {
        arrow::error::ArrowError::IoError(_, source) => name(source),
        other => Error::Arrow(other),
    }
}
