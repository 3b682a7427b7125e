//! What else happens: the cluster's own chatter and a scanner during the incident, the cluster `staging` in another
//! region, and the security account.

use super::Event;
use super::aws::call;
use super::cast::{DANA, DANA_YESTERDAY, LEE, SECURITY_ACCOUNT, anonymous, aws_service, component, from, with};
use super::json::{Json, json};
use super::kubernetes::{Client, Cluster, audit, core, grouped, path, rbac};
use super::moment::{ids, today, yesterday};
use super::morning::{
    controller, controller_manager, dana_kubectl, kubelet_client, manager_lease, node_status, pod_client, scheduler,
    scheduler_lease,
};

/// 14:00 to 14:28: `demo` goes on working. After that its audit log is silent.
pub(crate) fn chatter() -> Vec<Event> {
    let kubelet = kubelet_client();
    let manager = controller_manager();
    let scheduler = scheduler();
    let deployer = pod_client("shop", "deployer", "10.0.12.57", "deployer/v1.4.0 (linux/amd64)");
    let dana = dana_kubectl();
    let autoscaler = Client { agent: with::CONTROLLER_MANAGER, ..controller("horizontal-pod-autoscaler") };
    let replicasets = controller("replicaset-controller");
    let storefront = "storefront-6d5f-m7p4w";
    vec![
        audit(today("14:00:31.284"), &manager, "update", manager_lease()).into(),
        audit(today("14:01:15.906"), &deployer, "get", core("configmaps").within("shop").named("release-channels"))
            .into(),
        audit(today("14:02:08.631"), &kubelet, "patch", node_status()).into(),
        audit(today("14:04:02.377"), &scheduler, "update", scheduler_lease()).into(),
        audit(today("14:05:30.015"), &dana, "list", core("nodes").query("limit=500")).into(),
        audit(today("14:09:12.448"), &replicasets, "create", core("pods").within("shop").named(storefront)).into(),
        audit(
            today("14:09:12.703"),
            &scheduler,
            "create",
            core("pods").within("shop").named(storefront).part("binding"),
        )
        .into(),
        audit(today("14:12:40.159"), &kubelet, "patch", node_status()).into(),
        audit(
            today("14:15:20.822"),
            &autoscaler,
            "list",
            grouped("metrics.k8s.io", "pods").version("v1beta1").within("shop"),
        )
        .unavailable()
        .into(),
        audit(today("14:17:30.040"), &manager, "update", manager_lease()).into(),
        audit(today("14:20:48.517"), &deployer, "get", core("configmaps").within("shop").named("release-channels"))
            .into(),
        audit(today("14:22:51.936"), &kubelet, "patch", node_status()).into(),
        audit(today("14:25:10.264"), &scheduler, "update", scheduler_lease()).into(),
        audit(today("14:27:30.481"), &manager, "update", manager_lease()).into(),
        audit(today("14:28:02.099"), &kubelet, "patch", node_status()).into(),
    ]
}

/// 14:07: somebody unrelated tries the public endpoint.
pub(crate) fn scanner() -> Vec<Event> {
    let scanner =
        Client { user: anonymous(), address: from::SCANNER, agent: "Go-http-client/1.1", reason: String::new() };
    let discovery = Client {
        reason: rbac("system:public-info-viewer", "system:public-info-viewer", "Group \"system:unauthenticated\""),
        ..scanner.clone()
    };
    // Left from the cluster's first days: anybody may read whether the shop is open.
    let status = Client {
        reason: "RBAC: allowed by RoleBinding \"public-status/kube-public\" of Role \"public-status\" to Group \
                 \"system:unauthenticated\""
            .to_owned(),
        ..scanner.clone()
    };
    vec![
        audit(today("14:07:11.320"), &discovery, "get", path("/version")).into(),
        audit(today("14:07:11.904"), &scanner, "get", path("/")).forbidden().into(),
        audit(today("14:07:12.511"), &scanner, "list", core("secrets").within("kube-system")).forbidden().into(),
        audit(today("14:07:13.127"), &scanner, "list", core("pods")).forbidden().into(),
        audit(today("14:07:13.410"), &status, "get", core("configmaps").within("kube-public").named("status")).into(),
        audit(today("14:07:13.766"), &scanner, "list", core("namespaces")).unauthorized().into(),
        audit(today("14:07:14.205"), &scanner, "list", core("secrets").within("payments")).unauthorized().into(),
    ]
}

/// The cluster `staging` in eu-west-1: made the day before, quiet since.
pub(crate) fn staging() -> Vec<Event> {
    let maker = DANA_YESTERDAY.calling_since(yesterday("08:57:31").seconds(), from::OFFICE, with::TERRAFORM);
    let dana = DANA.calling(from::OFFICE, with::OFFICE_CLI);
    let created = yesterday("10:15:07.640");
    let grown = yesterday("10:28:44.115");
    let cluster_arn = "arn:aws:eks:eu-west-1:111122223333:cluster/staging";
    let network =
        || json!({"subnetIds": ["subnet-0bb1c2d3e4f506172", "subnet-0cc1d2e3f40516273"], "endpointPublicAccess": true});
    let manager = controller_manager();
    let node_manager = Client {
        user: component("eks:node-manager"),
        address: "10.8.3.17",
        agent: "eks-node-manager/v0.0.0 (linux/amd64)",
        reason: rbac("eks:node-manager", "eks:node-manager", "User \"eks:node-manager\""),
    };
    let events = [
        audit(yesterday("10:24:18.402"), &node_manager, "list", core("nodes").query("limit=500")),
        audit(today("13:40:22.771"), &manager, "update", manager_lease()),
        audit(today("13:58:40.530"), &dana_kubectl(), "list", core("pods").within("shop").query("limit=500")),
        audit(today("14:10:22.948"), &manager, "update", manager_lease()),
        audit(today("14:40:23.206"), &manager, "update", manager_lease()),
    ];
    let mut all: Vec<Event> = vec![
        call(created, &maker, "eks", "CreateCluster")
            .request(json!({
                "name": "staging",
                "version": "1.29",
                "roleArn": "arn:aws:iam::111122223333:role/staging-cluster",
                "resourcesVpcConfig": (network()),
                "clientRequestToken": (ids::uuid("create-staging"))
            }))
            .response(json!({"cluster": {
                "name": "staging",
                "arn": (cluster_arn),
                "createdAt": (Json::Bare(created.epoch_seconds())),
                "version": "1.29",
                "roleArn": "arn:aws:iam::111122223333:role/staging-cluster",
                "resourcesVpcConfig": (network()),
                "status": "CREATING",
                "certificateAuthority": {},
                "platformVersion": "eks.6",
                "tags": {}
            }}))
            .elsewhere()
            .into(),
        call(grown, &maker, "eks", "CreateNodegroup")
            .request(json!({
                "name": "staging",
                "nodegroupName": "general",
                "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
                "subnets": ["subnet-0bb1c2d3e4f506172"],
                "instanceTypes": ["m6i.large"],
                "nodeRole": "arn:aws:iam::111122223333:role/staging-node",
                "clientRequestToken": (ids::uuid("create-staging-nodes"))
            }))
            .response(json!({"nodegroup": {
                "nodegroupName": "general",
                "clusterName": "staging",
                "version": "1.29",
                "createdAt": (Json::Bare(grown.epoch_seconds())),
                "status": "CREATING",
                "capacityType": "ON_DEMAND"
            }}))
            .elsewhere()
            .into(),
        call(today("13:58:05"), &dana, "eks", "DescribeCluster").request(json!({"name": "staging"})).elsewhere().into(),
    ];
    all.extend(events.map(|event| Event::from(event.on(Cluster::Staging))));
    all
}

/// The security account: a service at work, an analyst, and (in `blinding`) the attempt to get in.
pub(crate) fn security_account() -> Vec<Event> {
    let lee = LEE.calling(from::SECURITY_OFFICE, with::CONSOLE);
    let detector = "d0b1c2d3e4f5061728394a5b6c7d8e9f";
    let config_role =
        format!("arn:aws:iam::{SECURITY_ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig");
    let assumed = today("13:45:12");
    vec![
        call(assumed, &aws_service("config.amazonaws.com"), "sts", "AssumeRole")
            .request(json!({"roleArn": (config_role.as_str()), "roleSessionName": "configMultiAccountSession"}))
            .response(json!({"credentials": {
                "accessKeyId": "ASIACONFIGSVCEXAMPLE",
                "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
                "expiration": (assumed.plus_millis(3_600_000).spoken())
            }}))
            .resources(super::aws::role_resource(SECURITY_ACCOUNT, config_role))
            .received_by(SECURITY_ACCOUNT)
            .shared("config-session")
            .into(),
        call(today("13:48:30"), &lee, "guardduty", "ListFindings").request(json!({"detectorId": (detector)})).into(),
        call(today("14:41:05"), &lee, "guardduty", "GetFindings")
            .request(json!({"detectorId": (detector), "findingIds": ["5ec7e5a1b2c3d4e5f60718293a4b5c6d"]}))
            .into(),
        call(today("14:42:12"), &lee, "guardduty", "CreateFilter")
            .request(json!({
                "detectorId": (detector),
                "name": "demo-incident",
                "action": "NOOP",
                "findingCriteria": {"criterion": {"resource.eksClusterDetails.name": {"eq": ["demo"]}}}
            }))
            .response(json!({"name": "demo-incident"}))
            .into(),
        call(today("14:43:30"), &lee, "s3", "GetBucketPolicy")
            .request(json!({"bucketName": "example-org-audit-logs", "Host": "example-org-audit-logs.s3.amazonaws.com", "policy": ""}))
            .on_bucket("example-org-audit-logs", 612)
            .into(),
    ]
}
