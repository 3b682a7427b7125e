//! One request to a Kubernetes API server, and the audit event it leaves.
//!
//! Field set and order follow `Event` of `audit.k8s.io/v1` as EKS 1.29 writes it.

use super::json::{Escaping, Fields, Json, json};
use super::moment::{Moment, ids};

/// The clusters of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cluster {
    Demo,
    Staging,
}

/// The two API servers of `demo`, each with log streams of its own. The authenticator beside the second is of an older
/// version, which does not log access keys: EKS was about to replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    First,
    Second,
}

/// What a request is aimed at.
#[derive(Clone, Default)]
pub(crate) struct Target {
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    subresource: &'static str,
    namespace: &'static str,
    name: &'static str,
    /// A path that is no resource, `/version`.
    path: &'static str,
    query: &'static str,
}

/// A resource of the core group.
pub(crate) fn core(resource: &'static str) -> Target {
    Target { version: "v1", resource, ..Target::default() }
}

/// A resource of a named API group, version `v1`.
pub(crate) fn grouped(group: &'static str, resource: &'static str) -> Target {
    Target { group, version: "v1", resource, ..Target::default() }
}

pub(crate) fn path(path: &'static str) -> Target {
    Target { path, ..Target::default() }
}

impl Target {
    pub(crate) fn within(mut self, namespace: &'static str) -> Self {
        self.namespace = namespace;
        self
    }

    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn part(mut self, subresource: &'static str) -> Self {
        self.subresource = subresource;
        self
    }

    pub(crate) fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    fn uri(&self, verb: &str) -> String {
        if !self.path.is_empty() {
            return self.path.to_owned();
        }
        let mut uri = match (self.group, self.version) {
            ("", version) => format!("/api/{version}"),
            (group, version) => format!("/apis/{group}/{version}"),
        };
        if !self.namespace.is_empty() {
            uri = format!("{uri}/namespaces/{}", self.namespace);
        }
        uri = format!("{uri}/{}", self.resource);
        let is_in_body = verb == "create" && self.subresource.is_empty();
        if !self.name.is_empty() && !is_in_body {
            uri = format!("{uri}/{}", self.name);
        }
        if !self.subresource.is_empty() {
            uri = format!("{uri}/{}", self.subresource);
        }
        if self.query.is_empty() { uri } else { format!("{uri}?{}", self.query) }
    }

    fn object_ref(&self) -> Option<Json> {
        if self.resource.is_empty() {
            return None;
        }
        let mut object = Fields::default();
        object.put("resource", self.resource);
        for (key, value) in [("namespace", self.namespace), ("name", self.name), ("apiGroup", self.group)] {
            object.put_some(key, (!value.is_empty()).then_some(value));
        }
        object.put("apiVersion", self.version);
        object.put_some("subresource", (!self.subresource.is_empty()).then_some(self.subresource));
        Some(object.object())
    }
}

/// An audit event. [`audit`] makes an answered and allowed one; the methods change what differs.
#[derive(Clone)]
pub(crate) struct AuditEvent {
    pub(crate) cluster: Cluster,
    pub(crate) received: Moment,
    pub(crate) staged: Moment,
    pub(crate) stage: &'static str,
    level: &'static str,
    verb: &'static str,
    target: Target,
    user: Json,
    address: String,
    agent: &'static str,
    status: Json,
    decision: Option<(&'static str, String)>,
    annotations: Vec<(&'static str, String)>,
    impersonated: Option<Json>,
    server: Option<Server>,
    request_object: Option<Json>,
    response_object: Option<Json>,
    pub(crate) key_event: Option<&'static str>,
}

/// A user at the API server of `demo`: who, from where, with what, and by which rule it is let in.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) user: Json,
    pub(crate) address: &'static str,
    pub(crate) agent: &'static str,
    pub(crate) reason: String,
}

pub(crate) fn audit(received: Moment, client: &Client, verb: &'static str, target: Target) -> AuditEvent {
    let uri = target.uri(verb);
    let received = received.plus_micros(ids::number(&format!("micros/{}/{verb}/{uri}", received.micros()), 1_000));
    let code = if verb == "create" { 201 } else { 200 };
    AuditEvent {
        cluster: Cluster::Demo,
        received,
        staged: received.plus_micros(2_100 + ids::number(&format!("took/{}/{uri}", received.micros()), 21_000)),
        stage: "ResponseComplete",
        level: level(verb, &target),
        verb,
        target,
        user: client.user.clone(),
        address: client.address.to_owned(),
        agent: client.agent,
        status: json!({"metadata": {}, "code": (code)}),
        decision: Some(("allow", client.reason.clone())),
        annotations: Vec::new(),
        impersonated: None,
        server: None,
        request_object: None,
        response_object: None,
        key_event: None,
    }
}

impl AuditEvent {
    pub(crate) fn on(mut self, cluster: Cluster) -> Self {
        self.cluster = cluster;
        self
    }

    /// The API server that answers, where the scene cares; else either does.
    pub(crate) fn at(mut self, server: Server) -> Self {
        self.server = Some(server);
        self
    }

    /// `--as`: what the user asks to be taken for.
    pub(crate) fn impersonating(mut self, user: Json) -> Self {
        self.impersonated = Some(user);
        self
    }

    /// The token that the request was answered with.
    pub(crate) fn issuing(mut self, credential: &str) -> Self {
        self.annotations.push(("authentication.kubernetes.io/issued-credential-id", credential.to_owned()));
        self
    }

    pub(crate) fn user(&self) -> &Json {
        &self.user
    }

    /// A request goes to either API server; its stages stay together.
    pub(crate) fn server(&self) -> Server {
        let either = if ids::number(&self.audit_id(), 2) == 0 { Server::First } else { Server::Second };
        self.server.unwrap_or(either)
    }

    pub(crate) fn code(mut self, code: i32) -> Self {
        self.status = json!({"metadata": {}, "code": (code)});
        self
    }

    /// Refused by authorization, in the API server's words.
    pub(crate) fn forbidden(mut self) -> Self {
        let Target { group, resource, namespace, name, path, .. } = &self.target;
        let user = self.impersonated.as_ref().unwrap_or(&self.user);
        let user = user.field("username").and_then(Json::text).unwrap_or_default();
        let (message, details) = if resource.is_empty() {
            (format!("forbidden: User \"{user}\" cannot {} path \"{path}\"", self.verb), json!({}))
        } else {
            let subject = if name.is_empty() { (*resource).to_owned() } else { format!("{resource} \"{name}\"") };
            let scope = if namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace \"{namespace}\"")
            };
            let verb = self.verb;
            let message = format!(
                "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {scope}"
            );
            (message, json!({"kind": (*resource)}))
        };
        self.decision = Some(("forbid", String::new()));
        self.failed("Forbidden", &message, details, 403)
    }

    /// No valid credentials: the event has no user and ends before authorization.
    pub(crate) fn unauthorized(mut self) -> Self {
        self.user = json!({});
        self.decision = None;
        self.stage = "ResponseStarted";
        self.level = "Metadata";
        self.status = json!({"metadata": {}, "message": "Authentication failed, attempted: bearer", "code": 401});
        self
    }

    pub(crate) fn unavailable(self) -> Self {
        let message = "the server is currently unable to handle the request";
        self.failed("ServiceUnavailable", message, json!({}), 503)
    }

    /// The two events of a request that streams: begun, and over after `millis`.
    pub(crate) fn streaming(mut self, code: i32, millis: i64) -> [Self; 2] {
        self = self.code(code);
        let mut over = Self { staged: self.staged.plus_millis(millis), key_event: None, ..self.clone() };
        over.stage = "ResponseComplete";
        self.stage = "ResponseStarted";
        [self, over]
    }

    /// The body of the request, which makes the level `RequestResponse`.
    pub(crate) fn with_body(mut self, request: Json, response: Json) -> Self {
        self.level = "RequestResponse";
        self.request_object = Some(request);
        self.response_object = Some(response);
        self
    }

    /// Marks an event of the incident that an answer must not miss.
    pub(crate) fn key(mut self, what: &'static str) -> Self {
        self.key_event = Some(what);
        self
    }

    pub(crate) fn audit_id(&self) -> String {
        let uri = self.target.uri(self.verb);
        ids::uuid(&format!("audit/{:?}/{}/{}/{uri}", self.cluster, self.received.micros(), self.verb))
    }

    /// The time CloudWatch gives the event, a little after its stage.
    pub(crate) fn logged(&self) -> Moment {
        self.staged.plus_millis(200 + ids::number(&self.audit_id(), 180))
    }

    /// The event as the API server writes it.
    pub(crate) fn record(&self) -> String {
        let mut event = Fields::default();
        event.put("kind", "Event");
        event.put("apiVersion", "audit.k8s.io/v1");
        event.put("level", self.level);
        event.put("auditID", self.audit_id());
        event.put("stage", self.stage);
        event.put("requestURI", self.target.uri(self.verb));
        event.put("verb", self.verb);
        event.put("user", self.user.clone());
        event.put_some("impersonatedUser", self.impersonated.clone());
        event.put("sourceIPs", json!([(self.address.clone())]));
        event.put("userAgent", self.agent);
        event.put_some("objectRef", self.target.object_ref());
        event.put("responseStatus", self.status.clone());
        event.put_some("requestObject", self.request_object.clone());
        event.put_some("responseObject", self.response_object.clone());
        event.put("requestReceivedTimestamp", self.received.micros());
        event.put("stageTimestamp", self.staged.micros());
        let mut annotations = Fields::default();
        for (key, value) in &self.annotations {
            annotations.put(key, value.as_str());
        }
        if let Some((decision, reason)) = &self.decision {
            annotations.put("authorization.k8s.io/decision", *decision);
            annotations.put("authorization.k8s.io/reason", reason.as_str());
        }
        if self.decision.is_some() {
            event.put("annotations", annotations.object());
        }
        event.object().compact(Escaping::Go)
    }

    fn failed(mut self, reason: &str, message: &str, details: Json, code: i32) -> Self {
        self.status = json!({
            "metadata": {},
            "status": "Failure",
            "message": (message),
            "reason": (reason),
            "details": (details),
            "code": (code)
        });
        self
    }
}

/// EKS logs Secrets, ConfigMaps and tokens without bodies and reads with the request only; a write has its bodies where
/// the scene gives them.
fn level(verb: &str, target: &Target) -> &'static str {
    let is_sensitive = matches!(target.resource, "secrets" | "configmaps" | "leases") || target.resource.is_empty();
    if !is_sensitive && matches!(verb, "get" | "list" | "watch") { "Request" } else { "Metadata" }
}

/// The reason RBAC gives for letting a request through.
pub(crate) fn rbac(binding: &str, role: &str, subject: &str) -> String {
    format!("RBAC: allowed by ClusterRoleBinding \"{binding}\" of ClusterRole \"{role}\" to {subject}")
}

/// The reason of an EKS access policy that holds in one namespace.
pub(crate) fn namespace_policy(session: &super::cast::RoleSession, namespace: &str) -> String {
    const POLICY: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy";
    format!(
        "EKS Access Policy: allowed by RoleBinding \"{}+{POLICY}\" of ClusterRole \"{POLICY}\" to User \"{}\" in \
         namespace \"{namespace}\"",
        session.canonical_arn(),
        session.role_id()
    )
}

/// The reason of an EKS access policy: the binding is made of the entry and the policy.
pub(crate) fn access_policy(session: &super::cast::RoleSession) -> String {
    const POLICY: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    format!(
        "EKS Access Policy: allowed by ClusterRoleBinding \"{}+{POLICY}\" of ClusterRole \"{POLICY}\" to User \"{}\"",
        session.canonical_arn(),
        session.role_id()
    )
}
