//! What configuration allows: access entries, `aws-auth`, Pod Identity associations and the annotations of service
//! accounts, each for as long as it was in force. It says who could, never who did: its steps are `configured`, and no origin rests on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::aws::cluster_of_issuer;
use super::world::{KubernetesNode, Triple, World, service_account};
use super::{Origin, TOLERANCE_MICROS, combine, label_of, rfc3339};
use crate::{
    Access, AccessKind, ActorKind, Change, Evidence, Mint, PodAssociation, RoleAnnotation, Step, Subject, arn, kind,
    mapping,
};

/// Pieces of configuration that are shown of one identity, at most: the last ones before its use.
const MOST_SHOWN: usize = 6;

/// The call that lets whoever makes it into the cluster, as the user that EKS calls so where access entries are not in
/// use.
const CREATION: &str = "CreateCluster";
const CREATOR: &str = "kubernetes-admin";

/// The confidence of a step that is configuration only.
pub const CONFIGURED: &str = "configured";

/// A piece of configuration and when it ended, if it did.
#[derive(Clone, Debug)]
pub struct Valid<T> {
    pub fact: T,
    pub until: Option<i64>,
}

/// Account, kind (`role`, `user`) and name of an IAM principal; a session is its role.
pub type Principal = (String, &'static str, String);

/// Who may log in, by cluster and principal, each in the order of time.
pub type AccessByPrincipal = HashMap<String, BTreeMap<Principal, Vec<Valid<Access>>>>;

/// Orders the facts and finds their ends. What names neither a role nor a user is left out.
pub fn access(mut facts: Vec<Access>) -> AccessByPrincipal {
    facts.sort();
    facts.dedup();
    let mut found = AccessByPrincipal::new();
    for fact in facts {
        let of_cluster = found.entry(fact.cluster.clone()).or_default();
        if fact.change == Change::Replaced {
            for known in of_cluster.values_mut() {
                end(known, fact.evidence.time, |old| old.kind == fact.kind);
            }
            continue;
        }
        let Some(principal) = principal(&fact.principal_arn) else { continue };
        add(of_cluster.entry(principal).or_default(), fact);
    }
    found
}

/// Adds what was allowed, or ends what was removed.
fn add(known: &mut Vec<Valid<Access>>, mut fact: Access) {
    let time = fact.evidence.time;
    // What an update does not say stays.
    if fact.call == "UpdateAccessEntry" && fact.user_name.is_none() {
        let before = known.iter().rev().find(|old| old.until.is_none() && old.fact.policy.is_none());
        fact.user_name = before.and_then(|old| old.fact.user_name.clone());
    }
    if fact.change == Change::Removed {
        // With an entry its policies go.
        end(known, time, |old| old.kind == fact.kind && (fact.policy.is_none() || old.policy == fact.policy));
        return;
    }
    let is_seen = fact.call == "DescribeAccessEntry";
    if is_seen && known.iter().any(|old| old.fact.kind == fact.kind && old.until.is_none()) {
        return;
    }
    if fact.kind == AccessKind::Entry {
        end(known, time, |old| old.kind == fact.kind && old.policy == fact.policy);
    } else if let Some(before) = known.iter_mut().find(|old| goes_on(old, &fact)) {
        // A mapping that stands in the next version as well was made by whoever wrote it first.
        before.until = None;
        return;
    }
    known.push(Valid { fact, until: None });
}

/// Whether a mapping ended only because the event that brings it again replaced all.
fn goes_on(old: &Valid<Access>, new: &Access) -> bool {
    old.until.is_some()
        && old.until == new.evidence.time
        && (old.fact.kind, &old.fact.user_name, &old.fact.groups) == (new.kind, &new.user_name, &new.groups)
}

/// Roles by cluster, namespace and service account, in the order of time.
pub fn associations(mut facts: Vec<PodAssociation>) -> HashMap<Triple, Vec<Valid<PodAssociation>>> {
    facts.sort();
    facts.dedup();
    let mut found: HashMap<Triple, Vec<Valid<PodAssociation>>> = HashMap::new();
    for fact in facts {
        let account = (fact.cluster.clone(), fact.namespace.clone(), fact.service_account.clone());
        let known = found.entry(account).or_default();
        // A service account of a cluster has one association at a time.
        end(known, fact.evidence.time, |_| true);
        if fact.change == Change::Allowed {
            known.push(Valid { fact, until: None });
        }
    }
    found
}

/// Roles that annotations name, by cluster, namespace and service account, in the order of time.
pub fn annotations(mut facts: Vec<RoleAnnotation>) -> HashMap<Triple, Vec<Valid<RoleAnnotation>>> {
    facts.sort();
    facts.dedup();
    let mut found: HashMap<Triple, Vec<Valid<RoleAnnotation>>> = HashMap::new();
    for fact in facts {
        let account = (fact.cluster.clone(), fact.namespace.clone(), fact.service_account.clone());
        let known = found.entry(account).or_default();
        // A role that the next version names as well was given by whoever wrote it first.
        if known.last().is_some_and(|last| last.until.is_none() && last.fact.role_arn == fact.role_arn) {
            continue;
        }
        end(known, fact.evidence.time, |_| true);
        if fact.role_arn.is_some() {
            known.push(Valid { fact, until: None });
        }
    }
    found
}

fn end<T>(known: &mut [Valid<T>], time: Option<i64>, ends: impl Fn(&T) -> bool) {
    for one in known.iter_mut().filter(|one| one.until.is_none()) {
        if ends(&one.fact) {
            one.until = time;
        }
    }
}

/// None for what is neither role nor user.
fn principal(text: &str) -> Option<Principal> {
    let account = arn::Arn::parse(text)?.account.to_owned();
    if let Some((role, _)) = arn::session(text) {
        return Some((account, "role", role.to_owned()));
    }
    if let Some(role) = arn::role(text) {
        return Some((account, "role", role.to_owned()));
    }
    arn::user(text).map(|user| (account, "user", user.to_owned()))
}

/// Whether configuration was in force at some time between two.
fn in_force<T>(one: &Valid<T>, made: Option<i64>, first: Option<i64>, last: Option<i64>) -> bool {
    let began = made.zip(last).is_none_or(|(made, last)| made <= last.saturating_add(TOLERANCE_MICROS));
    let lasted = one.until.zip(first).is_none_or(|(until, first)| until.saturating_add(TOLERANCE_MICROS) >= first);
    began && lasted
}

/// What configuration let this identity be, the last first.
pub fn of_identity(world: &World, origins: &HashMap<&str, Origin>, identity: &str) -> Vec<Step> {
    let mut steps = if world.kubernetes.contains_key(identity) {
        let mut steps = of_user(world, origins, identity);
        steps.extend(of_account(world, origins, identity));
        steps
    } else {
        of_session(world, origins, identity)
    };
    steps.sort_by(|one, other| other.time.cmp(&one.time).then_with(|| one.cmp(other)));
    steps.dedup();
    steps.truncate(MOST_SHOWN);
    steps
}

/// What let somebody log in as a user of a cluster.
fn of_user(world: &World, origins: &HashMap<&str, Origin>, identity: &str) -> Vec<Step> {
    let Some(node) = world.kubernetes.get(identity) else { return Vec::new() };
    let Some(all) = world.access.get(&node.cluster) else { return Vec::new() };
    let extra = &node.extra;
    let named = extra.arn.as_deref().or(extra.canonical_arn.as_deref());
    match kind::of_kubernetes_user(&node.user_name) {
        // Nodes have their entry from EKS; other names of the system belong to IAM only where the log says so.
        Some(ActorKind::Node) => return Vec::new(),
        Some(_) if named.is_none() => return Vec::new(),
        _ => {}
    }
    let mut principals: BTreeSet<Principal> = named.and_then(principal).into_iter().collect();
    if named.is_none() {
        let lines = world.logins.get(&(node.cluster.clone(), node.user_name.clone()));
        let arns = lines.into_iter().flatten().filter_map(|line| line.canonical_arn.as_deref());
        principals.extend(arns.filter_map(principal));
    }
    let is_known = !principals.is_empty();
    if !is_known {
        principals.extend(all.keys().cloned());
    }
    let mut found = Vec::new();
    for own in principals.iter().filter_map(|principal| all.get(principal)) {
        found.extend(let_in(own, node, is_known));
    }
    found
        .into_iter()
        .map(|one| {
            let fact = &one.fact;
            let what = Configured { call: &fact.call, to: said(fact), cluster: &fact.cluster, until: one.until };
            step(world, origins, what, (&fact.caller, &fact.caller_name), &fact.evidence)
        })
        .collect()
}

/// What let one principal in as a user: its entries whose template fits, and the policies of these.
fn let_in<'a>(own: &'a [Valid<Access>], node: &KubernetesNode, is_known: bool) -> Vec<&'a Valid<Access>> {
    let in_time = |one: &&Valid<Access>| in_force(one, one.fact.evidence.time, node.span.first, node.span.last);
    let (policies, entries): (Vec<_>, Vec<_>) = own.iter().filter(in_time).partition(|one| one.fact.policy.is_some());
    let mut found: Vec<_> = entries.into_iter().filter(|one| gives(&one.fact, &node.user_name, is_known)).collect();
    if !found.is_empty() {
        found.extend(policies);
    }
    found
}

/// Whether an entry can give a user name.
fn gives(fact: &Access, user_name: &str, is_known: bool) -> bool {
    if let Some(template) = &fact.user_name {
        return mapping::fits(template, user_name);
    }
    match fact.call.as_str() {
        // The answer is not logged: where the log names the principal, that is enough.
        "DescribeAccessEntry" => is_known,
        CREATION if user_name == CREATOR => true,
        _ => {
            let default = mapping::default_user_name(&fact.principal_arn);
            default.is_some_and(|template| mapping::fits(&template, user_name))
        }
    }
}

/// `role ci-deploy as shop:deployer in groups shop:deployers`
fn said(fact: &Access) -> String {
    let mut text = arn::short(&fact.principal_arn).unwrap_or_else(|| fact.principal_arn.clone());
    if let Some(policy) = &fact.policy {
        text += &format!(" with policy {}", policy.rsplit('/').next().unwrap_or(policy));
    }
    if let Some(user_name) = &fact.user_name {
        text += &format!(" as {user_name}");
    }
    if !fact.groups.is_empty() {
        text += &format!(" in groups {}", fact.groups.join(", "));
    }
    text
}

/// The roles that the pods of a service account could have by Pod Identity or IRSA while it was in use.
fn of_account(world: &World, origins: &HashMap<&str, Origin>, identity: &str) -> Vec<Step> {
    let Some(node) = world.kubernetes.get(identity) else { return Vec::new() };
    let Some((namespace, name)) = service_account(&node.user_name) else { return Vec::new() };
    let account = (node.cluster.clone(), namespace.to_owned(), name.to_owned());
    let all = world.associations.get(&account).into_iter().flatten();
    let own = all.filter(|one| in_force(one, one.fact.evidence.time, node.span.first, node.span.last));
    let mut steps: Vec<Step> = own.map(|one| association(world, origins, one)).collect();
    let all = world.annotations.get(&account).into_iter().flatten();
    let own = all.filter(|one| in_force(one, one.fact.evidence.time, node.span.first, node.span.last));
    steps.extend(own.map(|one| annotation(world, origins, one)));
    steps
}

/// The association or the annotation by which a session was taken for a pod.
fn of_session(world: &World, origins: &HashMap<&str, Origin>, identity: &str) -> Vec<Step> {
    let Some(node) = world.aws.get(identity) else { return Vec::new() };
    let mints = node.credential.access_key_id.as_ref().and_then(|key| world.mints_of_key.get(key));
    let mints = mints.into_iter().flatten().filter_map(|position| world.mints.get(*position));
    let mut steps = Vec::new();
    for mint in mints {
        steps.extend(of_web_identity(world, origins, mint));
        let Some(pod) = &mint.pod else { continue };
        let account = (pod.cluster.clone(), pod.namespace.clone(), pod.service_account.clone());
        let role = mint.session_arn.as_deref().or(mint.role_arn.as_deref()).and_then(principal);
        let time = mint.evidence.time;
        let all = world.associations.get(&account).into_iter().flatten();
        let own = all.filter(|one| in_force(one, one.fact.evidence.time, time, time)).filter(|one| {
            let allowed = one.fact.role_arn.as_deref().and_then(principal);
            allowed.is_none() || role.is_none() || allowed == role
        });
        steps.extend(own.map(|one| association(world, origins, one)));
    }
    steps
}

/// The annotations that name the role which the token of a service account took.
fn of_web_identity(world: &World, origins: &HashMap<&str, Origin>, mint: &Mint) -> Vec<Step> {
    let Some(Subject::WebIdentity { name, .. }) = &mint.subject else { return Vec::new() };
    let Some((namespace, name)) = service_account(name) else { return Vec::new() };
    let Some(role) = mint.session_arn.as_deref().or(mint.role_arn.as_deref()).and_then(principal) else {
        return Vec::new();
    };
    let clusters = match cluster_of_issuer(world, mint) {
        Some(cluster) => BTreeSet::from([cluster]),
        None => world.clusters_without_issuer(&(namespace.to_owned(), name.to_owned())),
    };
    let accounts = clusters.into_iter().map(|cluster| (cluster, namespace.to_owned(), name.to_owned()));
    let all = accounts.filter_map(|account| world.annotations.get(&account)).flatten();
    let time = mint.evidence.time;
    let own = all
        .filter(|one| in_force(one, one.fact.evidence.time, time, time))
        .filter(|one| one.fact.role_arn.as_deref().and_then(principal).as_ref() == Some(&role));
    own.map(|one| annotation(world, origins, one)).collect()
}

fn annotation(world: &World, origins: &HashMap<&str, Origin>, one: &Valid<RoleAnnotation>) -> Step {
    let fact = &one.fact;
    let named = fact.role_arn.as_deref().unwrap_or_default();
    let role = arn::short(named).unwrap_or_else(|| named.to_owned());
    let to = format!("{role} for system:serviceaccount:{}:{}, by annotation", fact.namespace, fact.service_account);
    let what = Configured { call: &fact.call, to, cluster: &fact.cluster, until: one.until };
    step(world, origins, what, (&fact.caller, &fact.caller_name), &fact.evidence)
}

fn association(world: &World, origins: &HashMap<&str, Origin>, one: &Valid<PodAssociation>) -> Step {
    let fact = &one.fact;
    let role = fact.role_arn.as_deref().and_then(arn::short).unwrap_or_else(|| "a role".to_owned());
    let to = format!("{role} for system:serviceaccount:{}:{}", fact.namespace, fact.service_account);
    let what = Configured { call: &fact.call, to, cluster: &fact.cluster, until: one.until };
    step(world, origins, what, (&fact.caller, &fact.caller_name), &fact.evidence)
}

/// What was configured, in words.
struct Configured<'a> {
    call: &'a str,
    to: String,
    cluster: &'a str,
    until: Option<i64>,
}

fn step(
    world: &World,
    origins: &HashMap<&str, Origin>,
    what: Configured<'_>,
    (caller, caller_name): (&str, &str),
    evidence: &Evidence,
) -> Step {
    let origin = origins.get(caller);
    let from = origin.map_or_else(|| caller_name.to_owned(), |origin| origin.actor.clone());
    let how = match origin.and_then(|origin| Some((origin.confidence.name(), combine::via(&origin.chain)?))) {
        Some((sure, via)) => Some(format!("{sure}: {via}")),
        None => label_of(world, caller).filter(|label| *label != from).map(|label| format!("as {label}")),
    };
    let ended = what.until.and_then(rfc3339).map(|until| format!("until {until}"));
    let note = [ended, how].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Step {
        step: what.call.to_owned(),
        from,
        to: what.to,
        // Who configured something had no more of what others did with it than anybody: the key is not named.
        from_identity: None,
        credential: None,
        time: evidence.time.and_then(rfc3339),
        plane: evidence.plane.name(),
        cluster: Some(what.cluster.to_owned()),
        event_id: evidence.event_id.clone(),
        source_uri: Some(evidence.source_uri.clone()),
        source_record: Some(evidence.source_record),
        confidence: CONFIGURED,
        note: Some(note).filter(|note| !note.is_empty()),
    }
}

/// Says at the step that configuration allowed, the last of the chain, which configuration that was.
pub fn note(chain: &mut [Step], configured: &[Step]) {
    let Some(last) = chain.last_mut() else { return };
    if !matches!(
        last.step.as_str(),
        "EKS login" | "AssumeRoleForPodIdentity" | "AssumeRole" | "AssumeRoleWithWebIdentity"
    ) {
        return;
    }
    let all: Vec<String> = configured
        .iter()
        .map(|step| {
            let event = step.event_id.as_ref().map(|id| format!(", event {id}")).unwrap_or_default();
            format!("configured by {}: {}{event}", step.step, step.to)
        })
        .collect();
    if !all.is_empty() {
        let before = last.note.take().into_iter();
        last.note = Some(before.chain(all).collect::<Vec<_>>().join("; "));
    }
}

/// The templates by which IAM principals got this user's name while it was active, of any principal.
pub fn templates<'a>(world: &'a World, node: &KubernetesNode) -> BTreeSet<&'a str> {
    let all = world.access.get(&node.cluster).into_iter().flatten().flat_map(|(_, own)| own);
    let in_time = all.filter(|one| in_force(one, one.fact.evidence.time, node.span.first, node.span.last));
    let named = in_time.filter_map(|one| one.fact.user_name.as_deref());
    named.filter(|template| mapping::fits(template, &node.user_name)).collect()
}
