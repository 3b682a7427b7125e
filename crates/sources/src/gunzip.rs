//! The one place where bytes are inflated.
//!
//! Every member of an object is read, gzip within gzip is unwrapped, and nothing is trusted: the output is capped,
//! and damage ends the reading without losing what came before it. Whether an object is gzip is seen by its first
//! bytes, never by its name.

use std::borrow::Cow;
use std::io::Read;

#[expect(clippy::disallowed_types, reason = "this module loops over all members, which is why others must not")]
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use crate::reject::Reason;

/// Caps on what one object may unfold to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes one object may inflate to. An object that is not compressed unfolds to nothing and is read whole.
    pub inflated_bytes: usize,
    /// Longest record, compressed or not. What is read from a record can take many times its length, and a column is
    /// never to come near the two gibibytes that its offsets can name.
    pub record_bytes: usize,
    /// Most rejects of one object that are told apart; those after them are gathered in one. A reject takes a hundred
    /// times the bytes that it may have been made of.
    pub rejects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { inflated_bytes: 512 << 20, record_bytes: 64 << 20, rejects: 1_000_000 }
    }
}

/// An object's content, as far as it could be read.
#[derive(Debug)]
pub struct Inflated<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// Gzip members read, over all layers; 0 for an object that is not compressed.
    pub members: u64,
    /// What ended the reading of a layer early, the outermost first; one for each layer at most.
    pub faults: Vec<Fault>,
    /// Zero bytes after the last member of the outermost layer that has any: no fault, and no content.
    pub padding_bytes: usize,
}

/// What ended the reading early.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub reason: Reason,
    /// Where in the compressed bytes of its layer.
    pub offset_bytes: usize,
    pub detail: String,
    /// The compressed bytes that were not read.
    pub bytes: Vec<u8>,
}

/// Layers of gzip within gzip that are unwrapped; CloudWatch through Firehose makes two.
const MOST_LAYERS: usize = 3;
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Deflate looks back as far as 2 to the power of this.
const MOST_WINDOW_BITS: u8 = 15;
/// Deflate can't do better than this, so a larger size in a trailer is a lie.
const MOST_RATIO: usize = 1032;

pub fn inflate<'a>(bytes: &'a [u8], limits: &Limits) -> Inflated<'a> {
    inflate_layers(bytes, MOST_LAYERS, limits)
}

/// Inflates objects one after another into the same memory, if they are as most are: one member, all of it, and not large.
#[derive(Default)]
pub struct Inflater {
    room: Vec<u8>,
}

impl Inflater {
    /// What [`inflate`] gives, held here until the next object.
    pub fn inflate<'a>(&'a mut self, bytes: &'a [u8], limits: &Limits) -> Inflated<'a> {
        const MOST_ROOM_BYTES: usize = 4 << 20;
        let expected = size_hint(bytes);
        if !bytes.starts_with(&MAGIC) || expected > limits.inflated_bytes.min(MOST_ROOM_BYTES) {
            return inflate(bytes, limits);
        }
        if self.room.len() < expected {
            self.room.resize(expected, 0);
        }
        let mut member = Decompress::new_gzip(MOST_WINDOW_BITS);
        let end = member.decompress(bytes, &mut self.room, FlushDecompress::Finish);
        let is_whole = matches!(end, Ok(Status::StreamEnd)) && member.total_in() == bytes.len() as u64;
        let Some(content) = self.room.get(..member.total_out() as usize).filter(|_| is_whole) else {
            return inflate(bytes, limits);
        };
        let inner = inflate_layers(content, MOST_LAYERS - 1, limits);
        Inflated { members: inner.members + 1, ..inner }
    }
}

fn inflate_layers<'a>(bytes: &'a [u8], layers: usize, limits: &Limits) -> Inflated<'a> {
    let mut whole = Inflated { bytes: Cow::Borrowed(bytes), members: 0, faults: Vec::new(), padding_bytes: 0 };
    for _ in 0..layers {
        if !whole.bytes.starts_with(&MAGIC) {
            break;
        }
        let mut layer = inflate_layer(&whole.bytes, limits);
        whole.faults.append(&mut layer.faults);
        let members = whole.members + layer.members;
        let padding_bytes = if whole.padding_bytes > 0 { whole.padding_bytes } else { layer.padding_bytes };
        whole = Inflated { bytes: layer.bytes.into_owned().into(), members, faults: whole.faults, padding_bytes };
    }
    whole
}

/// Inflates all members of one layer of gzip and leaves it at that. What is no gzip at all is a fault from its first byte.
#[expect(clippy::disallowed_types, reason = "see above")]
pub fn inflate_layer(bytes: &[u8], limits: &Limits) -> Inflated<'static> {
    let mut output = Vec::with_capacity(size_hint(bytes).min(limits.inflated_bytes));
    let mut rest = bytes;
    let mut members = 0;
    let mut padding_bytes = 0;
    let fault = |reason, rest: &[u8], detail: String| Fault {
        reason,
        offset_bytes: bytes.len() - rest.len(),
        detail,
        bytes: rest.to_vec(),
    };
    let found = loop {
        if rest.is_empty() {
            break None;
        }
        if !rest.starts_with(&MAGIC) {
            // Zero padding after the last member is common on tapes and block devices and carries nothing.
            let padding = rest.iter().all(|byte| *byte == 0);
            let detail = || format!("{} bytes after the last gzip member", rest.len());
            padding_bytes = if padding { rest.len() } else { 0 };
            break (!padding).then(|| fault(Reason::TrailingBytes, rest, detail()));
        }
        if let Some(read) = whole_member(rest, &mut output) {
            members += 1;
            rest = rest.get(read..).unwrap_or_default();
            continue;
        }
        let allowed = limits.inflated_bytes - output.len();
        let mut decoder = GzDecoder::new(rest);
        let result = decoder.by_ref().take(allowed as u64 + 1).read_to_end(&mut output);
        if output.len() > limits.inflated_bytes {
            output.truncate(limits.inflated_bytes);
            let detail = format!("inflates to more than {} bytes", limits.inflated_bytes);
            break Some(fault(Reason::TooLarge, rest, detail));
        }
        if let Err(error) = result {
            break Some(fault(Reason::BadGzip, decoder.into_inner(), error.to_string()));
        }
        members += 1;
        rest = decoder.into_inner();
    };
    Inflated { bytes: Cow::Owned(output), members, faults: found.into_iter().collect(), padding_bytes }
}

/// Appends what a gzip member inflates to, if it is whole and right and there is room for all of it, and returns the
/// member's length. In one step the library need not keep what it has written for the next.
fn whole_member(bytes: &[u8], output: &mut Vec<u8>) -> Option<usize> {
    let before = output.len();
    let mut member = Decompress::new_gzip(MOST_WINDOW_BITS);
    let end = member.decompress_vec(bytes, output, FlushDecompress::Finish);
    if !matches!(end, Ok(Status::StreamEnd)) {
        output.truncate(before);
        return None;
    }
    Some(member.total_in() as usize)
}

impl Inflated<'_> {
    /// Whether this is the content of one gzip member, all of it, with nothing after it.
    pub fn is_of_one_member(&self) -> bool {
        self.members == 1 && self.faults.is_empty() && self.padding_bytes == 0
    }
}

/// The content of a gzip object as CloudTrail writes it: one member, and nothing after it. Anything else says in words
/// what is wrong with its form.
pub fn one_member(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
    let inflated = inflate_layer(bytes, limits);
    let begins_wrong = inflated.faults.first().is_none_or(|fault| fault.offset_bytes == 0);
    if inflated.members == 0 && begins_wrong && !bytes.starts_with(&MAGIC) {
        return Err(if bytes.is_empty() { "it is empty" } else { "it is no gzip" }.to_owned());
    }
    if let Some(fault) = inflated.faults.first() {
        return Err(format!("its gzip is damaged: {}", fault.detail));
    }
    if inflated.padding_bytes > 0 {
        return Err(format!("{} zero bytes follow its gzip", inflated.padding_bytes));
    }
    if inflated.members > 1 {
        return Err(format!("it has {} gzip members where CloudTrail writes one", inflated.members));
    }
    Ok(inflated.bytes.into_owned())
}

/// Whether gzip, all members of it, inflates to no more than `limit` bytes. Nothing is kept; damage says nothing against
/// it, since it ends what comes out.
#[expect(clippy::disallowed_types, reason = "see above")]
pub fn inflates_to_at_most(bytes: &[u8], limit: usize) -> bool {
    let mut rest = bytes;
    let mut left = limit as u64;
    while !rest.is_empty() {
        let mut decoder = GzDecoder::new(rest);
        let inflated = std::io::copy(&mut decoder.by_ref().take(left + 1), &mut std::io::sink());
        match inflated {
            Ok(inflated) if inflated > left => return false,
            Ok(inflated) => left -= inflated,
            Err(_) => return true,
        }
        rest = decoder.into_inner();
    }
    true
}

/// The size in the last member's trailer: right for the usual object of one member, a beginning for others.
fn size_hint(bytes: &[u8]) -> usize {
    let Some(trailer) = bytes.last_chunk::<4>() else { return 0 };
    (u32::from_le_bytes(*trailer) as usize + 1).min(bytes.len().saturating_mul(MOST_RATIO))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(bytes: &[u8]) -> Inflated<'_> {
        inflate(bytes, &Limits::default())
    }

    fn reasons(result: &Inflated<'_>) -> Vec<Reason> {
        result.faults.iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn an_inflater_gives_what_inflating_alone_gives() {
        let limits = Limits { inflated_bytes: 5_000, ..Limits::default() };
        let (one, long) = (gzip(b"one"), gzip(&[b'x'; 4_000]));
        let objects = [
            long.clone(),
            one.clone(),
            Vec::new(),
            b"plain".to_vec(),
            [one.clone(), one.clone()].concat(),
            [one.clone(), vec![0; 9]].concat(),
            [one.clone(), b"rubbish".to_vec()].concat(),
            // The second ends as the first does, and is no member.
            [one.clone(), one[one.len() - 8..].to_vec()].concat(),
            gzip(&long),
            gzip(&gzip(&gzip(&gzip(b"deep")))),
            gzip(&[one.clone(), one.clone()].concat()),
            long[..long.len() / 2].to_vec(),
            gzip(&[b'y'; 5_001]),
            gzip(&[b'y'; 5_000]),
            gzip(&[b'y'; 4_999]),
            one,
        ];
        let mut inflater = Inflater::default();
        for object in objects {
            let (own, alone) = (inflater.inflate(&object, &limits), inflate(&object, &limits));
            assert_eq!(
                (own.members, own.padding_bytes, &own.faults),
                (alone.members, alone.padding_bytes, &alone.faults)
            );
            assert!(own.bytes == alone.bytes);
        }
    }

    #[test]
    fn plain_bytes_pass_untouched() {
        let result = inflated(b"{}");
        assert_eq!((&*result.bytes, result.members, result.faults.len()), (&b"{}"[..], 0, 0));
    }

    #[test]
    fn all_of_many_members_are_read() {
        let object: Vec<u8> = (0..100).flat_map(|n| gzip(format!("member {n}\n").as_bytes())).collect();
        let result = inflated(&object);
        assert_eq!(result.members, 100);
        assert!(result.bytes.ends_with(b"member 99\n"));
        assert_eq!(result.faults, []);
    }

    #[test]
    fn gzip_in_gzip_is_unwrapped() {
        let inner: Vec<u8> = [gzip(b"one"), gzip(b"two")].concat();
        let result = inflated(&gzip(&inner)).bytes.into_owned();
        assert_eq!(result, b"onetwo");
    }

    #[test]
    fn a_cut_object_keeps_what_was_read() {
        let lines: Vec<String> = (0..20_000).map(|n| format!("line {n} {}\n", n * 7919 % 10_007)).collect();
        let text = lines.concat();
        let whole = gzip(text.as_bytes());
        let result = inflated(&whole[..whole.len() / 2]);
        assert!(result.bytes.len() > 1_000 && text.as_bytes().starts_with(&result.bytes));
        assert_eq!(reasons(&result), [Reason::BadGzip]);
    }

    #[test]
    fn trailing_bytes_are_kept_as_a_fault() {
        let object = [gzip(b"log"), b"rubbish".to_vec()].concat();
        let result = inflated(&object);
        assert_eq!(&*result.bytes, b"log");
        let fault = &result.faults[0];
        assert_eq!((fault.reason, fault.bytes.as_slice()), (Reason::TrailingBytes, &b"rubbish"[..]));
        assert_eq!(fault.offset_bytes, object.len() - 7);
    }

    #[test]
    fn zeros_after_the_last_member_are_counted_and_no_fault() {
        let object = [gzip(b"log"), vec![0; 5]].concat();
        let result = inflated(&object);
        assert_eq!((&*result.bytes, result.members, result.padding_bytes), (&b"log"[..], 1, 5));
        assert_eq!(result.faults, []);
        assert_eq!(inflated(&gzip(b"log")).padding_bytes, 0);
    }

    #[test]
    fn one_layer_is_left_at_that() {
        let (inner, limits) = (gzip(b"log"), Limits::default());
        assert_eq!(&*inflate_layer(&gzip(&inner), &limits).bytes, inner.as_slice());
        let plain = inflate_layer(b"log", &limits);
        assert_eq!((plain.members, reasons(&plain)), (0, vec![Reason::TrailingBytes]));
    }

    #[test]
    fn one_member_is_one_member() {
        let limits = Limits::default();
        let one = gzip(b"log");
        assert_eq!(one_member(&one, &limits).unwrap(), b"log");
        assert!(inflated(&one).is_of_one_member());
        for (object, why) in [
            (Vec::new(), "it is empty"),
            (b"{}".to_vec(), "it is no gzip"),
            ([one.clone(), one.clone()].concat(), "it has 2 gzip members where CloudTrail writes one"),
            ([one.clone(), vec![0; 3]].concat(), "3 zero bytes follow its gzip"),
            ([one.clone(), b"x".to_vec()].concat(), "its gzip is damaged: 1 bytes after the last gzip member"),
        ] {
            assert_eq!(one_member(&object, &limits).unwrap_err(), why);
            assert!(!inflated(&object).is_of_one_member(), "{why}");
        }
        assert!(one_member(&one[..one.len() - 4], &limits).unwrap_err().starts_with("its gzip is damaged"));
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let bomb = gzip(&vec![b'['; 8 << 20]);
        let result = inflate(&bomb, &Limits { inflated_bytes: 1 << 20, ..Limits::default() });
        assert_eq!(result.bytes.len(), 1 << 20);
        assert_eq!(reasons(&result), [Reason::TooLarge]);
    }

    #[test]
    fn a_trailer_that_promises_more_than_deflate_can_give_is_not_believed() {
        let mut object = gzip(b"log");
        let size = object.len() - 4;
        object[size..].fill(0xff);
        let result = inflated(&object);
        assert_eq!((&*result.bytes, reasons(&result)), (&b"log"[..], vec![Reason::BadGzip]));
        let room = result.bytes.into_owned().capacity();
        assert!(room <= object.len() * MOST_RATIO, "{room} bytes of room");
    }

    #[test]
    fn faults_of_two_layers_are_both_kept() {
        let inner = [gzip(b"log"), b"inner".to_vec()].concat();
        let result_of = [gzip(&inner), b"outer".to_vec()].concat();
        let result = inflated(&result_of);
        let kept: Vec<_> = result.faults.iter().map(|fault| fault.bytes.as_slice()).collect();
        assert_eq!((&*result.bytes, kept), (&b"log"[..], vec![&b"outer"[..], b"inner"]));
    }

    #[test]
    fn all_members_count_towards_a_limit() {
        let two = [gzip(&[b'x'; 60]), gzip(&[b'y'; 40])].concat();
        assert!(inflates_to_at_most(&two, 100));
        assert!(!inflates_to_at_most(&two, 99));
        assert!(inflates_to_at_most(b"no gzip", 0));
    }
}
