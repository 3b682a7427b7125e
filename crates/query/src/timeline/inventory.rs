//! What belongs to each cluster, as its logs show it: ids, addresses, roles, keys, each with the event that shows it.
//!
//! Responsible for the form of the inventory and for when it is made: at the first timeline of a cluster, once for each
//! state of the lake (see `derived`). How it is gathered is in `gather`, how it is kept in `store`, how SQL sees it in
//! `view`, what follows from it in `attribution`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use futures::FutureExt;

use crate::derived::{Derived, Holding, KeptTable, in_memory};
use crate::session::Session;

pub(super) mod extract;
mod gather;
mod store;
pub mod view;

/// Version of what is gathered and of the form it is kept in.
pub const VERSION: u32 = 4;

const HOLDING: Holding = Holding { name: "clusters", version: VERSION, ending: "parquet" };

/// What a thing of a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `ACCOUNT` in which calls name the cluster.
    Account,
    /// `ACCOUNT/REGION` in which calls name the cluster.
    Region,
    Vpc,
    Subnet,
    SecurityGroup,
    Interface,
    Instance,
    /// Private address of a node.
    Address,
    /// Address of a pod.
    PodAddress,
    LaunchTemplate,
    AutoScalingGroup,
    LoadBalancer,
    Volume,
    /// Name of a role that the cluster, its nodes or its pods have.
    Role,
    /// Name of a role or user that may enter the cluster.
    Principal,
    /// Last part of the OIDC issuer.
    Issuer,
    /// Id of the KMS key of its secrets.
    Key,
    LogGroup,
    /// `system:serviceaccount:NAMESPACE:NAME`
    ServiceAccount,
    /// Access key that logged in.
    LoginKey,
    /// Access key with which, over one or more roles, one that logged in was taken.
    StepKey,
    /// Access key that a service account took.
    PodKey,
    /// Access key taken with one that a service account took.
    PodChainKey,
    /// Access key of a node.
    NodeKey,
}

impl Kind {
    pub const ALL: [Self; 24] = [
        Self::Account,
        Self::Region,
        Self::Vpc,
        Self::Subnet,
        Self::SecurityGroup,
        Self::Interface,
        Self::Instance,
        Self::Address,
        Self::PodAddress,
        Self::LaunchTemplate,
        Self::AutoScalingGroup,
        Self::LoadBalancer,
        Self::Volume,
        Self::Role,
        Self::Principal,
        Self::Issuer,
        Self::Key,
        Self::LogGroup,
        Self::ServiceAccount,
        Self::LoginKey,
        Self::StepKey,
        Self::PodKey,
        Self::PodChainKey,
        Self::NodeKey,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "region",
            Self::Vpc => "vpc",
            Self::Subnet => "subnet",
            Self::SecurityGroup => "security_group",
            Self::Interface => "interface",
            Self::Instance => "instance",
            Self::Address => "address",
            Self::PodAddress => "pod_address",
            Self::LaunchTemplate => "launch_template",
            Self::AutoScalingGroup => "auto_scaling_group",
            Self::LoadBalancer => "load_balancer",
            Self::Volume => "volume",
            Self::Role => "role",
            Self::Principal => "principal",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::LogGroup => "log_group",
            Self::ServiceAccount => "service_account",
            Self::LoginKey => "login_key",
            Self::StepKey => "step_key",
            Self::PodKey => "pod_key",
            Self::PodChainKey => "pod_chain_key",
            Self::NodeKey => "node_key",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether things of this kind are access keys, of which a lake can have hundreds of thousands.
    pub const fn is_key(self) -> bool {
        matches!(self, Self::LoginKey | Self::StepKey | Self::PodKey | Self::PodChainKey | Self::NodeKey)
    }

    /// Whether a name of this kind means something only within an account, as that of a role does.
    pub const fn is_of_account(self) -> bool {
        matches!(
            self,
            Self::Role | Self::Principal | Self::AutoScalingGroup | Self::LaunchTemplate | Self::LoadBalancer
        )
    }
}

/// Which access keys are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Microseconds since 1970; only keys that were handed out from here on, and those of which it is not known when.
    pub from: Option<i64>,
    /// And before this instant.
    pub until: Option<i64>,
}

/// The longest that a key which was handed out can be used: that of a session token.
const LONGEST_SESSION_MICROS: i64 = 37 * 3_600 * 1_000_000;

impl Keys {
    /// The keys with which something can have been done in a time.
    pub fn in_use(since: Option<i64>, until: Option<i64>) -> Self {
        Self { from: since.map(|since| since.saturating_sub(LONGEST_SESSION_MICROS)), until }
    }
}

/// How sure it is that something belongs to a cluster, or that an event concerns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Several clusters fit.
    Ambiguous,
    /// Only this cluster fits, by what usually but not always means it.
    Likely,
    /// The logs show it.
    Certain,
}

impl Confidence {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ambiguous, Self::Likely, Self::Certain].into_iter().find(|confidence| confidence.name() == name)
    }
}

/// The event that shows that something belongs to a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// Microseconds since 1970.
    pub time: Option<i64>,
    pub event_id: String,
    pub source_uri: String,
    pub source_record: Option<i64>,
}

/// Something that belongs to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub cluster: String,
    pub kind: Kind,
    pub value: String,
    /// The AWS account, for names that mean something only there.
    pub account: String,
    pub confidence: Confidence,
    pub proof: Proof,
}

/// What belongs to the clusters of a lake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// All clusters that the logs name, in order.
    pub clusters: BTreeSet<String>,
    /// By kind, value, account and cluster.
    items: BTreeMap<(Kind, String, String, String), (Confidence, Proof)>,
}

impl Inventory {
    /// Notes that something belongs to a cluster. The better confidence stays, then the earlier proof.
    pub fn add(&mut self, item: Item) -> bool {
        if item.value.is_empty() || item.cluster.is_empty() {
            return false;
        }
        let account = if item.kind.is_of_account() { item.account } else { String::new() };
        let key = (item.kind, item.value, account, item.cluster);
        match self.items.entry(key) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert((item.confidence, item.proof));
                true
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let (confidence, proof) = place.get();
                let better =
                    item.confidence > *confidence || (item.confidence == *confidence && earlier(&item.proof, proof));
                if better {
                    place.insert((item.confidence, item.proof));
                }
                false
            }
        }
    }

    /// Everything, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> + '_ {
        self.items.iter().map(|((kind, value, account, cluster), (confidence, proof))| Item {
            cluster: cluster.clone(),
            kind: *kind,
            value: value.clone(),
            account: account.clone(),
            confidence: *confidence,
            proof: proof.clone(),
        })
    }

    /// Everything without its proof: kind, value, account, cluster, confidence.
    pub fn owned(&self) -> impl Iterator<Item = (Kind, &str, &str, &str, Confidence)> {
        let all = self.items.iter();
        all.map(|((kind, value, account, cluster), (confidence, _))| {
            (*kind, value.as_str(), account.as_str(), cluster.as_str(), *confidence)
        })
    }

    /// The clusters a value of a kind belongs to, in any account.
    pub fn owners(&self, kind: Kind, value: &str) -> BTreeSet<&str> {
        let from = (kind, value.to_owned(), String::new(), String::new());
        let own = self.items.range(from..).take_while(|((of, found, ..), _)| *of == kind && found == value);
        own.map(|((.., cluster), _)| cluster.as_str()).collect()
    }

    /// The values of a kind.
    pub fn values(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> {
        let from = (kind, String::new(), String::new(), String::new());
        let own = self.items.range(from..).take_while(move |((of, ..), _)| *of == kind);
        own.map(|((_, value, _, cluster), _)| (value.as_str(), cluster.as_str()))
    }
}

/// A proof without a time is later than any with one.
fn earlier(one: &Proof, other: &Proof) -> bool {
    (one.time.is_none(), one) < (other.time.is_none(), other)
}

/// The table that inventories are kept in.
pub fn table(derived: Derived) -> KeptTable {
    let work_out = |context: SessionContext| {
        async move { Ok(in_memory(vec![store::batch(&gather::gather(&context).await?)?])) }.boxed()
    };
    KeptTable::new(derived, HOLDING, store::schema(), work_out)
}

/// How much is read of a kept inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    /// Only the names of the clusters.
    Clusters,
    /// What belongs to them, without the proofs, and of the access keys only these.
    Things(Keys),
    /// The same of what says something of one cluster: what belongs to it, to whom else that belongs, and every issuer.
    ThingsOf(&'a str, Keys),
    /// Everything.
    All,
}

/// The inventory of a session's lake.
pub async fn of_session(session: &Session, reading: Reading<'_>) -> Result<Inventory> {
    of_table(session.context(), Arc::clone(&session.kept.inventory), reading).await
}

/// The inventory of a table that inventories are kept in.
pub async fn of_table(context: &SessionContext, kept: Arc<KeptTable>, reading: Reading<'_>) -> Result<Inventory> {
    store::read(context, kept, reading).await
}

#[cfg(test)]
mod tests;
