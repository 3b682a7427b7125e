//! Before anybody else comes: a pipeline makes the clusters, and AWS makes what belongs to them.

use crate::actors::aws::{Call, call};
use crate::actors::holder::Holder;
use crate::actors::ledger::Delivery;
use crate::actors::mints;
use crate::actors::stage::Stage;
use crate::actors::time::{DAY_MICROS, FIRST_DAY_MICROS, HOUR_MICROS, MINUTE_MICROS};
use crate::actors::truth::Why;
use crate::actors::world::{Cluster, Node, Role};
use crate::story::json::json;

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        let at = FIRST_DAY_MICROS + 2 * HOUR_MICROS + index as i64 * 20 * MINUTE_MICROS;
        creation(stage, at, &cluster);
        node_group(stage, at + 8 * MINUTE_MICROS, &cluster);
    }
}

/// The nodes that come on a later day.
pub(crate) fn replacement(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        let at = FIRST_DAY_MICROS + stage.day * DAY_MICROS + HOUR_MICROS + index as i64 * MINUTE_MICROS;
        let nodes: Vec<Node> = cluster.nodes.iter().filter(|node| node.days.start == stage.day).cloned().collect();
        if stage.day > 0 && !nodes.is_empty() {
            launch(stage, at, &cluster, &nodes);
        }
    }
}

fn creation(stage: &mut Stage, at: i64, cluster: &Cluster) {
    let session = stage.roles(cluster.account).deploy.session("terraform-apply");
    let subject = "repo:example-org/infrastructure:ref:refs/heads/main";
    let pipeline = mints::github(&mut stage.ledger, at, subject, &session, Delivery::Kept);
    let network = json!({
        "subnetIds": [(cluster.subnets[0].as_str()), (cluster.subnets[1].as_str())],
        "endpointPublicAccess": true,
        "endpointPrivateAccess": true
    });
    let encryption = json!([{"resources": ["secrets"], "provider": {"keyArn": (cluster.key_arn.as_str())}}]);
    let create = call(at + MINUTE_MICROS, "eks", "CreateCluster")
        .request(json!({
            "name": (cluster.name),
            "roleArn": (cluster.role.arn()),
            "resourcesVpcConfig": (network),
            "encryptionConfig": (encryption.clone())
        }))
        .response(json!({"cluster": {
            "name": (cluster.name),
            "arn": (cluster.arn()),
            "roleArn": (cluster.role.arn()),
            "resourcesVpcConfig": {
                "subnetIds": [(cluster.subnets[0].as_str()), (cluster.subnets[1].as_str())],
                "securityGroupIds": [],
                "clusterSecurityGroupId": (cluster.security_group.as_str()),
                "vpcId": (cluster.vpc.as_str()),
                "endpointPublicAccess": true,
                "endpointPrivateAccess": true
            },
            "identity": {"oidc": {"issuer": (format!("https://{}", cluster.issuer))}},
            "encryptionConfig": (encryption),
            "status": "CREATING"
        }}))
        .concerning(cluster, Why::NamedByEks);
    let trust = call(at + 2 * MINUTE_MICROS, "iam", "CreateOpenIDConnectProvider")
        .request(json!({"url": (format!("https://{}", cluster.issuer)), "clientIDList": ["sts.amazonaws.com"]}))
        .response(json!({"openIDConnectProviderArn": (cluster.provider_arn())}))
        .concerning(cluster, Why::OidcProvider);
    let group = call(at + 3 * MINUTE_MICROS, "eks", "CreateNodegroup")
        .request(json!({
            "clusterName": (cluster.name),
            "nodegroupName": (cluster.node_group.as_str()),
            "nodeRole": (cluster.node_role.arn()),
            "subnets": [(cluster.subnets[0].as_str()), (cluster.subnets[1].as_str())]
        }))
        .response(json!({"nodegroup": {
            "clusterName": (cluster.name),
            "nodegroupName": (cluster.node_group.as_str()),
            "nodeRole": (cluster.node_role.arn()),
            "subnets": [(cluster.subnets[0].as_str()), (cluster.subnets[1].as_str())],
            "status": "CREATING"
        }}))
        .concerning(cluster, Why::NamedByEks);
    for made in [create, trust, group] {
        stage.ledger.call(&pipeline, &made, Delivery::Kept);
    }
    let role = stage.roles(cluster.account).orders.clone();
    let orders = super::configuration::association(
        at + 4 * MINUTE_MICROS,
        "Create",
        cluster,
        ("orders-api", "a-0orders"),
        &role,
    );
    let id = stage.ledger.call(&pipeline, &orders, Delivery::Kept);
    stage.associations.push((cluster.name, id));
}

fn node_group(stage: &mut Stage, at: i64, cluster: &Cluster) {
    let nodegroup = linked(stage, at, cluster, ("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup"), "EKS");
    let eks = linked(stage, at, cluster, ("eks.amazonaws.com", "AmazonEKS"), "AmazonEKS");
    let tags = json!([
        {"key": "eks:cluster-name", "value": (cluster.name), "propagateAtLaunch": true},
        {"key": "eks:nodegroup-name", "value": (cluster.node_group.as_str()), "propagateAtLaunch": true}
    ]);
    let template = call(at, "ec2", "CreateLaunchTemplate")
        .request(json!({"CreateLaunchTemplateRequest": {
            "LaunchTemplateName": (cluster.scaling_group.as_str()),
            "TagSpecification": {"ResourceType": "launch-template", "Tag": [
                {"Key": "eks:cluster-name", "Value": (cluster.name)},
                {"Key": "eks:nodegroup-name", "Value": (cluster.node_group.as_str())}
            ]}
        }}))
        .response(json!({"CreateLaunchTemplateResponse": {"launchTemplate": {
            "launchTemplateId": (cluster.template.as_str()),
            "launchTemplateName": (cluster.scaling_group.as_str())
        }}}));
    let group = call(at, "autoscaling", "CreateAutoScalingGroup").request(json!({
        "autoScalingGroupName": (cluster.scaling_group.as_str()),
        "launchTemplate": {"launchTemplateId": (cluster.template.as_str())},
        "vPCZoneIdentifier": (format!("{},{}", cluster.subnets[0], cluster.subnets[1])),
        "minSize": 3,
        "tags": (tags)
    }));
    let interface = call(at, "ec2", "CreateNetworkInterface")
        .request(json!({
            "subnetId": (cluster.subnets[0].as_str()),
            "description": (format!("Amazon EKS {}", cluster.name)),
            "groupSet": {"items": [{"groupId": (cluster.security_group.as_str())}]}
        }))
        .response(json!({"networkInterface": {
            "networkInterfaceId": (crate::actors::world::id(stage.random(), "eni-0", 16)),
            "subnetId": (cluster.subnets[0].as_str()),
            "vpcId": (cluster.vpc.as_str()),
            "description": (format!("Amazon EKS {}", cluster.name))
        }}));
    for (holder, made) in [(&nodegroup, template), (&nodegroup, group), (&eks, interface)] {
        stage.ledger.call(holder, &made.concerning(cluster, Why::ServiceRole), Delivery::Kept);
    }
    let nodes: Vec<Node> = cluster.nodes.iter().filter(|node| node.days.start == 0).cloned().collect();
    launch(stage, at + 2 * MINUTE_MICROS, cluster, &nodes);
}

/// Auto Scaling starts instances for a node group, with the group's tags.
fn launch(stage: &mut Stage, at: i64, cluster: &Cluster, nodes: &[Node]) {
    let scaling = linked(stage, at, cluster, ("autoscaling.amazonaws.com", "AutoScaling"), "AutoScaling");
    for node in nodes {
        let run = run_instances(at, cluster, node).concerning(cluster, Why::Tag);
        stage.ledger.call(&scaling, &run, Delivery::Kept);
    }
}

fn run_instances(at: i64, cluster: &Cluster, node: &Node) -> Call {
    let tags = json!([
        {"key": "aws:autoscaling:groupName", "value": (cluster.scaling_group.as_str())},
        {"key": "eks:cluster-name", "value": (cluster.name)},
        {"key": "eks:nodegroup-name", "value": (cluster.node_group.as_str())}
    ]);
    call(at, "ec2", "RunInstances")
        .request(json!({
            "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]},
            "launchTemplate": {"launchTemplateId": (cluster.template.as_str())},
            "subnetId": (cluster.subnets[0].as_str()),
            "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": (tags.clone())}]}
        }))
        .response(json!({"instancesSet": {"items": [{
            "instanceId": (node.instance.as_str()),
            "privateIpAddress": (node.address.as_str()),
            "privateDnsName": (node.name.as_str()),
            "vpcId": (cluster.vpc.as_str()),
            "subnetId": (cluster.subnets[0].as_str()),
            "networkInterfaceSet": {"items": [{"networkInterfaceId": (node.interface.as_str())}]},
            "iamInstanceProfile": {"arn": (instance_profile(&cluster.node_role))},
            "tagSet": {"items": (tags)}
        }]}}))
}

fn instance_profile(role: &Role) -> String {
    format!("arn:aws:iam::{}:instance-profile/{}", role.account, role.name)
}

/// A session of a service-linked role; its minting call is in the archive or not.
pub(crate) fn linked(
    stage: &mut Stage,
    at: i64,
    cluster: &Cluster,
    (service, name): (&'static str, &str),
    session: &str,
) -> Holder {
    let path = format!("aws-service-role/{service}/");
    let role = Role::new(stage.random(), cluster.account, &path, &format!("AWSServiceRoleFor{name}"));
    let role = stage.linked.entry((cluster.account, service)).or_insert(role).clone();
    let delivery = if stage.random().percent(50) { Delivery::Kept } else { Delivery::Lost };
    mints::service_role(&mut stage.ledger, at, service, &role.session(session), delivery)
}
