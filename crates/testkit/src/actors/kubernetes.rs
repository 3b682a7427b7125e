//! Requests to an API server with the audit events they leave, logins with the lines the authenticator leaves, and
//! users as the audit log shows them.

use super::holder::Holder;
use super::ledger::Ledger;
use super::time;
use super::truth::{Join, Kind, Proof, Who};
use super::world::{Cluster, Node, REGION, uuid};
use crate::story::json::{Fields, Json, json};

/// Somebody as an API server knows them.
#[derive(Clone, Debug)]
pub(crate) struct KubernetesUser {
    pub(crate) who: Who,
    user: Json,
    /// The AWS key of the login, where the audit log shows it.
    pub(crate) key: Option<String>,
    /// The keys that led to it.
    pub(crate) lineage: Vec<String>,
    address: String,
    agent: &'static str,
}

/// What the audit log says of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extras {
    /// ARN, canonical ARN, key, principal and session name.
    Full,
    /// The same without the key.
    WithoutKey,
    /// Nothing; only the authenticator's lines know.
    None,
}

/// What the authenticator writes of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Both lines, the first with the key.
    WithKey,
    /// Both lines, as older versions write them.
    WithoutKey,
    /// Only the second line, which names the role and not its session.
    GrantOnly,
    /// The lines are not in the archive.
    Lost,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) at: i64,
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    subresource: &'static str,
    namespace: String,
    name: String,
    code: i32,
    sent: Option<Json>,
    answered: Option<Json>,
    annotation: Option<(&'static str, String)>,
    pub(crate) impersonates: Option<String>,
    /// A request that stays open has one more stage.
    is_long: bool,
}

pub(crate) fn request(at: i64, verb: &'static str, resource: &'static str, namespace: &str, name: &str) -> Request {
    Request {
        at,
        verb,
        resource,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        code: if verb == "create" { 201 } else { 200 },
        ..Request::default()
    }
}

impl Request {
    pub(crate) fn of_group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    pub(crate) fn sub(mut self, subresource: &'static str) -> Self {
        self.subresource = subresource;
        self
    }

    pub(crate) fn bodies(mut self, sent: Json, answered: Json) -> Self {
        self.sent = Some(sent);
        self.answered = Some(answered);
        self
    }

    pub(crate) fn note(mut self, name: &'static str, value: String) -> Self {
        self.annotation = Some((name, value));
        self
    }

    pub(crate) fn denied(mut self) -> Self {
        self.code = 403;
        self
    }

    pub(crate) fn impersonating(mut self, user: &str) -> Self {
        self.impersonates = Some(user.to_owned());
        self
    }

    pub(crate) fn long(mut self) -> Self {
        self.is_long = true;
        self.code = 101;
        self
    }

    pub(crate) fn action(&self) -> String {
        let slash = if self.subresource.is_empty() { "" } else { "/" };
        format!("{} {}{slash}{}", self.verb, self.resource, self.subresource)
    }

    pub(crate) fn stages(&self) -> &'static [&'static str] {
        if self.is_long { &["ResponseStarted", "ResponseComplete"] } else { &["ResponseComplete"] }
    }

    pub(crate) fn stage_micros(&self, stage: &str) -> i64 {
        self.at + if stage == "ResponseStarted" { 4_200 } else { 9_731 }
    }

    pub(crate) fn event(&self, user: &KubernetesUser, id: &str, stage: &str) -> Json {
        let mut event = Fields::default();
        event.put("kind", "Event");
        event.put("apiVersion", "audit.k8s.io/v1");
        event.put("level", if self.sent.is_some() { "RequestResponse" } else { "Metadata" });
        event.put("auditID", id);
        event.put("stage", stage);
        event.put("requestURI", self.uri());
        event.put("verb", self.verb);
        event.put("user", user.user.clone());
        if let Some(name) = &self.impersonates {
            event.put("impersonatedUser", json!({"username": (name.as_str()), "groups": ["system:authenticated"]}));
        }
        event.put("sourceIPs", json!([(user.address.as_str())]));
        event.put("userAgent", user.agent);
        event.put("objectRef", self.object());
        event.put("responseStatus", json!({"metadata": {}, "code": (self.code)}));
        event.put_some("requestObject", self.sent.clone());
        event.put_some("responseObject", self.answered.clone());
        event.put("requestReceivedTimestamp", time::micros(self.at));
        event.put("stageTimestamp", time::micros(self.stage_micros(stage)));
        let mut annotations = Fields::default();
        let decision = if self.code == 403 { "forbid" } else { "allow" };
        annotations.put("authorization.k8s.io/decision", decision);
        annotations.put("authorization.k8s.io/reason", "");
        if let Some((name, value)) = &self.annotation {
            annotations.put(name, value.as_str());
        }
        event.put("annotations", annotations.object());
        event.object()
    }

    fn uri(&self) -> String {
        let base = if self.group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}/v1", self.group) };
        let mut uri = base;
        if !self.namespace.is_empty() {
            uri += &format!("/namespaces/{}", self.namespace);
        }
        for part in [self.resource, &self.name, self.subresource] {
            if !part.is_empty() {
                uri = format!("{uri}/{part}");
            }
        }
        uri
    }

    fn object(&self) -> Json {
        let mut object = Fields::default();
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        object.put("resource", self.resource);
        object.put_some("namespace", filled(&self.namespace));
        object.put_some("name", filled(&self.name));
        object.put_some("apiGroup", filled(self.group));
        object.put("apiVersion", "v1");
        object.put_some("subresource", filled(self.subresource));
        object.object()
    }
}

impl KubernetesUser {
    fn new(who: Who, name: &str, uid: Option<String>, groups: &[&str], extra: Option<Json>) -> Self {
        let mut user = Fields::default();
        user.put("username", name);
        user.put_some("uid", uid);
        let groups: Vec<Json> =
            groups.iter().chain(&["system:authenticated"]).map(|group| Json::from(*group)).collect();
        user.put("groups", groups);
        user.put_some("extra", extra);
        Self {
            who,
            user: user.object(),
            key: None,
            lineage: Vec::new(),
            address: "198.51.100.7".to_owned(),
            agent: "kubectl/v1.32.1",
        }
    }

    pub(crate) fn proved(mut self, join: Join, proof: Proof) -> Self {
        self.who = self.who.with(join).proved(proof);
        self
    }

    /// Configuration that let this user in, and such that did not.
    pub(crate) fn let_in_by(mut self, configured: &[&String], unconfigured: &[&String]) -> Self {
        self.who.configured = configured.iter().map(|id| (*id).clone()).collect();
        self.who.unconfigured = unconfigured.iter().map(|id| (*id).clone()).collect();
        self
    }

    pub(crate) fn handed(mut self, hand: &str) -> Self {
        self.who.hand = Some(hand.to_owned());
        self
    }

    pub(crate) fn at(mut self, address: &str, agent: &'static str) -> Self {
        address.clone_into(&mut self.address);
        self.agent = agent;
        self
    }
}

/// A holder of AWS credentials logs in to a cluster.
pub(crate) fn login(
    ledger: &mut Ledger,
    at: i64,
    holder: &Holder,
    (cluster, name): (&Cluster, &str),
    (extras, lines): (Extras, Lines),
) -> KubernetesUser {
    write_lines(ledger, at, holder, (cluster, name), lines);
    let account = holder.account;
    let uid = format!("aws-iam-authenticator:{account}:{}", holder.principal);
    let arn = holder.session.as_ref().map(super::world::Session::arn).or(holder.user_arn.clone()).unwrap_or_default();
    let canonical = holder.session.as_ref().map_or_else(|| arn.clone(), |session| session.role.canonical_arn());
    let session = holder.session.as_ref().map_or(String::new(), |session| session.name.clone());
    let extra = (extras != Extras::None).then(|| {
        let mut extra = Fields::default();
        if extras == Extras::Full {
            extra.put("accessKeyId", json!([(holder.key.clone().unwrap_or_default())]));
        }
        extra.put("arn", json!([(arn)]));
        extra.put("canonicalArn", json!([(canonical)]));
        extra.put("principalId", json!([(holder.principal.as_str())]));
        extra.put("sessionName", json!([(session)]));
        extra.object()
    });
    let join = match extras {
        Extras::Full => Join::LoginExtras,
        Extras::WithoutKey => Join::LoginSession,
        Extras::None => Join::LoginLines,
    };
    let mut user = KubernetesUser::new(holder.who.clone().with(join), name, Some(uid), &[], extra);
    if extras == Extras::Full {
        user.key.clone_from(&holder.key);
        user.lineage.clone_from(&holder.lineage);
    }
    if extras != Extras::Full && user.who.proof == Proof::Ids {
        user.who.proof = Proof::Names;
    }
    user.at(&holder.address, "kubectl/v1.32.1")
}

/// `STS response`, then `access granted`, joined by nothing but the port of the API server and the second.
fn write_lines(ledger: &mut Ledger, at: i64, holder: &Holder, (cluster, name): (&Cluster, &str), lines: Lines) {
    if lines == Lines::Lost {
        return;
    }
    let (Some(arn), session, canonical) = (match &holder.session {
        Some(session) => (Some(session.arn()), session.name.as_str(), session.role.canonical_arn()),
        None => (holder.user_arn.clone(), "", holder.user_arn.clone().unwrap_or_default()),
    }) else {
        return;
    };
    let port = 30_000 + ledger.random.below(30_000);
    let (account, principal) = (holder.account, &holder.principal);
    let key = match (&holder.key, lines) {
        (Some(key), Lines::WithKey) => format!("accesskeyid={key} "),
        _ => String::new(),
    };
    let tail = format!("method=POST path=/authenticate stsendpoint=sts.{REGION}.amazonaws.com");
    let (path, endpoint) = tail.split_once(" stsendpoint=").unwrap_or((&tail, ""));
    let stamp = time::seconds(at);
    let client = format!("client=\"127.0.0.1:{port}\"");
    let response = format!(
        "time=\"{stamp}\" level=info msg=\"STS response\" {key}accountid={account} arn=\"{arn}\" {client} {path} \
         session={session} stsendpoint={endpoint} userid={principal}"
    );
    let granted = format!(
        "time=\"{stamp}\" level=info msg=\"access granted\" arn=\"{canonical}\" {client} groups=\"[]\" {tail} \
         uid=\"aws-iam-authenticator:{account}:{principal}\" username=\"{name}\""
    );
    let key = holder.key.as_deref();
    if lines != Lines::GrantOnly {
        ledger.line(cluster, at, key, response);
    }
    ledger.line(cluster, at + 2_000, key, granted);
}

/// A part of the control plane.
pub(crate) fn component(name: &str) -> KubernetesUser {
    let who = Who::new(Kind::KubernetesComponent, name, Join::OwnName);
    KubernetesUser::new(who, name, None, &[], None).at("10.0.200.4", "kube-controller-manager/v1.32.1")
}

pub(crate) fn anonymous() -> KubernetesUser {
    let who = Who::new(Kind::Anonymous, "system:anonymous", Join::OwnName);
    KubernetesUser::new(who, "system:anonymous", None, &["system:unauthenticated"], None)
        .at("203.0.113.99", "curl/8.5.0")
}

/// A running pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) namespace: &'static str,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) account: &'static str,
    pub(crate) node: Node,
    pub(crate) address: String,
}

/// A service account; what is known of its token stands in the extras.
pub(crate) fn service_account(namespace: &str, name: &str, extra: Option<Json>) -> KubernetesUser {
    let user = format!("system:serviceaccount:{namespace}:{name}");
    let join = if extra.is_some() { Join::BoundToken } else { Join::PlainToken };
    let who = Who::new(Kind::ServiceAccount, &user, join);
    let groups = ["system:serviceaccounts", &format!("system:serviceaccounts:{namespace}")];
    KubernetesUser::new(who, &user, None, &groups, extra).at("10.0.20.9", "app/1.0")
}

/// What the API server says of a token that the kubelet had made for a pod.
pub(crate) fn pod_extra(ledger: &mut Ledger, pod: &Pod, credential: &str) -> Json {
    let node_uid = uuid(&mut ledger.random);
    json!({
        "authentication.kubernetes.io/credential-id": [(format!("JTI={credential}"))],
        "authentication.kubernetes.io/node-name": [(pod.node.name.as_str())],
        "authentication.kubernetes.io/node-uid": [(node_uid)],
        "authentication.kubernetes.io/pod-name": [(pod.name.as_str())],
        "authentication.kubernetes.io/pod-uid": [(pod.uid.as_str())]
    })
}

/// The kubelet of a node, where the log does not say with which key it came.
pub(crate) fn plain_kubelet(node: &Node) -> KubernetesUser {
    let name = format!("system:node:{}", node.name);
    let mut who = Who::new(Kind::Node, &node.instance, Join::Kubelet);
    who.also = Some(node.name.clone());
    KubernetesUser::new(who, &name, None, &["system:nodes"], None).at(&node.address, "kubelet/v1.24.17")
}
