//! Rows in a scratch file: blocks of rows in their order, each read back as [`Rows`]. The words of the rows come first,
//! then the texts beside the records, then the records, written from where they lie. Scratch files are read by the
//! process that wrote them and by no other, so they hold numbers as the machine has them.

use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use arrow::buffer::Buffer;

use super::layout::{Layout, Place, Tail};
use super::{Carrier, Rows};
use crate::column::Table;

/// Where a block lies in its file.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Offset in the file.
    start: u64,
    rows: usize,
    beside_bytes: usize,
    raw_bytes: usize,
}

impl Block {
    fn bytes(&self, layout: Layout) -> usize {
        self.rows * layout.words() * size_of::<u64>() + self.beside_bytes + self.raw_bytes
    }
}

/// Writes blocks one after another.
pub struct BlockWriter<W> {
    file: W,
    written: u64,
    /// Words and texts beside of the block in the making.
    head: Vec<u8>,
}

impl<W: Write> BlockWriter<W> {
    pub fn new(file: W) -> Self {
        Self { file, written: 0, head: Vec::new() }
    }

    /// Appends the rows at these positions, in this order.
    pub fn write(&mut self, rows: &Rows, order: &[u32]) -> io::Result<Block> {
        let layout = rows.layout;
        let row_bytes = layout.words() * size_of::<u64>();
        let mut block = Block { start: self.written, rows: order.len(), beside_bytes: 0, raw_bytes: 0 };
        self.head.clear();
        self.head.resize(order.len() * row_bytes, 0);
        for (row, head) in order.iter().zip(self.head.chunks_exact_mut(row_bytes)) {
            let (head, _) = head.as_chunks_mut::<8>();
            for (head, word) in head.iter_mut().zip(rows.words(*row as usize)) {
                *head = word.to_ne_bytes();
            }
            for (tail, bytes) in [(Tail::Raw, &mut block.raw_bytes), (Tail::Beside, &mut block.beside_bytes)] {
                let Some(head) = head.get_mut(layout.position(tail)) else { continue };
                let place = Place { start: *bytes as u32, ..Place::of_word(u64::from_ne_bytes(*head)) };
                *head = place.word().to_ne_bytes();
                *bytes += place.length as usize;
            }
        }
        for row in order {
            self.head.extend_from_slice(rows.beside(*row as usize));
        }
        let records = order.iter().map(|row| IoSlice::new(rows.raw(*row as usize)));
        let mut slices: Vec<IoSlice<'_>> = [IoSlice::new(&self.head)].into_iter().chain(records).collect();
        write_all(&mut self.file, &mut slices)?;
        self.written += block.bytes(rows.layout) as u64;
        Ok(block)
    }
}

fn write_all(file: &mut impl Write, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    // Empty ones at the front would look like a file that takes nothing.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a block that was written with rows of this table.
///
/// # Errors
/// If the file can't be read, or ends before the block.
pub fn read(
    file: &mut (impl Read + Seek),
    block: &Block,
    table: &'static Table,
    carriers: Arc<Vec<Arc<Carrier>>>,
) -> io::Result<Rows> {
    let layout = Layout::of(table);
    let length = block.bytes(layout);
    let mut bytes = Vec::with_capacity(length);
    file.seek(SeekFrom::Start(block.start))?;
    if file.take(length as u64).read_to_end(&mut bytes)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let head = length - block.beside_bytes - block.raw_bytes;
    let (words, _) = bytes.get(..head).unwrap_or_default().as_chunks();
    let words = words.iter().map(|word| u64::from_ne_bytes(*word)).collect();
    let texts = Buffer::from_vec(bytes);
    let beside = texts.slice_with_length(head, block.beside_bytes);
    let raw = texts.slice_with_length(head + block.beside_bytes, block.raw_bytes);
    Ok(Rows { table, layout, words, raw, beside, carriers })
}
