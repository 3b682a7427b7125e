//! Whatever the bytes, decoding ends, does not panic, and loses nothing.

mod caps;
mod fixtures;
mod mutations;

use std::io::Write;

use eksamine_sources::Limits;
use eksamine_sources::cluster::ClusterMap;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{decode, decode_with};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
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

#[test]
fn only_what_json_calls_space_is_left_out_behind_a_broken_record() {
    let decoded = decode("x", b"{{\x0c \n{\"eventVersion\":\"1\",\"eventID\":\"a\"}");
    decoded.assert_closed();
    assert_eq!(decoded.outcome.rejects[0].bytes, b"{{\x0c");
    assert_eq!(decoded.raws("cloudtrail").len(), 1);
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

/// Records of a list, of several kinds, and some that are not well-formed.
fn record() -> impl Strategy<Value = String> {
    prop::sample::select(&[
        r#"{"eventVersion":"1","eventID":"a","eventName":"b","requestParameters":{"c":[1,{"d":"\\"}]}"}]}}"#,
        r#" {"eventVersion":"1", "eventID":"\u0061", "userIdentity":{"type":"Root"}}"#,
        r#"{"eventVersion":"1","eventID":"a","eventName":"b"}x"#,
        r#"{"eventVersion":"1","eventID":"a","eventName":"b",}"#,
        r#"{"eventVersion":"1","eventID":"a" "eventName":"b"}"#,
        r#"{"eventVersion":"1","eventID":"a","eventName":"b""#,
        "{\"eventVersion\":\"1\",\"eventID\":\"a\n\"}",
        r#"{"auditID":"a","stage":"b","verb":"get","user":{"extra":{"arn":["c"]}}}"#,
        r#"{"detail":{"eventVersion":"1","eventID":"a","eventName":"b"},"detail-type":"AWS API Call via CloudTrail"}"#,
        r#"{"some":"thing"}"#,
        "{}",
        "[]",
        "1",
    ][..])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_text_breaks_the_accounting(parts in prop::collection::vec(fragment(), 0..12)) {
        decode("x", parts.concat().as_bytes()).assert_closed();
    }

    /// A record of a list is read before its end is known, if the whole object is UTF-8. A byte behind the document that is
    /// none has each record framed first.
    #[test]
    fn a_record_is_the_same_read_at_once_and_framed_first(
        parts in prop::collection::vec(prop_oneof![3 => record(), 1 => fragment()], 0..12),
        limit in prop_oneof![4 => Just(1_000_usize), 1 => Just(60)],
    ) {
        let object = format!("{{\"Records\":[{}]}}", parts.join(","));
        let limits = Limits { record_bytes: limit, ..Limits::default() };
        let read = |object: &[u8]| decode_with("x", object, &ClusterMap::default(), limits);
        let (at_once, framed) = (read(object.as_bytes()), read(&[object.as_bytes(), b"\n\xff"].concat()));
        at_once.assert_closed();
        prop_assert_eq!(&at_once.batches, &framed.batches);
        prop_assert!(framed.reasons().starts_with(&at_once.reasons()[..at_once.reasons().len().saturating_sub(1)]));
    }

    /// The beginning of one object and the end of another, in up to three layers of gzip with a byte that was flipped.
    #[test]
    fn no_splice_of_two_objects_breaks_the_accounting(
        two in prop::array::uniform2((any::<Index>(), any::<Index>())),
        layers in 0..4_usize,
        flipped in prop::option::of((any::<Index>(), 1..=255_u8)),
    ) {
        let fixtures = fixtures::all();
        let [(head, head_end), (tail, tail_start)] = two;
        let (head, tail) = (head.get(&fixtures), tail.get(&fixtures));
        let (mut object, tail) = (head.object(), tail.object());
        object.truncate(head_end.index(object.len()));
        object.extend_from_slice(&tail[tail_start.index(tail.len())..]);
        for _ in 0..layers {
            object = gzip(&object);
        }
        if let Some((at, bits)) = flipped && !object.is_empty() {
            let at = at.index(object.len());
            object[at] ^= bits;
        }
        decode(head.key, &object).assert_closed();
    }

    #[test]
    fn no_bytes_break_the_accounting(mut bytes in prop::collection::vec(any::<u8>(), 0..400), gzip in any::<bool>()) {
        if gzip {
            bytes.splice(0..0, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        }
        decode_with("x", &bytes, &ClusterMap::default(), Limits { inflated_bytes: 1 << 16, ..Limits::default() }).assert_closed();
    }
}
