//! How records sit in an object. Framing is orthogonal to meaning: an envelope finds where records begin and end and
//! what the wrapping says of them, and never looks inside a record.
//!
//! A new envelope is a file and an entry in [`ENVELOPES`]; a new JSON document that wraps records is an entry in
//! [`json::WRAPPERS`].

pub mod carrier;
pub mod export_task;
pub mod flow_lines;
pub mod json;
pub mod lines;
pub mod parquet;
pub(crate) mod scan;
mod subscription;
mod unescape;

use std::cell::Cell;

use crate::reject::Reason;
use crate::source::{Header, Stream};

/// One piece of an object, in the order of its bytes.
#[derive(Debug)]
pub enum Piece<'a> {
    Record(Frame<'a>),
    /// Bytes that belong to no readable record.
    Reject {
        reason: Reason,
        offset_bytes: usize,
        detail: String,
        bytes: &'a [u8],
    },
    /// A message of the transport itself, which is no log record.
    Control,
    /// Where a record begins. It comes before the record's own piece, unless whoever takes pieces says that it has read
    /// the record already, and where it ends.
    Begin(Begin<'a>),
}

/// Where a record begins among others, in an object that is UTF-8.
#[derive(Debug)]
pub struct Begin<'a> {
    /// The object from there to its end.
    pub text: &'a str,
    /// The record's length, once it is read.
    pub length: &'a Cell<Option<usize>>,
}

/// A record as the envelope frames it.
#[derive(Debug)]
pub struct Frame<'a> {
    pub bytes: &'a [u8],
    /// Where the record, or what wraps it alone, begins in the inflated object.
    pub offset_bytes: usize,
    pub stream: Option<&'a Stream>,
    pub log_time_micros: Option<i64>,
    pub header: Option<&'a Header>,
    /// The table of a text record, where the framing could not be told without knowing it.
    pub table: Option<&'static str>,
}

impl<'a> Frame<'a> {
    /// A record of which nothing is known but its bytes and its place.
    pub fn bare(bytes: &'a [u8], offset_bytes: usize) -> Self {
        Self { bytes, offset_bytes, stream: None, log_time_micros: None, header: None, table: None }
    }
}

/// Takes the pieces of an object one by one.
pub type Sink<'s> = dyn FnMut(Piece<'_>) + 's;

/// A framing of a whole object.
pub struct Envelope {
    pub name: &'static str,
    pub about: &'static str,
    /// Whether an object that begins so is framed this way.
    pub claims: fn(&[u8]) -> bool,
    pub split: fn(object: &[u8], key: &str, sink: &mut Sink<'_>),
}

/// Every framing there is, in the order they are tried.
pub static ENVELOPES: [Envelope; 5] =
    [parquet::ENVELOPE, export_task::ENVELOPE, flow_lines::ENVELOPE, lines::ENVELOPE, json::ENVELOPE];

/// The framing of an object, from its content; none if nobody knows it.
pub fn detect(object: &[u8]) -> Option<&'static Envelope> {
    ENVELOPES.iter().find(|envelope| (envelope.claims)(object))
}
