//! What exists before anybody acts: accounts, clusters with all that belongs to them, roles, and the drawing of ids.
//!
//! Names are chosen to be confused: one cluster's name begins another's, two clusters share a VPC, all have service
//! accounts of the same names, and a node of the last day has the address of one of the first.

use super::truth::Holder;
use crate::generate::{Random, text};

pub(crate) const PLATFORM: &str = "111122223333";
pub(crate) const DATA: &str = "444455556666";
pub(crate) const REGION: &str = "eu-west-1";

/// An instance that was a node of a cluster for some days.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) instance: String,
    pub(crate) address: String,
    /// `ip-10-0-11-23.eu-west-1.compute.internal`
    pub(crate) name: String,
    pub(crate) interface: String,
    /// The first day it is there, and the first it is not.
    pub(crate) days: std::ops::Range<i64>,
}

impl Node {
    pub(crate) fn holder(&self) -> Holder {
        Holder { name: self.instance.clone(), also: self.name.clone() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) account: &'static str,
    /// Empty, or with a slash at its end.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) id: String,
}

/// A role session; what distinguishes two of one name is only their keys.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) role: Role,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) name: &'static str,
    pub(crate) account: &'static str,
    pub(crate) vpc: String,
    /// The cluster that is in the same VPC, if any.
    pub(crate) shares_vpc_with: Option<&'static str>,
    pub(crate) subnets: [String; 2],
    pub(crate) security_group: String,
    /// Without `https://`.
    pub(crate) issuer: String,
    pub(crate) key_arn: String,
    pub(crate) role: Role,
    pub(crate) node_role: Role,
    pub(crate) node_group: String,
    pub(crate) scaling_group: String,
    pub(crate) template: String,
    pub(crate) nodes: Vec<Node>,
    /// Whether its authenticator and audit log are of an older version: no extras for tokens and kubelets, no key in
    /// the lines.
    pub(crate) is_old: bool,
}

impl Role {
    pub(crate) fn new(random: &mut Random, account: &'static str, path: &str, name: &str) -> Self {
        Self { account, path: path.to_owned(), name: name.to_owned(), id: iam_id(random, "AROA", 21) }
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}{}", self.account, self.path, self.name)
    }

    /// Without the path, as the authenticator compares it.
    pub(crate) fn canonical_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}", self.account, self.name)
    }

    pub(crate) fn session(&self, name: &str) -> Session {
        Session { role: self.clone(), name: name.to_owned() }
    }
}

impl Session {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.role.account, self.role.name, self.name)
    }

    pub(crate) fn principal_id(&self) -> String {
        format!("{}:{}", self.role.id, self.name)
    }
}

impl Cluster {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:eks:{REGION}:{}:cluster/{}", self.account, self.name)
    }

    pub(crate) fn provider_arn(&self) -> String {
        format!("arn:aws:iam::{}:oidc-provider/{}", self.account, self.issuer)
    }

    /// A node that is there on this day.
    pub(crate) fn node_on(&self, day: i64, number: usize) -> &Node {
        let mut there = self.nodes.iter().filter(|node| node.days.contains(&day)).cycle();
        there.nth(number).unwrap_or(&self.nodes[0])
    }
}

/// The clusters; the last is the old one.
pub(crate) fn clusters(random: &mut Random, days: i64) -> Vec<Cluster> {
    let names = [("shop-prod", PLATFORM), ("shop-staging", PLATFORM), ("data-prod", DATA), ("shop", DATA)];
    let shared_vpc = id(random, "vpc-0", 16);
    let mut clusters = Vec::new();
    for (index, (name, account)) in names.into_iter().enumerate() {
        let shares_vpc_with = match name {
            "shop-prod" => Some("shop-staging"),
            "shop-staging" => Some("shop-prod"),
            _ => None,
        };
        let own_vpc = id(random, "vpc-0", 16);
        let issuer = hex(random, 32).to_uppercase();
        let key = uuid(random);
        let group = uuid(random);
        clusters.push(Cluster {
            name,
            account,
            vpc: if shares_vpc_with.is_some() { shared_vpc.clone() } else { own_vpc },
            shares_vpc_with,
            subnets: [id(random, "subnet-0", 16), id(random, "subnet-0", 16)],
            security_group: id(random, "sg-0", 16),
            issuer: format!("oidc.eks.{REGION}.amazonaws.com/id/{issuer}"),
            key_arn: format!("arn:aws:kms:{REGION}:{account}:key/{key}"),
            role: Role::new(random, account, "", &format!("{name}-cluster")),
            node_role: Role::new(random, account, "", &format!("{name}-node")),
            node_group: format!("{name}-general"),
            scaling_group: format!("eks-{name}-general-{group}"),
            template: id(random, "lt-0", 16),
            nodes: nodes(random, index, days),
            is_old: index + 1 == names.len(),
        });
    }
    clusters
}

/// Three nodes for the whole time, and two of the same address one after the other.
fn nodes(random: &mut Random, cluster: usize, days: i64) -> Vec<Node> {
    let first = 10 + random.below(100);
    let lives = [(0, 0..days), (1, 0..days), (2, 0..days), (3, 0..days - 1), (3, days - 1..days)];
    lives
        .into_iter()
        .map(|(host, days)| {
            let last = first + host;
            Node {
                instance: id(random, "i-0", 16),
                address: format!("10.{cluster}.11.{last}"),
                name: format!("ip-10-{cluster}-11-{last}.{REGION}.compute.internal"),
                interface: id(random, "eni-0", 16),
                days,
            }
        })
        .collect()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| char::from(b"0123456789abcdef"[random.below(16) as usize])).collect()
}

/// `i-0`, then digits up to `count`.
pub(crate) fn id(random: &mut Random, prefix: &str, count: usize) -> String {
    prefix.to_owned() + &hex(random, count)
}

pub(crate) fn uuid(random: &mut Random) -> String {
    let mut out = Vec::new();
    text::push_uuid(&mut out, random.next(), random.next());
    String::from_utf8_lossy(&out).into_owned()
}

/// `ASIA…`, `AROA…`
pub(crate) fn iam_id(random: &mut Random, prefix: &str, length: usize) -> String {
    let mut out = Vec::new();
    text::push_iam_id(&mut out, prefix, random.next(), length);
    String::from_utf8_lossy(&out).into_owned()
}

/// The end of a pod's name.
pub(crate) fn suffix(random: &mut Random, length: u32) -> String {
    let mut out = Vec::new();
    text::push_name_suffix(&mut out, random.next(), length);
    String::from_utf8_lossy(&out).into_owned()
}
