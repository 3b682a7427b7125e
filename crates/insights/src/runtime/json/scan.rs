//! The walk over JSON text: where values begin and end, and which of them a path means.
//!
//! It recurses as deep as the path is long and never deeper, whatever the text holds.

use super::{Segment, unquote};

/// A one in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;

/// What a path means in a value that was read.
#[derive(Clone, Copy)]
pub enum Found<'a> {
    /// The JSON text of the value.
    At(&'a str),
    Nowhere,
}

pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// The kinds of the structures that are open, one bit each: 1 for an object.
#[derive(Default)]
struct Open {
    bits: u128,
    depth: usize,
    /// What the bits no longer hold.
    outer: Vec<u128>,
}

impl Open {
    fn push(&mut self, is_object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(128) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u128::from(is_object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.bits >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth > 0 && self.depth.is_multiple_of(128) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    fn is_object(&self) -> bool {
        self.bits & 1 == 1
    }
}

// Every method that reads returns none where the text is no JSON.
impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut scanner = Self { text, at: 0 };
        scanner.space();
        scanner
    }

    /// Whether nothing but white space is left.
    pub fn is_at_end(&mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    /// Reads a value; gives what the path means in it.
    pub fn find(&mut self, path: &[Segment]) -> Option<Found<'a>> {
        self.space();
        let Some((first, rest)) = path.split_first() else {
            let start = self.at;
            self.value()?;
            return self.text.get(start..self.at).map(Found::At);
        };
        match (self.peek()?, first.position) {
            (b'{', _) => self.find_key(&first.key, rest),
            (b'[', Some(position)) => self.find_position(position, rest),
            _ => {
                self.value()?;
                Some(Found::Nowhere)
            }
        }
    }

    fn find_key(&mut self, key: &str, rest: &[Segment]) -> Option<Found<'a>> {
        let mut found = Found::Nowhere;
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Some(Found::Nowhere);
        }
        loop {
            if is_key(self.key()?, key) {
                found = self.find(rest)?;
            } else {
                self.value()?;
            }
            self.space();
            if self.take(b'}') {
                return Some(found);
            }
            self.expect(b',')?;
        }
    }

    fn find_position(&mut self, position: usize, rest: &[Segment]) -> Option<Found<'a>> {
        let mut found = Found::Nowhere;
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Some(Found::Nowhere);
        }
        for index in 0.. {
            if index == position {
                found = self.find(rest)?;
            } else {
                self.value()?;
            }
            self.space();
            if self.take(b']') {
                break;
            }
            self.expect(b',')?;
        }
        Some(found)
    }

    /// Reads an array; gives its elements.
    pub fn elements(&mut self) -> Option<Vec<&'a str>> {
        let mut elements = Vec::new();
        self.expect(b'[')?;
        self.space();
        if self.take(b']') {
            return Some(elements);
        }
        loop {
            self.space();
            let start = self.at;
            self.value()?;
            elements.push(self.text.get(start..self.at)?);
            self.space();
            if self.take(b']') {
                return Some(elements);
            }
            self.expect(b',')?;
        }
    }

    /// Reads past a value.
    fn value(&mut self) -> Option<()> {
        let mut open = Open::default();
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    self.skip_string()?;
                }
                b'{' => {
                    self.at += 1;
                    self.space();
                    if !self.take(b'}') {
                        open.push(true);
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.space();
                    if !self.take(b']') {
                        open.push(false);
                        continue;
                    }
                }
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => return None,
            }
            // A value ended here, and with it perhaps what it stands in.
            loop {
                if open.depth == 0 {
                    return Some(());
                }
                self.space();
                match (self.peek()?, open.is_object()) {
                    (b',', true) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Reads a key and its colon; gives the key with its quotes.
    fn key(&mut self) -> Option<&'a str> {
        self.space();
        let key = self.string()?;
        self.space();
        self.expect(b':')?;
        Some(key)
    }

    /// Reads a string; gives it with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.expect(b'"')?;
        self.skip_string()?;
        self.text.get(start..self.at)
    }

    /// Reads to the end of a string that has begun.
    fn skip_string(&mut self) -> Option<()> {
        loop {
            self.at += plain_length(self.text.as_bytes().get(self.at..)?);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => {
                    self.at += 1;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Option<()> {
        let escaped = self.peek()?;
        self.at += 1;
        match escaped {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Some(())
    }

    /// Reads at least one digit.
    fn digits(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let found = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        found.then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }
}

/// How many bytes of a string come before its end, an escape or a control character. Eight are looked at at a time.
fn plain_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    for word in bytes.as_chunks().0 {
        let word = u64::from_le_bytes(*word);
        // The lowest byte that is marked is right; one above it may be marked for nothing.
        let below = |least: u8| word.wrapping_sub(ONES * u64::from(least)) & !word;
        let equal = |byte: u8| {
            let differing = word ^ (ONES * u64::from(byte));
            differing.wrapping_sub(ONES) & !differing
        };
        let marked = (below(b' ') | equal(b'"') | equal(b'\\')) & (ONES << 7);
        if marked != 0 {
            return length + (marked.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let is_plain = |byte: &&u8| **byte >= b' ' && !matches!(byte, b'"' | b'\\');
    length + bytes.get(length..).unwrap_or_default().iter().take_while(is_plain).count()
}

/// Whether a key as it is written, in quotes, is the one that is looked for.
fn is_key(written: &str, key: &str) -> bool {
    let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    inner == key || (memchr::memchr(b'\\', inner.as_bytes()).is_some() && unquote(written) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_ends_where_something_is_to_be_looked_at() {
        for length in 0..40 {
            for ending in ["\"", "\\", "\n", "\u{1f}", "\0", "\"\\\n"] {
                for plain in ["a", " ", "!", "#", "[", "]", "\u{7f}", "é", "日", "\u{80}"] {
                    let text = plain.repeat(length);
                    assert_eq!(plain_length(text.as_bytes()), text.len(), "{plain:?} {length}");
                    let more = format!("{text}{ending}{text}\"");
                    assert_eq!(plain_length(more.as_bytes()), text.len(), "{plain:?} {length} {ending:?}");
                }
            }
        }
    }
}
