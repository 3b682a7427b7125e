//! 12:10 to 13:54: machines. A node gets its credentials from EC2, the storefront's pod its own from EKS Pod Identity,
//! and a second node joins.

use super::Event;
use super::aws::{assume_role, call, object_resources};
use super::cast::infrastructure::{ENI_NODE_2_PODS, LOAD_BALANCER, SUBNET_B, key_arn};
use super::cast::{
    ACCOUNT, AUTO_SCALING, CLUSTER_ROLE, NODE, NODE_2, NODE_2_SESSION, STOREFRONT, STOREFRONT_POD, aws_service,
    component, from, with,
};
use super::json::{Json, json};
use super::kubernetes::{Client, audit, core, grouped, rbac};
use super::moment::{ids, today};
use super::morning::dana_kubectl;
use super::origins::{ASSOCIATION_ID, VPC_CNI, association_arn, interface, second_node};

/// 13:43: the agent on the node exchanges the pod's token.
pub(crate) fn pod_identity() -> Vec<Event> {
    let agent = NODE.calling(from::NODES, "eks-pod-identity-agent aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.2");
    let storefront = STOREFRONT.calling(from::NODES, "aws-sdk-js/3.567.0 os/linux lang/js md/nodejs#20.12.2");
    let (asked, minted) = (today("13:43:10"), STOREFRONT.minted());
    let tag = |key: &str, value: &str| json!({"key": (key), "value": (value)});
    let tags = json!([
        (tag("eks-cluster-arn", &format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/demo"))),
        (tag("eks-cluster-name", "demo")),
        (tag("kubernetes-namespace", STOREFRONT_POD.namespace)),
        (tag("kubernetes-service-account", STOREFRONT_POD.service_account)),
        (tag("kubernetes-pod-name", STOREFRONT_POD.name)),
        (tag("kubernetes-pod-uid", &STOREFRONT_POD.uid()))
    ]);
    let keys = json!([
        "eks-cluster-arn",
        "eks-cluster-name",
        "kubernetes-namespace",
        "kubernetes-service-account",
        "kubernetes-pod-name",
        "kubernetes-pod-uid"
    ]);
    let (bucket, key) = ("example-org-shop-assets", "banners/may.json");
    vec![
        call(asked, &agent, "eks-auth", "AssumeRoleForPodIdentity")
            .request(json!({"clusterName": "demo", "token": "HIDDEN_DUE_TO_SECURITY_REASONS"}))
            .response(json!({
                "subject": {
                    "namespace": (STOREFRONT_POD.namespace),
                    "serviceAccount": (STOREFRONT_POD.service_account)
                },
                "audience": "pods.eks.amazonaws.com",
                "podIdentityAssociation": {
                    "associationArn": (association_arn()),
                    "associationId": (ASSOCIATION_ID)
                },
                "assumedRoleUser": {"arn": (STOREFRONT.arn()), "assumeRoleId": (STOREFRONT.principal_id())},
                "credentials": "HIDDEN_DUE_TO_SECURITY_REASONS"
            }))
            .into(),
        assume_role(minted, &aws_service("pods.eks.amazonaws.com"), &STOREFRONT, 21_600)
            .request(json!({
                "roleArn": (STOREFRONT.role_arn()),
                "roleSessionName": (STOREFRONT.name),
                "durationSeconds": 21_600,
                "tags": (tags),
                "transitiveTagKeys": (keys)
            }))
            .into(),
        call(today("13:43:20"), &storefront, "secretsmanager", "GetSecretValue")
            .request(json!({"secretId": "shop/session-key"}))
            .into(),
        call(today("13:53:20"), &storefront, "s3", "GetObject")
            .request(json!({"bucketName": (bucket), "Host": (format!("{bucket}.s3.amazonaws.com")), "key": (key)}))
            .on_bucket(bucket, 2_048)
            .resources(object_resources(bucket, key))
            .data_event()
            .into(),
    ]
}

/// 13:50: the instance that the node group was to grow by, from its start to its place behind the load balancer.
pub(crate) fn node_joins() -> Vec<Event> {
    let ec2 = aws_service("ec2.amazonaws.com");
    let kubelet = Client {
        user: NODE_2_SESSION
            .kubernetes_user("system:node:ip-10-0-12-31.ec2.internal", &["system:bootstrappers", "system:nodes"]),
        address: "10.0.12.31",
        agent: with::KUBELET,
        reason: String::new(),
    };
    let approver = Client {
        user: component("eks:certificate-controller"),
        address: from::CONTROL_PLANE,
        agent: "eks-certificates-controller",
        reason: rbac("eks:certificate-controller", "eks:certificate-controller", "User \"eks:certificate-controller\""),
    };
    let certificate = || grouped("certificates.k8s.io", "certificatesigningrequests").named("csr-6xk2p");
    let approval = json!({
        "kind": "CertificateSigningRequest",
        "apiVersion": "certificates.k8s.io/v1",
        "metadata": {"name": "csr-6xk2p"},
        "spec": {"signerName": "kubernetes.io/kubelet-serving", "username": (format!("system:node:{NODE_2}"))},
        "status": {"conditions": [{"type": "Approved", "reason": "AutoApproved", "status": "True"}]}
    });
    let node = json!({
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": (NODE_2),
            "uid": (ids::uuid(&format!("node/{NODE_2}"))),
            "labels": {"eks.amazonaws.com/nodegroup": "general", "topology.kubernetes.io/zone": "us-east-1b"}
        },
        "spec": {"providerID": (format!("aws:///us-east-1b/{}", NODE_2_SESSION.name))},
        "status": {"addresses": [
            {"type": "InternalIP", "address": "10.0.12.31"},
            {"type": "InternalDNS", "address": (NODE_2)}
        ]}
    });
    let cni = NODE_2_SESSION.calling(from::NODES, VPC_CNI);
    let control_plane = CLUSTER_ROLE.calling_as_service();
    vec![
        assume_role(today("12:10:00"), &ec2, &NODE, 21_600).into(),
        assume_role(AUTO_SCALING.minted(), &aws_service("autoscaling.amazonaws.com"), &AUTO_SCALING, 3_600).into(),
        second_node(today("13:50:40")).into(),
        assume_role(NODE_2_SESSION.minted(), &ec2, &NODE_2_SESSION, 21_600).into(),
        audit(today("13:51:38.240"), &kubelet, "create", certificate()).into(),
        audit(today("13:51:38.911"), &approver, "update", certificate().part("approval"))
            .with_body(approval.clone(), approval)
            .into(),
        audit(today("13:51:40.530"), &kubelet, "create", core("nodes").named(NODE_2))
            .with_body(node.clone(), node)
            .into(),
        interface(
            call(today("13:51:52"), &cni, "ec2", "CreateNetworkInterface"),
            ENI_NODE_2_PODS,
            SUBNET_B,
            "10.0.12.40",
            &format!("aws-K8S-{}", NODE_2_SESSION.name),
            json!([
                {"key": "node.k8s.amazonaws.com/instance_id", "value": (NODE_2_SESSION.name)},
                {"key": "cluster.k8s.amazonaws.com/name", "value": "demo"}
            ]),
        )
        .into(),
        assume_role(CLUSTER_ROLE.minted(), &aws_service("eks.amazonaws.com"), &CLUSTER_ROLE, 3_600).into(),
        call(today("13:43:40"), &control_plane, "kms", "Decrypt")
            .request(json!({"keyId": (key_arn()), "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
            .resources(json!([{"accountId": (ACCOUNT), "type": "AWS::KMS::Key", "ARN": (key_arn())}]))
            .into(),
        call(today("13:52:21"), &control_plane, "elasticloadbalancing", "RegisterInstancesWithLoadBalancer")
            .request(json!({
                "loadBalancerName": (LOAD_BALANCER),
                "instances": [{"instanceId": (NODE_2_SESSION.name)}]
            }))
            .response(json!({"instances": [{"instanceId": (NODE.name)}, {"instanceId": (NODE_2_SESSION.name)}]}))
            .into(),
    ]
}

/// What dana sets up by hand: rights for the ledger export, and a program on each node.
pub(crate) fn by_hand() -> Vec<Event> {
    let dana = dana_kubectl();
    let rbac_object = |resource, name| grouped("rbac.authorization.k8s.io", resource).named(name);
    let object = |kind: &str, name: &str, rest: (&str, Json)| {
        json!({
            "kind": (kind),
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "metadata": {"name": (name)}
        })
        .with(rest.0, rest.1)
    };
    let calendar = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]);
    let role = object("Role", "ledger-export", ("rules", calendar));
    let binding = object(
        "RoleBinding",
        "ledger-export",
        ("subjects", json!([{"kind": "ServiceAccount", "name": "ledger-export", "namespace": "payments"}])),
    )
    .with("roleRef", json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "ledger-export"}));
    let metrics = json!([{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]);
    let cluster_role = object("ClusterRole", "node-exporter", ("rules", metrics));
    let exporter = json!({
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "node-exporter", "namespace": "monitoring"},
        "spec": {"template": {"spec": {
            "hostNetwork": true,
            "containers": [{"name": "node-exporter", "image": "quay.io/prometheus/node-exporter:v1.8.0"}]
        }}}
    });
    vec![
        audit(today("13:40:21.340"), &dana, "create", rbac_object("roles", "ledger-export").within("payments"))
            .with_body(role.clone(), role)
            .into(),
        audit(today("13:40:21.902"), &dana, "create", rbac_object("rolebindings", "ledger-export").within("payments"))
            .with_body(binding.clone(), binding)
            .into(),
        audit(today("13:59:29.417"), &dana, "create", rbac_object("clusterroles", "node-exporter"))
            .with_body(cluster_role.clone(), cluster_role)
            .into(),
        audit(
            today("13:59:30.003"),
            &dana,
            "create",
            grouped("apps", "daemonsets").within("monitoring").named("node-exporter"),
        )
        .with_body(exporter.clone(), exporter)
        .into(),
    ]
}

/// The image that the pipeline of the shop deploys.
pub(crate) fn image_pushed() -> Vec<Event> {
    let pipeline = super::cast::CI_DEPLOY.calling(from::RUNNER, with::RUNNER_CLI);
    let digest = format!("sha256:{}{}", ids::hex("image/one"), ids::hex("image/two"));
    let image: Json = json!({
        "repositoryName": "shop/storefront",
        "imageTag": "1.42.0",
        "registryId": (ACCOUNT)
    });
    vec![
        call(today("13:41:20"), &pipeline, "ecr", "PutImage")
            .request(image)
            .response(json!({"image": {
                "registryId": (ACCOUNT),
                "repositoryName": "shop/storefront",
                "imageId": {"imageDigest": (digest), "imageTag": "1.42.0"}
            }}))
            .resources(json!([{
                "accountId": (ACCOUNT),
                "ARN": (format!("arn:aws:ecr:us-east-1:{ACCOUNT}:repository/shop/storefront"))
            }]))
            .into(),
    ]
}
