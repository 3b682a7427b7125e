//! What kinds of actors there are, and the tables of names by which they are told: one line each.

use crate::arn;

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    Person,
    Pipeline,
    ServiceAccount,
    Node,
    /// An EC2 instance that no log shows to be a node.
    Instance,
    /// A Lambda function.
    Function,
    /// A task of ECS.
    Task,
    /// Whoever has the key of a certificate, by IAM Roles Anywhere.
    Certificate,
    /// An identity of a Cognito identity pool: somebody who signed in to an application, or a guest of it.
    CognitoIdentity,
    AwsService,
    IamUser,
    Root,
    KubernetesComponent,
    Anonymous,
    /// The chain ends at a role, and the logs do not show who took it.
    Role,
    Unknown,
}

impl ActorKind {
    pub const ALL: [Self; 16] = [
        Self::Person,
        Self::Pipeline,
        Self::ServiceAccount,
        Self::Node,
        Self::Instance,
        Self::Function,
        Self::Task,
        Self::Certificate,
        Self::CognitoIdentity,
        Self::AwsService,
        Self::IamUser,
        Self::Root,
        Self::KubernetesComponent,
        Self::Anonymous,
        Self::Role,
        Self::Unknown,
    ];

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
            Self::Role => "role",
            Self::Unknown => "unknown",
        }
    }
}

/// OIDC issuers by what their host begins with or ends in, and whom their subjects stand for.
///
/// The subjects' forms are those that the providers document for trust policies.
static ISSUERS: &[(Match, &str, ActorKind)] = &[
    (Match::Prefix, "oidc.eks.", ActorKind::ServiceAccount),
    (Match::Prefix, "oidc-eks.", ActorKind::ServiceAccount),
    (Match::Prefix, "token.actions.githubusercontent.com", ActorKind::Pipeline),
    (Match::Prefix, "token.actions.", ActorKind::Pipeline),
    (Match::Prefix, "gitlab.", ActorKind::Pipeline),
    (Match::Prefix, "oidc.circleci.com", ActorKind::Pipeline),
    (Match::Prefix, "api.bitbucket.org", ActorKind::Pipeline),
    (Match::Prefix, "app.terraform.io", ActorKind::Pipeline),
    (Match::Prefix, "agent.buildkite.com", ActorKind::Pipeline),
    (Match::Prefix, "vstoken.dev.azure.com", ActorKind::Pipeline),
    (Match::Prefix, "app.harness.io", ActorKind::Pipeline),
    (Match::Prefix, "oidc.codefresh.io", ActorKind::Pipeline),
    (Match::Prefix, "api.pulumi.com", ActorKind::Pipeline),
    (Match::Prefix, "oidc.vercel.com", ActorKind::Pipeline),
    (Match::Prefix, "cognito-identity", ActorKind::CognitoIdentity),
    (Match::Prefix, "accounts.google.com", ActorKind::Person),
    (Match::Prefix, "www.amazon.com", ActorKind::Person),
    (Match::Prefix, "graph.facebook.com", ActorKind::Person),
    (Match::Suffix, ".okta.com", ActorKind::Person),
    (Match::Suffix, ".auth0.com", ActorKind::Person),
];

/// What a subject begins with, whoever issued it: pipelines and clusters that run on hosts of their own.
static SUBJECTS: &[(&str, ActorKind)] = &[
    ("system:serviceaccount:", ActorKind::ServiceAccount),
    ("repo:", ActorKind::Pipeline),
    ("project_path:", ActorKind::Pipeline),
    ("organization:", ActorKind::Pipeline),
    ("pipeline:", ActorKind::Pipeline),
];

/// AWS services that take roles for what runs in them and name each session after it, and what that is. EC2 is not
/// here: its instances can be nodes.
static HOSTS: &[(&str, ActorKind)] = &[
    ("lambda.amazonaws.com", ActorKind::Function),
    ("edgelambda.amazonaws.com", ActorKind::Function),
    ("ecs-tasks.amazonaws.com", ActorKind::Task),
];

/// What a Kubernetes user name begins with, or is, where IAM says nothing of the user.
static KUBERNETES_USERS: &[(Match, &str, ActorKind)] = &[
    (Match::Whole, "system:anonymous", ActorKind::Anonymous),
    (Match::Whole, "system:unauthenticated", ActorKind::Anonymous),
    (Match::Prefix, "system:serviceaccount:", ActorKind::ServiceAccount),
    (Match::Prefix, "system:node:", ActorKind::Node),
    (Match::Whole, "system:apiserver", ActorKind::KubernetesComponent),
    (Match::Prefix, "system:kube-", ActorKind::KubernetesComponent),
    (Match::Prefix, "system:cloud-controller-manager", ActorKind::KubernetesComponent),
    (Match::Prefix, "system:aws-cloud-provider", ActorKind::KubernetesComponent),
    (Match::Prefix, "system:volume-scheduler", ActorKind::KubernetesComponent),
    (Match::Prefix, "eks:", ActorKind::KubernetesComponent),
];

#[derive(Clone, Copy)]
enum Match {
    Whole,
    Prefix,
    Suffix,
}

impl Match {
    fn of(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::Whole => text == pattern,
            Self::Prefix => text.starts_with(pattern),
            Self::Suffix => text.split('/').next().is_some_and(|host| host.ends_with(pattern)),
        }
    }
}

/// The issuer as a URL without scheme, from that, from a URL, or from the ARN of an OIDC provider.
pub fn issuer(provider: &str) -> &str {
    let provider = match arn::Arn::parse(provider) {
        Some(arn) => arn.resource.strip_prefix("oidc-provider/").unwrap_or(arn.resource),
        None => provider,
    };
    provider.strip_prefix("https://").unwrap_or(provider).trim_end_matches('/')
}

/// Whom a web identity stands for.
pub fn of_web_identity(provider: &str, subject: &str) -> ActorKind {
    let issuer = issuer(provider);
    let known = ISSUERS.iter().find(|(how, pattern, _)| how.of(issuer, pattern)).map(|(_, _, kind)| *kind);
    let said = SUBJECTS.iter().find(|(prefix, _)| subject.starts_with(prefix)).map(|(_, kind)| *kind);
    match (known, said) {
        // A provider for people may have a user who calls himself a service account or a repository.
        (Some(known), _) => known,
        (None, said) => said.unwrap_or(ActorKind::Unknown),
    }
}

/// What runs in a service that took a role for it, with its name: `function nightly-report`.
pub fn of_host(service: &str, session_name: &str) -> Option<(ActorKind, String)> {
    let (_, kind) = HOSTS.iter().find(|(name, _)| *name == service)?;
    Some((*kind, format!("{} {session_name}", kind.name())))
}

/// What a Kubernetes user is by name; none for a name that says nothing.
pub fn of_kubernetes_user(name: &str) -> Option<ActorKind> {
    KUBERNETES_USERS.iter().find(|(how, pattern, _)| how.of(name, pattern)).map(|(_, _, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_by_issuer_first() {
        let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(of_web_identity(provider, "repo:example-org/shop:ref:refs/heads/main"), ActorKind::Pipeline);
        let cluster = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123";
        assert_eq!(of_web_identity(cluster, "system:serviceaccount:a:b"), ActorKind::ServiceAccount);
        assert_eq!(of_web_identity("accounts.google.com", "system:serviceaccount:a:b"), ActorKind::Person);
        assert_eq!(of_web_identity("https://oidc.example.com/", "project_path:a/b"), ActorKind::Pipeline);
        assert_eq!(of_web_identity("oidc.example.com", "x"), ActorKind::Unknown);
        assert_eq!(of_web_identity("example.okta.com/oauth2", "x"), ActorKind::Person);
        assert_eq!(of_web_identity("cognito-identity.amazonaws.com", "eu-west-1:0f1e"), ActorKind::CognitoIdentity);
    }

    #[test]
    fn what_runs_in_a_service_is_named_by_its_session() {
        let function = of_host("lambda.amazonaws.com", "nightly-report");
        assert_eq!(function, Some((ActorKind::Function, "function nightly-report".to_owned())));
        assert_eq!(of_host("config.amazonaws.com", "nightly-report"), None);
    }

    #[test]
    fn users_are_told_by_their_reserved_names() {
        assert_eq!(of_kubernetes_user("system:node:ip-10-0-11-23"), Some(ActorKind::Node));
        assert_eq!(of_kubernetes_user("system:kube-scheduler"), Some(ActorKind::KubernetesComponent));
        assert_eq!(of_kubernetes_user("system:anonymous"), Some(ActorKind::Anonymous));
        assert_eq!(of_kubernetes_user("dana"), None);
    }
}
