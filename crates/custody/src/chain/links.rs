//! How the digests of a chain hang together: which one names which as the one before, and where that leads nowhere.

use std::collections::HashMap;

use super::{Break, HOUR_MICROS, Judgement, Link, MINUTE_MICROS, Proof};
use crate::name::{ChainKind, file_name};
use crate::verdict::Verdict;

/// Between two digests that are linked, more time than this is a gap. They follow each other to the second.
const SLACK_MICROS: i64 = 5 * MINUTE_MICROS;

/// For each link the later ones that name it as the one before.
pub fn successors(links: &[Link]) -> Vec<Vec<usize>> {
    let names = by_name(links);
    let mut successors = vec![Vec::new(); links.len()];
    for (at, link) in links.iter().enumerate() {
        let Some(before) = named_before(link, &names) else { continue };
        // A chain leads back in time. What leads elsewhere was not made by CloudTrail.
        if before < at
            && let Some(list) = successors.get_mut(before)
        {
            list.push(at);
        }
    }
    successors
}

/// Where digests are missing, and where there were none for a while.
pub fn breaks(links: &[Link], judgements: &[Judgement], kind: ChainKind) -> Vec<Break> {
    let names = by_name(links);
    let mut breaks = Vec::new();
    for (at, link) in links.iter().enumerate() {
        let older = at.checked_sub(1).and_then(|older| links.get(older));
        let from_micros = older.map(|older| older.end_micros);
        let to_micros = link.start_micros();
        let proof = judgements.get(at).map_or(Proof::None, |judgement| judgement.proof);
        let hole = from_micros.filter(|from| to_micros - from > SLACK_MICROS);
        let gap = |from, detail: &str| Break {
            verdict: Verdict::Gap,
            before: at,
            from_micros: Some(from),
            to_micros,
            missing: None,
            detail: detail.to_owned(),
        };
        let Some(digest) = link.own_digest() else {
            if let Some(from) = hole.filter(|from| to_micros - from > HOUR_MICROS / 2) {
                breaks.push(gap(from, "the digest after it does not tell what was before it"));
            }
            continue;
        };
        let Some(previous) = &digest.previous else {
            // A digest that CloudTrail makes afterwards may begin a chain anywhere.
            if let (Some(from), ChainKind::Hourly) = (from_micros, kind) {
                breaks.push(gap(from.min(to_micros), "the chain begins anew"));
            }
            continue;
        };
        if named_before(link, &names).is_some() {
            if let (Some(from), ChainKind::Hourly) = (hole, kind) {
                breaks.push(gap(from, "the digests around it follow each other, and leave out this time"));
            }
            continue;
        }
        let detail = match proof {
            Proof::None => "a digest that is not proved names it as the one before",
            _ => "the next digest names it",
        };
        breaks.push(Break {
            verdict: Verdict::Missing,
            before: at,
            from_micros,
            to_micros,
            missing: Some((previous.bucket.clone(), previous.key.clone())),
            detail: detail.to_owned(),
        });
    }
    breaks
}

/// A digest that lies in the middle of a chain, and that the chain passes by.
pub fn blame_loose_ends(links: &[Link], successors: &[Vec<usize>], judgements: &mut [Judgement]) {
    for at in 0..links.len() {
        let is_linked = successors.get(at).is_some_and(|after| !after.is_empty());
        let Some(next) = links.get(at + 1).filter(|_| !is_linked) else { continue };
        let next_is_proved = judgements.get(at + 1).is_some_and(|judgement| judgement.proof != Proof::None);
        let Some(previous) = next.own_digest().filter(|_| next_is_proved).and_then(|next| next.previous.as_ref())
        else {
            continue;
        };
        // If what the next one names is missing, then that is what is wrong, and this one was before it.
        let named = file_name(&previous.key);
        let is_there = links.iter().any(|link| link.file_name == named);
        if let Some(judgement) = judgements.get_mut(at).filter(|judgement| is_there && judgement.verdict.is_proved()) {
            judgement.verdict = Verdict::Unattested;
            judgement.detail = format!("the chain passes it by: the next digest names `{named}` as the one before");
        }
    }
}

fn named_before(link: &Link, names: &HashMap<&str, usize>) -> Option<usize> {
    let previous = link.own_digest()?.previous.as_ref()?;
    names.get(file_name(&previous.key)).copied()
}

fn by_name(links: &[Link]) -> HashMap<&str, usize> {
    links.iter().enumerate().map(|(at, link)| (link.file_name.as_str(), at)).collect()
}
