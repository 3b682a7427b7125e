//! The columns of the data: texts by dictionary, times, numbers. `assets/data.js` reads them.
//!
//! A column is a sequence of LEB128 numbers, one or two for each row, in a form that gzip makes small:
//!
//! - *texts*: the number of entries of the dictionary; the length of each in UTF-16 units; for each row 0 (absent),
//!   1 (the next entry that no row had before) or the entry's position plus 2; then the entries in UTF-8, one after
//!   another to the end.
//! - *times*: for each row 0 (absent), or 1 plus the zigzag difference of its seconds to those of the row before that
//!   had a time, followed by its microseconds.
//! - *numbers*: for each row 0 (absent), or 1 plus the zigzag value.

use std::collections::HashMap;
use std::ops::Range;

use crate::pack::{varint, zigzag};

const MICROS: i64 = 1_000_000;

/// A column of texts.
#[derive(Default)]
pub struct Texts {
    /// Where each text is in `entries`, and its position among them.
    positions: HashMap<Box<str>, (Range<usize>, u64)>,
    entries: String,
    lengths: Vec<u8>,
    rows: Vec<u8>,
    /// Where the text of the last row that had one is in `entries`, and its position.
    last: (Range<usize>, u64),
}

impl Texts {
    pub fn push(&mut self, text: Option<&str>) {
        let Some(text) = text else { return varint(&mut self.rows, 0) };
        // Rows side by side are mostly alike.
        if !self.positions.is_empty() && self.entries.get(self.last.0.clone()) == Some(text) {
            return varint(&mut self.rows, self.last.1 + 2);
        }
        if let Some((place, position)) = self.positions.get(text) {
            self.last = (place.clone(), *position);
            return varint(&mut self.rows, position + 2);
        }
        let (position, begin) = (self.positions.len() as u64, self.entries.len());
        self.entries.push_str(text);
        self.last = (begin..self.entries.len(), position);
        self.positions.insert(text.into(), self.last.clone());
        let length = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
        varint(&mut self.lengths, length as u64);
        varint(&mut self.rows, 1);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.lengths.len() + self.rows.len() + self.entries.len() + 10);
        varint(&mut bytes, self.positions.len() as u64);
        bytes.extend(self.lengths);
        bytes.extend(self.rows);
        bytes.extend(self.entries.into_bytes());
        bytes
    }
}

/// A column of moments in microseconds.
#[derive(Default)]
pub struct Times {
    last_seconds: i64,
    rows: Vec<u8>,
}

impl Times {
    pub fn push(&mut self, micros: Option<i64>) {
        let Some(micros) = micros else { return varint(&mut self.rows, 0) };
        let seconds = micros.div_euclid(MICROS);
        varint(&mut self.rows, zigzag(seconds - self.last_seconds) + 1);
        varint(&mut self.rows, micros.rem_euclid(MICROS) as u64);
        self.last_seconds = seconds;
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.rows
    }
}

/// A column of numbers.
#[derive(Default)]
pub struct Numbers {
    rows: Vec<u8>,
}

impl Numbers {
    /// Numbers past 2^53 lose their last digits in the page; neither counts nor positions come near.
    pub fn push(&mut self, number: Option<i64>) {
        match number {
            None => varint(&mut self.rows, 0),
            Some(number) => varint(&mut self.rows, zigzag(number).saturating_add(1)),
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_once_and_lengths_are_those_of_scripts() {
        let mut texts = Texts::default();
        for text in [Some("a😀"), None, Some(""), Some("a😀")] {
            texts.push(text);
        }
        let expected = [&[2, 3, 0, 1, 0, 1, 2][..], "a😀".as_bytes()].concat();
        assert_eq!(texts.into_bytes(), expected);
    }

    #[test]
    fn times_before_1970_keep_their_microseconds() {
        let mut times = Times::default();
        for micros in [Some(-1), None, Some(2_000_003)] {
            times.push(micros);
        }
        // Second -1 and 999,999 microseconds; absent; three seconds later and three microseconds.
        assert_eq!(times.into_bytes(), [2, 0xbf, 0x84, 0x3d, 0, 7, 3]);
    }
}
