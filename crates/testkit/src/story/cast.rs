//! Who appears in the story: accounts, addresses, programs, role sessions and Kubernetes users.
//!
//! One role session is both the caller of an AWS request and, through the authenticator, a user of a cluster. Its access
//! key is what ties the two planes together.

use super::aws::Caller;
use super::json::{Fields, Json, json};
use super::moment::{Moment, ids, today};

mod sessions;

pub(crate) use sessions::*;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const SECURITY_ACCOUNT: &str = "444455556666";
pub(crate) const OIDC_ISSUER: &str = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
pub(crate) const GITHUB_ISSUER: &str = "token.actions.githubusercontent.com";
pub(crate) const GITLAB_ISSUER: &str = "gitlab.com";
pub(crate) const INFRA_SUBJECT: &str = "project_path:example-org/infra:ref_type:branch:ref:main";
pub(crate) const CI_SUBJECT: &str = "repo:example-org/shop:ref:refs/heads/main";
pub(crate) const PAYMENTS_SUBJECT: &str = "system:serviceaccount:payments:payments-api";

/// Where requests come from.
pub(crate) mod from {
    pub(crate) const OFFICE: &str = "192.0.2.45";
    pub(crate) const SAM: &str = "192.0.2.46";
    pub(crate) const KIM: &str = "192.0.2.47";
    pub(crate) const ALEX: &str = "192.0.2.48";
    pub(crate) const BACKUP_HOST: &str = "192.0.2.120";
    pub(crate) const NODES: &str = "192.0.2.10";
    pub(crate) const RUNNER: &str = "198.51.100.77";
    pub(crate) const INTRUDER: &str = "203.0.113.66";
    pub(crate) const INTRUDER_LATER: &str = "198.51.100.23";
    pub(crate) const SCANNER: &str = "198.51.100.180";
    pub(crate) const SECURITY_OFFICE: &str = "192.0.2.88";
    pub(crate) const CONTROL_PLANE: &str = "10.0.54.108";
}

/// What requests are made with. A name that ends in `command/` is completed by the call.
pub(crate) mod with {
    pub(crate) const TERRAFORM_RUNNER: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.8.2 (+https://www.terraform.io) \
        terraform-provider-aws/5.48.0 os/linux lang/go#1.22.2 md/GOOS#linux md/GOARCH#amd64 api/eks#1.42.1";
    pub(crate) const GITHUB_ACTION: &str =
        "configure-aws-credentials-for-github-actions aws-sdk-js/2.1581.0 linux/v20.8.1";
    pub(crate) const RUNNER_CLI: &str =
        "aws-cli/2.15.41 Python/3.11.8 Linux/6.5.0-1018-azure exe/x86_64.ubuntu.22 prompt/off command/";
    pub(crate) const OFFICE_CLI: &str = "aws-cli/2.15.38 Python/3.11.8 Darwin/23.4.0 exe/x86_64 prompt/off command/";
    pub(crate) const INTRUDER_CLI: &str =
        "aws-cli/2.15.40 Python/3.11.8 Linux/6.6.9-amd64 exe/x86_64.debian.12 prompt/off command/";
    pub(crate) const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.8.2 (+https://www.terraform.io) \
        terraform-provider-aws/5.48.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.1 \
        os/macos lang/go#1.22.2 md/GOOS#darwin md/GOARCH#arm64 api/eks#1.42.1";
    pub(crate) const PAYMENTS_API: &str = "aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.2 md/GOOS#linux md/GOARCH#amd64";
    pub(crate) const CONSOLE: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36";
    pub(crate) const KUBECTL_OFFICE: &str = "kubectl/v1.29.4 (darwin/arm64) kubernetes/55019c8";
    pub(crate) const KUBECTL_RUNNER: &str = "kubectl/v1.29.4 (linux/amd64) kubernetes/55019c8";
    pub(crate) const KUBECTL_INTRUDER: &str = "kubectl/v1.28.9 (linux/amd64) kubernetes/587f5fe";
    pub(crate) const KUBELET: &str = "kubelet/v1.29.3 (linux/amd64) kubernetes/ac8cfc4";
    pub(crate) const CONTROLLER_MANAGER: &str = "kube-controller-manager/v1.29.3 (linux/amd64) kubernetes/3edfe7c";
    pub(crate) const SCHEDULER: &str = "kube-scheduler/v1.29.3 (linux/amd64) kubernetes/3edfe7c/scheduler";
}

/// Temporary credentials of a role.
pub(crate) struct RoleSession {
    pub(crate) account: &'static str,
    pub(crate) role: &'static str,
    /// Path of the role, with its closing slash; empty for most.
    path: &'static str,
    role_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) access_key_id: &'static str,
    /// Time of day the credentials were minted.
    since: &'static str,
    /// The OIDC provider that vouched, without scheme.
    provider: Option<&'static str>,
    /// Who the session says is behind it, which no later role can change.
    source_identity: Option<&'static str>,
    invoked_by: Option<&'static str>,
}

const PLAIN: RoleSession = RoleSession {
    account: ACCOUNT,
    role: "",
    path: "",
    role_id: "",
    name: "",
    access_key_id: "",
    since: "00:00:00",
    provider: None,
    source_identity: None,
    invoked_by: None,
};

/// The pipeline's deployment of the morning; its key is the one that is stolen.
pub(crate) const CI_DEPLOY: RoleSession = RoleSession {
    role: "ci-deploy",
    role_id: "AROACIDEPLOY22EXAMPLE",
    name: "shop-deploy-8125",
    access_key_id: "ASIACIDEPLOY2EXAMPLE",
    since: "13:41:06",
    provider: Some(GITHUB_ISSUER),
    ..PLAIN
};

/// The platform engineer, signed in through single sign-on.
pub(crate) const DANA: RoleSession = RoleSession {
    role: "AWSReservedSSO_PlatformAdmin_0123456789abcdef",
    path: "aws-reserved/sso.amazonaws.com/",
    role_id: "AROAPLATFORMZZEXAMPLE",
    name: "dana@example.com",
    access_key_id: "ASIAPLATFORM7EXAMPLE",
    since: "13:38:02",
    ..PLAIN
};

/// The same engineer on the day before.
pub(crate) const DANA_YESTERDAY: RoleSession =
    RoleSession { access_key_id: "ASIAPLATFORM6EXAMPLE", since: "08:57:31", ..DANA };

/// The analyst of the security account.
pub(crate) const LEE: RoleSession = RoleSession {
    account: SECURITY_ACCOUNT,
    role: "AWSReservedSSO_SecurityAudit_fedcba9876543210",
    path: "aws-reserved/sso.amazonaws.com/",
    role_id: "AROASECAUDITZZEXAMPLE",
    name: "lee@example.com",
    access_key_id: "ASIASECAUDIT4EXAMPLE",
    since: "13:30:44",
    ..PLAIN
};

/// The payments service's role, used by its own pods.
pub(crate) const PAYMENTS_API: RoleSession = RoleSession {
    role: "payments-api-irsa",
    role_id: "AROAPAYMENTSZZEXAMPLE",
    name: "1715694612334719082",
    access_key_id: "ASIAPAYMENTSAEXAMPLE",
    since: "13:50:12",
    provider: Some(OIDC_ISSUER),
    ..PLAIN
};

/// The same role, taken from outside with the pod's stolen token.
pub(crate) const PAYMENTS_OUTSIDE: RoleSession = RoleSession {
    name: "botocore-session-1715696285",
    access_key_id: "ASIAPAYMENTSBEXAMPLE",
    since: "14:18:05",
    ..PAYMENTS_API
};

pub(crate) const NODEGROUP_SERVICE: RoleSession = RoleSession {
    role: "AWSServiceRoleForAmazonEKSNodegroup",
    path: "aws-service-role/eks-nodegroup.amazonaws.com/",
    role_id: "AROANODEGROUPZEXAMPLE",
    name: "EKS",
    access_key_id: "ASIANODEGROUPEXAMPLE",
    since: "13:46:32",
    invoked_by: Some("eks-nodegroup.amazonaws.com"),
    ..PLAIN
};

pub(crate) const EKS_SERVICE: RoleSession = RoleSession {
    role: "AWSServiceRoleForAmazonEKS",
    path: "aws-service-role/eks.amazonaws.com/",
    role_id: "AROAEKSSERVICEEXAMPLE",
    name: "AmazonEKS",
    access_key_id: "ASIAEKSSERVICEXAMPLE",
    since: "13:51:08",
    invoked_by: Some("eks.amazonaws.com"),
    ..PLAIN
};

/// The role of the worker nodes; the session is the instance id.
pub(crate) const NODE: RoleSession = RoleSession {
    role: "demo-node",
    role_id: "AROADEMONODEZZEXAMPLE",
    name: "i-0a1b2c3d4e5f60718",
    access_key_id: "ASIADEMONODE3EXAMPLE",
    since: "12:10:00",
    ..PLAIN
};

impl RoleSession {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.account, self.role, self.name)
    }

    pub(crate) fn role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}{}", self.account, self.path, self.role)
    }

    /// The role's ARN without its path, as the authenticator compares it.
    pub(crate) fn canonical_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}", self.account, self.role)
    }

    pub(crate) fn principal_id(&self) -> String {
        format!("{}:{}", self.role_id, self.name)
    }

    pub(crate) fn role_id(&self) -> &'static str {
        self.role_id
    }

    /// When the credentials were minted, for those minted today.
    pub(crate) fn minted(&self) -> Moment {
        today(self.since)
    }

    pub(crate) fn source_identity(&self) -> Option<&'static str> {
        self.source_identity
    }

    /// The session as the caller of AWS requests.
    pub(crate) fn calling(&self, address: &'static str, agent: &'static str) -> Caller {
        self.calling_since(today(self.since).seconds(), address, agent)
    }

    /// The same, where the credentials were not minted today.
    pub(crate) fn calling_since(&self, created: String, address: &'static str, agent: &'static str) -> Caller {
        let federation = match self.provider {
            Some(provider) => json!({"federatedProvider": (provider_arn(provider)), "attributes": {}}),
            None => json!({}),
        };
        let mut context = Fields::default();
        context.put(
            "sessionIssuer",
            json!({
                "type": "Role",
                "principalId": (self.role_id),
                "arn": (self.role_arn()),
                "accountId": (self.account),
                "userName": (self.role)
            }),
        );
        context.put("webIdFederationData", federation);
        context.put("attributes", json!({"creationDate": (created), "mfaAuthenticated": "false"}));
        context.put_some("sourceIdentity", self.source_identity);
        let mut identity = Fields::default();
        identity.put("type", "AssumedRole");
        identity.put("principalId", self.principal_id());
        identity.put("arn", self.arn());
        identity.put("accountId", self.account);
        identity.put("accessKeyId", self.access_key_id);
        identity.put("sessionContext", context.object());
        identity.put_some("invokedBy", self.invoked_by);
        Caller { identity: identity.object(), account: self.account, arn: self.arn(), address, agent }
    }

    /// The session calling through the AWS service that holds it.
    pub(crate) fn calling_as_service(&self) -> Caller {
        let service = self.invoked_by.unwrap_or("ec2.amazonaws.com");
        self.calling(service, service)
    }

    /// The session as a user of a cluster, under the name and in the groups its mapping gives it.
    pub(crate) fn kubernetes_user(&self, username: &str, groups: &[&str]) -> Json {
        let mut all: Vec<Json> = groups.iter().map(|group| Json::from(*group)).collect();
        all.push(Json::from("system:authenticated"));
        json!({
            "username": (username),
            "uid": (format!("aws-iam-authenticator:{}:{}", self.account, self.role_id)),
            "groups": (all),
            "extra": {
                "accessKeyId": [(self.access_key_id)],
                "arn": [(self.arn())],
                "canonicalArn": [(self.canonical_arn())],
                "principalId": [(self.role_id)],
                "sessionName": [(self.name)]
            }
        })
    }

    /// The session as an access entry of the default name presents it; `@` is not allowed in the name.
    pub(crate) fn access_entry_user(&self) -> Json {
        self.kubernetes_user(&self.arn().replace('@', "-"), &[])
    }
}

/// Somebody single sign-on vouches for, at STS.
pub(crate) fn saml_user(name: &'static str, address: &'static str) -> Caller {
    Caller {
        identity: json!({
            "type": "SAMLUser",
            "principalId": (format!("{NAME_QUALIFIER}:{name}")),
            "userName": (name),
            "identityProvider": (NAME_QUALIFIER)
        }),
        account: ACCOUNT,
        arn: name.to_owned(),
        address,
        agent: with::CONSOLE,
    }
}

pub(crate) const NAME_QUALIFIER: &str = "q8Yx0EXAMPLEPROVIDERHASH0=";

/// A web identity at STS, before it has a role.
pub(crate) fn web_identity(provider: &str, subject: &str, address: &'static str, agent: &'static str) -> Caller {
    let provider = provider_arn(provider);
    Caller {
        identity: json!({
            "type": "WebIdentityUser",
            "principalId": (format!("{provider}:sts.amazonaws.com:{subject}")),
            "userName": (subject),
            "identityProvider": (provider)
        }),
        account: ACCOUNT,
        arn: subject.to_owned(),
        address,
        agent,
    }
}

/// An AWS service acting on its own.
pub(crate) fn aws_service(service: &'static str) -> Caller {
    Caller {
        identity: json!({"type": "AWSService", "invokedBy": (service)}),
        account: ACCOUNT,
        arn: service.to_owned(),
        address: service,
        agent: service,
    }
}

pub(crate) fn provider_arn(provider: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}")
}

/// A user of the cluster without AWS identity: a component of the control plane.
pub(crate) fn component(username: &str) -> Json {
    json!({"username": (username), "groups": ["system:authenticated"]})
}

/// A service account of the cluster.
pub(crate) fn service_account(namespace: &str, name: &str) -> Json {
    json!({
        "username": (format!("system:serviceaccount:{namespace}:{name}")),
        "uid": (ids::uuid(&format!("serviceaccount/{namespace}/{name}"))),
        "groups": [
            "system:serviceaccounts",
            (format!("system:serviceaccounts:{namespace}")),
            "system:authenticated"
        ]
    })
}

/// The service account of a pod that calls with its bound token: the API server knows the pod, its node and the token.
pub(crate) fn bound(user: Json, pod: &Pod, credential: &str) -> Json {
    let extra = json!({
        "authentication.kubernetes.io/credential-id": [(credential)],
        "authentication.kubernetes.io/node-name": [(pod.node)],
        "authentication.kubernetes.io/node-uid": [(ids::uuid(&format!("node/{}", pod.node)))],
        "authentication.kubernetes.io/pod-name": [(pod.name)],
        "authentication.kubernetes.io/pod-uid": [(pod.uid())]
    });
    user.with("extra", extra)
}

/// A pod as the logs name it.
pub(crate) struct Pod {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) replica_set: &'static str,
    pub(crate) service_account: &'static str,
    pub(crate) node: &'static str,
}

impl Pod {
    pub(crate) fn uid(&self) -> String {
        ids::uuid(&format!("pod/{}/{}", self.namespace, self.name))
    }
}

/// The id of a service account token, as the audit log writes it.
pub(crate) fn credential_id(label: &str) -> String {
    format!("JTI={}", ids::uuid(&format!("token/{label}")))
}

/// The kubelet of the node `10.0.11.23`.
pub(crate) fn kubelet() -> Json {
    NODE.kubernetes_user("system:node:ip-10-0-11-23.ec2.internal", &["system:bootstrappers", "system:nodes"])
}

pub(crate) fn anonymous() -> Json {
    json!({"username": "system:anonymous", "groups": ["system:unauthenticated"]})
}
