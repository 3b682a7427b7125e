//! The role sessions of the second half of the cast: sam and the payments pipeline, the two on call, the ledger's pod,
//! a second node, and the services that made the cluster a week before.

use super::{
    ACCOUNT, DANA, EKS_SERVICE, GITHUB_ISSUER, GITLAB_ISSUER, NODE, NODEGROUP_SERVICE, OIDC_ISSUER, PLAIN, Pod,
    RoleSession,
};

pub(crate) const PAYMENTS_CI_SUBJECT: &str = "repo:example-org/payments:environment:production";
pub(crate) const LEDGER_SUBJECT: &str = "system:serviceaccount:payments:ledger-export";
pub(crate) const NODE_1: &str = "ip-10-0-11-23.ec2.internal";
pub(crate) const NODE_2: &str = "ip-10-0-12-31.ec2.internal";

/// dana a week before, when she made `demo`.
pub(crate) const DANA_WEEK_BEFORE: RoleSession =
    RoleSession { access_key_id: "ASIAPLATFORM1EXAMPLE", since: "08:56:00", ..DANA };

/// The same session, used by EKS on her behalf.
pub(crate) const DANA_THROUGH_EKS: RoleSession =
    RoleSession { invoked_by: Some("eks.amazonaws.com"), ..DANA_WEEK_BEFORE };

/// On call for payments, signed in through single sign-on.
pub(crate) const SAM: RoleSession = RoleSession {
    role: "AWSReservedSSO_PaymentsOnCall_89abcdef01234567",
    path: "aws-reserved/sso.amazonaws.com/",
    role_id: "AROAPAYONCALLZEXAMPLE",
    name: "sam@example.com",
    access_key_id: "ASIASAMONCALLEXAMPLE",
    since: "13:36:44",
    ..PLAIN
};

/// The payments pipeline, as it ought to be used.
pub(crate) const PAYMENTS_RELEASE: RoleSession = RoleSession {
    role: "payments-release",
    role_id: "AROAPAYRELEASEEXAMPLE",
    name: "payments-release-311",
    access_key_id: "ASIAPAYRELS31EXAMPLE",
    since: "13:42:05",
    provider: Some(GITHUB_ISSUER),
    ..PLAIN
};

/// The role of the GitLab job that compares the infrastructure with its description.
pub(crate) const INFRA_PLAN: RoleSession = RoleSession {
    role: "infra-plan",
    role_id: "AROAINFRAPLANZEXAMPLE",
    name: "infra-plan-9177",
    access_key_id: "ASIAINFRAPLANEXAMPLE",
    since: "13:39:40",
    provider: Some(GITLAB_ISSUER),
    ..PLAIN
};

/// The same role as that of the payments pipeline, taken by sam by hand.
pub(crate) const SAM_RELEASE: RoleSession = RoleSession {
    name: "sam-hotfix",
    access_key_id: "ASIASAMCHAIN2EXAMPLE",
    since: "13:54:30",
    provider: None,
    source_identity: Some("sam@example.com"),
    ..PAYMENTS_RELEASE
};

/// The ledger export's role, used by its pod.
pub(crate) const LEDGER_POD: RoleSession = RoleSession {
    role: "ledger-export-irsa",
    role_id: "AROALEDGERZZZZEXAMPLE",
    name: "1715694170554812907",
    access_key_id: "ASIALEDGERPODEXAMPLE",
    since: "13:42:50",
    provider: Some(OIDC_ISSUER),
    ..PLAIN
};

/// The same role, taken by the AWS CLI that sam ran in the pod.
pub(crate) const LEDGER_BY_HAND: RoleSession = RoleSession {
    name: "botocore-session-1715694965",
    access_key_id: "ASIALEDGERCLIEXAMPLE",
    since: "13:56:05",
    ..LEDGER_POD
};

pub(crate) const KIM: RoleSession = RoleSession {
    role: "AWSReservedSSO_Operations_00112233445566aa",
    path: "aws-reserved/sso.amazonaws.com/",
    role_id: "AROAOPERATIONSEXAMPLE",
    name: "kim@example.com",
    access_key_id: "ASIAKIMSSOONEEXAMPLE",
    since: "13:31:20",
    ..PLAIN
};

pub(crate) const ALEX: RoleSession =
    RoleSession { name: "alex@example.com", access_key_id: "ASIAALEXSSO01EXAMPLE", since: "13:33:05", ..KIM };

/// The role both take for their shift, under the one session name their notes tell them to use.
pub(crate) const OPS_BY_KIM: RoleSession = RoleSession {
    role: "ops-shared",
    role_id: "AROAOPSSHAREDZEXAMPLE",
    name: "oncall",
    access_key_id: "ASIAOPSKIMONEEXAMPLE",
    since: "13:52:10",
    ..PLAIN
};

pub(crate) const OPS_BY_ALEX: RoleSession =
    RoleSession { access_key_id: "ASIAOPSALEXONEXAMPLE", since: "13:52:40", ..OPS_BY_KIM };

/// What EKS Pod Identity hands to the storefront's pod; the session name carries cluster and pod.
pub(crate) const STOREFRONT: RoleSession = RoleSession {
    role: "storefront-pod",
    role_id: "AROASTOREFRNTZEXAMPLE",
    name: "eks-demo-storefront-5b0e1f62-7a43-4c19-9d2e-8f6a1b3c5d70",
    access_key_id: "ASIASTOREFRNTEXAMPLE",
    since: "13:43:11",
    ..PLAIN
};

/// The node that joins at 13:51.
pub(crate) const NODE_2_SESSION: RoleSession =
    RoleSession { name: "i-0b2c3d4e5f6071829", access_key_id: "ASIADEMONODE4EXAMPLE", since: "13:50:48", ..NODE };

/// The first node, a week before.
pub(crate) const NODE_WEEK_BEFORE: RoleSession = RoleSession { access_key_id: "ASIADEMONODE1EXAMPLE", ..NODE };

pub(crate) const EKS_SERVICE_WEEK_BEFORE: RoleSession =
    RoleSession { access_key_id: "ASIAEKSSERVI1EXAMPLE", ..EKS_SERVICE };

pub(crate) const NODEGROUP_SERVICE_WEEK_BEFORE: RoleSession =
    RoleSession { access_key_id: "ASIANODEGROU1EXAMPLE", ..NODEGROUP_SERVICE };

/// Auto Scaling at work for the node group.
pub(crate) const AUTO_SCALING: RoleSession = RoleSession {
    role: "AWSServiceRoleForAutoScaling",
    path: "aws-service-role/autoscaling.amazonaws.com/",
    role_id: "AROAAUTOSCALINEXAMPLE",
    name: "AutoScaling",
    access_key_id: "ASIAAUTOSCAL2EXAMPLE",
    since: "13:50:36",
    invoked_by: Some("autoscaling.amazonaws.com"),
    ..PLAIN
};

pub(crate) const AUTO_SCALING_WEEK_BEFORE: RoleSession =
    RoleSession { access_key_id: "ASIAAUTOSCAL1EXAMPLE", ..AUTO_SCALING };

/// The cluster's own role, with which its control plane keeps load balancers.
pub(crate) const CLUSTER_ROLE: RoleSession = RoleSession {
    role: "demo-cluster",
    role_id: "AROADEMOCLUSTZEXAMPLE",
    name: "1715694212750198344",
    access_key_id: "ASIADEMOCLUS2EXAMPLE",
    since: "13:43:32",
    invoked_by: Some("eks.amazonaws.com"),
    ..PLAIN
};

pub(crate) const CLUSTER_ROLE_WEEK_BEFORE: RoleSession =
    RoleSession { name: "1715073702118734905", access_key_id: "ASIADEMOCLUS1EXAMPLE", ..CLUSTER_ROLE };

/// The pod sam enters.
pub(crate) const LEDGER: Pod = Pod {
    namespace: "payments",
    name: "ledger-export-5f8b-tq6wz",
    replica_set: "ledger-export-5f8b",
    service_account: "ledger-export",
    node: NODE_1,
};

/// The storefront's pod of the morning.
pub(crate) const STOREFRONT_POD: Pod = Pod {
    namespace: "shop",
    name: "storefront-6d5f-x2k9q",
    replica_set: "storefront-6d5f",
    service_account: "storefront",
    node: NODE_1,
};

/// An IAM user left from the account's first days, with a key that root made.
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) access_key_id: &'static str,
    /// The temporary key of `GetSessionToken`.
    pub(crate) session_key_id: &'static str,
    /// The temporary key of `GetFederationToken`.
    pub(crate) federated_key_id: &'static str,
}

pub(crate) const BACKUP: User = User {
    name: "legacy-backup",
    id: "AIDALEGACYBKPZEXAMPLE",
    access_key_id: "AKIALEGACYBKPEXAMPLE",
    session_key_id: "ASIALEGACYMFAEXAMPLE",
    federated_key_id: "ASIALEGACYFEDEXAMPLE",
};

impl User {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:user/{}", self.name)
    }
}

/// What `demo` is made of.
pub(crate) mod infrastructure {
    pub(crate) const VPC: &str = "vpc-0a1b2c3d4e5f60718";
    pub(crate) const SUBNET_A: &str = "subnet-0aa1b2c3d4e5f6071";
    pub(crate) const SUBNET_B: &str = "subnet-0ab2c3d4e5f607182";
    pub(crate) const PUBLIC_SUBNET: &str = "subnet-0ac3d4e5f60718293";
    pub(crate) const SECURITY_GROUP: &str = "sg-0a1b2c3d4e5f60718";
    /// The one EKS makes.
    pub(crate) const CLUSTER_SECURITY_GROUP: &str = "sg-0b2c3d4e5f6071829";
    pub(crate) const AUTO_SCALING_GROUP: &str = "eks-general-32c7a1b4";
    pub(crate) const LAUNCH_TEMPLATE: &str = "lt-0c1d2e3f405162738";
    pub(crate) const KEY_ID: &str = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";
    pub(crate) const LOAD_BALANCER: &str = "a3d1f09c2b7e64d5a8c1e2f3041526a7";
    pub(crate) const ENI_CONTROL_PLANE: &str = "eni-0c33d4e5f60718293";
    pub(crate) const ENI_NODE_1: &str = "eni-0a11b2c3d4e5f6071";
    pub(crate) const ENI_NODE_1_PODS: &str = "eni-0a12b2c3d4e5f6071";
    pub(crate) const ENI_NODE_2: &str = "eni-0b21c3d4e5f607182";
    pub(crate) const ENI_NODE_2_PODS: &str = "eni-0b22c3d4e5f607182";
    pub(crate) const ENI_NAT: &str = "eni-0d44e5f6071829304";
    pub(crate) const ENI_LOAD_BALANCER: &str = "eni-0e55f607182930415";

    pub(crate) fn key_arn() -> String {
        format!("arn:aws:kms:us-east-1:{}:key/{KEY_ID}", super::ACCOUNT)
    }
}
