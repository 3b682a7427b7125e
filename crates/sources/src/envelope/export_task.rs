//! CloudWatch export tasks: lines of `<ISO time> <message>` in `<task>/<stream>/000000.gz`.
//!
//! A line without a time continues the message before it. The log stream stands in the key, with `/` as `-`; the log
//! group stands nowhere.

use super::{Envelope, Frame, Piece, Sink};
use crate::source::{Stream, of_log_stream};
use crate::time;

pub const ENVELOPE: Envelope = Envelope {
    name: "export_task",
    about: "lines of time and message, as CloudWatch export tasks write them",
    claims: |object| time_prefix(object.strip_prefix(BYTE_ORDER_MARK).unwrap_or(object)).is_some(),
    split,
};

/// Editors and some copying tools put it at the head of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// `2024-05-14T14:02:11.123Z ` in bytes.
const TIME_BYTES: usize = 24;

fn split(object: &[u8], key: &str, sink: &mut Sink<'_>) {
    let folder = key.rsplit('/').nth(1).unwrap_or("");
    let log_stream = if of_log_stream(folder).is_some() { folder } else { "" };
    let stream = Stream { log_stream: log_stream.to_owned(), ..Stream::default() };

    let mut open: Option<(usize, &str)> = None;
    let mut emit = |open: Option<(usize, &str)>, end: usize| {
        let Some((start, time)) = open else { return };
        let message = object.get(start + TIME_BYTES + 1..end).unwrap_or_default();
        let bytes = message.strip_suffix(b"\n").unwrap_or(message);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let log_time_micros = time::from_text(time);
        sink(Piece::Record(Frame { stream: Some(&stream), log_time_micros, ..Frame::bare(bytes, start) }));
    };
    let mut start = if object.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    for end in memchr::memchr_iter(b'\n', object).map(|at| at + 1).chain([object.len()]) {
        let line = object.get(start..end).unwrap_or_default();
        if let Some(time) = time_prefix(line) {
            emit(open.replace((start, time)), start);
        }
        start = end;
    }
    emit(open, object.len());
}

/// The time a line begins with, if it is one and a space follows.
fn time_prefix(line: &[u8]) -> Option<&str> {
    let time = line.get(..TIME_BYTES)?;
    let shape = b"dddd-dd-ddTdd:dd:dd.dddZ";
    let fits =
        time.iter().zip(shape).all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form });
    (fits && line.get(TIME_BYTES) == Some(&b' ')).then(|| std::str::from_utf8(time).ok())?
}
