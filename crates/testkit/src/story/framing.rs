//! The envelopes records arrive in, and gzip with nothing in it that changes from run to run.
//!
//! Which record goes into which object is the business of `packing`.

use std::io::{Read, Write};

use flate2::{Compression, GzBuilder};

use super::cast::ACCOUNT;
use super::json::{Escaping, Json, json};
use super::moment::{Moment, ids};

/// CloudTrail's own document.
pub(crate) fn records_document(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// A bare JSON array, one record a line.
pub(crate) fn array(records: &[String]) -> Vec<u8> {
    format!("[\n{}\n]\n", records.join(",\n")).into_bytes()
}

/// JSON lines.
pub(crate) fn lines(records: &[String]) -> Vec<u8> {
    records.iter().flat_map(|record| format!("{record}\n").into_bytes()).collect()
}

/// A log event of CloudWatch: its time and its message.
pub(crate) struct LogEvent {
    pub(crate) logged: Moment,
    pub(crate) message: String,
}

/// The lines of a CloudWatch export task: `<time> <message>`.
pub(crate) fn export_lines(events: &[LogEvent]) -> Vec<u8> {
    events.iter().flat_map(|event| format!("{} {}\n", event.logged.millis(), event.message).into_bytes()).collect()
}

/// One document of a CloudWatch subscription.
pub(crate) fn subscription(log_group: &str, log_stream: &str, events: &[LogEvent]) -> Vec<u8> {
    let log_events: Vec<Json> = events
        .iter()
        .map(|event| {
            json!({
                "id": (ids::log_event(&event.message)),
                "timestamp": (event.logged.epoch_millis()),
                "message": (event.message.as_str())
            })
        })
        .collect();
    let document = json!({
        "messageType": "DATA_MESSAGE",
        "owner": (ACCOUNT),
        "logGroup": (log_group),
        "logStream": (log_stream),
        "subscriptionFilters": ["eks-demo-audit-to-archive"],
        "logEvents": (log_events)
    });
    document.compact(Escaping::Plain).into_bytes()
}

/// The document CloudWatch sends to see whether anyone is there.
pub(crate) fn control_message(at: Moment) -> Vec<u8> {
    let document = json!({
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{
            "id": "",
            "timestamp": (at.epoch_millis()),
            "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."
        }]
    });
    document.compact(Escaping::Plain).into_bytes()
}

/// One gzip member, without time and name.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let builder = GzBuilder::new().mtime(0).operating_system(255);
    let mut encoder = builder.write(Vec::new(), Compression::new(6));
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    compressed.unwrap_or_else(|error| unreachable!("writing to memory does not fail: {error}"))
}

/// All members of a gzip stream, or of its beginning: as much of the text as can be had.
#[expect(clippy::disallowed_types, reason = "the story is checked by a reader that is not the product's own")]
pub(crate) fn inflate(compressed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // A stream cut short ends in an error after the last byte that could be read; that byte count is what is asked for.
    let _ = flate2::read::MultiGzDecoder::new(compressed).read_to_end(&mut text);
    text
}

/// The shortest beginning of `compressed` that still gives `text_bytes` bytes of text.
pub(crate) fn cut_short(compressed: &[u8], text_bytes: usize) -> Vec<u8> {
    let end = (0..compressed.len()).find(|end| inflate(&compressed[..*end]).len() >= text_bytes);
    compressed[..end.unwrap_or(compressed.len())].to_vec()
}
