//! Damage done to well-formed objects of every envelope and every source.

use super::fixtures::{Fixture, Part, Record, all};
use crate::support::{Decoded, decode};

#[test]
fn every_fixture_is_read_in_full() {
    for fixture in all() {
        let decoded = decode(fixture.key, &fixture.object());
        decoded.assert_closed();
        let expected: Vec<_> = fixture.records().map(|record| record.raw.as_str()).collect();
        assert_eq!(decoded.raws(fixture.table), expected, "{}", fixture.name);
        assert_eq!(decoded.reasons(), Vec::<&str>::new(), "{}", fixture.name);
    }
}

/// Bytes that stand for something in one of the syntaxes, and some that may stand nowhere.
const BYTES: [u8; 14] = *b"\"\\{}[]:, \nx\x00\x1b\xff";

/// Ways to damage a stretch of bytes at a position.
const DAMAGES: [fn(&mut Vec<u8>, usize, u8); 5] = [
    |bytes, at, byte| bytes[at] = byte,
    |bytes, at, byte| bytes.insert(at, byte),
    |bytes, at, _| {
        bytes.remove(at);
    },
    |bytes, at, _| bytes.truncate(at),
    |bytes, at, _| bytes.extend_from_within(at..),
];

/// The object with its second record damaged at a position.
fn damaged(fixture: &Fixture, damage: usize, at: usize, byte: u8) -> Vec<u8> {
    let mut records = 0;
    let mut object = Vec::new();
    for part in &fixture.parts {
        match part {
            Part::Framing(text) => object.extend_from_slice(text.as_bytes()),
            Part::Record(record) => {
                let mut bytes = record.written.clone().into_bytes();
                if records == 1 {
                    DAMAGES[damage](&mut bytes, at, byte);
                }
                object.extend(bytes);
                records += 1;
            }
        }
    }
    object
}

/// Whether a record is there still: as a row, or with all its bytes in rejects, which may divide them.
fn is_kept(decoded: &Decoded, table: &str, record: &Record) -> bool {
    let bytes = record.written.as_bytes();
    let rejected: Vec<u8> = decoded.outcome.rejects.iter().flat_map(|reject| reject.bytes.clone()).collect();
    decoded.raws(table).iter().any(|raw| raw.contains(&record.raw))
        || rejected.windows(bytes.len()).any(|window| window == bytes)
}

/// One in so many of all the ways to do damage is tried, another in each position.
const TRIED: usize = 97;

#[test]
fn damage_within_a_record_loses_none_of_its_neighbours() {
    for fixture in all() {
        let records: Vec<&Record> = fixture.records().collect();
        let (mut tried, mut rows_lost) = (0, 0);
        for at in records[1].head_bytes..records[1].written.len() {
            for (number, (damage, byte)) in ways().enumerate() {
                if (at * 11 + number) % TRIED > 0 {
                    continue;
                }
                let object = damaged(&fixture, damage, at, byte);
                let decoded = decode(fixture.key, &object);
                decoded.assert_closed();
                let raws = decoded.raws(fixture.table);
                for (neighbour, row) in [(records[0], raws.first()), (records[2], raws.last())] {
                    let what = || format!("{}: {damage} at {at}: {}", fixture.name, decoded.describe());
                    assert!(is_kept(&decoded, fixture.table, neighbour), "{}", what());
                    rows_lost += usize::from(row != Some(&neighbour.raw));
                }
                tried += 1;
            }
        }
        // Where nothing stands between records, one that is open takes the next one with it into its reject. Elsewhere
        // only a bracket or a quote that comes to stand right before a separator does.
        let most = if fixture.name.ends_with("joined") { tried / 3 } else { tried / 10 };
        assert!(tried > 15 && rows_lost <= most, "{}: {rows_lost} of {tried}", fixture.name);
    }
}

/// Each way to do damage, with each byte where the byte matters.
fn ways() -> impl Iterator<Item = (usize, u8)> {
    let with_bytes = (0..2).flat_map(|damage| BYTES.map(|byte| (damage, byte)));
    with_bytes.chain((2..DAMAGES.len()).map(|damage| (damage, 0)))
}
