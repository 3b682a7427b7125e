//! Text files of VPC flow logs, as flow logs deliver them to S3: a first line that names the fields, and a record on
//! each line below. Lines in a default format need no header.
//!
//! A header is framing, not a record: it is not counted, and its text goes with each row. It may stand again in the
//! middle, where files were joined, and may then name other fields. Empty lines are skipped.

use super::{Envelope, Frame, Piece, Sink};
use crate::source::Header;
use crate::vpc_flow;

pub const ENVELOPE: Envelope = Envelope {
    name: "flow_lines",
    about: "lines of flow logs, below a line that names their fields or in a default format",
    claims,
    split,
};

/// No header is as long; a first line that is belongs to something else.
const LONGEST_HEADER_BYTES: usize = 8 << 10;

fn claims(object: &[u8]) -> bool {
    let mut lines = Lines { object, at: skip_mark(object) };
    let first = lines.find(|(_, line)| !line.is_empty()).map(|(_, line)| line);
    first.is_some_and(|line| header(line).is_some() || is_default(line))
}

fn split(object: &[u8], _key: &str, sink: &mut Sink<'_>) {
    let mut named: Option<Header> = None;
    for (start, line) in (Lines { object, at: skip_mark(object) }) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Some(next) = header(line) {
            named = Some(next);
            continue;
        }
        let frame = Frame::bare(line, start);
        sink(Piece::Record(Frame { header: named.as_ref(), table: Some(vpc_flow::TABLE.name), ..frame }));
    }
}

fn header(line: &[u8]) -> Option<Header> {
    if !vpc_flow::may_be_header(line) || line.len() > LONGEST_HEADER_BYTES {
        return None;
    }
    vpc_flow::header(std::str::from_utf8(line).ok()?)
}

fn is_default(line: &[u8]) -> bool {
    vpc_flow::may_be_default(line)
        && std::str::from_utf8(line).is_ok_and(|line| vpc_flow::default_format(line).is_some())
}

fn skip_mark(object: &[u8]) -> usize {
    if object.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

/// Lines without their ends, and where they begin.
struct Lines<'a> {
    object: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.object.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest);
        self.at = start + end.map_or(rest.len(), |end| end + 1);
        let line = rest.get(..end.unwrap_or(rest.len()))?;
        Some((start, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}
