//! What a credential of AWS rests on.

use super::world::{AwsNode, World};
use super::{Link, Origin, Plan, Shown, Source, TOLERANCE_MICROS, rfc3339};
use crate::{ActorKind, CREATED_MICROS, Confidence, Mint, Plane, Span, Subject, arn, kind};

/// The name of EC2 as the one who takes roles for its instances.
const EC2: &str = "ec2.amazonaws.com";

/// What the source identity that IAM Roles Anywhere sets begins with: the common name of the certificate.
const CERTIFICATE: &str = "CN=";

pub fn plan(world: &World, node: &AwsNode) -> Plan {
    let (own, contradiction) = (own_origin(world, node), contradiction(node));
    let mut links = minted_with_key(world, node);
    if links.is_empty() && contradiction.is_none() {
        links = session_of_same_name(world, node);
    }
    if links.is_empty() {
        links = same_principal(world, node);
    }
    if links.is_empty() && contradiction.is_none() {
        links = issued_by_user(node);
    }
    let doubt = links.iter().all(|link| link.confidence < Confidence::Likely).then(|| {
        let notes: Vec<&str> = links.iter().filter_map(|link| link.note.as_deref()).collect();
        notes.join("; ")
    });
    if contradiction.is_some() {
        let mut own = Origin::plain(name(node), ActorKind::Unknown, Confidence::Unresolved);
        own.confidence = Confidence::Ambiguous;
        links.extend(node.arns.iter().map(|arn| under_arn(world, node, arn)));
        return Plan { own, links, doubt: contradiction };
    }
    Plan { own, doubt: doubt.filter(|_| !links.is_empty()), links }
}

/// How the credential stands in the table.
pub fn shown(node: &AwsNode) -> Shown {
    let arn = node.credential.arn.clone();
    Shown { plane: Plane::Aws, cluster: None, credential: name(node), arn, span: node.span }
}

/// What a person calls the credential.
fn name(node: &AwsNode) -> String {
    let known = &node.credential;
    let named = known.access_key_id.as_ref().or(known.arn.as_ref()).or(known.invoked_by.as_ref());
    let named = named.or(known.user_name.as_ref()).or(known.principal_id.as_ref()).or(known.account_id.as_ref());
    named.unwrap_or(&known.identity).clone()
}

/// How the credential is called in a step: `ci-deploy/run-7`.
pub fn label(node: &AwsNode) -> String {
    node.credential.arn.as_deref().and_then(arn::short).unwrap_or_else(|| name(node))
}

/// A key that was used under several names can't be trusted to be one credential.
fn contradiction(node: &AwsNode) -> Option<String> {
    (node.arns.len() > 1).then(|| "the access key was used under several ARNs".to_owned())
}

/// The origin that the credential names by itself.
fn own_origin(world: &World, node: &AwsNode) -> Origin {
    let known = &node.credential;
    let arn_text = known.arn.as_deref().unwrap_or_default();
    let account = known.account_id.as_deref().or_else(|| arn::Arn::parse(arn_text).map(|arn| arn.account));
    if known.user_type.as_deref() == Some("Root") || arn_text.ends_with(":root") {
        let actor = format!("root of {}", account.unwrap_or("an unknown account"));
        return Origin::plain(actor, ActorKind::Root, Confidence::Certain);
    }
    if let Some((role, session)) = arn::session(arn_text) {
        return of_session(world, node, role, session);
    }
    if let Some(user) = arn::user(arn_text) {
        return Origin::plain(user, ActorKind::IamUser, Confidence::Certain);
    }
    let user_name = known.user_name.as_deref();
    match (known.user_type.as_deref(), user_name) {
        (Some("IAMUser"), Some(user)) => Origin::plain(user, ActorKind::IamUser, Confidence::Certain),
        (Some("SAMLUser" | "IdentityCenterUser"), _) => {
            let named = user_name.or_else(|| known.principal_id.as_deref().map(last_part));
            match named {
                Some(named) => Origin::plain(named, ActorKind::Person, Confidence::Certain),
                None => Origin::plain(name(node), ActorKind::Person, Confidence::Unresolved),
            }
        }
        (Some("WebIdentityUser"), _) => {
            let provider = known.provider.as_deref().or(known.principal_id.as_deref()).unwrap_or_default();
            match user_name {
                Some(subject) => Origin::plain(subject, kind::of_web_identity(provider, subject), Confidence::Certain),
                None => Origin::plain(name(node), ActorKind::Unknown, Confidence::Unresolved),
            }
        }
        _ => match &known.invoked_by {
            Some(service) => Origin::plain(service, ActorKind::AwsService, Confidence::Certain),
            None => Origin::plain(label(node), ActorKind::Unknown, Confidence::Unresolved),
        },
    }
}

/// The last of the parts between colons: the name in `PROVIDER:NAME`.
fn last_part(principal: &str) -> &str {
    principal.rsplit(':').next().unwrap_or(principal)
}

/// What the session of a role says by itself, where nobody is seen to take the role.
fn of_session(world: &World, node: &AwsNode, role: &str, session: &str) -> Origin {
    let known = &node.credential;
    let issuer = known.issuer_arn.as_deref().unwrap_or_default();
    if let Some(service) = arn::service_of_linked_role(issuer) {
        return Origin::plain(service, ActorKind::AwsService, Confidence::Certain);
    }
    if arn::is_instance_id(session) {
        let confidence = if node.delivered_by_ec2 { Confidence::Certain } else { Confidence::Likely };
        return of_instance(world, session, confidence);
    }
    if arn::is_identity_center_role(issuer) || arn::is_named_as_identity_center_role(role) {
        return Origin::plain(session, ActorKind::Person, Confidence::Likely);
    }
    if let Some(source) = &known.source_identity {
        let kind = if source.starts_with(CERTIFICATE) { ActorKind::Certificate } else { ActorKind::Unknown };
        return Origin::plain(source, kind, Confidence::Likely);
    }
    Origin::plain(format!("{role}/{session}"), ActorKind::Role, Confidence::Unresolved)
}

/// An instance: a node where logs of a cluster say so.
fn of_instance(world: &World, instance: &str, confidence: Confidence) -> Origin {
    let kind = if world.is_node(instance) { ActorKind::Node } else { ActorKind::Instance };
    Origin::plain(world.instance(instance), kind, confidence)
}

/// The calls that gave out this very access key.
fn minted_with_key(world: &World, node: &AwsNode) -> Vec<Link> {
    let Some(access_key_id) = &node.credential.access_key_id else { return Vec::new() };
    let positions = world.mints_of_key.get(access_key_id).map_or(&[][..], Vec::as_slice);
    let mints: Vec<&Mint> = positions.iter().filter_map(|position| world.mints.get(*position)).collect();
    mints.into_iter().map(|mint| link(world, node, mint, &fit_of_key(node, mint))).collect()
}

/// How well a call fits what it is said to have given.
struct Fit {
    confidence: Confidence,
    speaks: String,
    note: Option<String>,
}

fn fit_of_key(node: &AwsNode, mint: &Mint) -> Fit {
    let speaks = "the call's answer names this access key".to_owned();
    // Use after the end is odd, but what was used before it is still this key; what does not fit at all is another's.
    let odd = [
        (other_name(node, mint), Confidence::Unresolved),
        (too_early(mint, node.span), Confidence::Unresolved),
        (too_late(mint, node.span.first), Confidence::Unresolved),
        (too_late(mint, node.span.last), Confidence::Likely),
    ];
    let odd = odd.into_iter().filter_map(|(what, confidence)| Some((what?, confidence)));
    match odd.min_by_key(|(_, confidence)| *confidence) {
        None => Fit { confidence: Confidence::Certain, speaks, note: None },
        Some((note, confidence)) => Fit { confidence, speaks: format!("{speaks}, but {note}"), note: Some(note) },
    }
}

fn other_name(node: &AwsNode, mint: &Mint) -> Option<String> {
    // A session token is always of the user that asks for it.
    let own = mint.caller.arn.as_ref().filter(|_| mint.call == "GetSessionToken");
    let arn = mint.session_arn.as_ref().or(own)?;
    (!node.arns.is_empty() && !node.arns.contains(arn)).then(|| format!("it was given as {arn} and used as another"))
}

fn too_early(mint: &Mint, span: Span) -> Option<String> {
    let (minted, used) = (mint.evidence.time?, span.first?);
    (used < minted.saturating_sub(TOLERANCE_MICROS)).then(|| {
        let (used, minted) = (rfc3339(used).unwrap_or_default(), rfc3339(minted).unwrap_or_default());
        format!("used at {used}, before it was made at {minted}")
    })
}

fn too_late(mint: &Mint, used: Option<i64>) -> Option<String> {
    let (expired, used) = (mint.expires?, used?);
    (used > expired.saturating_add(TOLERANCE_MICROS)).then(|| {
        let (used, expired) = (rfc3339(used).unwrap_or_default(), rfc3339(expired).unwrap_or_default());
        format!("used at {used}, after it expired at {expired}")
    })
}

/// The calls that made a session of this name at the moment at which this one was made: the console and other front
/// ends use keys of their own for a session.
fn session_of_same_name(world: &World, node: &AwsNode) -> Vec<Link> {
    let Some(positions) = node.credential.arn.as_ref().and_then(|arn| world.mints_of_session.get(arn)) else {
        return Vec::new();
    };
    let Some(created) = node.credential.session_created else { return Vec::new() };
    let mints = positions.iter().filter_map(|position| world.mints.get(*position));
    let same = mints.filter(|mint| {
        mint.evidence.time.is_some_and(|time| time.saturating_sub(created).saturating_abs() <= CREATED_MICROS)
    });
    let fit = Fit {
        confidence: Confidence::Likely,
        speaks: "made a session of this name at the moment at which this one was made".to_owned(),
        note: Some("by name and time of the session; the key is another".to_owned()),
    };
    same.map(|mint| link(world, node, mint, &fit)).collect()
}

/// Credentials with the same principal id, where a call from another account tells nothing else of its caller.
fn same_principal(world: &World, node: &AwsNode) -> Vec<Link> {
    let known = &node.credential;
    if known.arn.is_some() || known.user_type.as_deref() != Some("AWSAccount") {
        return Vec::new();
    }
    let Some(identities) = known.principal_id.as_ref().and_then(|principal| world.principals.get(principal)) else {
        return Vec::new();
    };
    // A user's id is of one user, whichever key was used; that of a session only of a role and a name.
    let is_session = known.principal_id.as_ref().is_some_and(|principal| principal.contains(':'));
    let confidence = if is_session { Confidence::Likely } else { Confidence::Certain };
    let source = |identity: &String| match world.aws.get(identity).and_then(|node| node.credential.arn.as_deref()) {
        Some(arn) if !is_session => {
            let user = arn::user(arn)?;
            Some(Source::Origin(Origin::plain(user, ActorKind::IamUser, Confidence::Certain)))
        }
        _ => Some(Source::Credential(identity.clone())),
    };
    let link = |source: Source| Link {
        source,
        step: "call across accounts".to_owned(),
        to: name(node),
        credential: None,
        evidence: None,
        plane: Plane::Aws.name(),
        cluster: None,
        confidence,
        note: Some("by the principal id, which both accounts show".to_owned()),
        speaks: "has the same principal id".to_owned(),
    };
    let mut links: Vec<Link> =
        identities.iter().filter(|identity| **identity != known.identity).filter_map(source).map(link).collect();
    if !is_session {
        links.truncate(1);
    }
    links
}

/// A federated user's session names the user that asked for it.
fn issued_by_user(node: &AwsNode) -> Vec<Link> {
    let known = &node.credential;
    if known.user_type.as_deref() != Some("FederatedUser") {
        return Vec::new();
    }
    let Some(user) = known.issuer_arn.as_deref().and_then(arn::user) else { return Vec::new() };
    vec![Link {
        source: Source::Origin(Origin::plain(user, ActorKind::IamUser, Confidence::Certain)),
        step: "GetFederationToken".to_owned(),
        to: label(node),
        credential: known.access_key_id.clone(),
        evidence: None,
        plane: Plane::Aws.name(),
        cluster: None,
        confidence: Confidence::Certain,
        note: Some("the session names its issuer; the call itself is not in the logs".to_owned()),
        speaks: "the session names its issuer".to_owned(),
    }]
}

/// One of the names under which a key was used, as a candidate.
fn under_arn(world: &World, node: &AwsNode, arn_text: &str) -> Link {
    let credential = crate::AwsCredential {
        identity: node.credential.identity.clone(),
        arn: Some(arn_text.to_owned()),
        ..crate::AwsCredential::default()
    };
    let alone = AwsNode { credential, arns: [arn_text.to_owned()].into_iter().collect(), ..AwsNode::default() };
    Link {
        source: Source::Origin(own_origin(world, &alone)),
        step: "used under this name".to_owned(),
        to: label(&alone),
        credential: node.credential.access_key_id.clone(),
        evidence: None,
        plane: Plane::Aws.name(),
        cluster: None,
        confidence: Confidence::Unresolved,
        note: None,
        speaks: format!("the access key was used under {arn_text}"),
    }
}

/// The step that a call makes.
fn link(world: &World, node: &AwsNode, mint: &Mint, fit: &Fit) -> Link {
    let given = mint.session_arn.as_deref().and_then(arn::short);
    let when = mint.evidence.time.and_then(rfc3339).unwrap_or_else(|| "an unknown time".to_owned());
    Link {
        source: source(world, mint),
        step: mint.call.clone(),
        to: given.unwrap_or_else(|| name(node)),
        credential: mint.access_key_id.clone(),
        evidence: Some(mint.evidence.clone()),
        plane: mint.evidence.plane.name(),
        cluster: mint.pod.as_ref().map(|pod| pod.cluster.clone()).or_else(|| cluster_of_issuer(world, mint)),
        confidence: fit.confidence,
        note: fit.note.clone().or_else(|| source_identity(mint)),
        speaks: format!("{} at {when}: {}", mint.call, fit.speaks),
    }
}

fn source_identity(mint: &Mint) -> Option<String> {
    mint.source_identity.as_ref().map(|source| format!("source identity {source}"))
}

/// The cluster whose tokens the issuer of this one signs, if that is known.
pub fn cluster_of_issuer(world: &World, mint: &Mint) -> Option<String> {
    let Some(Subject::WebIdentity { issuer, .. }) = &mint.subject else { return None };
    let clusters = world.issuers.get(kind::issuer(issuer))?;
    if clusters.len() == 1 { clusters.first().cloned() } else { None }
}

/// Who made a call that gave out credentials.
fn source(world: &World, mint: &Mint) -> Source {
    if let Some(pod) = &mint.pod {
        let actor = format!("system:serviceaccount:{}:{}", pod.namespace, pod.service_account);
        return Source::Origin(Origin::plain(actor, ActorKind::ServiceAccount, Confidence::Certain));
    }
    match &mint.subject {
        Some(Subject::Saml { name }) => {
            return Source::Origin(Origin::plain(name, ActorKind::Person, Confidence::Certain));
        }
        Some(Subject::WebIdentity { issuer, name }) => {
            let kind = kind::of_web_identity(issuer, name);
            return Source::Origin(Origin::plain(name, kind, Confidence::Certain));
        }
        Some(Subject::Certificate { name }) => {
            return Source::Origin(Origin::plain(name, ActorKind::Certificate, Confidence::Certain));
        }
        Some(Subject::Cognito { identity_id }) => {
            return Source::Origin(Origin::plain(identity_id, ActorKind::CognitoIdentity, Confidence::Certain));
        }
        None => {}
    }
    let session = mint.session_arn.as_deref().and_then(arn::session).map(|(_, session)| session);
    if let (Some(EC2), Some(instance)) =
        (mint.caller.invoked_by.as_deref(), session.filter(|session| arn::is_instance_id(session)))
    {
        return Source::Origin(of_instance(world, instance, Confidence::Certain));
    }
    // A service by itself, with no key of a customer: it alone chooses the name of the session.
    let service = mint.caller.invoked_by.as_deref().filter(|_| mint.caller.user_type.as_deref() == Some("AWSService"));
    if let Some((kind, actor)) = service.zip(session).and_then(|(service, session)| kind::of_host(service, session)) {
        return Source::Origin(Origin::plain(actor, kind, Confidence::Certain));
    }
    Source::Credential(mint.caller.identity.clone())
}
