//! Which events of a timeline are wanted, as options and as SQL.

use datafusion::scalar::ScalarValue;

use super::catalogue::Severity;

/// The planes, in the order of their names on the command line.
pub const PLANES: [&str; 5] = ["aws", "kubernetes", "authenticator", "network", "finding"];

/// Which events of a timeline are wanted.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// All clusters and what names none, if none is given.
    pub cluster: Option<String>,
    /// Microseconds since 1970; from this instant on.
    pub since: Option<i64>,
    /// Up to, but not including, this instant.
    pub until: Option<i64>,
    /// A part of the name of the actor or of the identity that the event names, of its ARN, or its access key, in any
    /// case.
    pub actor: Option<String>,
    /// A part of the chain from the actor to the credential, in any case.
    pub chain: Option<String>,
    pub namespace: Option<String>,
    /// A part of the target or the action, in any case.
    pub resource: Option<String>,
    /// An address, or a range of them as CIDR; of flows either end.
    pub address: Option<String>,
    /// At least so severe.
    pub severity: Option<Severity>,
    pub outcome: Option<String>,
    /// All planes, if none is named.
    pub planes: Vec<String>,
    /// All categories, if none is named.
    pub categories: Vec<String>,
    /// Only changes made by hand: by people where these roles normally act. Names of roles and Kubernetes users in
    /// which `*` stands for anything; without one, all changes by people.
    pub by_hand: Option<Vec<String>>,
    /// Only flows of this pod, node or address, or around this event.
    pub flows: Option<String>,
    pub folding: Folding,
    pub details: Details,
    /// Marks what was not seen in this many days before `since`; no marks without it.
    pub first_seen_days: Option<u32>,
}

/// Whether repeated chatter is one row or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Folding {
    /// Every event has its row.
    #[default]
    Unfolded,
    /// What machines repeat is one row a day, with a count.
    Folded,
    /// As [`Folding::Folded`], and right after a row that stands for several events the others of them, in order. A last
    /// column `member` is true for these.
    WithMembers,
}

/// What rows carry beside the columns of a timeline, after them. Chains are not repeated in every row:
/// `timeline::chains` has them by `identity`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Details {
    #[default]
    Absent,
    /// Which version of the object the record lies in, as column `source_sha256`: what [`Records`](super::Records) needs.
    Version,
    /// The record, as column `raw`; of a folded row that of its first event.
    Record,
}

impl Details {
    /// The columns added.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Absent => &[],
            Self::Version => &["source_sha256"],
            Self::Record => &["raw"],
        }
    }
}

impl Cut {
    /// Whether events of a plane are wanted.
    pub(super) fn wants_plane(&self, plane: &str) -> bool {
        self.planes.is_empty() || self.planes.iter().any(|name| name == plane)
    }

    /// The conditions beside cluster, time and plane, and the parameters that they and those take.
    pub(super) fn conditions(&self, parameters: &mut Vec<(String, ScalarValue)>) -> Vec<String> {
        let mut conditions = Vec::new();
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        if let Some(since) = self.since {
            parameters.push(("since".to_owned(), instant(since)));
        }
        if let Some(until) = self.until {
            parameters.push(("until".to_owned(), instant(until)));
        }
        let mut text = |name: &str, value: &Option<String>, condition: &str| {
            if let Some(value) = value {
                parameters.push((name.to_owned(), ScalarValue::from(value.as_str())));
                conditions.push(condition.to_owned());
            }
        };
        let lower = |value: &Option<String>| value.as_ref().map(|value| value.to_lowercase());
        text(
            "actor",
            &lower(&self.actor),
            "strpos(lower(actor), $actor) > 0 OR strpos(lower(named_actor), $actor) > 0 \
             OR strpos(lower(user_arn), $actor) > 0 OR lower(access_key_id) = $actor",
        );
        text("chain", &lower(&self.chain), "strpos(lower(via), $chain) > 0 OR strpos(lower(chain), $chain) > 0");
        text("namespace", &self.namespace, "namespace = $namespace");
        text(
            "resource",
            &lower(&self.resource),
            "strpos(lower(target), $resource) > 0 OR strpos(lower(action), $resource) > 0 \
             OR lower(namespace || '/' || target) = $resource",
        );
        text(
            "address",
            &self.address,
            "address_within(address, $address) = 'yes' \
             OR (plane = 'network' AND address_within(regexp_replace(target, ':[0-9]+$', ''), $address) = 'yes')",
        );
        text("outcome", &self.outcome, "outcome = $outcome");
        let quoted = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
            names.join(", ")
        };
        if let Some(least) = self.severity {
            let names: Vec<String> = Severity::ALL
                .into_iter()
                .filter(|severity| *severity >= least)
                .map(|severity| severity.name().to_owned())
                .collect();
            conditions.push(format!("severity IN ({})", quoted(&names)));
        }
        if !self.categories.is_empty() {
            conditions.push(format!("category IN ({})", quoted(&self.categories)));
        }
        conditions
    }
}
