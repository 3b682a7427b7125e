//! The world the records tell of: accounts, regions, clusters, roles, sessions, nodes and workloads.
//!
//! Everything is a pure function of the seed and a position, so records of different objects agree: the access key an
//! `AssumeRole` hands out is the one later calls are signed with and the one the Kubernetes audit log names.

use super::random::mix;
use super::text;

pub const ACCOUNTS: [&str; 5] = ["111122223333", "444455556666", "777788889999", "123456789012", "555555555555"];
pub const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "eu-central-1", "us-west-2"];
pub const NODES_PER_CLUSTER: u64 = 14;
pub const WORKLOADS: [(&str, &str); 18] = [
    ("shop", "checkout"),
    ("shop", "cart"),
    ("shop", "catalogue"),
    ("payments", "ledger"),
    ("payments", "card-gateway"),
    ("kube-system", "coredns"),
    ("kube-system", "aws-node"),
    ("kube-system", "kube-proxy"),
    ("monitoring", "prometheus"),
    ("monitoring", "node-exporter"),
    ("orders", "order-intake"),
    ("orders", "order-mailer"),
    ("argocd", "argocd-application-controller"),
    ("search", "indexer"),
    ("batch", "nightly-report"),
    ("ingress", "aws-load-balancer-controller"),
    ("cert-manager", "cert-manager"),
    ("kube-system", "cluster-autoscaler"),
];

/// The position of the role of nodes.
pub const NODE_ROLE: usize = 0;

const CLUSTERS: [&str; 8] = ["shop-prod", "data-prod", "shop-staging", "platform", "edge", "batch", "search", "dev"];
const PEOPLE: [&str; 8] = [
    "ana.example",
    "bo.example",
    "chris.example",
    "dana.example",
    "eli.example",
    "fay.example",
    "gil.example",
    "zoë.example",
];
const SESSION_SECONDS: i64 = 3_600;

/// Who holds a role's sessions, which decides their names and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Node,
    Person,
    Pipeline,
    /// A service account of a cluster, through IRSA.
    Workload,
    /// An AWS service, through its service-linked role.
    Service,
    /// A program that looks at everything.
    Monitor,
}

impl Holder {
    /// Whether each cluster has roles of its own for these, named after it; the others serve the whole account.
    pub fn is_of_cluster(self) -> bool {
        matches!(self, Self::Node | Self::Workload)
    }
}

/// A role that exists in every account, or for every cluster, whose name then stands before its own.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    pub name: &'static str,
    pub path: &'static str,
    pub holder: Holder,
}

const fn role(name: &'static str, path: &'static str, holder: Holder) -> Role {
    Role { name, path, holder }
}

pub const ROLES: [Role; 17] = [
    role("node", "", Holder::Node),
    role("AWSReservedSSO_PlatformAdmin_0a1b2c3d4e5f6071", "aws-reserved/sso.amazonaws.com/eu-west-1/", Holder::Person),
    role("AWSReservedSSO_ReadOnly_8192a3b4c5d6e7f8", "aws-reserved/sso.amazonaws.com/eu-west-1/", Holder::Person),
    role("ci-deploy", "", Holder::Pipeline),
    role("terraform", "", Holder::Pipeline),
    role("irsa-external-dns", "", Holder::Workload),
    role("irsa-cluster-autoscaler", "", Holder::Workload),
    role("irsa-load-balancer-controller", "", Holder::Workload),
    role("irsa-ebs-csi-driver", "", Holder::Workload),
    role("irsa-checkout", "", Holder::Workload),
    role("irsa-external-secrets", "", Holder::Workload),
    role("irsa-indexer", "", Holder::Workload),
    role("AWSServiceRoleForAmazonEKS", "aws-service-role/eks.amazonaws.com/", Holder::Service),
    role("AWSServiceRoleForAutoScaling", "aws-service-role/autoscaling.amazonaws.com/", Holder::Service),
    role("AWSServiceRoleForConfig", "aws-service-role/config.amazonaws.com/", Holder::Service),
    role("security-audit", "", Holder::Monitor),
    role("monitoring-integration", "", Holder::Monitor),
];

/// A cluster and where it lives.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: String,
    pub account: usize,
    pub region: usize,
}

/// Where a record is from: a cluster in an account and region, or those of the one that stands in.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    pub account: usize,
    pub region: usize,
    pub cluster: usize,
}

/// The world of one seed.
#[derive(Clone, Debug)]
pub struct World {
    pub seed: u64,
    /// The clusters of the settings, then one more that calls name where an account has none.
    clusters: Vec<Cluster>,
}

/// One session of a role.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub home: Home,
    pub role: usize,
    /// Which of the role's holders: a person, a node, a run of a pipeline.
    pub member: u64,
    pub created_micros: i64,
    /// Number its access key is made of.
    pub key: u64,
}

impl World {
    pub fn new(seed: u64, clusters: usize) -> Self {
        let mut all: Vec<Cluster> = (0..clusters)
            .map(|index| {
                let name = CLUSTERS[index % CLUSTERS.len()];
                let name = match index / CLUSTERS.len() {
                    0 => name.to_owned(),
                    round => format!("{name}-{}", round + 1),
                };
                Cluster { name, account: index % ACCOUNTS.len(), region: index % REGIONS.len() }
            })
            .collect();
        all.push(Cluster { name: "sandbox".to_owned(), account: 0, region: 0 });
        Self { seed, clusters: all }
    }

    /// Number of the clusters that have an audit log.
    pub fn cluster_count(&self) -> usize {
        self.clusters.len() - 1
    }

    pub fn cluster(&self, index: usize) -> &Cluster {
        &self.clusters[index]
    }

    /// A cluster of the account and region, or the one that stands in where there is none.
    pub fn cluster_at(&self, account: usize, region: usize, number: u64) -> usize {
        let here = |cluster: &Cluster| cluster.account == account && cluster.region == region;
        let count = self.clusters[..self.cluster_count()].iter().filter(|cluster| here(cluster)).count() as u64;
        if count == 0 {
            return self.cluster_count();
        }
        let mut matching = (0..self.cluster_count()).filter(|index| here(&self.clusters[*index]));
        matching.nth((number % count) as usize).unwrap_or(self.cluster_count())
    }

    /// A number that no other home has: the cluster that stands in is another one in each account and region.
    pub fn home_number(&self, home: Home) -> u64 {
        let place =
            if home.cluster < self.cluster_count() { 0 } else { 1 + home.account * REGIONS.len() + home.region };
        (home.cluster + place) as u64
    }

    /// The session of this holder that is in force at a time.
    pub fn session(&self, home: Home, role: usize, member: u64, time_micros: i64) -> Session {
        let span = SESSION_SECONDS * text::MICROS_PER_SECOND;
        let parts = [self.seed, 1, self.owner(home, role), role as u64, member];
        let phase = (mix(&parts) % SESSION_SECONDS as u64) as i64 * text::MICROS_PER_SECOND;
        let created_micros = (time_micros - phase).div_euclid(span) * span + phase;
        let key = mix(&[parts[0], 2, parts[2], parts[3], parts[4], created_micros as u64]);
        Session { home, role, member, created_micros, key }
    }

    pub fn push_role_id(&self, out: &mut Vec<u8>, home: Home, role: usize) {
        text::push_iam_id(out, "AROA", mix(&[self.seed, 3, self.owner(home, role), role as u64]), 21);
    }

    /// `ci-deploy`, `shop-prod-irsa-checkout`
    pub fn push_role_name(&self, out: &mut Vec<u8>, home: Home, role: usize) {
        let role = &ROLES[role];
        if role.holder.is_of_cluster() {
            text::push(out, &self.clusters[home.cluster].name);
            out.push(b'-');
        }
        text::push(out, role.name);
    }

    /// `arn:aws:iam::111122223333:role/ci-deploy`
    pub fn push_role_arn(&self, out: &mut Vec<u8>, home: Home, role: usize) {
        text::push(out, "arn:aws:iam::");
        text::push(out, ACCOUNTS[home.account]);
        text::push(out, ":role/");
        text::push(out, ROLES[role].path);
        self.push_role_name(out, home, role);
    }

    /// The id that the OIDC issuer and the endpoint of a cluster have in their addresses.
    pub fn push_issuer_id(&self, out: &mut Vec<u8>, home: Home) {
        let number = mix(&[self.seed, 13, self.home_number(home)]);
        let start = out.len();
        text::push_hex(out, number, 16);
        text::push_hex(out, mix(&[number]), 16);
        out[start..].make_ascii_uppercase();
    }

    pub fn push_session_name(&self, out: &mut Vec<u8>, session: &Session) {
        match ROLES[session.role].holder {
            Holder::Node => {
                text::push(out, "i-0");
                text::push_hex(out, self.node_number(session.home, session.member), 16);
            }
            Holder::Person => text::push(out, PEOPLE[session.member as usize % PEOPLE.len()]),
            Holder::Pipeline => {
                text::push(out, "GitHubActions-");
                text::push_number(out, 13_000_000_000 + session.key % 900_000_000);
            }
            Holder::Workload => {
                text::push(out, "botocore-session-");
                text::push_number(out, session.created_micros as u64 / 1_000_000);
            }
            Holder::Service => text::push(out, "AmazonEKS"),
            Holder::Monitor => text::push(out, "scheduled-scan"),
        }
    }

    /// `arn:aws:sts::111122223333:assumed-role/ci-deploy/GitHubActions-13000000000`
    pub fn push_session_arn(&self, out: &mut Vec<u8>, session: &Session) {
        text::push(out, "arn:aws:sts::");
        text::push(out, ACCOUNTS[session.home.account]);
        text::push(out, ":assumed-role/");
        self.push_role_name(out, session.home, session.role);
        out.push(b'/');
        self.push_session_name(out, session);
    }

    /// `ip-10-1-22-133.eu-west-1.compute.internal`
    pub fn push_node_name(&self, out: &mut Vec<u8>, cluster: usize, node: u64) {
        text::push(out, "ip");
        self.push_node_octets(out, cluster, node, b'-', b'-');
        out.push(b'.');
        text::push(out, REGIONS[self.clusters[cluster].region]);
        text::push(out, ".compute.internal");
    }

    pub fn push_node_address(&self, out: &mut Vec<u8>, cluster: usize, node: u64) {
        let start = out.len();
        self.push_node_octets(out, cluster, node, b'.', b'.');
        out.remove(start);
    }

    /// `checkout-7d4b9c6f5d-x2k8p`: the replicas of a workload keep their names for a day.
    pub fn push_pod_name(&self, out: &mut Vec<u8>, cluster: usize, workload: usize, replica: u64, day: i64) {
        text::push(out, WORKLOADS[workload].1);
        out.push(b'-');
        self.push_replica_set_hash(out, cluster, workload, day);
        out.push(b'-');
        text::push_name_suffix(out, mix(&[self.seed, 6, cluster as u64, workload as u64, replica, day as u64]), 5);
    }

    pub fn push_replica_set_hash(&self, out: &mut Vec<u8>, cluster: usize, workload: usize, day: i64) {
        text::push_name_suffix(out, mix(&[self.seed, 5, cluster as u64, workload as u64, day as u64]), 10);
    }

    pub fn push_pod_uid(&self, out: &mut Vec<u8>, cluster: usize, workload: usize, replica: u64, day: i64) {
        let parts = [self.seed, 7, cluster as u64, workload as u64, replica, day as u64];
        let number = mix(&parts);
        text::push_uuid(out, number, mix(&[number]));
    }

    /// Number the instance id of a node is made of.
    pub fn node_number(&self, home: Home, node: u64) -> u64 {
        mix(&[self.seed, 4, self.home_number(home), node])
    }

    /// What a role belongs to, as a number: a cluster or an account.
    fn owner(&self, home: Home, role: usize) -> u64 {
        if ROLES[role].holder.is_of_cluster() {
            return ACCOUNTS.len() as u64 + self.home_number(home);
        }
        home.account as u64
    }

    fn push_node_octets(&self, out: &mut Vec<u8>, cluster: usize, node: u64, first: u8, between: u8) {
        let number = mix(&[self.seed, 8, cluster as u64, node]);
        for (position, octet) in
            [10, cluster as u64 % 250, number % 64, 4 + (number >> 8) % 250].into_iter().enumerate()
        {
            out.push(if position == 0 { first } else { between });
            text::push_number(out, octet);
        }
    }
}
