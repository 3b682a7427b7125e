//! Facts by hand, in few words. Times are minutes of 14 May 2024.

use std::sync::Arc;

use eksamine_identity::{
    Access, AccessKind, AwsCredential, AwsUse, Change, Evidence, Extra, Facts, Identity, KubernetesUse, LoginLine,
    Mint, Plane, PodCreation, PodEntry, Span, Subject, TokenRequest, key, resolve,
};

const MIDNIGHT_MICROS: i64 = 1_715_644_800_000_000;

pub const ACCOUNT: &str = "111122223333";

pub fn minute(minute: i64) -> i64 {
    MIDNIGHT_MICROS + minute * 60_000_000
}

pub fn session_arn(role: &str, name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}")
}

pub fn evidence(at: i64, plane: Plane) -> Evidence {
    Evidence {
        time: Some(minute(at)),
        plane,
        cluster: Some("demo".to_owned()).filter(|_| plane != Plane::Aws),
        event_id: Some(format!("event-{at}")).filter(|_| plane != Plane::Authenticator),
        source_uri: "s3://example/log".to_owned(),
        source_record: at,
    }
}

fn span(from: i64, to: i64) -> Span {
    Span { first: Some(minute(from)), last: Some(minute(to)), events: 2 }
}

/// A session of a role with its key.
pub fn session(role: &str, name: &str, access_key_id: &str) -> AwsCredential {
    AwsCredential {
        identity: key::of_access_key(access_key_id),
        access_key_id: Some(access_key_id.to_owned()),
        user_type: Some("AssumedRole".to_owned()),
        arn: Some(session_arn(role, name)),
        issuer_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/{role}")),
        ..AwsCredential::default()
    }
}

/// An IAM user with a key.
pub fn user(name: &str, access_key_id: &str) -> AwsCredential {
    AwsCredential {
        identity: key::of_access_key(access_key_id),
        access_key_id: Some(access_key_id.to_owned()),
        user_type: Some("IAMUser".to_owned()),
        arn: Some(format!("arn:aws:iam::{ACCOUNT}:user/{name}")),
        ..AwsCredential::default()
    }
}

pub fn service(name: &str) -> AwsCredential {
    AwsCredential {
        identity: format!("aws:service:{name}"),
        user_type: Some("AWSService".to_owned()),
        invoked_by: Some(name.to_owned()),
        ..AwsCredential::default()
    }
}

pub fn used(credential: AwsCredential, from: i64, to: i64) -> AwsUse {
    AwsUse { credential, delivered_by_ec2: false, span: span(from, to) }
}

/// A call at a minute by somebody that gave a session, good for an hour.
pub fn mint(at: i64, call: &str, caller: AwsCredential, given: &AwsCredential) -> Mint {
    Mint {
        evidence: evidence(at, Plane::Aws),
        call: call.to_owned(),
        caller: Arc::new(caller),
        access_key_id: given.access_key_id.clone(),
        session_arn: given.arn.clone().filter(|arn| arn.contains(":sts:")),
        role_arn: None,
        source_identity: None,
        expires: Some(minute(at + 60)),
        subject: None,
        pod: None,
        shared_event_id: None,
    }
}

pub fn by_saml(at: i64, name: &str, given: &AwsCredential) -> Mint {
    let caller = AwsCredential {
        identity: format!("aws:principal:{name}"),
        user_type: Some("SAMLUser".to_owned()),
        user_name: Some(name.to_owned()),
        ..AwsCredential::default()
    };
    let subject = Some(Subject::Saml { name: name.to_owned() });
    Mint { subject, ..mint(at, "AssumeRoleWithSAML", caller, given) }
}

pub fn by_token(at: i64, issuer: &str, name: &str, given: &AwsCredential) -> Mint {
    let caller = AwsCredential {
        identity: format!("aws:principal:{issuer}:{name}"),
        user_type: Some("WebIdentityUser".to_owned()),
        user_name: Some(name.to_owned()),
        provider: Some(issuer.to_owned()),
        ..AwsCredential::default()
    };
    let subject = Some(Subject::WebIdentity { issuer: issuer.to_owned(), name: name.to_owned() });
    Mint { subject, ..mint(at, "AssumeRoleWithWebIdentity", caller, given) }
}

/// A user of the cluster `demo`.
pub fn kubernetes(user_name: &str, extra: Extra, from: i64, to: i64) -> KubernetesUse {
    KubernetesUse {
        identity: kubernetes_key(user_name, &extra),
        cluster: "demo".to_owned(),
        user_name: user_name.to_owned(),
        user_uid: None,
        extra,
        span: span(from, to),
        first_event: None,
    }
}

pub fn kubernetes_key(user_name: &str, extra: &Extra) -> String {
    let token = extra.credential_id.as_ref();
    let text = token.map(|id| format!(r#"{{"authentication.kubernetes.io/credential-id":["{id}"]}}"#));
    key::kubernetes(&key::KubernetesFields {
        cluster: "demo",
        user_name,
        access_key_id: extra.access_key_id.as_deref().unwrap_or_default(),
        arn: extra.arn.as_deref().unwrap_or_default(),
        session_name: extra.session_name.as_deref().unwrap_or_default(),
        extra: text.as_deref().unwrap_or_default(),
    })
    .unwrap()
}

/// What the audit log says of a user whom IAM let in.
pub fn by_iam(credential: &AwsCredential) -> Extra {
    Extra { arn: credential.arn.clone(), access_key_id: credential.access_key_id.clone(), ..Extra::default() }
}

pub fn login(at: i64, user_name: &str, credential: &AwsCredential, canonical: &str) -> LoginLine {
    LoginLine {
        evidence: evidence(at, Plane::Authenticator),
        cluster: "demo".to_owned(),
        user_name: user_name.to_owned(),
        canonical_arn: Some(canonical.to_owned()),
        session_arn: credential.arn.clone(),
        access_key_id: credential.access_key_id.clone(),
    }
}

pub fn token(at: i64, caller: &KubernetesUse, account: (&str, &str), id: &str, pod: Option<&str>) -> TokenRequest {
    TokenRequest {
        evidence: evidence(at, Plane::Kubernetes),
        cluster: "demo".to_owned(),
        caller: caller.identity.clone(),
        caller_name: caller.user_name.clone(),
        namespace: account.0.to_owned(),
        service_account: account.1.to_owned(),
        credential_id: Some(id.to_owned()),
        pod_name: pod.map(str::to_owned),
        pod_uid: None,
    }
}

pub fn exec(at: i64, caller: &KubernetesUse, pod: (&str, &str)) -> PodEntry {
    PodEntry {
        evidence: evidence(at, Plane::Kubernetes),
        cluster: "demo".to_owned(),
        caller: caller.identity.clone(),
        caller_name: caller.user_name.clone(),
        namespace: pod.0.to_owned(),
        pod_name: pod.1.to_owned(),
        pod_uid: None,
        how: "exec".to_owned(),
    }
}

pub fn made(
    at: i64,
    caller: &KubernetesUse,
    kind: &str,
    (namespace, name): (&str, &str),
    owner: Option<(&str, &str)>,
) -> PodCreation {
    PodCreation {
        evidence: evidence(at, Plane::Kubernetes),
        cluster: "demo".to_owned(),
        caller: caller.identity.clone(),
        caller_name: caller.user_name.clone(),
        verb: "create".to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: None,
        owner: owner.map(|(kind, name)| (kind.to_owned(), name.to_owned())),
    }
}

/// A call that lets a role of the account into the cluster `demo`, or no longer.
pub fn entry(at: i64, call: &str, change: Change, role: &str, user_name: Option<&str>) -> Access {
    Access {
        evidence: evidence(at, Plane::Aws),
        change,
        kind: AccessKind::Entry,
        cluster: "demo".to_owned(),
        caller: "aws:key:AKIA0009".to_owned(),
        caller_name: "admin".to_owned(),
        call: call.to_owned(),
        principal_arn: format!("arn:aws:iam::{ACCOUNT}:role/team/{role}"),
        user_name: user_name.map(str::to_owned),
        groups: Vec::new(),
        policy: None,
    }
}

/// What of the related steps is configuration: the call, and what it allowed.
pub fn configured(identity: &Identity) -> Vec<String> {
    let steps = identity.related.iter().filter(|step| step.confidence == "configured");
    steps.map(|step| format!("{}: {}", step.step, step.to)).collect()
}

/// The one identity of a key.
pub fn of(facts: &Facts, identity: &str) -> Identity {
    let all = resolve(facts.clone());
    all.into_iter().find(|one| one.identity == identity).unwrap_or_else(|| panic!("{identity}"))
}

pub fn of_key(facts: &Facts, access_key_id: &str) -> Identity {
    of(facts, &key::of_access_key(access_key_id))
}

/// Actor, kind and confidence in one line.
pub fn said(identity: &Identity) -> String {
    format!("{} {} {}", identity.confidence.name(), identity.actor_kind.name(), identity.actor)
}
