//! Why a chain has a gap, where CloudTrail itself shows it: somebody stopped the trail, deleted it or changed it. The
//! events are found in the log files that are read anyway.

use memchr::memmem;
use serde_json::Value;

use super::MINUTE_MICROS;
use crate::kept::TELLING_EVENTS;

/// A change of a trail, as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailChange {
    pub event_name: String,
    pub time_micros: i64,
    /// As the event writes it.
    pub time: String,
    pub account: Option<String>,
    /// The trail's name, without its ARN.
    pub trail: String,
    pub actor: Option<String>,
    pub event_id: Option<String>,
    /// Whether it said to write digests no more.
    pub ends_validation: bool,
}

/// What ends the delivery of digests, or can: `UpdateTrail` may switch validation off, or narrow the trail to one region.
const CHANGES: [&str; 3] = TELLING_EVENTS;
/// A last digest comes within the hour; an event may be delivered some time after it happened.
const BEFORE_MICROS: i64 = 130 * MINUTE_MICROS;

/// The changes of trails in the content of a log file. What can't be read is passed over: whether the file is as it
/// should be is decided elsewhere.
pub fn changes(content: &[u8]) -> Vec<TrailChange> {
    if !CHANGES.iter().any(|name| memmem::find(content, name.as_bytes()).is_some()) {
        return Vec::new();
    }
    let Ok(document) = serde_json::from_slice::<Value>(content) else { return Vec::new() };
    let records = document.get("Records").and_then(Value::as_array);
    records.into_iter().flatten().filter_map(change).collect()
}

/// The change of a trail that a record is about, if it is about one.
pub fn of_record(record: &str) -> Option<TrailChange> {
    change(&serde_json::from_str(record).ok()?)
}

fn change(record: &Value) -> Option<TrailChange> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    let event_name = text("/eventName").filter(|name| CHANGES.contains(&name.as_str()))?;
    if text("/eventSource")? != "cloudtrail.amazonaws.com"
        || record.get("errorCode").is_some_and(|code| !code.is_null())
    {
        return None;
    }
    let name = text("/requestParameters/name").or_else(|| text("/requestParameters/trailARN"))?;
    let time = text("/eventTime")?;
    Some(TrailChange {
        event_name,
        time_micros: time.parse::<jiff::Timestamp>().ok()?.as_microsecond(),
        time,
        account: text("/recipientAccountId"),
        trail: name.rsplit('/').next().unwrap_or_default().to_owned(),
        actor: text("/userIdentity/arn").or_else(|| text("/userIdentity/invokedBy")),
        event_id: text("/eventID"),
        ends_validation: record.pointer("/requestParameters/enableLogFileValidation") == Some(&Value::Bool(false)),
    })
}

/// The change that explains a gap of a trail: the last one before the digests end, or the first within the gap.
/// An organization's trail is changed in another account than that of the chain.
pub fn cause<'a>(
    changes: &'a [TrailChange],
    trail: &str,
    account: Option<&str>,
    from_micros: i64,
    to_micros: i64,
) -> Option<&'a TrailChange> {
    let fits = |change: &&TrailChange| {
        change.trail == trail
            && account.is_none_or(|account| change.account.as_deref().is_none_or(|own| own == account))
            && (from_micros - BEFORE_MICROS..=to_micros).contains(&change.time_micros)
    };
    let before = changes.iter().filter(fits).filter(|change| change.time_micros <= from_micros);
    let within = changes.iter().filter(fits).filter(|change| change.time_micros > from_micros);
    let rank =
        |change: &&TrailChange| (change.event_name != "UpdateTrail" || change.ends_validation, change.time_micros);
    before.max_by_key(rank).or_else(|| within.min_by_key(|change| change.time_micros))
}

impl TrailChange {
    /// In a sentence: what, by whom, when, and the id to look it up by.
    pub fn in_words(&self) -> String {
        let mut text = self.event_name.clone();
        if self.ends_validation {
            text += " without log file validation";
        }
        if let Some(actor) = &self.actor {
            text += &format!(" by `{actor}`");
        }
        text += &format!(" at {}", self.time);
        if let Some(id) = &self.event_id {
            text += &format!(" (event {id})");
        }
        text
    }
}
