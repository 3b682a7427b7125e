//! What the JSON of AWS calls and Kubernetes objects tells of a cluster's things: which members name which kind.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::Value;

use super::Kind;

/// Deepest member that is looked at, so that a body made to be deep costs nothing.
const DEEPEST: usize = 24;

/// Members of EKS's own requests and answers. The cluster's security group and what is below `resources` are made for
/// it; anything else can serve others too, which shows when it does.
const EKS_MEMBERS: [(&str, Kind); 15] = [
    ("vpcId", Kind::Vpc),
    ("subnetIds", Kind::Subnet),
    ("subnets", Kind::Subnet),
    ("securityGroupIds", Kind::SecurityGroup),
    ("clusterSecurityGroupId", Kind::SecurityGroup),
    ("remoteAccessSecurityGroup", Kind::SecurityGroup),
    ("issuer", Kind::Issuer),
    ("keyArn", Kind::Key),
    ("roleArn", Kind::Role),
    ("nodeRole", Kind::Role),
    ("nodeRoleArn", Kind::Role),
    ("podExecutionRoleArn", Kind::Role),
    ("serviceAccountRoleArn", Kind::Role),
    ("targetRoleArn", Kind::Role),
    ("principalArn", Kind::Principal),
];

/// Members that mean something within one parent only.
const EKS_MEMBERS_OF: [(&str, &str, Kind); 3] = [
    ("autoScalingGroups", "name", Kind::AutoScalingGroup),
    ("launchTemplate", "id", Kind::LaunchTemplate),
    ("launchTemplate", "name", Kind::LaunchTemplate),
];

/// Members that name what a call of another service made or tagged.
const MADE_MEMBERS: [(&str, Kind); 15] = [
    ("instanceId", Kind::Instance),
    ("instanceIds", Kind::Instance),
    ("networkInterfaceId", Kind::Interface),
    ("privateIpAddress", Kind::Address),
    ("launchTemplateId", Kind::LaunchTemplate),
    ("launchTemplateName", Kind::LaunchTemplate),
    ("autoScalingGroupName", Kind::AutoScalingGroup),
    ("loadBalancerArn", Kind::LoadBalancer),
    ("loadBalancerName", Kind::LoadBalancer),
    ("loadBalancerNames", Kind::LoadBalancer),
    ("targetGroupArn", Kind::LoadBalancer),
    ("volumeId", Kind::Volume),
    ("groupId", Kind::SecurityGroup),
    ("resourceId", Kind::Instance),
    ("resourceArns", Kind::LoadBalancer),
];

/// How ids of AWS begin, for members that can name anything.
const PREFIXES: [(&str, Kind); 7] = [
    ("i-", Kind::Instance),
    ("eni-", Kind::Interface),
    ("lt-", Kind::LaunchTemplate),
    ("vol-", Kind::Volume),
    ("sg-", Kind::SecurityGroup),
    ("subnet-", Kind::Subnet),
    ("vpc-", Kind::Vpc),
];

/// Tags whose value is the name of a cluster: EKS, eksctl, the VPC CNI, the load balancer controller, Karpenter.
const TAGS: [&str; 10] = [
    "aws:eks:cluster-name",
    "eks:cluster-name",
    "eks:eks-cluster-name",
    "eks-cluster-name",
    "alpha.eksctl.io/cluster-name",
    "cluster.k8s.amazonaws.com/name",
    "elbv2.k8s.aws/cluster",
    "ingress.k8s.aws/cluster",
    "karpenter.sh/discovery",
    "kubernetes.io/cluster-name",
];

/// Tags whose name ends in the name of a cluster.
const TAG_STARTS: [&str; 2] = ["kubernetes.io/cluster/", "k8s.io/cluster-autoscaler/"];

/// What EKS writes on the network interfaces of a cluster's API server.
const INTERFACE_DESCRIPTION: &str = "Amazon EKS ";

/// The JSON of a text; null where it is none.
pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// The things that EKS names in a request or an answer of its own.
pub fn of_eks(value: &Value, found: &mut dyn FnMut(Kind, &str)) {
    walk(value, "", "", 0, &mut |parent, member, text| {
        let own = EKS_MEMBERS_OF.iter().find(|(of, name, _)| *of == parent && *name == member);
        let kind = own.map(|(.., kind)| *kind);
        let kind = kind.or_else(|| EKS_MEMBERS.iter().find(|(name, _)| *name == member).map(|(_, kind)| *kind));
        if let Some(kind) = kind {
            found(kind, short(kind, text));
        }
    });
}

/// The things that a call of another service made, tagged or attached.
pub fn made(value: &Value, event: &str, found: &mut dyn FnMut(Kind, &str)) {
    walk(value, "", "", 0, &mut |_, member, text| {
        let Some((_, kind)) = MADE_MEMBERS.iter().find(|(name, _)| *name == member) else { return };
        let by_prefix = PREFIXES.iter().find(|(start, _)| text.starts_with(start)).map(|(_, kind)| *kind);
        let kind = match member {
            "resourceId" => match by_prefix {
                Some(kind) => kind,
                // Tags of Auto Scaling groups name them so.
                None if event == "CreateOrUpdateTags" => Kind::AutoScalingGroup,
                None => return,
            },
            // A security group that an instance is given is not made for it.
            "groupId" if event != "CreateSecurityGroup" => return,
            _ => *kind,
        };
        found(kind, short(kind, text));
    });
}

/// Names of clusters in tags, and in what EKS writes on its interfaces.
pub fn tagged(value: &Value, found: &mut dyn FnMut(&str)) {
    tags(value, 0, found);
    walk(value, "", "", 0, &mut |_, member, text| {
        if member == "description"
            && let Some(name) = text.strip_prefix(INTERFACE_DESCRIPTION)
        {
            found(name);
        }
    });
}

/// Whether a text can hold a tag or a description that names a cluster. Cheap, and never wrong in saying no.
pub fn may_be_tagged(text: &str) -> bool {
    /// Each of the tags and the description has one of these.
    static MARKS: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["cluster", "karpenter.sh/discovery", INTERFACE_DESCRIPTION].map(Finder::new));
    MARKS.iter().any(|mark| mark.find(text.as_bytes()).is_some())
}

fn tags(value: &Value, depth: usize, found: &mut dyn FnMut(&str)) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| tags(item, depth + 1, found)),
        Value::Object(members) => {
            let text = |names: [&str; 3]| names.iter().find_map(|name| members.get(*name)).and_then(Value::as_str);
            if let Some(tag) = text(["key", "Key", "tagKey"]) {
                tag_named(tag, text(["value", "Value", "tagValue"]).unwrap_or(""), found);
            }
            for (name, member) in members {
                match member {
                    Value::String(text) => tag_named(name, text, found),
                    other => tags(other, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

fn tag_named(tag: &str, value: &str, found: &mut dyn FnMut(&str)) {
    if TAGS.contains(&tag) {
        found(value);
    } else if let Some(name) = TAG_STARTS.iter().find_map(|start| tag.strip_prefix(start))
        && !name.is_empty()
    {
        found(name);
    }
}

/// Every text in a value, with the names of the member and the parent it is in.
fn walk(value: &Value, parent: &str, member: &str, depth: usize, found: &mut dyn FnMut(&str, &str, &str)) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::String(text) => found(parent, member, text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, parent, member, depth + 1, found)),
        Value::Object(members) => {
            for (name, inner) in members {
                walk(inner, member, name, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// The form in which a thing is known: the last part of what is unique by it.
pub fn short(kind: Kind, text: &str) -> &str {
    match kind {
        Kind::Issuer | Kind::Key => text.rsplit('/').next().unwrap_or(text),
        Kind::Role | Kind::Principal => role_name(text),
        _ => text,
    }
}

/// The name of a role or user by its ARN; the role of a session.
pub fn role_name(arn: &str) -> &str {
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return arn };
    match resource.split_once('/') {
        Some(("assumed-role", rest)) => rest.split('/').next().unwrap_or(rest),
        _ => resource.rsplit('/').next().unwrap_or(resource),
    }
}

/// The name of the session in the ARN of a role session.
pub fn session_name(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split_once('/').map(|(_, session)| session)
}

/// The account of an ARN.
pub fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or("")
}

/// The private address in the name of a node: `ip-10-0-11-23.eu-west-1.compute.internal`.
pub fn address_of_node(name: &str) -> Option<String> {
    let digits = name.strip_prefix("ip-")?.split('.').next()?;
    let parts: Vec<&str> = digits.split('-').collect();
    let is_number = |part: &&str| part.parse::<u8>().is_ok();
    (parts.len() == 4 && parts.iter().all(is_number)).then(|| parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(run: impl Fn(&mut dyn FnMut(Kind, &str))) -> Vec<(Kind, String)> {
        let mut all = Vec::new();
        run(&mut |kind, text| all.push((kind, text.to_owned())));
        all.sort();
        all
    }

    #[test]
    fn the_answer_of_create_cluster_tells_what_belongs_to_it() {
        let answer = parsed(
            r#"{"cluster":{"name":"demo","roleArn":"arn:aws:iam::111122223333:role/path/demo-cluster",
            "resourcesVpcConfig":{"vpcId":"vpc-1","subnetIds":["subnet-1","subnet-2"],"clusterSecurityGroupId":"sg-1"},
            "identity":{"oidc":{"issuer":"https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"}},
            "encryptionConfig":[{"provider":{"keyArn":"arn:aws:kms:eu-west-1:111122223333:key/0f1e-2d"}}]}}"#,
        );
        let found = pairs(|found| of_eks(&answer, found));
        let expected = [
            (Kind::Vpc, "vpc-1"),
            (Kind::Subnet, "subnet-1"),
            (Kind::Subnet, "subnet-2"),
            (Kind::SecurityGroup, "sg-1"),
            (Kind::Role, "demo-cluster"),
            (Kind::Issuer, "ABCDEF"),
            (Kind::Key, "0f1e-2d"),
        ];
        assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn tags_name_clusters_in_every_form() {
        let named = |text: &str| {
            let mut names = Vec::new();
            tagged(&parsed(text), &mut |name| names.push(name.to_owned()));
            names
        };
        assert_eq!(named(r#"{"tagSet":{"items":[{"value":"demo","key":"eks:cluster-name"}]}}"#), ["demo"]);
        assert_eq!(named(r#"{"tags":{"alpha.eksctl.io/cluster-name":"demo"}}"#), ["demo"]);
        assert_eq!(named(r#"{"tags":[{"key":"kubernetes.io/cluster/demo","value":"owned"}]}"#), ["demo"]);
        assert_eq!(named(r#"{"description":"Amazon EKS demo"}"#), ["demo"]);
        assert_eq!(named(r#"{"tags":[{"key":"Name","value":"demo"}]}"#), Vec::<String>::new());
    }

    #[test]
    fn a_node_has_its_address_in_its_name() {
        let address = |name| address_of_node(name);
        assert_eq!(address("ip-10-0-11-23.eu-west-1.compute.internal").as_deref(), Some("10.0.11.23"));
        assert_eq!(address("ip-10-0-11.eu-west-1.compute.internal"), None);
        assert_eq!(address("i-0123456789abcdef0.eu-west-1.compute.internal"), None);
    }
}
