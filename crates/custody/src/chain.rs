//! Judges one chain of digests: which are as CloudTrail signed them, which are not, and where the chain is broken.
//!
//! A digest is proved by a signature, its own (from its metadata or a sidecar) or the copy of it that the next digest
//! keeps; or by its hash, when the next digest is proved and holds it. The links are checked as well: the next digest's
//! hash and copy of the signature must be those of the digest. Only what is proved is believed: a digest that was
//! altered blames nobody else.

mod judge;
mod links;

use crate::digest::Digest;
use crate::keys::KeySet;
use crate::name::ChainKind;
use crate::place::Place;
use crate::verdict::Verdict;

/// One digest of a chain, as it was found.
#[derive(Clone, Debug)]
pub struct Link {
    /// The name of its file.
    pub file_name: String,
    /// Its end, as its name has it.
    pub end_micros: i64,
    pub content: Content,
    /// The signature kept with it, in hexadecimal.
    pub signature: Option<String>,
}

/// What a digest's bytes are.
#[derive(Clone, Debug)]
pub enum Content {
    /// A digest, and how it lies where it should.
    Digest(Box<Digest>, Place),
    /// Something else: what is wrong with it.
    Broken(String),
    /// It could not be read, and why.
    Unread(String),
}

impl Link {
    /// The digest, if that is what it is, wherever it lies.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.content {
            Content::Digest(digest, _) => Some(digest),
            Content::Broken(_) | Content::Unread(_) => None,
        }
    }

    /// The digest, if it does not lie in another's place.
    fn own_digest(&self) -> Option<&Digest> {
        match &self.content {
            Content::Digest(digest, place) if *place != Place::OfAnother => Some(digest),
            _ => None,
        }
    }

    /// When the time begins that it is about. Where it does not say, an hour before its end.
    fn start_micros(&self) -> i64 {
        let said = self.own_digest().and_then(|digest| digest.span_micros().0);
        said.filter(|start| *start <= self.end_micros).unwrap_or(self.end_micros - HOUR_MICROS)
    }
}

/// What is to be said of one digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Whether what it says of others can be believed.
    pub proof: Proof,
    /// Why, in a sentence. Empty if there is nothing to add.
    pub detail: String,
}

/// Whether a digest's content is that which CloudTrail signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Signed,
    /// A later digest that is proved holds its hash.
    Hashed,
    None,
}

/// A place where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// [`Verdict::Missing`] or [`Verdict::Gap`].
    pub verdict: Verdict,
    /// The digest after it, by its place in the chain.
    pub before: usize,
    /// From the end of the digest before it. Unknown if none is there.
    pub from_micros: Option<i64>,
    /// To the start of the digest after it.
    pub to_micros: i64,
    /// Bucket and key of the digest that is missing.
    pub missing: Option<(String, String)>,
    pub detail: String,
}

/// A chain that was judged.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// One for each link, in their order.
    pub judgements: Vec<Judgement>,
    pub breaks: Vec<Break>,
}

pub(crate) const MINUTE_MICROS: i64 = 60_000_000;
pub(crate) const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;

/// Judges a chain. `links` are in the order of their ends, and all of one account, region and trail.
pub fn judge(links: &[Link], keys: &KeySet, kind: ChainKind) -> Judged {
    let successors = links::successors(links);
    let judgements = judge::judgements(links, &successors, keys);
    let breaks = links::breaks(links, &judgements, kind);
    let mut judged = Judged { judgements, breaks };
    links::blame_loose_ends(links, &successors, &mut judged.judgements);
    judged
}
