//! Plain lines without any framing by CloudWatch: log files of a control plane or of aws-iam-authenticator, copies of
//! them, and what Firehose delivers where it is told to extract messages.
//!
//! A line that does not begin a record goes on with the one before, so that a stack trace stays one record. Only what
//! clearly is one of these logs is taken; other text stays unknown. Lines of JSON between the others (Firehose mixes
//! the streams of a log group) are framed as JSON objects are. What a record means is not asked here, only which kind
//! its first line is of.

use super::scan::value_end;
use super::{Envelope, Frame, Piece, Sink, json};
use crate::reject::Reason;
use crate::source::{Header, Stream, of_log_stream};
use crate::{authenticator, control_plane, cri, klog, time};

pub const ENVELOPE: Envelope = Envelope {
    name: "lines",
    about: "lines of Kubernetes control planes and aws-iam-authenticator as the programs write them",
    claims,
    split,
};

/// What a line that begins a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// A text record of this table.
    Text(&'static str),
    /// The first lines of a file that klog began.
    FileHead,
    Json,
}

/// What a line begins, without the prefix of a container runtime; none if it goes on with the record before.
fn start_of(line: &[u8]) -> Option<Start> {
    match line.first()? {
        b'I' | b'W' | b'E' | b'F' if klog::begins(line) => Some(Start::Text("control_plane")),
        b't' | b'l' if authenticator::is_logrus(line) => Some(Start::Text("authenticator")),
        b'L' if klog::begins_file(line) => Some(Start::FileHead),
        b'{' if control_plane::is_json_log(line) => Some(Start::Text("control_plane")),
        b'{' if line.get(1) == Some(&b'"') => Some(Start::Json),
        _ => None,
    }
}

/// Whether no other program writes such a line.
fn is_sure(line: &[u8]) -> bool {
    match start_of(line) {
        Some(Start::Text("authenticator")) => authenticator::is_login(line),
        Some(Start::Text(_) | Start::FileHead) => true,
        Some(Start::Json) | None => false,
    }
}

/// How far a log of aws-iam-authenticator is searched for a line that only it writes.
const SEARCHED_BYTES: usize = 1 << 20;

fn claims(object: &[u8]) -> bool {
    let object = object.get(mark_bytes(object)..).unwrap_or_default();
    let mut lines = Lines { object, at: 0 }.map(|(_, line)| line.content);
    // A file that was cut in two begins with the end of a stack trace; its lines are indented.
    let first = lines.find(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"\t"));
    let Some(first) = first else { return false };
    match start_of(first) {
        Some(Start::Text("authenticator")) => {
            let head = object.get(..object.len().min(SEARCHED_BYTES)).unwrap_or_default();
            Lines { object: head, at: 0 }.any(|(_, line)| is_sure(line.content))
        }
        Some(Start::Text(_) | Start::FileHead) => true,
        // JSON, unless lines of the other kinds stand among it.
        Some(Start::Json) => lines.any(is_sure),
        None => false,
    }
}

/// The bytes a byte order mark takes at the head of an object.
fn mark_bytes(object: &[u8]) -> usize {
    if object.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

/// One line with its line break.
struct Line<'a> {
    prefix: Option<cri::Prefix<'a>>,
    content: &'a [u8],
}

/// The lines of an object and where each begins.
struct Lines<'a> {
    object: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, Line<'a>);

    fn next(&mut self) -> Option<(usize, Line<'a>)> {
        let rest = self.object.get(self.at..).filter(|rest| !rest.is_empty())?;
        let bytes = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..bytes)?;
        let prefix = cri::prefix(line);
        let start = self.at;
        self.at += bytes;
        Some((start, Line { prefix, content: line.get(prefix.map_or(0, |prefix| prefix.bytes)..)? }))
    }
}

/// A record whose end is not found yet.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    /// None for lines that belong to no record.
    start: Option<Start>,
    time_micros: Option<i64>,
    /// Bytes of a container runtime's prefix before the first line.
    prefix_bytes: usize,
}

fn split(object: &[u8], key: &str, sink: &mut Sink<'_>) {
    let stream = stream_of(key).map(|name| Stream { log_stream: name.to_owned(), ..Stream::default() });
    let mut records = Records { object, key, stream, header: None, sink };
    let first = mark_bytes(object);
    let mut open = Open { at: first, start: None, time_micros: None, prefix_bytes: 0 };
    let mut goes_on = false;
    let mut closed = false;
    for (at, line) in (Lines { object, at: first }) {
        let start = if goes_on { None } else { start_of(line.content) };
        goes_on = line.prefix.is_some_and(|prefix| prefix.partial);
        let joins = start == Some(Start::Json) && open.start == Some(Start::Json) && line.prefix.is_none();
        // After a whole line of JSON, text that begins nothing is no part of it and no JSON either.
        let strays = start.is_none() && closed && !line.content.trim_ascii().is_empty();
        if strays || (start.is_some() && !joins) {
            records.close(open, at);
            let time_micros = line.prefix.and_then(|prefix| time::from_text(prefix.time));
            let prefix_bytes = line.prefix.map_or(0, |prefix| prefix.bytes);
            open = Open { at, start, time_micros, prefix_bytes };
        }
        closed = match start {
            Some(Start::Json) => is_whole_json(line.content),
            Some(_) => false,
            None => closed && !strays,
        };
    }
    records.close(open, object.len());
}

/// Whether every JSON value that begins in a line ends in it.
fn is_whole_json(line: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        at = match byte {
            b'{' | b'[' | b'"' => match value_end(line, at) {
                Ok(end) => end,
                Err(_) => return false,
            },
            _ => at + 1,
        };
    }
    true
}

/// The name of the log stream, where the last folder or the file is named after it.
fn stream_of(key: &str) -> Option<&str> {
    let mut names = key.rsplit('/');
    let file = names.next().map(|name| name.split('.').next().unwrap_or(name));
    [names.next(), file].into_iter().flatten().find(|name| of_log_stream(name).is_some())
}

struct Records<'a, 's, 'f> {
    object: &'a [u8],
    key: &'a str,
    stream: Option<Stream>,
    /// The head of the file the lines are in.
    header: Option<Header>,
    sink: &'s mut Sink<'f>,
}

impl Records<'_, '_, '_> {
    /// Hands out what was open and ends at `end`.
    fn close(&mut self, open: Open, end: usize) {
        let bytes = self.object.get(open.at..end).unwrap_or_default();
        let record = bytes.get(..bytes.len() - trailing_breaks(bytes)).unwrap_or_default();
        let Open { at, start, time_micros: log_time_micros, prefix_bytes } = open;
        let table = match start {
            None if record.trim_ascii().is_empty() => return,
            None => {
                let detail = "lines that belong to no record".to_owned();
                let reject = Piece::Reject { reason: Reason::StrayBytes, offset_bytes: at, detail, bytes: record };
                return (self.sink)(reject);
            }
            Some(Start::Json) if prefix_bytes == 0 => return self.json(open.at, end),
            // The runtime's prefix would make it something else than JSON.
            Some(Start::Json) => {
                let bytes = record.get(prefix_bytes..).unwrap_or_default();
                let frame = Frame { stream: self.stream.as_ref(), log_time_micros, ..Frame::bare(bytes, at) };
                return (self.sink)(Piece::Record(frame));
            }
            Some(Start::FileHead) => {
                let content = record.get(prefix_bytes..).unwrap_or_default();
                let line = String::from_utf8_lossy(content.split(|byte| *byte == b'\n').next().unwrap_or_default());
                self.header = Some(Header { line: line.trim_end().to_owned(), ..Header::default() });
                "control_plane"
            }
            Some(Start::Text(table)) => table,
        };
        let (stream, header) = (self.stream.as_ref(), self.header.as_ref());
        let frame = Frame { stream, log_time_micros, header, table: Some(table), ..Frame::bare(record, at) };
        (self.sink)(Piece::Record(frame));
    }

    /// A stretch of lines of JSON, framed as an object of nothing else would be.
    fn json(&mut self, start: usize, end: usize) {
        let bytes = self.object.get(start..end).unwrap_or_default();
        let (sink, stream) = (&mut *self.sink, self.stream.as_ref());
        (json::ENVELOPE.split)(bytes, self.key, &mut |piece| match piece {
            Piece::Record(frame) => sink(Piece::Record(Frame {
                offset_bytes: start + frame.offset_bytes,
                stream: frame.stream.or(stream),
                ..frame
            })),
            Piece::Reject { reason, offset_bytes, detail, bytes } => {
                sink(Piece::Reject { reason, offset_bytes: start + offset_bytes, detail, bytes });
            }
            Piece::Control => sink(Piece::Control),
            // What is read at once would be read without the stream.
            Piece::Begin(_) => {}
        });
    }
}

/// How many bytes of line breaks a record ends with: they part it from the next.
fn trailing_breaks(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count()
}
