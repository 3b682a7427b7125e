//! From a plan and the origins of what it rests on to the origin of the credential.

use std::collections::HashMap;

use super::world::World;
use super::{LONGEST_CHAIN, Link, Origin, Plan, Source, label_of, rfc3339};
use crate::{ActorKind, Candidate, Confidence, Step};

/// Candidates of one identity, at most. More than these say no more than these.
const MOST_CANDIDATES: usize = 64;

/// The origin of a credential whose sources are resolved.
pub fn origin(plan: &Plan, world: &World, known: &HashMap<&str, Origin>) -> Origin {
    if plan.links.is_empty() && plan.doubt.is_none() {
        return plan.own.clone();
    }
    let mut ways: Vec<(Origin, &Link)> = plan.links.iter().map(|link| (through(link, world, known), link)).collect();
    // The surest first; among equals the one that was last, which is the one nearest to the use.
    ways.sort_by(|(a, link), (b, other)| {
        b.confidence
            .cmp(&a.confidence)
            .then_with(|| time(other).cmp(&time(link)))
            .then_with(|| (&a.actor, &a.chain).cmp(&(&b.actor, &b.chain)))
    });
    let agree = ways.windows(2).all(|pair| match pair {
        [(one, _), (other, _)] => {
            (&one.actor, one.kind) == (&other.actor, other.kind) && one.candidates == other.candidates
        }
        _ => true,
    });
    if let (true, None, Some((origin, _))) = (agree, &plan.doubt, ways.first()) {
        return origin.clone();
    }
    let mut candidates: Vec<Candidate> = ways.iter().flat_map(|(origin, link)| fitting(origin, link)).collect();
    candidates.sort();
    candidates.dedup();
    candidates.truncate(MOST_CANDIDATES);
    Origin { confidence: Confidence::Ambiguous, candidates, chain: Vec::new(), ..plan.own.clone() }
}

fn time(link: &Link) -> Option<i64> {
    link.evidence.as_ref().and_then(|evidence| evidence.time)
}

/// The origin of what a circle of mints gives.
pub fn circular(plan: &Plan) -> Origin {
    let confidence = plan.own.confidence.min(Confidence::Unresolved);
    Origin { confidence, ..plan.own.clone() }
}

/// The origin by one way, with the step that this way adds.
fn through(link: &Link, world: &World, known: &HashMap<&str, Origin>) -> Origin {
    let mut identity = None;
    let (mut origin, from) = match &link.source {
        Source::Origin(origin) => (origin.clone(), origin.actor.clone()),
        Source::Credential(source) => {
            identity = Some(source.clone());
            of_credential(source, world, known).unwrap_or_else(|| {
                (Origin::plain(source.clone(), ActorKind::Unknown, Confidence::Unresolved), source.clone())
            })
        }
        Source::Token { caller, origin, for_pods } => match of_credential(caller, world, known) {
            Some((asker, label)) if !matches!(asker.kind, ActorKind::Node | ActorKind::KubernetesComponent) => {
                identity = Some(caller.clone());
                (asker, label)
            }
            None if !for_pods => {
                (Origin::plain(caller.clone(), ActorKind::Unknown, Confidence::Unresolved), caller.clone())
            }
            _ => (origin.clone(), origin.actor.clone()),
        },
    };
    if origin.chain.len() >= LONGEST_CHAIN {
        let note = format!("the chain is longer than {LONGEST_CHAIN} steps");
        let step = Step { note: Some(note), ..step(link, from.clone(), identity) };
        return Origin { chain: vec![step], ..Origin::plain(from, ActorKind::Unknown, Confidence::Unresolved) };
    }
    let step = step(link, from, identity);
    for candidate in &mut origin.candidates {
        candidate.chain.reserve_exact(1);
        candidate.chain.push(step.clone());
    }
    origin.chain.reserve_exact(1);
    origin.chain.push(step);
    origin.confidence = origin.confidence.min(link.confidence);
    origin
}

/// The origin of another credential, and how it is called.
fn of_credential(identity: &str, world: &World, known: &HashMap<&str, Origin>) -> Option<(Origin, String)> {
    Some((known.get(identity)?.clone(), label_of(world, identity)?))
}

fn step(link: &Link, from: String, from_identity: Option<String>) -> Step {
    let evidence = link.evidence.as_ref();
    Step {
        step: link.step.clone(),
        from,
        to: link.to.clone(),
        from_identity,
        credential: link.credential.clone(),
        time: evidence.and_then(|evidence| evidence.time).and_then(rfc3339),
        plane: link.plane,
        cluster: link.cluster.clone(),
        event_id: evidence.and_then(|evidence| evidence.event_id.clone()),
        source_uri: evidence.map(|evidence| evidence.source_uri.clone()),
        source_record: evidence.map(|evidence| evidence.source_record),
        confidence: link.confidence.name(),
        note: link.note.clone(),
    }
}

/// The candidates that one way gives: its own, or the one it leads to.
fn fitting(origin: &Origin, link: &Link) -> Vec<Candidate> {
    if !origin.candidates.is_empty() {
        return origin.candidates.clone();
    }
    vec![Candidate {
        actor: origin.actor.clone(),
        actor_kind: origin.kind.name(),
        evidence: link.speaks.clone(),
        chain: origin.chain.clone(),
    }]
}

/// The chain in one line.
pub fn via(chain: &[Step]) -> Option<String> {
    let first = chain.first()?;
    let mut line = first.from.clone();
    for step in chain {
        line += &format!(" > {} ({})", step.to, method(&step.step));
    }
    Some(line)
}

/// The name of a step, where the call's own is longer than its sense.
fn method(step: &str) -> &str {
    match step {
        "AssumeRoleWithSAML" => "SAML",
        "AssumeRoleWithWebIdentity" => "web identity",
        "AssumeRoleForPodIdentity" => "Pod Identity",
        "CreateSession" => "Roles Anywhere",
        "GetCredentialsForIdentity" => "Cognito",
        other => other,
    }
}
