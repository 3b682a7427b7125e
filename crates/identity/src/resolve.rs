//! From facts to identities.
//!
//! Each credential rests on others: a session on the credential that took the role, a Kubernetes user on the session
//! that logged in. `aws` and `kubernetes` say what a credential rests on ([`Plan`]); here the plans are followed from
//! the origins downward, each credential once, so that neither a circle nor a long chain can hold the program up.
//! `related` adds what is opportunity only, `configured` what configuration allowed.

mod aws;
mod combine;
mod configured;
mod few;
mod kubernetes;
mod related;
mod world;

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use crate::{ActorKind, Candidate, Confidence, Evidence, Facts, Identity, Step};
use world::World;

/// Chains longer than this are not followed: AWS lets a role be taken from a role any number of times, people don't.
const LONGEST_CHAIN: usize = 32;

/// How far the clocks of two logs may differ, and how late a call may be logged.
const TOLERANCE_MICROS: i64 = 60_000_000;

/// Who is behind a credential, as far as known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    actor: String,
    kind: ActorKind,
    confidence: Confidence,
    chain: Vec<Step>,
    candidates: Vec<Candidate>,
}

impl Origin {
    fn plain(actor: impl Into<String>, kind: ActorKind, confidence: Confidence) -> Self {
        Self { actor: actor.into(), kind, confidence, chain: Vec::new(), candidates: Vec::new() }
    }
}

/// What a credential comes from.
#[derive(Clone, Debug)]
enum Source {
    /// Another credential, by its key.
    Credential(String),
    /// Somebody with whom the chain begins.
    Origin(Origin),
    /// Whoever asked for a token: for a pod the chain begins with the pod's service account, `origin`; else it goes on
    /// to who asked. `for_pods` tells which by the asker's name, for when nothing more is known of the asker.
    Token { caller: String, origin: Origin, for_pods: bool },
}

/// One way in which a credential may have come to be.
#[derive(Clone, Debug)]
struct Link {
    source: Source,
    /// The call or the way.
    step: String,
    /// The credential, as the step gives it: `ci-deploy/run-7`.
    to: String,
    /// The id of what was given.
    credential: Option<String>,
    evidence: Option<Evidence>,
    plane: &'static str,
    cluster: Option<String>,
    /// How sure this step is by itself.
    confidence: Confidence,
    note: Option<String>,
    /// What speaks for it, for when there are several.
    speaks: String,
}

/// What a credential rests on.
#[derive(Clone, Debug)]
struct Plan {
    /// What the credential says of itself: the origin where there are no links, and the last certain step where the
    /// links disagree.
    own: Origin,
    links: Vec<Link>,
    /// Why the links can't be trusted even if they agree.
    doubt: Option<String>,
}

/// Resolves every credential that the facts show. One identity for each key, in the order of keys.
pub fn resolve(facts: Facts) -> Vec<Identity> {
    let mut identities = Vec::new();
    let done: Result<(), Infallible> = resolve_each(facts, |identity| {
        identities.push(identity);
        Ok(())
    });
    done.map_or_else(|never| match never {}, |()| identities)
}

/// Resolves every credential and hands each identity on as soon as it is made, in the order of keys: there can be
/// hundreds of thousands. Ends with the first error of who takes them.
pub fn resolve_each<E>(facts: Facts, mut take: impl FnMut(Identity) -> Result<(), E>) -> Result<(), E> {
    let world = World::of(facts);
    let mut origins = follow(&world);
    let mut related = related::of_all(&world, &origins);
    let mut configured: HashMap<String, Vec<Step>> = origins
        .keys()
        .map(|identity| ((*identity).to_owned(), configured::of_identity(&world, &origins, identity)))
        .filter(|(_, steps)| !steps.is_empty())
        .collect();
    let mut identities: Vec<&str> = origins.keys().copied().collect();
    identities.sort_unstable();
    for identity in identities {
        let Some(mut origin) = origins.remove(identity) else { continue };
        let shown = match (world.aws.get(identity), world.kubernetes.get(identity)) {
            (Some(node), _) => aws::shown(node),
            (None, Some(node)) => kubernetes::shown(identity, node),
            (None, None) => continue,
        };
        let mut related = related.remove(identity).unwrap_or_default();
        if let Some(configured) = configured.remove(identity) {
            configured::note(&mut origin.chain, &configured);
            related.extend(configured);
        }
        take(Identity {
            identity: identity.to_owned(),
            plane: shown.plane,
            cluster: shown.cluster,
            credential: shown.credential,
            arn: shown.arn,
            actor: origin.actor,
            actor_kind: origin.kind,
            via: combine::via(&origin.chain),
            confidence: origin.confidence,
            candidates: origin.candidates,
            chain: origin.chain,
            related,
            span: shown.span,
        })?;
    }
    Ok(())
}

/// How an identity stands in the table.
struct Shown {
    plane: crate::Plane,
    cluster: Option<String>,
    credential: String,
    arn: Option<String>,
    span: crate::Span,
}

/// What a credential rests on.
fn plan_of(world: &World, identity: &str) -> Option<Plan> {
    match (world.aws.get(identity), world.kubernetes.get(identity)) {
        (Some(node), _) => Some(aws::plan(world, node)),
        (None, Some(node)) => Some(kubernetes::plan(world, node)),
        (None, None) => None,
    }
}

/// How a credential is called in the steps of others: `ci-deploy/run-7`.
fn label_of(world: &World, identity: &str) -> Option<String> {
    match (world.aws.get(identity), world.kubernetes.get(identity)) {
        (Some(node), _) => Some(aws::label(node)),
        (None, Some(node)) => Some(node.user_name.clone()),
        (None, None) => None,
    }
}

/// Follows the plans from the origins downward. What rests on itself, by whatever way round, keeps what it says of
/// itself, as nobody can say who was first.
///
/// Plans are made twice, once for their order and once for what they say: all of them at a time would take more memory
/// than everything else.
fn follow(world: &World) -> HashMap<&str, Origin> {
    let all = || world.aws.keys().chain(world.kubernetes.keys()).map(String::as_str);
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut dependents: HashMap<String, Vec<&str>> = HashMap::new();
    let mut ready: Vec<&str> = Vec::new();
    for identity in all() {
        let links = plan_of(world, identity).map(|plan| plan.links).unwrap_or_default();
        let needs: BTreeSet<String> = links
            .into_iter()
            .filter_map(|link| match link.source {
                Source::Credential(identity) | Source::Token { caller: identity, .. } => Some(identity),
                Source::Origin(_) => None,
            })
            .filter(|needed| world.aws.contains_key(needed) || world.kubernetes.contains_key(needed))
            .collect();
        if needs.is_empty() {
            ready.push(identity);
        } else {
            waiting.insert(identity, needs.len());
        }
        for need in needs {
            dependents.entry(need).or_default().push(identity);
        }
    }
    let mut origins: HashMap<&str, Origin> = HashMap::new();
    while let Some(identity) = ready.pop() {
        if let Some(plan) = plan_of(world, identity) {
            origins.insert(identity, combine::origin(&plan, world, &origins));
        }
        for dependent in dependents.get(identity).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(dependent) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.push(dependent);
                }
            }
        }
    }
    for identity in all() {
        if !origins.contains_key(identity)
            && let Some(plan) = plan_of(world, identity)
        {
            origins.insert(identity, combine::circular(&plan));
        }
    }
    origins
}

/// Microseconds since 1970 as RFC 3339 in UTC.
fn rfc3339(micros: i64) -> Option<String> {
    jiff::Timestamp::from_microsecond(micros).ok().map(|time| time.to_string())
}
