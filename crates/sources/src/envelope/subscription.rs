//! CloudWatch subscriptions, as Firehose delivers them: documents with `messageType`, `logGroup`, `logStream` and
//! `logEvents`, whose messages are the records as JSON strings.

use std::borrow::Cow;
use std::rc::Rc;

use serde::Deserialize;

use super::json::Splitter;
use super::scan::{Members, Next, Special, special, value_end};
use super::unescape::Text;
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
    let object = splitter.object;
    let header = match &splitter.header {
        Some((of, header)) if *of == document => Rc::clone(header),
        _ => Rc::new(Header::read(object, document)),
    };
    splitter.header = Some((document, Rc::clone(&header)));
    let mut message = Text::default();
    splitter.each_element(list, &mut |splitter, start| {
        if header.control {
            let end = value_end(object, start)?;
            (splitter.sink)(Piece::Control);
            return Ok(end);
        }
        let mut hand_out = |message: &[u8], timestamp: Option<i64>| {
            (splitter.sink)(Piece::Record(Frame {
                stream: Some(&header.stream),
                log_time_micros: timestamp.and_then(time::from_millis),
                ..Frame::bare(message, start)
            }));
        };
        if let Some((timestamp, end)) = usual(object, start, &mut message) {
            hand_out(message.as_bytes(), timestamp);
            return Ok(end);
        }
        let end = value_end(object, start)?;
        match serde_json::from_slice::<LogEvent<'_>>(object.get(start..end).unwrap_or_default()) {
            Ok(event) => hand_out(event.message.as_bytes(), event.timestamp),
            Err(error) => splitter.reject(Reason::InvalidJson, start, end, &format!("log event: {error}")),
        }
        Ok(end)
    })
}

/// Reads a log event as CloudWatch writes it, in one pass: its message into `message`, its timestamp and its end. None
/// for anything else, which the JSON parser then judges; messages are half of an archive's bytes. What is read here is
/// read no laxer than the parser would.
fn usual(object: &[u8], start: usize, message: &mut Text) -> Option<(Option<i64>, usize)> {
    let mut timestamp = None;
    let mut has_message = false;
    let mut at = space(object, start + 1);
    loop {
        let rest = object.get(at..)?;
        let key: &[u8] = KEYS.into_iter().find(|key| rest.starts_with(key))?;
        let colon = space(object, at + key.len());
        let value = space(object, colon + 1);
        if object.get(colon) != Some(&b':') {
            return None;
        }
        let end = match key {
            MESSAGE if !has_message => {
                has_message = true;
                message.read(object, value)?
            }
            TIMESTAMP if timestamp.is_none() => {
                let (number, end) = integer(object, value)?;
                timestamp = Some(number);
                end
            }
            ID => plain_end(object, value)?,
            _ => return None,
        };
        let next = space(object, end);
        at = match object.get(next)? {
            b',' => space(object, next + 1),
            b'}' if has_message => return Some((timestamp, next + 1)),
            _ => return None,
        };
    }
}

const MESSAGE: &[u8] = b"\"message\"";
const TIMESTAMP: &[u8] = b"\"timestamp\"";
const ID: &[u8] = b"\"id\"";
/// The members of a usual log event.
const KEYS: [&[u8]; 3] = [ID, TIMESTAMP, MESSAGE];

/// Skips what JSON calls space.
fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// A whole number as JSON writes it, and the position after it.
fn integer(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let digits = bytes.get(first..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // `0`, but neither `-0`, which the parser takes as a fraction, nor `007`.
    if bytes.get(first) == Some(&b'0') && (digits > 1 || first > start) {
        return None;
    }
    let end = first + digits;
    let number = std::str::from_utf8(bytes.get(start..end)?).ok()?.parse().ok()?;
    // A fraction or an exponent would follow the digits at once, and is seen to be no separator.
    Some((number, end))
}

/// The position after a string without escapes.
fn plain_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes.get(at)?, special(bytes, at + 1)?) {
        (b'"', (end, Special::Quote)) => Some(end + 1),
        _ => None,
    }
}

/// What a document says of all its log events, wherever among its members it says so.
#[derive(Default)]
pub(super) struct Header {
    control: bool,
    stream: Stream,
}

impl Header {
    fn read(object: &[u8], document: usize) -> Self {
        let mut header = Self::default();
        let mut members = Members::of(object, document);
        // The list is stepped over only where something is said behind it.
        let mut found = [false; 4];
        while found.contains(&false) {
            let Next::Member(member) = members.next() else { break };
            let Ok(end) = value_end(object, member.value) else { break };
            let value =
                object.get(member.value..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("null");
            let text = || if value == "null" { String::new() } else { unquote(value).into_owned() };
            let known = match member.key {
                b"messageType" => {
                    header.control = value == "\"CONTROL_MESSAGE\"";
                    found.first_mut()
                }
                b"owner" => {
                    header.stream.account_id = text();
                    found.get_mut(1)
                }
                b"logGroup" => {
                    header.stream.log_group = text();
                    found.get_mut(2)
                }
                b"logStream" => {
                    header.stream.log_stream = text();
                    found.get_mut(3)
                }
                _ => None,
            };
            if let Some(known) = known {
                *known = true;
            }
            members.resume(end);
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(event: &str) -> (Option<String>, Option<String>) {
        let mut message = Text::default();
        let own = usual(event.as_bytes(), 0, &mut message).map(|(timestamp, end)| {
            assert_eq!(end, event.len());
            format!("{timestamp:?} {}", std::str::from_utf8(message.as_bytes()).unwrap())
        });
        let parsed = serde_json::from_str::<LogEvent<'_>>(event).ok();
        (own, parsed.map(|event| format!("{:?} {}", event.timestamp, event.message)))
    }

    #[test]
    fn a_usual_event_is_read_as_the_parser_reads_it() {
        for event in [
            r#"{"id":"1","timestamp":1715695331123,"message":"{\"a\":\"b\\\\c\",\"d\":\"\u003c\u0026\/\"}"}"#,
            r#"{ "message" : "line\n\tnext é" , "timestamp" : -5 , "id" : "x y" }"#,
            r#"{"timestamp":0,"message":"a"}"#,
            r#"{"message":""}"#,
        ] {
            let (own, parsed) = both(event);
            assert!(own.is_some(), "{event}");
            assert_eq!(own, parsed, "{event}");
        }
    }

    #[test]
    fn what_is_not_usual_is_left_to_the_parser() {
        for event in [
            r#"{"message":"\ud83d\ude00"}"#,
            r#"{"message":"\u00e9"}"#,
            r#"{"message":"\u00+1"}"#,
            r#"{"message":"\q"}"#,
            r#"{"message":"a","message":"b"}"#,
            r#"{"message":null}"#,
            r#"{"timestamp":1.5,"message":"a"}"#,
            r#"{"timestamp":1,"timestamp":2,"message":"a"}"#,
            r#"{"message":"a","extractedFields":{"b":1}}"#,
            r#"{"timestamp":1}"#,
            r#"{"message":"a"#,
            r#"{"message":"a","timestamp":007}"#,
            r#"{"message":"a","timestamp":-0}"#,
            r#"{"message":"a","timestamp":1e3}"#,
            r#"{"message":"a","timestamp":99999999999999999999}"#,
            r#"{"message":"a","id":"\q"}"#,
            r#"{"message":"a" "id":"1"}"#,
            r#"{,"message":"a"}"#,
            r#"{"message":"a",}"#,
            "{\x1e\"message\":\"a\"}",
            "{\"message\":\"a\",\"id\":\"\t\"}",
            "{\"message\":\"a\tb\"}",
        ] {
            assert_eq!(both(event).0, None, "{event}");
        }
    }

    /// Mostly the first, which is right.
    fn mostly(right: &'static str, others: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
        prop_oneof![8 => Just(right), 1 => prop::sample::select(others)]
    }

    fn member() -> impl Strategy<Value = String> {
        let message = mostly("\"a\\n\\u0041\\/é\"", &["\"\"", "\"\t\"", "\"\\q\"", "1", "null"]);
        let timestamp =
            mostly("17", &["-1", "0", "-0", "007", "1.0", "1e3", "+1", "-", "null", "99999999999999999999"]);
        let id = mostly("\"1\"", &["\"\"", "\"\\n\"", "\"\\q\"", "\"\t\"", "1", "{}"]);
        let space = || mostly("", &[" ", "\n", "\u{1e}", "\u{feff}", "\u{c}", ","]);
        let named = prop_oneof![
            message.prop_map(|value| ("\"message\"", value)),
            timestamp.prop_map(|value| ("\"timestamp\"", value)),
            id.prop_map(|value| ("\"id\"", value)),
        ];
        (space(), named, space(), mostly(":", &["", "::"]), space()).prop_map(
            |(before, (key, value), after, colon, between)| [before, key, after, colon, between, value].concat(),
        )
    }

    proptest! {
        #[test]
        fn nothing_is_usual_that_the_parser_reads_otherwise(
            members in prop::collection::vec(member(), 0..4),
            separator in mostly(",", &["", " ,", ",,", "\u{1e},"]),
        ) {
            let event = format!("{{{}}}", members.join(separator));
            let mut message = Text::default();
            if let Some((timestamp, end)) = usual(event.as_bytes(), 0, &mut message) {
                let parsed: LogEvent<'_> = serde_json::from_str(&event[..end]).unwrap();
                prop_assert_eq!((parsed.timestamp, parsed.message.as_bytes()), (timestamp, message.as_bytes()));
            }
        }
    }
}
