//! The verdict on each digest of a chain, from the newest to the oldest, since it is the later one that vouches.

use super::{Content, Judgement, Link, Proof};
use crate::digest::Digest;
use crate::keys::{KeySet, Signature};
use crate::place::Place;
use crate::verdict::Verdict;

/// `successors` has, for each link, those whose digest names it as the one before.
pub fn judgements(links: &[Link], successors: &[Vec<usize>], keys: &KeySet) -> Vec<Judgement> {
    let mut judgements: Vec<Option<Judgement>> = vec![None; links.len()];
    for at in (0..links.len()).rev() {
        let after: Vec<Successor<'_>> = successors
            .get(at)
            .into_iter()
            .flatten()
            .filter_map(|successor| {
                let digest = links.get(*successor)?.digest()?;
                let proof = judgements.get(*successor)?.as_ref()?.proof;
                Some(Successor { digest, is_proved: proof != Proof::None })
            })
            .collect();
        let judgement = links.get(at).map(|link| judge(link, &after, keys));
        if let Some(place) = judgements.get_mut(at) {
            *place = judgement;
        }
    }
    judgements.into_iter().flatten().collect()
}

/// A later digest that names this one.
struct Successor<'a> {
    digest: &'a Digest,
    is_proved: bool,
}

impl Successor<'_> {
    fn holds_hash_of(&self, digest: &Digest) -> bool {
        self.digest.previous.as_ref().and_then(|previous| previous.sha256) == Some(digest.content_sha256)
    }
}

fn judge(link: &Link, successors: &[Successor<'_>], keys: &KeySet) -> Judgement {
    match &link.content {
        Content::Unread(why) => unproved(Verdict::Unread, why.clone()),
        Content::Broken(why) => unproved(Verdict::Altered, why.clone()),
        Content::Digest(digest, Place::OfAnother) => {
            unproved(Verdict::Altered, format!("it holds the digest of `s3://{}/{}`", digest.bucket, digest.key))
        }
        Content::Digest(digest, place) => of_digest(digest, *place, link.signature.as_deref(), successors, keys),
    }
}

fn of_digest(
    digest: &Digest,
    place: Place,
    own_signature: Option<&str>,
    successors: &[Successor<'_>],
    keys: &KeySet,
) -> Judgement {
    let vouched = successors.iter().any(|successor| successor.is_proved && successor.holds_hash_of(digest));
    if successors.iter().any(|successor| successor.is_proved && !successor.holds_hash_of(digest)) && !vouched {
        return unproved(Verdict::Altered, "the next digest, which is proved, holds another hash of it".to_owned());
    }
    let message = digest.string_to_sign();
    let check = |signature: &str| keys.verify(&digest.fingerprint, &message, signature);
    let by_hash = if vouched { Proof::Hashed } else { Proof::None };
    if !keys.has(&digest.fingerprint) {
        let mut detail = format!("no key of fingerprint `{}` was given", digest.fingerprint);
        if vouched {
            detail += "; the next digest, which is proved, holds its hash";
        }
        return Judgement { verdict: Verdict::UnknownKey, proof: by_hash, detail };
    }
    let is_kept = || {
        let mut kept = successors.iter().filter_map(|successor| successor.digest.previous_signature.as_deref());
        kept.any(|signature| check(signature) == Signature::Right)
    };
    let Some(own) = own_signature else {
        if is_kept() {
            return proved(place, Proof::Signed, "its signature was taken from the next digest");
        }
        if vouched {
            return proved(place, Proof::Hashed, "the next digest holds its hash");
        }
        // A later digest that is not proved may itself be what is wrong.
        let detail = if successors.is_empty() {
            "it has no signature: none came with the object, there is no sidecar, and no later digest holds one"
        } else {
            "it has no signature, and the one that the next digest holds, which is not proved either, is not of its bytes"
        };
        return unproved(Verdict::Unattested, detail.to_owned());
    };
    if check(own) != Signature::Right {
        let proof = if is_kept() { Proof::Signed } else { by_hash };
        let detail = match proof {
            Proof::None => "its signature is not of these bytes",
            _ => "the signature beside it is not of these bytes; the bytes are those the next digest vouches for",
        };
        return Judgement { verdict: Verdict::Altered, proof, detail: detail.to_owned() };
    }
    let differs = |successor: &&Successor<'_>| {
        let kept = successor.digest.previous_signature.as_deref();
        successor.is_proved && kept.is_none_or(|kept| !kept.trim().eq_ignore_ascii_case(own.trim()))
    };
    if successors.iter().any(|successor| differs(&successor)) {
        let detail = "its signature is not the one the next digest, which is proved, holds of it".to_owned();
        return Judgement { verdict: Verdict::Altered, proof: Proof::Signed, detail };
    }
    proved(place, Proof::Signed, "")
}

fn proved(place: Place, proof: Proof, detail: &str) -> Judgement {
    let verdict = if place == Place::Original { Verdict::Valid } else { Verdict::Relocated };
    Judgement { verdict, proof, detail: detail.to_owned() }
}

fn unproved(verdict: Verdict, detail: String) -> Judgement {
    Judgement { verdict, proof: Proof::None, detail }
}
