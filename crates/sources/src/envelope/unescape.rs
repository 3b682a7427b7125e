//! The text of a JSON string in which escapes are many: a message that is JSON itself has an escaped quote every ten bytes.
//!
//! 64 bytes are looked at together: what is special among them becomes bits of a word, and the plain pieces between are
//! found by counting zeros. Nothing is asked of each byte, and no branch depends on how long a piece is, which would be
//! guessed wrong at every other one.

use super::scan::{Marks, special};

/// Bytes looked at together.
const BLOCK: usize = 64;
/// Bytes that are copied together. What is copied too many is written over, or stands behind the text.
const PIECE: usize = 32;

/// A string's text, and room for the next one's.
#[derive(Default)]
pub struct Text {
    room: Vec<u8>,
    length: usize,
}

impl Text {
    pub fn as_bytes(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }

    /// Reads the string that begins at `at`, and returns the position after it. None if it is no string, or one with
    /// escapes that are rare: the parser is left to read those.
    pub fn read(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut rest = bytes.get(at..)?.strip_prefix(b"\"")?;
        self.length = 0;
        loop {
            let passed = match rest.first_chunk() {
                Some(block) => self.take_block(block)?,
                None => self.take_last(rest)?,
            };
            rest = rest.get(passed.bytes..)?;
            if !passed.ends_at_special {
                continue;
            }
            let byte;
            (byte, rest) = match rest {
                [b'"', after @ ..] => return Some(bytes.len() - after.len()),
                [b'\\', escaped @ (b'"' | b'\\' | b'/'), after @ ..] => (*escaped, after),
                [b'\\', b'n', after @ ..] => (b'\n', after),
                [b'\\', b't', after @ ..] => (b'\t', after),
                // `\u003c` and the like stand for ASCII; pairs of surrogates and the rest are left to the parser.
                [b'\\', b'u', b'0', b'0', high, low, after @ ..] => {
                    let digit = |byte: u8| char::from(byte).to_digit(16);
                    let code = (digit(*high)? << 4 | digit(*low)?) as u8;
                    (Some(code).filter(u8::is_ascii)?, after)
                }
                _ => return None,
            };
            self.push(byte)?;
        }
    }

    /// Takes plain text and escaped quotes from a block, as far as there is nothing else.
    fn take_block(&mut self, block: &[u8; BLOCK + PIECE]) -> Option<Passed> {
        let marks = Marks::of_block(block.first_chunk()?);
        // One that lies across the block's end is none of these, and is read as other escapes are.
        let escaped_quotes = marks.backslashes & marks.quotes >> 1;
        let mut found = marks.special;
        self.make_room();
        let room: &mut [u8; 2 * BLOCK] = self.room.get_mut(self.length..)?.first_chunk_mut()?;
        let (mut from, mut to) = (0, 0);
        loop {
            let next = found.trailing_zeros() as usize;
            let plain = next - from;
            copy(block, from, room, to)?;
            if plain > PIECE {
                copy(block, from + PIECE, room, to + PIECE)?;
            }
            (from, to) = (next, to + plain);
            let lowest = found & found.wrapping_neg();
            if lowest & escaped_quotes == 0 {
                break;
            }
            *room.get_mut(to)? = b'"';
            (from, to) = (from + 2, to + 1);
            found &= !(lowest | lowest << 1);
        }
        self.length += to;
        Some(Passed { bytes: from, ends_at_special: found != 0 })
    }

    /// Takes plain text where less than a block is left of the object.
    fn take_last(&mut self, rest: &[u8]) -> Option<Passed> {
        let (plain, _) = special(rest, 0)?;
        self.make_room();
        self.room.get_mut(self.length..self.length + plain)?.copy_from_slice(rest.get(..plain)?);
        self.length += plain;
        Some(Passed { bytes: plain, ends_at_special: true })
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        self.make_room();
        *self.room.get_mut(self.length)? = byte;
        self.length += 1;
        Some(())
    }

    /// Room for a block, with what is copied too many.
    fn make_room(&mut self) {
        if self.room.len() < self.length + 2 * BLOCK {
            self.room.resize(2 * self.room.len() + 4096, 0);
        }
    }
}

/// How far a text was read.
struct Passed {
    bytes: usize,
    /// Whether what comes next is special, and no escaped quote.
    ends_at_special: bool,
}

fn copy(from: &[u8], at: usize, to: &mut [u8], place: usize) -> Option<()> {
    let piece: &[u8; PIECE] = from.get(at..)?.first_chunk()?;
    *to.get_mut(place..)?.first_chunk_mut()? = *piece;
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Text;

    /// What is read of a text that begins with a string, and the position after it.
    fn read(bytes: &[u8], text: &mut Text) -> Option<(String, usize)> {
        let end = text.read(bytes, 0)?;
        Some((String::from_utf8(text.as_bytes().to_vec()).unwrap(), end))
    }

    #[test]
    fn an_escape_is_read_wherever_it_stands() {
        let mut text = Text::default();
        for escape in ["\\\"", "\\\\", "\\\\\\\"", "\\n", "\\t", "\\/", "\\u003c", "\\\"\\\"", ""] {
            for before in 0..140 {
                for after in [0, 1, 31, 32, 33, 95, 96, 200] {
                    let string = format!("\"{}{escape}{}\"", "b".repeat(before), "a".repeat(after));
                    let expected: String = serde_json::from_str(&string).unwrap();
                    for behind in ["", ",\"c\":1}", &"\\\"".repeat(60)] {
                        let whole = format!("{string}{behind}");
                        let read = read(whole.as_bytes(), &mut text);
                        assert_eq!(read, Some((expected.clone(), string.len())), "{whole}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_string_or_a_rare_one_is_left() {
        let mut text = Text::default();
        for pad in [0, 7, 60, 63, 64, 65, 130] {
            let pad = "p".repeat(pad);
            for rest in
                ["", "\\", "\\q\"", "\\u00e9\"", "\\ud83d\\ude00\"", "\\u00", "\t\"", "\n\"", "\u{1f}\"", "\\\""]
            {
                for behind in ["", &"b".repeat(150)] {
                    let cut = format!("\"{pad}{rest}{behind}");
                    assert_eq!(read(cut.as_bytes(), &mut text), None, "{cut}");
                }
            }
        }
        assert_eq!(read(b"", &mut text), None);
        assert_eq!(read(b"1", &mut text), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn nothing_is_read_otherwise_than_the_parser_reads_it(
            pieces in prop::collection::vec(
                prop_oneof![
                    8 => Just("\\\"".to_owned()),
                    8 => "[a-z{}:,\u{e9}\u{1f600}]{0,40}",
                    2 => prop::sample::select(&["\\\\", "\\n", "\\/", "\\u0026", "\\t"][..]).prop_map(str::to_owned),
                    1 => prop::sample::select(&["\"", "\\", "\\r", "\\u00e9", "\t", "\\ud800"][..]).prop_map(str::to_owned),
                ],
                0..40,
            ),
            behind in "[a-z\"\\\\]{0,120}",
        ) {
            let string = format!("\"{}\"{behind}", pieces.concat());
            if let Some((text, end)) = read(string.as_bytes(), &mut Text::default()) {
                prop_assert_eq!(serde_json::from_str::<String>(&string[..end]).unwrap(), text);
            }
        }
    }
}
