//! Walks the pages of a row group before they are decoded, so that what decoding takes in memory is known.
//!
//! The reader of Parquet gives a page as much room as its header asks for, and inflates gzip to whatever comes out.
//! So each header is read here first: its sizes are added up, its encoding has to be one that takes no more room than
//! its page, and gzip is inflated once for its length alone.

use super::thrift::{Kind, Reader};
use super::{Trouble, layout, too_large};
use crate::gunzip;

/// Where the values of one column of one row group lie.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    pub start: usize,
    pub end: usize,
    /// Rows of the row group.
    pub rows: u64,
    pub is_gzip: bool,
}

/// What the pages of a chunk come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Uncompressed bytes of all pages.
    pub total_bytes: usize,
    /// Uncompressed bytes held at a time: the dictionary and the largest page.
    pub held_bytes: usize,
}

/// `Encoding` of `parquet.thrift` by number: those whose values take no room beyond their page. The delta encodings of
/// texts are left out: they name any number of lengths in a few bytes.
const ENCODINGS: [(i64, &str); 6] = [
    (0, "PLAIN"),
    (2, "PLAIN_DICTIONARY"),
    (3, "RLE"),
    (5, "DELTA_BINARY_PACKED"),
    (8, "RLE_DICTIONARY"),
    (9, "BYTE_STREAM_SPLIT"),
];

/// The head of one page.
#[derive(Default)]
struct Page {
    kind: i64,
    uncompressed_bytes: i64,
    compressed_bytes: i64,
    values: i64,
    encoding: i64,
    /// Bytes of levels before the values, which are not compressed.
    levels_bytes: i64,
    is_plain: bool,
}

const DICTIONARY_PAGE: i64 = 2;
const INDEX_PAGE: i64 = 1;

impl Page {
    /// Reads the head of a page and returns it with its length.
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut checked = Reader::of(bytes);
        layout::check(&mut checked, layout::PAGE)?;
        let mut page = Self::default();
        let mut heads = 0;
        Reader::of(bytes).each_field(&mut |reader, number, kind| {
            match number {
                1 => page.kind = reader.int()?,
                2 => page.uncompressed_bytes = reader.int()?,
                3 => page.compressed_bytes = reader.int()?,
                5 | 7 | 8 if kind == Kind::Struct => {
                    heads += 1;
                    page.read_values(reader, number == SECOND_VERSION)?;
                }
                _ => {}
            }
            Some(())
        })?;
        // Which of two heads is meant depends on who reads them.
        (heads <= 1).then(|| (page, checked.position()))
    }

    /// The head of a data or dictionary page within that of the page.
    fn read_values(&mut self, reader: &mut Reader<'_>, is_second: bool) -> Option<()> {
        reader.each_field(&mut |reader, number, kind| {
            match (number, is_second) {
                (1, _) => self.values = reader.int()?,
                (2, false) | (4, true) => self.encoding = reader.int()?,
                (5 | 6, true) => self.levels_bytes = self.levels_bytes.checked_add(reader.int()?)?,
                (7, true) => self.is_plain = kind == Kind::False,
                _ => {}
            }
            Some(())
        })
    }
}

/// Number of the field that has the head of a data page of version 2.
const SECOND_VERSION: i64 = 8;

/// Adds up the pages of a chunk.
pub fn measure(object: &[u8], chunk: &Chunk) -> Result<Sizes, Trouble> {
    let broken = || Trouble::broken("a page is cut or corrupt");
    let mut rest = object.get(chunk.start..chunk.end).ok_or_else(broken)?;
    let mut sizes = Sizes::default();
    let (mut dictionary_bytes, mut largest_bytes) = (0, 0);
    let mut values = 0_u64;
    while values < chunk.rows && !rest.is_empty() {
        let (page, head_bytes) = Page::read(rest).ok_or_else(broken)?;
        let (_, after) = rest.split_at_checked(head_bytes).ok_or_else(broken)?;
        let compressed = usize::try_from(page.compressed_bytes).map_err(|_| broken())?;
        let (content, next) = after.split_at_checked(compressed).ok_or_else(broken)?;
        rest = next;
        if page.kind == INDEX_PAGE {
            continue;
        }
        let inflated = usize::try_from(page.uncompressed_bytes).map_err(|_| broken())?;
        let count = u64::try_from(page.values).map_err(|_| broken())?;
        if !ENCODINGS.iter().any(|(number, _)| *number == page.encoding) {
            return Err(Trouble::broken(&format!("encoding {} of Parquet is not read", page.encoding)));
        }
        sizes.total_bytes = sizes.total_bytes.saturating_add(inflated);
        if page.kind == DICTIONARY_PAGE {
            // Every value of a dictionary takes four bytes at least.
            if count > inflated as u64 / 4 {
                return Err(broken());
            }
            dictionary_bytes = inflated.max(dictionary_bytes);
        } else {
            if count > chunk.rows {
                return Err(broken());
            }
            values += count;
            largest_bytes = inflated.max(largest_bytes);
        }
        if chunk.is_gzip && !page.is_plain {
            let levels = usize::try_from(page.levels_bytes).map_err(|_| broken())?;
            let gzip = content.get(levels..).ok_or_else(broken)?;
            if !gunzip::inflates_to_at_most(gzip, inflated) {
                return Err(too_large("a page inflates to more than its head says"));
            }
        }
    }
    sizes.held_bytes = dictionary_bytes.saturating_add(largest_bytes);
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::reject::Reason;

    fn number(value: usize) -> Vec<u8> {
        let mut left = value * 2;
        let mut bytes = Vec::new();
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        bytes
    }

    /// A page of `kind` with the field that has its head.
    fn page(kind: usize, head: u8, values: usize, encoding: usize, inflated: usize, content: &[u8]) -> Vec<u8> {
        let numbers = [number(kind), number(inflated), number(content.len())];
        let head = [&[(head - 3) << 4 | 0x0c, 0x15][..], &number(values), &[0x15], &number(encoding), &[0, 0]].concat();
        [&[0x15][..], &numbers[0], &[0x15], &numbers[1], &[0x15], &numbers[2], &head, content].concat()
    }

    fn measured(object: &[u8], is_gzip: bool) -> Result<Sizes, Reason> {
        let chunk = Chunk { start: 0, end: object.len(), rows: 10, is_gzip };
        measure(object, &chunk).map_err(|trouble| trouble.reason)
    }

    #[test]
    fn a_dictionary_and_the_largest_page_are_held_at_a_time() {
        let dictionary = page(2, 7, 3, 0, 100, b"d");
        let object = [dictionary, page(0, 5, 4, 8, 40, b"abc"), page(0, 5, 6, 8, 60, b"")].concat();
        let sizes = measured(&object, false).unwrap();
        assert_eq!((sizes.total_bytes, sizes.held_bytes), (200, 160));
    }

    #[test]
    fn pages_that_lie_are_not_read() {
        let broken = |object: &[u8]| assert_eq!(measured(object, false).err(), Some(Reason::BadParquet));
        broken(&page(0, 5, 11, 0, 40, b""));
        broken(&page(0, 5, 4, 6, 40, b""));
        broken(&page(2, 7, 30, 0, 100, b""));
        broken(&page(0, 5, 4, 0, 40, b"abc")[..10]);
        let two_heads = [&page(0, 5, 4, 0, 40, b"")[..], &[]].concat();
        let two_heads = [&two_heads[..two_heads.len() - 1], &[0x3c, 0x15, 8, 0, 0]].concat();
        broken(&two_heads);
    }

    #[test]
    fn gzip_that_inflates_past_its_page_is_found_before_it_does() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; 8 << 20]).unwrap();
        let bomb = encoder.finish().unwrap();
        assert_eq!(measured(&page(0, 5, 10, 0, 100, &bomb), true).err(), Some(Reason::TooLarge));
        assert!(measured(&page(0, 5, 10, 0, 8 << 20, &bomb), true).is_ok());
    }
}
