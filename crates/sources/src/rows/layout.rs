//! How a row lies in memory: a fixed number of words, whatever its texts are.
//!
//! First a word for each typed column in the table's order: of a text its [`Span`](super::Span), of anything else its
//! bits. Then a word of flags for columns that are no text and have no value; where the record and the texts beside it
//! begin and how long they are; the carrier's position among those of the rows; and the record's position in its object.

use crate::column::{Kind, Table};

/// Words after those of the columns.
const TAIL_WORDS: usize = 5;

/// Where the words of a row are.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    columns: usize,
}

/// A word of a row behind its columns.
#[derive(Clone, Copy, Debug)]
pub enum Tail {
    /// A bit for each column that is no text and has no value, by position among the columns that are none.
    Missing,
    Raw,
    Beside,
    Carrier,
    Record,
}

impl Layout {
    pub fn of(table: &Table) -> Self {
        Self { columns: table.columns.len() }
    }

    /// Words of a row.
    pub fn words(self) -> usize {
        self.columns + TAIL_WORDS
    }

    pub fn position(self, word: Tail) -> usize {
        self.columns + word as usize
    }
}

pub fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Json)
}

/// Position of a column among those that are no text: that of its flag.
pub fn flag(table: &Table, column: usize) -> u32 {
    table.columns.iter().take(column).filter(|column| !is_text(column.kind)).count() as u32
}

/// A place in a text of many rows: where it begins and how long it is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub start: u32,
    pub length: u32,
}

impl Place {
    pub fn of_word(word: u64) -> Self {
        Self { start: (word >> 32) as u32, length: word as u32 }
    }

    pub fn word(self) -> u64 {
        u64::from(self.start) << 32 | u64::from(self.length)
    }

    pub fn of(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        bytes.get(start..start + self.length as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_few_enough_columns_for_a_word_of_flags() {
        for table in crate::tables() {
            assert!(flag(table, table.columns.len()) <= u64::BITS, "{}", table.name);
        }
    }
}
