//! Whose an address was, and when: pods by what their kubelets reported, nodes by the names they log in under, instances
//! and interfaces by what EC2 answered.
//!
//! Addresses are used again, and two networks can have the same. So each is somebody's for a time only, a cluster's own
//! are asked for, and where several fit all of them are named.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::super::inventory::{Inventory, Kind as Thing};

/// How far the clocks of two logs may differ, and how late an address may be reported.
const MARGIN_MICROS: i64 = 60 * 1_000_000;

/// What has an address. The order is that in which they are asked: an address of a node is no pod's at that time, and the
/// interface of a pod's address is its node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    Node,
    Pod,
    Instance,
    Interface,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Pod => "pod",
            Self::Instance => "instance",
            Self::Interface => "interface",
        }
    }
}

/// That something had an address for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenure {
    pub address: String,
    pub kind: Kind,
    /// For pods and nodes.
    pub cluster: Option<String>,
    /// The id of an instance or interface, `NAMESPACE/NAME` of a pod, the name of a node.
    pub id: String,
    /// What it is called besides: the instance of a node, the name of an instance, the description of an interface.
    pub also: Option<String>,
    /// Microseconds since 1970; none where no log tells.
    pub from: Option<i64>,
    pub until: Option<i64>,
}

impl Tenure {
    /// The name as it stands in a timeline; nodes as where they act themselves.
    fn label(&self) -> String {
        match (self.kind, &self.also) {
            (Kind::Node, Some(instance)) => format!("{instance} ({})", self.id),
            (Kind::Pod, _) => format!("pod {}", self.id),
            (Kind::Instance, Some(name)) => format!("{} ({name})", self.id),
            (Kind::Node | Kind::Instance, None) => self.id.clone(),
            (Kind::Interface, Some(description)) => format!("interface {} ({description})", self.id),
            (Kind::Interface, None) => format!("interface {}", self.id),
        }
    }

    /// With its cluster and its time.
    pub fn told(&self) -> String {
        let instant = |micros: i64| {
            let time = chrono::DateTime::from_timestamp_micros(micros);
            time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default()
        };
        let mut text = self.label();
        for (word, what) in
            [(" of ", self.cluster.clone()), (", from ", self.from.map(instant)), (" until ", self.until.map(instant))]
        {
            if let Some(what) = what {
                text += word;
                text += &what;
            }
        }
        text
    }

    fn is_within(&self, from: i64, until: i64) -> bool {
        self.from.is_none_or(|begin| begin <= from) && self.until.is_none_or(|end| end >= until)
    }

    fn is_near(&self, from: i64, until: i64) -> bool {
        self.from.is_none_or(|begin| begin.saturating_sub(MARGIN_MICROS) <= until)
            && self.until.is_none_or(|end| end.saturating_add(MARGIN_MICROS) >= from)
    }
}

/// Who had an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// One name, or `one of` several.
    pub name: String,
    pub kind: &'static str,
}

/// The tenures of a lake that matter to one cluster, by address.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    by_address: HashMap<String, Vec<Tenure>>,
}

impl Holders {
    /// Pods and nodes of the cluster, and instances and interfaces that the inventory knows as its own.
    pub fn of_cluster(all: Vec<Tenure>, cluster: &str, inventory: &Inventory) -> Self {
        let mut holders = Self::default();
        for mut tenure in all {
            let owned = |kind| inventory.owners(kind, &tenure.id).contains(cluster);
            let is_own = match tenure.kind {
                Kind::Node | Kind::Pod => tenure.cluster.as_deref() == Some(cluster),
                Kind::Instance => owned(Thing::Instance),
                Kind::Interface => owned(Thing::Interface),
            };
            if !is_own {
                continue;
            }
            // An instance of the cluster is called as the node it is.
            if let (Kind::Instance, Some(name)) = (tenure.kind, tenure.also.clone()) {
                let instance = std::mem::replace(&mut tenure.id, name);
                tenure = Tenure { kind: Kind::Node, also: Some(instance), ..tenure };
            }
            holders.by_address.entry(tenure.address.clone()).or_default().push(tenure);
        }
        for own in holders.by_address.values_mut() {
            own.sort_by(|a, b| (a.kind, a.from, &a.id, &a.also).cmp(&(b.kind, b.from, &b.id, &b.also)));
            // In the networks of a cluster an address is of one machine at a time: the next one ends the one before.
            for at in 0..own.len() {
                let Some((one, later)) = own.get(at..).and_then(<[Tenure]>::split_first) else { continue };
                if one.until.is_some() || one.kind == Kind::Pod {
                    continue;
                }
                let is_next = |next: &&Tenure| next.kind == one.kind && next.also != one.also && next.also.is_some();
                let end = later.iter().find(is_next).and_then(|next| next.from);
                if let Some(one) = own.get_mut(at) {
                    one.until = end;
                }
            }
        }
        holders
    }

    /// Who had an address from one time to another; none where no log tells.
    pub fn at(&self, address: &str, from: i64, until: i64) -> Option<Held> {
        let all = self.by_address.get(address)?;
        let until = until.max(from);
        let mut fitting: Vec<&Tenure> = all.iter().filter(|one| one.is_within(from, until)).collect();
        if fitting.is_empty() {
            fitting = all.iter().filter(|one| one.is_near(from, until)).collect();
        }
        let kind = fitting.iter().map(|one| one.kind).min()?;
        fitting.retain(|one| one.kind == kind);
        // Where the log does not say which instance a kubelet is of, EC2 may have.
        let told: BTreeSet<&str> = fitting.iter().filter(|one| one.also.is_some()).map(|one| one.id.as_str()).collect();
        fitting.retain(|one| kind != Kind::Node || one.also.is_some() || !told.contains(one.id.as_str()));
        let names: BTreeSet<String> = fitting.iter().map(|one| one.label()).collect();
        let name = match names.len() {
            1 => names.into_iter().next()?,
            _ => format!("one of {}", names.into_iter().collect::<Vec<_>>().join(", ")),
        };
        Some(Held { name, kind: kind.name() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * 1_000_000;

    fn tenure(kind: Kind, id: &str, also: Option<&str>, minutes: (i64, Option<i64>)) -> Tenure {
        Tenure {
            address: "10.0.11.87".to_owned(),
            kind,
            cluster: Some("demo".to_owned()),
            id: id.to_owned(),
            also: also.map(str::to_owned),
            from: Some(minutes.0 * MINUTE),
            until: minutes.1.map(|until| until * MINUTE),
        }
    }

    fn named(all: &[Tenure], from: i64, until: i64) -> Option<String> {
        let holders = Holders::of_cluster(all.to_vec(), "demo", &Inventory::default());
        holders.at("10.0.11.87", from * MINUTE, until * MINUTE).map(|held| held.name)
    }

    #[test]
    fn an_address_is_the_pods_that_had_it_then() {
        let pods =
            [tenure(Kind::Pod, "shop/web-0", None, (10, Some(20))), tenure(Kind::Pod, "shop/web-1", None, (21, None))];
        assert_eq!(named(&pods, 5, 6), None);
        assert_eq!(named(&pods, 12, 13).as_deref(), Some("pod shop/web-0"));
        assert_eq!(named(&pods, 19, 22).as_deref(), Some("one of pod shop/web-0, pod shop/web-1"));
        assert_eq!(named(&pods, 22, 90).as_deref(), Some("pod shop/web-1"));
    }

    #[test]
    fn a_pod_of_another_cluster_with_the_same_address_is_none_of_this_one() {
        let other = Tenure { cluster: Some("other".to_owned()), ..tenure(Kind::Pod, "shop/web-0", None, (10, None)) };
        assert_eq!(named(&[other], 12, 13), None);
    }

    #[test]
    fn a_node_is_called_by_its_instance_where_one_of_the_logs_tells_it() {
        let name = "ip-10-0-11-87.eu-west-1.compute.internal";
        let plain = tenure(Kind::Node, name, None, (10, Some(90)));
        let told = tenure(Kind::Node, name, Some("i-0abc1234def567890"), (8, None));
        let both = format!("i-0abc1234def567890 ({name})");
        assert_eq!(named(std::slice::from_ref(&plain), 12, 13).as_deref(), Some(name));
        assert_eq!(named(&[plain, told.clone()], 12, 13).as_deref(), Some(both.as_str()));
        let pod = tenure(Kind::Pod, "kube-system/proxy", None, (10, None));
        assert_eq!(named(&[pod, told], 12, 13).as_deref(), Some(both.as_str()), "it is in the host's network");
    }
}
