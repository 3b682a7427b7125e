//! AWS calls that concern a cluster by what they touch, next to calls that look alike and do not. All are made by
//! people who never log in to a cluster, so nothing but what is touched can tell.

use crate::actors::aws::{Call, call};
use crate::actors::holder::Holder;
use crate::actors::ledger::Delivery;
use crate::actors::mints;
use crate::actors::stage::{HUB, Stage};
use crate::actors::time::SECOND_MICROS;
use crate::actors::truth::Why;
use crate::actors::world::{Cluster, id, uuid};
use crate::story::json::json;

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        let at = stage.some_time();
        let role = stage.roles(cluster.account).network.clone();
        let person = mints::saml(&mut stage.ledger, at, "noor@example.com", &role, Delivery::Kept);
        let other = strangers(stage, &cluster);
        let mut calls = eks(&cluster);
        calls.extend(network(&cluster, &other));
        calls.extend(machines(&cluster, &other));
        calls.extend(identity(&cluster));
        calls.extend(records(&cluster, &other));
        for (number, mut made) in calls.into_iter().enumerate() {
            made.at = at + (10 + 20 * number as i64) * SECOND_MICROS;
            if stage.random().percent(80) {
                stage.ledger.call(&person, &made, Delivery::Kept);
            }
        }
    }
    trails(stage);
}

/// Ids like those of the cluster, of things that are not the cluster's.
struct Strangers {
    vpc: String,
    subnet: String,
    security_group: String,
    instance: String,
    template: String,
    key: String,
}

fn strangers(stage: &mut Stage, cluster: &Cluster) -> Strangers {
    let random = stage.random();
    Strangers {
        vpc: id(random, "vpc-0", 16),
        subnet: id(random, "subnet-0", 16),
        security_group: id(random, "sg-0", 16),
        instance: id(random, "i-0", 16),
        template: id(random, "lt-0", 16),
        key: format!("arn:aws:kms:eu-west-1:{}:key/{}", cluster.account, uuid(random)),
    }
}

fn eks(cluster: &Cluster) -> Vec<Call> {
    let name = cluster.name;
    let named = |call: Call| call.concerning(cluster, Why::NamedByEks);
    vec![
        named(
            call(0, "eks", "UpdateClusterConfig").request(json!({"name": (name), "logging": {"clusterLogging": []}})),
        ),
        named(call(0, "eks", "CreateAccessEntry").request(json!({
            "clusterName": (name),
            "principalArn": (format!("arn:aws:iam::{}:role/ci-deploy", cluster.account))
        }))),
        named(call(0, "eks", "TagResource").request(json!({"resourceArn": (cluster.arn()), "tags": {"team": "shop"}}))),
        named(
            call(0, "eks", "DescribeNodegroup")
                .request(json!({"clusterName": (name), "nodegroupName": (cluster.node_group.as_str())})),
        ),
        named(call(0, "eks", "CreateAddon").request(json!({"clusterName": (name), "addonName": "coredns"})).denied()),
        // The name of this cluster begins the other's.
        call(0, "eks", "DescribeCluster").request(json!({"name": (format!("{name}-old"))})).denied(),
        call(0, "eks", "ListClusters").request(json!({"maxResults": 100})),
    ]
}

fn network(cluster: &Cluster, other: &Strangers) -> Vec<Call> {
    let ingress = |group: &str| {
        call(0, "ec2", "AuthorizeSecurityGroupIngress").request(json!({
            "groupId": (group),
            "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}]}
        }))
    };
    let subnet = |id: &str| {
        call(0, "ec2", "ModifySubnetAttribute")
            .request(json!({"subnetId": (id), "mapPublicIpOnLaunch": {"value": true}}))
    };
    let group =
        |vpc: &str| call(0, "ec2", "CreateSecurityGroup").request(json!({"groupName": "opened", "vpcId": (vpc)}));
    let mut of_vpc = group(&cluster.vpc).concerning(cluster, Why::Network);
    if let Some(neighbour) = cluster.shares_vpc_with {
        of_vpc = of_vpc.concerning_named(neighbour, Why::Network);
    }
    let balancer = |key: &str, name: &str| {
        call(0, "elasticloadbalancing", "CreateLoadBalancer").request(json!({
            "name": (format!("{}-{}", &key[..4], name)),
            "type": "network",
            "tags": [{"key": (key), "value": (name)}]
        }))
    };
    vec![
        ingress(&cluster.security_group).concerning(cluster, Why::Network),
        ingress(&other.security_group),
        subnet(&cluster.subnets[1]).concerning(cluster, Why::Network),
        subnet(&other.subnet),
        of_vpc,
        group(&other.vpc),
        balancer("elbv2.k8s.aws/cluster", cluster.name).concerning(cluster, Why::Tag),
        balancer("Name", cluster.name),
    ]
}

fn machines(cluster: &Cluster, other: &Strangers) -> Vec<Call> {
    let resize = |group: &str| {
        call(0, "autoscaling", "UpdateAutoScalingGroup")
            .request(json!({"autoScalingGroupName": (group), "maxSize": 30}))
    };
    let version = |template: &str| {
        call(0, "ec2", "CreateLaunchTemplateVersion")
            .request(json!({"CreateLaunchTemplateVersionRequest": {"LaunchTemplateId": (template)}}))
    };
    let stop = |instance: &str| {
        call(0, "ec2", "TerminateInstances").request(json!({"instancesSet": {"items": [{"instanceId": (instance)}]}}))
    };
    let node = &cluster.nodes[0].instance;
    vec![
        resize(&cluster.scaling_group).concerning(cluster, Why::NodeGroup),
        resize(&format!("{}-copy", cluster.scaling_group)),
        version(&cluster.template).concerning(cluster, Why::NodeGroup),
        version(&other.template),
        stop(node).concerning(cluster, Why::Instance),
        stop(&other.instance),
        call(0, "ec2", "RunInstances").request(json!({
            "subnetId": (other.subnet.as_str()),
            "tagSpecificationSet": {"items": [
                {"resourceType": "instance", "tags": [{"key": "Name", "value": (cluster.name)}]}
            ]}
        })),
    ]
}

fn identity(cluster: &Cluster) -> Vec<Call> {
    let attach = |role: &str| {
        call(0, "iam", "AttachRolePolicy")
            .request(json!({"roleName": (role), "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}))
    };
    let remove = |provider: &str| {
        call(0, "iam", "UpdateOpenIDConnectProviderThumbprint").request(json!({"openIDConnectProviderArn": (provider)}))
    };
    let github = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", cluster.account);
    vec![
        attach(&cluster.node_role.name).concerning(cluster, Why::Role),
        attach(&format!("{}-2", cluster.node_role.name)),
        attach(&cluster.role.name).concerning(cluster, Why::Role),
        remove(&cluster.provider_arn()).concerning(cluster, Why::OidcProvider),
        remove(&github),
        call(0, "iam", "CreateUser").request(json!({"userName": (cluster.name)})),
    ]
}

fn records(cluster: &Cluster, other: &Strangers) -> Vec<Call> {
    let disable = |key: &str| call(0, "kms", "DisableKey").request(json!({"keyId": (key)}));
    let delete = |name: &str| {
        call(0, "logs", "DeleteLogGroup").request(json!({"logGroupName": (format!("/aws/eks/{name}/cluster"))}))
    };
    vec![
        disable(&cluster.key_arn).concerning(cluster, Why::KmsKey),
        disable(&other.key),
        delete(cluster.name).concerning(cluster, Why::LogGroup),
        delete(&format!("{}-old", cluster.name)),
        call(0, "s3", "GetObject")
            .request(json!({"bucketName": "example-backups", "key": (format!("{}/etcd.tar", cluster.name))})),
        call(0, "secretsmanager", "GetSecretValue")
            .request(json!({"secretId": (format!("{}/database", cluster.name))})),
    ]
}

/// A trail is stopped in each account. Only where there are clusters does that concern one.
fn trails(stage: &mut Stage) {
    let at = stage.some_time();
    let hub = stage.hub_admin.clone();
    let accounts: Vec<_> = stage.roles.iter().map(|(_, roles)| roles.network.clone()).chain([hub]).collect();
    for role in accounts {
        let person: Holder = mints::saml(&mut stage.ledger, at, "noor@example.com", &role, Delivery::Kept);
        let mut stop =
            call(at + 30 * SECOND_MICROS, "cloudtrail", "StopLogging").request(json!({"name": "all-events"}));
        if role.account != HUB {
            for cluster in stage.clusters.iter().filter(|cluster| cluster.account == role.account) {
                stop = stop.concerning(cluster, Why::Trail);
            }
        }
        stage.ledger.call(&person, &stop, Delivery::Kept);
    }
}
