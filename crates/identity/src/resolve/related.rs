//! What is no proof of an origin but an opportunity: who went into a pod whose service account a credential is, who
//! asked for a token of that account, and who made the pod.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::world::{Triple, World, is_for_pods, service_account};
use super::{Origin, TOLERANCE_MICROS, combine, label_of, rfc3339};
use crate::{ActorKind, Evidence, PodCreation, PodEntry, TokenRequest};

/// Those who went in or asked for a token, of one identity, at most: the last ones before its use.
const MOST_ENTERED: usize = 16;

/// Those who made the pod, or what makes it, at most: the last ones. A service account has many sessions, and all of
/// them the same makers.
const MOST_MADE: usize = 2;

/// Tokens in pods are good for a day, so what was taken from a pod can be of use for so long.
const TOKEN_LIFE_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Owners of owners, at most: a pod's are a ReplicaSet and a Deployment.
const MOST_OWNERS: usize = 8;

/// The opportunities of every identity that has some.
pub fn of_all(world: &World, origins: &HashMap<&str, Origin>) -> HashMap<String, Vec<crate::Step>> {
    let opportunities = Opportunities::of(world, origins);
    let all = origins
        .iter()
        .map(|(identity, origin)| ((*identity).to_owned(), opportunities.of_identity(world, identity, origin)));
    all.filter(|(_, steps)| !steps.is_empty()).collect()
}

/// Opportunities by the service account they bear on.
struct Opportunities<'a> {
    world: &'a World,
    origins: &'a HashMap<&'a str, Origin>,
    /// By cluster, namespace and service account, in the order of time.
    entries: HashMap<Triple, Vec<&'a PodEntry>>,
    /// Into pods whose service account is not known, by cluster and namespace.
    strays: HashMap<(String, String), Vec<&'a PodEntry>>,
    /// By cluster, namespace and pod.
    makers: HashMap<Triple, BTreeSet<&'a PodCreation>>,
    /// By cluster, namespace and service account.
    makers_of_account: HashMap<Triple, BTreeSet<&'a PodCreation>>,
}

#[derive(Clone, Copy)]
enum Opportunity<'a> {
    Entry(&'a PodEntry),
    /// Into a pod of the namespace whose service account no log tells.
    Stray(&'a PodEntry),
    Token(&'a TokenRequest),
    Maker(&'a PodCreation),
}

impl<'a> Opportunity<'a> {
    fn evidence(self) -> &'a Evidence {
        match self {
            Self::Entry(entry) | Self::Stray(entry) => &entry.evidence,
            Self::Token(request) => &request.evidence,
            Self::Maker(made) => &made.evidence,
        }
    }
}

/// Which service account a credential is, and of which pod, as far as known.
struct Account {
    clusters: BTreeSet<String>,
    namespace: String,
    name: String,
    pod_name: Option<String>,
    pod_uid: Option<String>,
    /// The token itself is known, so that others asked for are none of its business.
    token_known: bool,
    first: Option<i64>,
    last: Option<i64>,
}

impl<'a> Opportunities<'a> {
    fn of(world: &'a World, origins: &'a HashMap<&'a str, Origin>) -> Self {
        let mut found = Self {
            world,
            origins,
            entries: HashMap::new(),
            strays: HashMap::new(),
            makers: HashMap::new(),
            makers_of_account: HashMap::new(),
        };
        for (account, pods) in &world.pods {
            let (cluster, namespace, _) = account;
            for pod in pods.keys() {
                let pod = (cluster.clone(), namespace.clone(), pod.clone());
                let entries = world.entries.get(&pod).into_iter().flatten();
                found.entries.entry(account.clone()).or_default().extend(entries);
                let makers = makers(world, &pod);
                found.makers_of_account.entry(account.clone()).or_default().extend(makers.iter().copied());
                found.makers.insert(pod, makers);
            }
        }
        for ((cluster, namespace, pod), entries) in &world.entries {
            if !found.makers.contains_key(&(cluster.clone(), namespace.clone(), pod.clone())) {
                found.strays.entry((cluster.clone(), namespace.clone())).or_default().extend(entries);
            }
        }
        for entries in found.entries.values_mut() {
            entries.sort();
            entries.dedup();
        }
        found
    }

    /// The opportunities to have come by a credential.
    fn of_identity(&self, world: &World, identity: &str, origin: &Origin) -> Vec<crate::Step> {
        let Some(account) = account(world, identity, origin) else { return Vec::new() };
        let mut found = Vec::new();
        for cluster in &account.clusters {
            let key = (cluster.clone(), account.namespace.clone(), account.name.clone());
            let entries = self.entries.get(&key).into_iter().flatten();
            let entries = entries.filter(|entry| in_time(&account, &entry.evidence));
            found.extend(
                entries.filter(|entry| into_its_pod(world, &account, entry)).map(|one| Opportunity::Entry(one)),
            );
            if account.pod_name.is_none() {
                let strays = self.strays.get(&(cluster.clone(), account.namespace.clone())).into_iter().flatten();
                let strays = strays.filter(|entry| in_time(&account, &entry.evidence));
                found.extend(strays.map(|one| Opportunity::Stray(one)));
            }
            if !account.token_known {
                let requests = world.tokens_asked.get(&key).into_iter().flatten();
                let others = requests.filter(|request| request.caller != identity);
                found.extend(others.filter(|one| in_time(&account, &one.evidence)).map(Opportunity::Token));
            }
            let makers = match &account.pod_name {
                Some(pod) => self.makers.get(&(cluster.clone(), account.namespace.clone(), pod.clone())),
                None => self.makers_of_account.get(&key),
            };
            let before = makers.into_iter().flatten().filter(|made| {
                let time = made.evidence.time.zip(account.last);
                time.is_none_or(|(time, last)| time <= last.saturating_add(TOLERANCE_MICROS))
            });
            found.extend(before.map(|made| Opportunity::Maker(made)));
        }
        // Those who went in say more than those who made it, and the last of them more than the first.
        found.sort_by_key(|one| (matches!(one, Opportunity::Maker(_)), Reverse(one.evidence())));
        let (mut entered, mut made) = (0, 0);
        found.retain(|one| {
            let (count, most) = match one {
                Opportunity::Maker(_) => (&mut made, MOST_MADE),
                Opportunity::Entry(_) | Opportunity::Stray(_) | Opportunity::Token(_) => (&mut entered, MOST_ENTERED),
            };
            *count += 1;
            *count <= most
        });
        let mut steps: Vec<crate::Step> = found.into_iter().map(|one| self.step(one)).collect();
        steps.dedup();
        steps
    }

    fn step(&self, opportunity: Opportunity<'_>) -> crate::Step {
        match opportunity {
            Opportunity::Entry(entry) => self.entry(entry),
            Opportunity::Stray(entry) => {
                let step = self.entry(entry);
                let unknown = "the pod's service account is not in the logs";
                let note = step.note.map_or_else(|| unknown.to_owned(), |note| format!("{unknown}; {note}"));
                crate::Step { note: Some(note), ..step }
            }
            Opportunity::Token(request) => self.token(request),
            Opportunity::Maker(made) => self.maker(made),
        }
    }

    fn entry(&self, entry: &PodEntry) -> crate::Step {
        let to = format!("pod {}/{}", entry.namespace, entry.pod_name);
        self.possible(&entry.how, to, &entry.cluster, (&entry.caller, &entry.caller_name), &entry.evidence)
    }

    fn token(&self, request: &TokenRequest) -> crate::Step {
        let to = format!("token of system:serviceaccount:{}:{}", request.namespace, request.service_account);
        let caller = (request.caller.as_str(), request.caller_name.as_str());
        self.possible("TokenRequest", to, &request.cluster, caller, &request.evidence)
    }

    fn maker(&self, made: &PodCreation) -> crate::Step {
        let to = format!("{} {}/{}", made.kind.to_lowercase(), made.namespace, made.name);
        let caller = (made.caller.as_str(), made.caller_name.as_str());
        self.possible(&format!("{} {}", made.verb, made.kind.to_lowercase()), to, &made.cluster, caller, &made.evidence)
    }

    fn possible(
        &self,
        step: &str,
        to: String,
        cluster: &str,
        (caller, caller_name): (&str, &str),
        evidence: &Evidence,
    ) -> crate::Step {
        let origin = self.origins.get(caller);
        let via = origin.and_then(|origin| combine::via(&origin.chain));
        let from = origin.map_or_else(|| caller_name.to_owned(), |origin| origin.actor.clone());
        let sure = origin.map(|origin| origin.confidence.name());
        let label = label_of(self.world, caller).unwrap_or_else(|| caller_name.to_owned());
        crate::Step {
            step: step.to_owned(),
            to,
            from_identity: Some(caller.to_owned()).filter(|_| origin.is_some()),
            credential: None,
            time: evidence.time.and_then(rfc3339),
            plane: evidence.plane.name(),
            cluster: Some(cluster.to_owned()),
            event_id: evidence.event_id.clone(),
            source_uri: Some(evidence.source_uri.clone()),
            source_record: Some(evidence.source_record),
            confidence: "possible",
            note: match (via, sure) {
                (Some(via), Some(sure)) => Some(format!("{sure}: {via}")),
                _ => Some(format!("as {label}")).filter(|_| label != from),
            },
            from,
        }
    }
}

/// The service account that an identity is, or that it leads back to.
fn account(world: &World, identity: &str, origin: &Origin) -> Option<Account> {
    if let Some(node) = world.kubernetes.get(identity) {
        let (namespace, name) = service_account(&node.user_name)?;
        let token = node.extra.credential_id.as_ref().map(|id| (node.cluster.clone(), id.clone()));
        return Some(Account {
            clusters: BTreeSet::from([node.cluster.clone()]),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            pod_name: node.extra.pod_name.clone(),
            pod_uid: node.extra.pod_uid.clone(),
            token_known: token.is_some_and(|token| world.tokens.contains_key(&token)),
            first: node.span.first,
            last: node.span.last,
        });
    }
    if origin.kind != ActorKind::ServiceAccount {
        return None;
    }
    let (namespace, name) = service_account(&origin.actor)?;
    let node = world.aws.get(identity)?;
    let mints = node.credential.access_key_id.as_ref().and_then(|key| world.mints_of_key.get(key));
    let mut mints = mints.into_iter().flatten().filter_map(|position| world.mints.get(*position));
    let pod = mints.find_map(|mint| mint.pod.as_ref());
    let said = origin.chain.first().and_then(|step| step.cluster.clone());
    let named = (namespace.to_owned(), name.to_owned());
    let clusters =
        if let Some(cluster) = said { BTreeSet::from([cluster]) } else { world.clusters_without_issuer(&named) };
    Some(Account {
        clusters,
        namespace: named.0,
        name: named.1,
        pod_name: pod.and_then(|pod| pod.pod_name.clone()),
        pod_uid: pod.and_then(|pod| pod.pod_uid.clone()),
        token_known: false,
        first: node.credential.session_created.or(node.span.first),
        last: node.span.last.or(node.span.first),
    })
}

/// Whether something happened while a token taken then could have led to the use.
fn in_time(account: &Account, evidence: &Evidence) -> bool {
    let begin = account.first.map(|first| first.saturating_sub(TOKEN_LIFE_MICROS));
    let end = account.last.map(|last| last.saturating_add(TOLERANCE_MICROS));
    let time = evidence.time;
    time.zip(begin).is_none_or(|(time, begin)| time >= begin) && time.zip(end).is_none_or(|(time, end)| time <= end)
}

/// Whether somebody went into the very pod, as far as that is known: names are used again.
fn into_its_pod(world: &World, account: &Account, entry: &PodEntry) -> bool {
    if account.pod_name.as_ref().is_some_and(|pod| *pod != entry.pod_name) {
        return false;
    }
    let Some(uid) = &account.pod_uid else { return true };
    if let Some(entered) = &entry.pod_uid {
        return entered == uid;
    }
    let named = (entry.cluster.clone(), entry.namespace.clone(), "Pod".to_owned(), entry.pod_name.clone());
    let creations = world.creations.get(&named).into_iter().flatten();
    let before =
        creations.filter(|made| made.evidence.time <= entry.evidence.time).max_by_key(|made| made.evidence.time);
    before.and_then(|made| made.uid.as_ref()).is_none_or(|made| made == uid)
}

/// Who made a pod: whoever created it, or created what owns it, past the controllers in between.
fn makers<'a>(world: &'a World, pod: &Triple) -> BTreeSet<&'a PodCreation> {
    let mut makers = BTreeSet::new();
    let mut wanted = vec![("Pod".to_owned(), pod.2.clone())];
    let mut seen = BTreeSet::new();
    while let Some((kind, name)) = wanted.pop() {
        if seen.len() >= MOST_OWNERS || !seen.insert((kind.clone(), name.clone())) {
            continue;
        }
        let named = (pod.0.clone(), pod.1.clone(), kind, name);
        for made in world.creations.get(&named).into_iter().flatten() {
            match &made.owner {
                Some(owner) if is_controller(&made.caller_name) => wanted.push(owner.clone()),
                // What controllers note in what others made.
                None if is_controller(&made.caller_name) => {}
                _ => {
                    makers.insert(made);
                }
            }
        }
    }
    makers
}

/// Whether a user is one of the cluster's own controllers, which make things because somebody made their owner.
fn is_controller(user_name: &str) -> bool {
    let own = service_account(user_name)
        .is_some_and(|(namespace, name)| namespace == "kube-system" && name.ends_with("-controller"));
    own || is_for_pods(user_name)
}
