//! The ordinary morning of `demo`: sign-in, a deployment, a node group, a service reading its bucket, and the day before.

use super::Event;
use super::aws::{assume_role_with_saml, call, object_resources, role_resource, web_identity_response};
use super::cast::{
    ACCOUNT, CI_DEPLOY, CI_SUBJECT, DANA, DANA_YESTERDAY, EKS_SERVICE, GITHUB_ISSUER, LEDGER_SUBJECT,
    NODEGROUP_SERVICE, OIDC_ISSUER, PAYMENTS_API, PAYMENTS_CI_SUBJECT, PAYMENTS_RELEASE, PAYMENTS_SUBJECT, SAM,
    STOREFRONT_POD, aws_service, component, credential_id, from, kubelet, provider_arn, service_account, web_identity,
    with,
};
use super::json::{Json, json};
use super::kubernetes::{Client, access_policy, audit, core, grouped, rbac};
use super::moment::{ids, today, yesterday};
use super::release::{pod_body, pod_status, replica_set_body, token_request};

/// 13 May: the platform engineer sets up the identity of the payments service.
pub(crate) fn day_before() -> Vec<Event> {
    let dana = DANA_YESTERDAY.calling_since(yesterday("08:57:31").seconds(), from::OFFICE, with::TERRAFORM);
    let role_arn = PAYMENTS_API.role_arn();
    let trust = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Federated\":\"{}\"}},\
         \"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{{\"StringEquals\":{{\"{OIDC_ISSUER}:sub\":\
         \"{PAYMENTS_SUBJECT}\"}}}}}}]}}",
        provider_arn(OIDC_ISSUER)
    );
    vec![
        call(yesterday("09:02:40"), &dana, "iam", "CreateOpenIDConnectProvider")
            .request(json!({
                "url": (format!("https://{OIDC_ISSUER}")),
                "clientIDList": ["sts.amazonaws.com"],
                "thumbprintList": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
            }))
            .response(json!({"openIDConnectProviderArn": (provider_arn(OIDC_ISSUER))}))
            .into(),
        call(yesterday("09:04:18"), &dana, "iam", "CreateRole")
            .request(json!({
                "roleName": (PAYMENTS_API.role),
                "assumeRolePolicyDocument": (trust),
                "maxSessionDuration": 3600
            }))
            .response(json!({"role": {
                "path": "/",
                "roleName": (PAYMENTS_API.role),
                "roleId": (PAYMENTS_API.role_id()),
                "arn": (role_arn),
                "createDate": (yesterday("09:04:18").spoken())
            }}))
            .into(),
        call(yesterday("09:04:31"), &dana, "iam", "AttachRolePolicy")
            .request(json!({
                "roleName": (PAYMENTS_API.role),
                "policyArn": (format!("arn:aws:iam::{ACCOUNT}:policy/payments-ledger-access"))
            }))
            .into(),
        call(yesterday("09:04:50"), &dana, "iam", "UpdateAssumeRolePolicy")
            .request(json!({"roleName": (PAYMENTS_RELEASE.role), "policyDocument": (on_call_trust())}))
            .into(),
    ]
}

/// The pipeline's workflow may take the role, and whoever is on call for payments, who must say who it is.
fn on_call_trust() -> String {
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Federated\":\"{}\"}},\
         \"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{{\"StringEquals\":{{\"{GITHUB_ISSUER}:sub\":\
         \"{PAYMENTS_CI_SUBJECT}\"}}}}}},{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"{}\"}},\"Action\":\
         [\"sts:AssumeRole\",\"sts:SetSourceIdentity\"]}}]}}",
        provider_arn(GITHUB_ISSUER),
        SAM.role_arn()
    )
}

/// 13:36: the cluster talks to itself, as it always does.
pub(crate) fn chatter() -> Vec<Event> {
    let kubelet = kubelet_client();
    let manager = controller_manager();
    let scheduler = scheduler();
    let vpc_cni = pod_client("kube-system", "aws-node", "10.0.11.23", "aws-k8s-agent/v0.0.0 (linux/amd64)");
    let dns = pod_client("kube-system", "coredns", "10.0.12.14", "coredns/v0.0.0 (linux/amd64) kubernetes/$Format");
    let mut events: Vec<Event> = vec![
        audit(today("13:36:10.710"), &manager, "update", manager_lease()).into(),
        audit(today("13:36:12.044"), &scheduler, "update", scheduler_lease()).into(),
        audit(today("13:36:40.391"), &kubelet, "patch", node_status()).into(),
        audit(today("13:38:04.127"), &dns, "list", grouped("discovery.k8s.io", "endpointslices").query("limit=500"))
            .into(),
    ];
    let watch = core("pods").query("allowWatchBookmarks=true&watch=true&timeoutSeconds=412");
    events.extend(audit(today("13:40:05.518"), &vpc_cni, "watch", watch).streaming(200, 412_000).map(Event::from));
    events.extend([
        audit(today("13:44:10.902"), &manager, "update", manager_lease()).into(),
        audit(today("13:46:51.220"), &kubelet, "patch", node_status()).into(),
        audit(today("13:54:10.367"), &manager, "update", manager_lease()).into(),
        audit(today("13:57:02.754"), &kubelet, "patch", node_status()).into(),
    ]);
    events
}

/// 13:38: the engineer signs in and looks around.
pub(crate) fn engineer() -> Vec<Event> {
    let dana = DANA.calling(from::OFFICE, with::OFFICE_CLI);
    let kubectl = dana_kubectl();
    vec![
        assume_role_with_saml(DANA.minted(), &DANA, from::OFFICE).into(),
        call(today("13:38:31"), &dana, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(today("13:38:50.233"), &kubectl, "list", core("pods").query("limit=500")).into(),
        audit(
            today("13:39:14.871"),
            &kubectl,
            "list",
            grouped("apps", "deployments").within("shop").query("limit=500"),
        )
        .into(),
        audit(today("13:39:52.640"), &kubectl, "list", core("secrets").within("payments").query("limit=500"))
            .impersonating(json!({
                "username": (LEDGER_SUBJECT),
                "groups": ["system:serviceaccounts", "system:serviceaccounts:payments", "system:authenticated"]
            }))
            .forbidden()
            .into(),
    ]
}

/// 13:41: the pipeline takes its role and deploys the shop. Its access key is the one that is stolen later.
pub(crate) fn deployment() -> Vec<Event> {
    let token = web_identity(GITHUB_ISSUER, CI_SUBJECT, from::RUNNER, with::GITHUB_ACTION);
    let minted = today("13:41:06");
    let action = CI_DEPLOY.calling(from::RUNNER, with::GITHUB_ACTION);
    let pipeline = CI_DEPLOY.calling(from::RUNNER, with::RUNNER_CLI);
    let kubectl = Client {
        user: CI_DEPLOY.kubernetes_user("ci-deploy:shop-deploy-8125", &["shop-deployers"]),
        address: from::RUNNER,
        agent: with::KUBECTL_RUNNER,
        reason:
            "RBAC: allowed by RoleBinding \"shop-deployers/shop\" of ClusterRole \"edit\" to Group \"shop-deployers\""
                .to_owned(),
    };
    let deployments = controller("deployment-controller");
    let replicasets = controller("replicaset-controller");
    let bind = rbac("system:kube-scheduler", "system:kube-scheduler", "User \"system:kube-scheduler\"");
    let storefront = || grouped("apps", "deployments").within("shop").named("storefront");
    let replica_set = replica_set_body(&STOREFRONT_POD, "storefront");
    let pod = pod_body(&STOREFRONT_POD, &format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/shop/storefront:1.42.0"));
    let patch = "fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
    vec![
        call(minted, &token, "sts", "AssumeRoleWithWebIdentity")
            .request(json!({
                "roleArn": (CI_DEPLOY.role_arn()),
                "roleSessionName": (CI_DEPLOY.name),
                "durationSeconds": 3600
            }))
            .response(web_identity_response(&CI_DEPLOY, minted, GITHUB_ISSUER, CI_SUBJECT))
            .resources(role_resource(ACCOUNT, CI_DEPLOY.role_arn()))
            .key("the pipeline takes role ci-deploy; this mints the access key that is stolen")
            .into(),
        call(today("13:41:09"), &action, "sts", "GetCallerIdentity").into(),
        call(today("13:41:15"), &pipeline, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(today("13:41:32.406"), &kubectl, "get", storefront()).into(),
        audit(today("13:41:40.118"), &kubectl, "patch", storefront().query(patch))
            .with_body(image_patch("storefront", "1.42.0"), deployment_answer("storefront"))
            .into(),
        audit(
            today("13:41:40.912"),
            &deployments,
            "create",
            grouped("apps", "replicasets").within("shop").named("storefront-6d5f"),
        )
        .with_body(replica_set.clone(), replica_set)
        .into(),
        audit(
            today("13:41:41.377"),
            &replicasets,
            "create",
            core("pods").within("shop").named("storefront-6d5f-x2k9q"),
        )
        .with_body(pod.clone(), pod)
        .into(),
        audit(
            today("13:41:41.540"),
            &Client { reason: bind, ..scheduler() },
            "create",
            core("pods").within("shop").named("storefront-6d5f-x2k9q").part("binding"),
        )
        .into(),
        audit(
            today("13:41:43.068"),
            &kubelet_client(),
            "patch",
            core("pods").within("shop").named("storefront-6d5f-x2k9q").part("status"),
        )
        .with_body(pod_status("10.0.11.95"), pod_status("10.0.11.95"))
        .into(),
        token_request(
            today("13:41:43.410"),
            &STOREFRONT_POD,
            "pods.eks.amazonaws.com",
            &credential_id("storefront/pods"),
        )
        .into(),
        audit(
            today("13:41:44.650"),
            &kubectl,
            "patch",
            grouped("apps", "deployments").within("shop").named("checkout").query(patch),
        )
        .with_body(image_patch("checkout", "2.7.3"), deployment_answer("checkout"))
        .into(),
        audit(today("13:41:50.377"), &kubectl, "create", core("services").within("shop").named("checkout"))
            .with_body(checkout_service(), checkout_service())
            .into(),
        audit(today("13:42:20.094"), &kubectl, "get", storefront()).into(),
        audit(today("13:42:31.250"), &kubectl, "delete", core("namespaces").named("shop-preview-41")).into(),
    ]
}

/// 13:46: the node group grows by one; the service-linked roles do the work.
pub(crate) fn node_group() -> Vec<Event> {
    let dana = DANA.calling(from::OFFICE, with::OFFICE_CLI);
    let service = NODEGROUP_SERVICE.calling_as_service();
    let at = today("13:46:30.412");
    let assumed = today("13:46:32");
    let launch_template = "lt-0c1d2e3f405162738";
    vec![
        call(at, &dana, "eks", "UpdateNodegroupConfig")
            .request(json!({
                "name": "demo",
                "nodegroupName": "general",
                "scalingConfig": {"minSize": 2, "maxSize": 6, "desiredSize": 4},
                "clientRequestToken": (ids::uuid("update-nodegroup"))
            }))
            .response(json!({"update": {
                "id": (ids::uuid("update-nodegroup-id")),
                "status": "InProgress",
                "type": "ConfigUpdate",
                "params": [
                    {"type": "MinSize", "value": "2"},
                    {"type": "MaxSize", "value": "6"},
                    {"type": "DesiredSize", "value": "4"}
                ],
                "createdAt": (Json::Bare(at.epoch_seconds())),
                "errors": []
            }}))
            .into(),
        call(assumed, &aws_service("eks-nodegroup.amazonaws.com"), "sts", "AssumeRole")
            .request(json!({
                "roleArn": (NODEGROUP_SERVICE.role_arn()),
                "roleSessionName": "EKS",
                "durationSeconds": 900
            }))
            .response(json!({
                "credentials": {
                    "accessKeyId": (NODEGROUP_SERVICE.access_key_id),
                    "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
                    "expiration": (assumed.plus_millis(900_000).spoken())
                },
                "assumedRoleUser": {
                    "assumedRoleId": (NODEGROUP_SERVICE.principal_id()),
                    "arn": (NODEGROUP_SERVICE.arn())
                }
            }))
            .resources(role_resource(ACCOUNT, NODEGROUP_SERVICE.role_arn()))
            .into(),
        call(today("13:46:33"), &service, "autoscaling", "UpdateAutoScalingGroup")
            .request(json!({
                "autoScalingGroupName": "eks-general-32c7a1b4",
                "minSize": 2,
                "maxSize": 6,
                "desiredCapacity": 4
            }))
            .into(),
        call(today("13:46:34"), &service, "ec2", "DescribeLaunchTemplateVersions")
            .request(json!({"DescribeLaunchTemplateVersionsRequest": {
                "LaunchTemplateId": (launch_template),
                "LaunchTemplateVersion": {"tag": 1, "content": "3"}
            }}))
            .into(),
        call(today("13:46:36"), &service, "autoscaling", "DescribeAutoScalingGroups")
            .request(json!({"autoScalingGroupNames": ["eks-general-32c7a1b4"]}))
            .into(),
        call(today("13:46:38"), &service, "ec2", "DescribeInstances")
            .request(json!({"filterSet": {"items": [
                {"name": "tag:eks:cluster-name", "valueSet": {"items": [{"value": "demo"}]}}
            ]}}))
            .into(),
        call(today("13:46:41"), &service, "ec2", "DescribeSubnets")
            .request(json!({"subnetSet": {"items": [{"subnetId": "subnet-0aa1b2c3d4e5f6071"}]}, "filterSet": {}}))
            .into(),
        call(today("13:51:10"), &EKS_SERVICE.calling_as_service(), "ec2", "DescribeSecurityGroups")
            .request(json!({"securityGroupSet": {}, "filterSet": {"items": [
                {"name": "tag:aws:eks:cluster-name", "valueSet": {"items": [{"value": "demo"}]}}
            ]}}))
            .into(),
    ]
}

/// 13:50: the payments service uses its role from the nodes' own address.
pub(crate) fn payments_at_home() -> Vec<Event> {
    let token = web_identity(OIDC_ISSUER, PAYMENTS_SUBJECT, from::NODES, with::PAYMENTS_API);
    let minted = today("13:50:12");
    let service = PAYMENTS_API.calling(from::NODES, with::PAYMENTS_API);
    let bucket = "example-org-payments-ledger";
    let read = |at, key: &str| {
        call(at, &service, "s3", "GetObject")
            .request(json!({"bucketName": (bucket), "Host": (format!("{bucket}.s3.amazonaws.com")), "key": (key)}))
            .on_bucket(bucket, 18_244)
            .resources(object_resources(bucket, key))
            .data_event()
    };
    vec![
        audit(
            today("13:50:05.642"),
            &kubelet_client(),
            "create",
            core("serviceaccounts").within("payments").named("payments-api").part("token"),
        )
        .into(),
        audit(
            today("13:50:06.310"),
            &kubelet_client(),
            "patch",
            core("pods").within("payments").named("payments-api-7c9d").part("status"),
        )
        .with_body(pod_status("10.0.11.87"), pod_status("10.0.11.87"))
        .into(),
        call(minted, &token, "sts", "AssumeRoleWithWebIdentity")
            .request(json!({"roleArn": (PAYMENTS_API.role_arn()), "roleSessionName": (PAYMENTS_API.name)}))
            .response(web_identity_response(&PAYMENTS_API, minted, OIDC_ISSUER, PAYMENTS_SUBJECT))
            .resources(role_resource(ACCOUNT, PAYMENTS_API.role_arn()))
            .into(),
        read(today("13:50:14"), "settlements/2024/05/13.csv").into(),
        call(today("13:50:16"), &service, "secretsmanager", "GetSecretValue")
            .request(json!({"secretId": "payments/card-processor"}))
            .into(),
        read(today("13:55:40"), "settlements/2024/05/14-morning.csv").into(),
    ]
}

pub(crate) fn kubelet_client() -> Client {
    Client { user: kubelet(), address: "10.0.11.23", agent: with::KUBELET, reason: String::new() }
}

pub(crate) fn controller_manager() -> Client {
    let name = "system:kube-controller-manager";
    Client {
        user: component(name),
        address: from::CONTROL_PLANE,
        agent: with::CONTROLLER_MANAGER,
        reason: rbac(name, name, &format!("User \"{name}\"")),
    }
}

pub(crate) fn scheduler() -> Client {
    let name = "system:kube-scheduler";
    Client {
        user: component(name),
        address: from::CONTROL_PLANE,
        agent: with::SCHEDULER,
        reason: rbac(name, name, &format!("User \"{name}\"")),
    }
}

/// A controller inside the controller manager, which calls under a service account of its own.
pub(crate) fn controller(name: &str) -> Client {
    let binding = format!("system:controller:{name}");
    Client {
        user: service_account("kube-system", name),
        address: from::CONTROL_PLANE,
        agent: with::CONTROLLER_MANAGER,
        reason: rbac(&binding, &binding, &format!("ServiceAccount \"{name}/kube-system\"")),
    }
}

/// A workload calling under its service account.
pub(crate) fn pod_client(namespace: &str, name: &str, address: &'static str, agent: &'static str) -> Client {
    Client {
        user: service_account(namespace, name),
        address,
        agent,
        reason: rbac(name, name, &format!("ServiceAccount \"{name}/{namespace}\"")),
    }
}

pub(crate) fn dana_kubectl() -> Client {
    Client {
        user: DANA.access_entry_user(),
        address: from::OFFICE,
        agent: with::KUBECTL_OFFICE,
        reason: access_policy(&DANA),
    }
}

pub(crate) fn manager_lease() -> super::kubernetes::Target {
    grouped("coordination.k8s.io", "leases").within("kube-system").named("kube-controller-manager").query("timeout=5s")
}

pub(crate) fn scheduler_lease() -> super::kubernetes::Target {
    grouped("coordination.k8s.io", "leases").within("kube-system").named("kube-scheduler").query("timeout=5s")
}

pub(crate) fn node_status() -> super::kubernetes::Target {
    core("nodes").named("ip-10-0-11-23.ec2.internal").part("status").query("timeout=10s")
}

fn checkout_service() -> Json {
    json!({
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {
            "name": "checkout",
            "namespace": "shop",
            "annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}
        },
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app.kubernetes.io/name": "checkout"},
            "ports": [{"port": 443, "targetPort": 8443, "protocol": "TCP"}]
        }
    })
}

fn image_patch(name: &str, version: &str) -> Json {
    let image = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/shop/{name}:{version}");
    json!({"spec": {"template": {"spec": {"containers": [{"name": (name), "image": (image)}]}}}})
}

fn deployment_answer(name: &str) -> Json {
    json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": (name), "namespace": "shop", "labels": {"app.kubernetes.io/name": (name)}},
        "status": {"replicas": 2, "readyReplicas": 2}
    })
}
