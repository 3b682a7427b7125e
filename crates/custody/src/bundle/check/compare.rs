//! Compares a file with what it should hold, line by line, without ever holding more than a line that we made.

use std::io::{self, BufRead, BufReader, Read};

use super::super::tree::Section;

/// A file that is being compared.
pub struct Expected {
    reader: BufReader<Box<dyn Read + Send>>,
    is_lost: bool,
}

/// How a file and what it should hold part.
pub struct Parting {
    /// Bytes from the beginning of what was expected.
    pub at: usize,
}

/// Longest line that is read as a whole.
const MOST_LINE_BYTES: u64 = 1 << 20;

impl Expected {
    /// Of a file that is not there, or can't be read, nothing is said.
    pub fn open(section: Option<&Section>) -> Self {
        let content = section.and_then(|section| section.content().ok());
        let is_lost = content.is_none();
        let content = content.unwrap_or_else(|| Box::new(io::empty()));
        Self { reader: BufReader::with_capacity(1 << 16, content), is_lost }
    }

    /// Reads as many bytes as are expected. After the first parting, lines can't be matched any more and nothing is said.
    pub fn expect(&mut self, expected: &[u8]) -> Result<(), Parting> {
        let mut at = 0;
        while !self.is_lost && at < expected.len() {
            let found = match self.reader.fill_buf() {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => &[],
            };
            let rest = expected.get(at..).unwrap_or_default();
            let same = found.iter().zip(rest).take_while(|(a, b)| a == b).count();
            let is_parting = found.is_empty() || same < found.len().min(rest.len());
            self.reader.consume(same);
            at += same;
            if is_parting {
                self.is_lost = true;
                return Err(Parting { at });
            }
        }
        Ok(())
    }

    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// The rest of the line, without its end. None at the end of the file, or if it is no text or too long.
    pub fn line(&mut self) -> Option<String> {
        if self.is_lost {
            return None;
        }
        let mut line = String::new();
        let read = self.reader.by_ref().take(MOST_LINE_BYTES).read_line(&mut line);
        if read.is_err() || !line.ends_with('\n') {
            self.is_lost = !line.is_empty();
            return None;
        }
        line.pop();
        Some(line)
    }

    /// Whether there is nothing more, or it does not matter any more.
    pub fn is_at_end(&mut self) -> bool {
        self.is_lost || self.reader.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}
