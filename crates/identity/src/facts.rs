//! What the logs say, as far as it bears on who is behind a credential. Plain values: `query` fills them from the
//! lake's tables, tests by hand. Times are microseconds since 1970, UTC. Texts that a log leaves empty are none.

use std::sync::Arc;

use crate::Extra;

/// Everything known. The order within a list means nothing.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub aws_uses: Vec<AwsUse>,
    pub kubernetes_uses: Vec<KubernetesUse>,
    pub mints: Vec<Mint>,
    pub login_lines: Vec<LoginLine>,
    pub token_requests: Vec<TokenRequest>,
    pub pods_of_service_accounts: Vec<ServiceAccountOfPod>,
    pub pod_creations: Vec<PodCreation>,
    pub pod_entries: Vec<PodEntry>,
    pub node_instances: Vec<NodeInstance>,
    pub cluster_issuers: Vec<ClusterIssuer>,
    pub access: Vec<Access>,
    pub pod_associations: Vec<PodAssociation>,
    pub role_annotations: Vec<RoleAnnotation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    Aws,
    Kubernetes,
    /// Lines of aws-iam-authenticator.
    Authenticator,
}

impl Plane {
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Kubernetes => "kubernetes",
            Self::Authenticator => "authenticator",
        }
    }
}

/// The record that proves something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    pub time: Option<i64>,
    pub plane: Plane,
    pub cluster: Option<String>,
    /// CloudTrail event id or audit id; none for lines of the authenticator.
    pub event_id: Option<String>,
    pub source_uri: String,
    pub source_record: i64,
}

/// When something was seen and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub events: u64,
}

impl Span {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: [self.first, other.first].into_iter().flatten().min(),
            last: [self.last, other.last].into_iter().flatten().max(),
            events: self.events.saturating_add(other.events),
        }
    }
}

/// Who made an AWS call, as the call tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AwsCredential {
    /// The key of [`crate::key::aws`].
    pub identity: String,
    pub access_key_id: Option<String>,
    /// `userIdentity.type`.
    pub user_type: Option<String>,
    pub arn: Option<String>,
    pub principal_id: Option<String>,
    pub invoked_by: Option<String>,
    pub user_name: Option<String>,
    pub account_id: Option<String>,
    pub session_created: Option<i64>,
    /// The role or user that issued the session.
    pub issuer_arn: Option<String>,
    pub source_identity: Option<String>,
    /// The SAML or OIDC provider that vouched for the caller.
    pub provider: Option<String>,
}

/// A credential with which AWS calls were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AwsUse {
    pub credential: AwsCredential,
    /// CloudTrail says that EC2 delivered the credentials to an instance (`ec2RoleDelivery`).
    pub delivered_by_ec2: bool,
    pub span: Span,
}

/// A user of a cluster's API server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesUse {
    /// The key of [`crate::key::kubernetes`].
    pub identity: String,
    pub cluster: String,
    pub user_name: String,
    pub user_uid: Option<String>,
    pub extra: Extra,
    pub span: Span,
    /// The first event of a user whom IAM let in, as proof of the login.
    pub first_event: Option<Box<Evidence>>,
}

/// For whom an identity provider vouched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// `AssumeRoleWithSAML`: the subject of the assertion.
    Saml { name: String },
    /// `AssumeRoleWithWebIdentity`: issuer as a URL without scheme or an ARN of it, and the token's subject.
    WebIdentity { issuer: String, name: String },
    /// `CreateSession` of IAM Roles Anywhere: what is known of the certificate, `CN=build-7.example.com`.
    Certificate { name: String },
    /// `GetCredentialsForIdentity` of Cognito: the id of the identity, `eu-west-1:0f1e…`.
    Cognito { identity_id: String },
}

/// The pod for which EKS Pod Identity took a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodTags {
    pub cluster: String,
    pub namespace: String,
    pub service_account: String,
    pub pod_name: Option<String>,
    pub pod_uid: Option<String>,
}

/// A call that handed out credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mint {
    pub evidence: Evidence,
    /// The call's name: `AssumeRole`.
    pub call: String,
    /// Shared by the calls of one caller.
    pub caller: Arc<AwsCredential>,
    /// The access key handed out.
    pub access_key_id: Option<String>,
    /// ARN of the session handed out.
    pub session_arn: Option<String>,
    pub role_arn: Option<String>,
    pub source_identity: Option<String>,
    pub expires: Option<i64>,
    pub subject: Option<Subject>,
    pub pod: Option<PodTags>,
    /// The same in the events that both accounts receive of a call across accounts.
    pub shared_event_id: Option<String>,
}

/// A login that the IAM authenticator let in: `access granted`, with what the `STS response` before it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoginLine {
    pub evidence: Evidence,
    pub cluster: String,
    pub user_name: String,
    /// The role or user that was let in.
    pub canonical_arn: Option<String>,
    /// From the `STS response`: the session and its key.
    pub session_arn: Option<String>,
    pub access_key_id: Option<String>,
}

/// A service account's token that was asked for and given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenRequest {
    pub evidence: Evidence,
    pub cluster: String,
    /// Who asked: the key of [`crate::key::kubernetes`], and the name.
    pub caller: String,
    pub caller_name: String,
    pub namespace: String,
    pub service_account: String,
    /// `JTI=…`, as the API server notes it.
    pub credential_id: Option<String>,
    pub pod_name: Option<String>,
    pub pod_uid: Option<String>,
}

/// A pod that ran as a service account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceAccountOfPod {
    pub cluster: String,
    pub namespace: String,
    pub pod_name: String,
    pub pod_uid: Option<String>,
    pub service_account: String,
    pub seen: Span,
}

/// Somebody made a pod, or what makes pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodCreation {
    pub evidence: Evidence,
    pub cluster: String,
    pub caller: String,
    pub caller_name: String,
    /// `create`; what makes pods can also be changed: `update`, `patch`.
    pub verb: String,
    /// `Pod`, `ReplicaSet`, `Deployment`, …
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub uid: Option<String>,
    /// Kind and name of the controller that owns it.
    pub owner: Option<(String, String)>,
}

/// Somebody went into a pod, or put a container into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodEntry {
    pub evidence: Evidence,
    pub cluster: String,
    pub caller: String,
    pub caller_name: String,
    pub namespace: String,
    pub pod_name: String,
    pub pod_uid: Option<String>,
    /// `exec`, `attach`, `ephemeralcontainers`, `portforward`.
    pub how: String,
}

/// An EC2 instance that is a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeInstance {
    pub instance_id: String,
    pub node_name: String,
    pub cluster: Option<String>,
}

/// The OIDC issuer of a cluster's service account tokens: a URL without scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterIssuer {
    pub issuer: String,
    pub cluster: String,
}

/// What a call did to a piece of configuration. The order is that in which those of one event are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// All of the kind that the same event does not allow end.
    Replaced,
    Removed,
    Allowed,
}

/// Where it is written who may log in to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessKind {
    /// An access entry of EKS, or a policy associated with one.
    Entry,
    /// `mapRoles` of the ConfigMap `aws-auth`.
    MapRoles,
    /// `mapUsers` of it.
    MapUsers,
}

/// Somebody configured who may log in to a cluster, and as whom. Nothing of this says that anybody did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    pub evidence: Evidence,
    pub change: Change,
    pub kind: AccessKind,
    pub cluster: String,
    /// Who configured it: the key of the credential, and its name.
    pub caller: String,
    pub caller_name: String,
    /// The call, or the request: `CreateAccessEntry`, `patch configmap aws-auth`.
    pub call: String,
    /// The role or user; empty where all of the kind is replaced.
    pub principal_arn: String,
    /// The Kubernetes user, as a template (see [`crate::mapping`]); none where the log does not tell.
    pub user_name: Option<String>,
    pub groups: Vec<String>,
    /// ARN of an access policy.
    pub policy: Option<String>,
}

/// Somebody configured which role the pods of a service account get by EKS Pod Identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodAssociation {
    pub evidence: Evidence,
    pub change: Change,
    pub cluster: String,
    pub caller: String,
    pub caller_name: String,
    pub call: String,
    pub namespace: String,
    pub service_account: String,
    pub role_arn: Option<String>,
    /// `a-0f1e…`
    pub association_id: Option<String>,
}

/// A version of a service account, as far as it says which role its pods ask for with their token (IRSA): the annotation
/// `eks.amazonaws.com/role-arn` of the EKS user guide. Nothing of this says that any of them did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleAnnotation {
    pub evidence: Evidence,
    pub cluster: String,
    /// Who wrote this version: the key of the credential, and its name.
    pub caller: String,
    pub caller_name: String,
    /// `patch serviceaccount`
    pub call: String,
    pub namespace: String,
    pub service_account: String,
    /// None where this version has no such annotation, or the service account is gone.
    pub role_arn: Option<String>,
}
