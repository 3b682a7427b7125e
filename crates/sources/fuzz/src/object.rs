//! One object through the whole decoder.

use std::collections::BTreeSet;

use eksamine_sources::cluster::ClusterMap;
use eksamine_sources::{Decoder, Limits, Object, Outcome, Reason, Reject, Rows, gunzip};
use memchr::memmem;
use serde::Deserialize;

/// Small, so that every cap is met within the sizes that a fuzzer tries.
pub const LIMITS: Limits = Limits { inflated_bytes: 1 << 16, record_bytes: 1 << 12, rejects: 64 };

/// Furthest that a record's bytes begin behind what wraps it alone: a time of CloudWatch, a prefix of a container
/// runtime.
const LONGEST_WRAPPING_BYTES: usize = 64;

/// Words about a reject are shorter than this.
const LONGEST_DETAIL_BYTES: usize = 600;

/// Decodes an object, twice, and asserts what must hold of any.
pub fn check(key: &str, bytes: &[u8]) {
    let (outcome, rows) = decode(key, bytes);
    closes(&outcome, &rows);
    comes_from(bytes, &outcome, &rows);
    let again = decode(key, bytes);
    assert_eq!(outcome, again.0);
    let written = |rows: &[Rows]| rows.iter().map(|rows| rows.expand().expect("rows")).collect::<Vec<_>>();
    assert_eq!(written(&rows), written(&again.1));
}

fn decode(key: &str, bytes: &[u8]) -> (Outcome, Vec<Rows>) {
    let mut clusters = ClusterMap::default();
    clusters.insert("mapped", "mapped/");
    let uri = format!("s3://example/{key}");
    let object = Object { uri: &uri, key, sha256: "00", bytes, clusters: &clusters, limits: &LIMITS };
    let mut decoder = Decoder::default();
    let outcome = decoder.decode(&object, &mut |_| {});
    let rows = decoder.take();
    assert_eq!(decoder.buffered_bytes(), 0);
    (outcome, rows)
}

/// Records are rows and rejects, each once, and every row can be written.
fn closes(outcome: &Outcome, rows: &[Rows]) {
    let total: usize = rows.iter().map(Rows::len).sum();
    assert_eq!(outcome.total_rows(), total as u64);
    assert_eq!(outcome.records, total as u64 + outcome.rejects.len() as u64);
    let mut records = BTreeSet::new();
    for rows in rows {
        let written = rows.expand().expect("rows that can be written");
        assert_eq!(written.num_rows(), rows.len());
        for row in 0..rows.len() {
            assert!(records.insert(rows.record(row).cast_unsigned()), "two rows of one record");
        }
    }
    for reject in &outcome.rejects {
        assert!(reject.detail.len() < LONGEST_DETAIL_BYTES, "{}", reject.detail);
        assert!(records.insert(reject.record), "a reject of a record that is something else too");
    }
    assert!(records.into_iter().eq(0..outcome.records));
}

/// Rows and rejects hold bytes of the object and no others.
fn comes_from(bytes: &[u8], outcome: &Outcome, rows: &[Rows]) {
    let inflated = gunzip::inflate(bytes, &LIMITS);
    assert!(outcome.rejects.len() <= LIMITS.rejects + 1 + inflated.faults.len());
    let inflated = &*inflated.bytes;
    if outcome.envelope == Some("parquet") {
        return;
    }
    // A JSON string gives its text without escapes; any other record is a piece of the object.
    if memchr::memchr(b'\\', inflated).is_none() {
        for rows in rows {
            for row in 0..rows.len() {
                assert!(memmem::find(inflated, rows.raw(row).as_bytes()).is_some(), "{:?}", rows.raw(row));
            }
        }
    }
    let of_the_transport = |reject: &&Reject| matches!(reject.reason, Reason::BadGzip | Reason::TrailingBytes);
    let gathered = outcome.rejects.get(LIMITS.rejects).map(|reject| reject.record);
    for reject in outcome.rejects.iter().filter(|reject| !of_the_transport(reject)) {
        let at = reject.offset_bytes as usize;
        if reject.reason == Reason::TooLarge && reject.detail.starts_with("inflates") || gathered == Some(reject.record)
        {
            continue;
        }
        let window = at.saturating_add(LONGEST_WRAPPING_BYTES + reject.bytes.len()).min(inflated.len());
        let near = inflated.get(at..window).unwrap_or_else(|| panic!("outside of the object: {reject:?}"));
        let is_piece = memmem::find(near, &reject.bytes).is_some();
        let is_message = || message_at(inflated, at).is_some_and(|text| text == String::from_utf8_lossy(&reject.bytes));
        assert!(is_piece || is_message(), "{reject:?}");
    }
}

#[derive(Deserialize)]
struct LogEvent {
    message: String,
}

/// The message of the log event that begins at a position, with what is no text replaced.
fn message_at(inflated: &[u8], at: usize) -> Option<String> {
    let text = String::from_utf8_lossy(inflated.get(at..)?);
    let events = serde_json::Deserializer::from_str(&text);
    Some(events.into_iter::<LogEvent>().next()?.ok()?.message)
}
