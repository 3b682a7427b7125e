//! A second reader of the file's data, written from the description in `columns.rs` and `raw.rs` alone.

use std::io::{Read as _, Write as _};

use base64::Engine as _;

/// The text of the element with this id.
fn element<'a>(file: &'a str, id: &str) -> Option<&'a str> {
    let begin = file.find(&format!(" id=\"{id}\">"))?;
    let text = &file[begin..];
    let text = &text[text.find('>')? + 1..];
    Some(&text[..text.find('<')?])
}

/// The inflated bytes of an element.
pub fn bytes(file: &str, id: &str) -> Vec<u8> {
    let packed = base64::engine::general_purpose::STANDARD.decode(element(file, id).unwrap()).unwrap();
    let mut decoder = flate2::write::GzDecoder::new(Vec::new());
    decoder.write_all(&packed).unwrap();
    decoder.finish().unwrap()
}

pub struct Numbers<'a>(pub &'a [u8]);

impl Numbers<'_> {
    pub fn take(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return value;
            }
        }
        unreachable!()
    }
}

/// The texts of a column by row.
pub fn texts(file: &str, name: &str, rows: usize) -> Vec<Option<String>> {
    let bytes = bytes(file, &format!("column-{name}"));
    let mut numbers = Numbers(&bytes);
    let entries = numbers.take() as usize;
    let lengths: Vec<_> = (0..entries).map(|_| numbers.take() as usize).collect();
    let codes: Vec<_> = (0..rows).map(|_| numbers.take() as usize).collect();
    let units: Vec<u16> = str::from_utf8(numbers.0).unwrap().encode_utf16().collect();
    let mut dictionary = Vec::new();
    let mut begin = 0;
    for length in lengths {
        dictionary.push(String::from_utf16(&units[begin..begin + length]).unwrap());
        begin += length;
    }
    assert_eq!(begin, units.len());
    let mut met = 0;
    let text_of = |code| match code {
        0 => None,
        1 => {
            met += 1;
            Some(dictionary[met - 1].clone())
        }
        code => Some(dictionary[code - 2].clone()),
    };
    codes.into_iter().map(text_of).collect()
}

/// The raw records by row, of those that are in the file.
pub fn records(file: &str, rows: usize) -> Vec<Option<String>> {
    let bytes_of_places = bytes(file, "column-raw");
    let mut places = Numbers(&bytes_of_places);
    let mut all = Vec::new();
    for _ in 0..rows {
        let block = places.take();
        all.push((block > 0).then(|| (block - 1, places.take() as usize)));
    }
    assert!(places.0.is_empty());
    let mut blocks = std::collections::HashMap::new();
    let mut record = |(block, place): (u64, usize)| {
        let records: &Vec<String> = blocks.entry(block).or_insert_with(|| split(&bytes(file, &format!("raw-{block}"))));
        records[place].clone()
    };
    all.into_iter().map(|at| at.map(&mut record)).collect()
}

fn split(block: &[u8]) -> Vec<String> {
    let mut numbers = Numbers(block);
    let count = numbers.take();
    let lengths: Vec<_> = (0..count).map(|_| numbers.take() as usize).collect();
    let mut rest = numbers.0;
    let mut records = Vec::new();
    for length in lengths {
        let (record, after) = rest.split_at(length);
        records.push(String::from_utf8(record.to_vec()).unwrap());
        rest = after;
    }
    assert!(rest.is_empty());
    records
}
