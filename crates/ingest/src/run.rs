//! Sorted runs: what decoding hands over, in order of partition and event, in memory while memory lasts and in
//! scratch files after that.

use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;

use std::sync::Arc;

use arrow::array::UInt32Array;
use eksamine_lake::Partition;
use eksamine_sources::rows::stored;
use eksamine_sources::{Carrier, Rows, Table};

use crate::error::Error;
use crate::rows::{Block, Ordered};

/// Rows of one table, sorted by partition and event.
pub struct Run {
    pub table: &'static Table,
    pub slices: Vec<Slice>,
    /// Rows that are read at a time.
    block_rows: usize,
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
    /// Rows as they came, and the order they are read in. They are never copied into order.
    Memory {
        rows: Arc<Ordered>,
        order: UInt32Array,
    },
    File {
        path: PathBuf,
        blocks: Vec<stored::Block>,
        carriers: Arc<Vec<Arc<Carrier>>>,
    },
}

impl Run {
    /// Sorts rows. They will be read again about so many bytes at a time.
    pub fn sort(rows: Rows, block_bytes: usize) -> Result<Self, Error> {
        let row_bytes = rows.memory_bytes() / rows.len().max(1);
        let block_rows = (block_bytes / row_bytes.max(1)).clamp(16, 4096);
        let ordered = Ordered::new(rows)?;
        let (order, begins) = ordered.order();
        let ends = begins.iter().skip(1).copied().chain([order.len()]);
        let slices = begins.iter().zip(ends).map(|(begin, end)| Slice {
            partition: ordered.partition(order.value(*begin) as usize),
            rows: end - begin,
            range: *begin..end,
        });
        let slices = slices.collect();
        let table = ordered.rows.table();
        Ok(Self { table, slices, block_rows, data: Data::Memory { rows: Arc::new(ordered), order } })
    }

    /// Bytes the run takes in memory.
    pub fn memory_bytes(&self) -> usize {
        match &self.data {
            Data::Memory { rows, order } => rows.rows.memory_bytes() + order.len() * size_of::<u32>(),
            Data::File { .. } => 0,
        }
    }

    /// Moves the run from memory to a scratch file, and hands out the rows that were in memory.
    pub fn spill(self, path: PathBuf) -> Result<(Self, Option<Rows>), Error> {
        let Data::Memory { rows: ordered, order } = self.data else { return Ok((self, None)) };
        let rows = &ordered.rows;
        let block_rows = self.block_rows;
        let scratch = |action| {
            let path = path.clone();
            move |source| Error::Scratch { action, path, source }
        };
        let mut file = stored::BlockWriter::new(File::create(&path).map_err(scratch("create"))?);
        let mut slices = Vec::with_capacity(self.slices.len());
        let mut blocks = Vec::new();
        for slice in self.slices {
            let first = blocks.len();
            for block in order.values().get(slice.range.clone()).unwrap_or_default().chunks(block_rows) {
                blocks.push(file.write(rows, block).map_err(scratch("write"))?);
            }
            slices.push(Slice { range: first..blocks.len(), ..slice });
        }
        let carriers = Arc::clone(rows.carriers());
        let rows = Arc::into_inner(ordered).map(|ordered| ordered.rows);
        Ok((Self { table: self.table, slices, block_rows, data: Data::File { path, blocks, carriers } }, rows))
    }

    /// The rows of one slice, in order: all that are in memory at once, those of a file some at a time.
    pub fn read(&self, slice: &Slice) -> Result<Box<dyn Iterator<Item = Result<Block, Error>> + Send>, Error> {
        match &self.data {
            Data::Memory { rows, order } => {
                let order = order.slice(slice.range.start, slice.range.len());
                Ok(Box::new(std::iter::once(Ok(Block::ordered(Arc::clone(rows), order)))))
            }
            Data::File { path, blocks, carriers } => {
                let failed = |action, path: PathBuf| move |source| Error::Scratch { action, path, source };
                let mut file = File::open(path).map_err(failed("open", path.clone()))?;
                let blocks = blocks.get(slice.range.clone()).unwrap_or_default().to_vec();
                let (table, carriers, path) = (self.table, Arc::clone(carriers), path.clone());
                Ok(Box::new(blocks.into_iter().map(move |block| {
                    let rows = stored::read(&mut file, &block, table, Arc::clone(&carriers));
                    Ok(Block::of(rows.map_err(failed("read", path.clone()))?)?)
                })))
            }
        }
    }

    /// Removes the scratch file, if there is one.
    pub fn discard(self) {
        if let Data::File { path, .. } = self.data {
            // What stays is removed when the lake is next opened for writing.
            let _ = std::fs::remove_file(path);
        }
    }
}
