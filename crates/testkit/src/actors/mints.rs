//! The calls that hand out credentials. Each writes its record, unless that is lost, and gives the new holder with the
//! truth about it: the origin of the caller, and the proof as weak as its weakest step.

use super::aws::{call, credentials};
use super::holder::{Holder, Marks, session_identity, user_session};
use super::ledger::{Delivery, Ledger};
use super::time;
use super::truth::{Concern, Demand, Join, Kind, Proof, Who, Why};
use super::world::{Cluster, Node, Role, Session, iam_id, uuid};
use crate::story::json::{Fields, Json, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
pub(crate) const GITLAB: &str = "gitlab.com";

/// A person takes a role with a SAML assertion, as IAM Identity Center does.
pub(crate) fn saml(ledger: &mut Ledger, at: i64, person: &str, role: &Role, delivery: Delivery) -> Holder {
    let session = role.session(person);
    let key = new_key(ledger);
    let provider = format!("arn:aws:iam::{}:saml-provider/AWSSSO_example", role.account);
    let who = Who::new(Kind::Person, person, Join::Saml);
    let caller = Holder::new(
        who.clone(),
        role.account,
        json!({
            "type": "SAMLUser",
            "principalId": (format!("bm90aGluZw=:{person}")),
            "userName": (person),
            "identityProvider": "bm90aGluZw="
        }),
    );
    let call = call(at, "sts", "AssumeRoleWithSAML")
        .request(json!({
            "sAMLAssertionID": "_00000000-example",
            "roleSessionName": (person),
            "roleArn": (role.arn()),
            "principalArn": (provider),
            "durationSeconds": 3600
        }))
        .response(json!({
            "subjectType": "persistent",
            "issuer": "https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/example",
            "credentials": (credentials(&key, at)),
            "nameQualifier": "bm90aGluZw=",
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())},
            "subject": (person),
            "audience": "https://signin.aws.amazon.com/saml"
        }))
        .mints(&key);
    let id = ledger.call(&caller, &call, delivery);
    if delivery == Delivery::Lost {
        // The name of the role says that a person is behind it, and the session's name who.
        return Holder::of_session(who, &session, &key, at, &Marks::default()).proved(Join::MintMissing, Proof::Names);
    }
    Holder::of_session(who.step(vec![id]), &session, &key, at, &Marks::default())
}

/// The key that the console uses for a role session; no event hands it out.
pub(crate) fn console_key(ledger: &mut Ledger, at: i64, parent: &Holder) -> Holder {
    let Some(session) = parent.session.clone() else { return parent.clone() };
    let key = new_key(ledger);
    let sign_in = Holder { identity: session_identity(&session, None, at, &Marks::default()), ..parent.clone() };
    let signed_in = call(at, "signin", "ConsoleLogin").response(json!({"ConsoleLogin": "Success"})).sign_in();
    let who = parent.who.clone().with(Join::ConsoleOfSaml).proved(Proof::Names);
    ledger.call_by(&sign_in, &who, &signed_in, Delivery::Kept);
    Holder::of_session(who, &session, &key, at, &Marks::default())
}

/// Where a web identity comes from.
pub(crate) struct Subject<'a> {
    /// The provider's name in its ARN.
    pub(crate) issuer: &'a str,
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
}

/// A token of an OIDC provider is traded for a role.
pub(crate) fn web_identity(
    ledger: &mut Ledger,
    at: i64,
    subject: &Subject<'_>,
    session: &Session,
    concerns: &[Concern],
    delivery: Delivery,
) -> Holder {
    let join = match subject.kind {
        Kind::ServiceAccount => Join::Irsa,
        Kind::CognitoIdentity => Join::Cognito,
        _ => Join::WebIdentity,
    };
    let account = session.role.account;
    let key = new_key(ledger);
    let provider = format!("arn:aws:iam::{account}:oidc-provider/{}", subject.issuer);
    let who = Who::new(subject.kind, subject.name, join);
    let identity = json!({
        "type": "WebIdentityUser",
        "principalId": (format!("{provider}:sts.amazonaws.com:{}", subject.name)),
        "userName": (subject.name),
        "identityProvider": (provider.as_str())
    });
    let caller = Holder::new(who.clone(), account, identity).at("203.0.113.20", "actions/1.0");
    let mut call = call(at, "sts", "AssumeRoleWithWebIdentity")
        .request(json!({"roleArn": (session.role.arn()), "roleSessionName": (session.name.as_str())}))
        .response(json!({
            "credentials": (credentials(&key, at)),
            "subjectFromWebIdentityToken": (subject.name),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())},
            "provider": (provider.as_str()),
            "audience": "sts.amazonaws.com"
        }))
        .mints(&key);
    call.concerns.extend_from_slice(concerns);
    let id = ledger.call(&caller, &call, delivery);
    let marks = Marks { provider: Some(provider), ..Marks::default() };
    if delivery == Delivery::Lost {
        return Holder::of_session(who, session, &key, at, &marks).proved(Join::MintMissing, Proof::Absent);
    }
    Holder::of_session(who.step(vec![id]), session, &key, at, &marks)
}

/// A run of a GitHub workflow takes a role.
pub(crate) fn github(ledger: &mut Ledger, at: i64, subject: &str, session: &Session, delivery: Delivery) -> Holder {
    let subject = Subject { issuer: GITHUB, name: subject, kind: Kind::Pipeline };
    web_identity(ledger, at, &subject, session, &[], delivery)
}

/// A service account of a cluster takes a role by IRSA.
pub(crate) fn irsa(ledger: &mut Ledger, at: i64, cluster: &Cluster, subject: &str, session: &Session) -> Holder {
    let of = |why| Concern { cluster: cluster.name, why, demand: Demand::Must };
    let from = Subject { issuer: &cluster.issuer, name: subject, kind: Kind::ServiceAccount };
    let mut holder = web_identity(ledger, at, &from, session, &[of(Why::Irsa)], Delivery::Kept);
    holder.concerns.push(of(Why::WorkloadSession));
    holder
}

/// What a chained `AssumeRole` asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain<'a> {
    pub(crate) source_identity: Option<&'a str>,
    /// Whether the caller's own record is written.
    pub(crate) is_lost: bool,
    /// Whether the record that the role's account receives is written, where it is another.
    pub(crate) is_lost_there: bool,
    /// The cluster whose role it is.
    pub(crate) of_cluster: Option<&'static str>,
}

/// A holder takes a role. The source identity, once set, stays.
pub(crate) fn assume(ledger: &mut Ledger, at: i64, caller: &Holder, session: &Session, chain: &Chain<'_>) -> Holder {
    let key = new_key(ledger);
    let source_identity = caller.source_identity.clone().or(chain.source_identity.map(str::to_owned));
    let mut request = Fields::default();
    request.put("roleArn", session.role.arn());
    request.put("roleSessionName", session.name.as_str());
    request.put_some("sourceIdentity", source_identity.as_deref());
    let mut response = Fields::default();
    response.put("credentials", credentials(&key, at));
    response.put("assumedRoleUser", json!({"assumedRoleId": (session.principal_id()), "arn": (session.arn())}));
    response.put_some("sourceIdentity", source_identity.as_deref());
    let mut made = call(at, "sts", "AssumeRole").request(request.object()).response(response.object()).mints(&key);
    if let Some(cluster) = chain.of_cluster {
        made = made.concerning_named(cluster, Why::Role);
    }
    let is_foreign = session.role.account != caller.account;
    let mut ids = Vec::new();
    let delivery = |is_lost| if is_lost { Delivery::Lost } else { Delivery::Kept };
    if is_foreign {
        let shared = uuid(&mut ledger.random);
        let own = made.clone().received_by(caller.account, &shared);
        if !chain.is_lost {
            ids.push(ledger.call(caller, &own, Delivery::Kept));
        }
        // The other account sees of the caller only account and principal.
        let principal = caller.session.as_ref().map_or(caller.principal.clone(), Session::principal_id);
        let identity = json!({"type": "AWSAccount", "principalId": (principal), "accountId": (caller.account)});
        let seen = Holder { identity, ..caller.clone() };
        let there = made.received_by(session.role.account, &shared);
        // A session is seen by role and name only; a user has an id that is nobody else's.
        let is_by_name = caller.session.is_some() && caller.who.proof == Proof::Ids;
        let proof = if is_by_name { Proof::Names } else { caller.who.proof.clone() };
        let who = caller.who.clone().with(Join::CrossAccount).proved(proof);
        if !chain.is_lost_there {
            ids.push(ledger.call_by(&seen, &who, &there, Delivery::Kept));
        }
    } else {
        let id = ledger.call(caller, &made, delivery(chain.is_lost));
        if !chain.is_lost {
            ids.push(id);
        }
    }
    let join = if is_foreign { Join::CrossAccount } else { Join::RoleChain };
    let marks = Marks { source_identity: source_identity.clone(), ..Marks::default() };
    let mut who = caller.who.clone().with(join);
    let is_missing = ids.is_empty();
    let is_seen_from_there_only = is_foreign && chain.is_lost && !is_missing && caller.session.is_some();
    if !is_missing {
        who = who.step(ids);
    }
    let mut holder = Holder::of_session(who, session, &key, at, &marks).descending_from(caller);
    if let Some(cluster) = chain.of_cluster {
        // Whether what is done with a cluster's role concerns the cluster is a matter of taste.
        holder.concerns.push(Concern { cluster, why: Why::NodeSession, demand: Demand::May });
    }
    match (is_missing, &source_identity) {
        (false, _) if is_seen_from_there_only && holder.who.proof == Proof::Ids => {
            holder.proved(Join::CrossAccount, Proof::Names)
        }
        (false, _) => holder,
        (true, Some(name)) if *name == holder.who.actor => holder.proved(Join::SourceIdentity, Proof::Names),
        (true, Some(_)) => holder.proved(Join::FalseName, Proof::Misleading),
        (true, None) => holder.proved(Join::MintMissing, Proof::Absent),
    }
}

pub(crate) fn session_token(ledger: &mut Ledger, at: i64, user: &Holder, delivery: Delivery) -> Holder {
    let key = new_key(ledger);
    let call = call(at, "sts", "GetSessionToken")
        .request(json!({"durationSeconds": 3600}))
        .response(json!({"credentials": (credentials(&key, at))}))
        .mints(&key);
    let id = ledger.call(user, &call, delivery);
    let mut holder = user_session(user, Some(&key), at);
    holder.who = holder.who.with(Join::SessionToken);
    if delivery == Delivery::Kept {
        holder.who = holder.who.step(vec![id]);
    }
    holder
}

pub(crate) fn federation_token(ledger: &mut Ledger, at: i64, user: &Holder, name: &str) -> Holder {
    let key = new_key(ledger);
    let account = user.account;
    let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
    let call = call(at, "sts", "GetFederationToken")
        .request(json!({"name": (name), "durationSeconds": 3600}))
        .response(json!({
            "credentials": (credentials(&key, at)),
            "federatedUser": {"federatedUserId": (format!("{account}:{name}")), "arn": (arn.as_str())},
            "packedPolicySize": 4
        }))
        .mints(&key);
    let id = ledger.call(user, &call, Delivery::Kept);
    let identity = json!({
        "type": "FederatedUser",
        "principalId": (format!("{account}:{name}")),
        "arn": (arn.as_str()),
        "accountId": (account),
        "accessKeyId": (key.as_str()),
        "sessionContext": {
            "sessionIssuer": {
                "type": "IAMUser",
                "principalId": (user.principal.as_str()),
                "arn": (user.user_arn.clone().unwrap_or_default()),
                "accountId": (account),
                "userName": (user.who.actor.as_str())
            },
            "attributes": {"creationDate": (time::seconds(at)), "mfaAuthenticated": "false"}
        }
    });
    let who = user.who.clone().with(Join::FederationToken).step(vec![id]);
    let holder = Holder { key: Some(key.clone()), lineage: vec![key], ..Holder::new(who, account, identity) };
    holder.descending_from(user)
}

/// An AWS service takes a role: its service-linked one, or one it was given.
pub(crate) fn service_role(
    ledger: &mut Ledger,
    at: i64,
    service: &'static str,
    session: &Session,
    delivery: Delivery,
) -> Holder {
    let key = new_key(ledger);
    let caller = super::holder::service(session.role.account, service);
    let mut call = call(at, "sts", "AssumeRole")
        .request(json!({"roleArn": (session.role.arn()), "roleSessionName": (session.name.as_str())}))
        .response(json!({
            "credentials": (credentials(&key, at)),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())}
        }))
        .mints(&key);
    for cluster in ledger.clusters.get(session.role.account).into_iter().flatten() {
        call = call.perhaps_concerning(cluster, Why::ServiceRole);
    }
    let id = ledger.call(&caller, &call, delivery);
    let is_linked = session.role.path.starts_with("aws-service-role/");
    let name = session.name.as_str();
    let mut who = match service {
        "lambda.amazonaws.com" => Who::new(Kind::Function, &format!("function {name}"), Join::ServiceWorkload),
        "ecs-tasks.amazonaws.com" => Who::new(Kind::Task, &format!("task {name}"), Join::ServiceWorkload),
        "ec2.amazonaws.com" => Who::new(Kind::Instance, name, Join::ServiceWorkload),
        _ if is_linked => Who::new(Kind::AwsService, service, Join::ServiceLinkedRole),
        _ => Who::new(Kind::AwsService, service, Join::AwsService),
    };
    if delivery == Delivery::Kept {
        who = who.step(vec![id]);
    } else if !is_linked {
        who = who.with(Join::MintMissing).proved(Proof::Absent);
    }
    // Of a service-linked role every call says who makes it; another role is in the hands of the service's customer.
    let marks = Marks { invoked_by: is_linked.then_some(service), ..Marks::default() };
    let holder = Holder::of_session(who, session, &key, at, &marks);
    if is_linked { holder.at(service, service) } else { holder.at("198.51.100.44", "Boto3/1.36.0") }
}

/// A machine outside AWS trades its certificate for a session, by IAM Roles Anywhere.
pub(crate) fn roles_anywhere(
    ledger: &mut Ledger,
    at: i64,
    common_name: &str,
    session: &Session,
    delivery: Delivery,
) -> Holder {
    let key = new_key(ledger);
    let account = session.role.account;
    let source = format!("CN={common_name}");
    let anchor = format!("arn:aws:rolesanywhere:eu-west-1:{account}");
    let who = Who::new(Kind::Certificate, &source, Join::RolesAnywhere);
    // The record says nothing of who calls but in its answer.
    let identity = json!({"type": "Unknown", "accountId": (account)});
    let caller =
        Holder::new(who.clone().proved(Proof::Absent), account, identity).at("203.0.113.40", "CredHelper/1.4.0");
    let call = call(at, "rolesanywhere", "CreateSession")
        .request(json!({
            "cert": "MIIEXAMPLE",
            "durationSeconds": 3600,
            "profileArn": (format!("{anchor}:profile/00000000-0000-4000-8000-000000000001")),
            "roleArn": (session.role.arn()),
            "trustAnchorArn": (format!("{anchor}:trust-anchor/00000000-0000-4000-8000-000000000002"))
        }))
        .response(json!({
            "credentialSet": [{
                "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())},
                "credentials": (credentials(&key, at)),
                "packedPolicySize": 6,
                "roleArn": (session.role.arn()),
                "sourceIdentity": (source.as_str())
            }],
            "subjectArn": (format!("{anchor}:subject/00000000-0000-4000-8000-000000000003"))
        }))
        .mints(&key);
    let id = ledger.call(&caller, &call, delivery);
    let marks = Marks { source_identity: Some(source), ..Marks::default() };
    if delivery == Delivery::Lost {
        return Holder::of_session(who, session, &key, at, &marks).proved(Join::RolesAnywhere, Proof::Names);
    }
    Holder::of_session(who.step(vec![id]), session, &key, at, &marks)
}

/// An application trades the identity of its user for a session, by a Cognito identity pool.
pub(crate) fn cognito(ledger: &mut Ledger, at: i64, session: &Session, delivery: Delivery) -> Holder {
    let key = new_key(ledger);
    let identity_id = format!("eu-west-1:{}", uuid(&mut ledger.random));
    let who = Who::new(Kind::CognitoIdentity, &identity_id, Join::Cognito);
    let identity = json!({"type": "Unknown"});
    let caller = Holder::new(who.clone().proved(Proof::Absent), session.role.account, identity)
        .at("203.0.113.55", "Mozilla/5.0 (X11; Linux x86_64)");
    let call = call(at, "cognito-identity", "GetCredentialsForIdentity")
        .request(json!({
            "logins": {"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE": "HIDDEN_DUE_TO_SECURITY_REASONS"},
            "identityId": (identity_id.as_str())
        }))
        .response(json!({"credentials": (credentials(&key, at)), "identityId": (identity_id.as_str())}))
        .mints(&key);
    let id = ledger.call(&caller, &call, delivery);
    if delivery == Delivery::Lost {
        return Holder::of_session(who, session, &key, at, &Marks::default()).proved(Join::MintMissing, Proof::Absent);
    }
    Holder::of_session(who.step(vec![id]), session, &key, at, &Marks::default())
}

/// The role of a node, handed out by the metadata service of its instance; no caller is in any log.
pub(crate) fn node_role(ledger: &mut Ledger, at: i64, cluster: &Cluster, node: &Node) -> Holder {
    let key = new_key(ledger);
    let session = cluster.node_role.session(&node.instance);
    let mut who = Who::new(Kind::Node, &node.instance, Join::NodeRole);
    who.also = Some(node.name.clone());
    let marks = Marks { is_of_instance: true, ..Marks::default() };
    let mut holder = Holder::of_session(who, &session, &key, at, &marks).at(&node.address, "aws-sdk-go/1.55");
    holder.concerns.push(Concern { cluster: cluster.name, why: Why::NodeSession, demand: Demand::Must });
    holder
}

/// A pod takes a role through the agent of its node.
pub(crate) fn pod_identity(
    ledger: &mut Ledger,
    at: i64,
    cluster: &Cluster,
    agent: &Holder,
    (pod, role): (&super::kubernetes::Pod, &Role),
    which: PodIdentityRecords,
) -> Holder {
    let (namespace, account, name) = (pod.namespace, pod.account, pod.name.as_str());
    let subject = format!("system:serviceaccount:{namespace}:{account}");
    let key = new_key(ledger);
    let unique = uuid(&mut ledger.random);
    let session = role.session(&format!("eks-{}-{name}-{unique}", cluster.name));
    let assumed = json!({"assumeRoleId": (session.principal_id()), "arn": (session.arn())});
    let association = format!("a-{}", &unique[..8]);
    let exchange = call(at, "eks-auth", "AssumeRoleForPodIdentity")
        .request(json!({"clusterName": (cluster.name), "token": "HIDDEN_DUE_TO_SECURITY_REASONS"}))
        .response(json!({
            "subject": {"namespace": (namespace), "serviceAccount": (account)},
            "audience": "pods.eks.amazonaws.com",
            "podIdentityAssociation": {
                "associationArn": (format!("{}/{association}", cluster.arn().replace(":cluster/", ":podidentityassociation/"))),
                "associationId": (association.as_str())
            },
            "assumedRoleUser": (assumed),
            "credentials": (credentials(&key, at))
        }))
        .mints(&key)
        .concerning(cluster, Why::PodIdentity);
    let tag = |key: &str, value: &str| json!({"key": (key), "value": (value)});
    let tags: Vec<Json> = vec![
        tag("eks-cluster-arn", &cluster.arn()),
        tag("eks-cluster-name", cluster.name),
        tag("kubernetes-namespace", namespace),
        tag("kubernetes-service-account", account),
        tag("kubernetes-pod-name", name),
        tag("kubernetes-pod-uid", &pod.uid),
    ];
    let assumption = call(at, "sts", "AssumeRole")
        .request(json!({"roleArn": (role.arn()), "roleSessionName": (session.name.as_str()), "tags": (tags)}))
        .response(json!({
            "credentials": (credentials(&key, at)),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())}
        }))
        .mints(&key)
        .concerning(cluster, Why::PodIdentity);
    let mut ids = Vec::new();
    if which != PodIdentityRecords::AssumptionOnly {
        ids.push(ledger.call(agent, &exchange, Delivery::Kept));
    }
    if which != PodIdentityRecords::ExchangeOnly {
        let service = super::holder::service(role.account, "pods.eks.amazonaws.com");
        ids.push(ledger.call(&service, &assumption, Delivery::Kept));
    }
    let who = Who::new(Kind::ServiceAccount, &subject, Join::PodIdentity).step(ids);
    let mut holder = Holder::of_session(who, &session, &key, at, &Marks::default()).at(&pod.address, "Boto3/1.36.0");
    holder.concerns.push(Concern { cluster: cluster.name, why: Why::WorkloadSession, demand: Demand::Must });
    holder
}

/// Which of the two records of a Pod Identity exchange the archive has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodIdentityRecords {
    Both,
    ExchangeOnly,
    AssumptionOnly,
}

pub(crate) fn new_key(ledger: &mut Ledger) -> String {
    iam_id(&mut ledger.random, "ASIA", 20)
}
