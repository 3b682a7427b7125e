//! Whatever the bytes, decoding ends, does not panic, and loses nothing.

mod fixtures;
mod mutations;

use eksamine_sources::Limits;
use eksamine_sources::cluster::ClusterMap;
use proptest::prelude::*;

use crate::support::{decode, decode_with};

#[test]
fn depth_is_no_danger() {
    for opener in ["[", "{\"a\":", "{\"Records\":[", "[{\"eventVersion\":"] {
        let object = opener.repeat(200_000);
        decode("x", object.as_bytes()).assert_closed();
    }
    let closed =
        format!("{{\"eventVersion\":\"1\",\"eventID\":\"a\",\"x\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    decode("x", closed.as_bytes()).assert_closed();
}

#[test]
fn a_duplicate_key_takes_the_last_value_and_keeps_both_in_raw() {
    let record = r#"{"eventVersion":"1","eventID":"a","eventName":"First","eventName":"Last"}"#;
    let decoded = decode("x", record.as_bytes());
    assert_eq!(decoded.column("cloudtrail", "event_name"), ["Last"]);
    assert_eq!(decoded.raws("cloudtrail"), [record]);
}

#[test]
fn bytes_that_are_no_text_are_rejected_whole() {
    let object = [br#"{"eventVersion":"1","eventID":""#.as_slice(), b"\xff\xfe", br#""}"#].concat();
    let decoded = decode("x", &object);
    assert_eq!(decoded.reasons(), ["invalid_utf8"]);
    assert_eq!(decoded.outcome.rejects[0].bytes, object);
}

/// Pieces that mutate into something near to logs.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#"{"Records":["#.to_owned()),
        Just(r#"{"messageType":"DATA_MESSAGE","logGroup":"/aws/eks/x/cluster","logEvents":["#.to_owned()),
        Just(r#"{"eventVersion":"1","eventID":"a","eventName":"b"}"#.to_owned()),
        Just(r#"{"id":"1","timestamp":1,"message":"{\"auditID\":\"a\",\"stage\":\"b\"}"}"#.to_owned()),
        Just("2024-05-14T14:02:11.123Z ".to_owned()),
        Just("[Truncated...]".to_owned()),
        "[\\[\\]{}\",:\\\\\n a-z0-9]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_text_breaks_the_accounting(parts in prop::collection::vec(fragment(), 0..12)) {
        decode("x", parts.concat().as_bytes()).assert_closed();
    }

    #[test]
    fn no_bytes_break_the_accounting(mut bytes in prop::collection::vec(any::<u8>(), 0..400), gzip in any::<bool>()) {
        if gzip {
            bytes.splice(0..0, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        }
        decode_with("x", &bytes, &ClusterMap::default(), Limits { inflated_bytes: 1 << 16, ..Limits::default() }).assert_closed();
    }
}
