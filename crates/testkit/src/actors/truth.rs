//! What the generator knows of each event: who really did it, by which steps, whether the archive proves it, and which
//! clusters it concerns. Nothing here is read from a record; the scenes say it while they act.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What an origin is, in the words of the table `identities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Person,
    Pipeline,
    ServiceAccount,
    Node,
    /// An EC2 instance that is no node.
    Instance,
    /// A Lambda function.
    Function,
    /// A task of ECS.
    Task,
    /// Whoever has the key of a certificate that IAM Roles Anywhere trusts.
    Certificate,
    /// An identity of a Cognito identity pool.
    CognitoIdentity,
    AwsService,
    IamUser,
    Root,
    KubernetesComponent,
    Anonymous,
    /// Somebody of an account whose logs nobody has.
    Unknown,
}

/// What ties a credential to its origin: the join that has to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Join {
    /// The record itself names the origin: a user's own key, root, a component of a control plane.
    OwnName,
    /// A key made by `GetSessionToken`.
    SessionToken,
    /// A key made by `GetFederationToken`.
    FederationToken,
    /// A key of the console, which no event hands out, of an IAM user or root.
    ConsoleSignIn,
    Saml,
    /// A key of the console for a role session: only session name and times lead to its `AssumeRoleWithSAML`.
    ConsoleOfSaml,
    /// A role taken with the token of a pipeline.
    WebIdentity,
    /// One role after another, two to four deep.
    RoleChain,
    /// The call that handed out the key is missing; its source identity is there.
    SourceIdentity,
    /// A role of another account: the account of the caller and that of the role each have a record.
    CrossAccount,
    ServiceLinkedRole,
    /// An AWS service acting by itself, or with a role it was given.
    AwsService,
    /// A function, a task or an instance, by the credentials that its service took for it.
    ServiceWorkload,
    RolesAnywhere,
    Cognito,
    /// A call that an AWS service makes with the credentials of its caller.
    ForwardedAccess,
    /// The role of an instance, by its key.
    NodeRole,
    /// The kubelet of a node.
    Kubelet,
    Irsa,
    PodIdentity,
    /// A token bound to a pod, with extras.
    BoundToken,
    /// A token without extras.
    PlainToken,
    /// A token that a person had made for a service account.
    TokenRequest,
    /// A Kubernetes user with ARN, key and session name in its extras.
    LoginExtras,
    /// A Kubernetes user with ARN and session name in its extras, without the key.
    LoginSession,
    /// A Kubernetes user without extras that only the authenticator's lines know.
    LoginLines,
    /// A Kubernetes user without extras or lines, whose name is that of the session, as EKS gives it by default.
    LoginName,
    Impersonation,
    /// Credentials of a pod in the hands of somebody who went into it.
    PodEntered,
    /// The call that handed out the key is missing.
    MintMissing,
    /// Two calls hand out the same key.
    KeyTwice,
    /// A name made to look like somebody else's.
    FalseName,
}

/// What the archive says about the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Every step is proved by an id that two records share, or by the record itself.
    Ids,
    /// A step rests on names and times that one candidate fits, who is the true one.
    Names,
    /// Several candidates fit, of which one is the true one.
    Several(Vec<String>),
    /// A step is missing from the archive, and nothing points at anybody.
    Absent,
    /// A step is missing from the archive, and names point at somebody else.
    Misleading,
}

/// Who is behind a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The origin as a reader would name it. Of a node: its instance id.
    pub actor: String,
    /// The node's name, or another name that is right as well.
    pub also: Option<String>,
    pub kind: Kind,
    pub join: Join,
    pub proof: Proof,
    /// For each step that an event proves, the ids of the events that do; any one of them will do.
    pub steps: Vec<Vec<String>>,
    /// Somebody who is not the origin, but had the credential within reach.
    pub hand: Option<String>,
    /// Somebody who had another credential of the same names within reach, and this one not.
    pub stranger: Option<String>,
    /// The events that configured that this could be: entries, mappings, associations that were in force.
    pub configured: Vec<String>,
    /// Events that configured something like it that was not in force, or not for this.
    pub unconfigured: Vec<String>,
}

/// Why an event concerns a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    AuditLog,
    /// A call of the EKS API names the cluster or holds its ARN.
    NamedByEks,
    /// A role of EKS itself acts on what belongs to the cluster.
    ServiceRole,
    /// A tag names the cluster.
    Tag,
    /// Its VPC, one of its subnets or its security group.
    Network,
    /// The Auto Scaling group or launch template of a node group.
    NodeGroup,
    /// An instance that is a node.
    Instance,
    /// The cluster's role or that of its nodes.
    Role,
    OidcProvider,
    Irsa,
    PodIdentity,
    /// Calls made with a role that a service account of the cluster took.
    WorkloadSession,
    /// Calls made with the role of a node.
    NodeSession,
    KmsKey,
    LogGroup,
    /// Changes what the account records.
    Trail,
    /// Calls with a key that logged in to the cluster.
    LoginSession,
    /// The call that handed out a key that logged in to the cluster.
    LoginMint,
}

/// Whether an answer has to hold an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    Must,
    /// Right with it and right without it.
    May,
}

/// That an event concerns a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concern {
    pub cluster: &'static str,
    pub why: Why,
    pub demand: Demand,
}

/// The table an event is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    CloudTrail,
    KubernetesAudit,
}

/// One event of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEvent {
    pub table: Table,
    /// `eventID` or `auditID`.
    pub id: String,
    /// The stage of an audit event; empty for CloudTrail.
    pub stage: &'static str,
    /// What happened, for the reader of a failed test: `iam:AttachRolePolicy`.
    pub action: String,
    pub who: Who,
    pub concerns: Vec<Concern>,
}

/// Something that had an address: as an answer may name it, and what else it may be named by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub name: String,
    pub also: String,
}

/// A record of a flow at an interface of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFlow {
    pub cluster: &'static str,
    /// The record itself; no two are the same.
    pub text: String,
    /// Who can have had the address that it came from: nobody that any log tells of, one, or several of whom the times
    /// do not say which.
    pub holders: Vec<Holder>,
}

/// What is known of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Every distinct event that is in the archive.
    pub events: Vec<KnownEvent>,
    /// Lines of the authenticator, by cluster.
    pub authenticator_lines: BTreeMap<&'static str, usize>,
    /// Flows at interfaces of nodes.
    pub flows: Vec<KnownFlow>,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Pipeline => "pipeline",
            Self::ServiceAccount => "service_account",
            Self::Node => "node",
            Self::Instance => "instance",
            Self::Function => "function",
            Self::Task => "task",
            Self::Certificate => "certificate",
            Self::CognitoIdentity => "cognito_identity",
            Self::AwsService => "aws_service",
            Self::IamUser => "iam_user",
            Self::Root => "root",
            Self::KubernetesComponent => "kubernetes_component",
            Self::Anonymous => "anonymous",
            Self::Unknown => "unknown",
        }
    }
}

impl Join {
    /// In words, as the tables of figures name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnName => "the record names the origin",
            Self::SessionToken => "GetSessionToken",
            Self::FederationToken => "GetFederationToken",
            Self::ConsoleSignIn => "console key of a user or root",
            Self::Saml => "AssumeRoleWithSAML",
            Self::ConsoleOfSaml => "console key of a role session",
            Self::WebIdentity => "web identity of a pipeline",
            Self::RoleChain => "role chaining",
            Self::SourceIdentity => "source identity alone",
            Self::CrossAccount => "role of another account",
            Self::ServiceLinkedRole => "service-linked role",
            Self::AwsService => "AWS service",
            Self::ServiceWorkload => "function, task or instance",
            Self::RolesAnywhere => "IAM Roles Anywhere",
            Self::Cognito => "Cognito identity pool",
            Self::ForwardedAccess => "call forwarded by a service",
            Self::NodeRole => "role of a node",
            Self::Kubelet => "kubelet",
            Self::Irsa => "IRSA",
            Self::PodIdentity => "Pod Identity",
            Self::BoundToken => "bound token",
            Self::PlainToken => "token without extras",
            Self::TokenRequest => "token a person had made",
            Self::LoginExtras => "login with key in the audit log",
            Self::LoginSession => "login with session name only",
            Self::LoginLines => "login in authenticator lines only",
            Self::LoginName => "login with the session's name only",
            Self::Impersonation => "impersonation",
            Self::PodEntered => "credentials of a pod that was entered",
            Self::MintMissing => "minting call missing",
            Self::KeyTwice => "key handed out twice",
            Self::FalseName => "false name",
        }
    }
}

impl Why {
    /// In words, as the tables of figures name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuditLog => "audit log",
            Self::NamedByEks => "call of the EKS API",
            Self::ServiceRole => "service-linked role",
            Self::Tag => "tag",
            Self::Network => "VPC, subnet, security group",
            Self::NodeGroup => "Auto Scaling group, launch template",
            Self::Instance => "instance",
            Self::Role => "role of cluster or nodes",
            Self::OidcProvider => "OIDC provider",
            Self::Irsa => "role taken by IRSA",
            Self::PodIdentity => "role taken by Pod Identity",
            Self::WorkloadSession => "session of a service account",
            Self::NodeSession => "session of a node",
            Self::KmsKey => "KMS key",
            Self::LogGroup => "log group",
            Self::Trail => "trail of the account",
            Self::LoginSession => "session that logged in",
            Self::LoginMint => "minting of a session that logged in",
        }
    }
}

impl Who {
    /// Whether an answer names this origin.
    pub fn is_named_by(&self, answer: &str) -> bool {
        if self.kind != Kind::Node {
            return answer == self.actor || self.also.as_deref() == Some(answer);
        }
        // A node is named by its instance, by its name, or by both; never by another instance.
        let names_an_instance = answer.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        let instances: Vec<&str> = names_an_instance.filter(|word| word.starts_with("i-")).collect();
        let by_name = self.also.as_deref().is_some_and(|name| answer.contains(name));
        if instances.is_empty() { by_name } else { instances.iter().all(|instance| *instance == self.actor) }
    }

    pub(crate) fn with(mut self, join: Join) -> Self {
        self.join = join;
        self
    }

    pub(crate) fn proved(mut self, proof: Proof) -> Self {
        self.proof = proof;
        self
    }

    /// A step more, which these events prove.
    pub(crate) fn step(mut self, events: Vec<String>) -> Self {
        self.steps.push(events);
        self
    }
}

impl Truth {
    pub fn to_json(&self) -> Value {
        let events: Vec<Value> = self.events.iter().map(KnownEvent::to_json).collect();
        let flow = |flow: &KnownFlow| {
            let holders: Vec<&str> = flow.holders.iter().map(|holder| holder.name.as_str()).collect();
            json!({ "cluster": flow.cluster, "text": flow.text, "holders": holders })
        };
        let flows: Vec<Value> = self.flows.iter().map(flow).collect();
        json!({ "events": events, "authenticator_lines": self.authenticator_lines, "flows": flows })
    }
}

impl KnownEvent {
    fn to_json(&self) -> Value {
        let who = &self.who;
        let (proof, candidates) = match &who.proof {
            Proof::Ids => ("ids", None),
            Proof::Names => ("names", None),
            Proof::Several(candidates) => ("several", Some(candidates)),
            Proof::Absent => ("absent", None),
            Proof::Misleading => ("misleading", None),
        };
        let concerns: Vec<Value> = self
            .concerns
            .iter()
            .map(|concern| {
                json!({
                    "cluster": concern.cluster,
                    "why": concern.why.name(),
                    "demanded": concern.demand == Demand::Must,
                })
            })
            .collect();
        json!({
            "table": match self.table { Table::CloudTrail => "cloudtrail", Table::KubernetesAudit => "k8s_audit" },
            "id": self.id,
            "stage": self.stage,
            "action": self.action,
            "actor": who.actor,
            "also": who.also,
            "kind": who.kind.name(),
            "join": who.join.name(),
            "proof": proof,
            "candidates": candidates,
            "steps": who.steps,
            "hand": who.hand,
            "stranger": who.stranger,
            "configured": who.configured,
            "unconfigured": who.unconfigured,
            "concerns": concerns,
        })
    }
}
