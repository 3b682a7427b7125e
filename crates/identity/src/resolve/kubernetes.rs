//! What a user of a cluster rests on.

use std::collections::BTreeSet;

use super::few::Few;
use super::world::{AwsNode, KubernetesNode, World, is_for_pods, service_account};
use super::{Link, Origin, Plan, Shown, Source, TOLERANCE_MICROS, configured, rfc3339};
use crate::{ActorKind, Confidence, LoginLine, Plane, Span, TokenRequest, arn, key, kind, mapping};

/// A token of the IAM authenticator is good for a quarter of an hour, and the API server may remember it a while.
const LOGIN_MICROS: i64 = 30 * 60 * 1_000_000;

/// Sessions that a login may have come from, at most; more of them prove nothing.
const MOST_SESSIONS: usize = 64;

pub fn plan(world: &World, node: &KubernetesNode) -> Plan {
    let own = own_origin(world, node);
    let mut links = by_access_key(world, node);
    if links.is_empty() {
        links = by_arn(world, node);
    }
    if links.is_empty() {
        links = by_token(world, node);
    }
    // Where the audit log names a session, others of the role are none of its business.
    let named = node.extra.arn.is_some();
    if links.is_empty() && !named && kind::of_kubernetes_user(&node.user_name).is_none() {
        links = by_login_lines(world, node);
    }
    if links.is_empty() && !named {
        links = by_user_name(world, node);
    }
    if links.is_empty() && !named && kind::of_kubernetes_user(&node.user_name).is_none() {
        links = by_principal(world, node);
    }
    Plan { own, links, doubt: None }
}

/// How the user stands in the table.
pub fn shown(identity: &str, node: &KubernetesNode) -> Shown {
    let credential = if node.user_name.is_empty() { node.extra.arn.as_ref() } else { Some(&node.user_name) };
    Shown {
        plane: Plane::Kubernetes,
        cluster: Some(node.cluster.clone()),
        credential: credential.cloned().unwrap_or_else(|| identity.to_owned()),
        arn: node.extra.arn.clone().or_else(|| node.extra.canonical_arn.clone()),
        span: node.span,
    }
}

/// The origin that the user name stands for by itself.
fn own_origin(world: &World, node: &KubernetesNode) -> Origin {
    let name = node.user_name.as_str();
    let extra = &node.extra;
    let by_iam = extra.access_key_id.is_some() || extra.arn.is_some() || extra.canonical_arn.is_some();
    let kind = kind::of_kubernetes_user(name);
    if by_iam && kind.is_none() {
        if let Some((role, session)) = extra.arn.as_deref().and_then(arn::session)
            && arn::is_named_as_identity_center_role(role)
        {
            return Origin::plain(session, ActorKind::Person, Confidence::Likely);
        }
        let named = extra.arn.as_deref().and_then(arn::short).unwrap_or_else(|| name.to_owned());
        return Origin::plain(named, ActorKind::Role, Confidence::Unresolved);
    }
    // A mapping of IAM identities can give anybody a name of the system, so by IAM such a name is likely at best.
    let confidence = if by_iam { Confidence::Likely } else { Confidence::Certain };
    match kind {
        Some(ActorKind::Node) => {
            let node_name = name.strip_prefix("system:node:").unwrap_or(name);
            let instances = world.instances.get(node_name);
            let instance = instances.filter(|instances| instances.len() == 1).and_then(BTreeSet::first);
            let actor = instance.map_or_else(|| node_name.to_owned(), |id| format!("{id} ({node_name})"));
            Origin::plain(actor, ActorKind::Node, confidence)
        }
        Some(kind) => Origin::plain(name, kind, confidence),
        None if name.is_empty() => Origin::plain("unknown", ActorKind::Unknown, Confidence::Unresolved),
        None => Origin::plain(name, ActorKind::Unknown, Confidence::Unresolved),
    }
}

/// A login as a link.
fn login(
    node: &KubernetesNode,
    source: String,
    confidence: Confidence,
    speaks: &str,
    line: Option<&LoginLine>,
) -> Link {
    let access_key_id = line.and_then(|line| line.access_key_id.clone()).or_else(|| node.extra.access_key_id.clone());
    let when = line.and_then(|line| line.evidence.time).and_then(rfc3339);
    Link {
        source: Source::Credential(source),
        step: "EKS login".to_owned(),
        to: node.user_name.clone(),
        credential: access_key_id,
        evidence: line.map(|line| line.evidence.clone()).or_else(|| node.first_event.as_deref().cloned()),
        plane: if line.is_some() { Plane::Authenticator.name() } else { Plane::Kubernetes.name() },
        cluster: Some(node.cluster.clone()),
        confidence,
        note: Some(speaks.to_owned()).filter(|_| confidence != Confidence::Certain),
        speaks: when.map_or_else(|| speaks.to_owned(), |when| format!("{speaks}, at {when}")),
    }
}

/// The audit log names the access key of the login.
fn by_access_key(world: &World, node: &KubernetesNode) -> Vec<Link> {
    let Some(access_key_id) = &node.extra.access_key_id else { return Vec::new() };
    let lines = world.logins.get(&(node.cluster.clone(), node.user_name.clone()));
    let line = lines.into_iter().flatten().find(|line| line.access_key_id.as_ref() == Some(access_key_id));
    let source = key::of_access_key(access_key_id);
    vec![login(node, source, Confidence::Certain, "the audit log names the access key of the login", line)]
}

/// The audit log names the IAM identity of the login, but no key.
fn by_arn(world: &World, node: &KubernetesNode) -> Vec<Link> {
    let Some(arn_text) = node.extra.arn.as_ref().or(node.extra.canonical_arn.as_ref()) else { return Vec::new() };
    if arn::session(arn_text).is_none() && arn::role(arn_text).is_none() {
        let source = key::of_arn(arn_text);
        return vec![login(node, source, Confidence::Certain, "the audit log names the IAM identity", None)];
    }
    let candidates = match world.sessions.get(arn_text) {
        Some(sessions) => sessions.iter().cloned().collect(),
        None if arn::session(arn_text).is_some() => BTreeSet::new(),
        None => sessions_of_role(world, arn_text, node.extra.session_name.as_deref()),
    };
    let speaks = "the audit log names the session, and this one was in use then";
    sessions_alive(world, node, &candidates)
        .into_iter()
        .map(|identity| login(node, identity, Confidence::Likely, speaks, None))
        .collect()
}

/// Sessions of a role, with this session name if one is given.
fn sessions_of_role(world: &World, role_arn: &str, session_name: Option<&str>) -> BTreeSet<String> {
    let (Some(role), Some(parsed)) = (arn::role(role_arn), arn::Arn::parse(role_arn)) else {
        return BTreeSet::new();
    };
    let role = (parsed.account.to_owned(), role.to_owned());
    let all = world.sessions_of_role.get(&role).into_iter().flatten();
    let named = |identity: &&String| {
        let arns = world.aws.get(identity.as_str()).map(|node| node.names());
        session_name.is_none_or(|wanted| {
            arns.into_iter().flatten().any(|arn| arn::session(arn).is_some_and(|(_, name)| name == wanted))
        })
    };
    all.filter(named).cloned().collect()
}

/// Those of the sessions that lived while the user was active.
fn sessions_alive(world: &World, node: &KubernetesNode, sessions: &BTreeSet<String>) -> Vec<String> {
    sessions_alive_in(world, &[node.span], sessions)
}

/// Those of the sessions that lived at some time of one of the spans.
fn sessions_alive_in(world: &World, spans: &[Span], sessions: &BTreeSet<String>) -> Vec<String> {
    let alive = |identity: &&String| {
        let session = world.aws.get(identity.as_str());
        session.is_some_and(|session| spans.iter().any(|span| overlaps(world, *span, session)))
    };
    let alive: Vec<String> = sessions.iter().filter(alive).cloned().collect();
    if alive.len() > MOST_SESSIONS { Vec::new() } else { alive }
}

/// Whether a session can have logged in: made before the user was last seen, and in use or good until after it was
/// first seen. What has no times can't be ruled out.
fn overlaps(world: &World, span: Span, session: &AwsNode) -> bool {
    let mints = session.credential.access_key_id.as_ref().and_then(|key| world.mints_of_key.get(key));
    let mints: Vec<_> = mints.into_iter().flatten().filter_map(|position| world.mints.get(*position)).collect();
    let minted = mints.iter().filter_map(|mint| mint.evidence.time).min();
    let begin = [minted, session.credential.session_created, session.span.first].into_iter().flatten().min();
    let expires = mints.iter().filter_map(|mint| mint.expires).max();
    let end = [expires, session.span.last].into_iter().flatten().max();
    let begins_in_time = begin.zip(span.last).is_none_or(|(begin, last)| begin <= last + TOLERANCE_MICROS);
    let ends_in_time = end.zip(span.first).is_none_or(|(end, first)| end.saturating_add(LOGIN_MICROS) >= first);
    begins_in_time && ends_in_time
}

/// The token that the user holds, by its id.
fn by_token(world: &World, node: &KubernetesNode) -> Vec<Link> {
    let Some(id) = &node.extra.credential_id else { return Vec::new() };
    if service_account(&node.user_name).is_none() {
        return Vec::new();
    }
    let requests = world.tokens.get(&(node.cluster.clone(), id.clone()));
    let own = requests.into_iter().flatten().filter(|request| {
        service_account(&node.user_name) == Some((request.namespace.as_str(), request.service_account.as_str()))
    });
    own.map(|request| token(node, request)).collect()
}

fn token(node: &KubernetesNode, request: &TokenRequest) -> Link {
    let pod = request.pod_name.as_ref().or(node.extra.pod_name.as_ref());
    let to = match pod {
        Some(pod) => format!("token for pod {}/{pod}", request.namespace),
        None => format!("token of {}", node.user_name),
    };
    let origin = Origin::plain(node.user_name.clone(), ActorKind::ServiceAccount, Confidence::Certain);
    let for_pods = is_for_pods(&request.caller_name);
    Link {
        source: Source::Token { caller: request.caller.clone(), origin, for_pods },
        step: "TokenRequest".to_owned(),
        to,
        credential: request.credential_id.clone(),
        evidence: Some(request.evidence.clone()),
        plane: Plane::Kubernetes.name(),
        cluster: Some(node.cluster.clone()),
        confidence: Confidence::Certain,
        note: Some(format!("asked for by {}", request.caller_name)).filter(|_| for_pods),
        speaks: format!("{} asked for the token with this id", request.caller_name),
    }
}

/// What the authenticator wrote when somebody logged in under this name.
fn by_login_lines(world: &World, node: &KubernetesNode) -> Vec<Link> {
    let Some(lines) = world.logins.get(&(node.cluster.clone(), node.user_name.clone())) else { return Vec::new() };
    let begin = node.span.first.map(|first| first.saturating_sub(LOGIN_MICROS));
    let end = node.span.last.map(|last| last.saturating_add(TOLERANCE_MICROS));
    let within = lines.iter().filter(|line| {
        let time = line.evidence.time;
        time.zip(begin).is_none_or(|(time, begin)| time >= begin) && time.zip(end).is_none_or(|(time, end)| time <= end)
    });
    let (mut asked, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut links = Vec::new();
    let within: Vec<&LoginLine> = within.collect();
    let explained = explained(node, &within);
    for line in within {
        if !asked.insert((&line.access_key_id, &line.session_arn, &line.canonical_arn)) {
            continue;
        }
        let spans = spans_of(node, lines, line, explained);
        for (source, speaks) in sources(world, &spans, node, line) {
            if seen.insert(source.clone()) {
                links.push(login(node, source, Confidence::Likely, speaks, Some(line)));
            }
        }
    }
    links
}

/// Whether lines tell of every login that the user needed: from the first event to the last no stretch is longer than a
/// token is good for without a line before it. Where that is so, a session counts only if it lived at a line; else also
/// if it lived at any time of the user's, as the line of its login may be the one that is missing.
fn explained(node: &KubernetesNode, lines: &[&LoginLine]) -> bool {
    let (Some(first), Some(last)) = (node.span.first, node.span.last) else { return false };
    let mut times: Vec<i64> = lines.iter().filter_map(|line| line.evidence.time).collect();
    times.sort_unstable();
    let mut until = first.saturating_sub(TOLERANCE_MICROS);
    for time in times {
        if time > until.saturating_add(TOLERANCE_MICROS) {
            return false;
        }
        until = until.max(time.saturating_add(LOGIN_MICROS));
    }
    until >= last
}

/// When a session must have lived to be behind a line: at all lines that say the same, or while the user was active.
fn spans_of(node: &KubernetesNode, lines: &[LoginLine], line: &LoginLine, explained: bool) -> Vec<Span> {
    if !explained {
        return vec![node.span];
    }
    let said = |line: &LoginLine| (line.access_key_id.clone(), line.session_arn.clone(), line.canonical_arn.clone());
    let same = lines.iter().filter(|other| said(other) == said(line));
    same.filter_map(|line| line.evidence.time)
        .map(|time| Span { first: Some(time), last: Some(time), events: 0 })
        .collect()
}

/// The credentials with which a line of the authenticator may have come about.
fn sources(world: &World, spans: &[Span], node: &KubernetesNode, line: &LoginLine) -> Vec<(String, &'static str)> {
    if let Some(access_key_id) = &line.access_key_id {
        return vec![(
            key::of_access_key(access_key_id),
            "the authenticator let this session in under the user's name",
        )];
    }
    let named = line.session_arn.as_ref().or_else(|| named_by_user(node, line));
    let Some(arn_text) = named.or(line.canonical_arn.as_ref()) else { return Vec::new() };
    if arn::session(arn_text).is_none() && arn::role(arn_text).is_none() {
        return vec![(key::of_arn(arn_text), "the authenticator let this IAM identity in under the user's name")];
    }
    let sessions = match world.sessions.get(arn_text) {
        Some(sessions) => sessions.iter().cloned().collect(),
        None if named.is_some() => BTreeSet::new(),
        None => of_mapped_name(world, node, sessions_of_role(world, arn_text, None)),
    };
    let speaks = "the authenticator let this role in under the user's name, and this session was in use then";
    sessions_alive_in(world, spans, &sessions).into_iter().map(|identity| (identity, speaks)).collect()
}

/// The session that the user name is, as EKS names users by default: of the role that the line let in.
fn named_by_user<'a>(node: &'a KubernetesNode, line: &LoginLine) -> Option<&'a String> {
    let (role, _) = arn::session(&node.user_name)?;
    let canonical = line.canonical_arn.as_deref()?;
    let account = |text| arn::Arn::parse(text).map(|arn| arn.account);
    let same = arn::role(canonical) == Some(role) && account(canonical) == account(&node.user_name);
    same.then_some(&node.user_name)
}

/// Those of a role's sessions whose name, by a template that was in force, gives the user's; all where no template
/// tells.
fn of_mapped_name(world: &World, node: &KubernetesNode, sessions: BTreeSet<String>) -> BTreeSet<String> {
    let templates = configured::templates(world, node);
    if templates.is_empty() {
        return sessions;
    }
    let arns = |identity: &String| world.aws.get(identity).map(|node| node.names()).into_iter().flatten();
    let gives = |arn: &String| {
        templates.iter().any(|template| {
            mapping::user_name_of(template, arn)
                .map_or_else(|| mapping::fits(template, &node.user_name), |name| name == node.user_name)
        })
    };
    sessions.into_iter().filter(|identity| arns(identity).any(gives)).collect()
}

/// The user name is that of a session, as EKS names users by default, and nothing else is known of the login.
fn by_user_name(world: &World, node: &KubernetesNode) -> Vec<Link> {
    if arn::session(&node.user_name).is_none() {
        return Vec::new();
    }
    let sessions = world.sessions.get(&node.user_name).into_iter().flat_map(Few::iter).cloned().collect();
    let speaks = "the user's name is that of this session, which was in use then";
    let alive = sessions_alive(world, node, &sessions);
    alive.into_iter().map(|one| login(node, one, Confidence::Likely, speaks, None)).collect()
}

/// The user's uid names the IAM principal: `aws-iam-authenticator:ACCOUNT:AROA…`.
fn by_principal(world: &World, node: &KubernetesNode) -> Vec<Link> {
    let principals = node.user_uids.iter().filter_map(|uid| {
        let rest = uid.strip_prefix("aws-iam-authenticator:").or_else(|| uid.strip_prefix("heptio-authenticator-aws:"));
        rest?.split_once(':').map(|(_, principal)| principal)
    });
    let mut links = Vec::new();
    for principal in principals {
        if let Some(users) = world.principals.get(principal) {
            let speaks = "the user's uid names the IAM user";
            links.extend(users.iter().map(|user| login(node, user.clone(), Confidence::Certain, speaks, None)));
        } else if let Some(sessions) = world.sessions_of_role_id.get(principal) {
            let speaks = "the user's uid names the role, and this session was in use then";
            let alive = sessions_alive(world, node, sessions);
            links.extend(alive.into_iter().map(|one| login(node, one, Confidence::Likely, speaks, None)));
        }
    }
    links
}
