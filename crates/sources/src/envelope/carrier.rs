//! Records that arrive inside another JSON object, one each: `CloudTrailEvent` of `lookup-events`, `message` of
//! `filter-log-events` and `get-log-events`, `detail` of EventBridge.
//!
//! Nothing is opened that a source knows as it is, so a record is never mistaken for its own wrapping. A text that is
//! no JSON is only taken out where CloudWatch carried it: with the log stream of a cluster beside it, or as one of the
//! nameless events of `get-log-events`, of which the text itself has to say what it is.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::source::{Stream, of_log_stream};
use crate::time;
use crate::vpc_flow::default_format;

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
    /// Only CloudWatch writes it.
    #[serde(rename = "ingestionTime", alias = "IngestionTime")]
    ingestion_time: Option<IgnoredAny>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
}

/// Opens a carrier; none if the object is none, or carries nothing that could be a record.
pub fn open(object: &str) -> Option<Carried<'_>> {
    let carrier: Carrier<'_> = serde_json::from_str(object).ok()?;
    let plain = |text| Carried { text, stream: None, log_time_micros: None };
    let carried = match carrier {
        Carrier { cloudtrail_event: Some(text), .. } => plain(text),
        Carrier { detail: Some(detail), detail_type: Some(_), .. } => plain(Cow::Borrowed(detail.get())),
        Carrier { message: Some(text), log_stream, timestamp, ingestion_time, .. } => {
            let of_cloudwatch = match &log_stream {
                Some(name) => of_log_stream(name).is_some(),
                None => timestamp.is_some() && ingestion_time.is_some(),
            };
            if !of_cloudwatch && !is_json(&text) && default_format(&text).is_none() {
                return None;
            }
            return Some(Carried {
                text,
                stream: log_stream.map(|log_stream| Stream { log_stream, ..Stream::default() }),
                log_time_micros: timestamp.and_then(time::from_millis),
            });
        }
        _ => return None,
    };
    is_json(&carried.text).then_some(carried)
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}
