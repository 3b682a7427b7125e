//! JSON in every arrangement: one document that wraps records, a bare array, one record, JSON lines, documents
//! pretty-printed or joined without a delimiter. They need no telling apart: an object is a series of JSON values,
//! and each value is a wrapper, an array of records, or a record.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use memchr::memmem;

use super::scan::{Members, Next, Unframed, skip_space, value_end};
use super::{Begin, Envelope, Frame, Piece, Sink, subscription};
use crate::reject::Reason;

pub const ENVELOPE: Envelope = Envelope {
    name: "json",
    about: "JSON documents, arrays, lines and anything between",
    claims: |object| {
        let at = skip_space(object, 0);
        matches!(object.get(at), Some(b'{' | b'['))
    },
    split: |object, _key, sink| {
        Splitter { object, text: OnceCell::new(), sink, searched_bytes: 0, header: None }.run();
    },
};

/// A document that wraps records: the key that marks it, and how its records are taken out.
pub struct Wrapper {
    pub key: &'static str,
    take: for<'a> fn(&mut Splitter<'a, '_, '_>, document: usize, value: usize) -> usize,
}

/// The wrapping documents known. The value at the key is always an array.
pub static WRAPPERS: [Wrapper; 6] = [
    Wrapper { key: "Records", take: |splitter, _, value| splitter.elements(value) },
    // `EventList` of the Kubernetes audit API.
    Wrapper { key: "items", take: |splitter, _, value| splitter.elements(value) },
    // Answers of `lookup-events`, `filter-log-events` and `get-log-events`.
    Wrapper { key: "Events", take: |splitter, _, value| splitter.elements(value) },
    Wrapper { key: "events", take: |splitter, _, value| splitter.elements(value) },
    // Answers of GuardDuty's `get-findings`.
    Wrapper { key: "Findings", take: |splitter, _, value| splitter.elements(value) },
    Wrapper { key: "logEvents", take: subscription::take },
];

/// Walks one object and hands out its pieces.
pub struct Splitter<'a, 's, 'f> {
    pub(super) object: &'a [u8],
    /// The object, if all of it is UTF-8; looked at when it is first asked for.
    text: OnceCell<Option<&'a str>>,
    pub(super) sink: &'s mut Sink<'f>,
    /// Bytes searched in vain for the end of a record, over the whole object.
    searched_bytes: usize,
    /// What a subscription's document says of its log events, with the position of the document: it may have any number
    /// of lists.
    pub(super) header: Option<(usize, Rc<subscription::Header>)>,
}

/// Hands out the element that begins at a position and returns the position after it.
type TakeElement<'t, S> = dyn FnMut(&mut S, usize) -> Result<usize, Unframed> + 't;

/// How many times its own size an object may be searched for the ends of broken records. Past that the rest is one
/// reject: an object made of nothing but openings must not take quadratic time.
const MOST_SEARCHES: usize = 8;

impl Splitter<'_, '_, '_> {
    fn run(&mut self) {
        let mut at = 0;
        loop {
            at = skip_space(self.object, at);
            at = match self.object.get(at) {
                None => return,
                Some(b'{') => self.document(at),
                Some(b'[') => self.elements(at),
                Some(b',') => at + 1,
                Some(_) => self.stray(at),
            };
        }
    }

    /// A top-level object: a wrapper or a record. Returns the position after it.
    fn document(&mut self, start: usize) -> usize {
        let mut members = Members::of(self.object, start);
        let mut wraps = false;
        loop {
            let member = match members.next() {
                Next::Member(member) => member,
                Next::End(end) => {
                    if !wraps {
                        self.record(start, end);
                    }
                    return end;
                }
                // A record that goes wrong inside: frame it by its braces alone and let its parser say why.
                Next::Stray if !wraps => return self.framed(start),
                Next::Stray => return self.close(&members, start),
                Next::Unframed(_) if wraps => return self.cut_tail(members.position()),
                Next::Unframed(unframed) => return self.unframed(start, unframed, None),
            };
            let opens_array = self.object.get(member.value) == Some(&b'[');
            let wrapper = WRAPPERS.iter().find(|wrapper| opens_array && wrapper.key.as_bytes() == member.key);
            let end = match wrapper {
                Some(wrapper) => {
                    wraps = true;
                    (wrapper.take)(self, start, member.value)
                }
                None => match value_end(self.object, member.value) {
                    Ok(end) => end,
                    Err(_) if wraps => return self.cut_tail(member.value),
                    Err(unframed) => return self.unframed(start, unframed, None),
                },
            };
            members.resume(end);
        }
    }

    /// The object ends within a wrapper, after its records.
    fn cut_tail(&mut self, at: usize) -> usize {
        let end = self.object.len();
        if skip_space(self.object, at) < end {
            self.reject(Reason::CutShort, at, end, "the object ends inside the document around its records");
        }
        end
    }

    /// Skips to the end of a wrapper whose members went wrong after its records.
    fn close(&mut self, members: &Members<'_>, start: usize) -> usize {
        let at = members.position();
        let end = value_end(self.object, start).unwrap_or(self.object.len()).max(at);
        self.reject(Reason::StrayBytes, at, end, "the document is malformed after its records");
        end
    }

    fn framed(&mut self, start: usize) -> usize {
        match value_end(self.object, start) {
            Ok(end) => {
                self.record(start, end);
                end
            }
            Err(unframed) => self.unframed(start, unframed, None),
        }
    }

    /// The elements of an array of records. Returns the position after the array.
    pub(super) fn elements(&mut self, array: usize) -> usize {
        self.each_element(array, &mut |splitter, start| {
            if let Some(end) = splitter.read_at_once(start) {
                return Ok(end);
            }
            let end = value_end(splitter.object, start)?;
            splitter.record(start, end);
            Ok(end)
        })
    }

    /// Lets a record be read before its end is looked for: most are, and then they are gone through once.
    fn read_at_once(&mut self, start: usize) -> Option<usize> {
        let text = (*self.text.get_or_init(|| simdutf8::basic::from_utf8(self.object).ok()))?;
        let length = Cell::new(None);
        (self.sink)(Piece::Begin(Begin { text: text.get(start..)?, length: &length }));
        length.get().map(|length| start + length)
    }

    /// Calls `take` where each object in an array begins, to hand it out and tell its end, and rejects whatever else
    /// stands there.
    pub(super) fn each_element(&mut self, array: usize, take: &mut TakeElement<'_, Self>) -> usize {
        let mut at = array + 1;
        let mut first_key: &[u8] = &[];
        loop {
            at = skip_space(self.object, at);
            match self.object.get(at) {
                None => {
                    self.reject(Reason::CutShort, at, at, "the object ends inside a list of records");
                    return at;
                }
                Some(b']') => return at + 1,
                Some(b',') => at += 1,
                Some(b'{') => {
                    if first_key.is_empty() {
                        first_key = opening(self.object, at);
                    }
                    at = match take(self, at) {
                        Ok(end) => end,
                        Err(unframed) => match self.unframed(at, unframed, Some(first_key)) {
                            // That the object ends was said of the record.
                            end if end == self.object.len() => return end,
                            end => end,
                        },
                    };
                }
                Some(_) => {
                    at = match value_end(self.object, at) {
                        Ok(end) => {
                            self.reject(
                                Reason::StrayBytes,
                                at,
                                end.max(at + 1),
                                "no record, though in a list of records",
                            );
                            end.max(at + 1)
                        }
                        Err(unframed) => match self.unframed(at, unframed, Some(first_key)) {
                            end if end == self.object.len() => return end,
                            end => end,
                        },
                    };
                }
            }
        }
    }

    pub(super) fn record(&mut self, start: usize, end: usize) {
        let bytes = self.object.get(start..end).unwrap_or_default();
        (self.sink)(Piece::Record(Frame::bare(bytes, start)));
    }

    pub(super) fn reject(&mut self, reason: Reason, start: usize, end: usize, detail: &str) {
        let bytes = self.object.get(start..end).unwrap_or_default();
        (self.sink)(Piece::Reject { reason, offset_bytes: start, detail: detail.to_owned(), bytes });
    }

    /// A record whose end can't be found. What follows is searched for the next record: one that begins like the
    /// first of its list, or a line that begins with a brace.
    fn unframed(&mut self, start: usize, unframed: Unframed, opening: Option<&[u8]>) -> usize {
        let rest = self.object.get(start + 1..).unwrap_or_default();
        let next = match opening {
            _ if self.searched_bytes > self.object.len().saturating_mul(MOST_SEARCHES) => None,
            Some(opening) if opening.len() > 2 => memmem::find(rest, opening),
            _ => memmem::find(rest, b"\n{").map(|at| at + 1),
        };
        // A record that is seen to be broken at once was searched no farther; there may be any number of them.
        self.searched_bytes += match unframed {
            Unframed::Broken(at) => at.saturating_sub(start).max(next.unwrap_or(rest.len())),
            Unframed::Cut => rest.len(),
        };
        let end = next.map_or(self.object.len(), |at| start + 1 + at);
        match (next, unframed) {
            (None, Unframed::Cut) => self.reject(Reason::CutShort, start, end, "the object ends inside a record"),
            (None, Unframed::Broken(_)) => self.reject(Reason::InvalidJson, start, end, "a string is not closed"),
            (Some(_), _) => {
                // A separator before the next record is no part of the broken one.
                let bytes = trim_space_end(self.object.get(start..end).unwrap_or_default());
                let trimmed = bytes.strip_suffix(b",").unwrap_or(bytes);
                self.reject(Reason::InvalidJson, start, start + trimmed.len(), "the record has no end of its own");
            }
        }
        end
    }

    /// Bytes at top level that begin no JSON value: the rest of their line.
    fn stray(&mut self, start: usize) -> usize {
        let rest = self.object.get(start..).unwrap_or_default();
        // `}}{"next":…` on one line: the record after the stray bytes is not theirs. One search, since a line may have
        // no end while there are stray bytes before each of its records.
        let end = memchr::memchr3(b'\n', b'{', b'[', rest).map_or(self.object.len(), |at| start + at);
        let end = end.max(start + 1);
        self.reject(Reason::StrayBytes, start, end, "bytes that belong to no record");
        end
    }
}

/// The bytes without the space at their end; space is what it is in JSON, which knows less of it than ASCII.
fn trim_space_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).map_or(0, |at| at + 1);
    bytes.get(..end).unwrap_or_default()
}

/// Longest beginning of a record that others are known by, in bytes.
const LONGEST_OPENING_BYTES: usize = 64;

/// `{"firstKey"`: what a record of this list begins with; nothing if that is not seen from its first bytes.
fn opening(bytes: &[u8], start: usize) -> &[u8] {
    let head = bytes.get(start..bytes.len().min(start + LONGEST_OPENING_BYTES)).unwrap_or_default();
    let quote = skip_space(head, 1);
    match super::scan::string_end(head, quote) {
        Ok(end) if head.get(quote) == Some(&b'"') => head.get(..end).unwrap_or_default(),
        _ => &[],
    }
}
