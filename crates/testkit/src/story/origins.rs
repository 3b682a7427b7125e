//! 7 May: `demo` is made. Its network, its key, its nodes and who may enter it are named in the answers of these calls,
//! and nowhere else.

use super::Event;
use super::aws::{ApiCall, Caller, assume_role, assume_role_with_saml, call};
use super::cast::infrastructure::{
    AUTO_SCALING_GROUP, CLUSTER_SECURITY_GROUP, ENI_CONTROL_PLANE, ENI_NODE_1, ENI_NODE_1_PODS, LAUNCH_TEMPLATE,
    LOAD_BALANCER, PUBLIC_SUBNET, SECURITY_GROUP, SUBNET_A, SUBNET_B, VPC, key_arn,
};
use super::cast::infrastructure::{ENI_NODE_2, KEY_ID};
use super::cast::{
    ACCOUNT, AUTO_SCALING, AUTO_SCALING_WEEK_BEFORE, BACKUP, CLUSTER_ROLE_WEEK_BEFORE, DANA_THROUGH_EKS,
    DANA_WEEK_BEFORE, EKS_SERVICE_WEEK_BEFORE, NODE, NODE_1, NODE_2, NODE_2_SESSION, NODE_WEEK_BEFORE,
    NODEGROUP_SERVICE_WEEK_BEFORE, OIDC_ISSUER, PAYMENTS_RELEASE, RoleSession, STOREFRONT, aws_service, from, with,
};
use super::json::{Json, json};
use super::moment::{Moment, ids, week_before};

/// Root signs in with a password alone and makes the key that a backup job uses to this day.
pub(crate) fn root() -> Vec<Event> {
    let signed_in = week_before("08:57:12");
    let root_arn = format!("arn:aws:iam::{ACCOUNT}:root");
    let identity = |access_key_id: &str| {
        json!({
            "type": "Root",
            "principalId": (ACCOUNT),
            "arn": (root_arn.as_str()),
            "accountId": (ACCOUNT),
            "accessKeyId": (access_key_id)
        })
    };
    let at_the_door = Caller {
        identity: identity(""),
        account: ACCOUNT,
        arn: root_arn.clone(),
        address: from::OFFICE,
        agent: with::CONSOLE,
    };
    let attributes = json!({"creationDate": (signed_in.seconds()), "mfaAuthenticated": "false"});
    let root = Caller {
        identity: identity("ASIAROOTCONSZEXAMPLE").with("sessionContext", json!({"attributes": (attributes)})),
        ..at_the_door.clone()
    };
    let made = week_before("08:58:40");
    let sign_in = json!({
        "LoginTo": "https://console.aws.amazon.com/console/home",
        "MobileVersion": "No",
        "MFAUsed": "No"
    });
    vec![
        call(week_before("08:56:48"), &at_the_door, "signin", "ConsoleLogin")
            .failed_sign_in()
            .additional(sign_in.clone())
            .into(),
        call(signed_in, &at_the_door, "signin", "ConsoleLogin")
            .response(json!({"ConsoleLogin": "Success"}))
            .additional(sign_in)
            .console_sign_in()
            .into(),
        call(made, &root, "iam", "CreateAccessKey")
            .request(json!({"userName": (BACKUP.name)}))
            .response(json!({"accessKey": {
                "userName": (BACKUP.name),
                "accessKeyId": (BACKUP.access_key_id),
                "status": "Active",
                "createDate": (made.spoken())
            }}))
            .into(),
    ]
}

/// dana makes the key and the cluster; EKS places its interface.
pub(crate) fn cluster() -> Vec<Event> {
    let dana = dana();
    let through_eks =
        DANA_THROUGH_EKS.calling_since(DANA_WEEK_BEFORE_SINCE.to_owned(), "eks.amazonaws.com", "eks.amazonaws.com");
    let created = week_before("09:00:14.207");
    let assumed = week_before("09:00:20");
    let service = as_service(&EKS_SERVICE_WEEK_BEFORE, assumed);
    let subnets = || json!([SUBNET_A, SUBNET_B]);
    let encryption = || json!([{"resources": ["secrets"], "provider": {"keyArn": (key_arn())}}]);
    let key_resources = || json!([{"accountId": (ACCOUNT), "type": "AWS::KMS::Key", "ARN": (key_arn())}]);
    vec![
        assume_role_with_saml(week_before("08:56:00"), &DANA_WEEK_BEFORE, from::OFFICE).into(),
        call(week_before("08:59:10"), &dana, "kms", "CreateKey")
            .request(json!({"description": "Secrets of the cluster demo", "keyUsage": "ENCRYPT_DECRYPT"}))
            .response(json!({"keyMetadata": {
                "aWSAccountId": (ACCOUNT),
                "keyId": (KEY_ID),
                "arn": (key_arn()),
                "keyState": "Enabled",
                "description": "Secrets of the cluster demo"
            }}))
            .resources(key_resources())
            .into(),
        call(created, &dana, "eks", "CreateCluster")
            .request(json!({
                "name": "demo",
                "version": "1.29",
                "roleArn": (CLUSTER_ROLE_WEEK_BEFORE.role_arn()),
                "resourcesVpcConfig": {
                    "subnetIds": (subnets()),
                    "securityGroupIds": [SECURITY_GROUP],
                    "endpointPublicAccess": true,
                    "endpointPrivateAccess": true,
                    "publicAccessCidrs": ["0.0.0.0/0"]
                },
                "encryptionConfig": (encryption()),
                "clientRequestToken": (ids::uuid("create-demo"))
            }))
            .response(json!({"cluster": {
                "name": "demo",
                "arn": (format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/demo")),
                "createdAt": (Json::Bare(created.epoch_seconds())),
                "version": "1.29",
                "roleArn": (CLUSTER_ROLE_WEEK_BEFORE.role_arn()),
                "resourcesVpcConfig": {
                    "subnetIds": (subnets()),
                    "securityGroupIds": [SECURITY_GROUP],
                    "clusterSecurityGroupId": (CLUSTER_SECURITY_GROUP),
                    "vpcId": (VPC),
                    "endpointPublicAccess": true,
                    "endpointPrivateAccess": true,
                    "publicAccessCidrs": ["0.0.0.0/0"]
                },
                "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
                "logging": {"clusterLogging": [{
                    "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
                    "enabled": true
                }]},
                "identity": {"oidc": {"issuer": (format!("https://{OIDC_ISSUER}"))}},
                "status": "CREATING",
                "certificateAuthority": {},
                "platformVersion": "eks.6",
                "encryptionConfig": (encryption()),
                "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
                "tags": {"team": "platform"}
            }}))
            .into(),
        assume_role(assumed, &aws_service("eks.amazonaws.com"), &EKS_SERVICE_WEEK_BEFORE, 3_600).into(),
        call(week_before("09:00:41"), &through_eks, "kms", "CreateGrant")
            .request(json!({
                "keyId": (key_arn()),
                "granteePrincipal": (CLUSTER_ROLE_WEEK_BEFORE.role_arn()),
                "operations": ["Decrypt", "Encrypt", "DescribeKey"],
                "constraints": {"encryptionContextSubset": {"aws:eks:cluster-name": "demo"}}
            }))
            .response(json!({"grantId": (ids::hex("grant")), "keyId": (key_arn())}))
            .resources(key_resources())
            .into(),
        interface(
            call(week_before("09:04:12"), &service, "ec2", "CreateNetworkInterface"),
            ENI_CONTROL_PLANE,
            SUBNET_A,
            from::CONTROL_PLANE,
            "Amazon EKS demo",
            json!([{"key": "cluster.k8s.amazonaws.com/name", "value": "demo"}]),
        )
        .into(),
    ]
}

/// The node group, its first node, and the load balancer of the shop.
pub(crate) fn nodes() -> Vec<Event> {
    let dana = dana();
    let created = week_before("09:16:33.518");
    let node_group_service = as_service(&NODEGROUP_SERVICE_WEEK_BEFORE, week_before("09:16:50"));
    let scaling = as_service(&AUTO_SCALING_WEEK_BEFORE, week_before("09:17:40"));
    let node = NODE_WEEK_BEFORE.calling_since(week_before("09:18:40").seconds(), from::NODES, VPC_CNI);
    let control_plane = as_service(&CLUSTER_ROLE_WEEK_BEFORE, week_before("09:21:42"));
    let node_role = NODE.role_arn();
    let tag = |key: &str, value: &str| {
        json!({
            "key": (key), "value": (value), "propagateAtLaunch": true,
            "resourceId": (AUTO_SCALING_GROUP), "resourceType": "auto-scaling-group"
        })
    };
    vec![
        call(created, &dana, "eks", "CreateNodegroup")
            .request(json!({
                "name": "demo",
                "nodegroupName": "general",
                "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 3},
                "subnets": [SUBNET_A, SUBNET_B],
                "instanceTypes": ["m6i.large"],
                "nodeRole": (node_role.as_str()),
                "clientRequestToken": (ids::uuid("create-demo-nodes"))
            }))
            .response(json!({"nodegroup": {
                "nodegroupName": "general",
                "nodegroupArn": (format!(
                    "arn:aws:eks:us-east-1:{ACCOUNT}:nodegroup/demo/general/{}", ids::uuid("nodegroup-general")
                )),
                "clusterName": "demo",
                "version": "1.29",
                "createdAt": (Json::Bare(created.epoch_seconds())),
                "status": "CREATING",
                "capacityType": "ON_DEMAND",
                "subnets": [SUBNET_A, SUBNET_B],
                "nodeRole": (node_role.as_str())
            }}))
            .into(),
        assume_role(
            week_before("09:16:50"),
            &aws_service("eks-nodegroup.amazonaws.com"),
            &NODEGROUP_SERVICE_WEEK_BEFORE,
            900,
        )
        .into(),
        call(week_before("09:17:20"), &node_group_service, "autoscaling", "CreateAutoScalingGroup")
            .request(json!({
                "autoScalingGroupName": (AUTO_SCALING_GROUP),
                "mixedInstancesPolicy": {"launchTemplate": {"launchTemplateSpecification": {
                    "launchTemplateId": (LAUNCH_TEMPLATE), "version": "3"
                }}},
                "minSize": 1,
                "maxSize": 3,
                "desiredCapacity": 3,
                "vPCZoneIdentifier": (format!("{SUBNET_A},{SUBNET_B}")),
                "tags": [
                    (tag("eks:cluster-name", "demo")),
                    (tag("eks:nodegroup-name", "general")),
                    (tag("kubernetes.io/cluster/demo", "owned"))
                ]
            }))
            .into(),
        assume_role(
            week_before("09:17:40"),
            &aws_service("autoscaling.amazonaws.com"),
            &AUTO_SCALING_WEEK_BEFORE,
            3_600,
        )
        .into(),
        run_instances(week_before("09:18:30"), &scaling, NODE.name, "10.0.11.23", NODE_1, ENI_NODE_1, SUBNET_A).into(),
        assume_role(week_before("09:18:40"), &aws_service("ec2.amazonaws.com"), &NODE_WEEK_BEFORE, 21_600).into(),
        interface(
            call(week_before("09:19:35"), &node, "ec2", "CreateNetworkInterface"),
            ENI_NODE_1_PODS,
            SUBNET_A,
            "10.0.11.40",
            &format!("aws-K8S-{}", NODE.name),
            json!([
                {"key": "node.k8s.amazonaws.com/instance_id", "value": (NODE.name)},
                {"key": "cluster.k8s.amazonaws.com/name", "value": "demo"}
            ]),
        )
        .into(),
        assume_role(week_before("09:21:42"), &aws_service("eks.amazonaws.com"), &CLUSTER_ROLE_WEEK_BEFORE, 3_600)
            .into(),
        call(week_before("09:21:58"), &control_plane, "elasticloadbalancing", "CreateLoadBalancer")
            .request(json!({
                "loadBalancerName": (LOAD_BALANCER),
                "listeners": [{"protocol": "tcp", "loadBalancerPort": 443, "instancePort": 31_443}],
                "subnets": [PUBLIC_SUBNET],
                "securityGroups": [SECURITY_GROUP],
                "tags": [
                    {"key": "kubernetes.io/cluster/demo", "value": "owned"},
                    {"key": "kubernetes.io/service-name", "value": "shop/storefront"}
                ]
            }))
            .response(json!({"dNSName": (format!("{LOAD_BALANCER}-1029384756.us-east-1.elb.amazonaws.com"))}))
            .into(),
    ]
}

/// Who may enter the cluster, and which pod may be what in AWS.
pub(crate) fn doors() -> Vec<Event> {
    let dana = dana();
    let created = week_before("09:22:18.640");
    let associated = week_before("09:22:31.115");
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy";
    let principal = PAYMENTS_RELEASE.role_arn();
    let association = week_before("09:23:50.902");
    vec![
        call(created, &dana, "eks", "CreateAccessEntry")
            .request(json!({"name": "demo", "principalArn": (principal.as_str()), "type": "STANDARD"}))
            .response(json!({"accessEntry": {
                "clusterName": "demo",
                "principalArn": (principal.as_str()),
                "kubernetesGroups": [],
                "accessEntryArn": (format!(
                    "arn:aws:eks:us-east-1:{ACCOUNT}:access-entry/demo/role/{ACCOUNT}/payments-release/{}",
                    ids::uuid("access-entry/payments-release")
                )),
                "createdAt": (Json::Bare(created.epoch_seconds())),
                "modifiedAt": (Json::Bare(created.epoch_seconds())),
                "tags": {},
                "username": (format!(
                    "arn:aws:sts::{ACCOUNT}:assumed-role/payments-release/{{{{SessionName}}}}"
                )),
                "type": "STANDARD"
            }}))
            .into(),
        call(associated, &dana, "eks", "AssociateAccessPolicy")
            .request(json!({
                "policyArn": (policy),
                "accessScope": {"type": "namespace", "namespaces": ["payments"]},
                "name": "demo",
                "principalArn": (principal.replace(':', "%3A").replace('/', "%2F"))
            }))
            .response(json!({
                "clusterName": "demo",
                "principalArn": (principal.as_str()),
                "associatedAccessPolicy": {
                    "policyArn": (policy),
                    "accessScope": {"type": "namespace", "namespaces": ["payments"]},
                    "associatedAt": (Json::Bare(associated.epoch_seconds())),
                    "modifiedAt": (Json::Bare(associated.epoch_seconds()))
                }
            }))
            .into(),
        call(association, &dana, "eks", "CreatePodIdentityAssociation")
            .request(json!({
                "name": "demo",
                "namespace": "shop",
                "serviceAccount": "storefront",
                "roleArn": (STOREFRONT.role_arn())
            }))
            .response(json!({"association": {
                "clusterName": "demo",
                "namespace": "shop",
                "serviceAccount": "storefront",
                "roleArn": (STOREFRONT.role_arn()),
                "associationArn": (association_arn()),
                "associationId": (ASSOCIATION_ID),
                "createdAt": (Json::Bare(association.epoch_seconds())),
                "modifiedAt": (Json::Bare(association.epoch_seconds())),
                "tags": {}
            }}))
            .into(),
    ]
}

pub(crate) const ASSOCIATION_ID: &str = "a-1b2c3d4e5f6071829";
/// The agent of the VPC CNI on a node.
pub(crate) const VPC_CNI: &str = "amazon-vpc-cni-k8s aws-sdk-go/1.51.32 (go1.21.9; linux; amd64)";
const DANA_WEEK_BEFORE_SINCE: &str = "2024-05-07T08:56:00Z";

pub(crate) fn association_arn() -> String {
    format!("arn:aws:eks:us-east-1:{ACCOUNT}:podidentityassociation/demo/{ASSOCIATION_ID}")
}

/// The second node starts, a week later.
pub(crate) fn second_node(at: Moment) -> ApiCall {
    let scaling = AUTO_SCALING.calling_as_service();
    run_instances(at, &scaling, NODE_2_SESSION.name, "10.0.12.31", NODE_2, ENI_NODE_2, SUBNET_B)
}

/// An interface, and the answer that names it.
pub(crate) fn interface(
    call: ApiCall,
    id: &str,
    subnet: &str,
    address: &str,
    description: &str,
    tags: Json,
) -> ApiCall {
    call.request(json!({
        "subnetId": (subnet),
        "description": (description),
        "groupSet": {"items": [{"groupId": (CLUSTER_SECURITY_GROUP)}]},
        "tagSpecificationSet": {"items": [{"resourceType": "network-interface", "tags": (tags.clone())}]}
    }))
    .response(json!({"networkInterface": {
        "networkInterfaceId": (id),
        "subnetId": (subnet),
        "vpcId": (VPC),
        "description": (description),
        "ownerId": (ACCOUNT),
        "status": "pending",
        "privateIpAddress": (address),
        "groupSet": {"items": [{"groupId": (CLUSTER_SECURITY_GROUP)}]},
        "tagSet": {"items": (tags)}
    }}))
}

fn run_instances(
    at: Moment,
    scaling: &Caller,
    instance: &str,
    address: &str,
    host: &str,
    interface: &str,
    subnet: &str,
) -> ApiCall {
    let tags = || {
        json!([
            {"key": "aws:autoscaling:groupName", "value": (AUTO_SCALING_GROUP)},
            {"key": "eks:cluster-name", "value": "demo"},
            {"key": "eks:nodegroup-name", "value": "general"},
            {"key": "kubernetes.io/cluster/demo", "value": "owned"}
        ])
    };
    call(at, scaling, "ec2", "RunInstances")
        .request(json!({
            "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]},
            "launchTemplate": {"launchTemplateId": (LAUNCH_TEMPLATE), "version": "3"},
            "subnetId": (subnet),
            "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": (tags())}]}
        }))
        .response(json!({
            "reservationId": (format!("r-{}", &ids::hex(instance)[..17])),
            "ownerId": (ACCOUNT),
            "instancesSet": {"items": [{
                "instanceId": (instance),
                "instanceType": "m6i.large",
                "instanceState": {"code": 0, "name": "pending"},
                "privateDnsName": (host),
                "privateIpAddress": (address),
                "subnetId": (subnet),
                "vpcId": (VPC),
                "groupSet": {"items": [{"groupId": (CLUSTER_SECURITY_GROUP)}]},
                "iamInstanceProfile": {"arn": (format!("arn:aws:iam::{ACCOUNT}:instance-profile/eks-general-32c7a1b4"))},
                "networkInterfaceSet": {"items": [{
                    "networkInterfaceId": (interface),
                    "subnetId": (subnet),
                    "vpcId": (VPC),
                    "privateIpAddress": (address)
                }]},
                "tagSet": {"items": (tags())}
            }]}
        }))
}

fn dana() -> Caller {
    DANA_WEEK_BEFORE.calling_since(DANA_WEEK_BEFORE_SINCE.to_owned(), from::OFFICE, with::TERRAFORM)
}

fn as_service(session: &RoleSession, minted: Moment) -> Caller {
    let today = session.calling_as_service();
    let service = today.address;
    session.calling_since(minted.seconds(), service, service)
}
