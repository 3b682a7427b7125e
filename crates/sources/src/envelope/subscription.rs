//! CloudWatch subscriptions, as Firehose delivers them: documents with `messageType`, `logGroup`, `logStream` and
//! `logEvents`, whose messages are the records as JSON strings.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::Splitter;
use super::scan::{Members, Next, value_end};
use super::{Frame, Piece};
use crate::extract::unquote;
use crate::reject::Reason;
use crate::source::Stream;
use crate::time;

#[derive(Deserialize)]
struct LogEvent<'a> {
    /// Milliseconds since 1970.
    timestamp: Option<i64>,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// Takes the log events out of one document. Returns the position after the list.
pub(super) fn take(splitter: &mut Splitter<'_, '_, '_>, document: usize, list: usize) -> usize {
    let header = Header::read(splitter.object, document);
    let object = splitter.object;
    splitter.each_element(list, &mut |splitter, start, end| {
        if header.control {
            (splitter.sink)(Piece::Control);
            return;
        }
        let text = object.get(start..end).unwrap_or_default();
        match serde_json::from_slice::<LogEvent<'_>>(text) {
            Ok(event) => (splitter.sink)(Piece::Record(Frame {
                bytes: event.message.as_bytes(),
                offset_bytes: start,
                stream: Some(&header.stream),
                log_time_micros: event.timestamp.and_then(time::from_millis),
            })),
            Err(error) => splitter.reject(Reason::InvalidJson, start, end, &format!("log event: {error}")),
        }
    })
}

/// What a document says of all its log events, wherever among its members it says so.
#[derive(Default)]
struct Header {
    control: bool,
    stream: Stream,
}

impl Header {
    fn read(object: &[u8], document: usize) -> Self {
        let mut header = Self::default();
        let mut members = Members::of(object, document);
        while let Next::Member(member) = members.next() {
            let Ok(end) = value_end(object, member.value) else { break };
            let value =
                object.get(member.value..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("null");
            let text = || if value == "null" { String::new() } else { unquote(value).into_owned() };
            match member.key {
                b"messageType" => header.control = value == "\"CONTROL_MESSAGE\"",
                b"owner" => header.stream.account_id = text(),
                b"logGroup" => header.stream.log_group = text(),
                b"logStream" => header.stream.log_stream = text(),
                _ => {}
            }
            members.resume(end);
        }
        header
    }
}
