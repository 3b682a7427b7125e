//! Records that arrive inside another JSON object, one each: `CloudTrailEvent` of `lookup-events`, `message` of
//! `filter-log-events` and `get-log-events`, `detail` of EventBridge.
//!
//! Nothing is opened that a source knows as it is, so a record is never mistaken for its own wrapping.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::Stream;
use crate::time;

/// A record taken out of what carried it.
pub struct Carried<'a> {
    pub text: Cow<'a, str>,
    pub stream: Option<Stream>,
    pub log_time_micros: Option<i64>,
}

/// The command line writes keys in lower case, the SDKs in upper case.
#[derive(Deserialize)]
struct Carrier<'a> {
    #[serde(borrow, rename = "CloudTrailEvent")]
    cloudtrail_event: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "Message")]
    message: Option<Cow<'a, str>>,
    #[serde(rename = "logStreamName", alias = "LogStreamName")]
    log_stream: Option<String>,
    /// Milliseconds since 1970.
    #[serde(alias = "Timestamp")]
    timestamp: Option<i64>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
}

/// Opens a carrier; none if the object is none, or carries no JSON object.
pub fn open(object: &str) -> Option<Carried<'_>> {
    let carrier: Carrier<'_> = serde_json::from_str(object).ok()?;
    let plain = |text| Carried { text, stream: None, log_time_micros: None };
    let carried = match carrier {
        Carrier { cloudtrail_event: Some(text), .. } => plain(text),
        Carrier { detail: Some(detail), detail_type: Some(_), .. } => plain(Cow::Borrowed(detail.get())),
        Carrier { message: Some(text), log_stream, timestamp, .. } => Carried {
            text,
            stream: log_stream.map(|log_stream| Stream { log_stream, ..Stream::default() }),
            log_time_micros: timestamp.and_then(time::from_millis),
        },
        _ => return None,
    };
    carried.text.trim_start().starts_with('{').then_some(carried)
}
