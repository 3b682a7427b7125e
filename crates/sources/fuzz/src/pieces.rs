//! One object through one envelope: pieces in the order of the bytes, and no bytes that are in none.

use eksamine_sources::envelope::{Envelope, Piece, json};
use memchr::memmem;

/// A piece as it was handed out.
#[derive(Debug, PartialEq, Eq)]
struct Handed {
    /// What it was: a record, a reason of a reject, or a message of the transport.
    what: String,
    offset: usize,
    bytes: Vec<u8>,
    /// Where the bytes lie, if they are a piece of the object and not text that was made of it.
    place: Option<usize>,
}

/// Splits an object, twice, and asserts what must hold of any.
pub fn check(envelope: &Envelope, object: &[u8]) {
    let key = "exports/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/kube-apiserver-audit-00ff/000000.gz";
    let pieces = split(envelope, object, key);
    assert_eq!(pieces, split(envelope, object, key));
    // What can't be read of a row group of Parquet begins where its rows do.
    let in_order = pieces.is_sorted_by_key(|piece| piece.offset) || envelope.name == "parquet";
    assert!(in_order, "not in the order of the bytes: {pieces:?}");
    for piece in &pieces {
        assert!(piece.offset <= object.len());
        if let Some(place) = piece.place {
            assert_eq!(object.get(place..place + piece.bytes.len()), Some(&*piece.bytes));
        }
    }
    let left: Vec<u8> = left_over(object, &pieces);
    match envelope.name {
        "json" | "lines" if wraps(object) => {}
        "json" => assert!(left.iter().copied().all(is_separator), "lost {left:?}"),
        // Times, prefixes of container runtimes, lines that name fields, what parts JSON among the lines.
        "export_task" | "lines" | "flow_lines" => {
            for line in left.split(|byte| *byte == b'\n') {
                let first = line.iter().find(|byte| !is_separator(**byte) && !byte.is_ascii_whitespace());
                let is_framing = first.is_none_or(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
                assert!(is_framing, "lost {:?}", String::from_utf8_lossy(line));
            }
        }
        _ => {}
    }
}

fn split(envelope: &Envelope, object: &[u8], key: &str) -> Vec<Handed> {
    let mut pieces = Vec::new();
    let mut last = 0;
    (envelope.split)(object, key, &mut |piece| {
        let (what, offset, bytes) = match piece {
            Piece::Record(frame) => (format!("record of {:?}", frame.table), frame.offset_bytes, frame.bytes),
            Piece::Reject { reason, offset_bytes, detail, bytes } => {
                (format!("{reason}: {detail}"), offset_bytes, bytes)
            }
            Piece::Control => ("control".to_owned(), last, &[][..]),
            Piece::Begin(_) => return,
        };
        last = offset;
        let place = bytes.as_ptr().addr().checked_sub(object.as_ptr().addr());
        let place = place.filter(|place| place + bytes.len() <= object.len());
        pieces.push(Handed { what, offset, bytes: bytes.to_vec(), place });
    });
    pieces
}

/// The bytes that are in no piece.
fn left_over(object: &[u8], pieces: &[Handed]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut at = 0;
    for piece in pieces {
        let Some(place) = piece.place else { continue };
        left.extend_from_slice(object.get(at..place).unwrap_or_default());
        at = at.max(place + piece.bytes.len());
    }
    left.extend_from_slice(object.get(at..).unwrap_or_default());
    left
}

/// Whether a byte may stand between JSON values: space, commas, brackets of lists, a byte order mark.
fn is_separator(byte: u8) -> bool {
    b" \n\r\t[],\x1e\xef\xbb\xbf".contains(&byte)
}

/// Whether one of the documents that wrap records may be in the object; what else they say is framing.
fn wraps(object: &[u8]) -> bool {
    json::WRAPPERS.iter().any(|wrapper| memmem::find(object, format!("\"{}\"", wrapper.key).as_bytes()).is_some())
}
