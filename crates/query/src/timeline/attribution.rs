//! Which events of the planes that name no cluster concern one, and why: the rules of `rules.tsv` over the inventory.
//!
//! Responsible for the SQL functions that say so, made for one cluster and one inventory. An answer is
//! `CONFIDENCE|REASON`, or null where an event does not concern the cluster.

use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::inventory::{Confidence, Inventory, Kind, extract};
use crate::timeline::catalogue::only_reads;

mod aws;
mod rules;

pub use rules::BY_SESSION_ONLY;
use rules::{Place, RULES, Rule};

/// Where the inventory of a session finds what a value belongs to.
pub struct Lookup {
    cluster: String,
    clusters: BTreeSet<String>,
    /// What belongs to any cluster, by its value.
    owned: HashMap<String, Vec<Owned>>,
    /// Whether the issuer of the cluster's tokens is known.
    has_issuer: bool,
    /// Whether any value has this many bytes; longer ones are at the last place.
    lengths: [bool; LONGEST],
}

/// Values of this many bytes or more are looked up without a look at their length.
const LONGEST: usize = 256;

struct Owned {
    kind: Kind,
    /// Empty where the value means something everywhere.
    account: String,
    confidence: Confidence,
    cluster: String,
}

/// Why an event concerns the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub confidence: Confidence,
    pub reason: &'static str,
    /// The other clusters that it fits as well.
    pub shared_with: BTreeSet<String>,
}

impl Concern {
    fn text(&self) -> String {
        let shared = if self.shared_with.is_empty() {
            String::new()
        } else {
            let names: Vec<&str> = self.shared_with.iter().map(String::as_str).collect();
            format!(" (shared with {})", names.join(", "))
        };
        format!("{}|{}{shared}", self.confidence.name(), self.reason)
    }
}

impl Lookup {
    pub fn new(cluster: &str, inventory: &Inventory) -> Self {
        let mut owned: HashMap<String, Vec<Owned>> = HashMap::new();
        let mut lengths = [false; LONGEST];
        for item in inventory.items() {
            lengths[item.value.len().min(LONGEST - 1)] = true;
            let entry =
                Owned { kind: item.kind, account: item.account, confidence: item.confidence, cluster: item.cluster };
            owned.entry(item.value).or_default().push(entry);
        }
        let has_issuer = inventory.values(Kind::Issuer).any(|(_, owner)| owner == cluster);
        Self { cluster: cluster.to_owned(), clusters: inventory.clusters.clone(), owned, has_issuer, lengths }
    }

    /// Whether the subject of a token can tell the cluster: its issuer is not named, or is an EKS issuer that no cluster
    /// is known to have, while that of this cluster is not known.
    fn subject_counts(&self, provider: &str) -> bool {
        provider.is_empty()
            || (provider.contains("oidc.eks.")
                && !self.has_issuer
                && self.find(extract::short(Kind::Issuer, provider)).is_empty())
    }

    /// Whether the issuer of a token is that of other clusters only.
    fn is_of_others(&self, provider: &str) -> bool {
        let owners = || {
            let found = self.find(extract::short(Kind::Issuer, provider)).iter();
            found.filter(|entry| entry.kind == Kind::Issuer)
        };
        owners().next().is_some() && owners().all(|entry| entry.cluster != self.cluster)
    }

    fn find(&self, value: &str) -> &[Owned] {
        if !self.lengths[value.len().min(LONGEST - 1)] {
            return &[];
        }
        self.owned.get(value).map_or(&[], Vec::as_slice)
    }

    /// What a value says by one rule.
    fn concern(&self, rule: &Rule, value: &str, account: &str) -> Option<Concern> {
        let mut own = None;
        let mut shared_with = BTreeSet::new();
        for entry in self.find(value).iter().filter(|entry| entry.kind == rule.kind) {
            if !entry.account.is_empty() && !account.is_empty() && entry.account != account {
                continue;
            }
            if entry.cluster == self.cluster {
                own = own.max(Some(entry.confidence));
            } else {
                shared_with.insert(entry.cluster.clone());
            }
        }
        let confidence = own?.min(rule.confidence);
        // What concerns an account concerns every cluster in it, and one session can log in to several: that is no doubt
        // about this one.
        let is_of_account = rule.kind == Kind::Account && rule.confidence == Confidence::Certain;
        let led_to_logins = rule.place == Place::Minted && matches!(rule.kind, Kind::LoginKey | Kind::StepKey);
        if is_of_account || led_to_logins {
            return Some(Concern { confidence, reason: rule.reason, shared_with: BTreeSet::new() });
        }
        let confidence = if shared_with.is_empty() { confidence } else { Confidence::Ambiguous };
        Some(Concern { confidence, reason: rule.reason, shared_with })
    }

    /// The best that any of the rules for a service says of some words.
    fn best(&self, event: &Event<'_>) -> Option<Concern> {
        let mut best: Option<(Concern, usize)> = None;
        let mut take = |index: usize, concern: Option<Concern>| {
            let Some(concern) = concern else { return };
            let better = best.as_ref().is_none_or(|(known, at)| {
                (concern.confidence, std::cmp::Reverse(index)) > (known.confidence, std::cmp::Reverse(*at))
            });
            if better {
                best = Some((concern, index));
            }
        };
        let mut by_name: Vec<(usize, &Rule)> = Vec::new();
        for (index, rule) in RULES.iter().enumerate() {
            if !rule.is_for(event.service, event.action) {
                continue;
            }
            match rule.place {
                Place::Names => by_name.push((index, rule)),
                Place::Key => take(index, self.concern(rule, event.key, event.account)),
                Place::Minted => take(index, self.concern(rule, event.minted, event.account)),
                Place::Session => take(index, self.concern(rule, event.session, event.account)),
                Place::Subject => take(index, self.concern(rule, event.subject, event.account)),
                Place::Home => take(index, self.concern(rule, event.account, event.account)),
                Place::Service if event.is_eks_itself => {
                    take(index, self.concern(rule, &format!("{}/{}", event.account, event.region), event.account));
                }
                Place::Service => {}
            }
        }
        if !by_name.is_empty() {
            for word in event.texts.iter().flat_map(|text| words(text)) {
                if self.find(word).is_empty() {
                    continue;
                }
                for (index, rule) in &by_name {
                    take(*index, self.concern(rule, word, event.account));
                }
            }
        }
        best.map(|(concern, _)| concern)
    }
}

/// What the rules look at.
#[derive(Clone, Debug, Default)]
struct Event<'a> {
    service: &'a str,
    action: &'a str,
    account: &'a str,
    region: &'a str,
    key: &'a str,
    minted: &'a str,
    session: &'a str,
    subject: &'a str,
    is_eks_itself: bool,
    texts: Vec<&'a str>,
}

/// The ids and names that a text can hold, each whole and in its parts: those between colons, and those between
/// slashes.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '_' | '@' | '+' | '=' | '-');
    text.split(move |c: char| !is_of_word(c)).filter(|word| word.len() >= SHORTEST).flat_map(|word| {
        let colons = word.contains(':').then(|| word.split(':')).into_iter().flatten();
        let slashes = word.contains('/').then(|| word.split([':', '/'])).into_iter().flatten();
        std::iter::once(word).chain(colons).chain(slashes).filter(|part| part.len() >= SHORTEST)
    })
}

/// Shorter words are no ids and are not looked up: a role can be named so, and is then known by its ARN only.
const SHORTEST: usize = 3;

/// What the functions are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Aws,
    Flow,
    Finding,
    Rate,
}

/// Name, shape and arguments of each function.
const FUNCTIONS: [(&str, Shape, usize); 4] = [
    ("aws_concern", Shape::Aws, 13),
    ("flow_concern", Shape::Flow, 7),
    ("finding_concern", Shape::Finding, 3),
    ("rate_concern", Shape::Rate, 4),
];

/// The functions for one cluster. Registered anew for each timeline, they replace those of the one before.
pub fn functions(lookup: Arc<Lookup>) -> impl Iterator<Item = ScalarUDF> {
    FUNCTIONS.iter().map(move |(name, shape, arguments)| {
        let signature = Signature::exact(vec![DataType::Utf8View; *arguments], Volatility::Immutable);
        ScalarUDF::new_from_impl(ConcernUdf { name, shape: *shape, signature, lookup: Arc::clone(&lookup) })
    })
}

struct ConcernUdf {
    name: &'static str,
    shape: Shape,
    signature: Signature,
    lookup: Arc<Lookup>,
}

impl std::fmt::Debug for ConcernUdf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ConcernUdf").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for ConcernUdf {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && Arc::ptr_eq(&self.lookup, &other.lookup)
    }
}

impl Eq for ConcernUdf {}

impl Hash for ConcernUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape.hash(state);
    }
}

impl ScalarUDFImpl for ConcernUdf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let mut columns: Vec<StringViewArray> = Vec::with_capacity(arguments.args.len());
        for argument in arguments.args {
            columns.push(cast(&argument.into_array(rows)?, &DataType::Utf8View)?.as_string_view().clone());
        }
        let mut builder = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            let text = |at: usize| {
                let column = columns.get(at).filter(|column| column.is_valid(row));
                column.map_or("", |column| column.value(row))
            };
            builder.append_option(self.concern(&text).map(|concern| concern.text()));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish()) as ArrayRef))
    }
}

impl ConcernUdf {
    fn concern<'a>(&self, text: &impl Fn(usize) -> &'a str) -> Option<Concern> {
        match self.shape {
            Shape::Aws => aws::concern(&self.lookup, &std::array::from_fn(text)),
            Shape::Flow => {
                let texts = (0..7).map(text).filter(|text| !text.is_empty()).collect();
                self.lookup.best(&Event { service: "vpc-flow", texts, ..Event::default() })
            }
            Shape::Finding => {
                let texts = vec![text(0), text(2)];
                self.lookup.best(&Event { service: "guardduty-finding", key: text(1), texts, ..Event::default() })
            }
            Shape::Rate => {
                let home = if text(0) == "eks.amazonaws.com" { text(2) } else { "" };
                let texts = vec![text(1)];
                let event = Event { service: "insight", account: home, region: text(3), texts, ..Event::default() };
                self.lookup.best(&event)
            }
        }
    }
}

/// Whether an action is one of those that a rule names.
fn is_action(patterns: &[&str], action: &str) -> bool {
    patterns.iter().any(|pattern| match *pattern {
        "*" => true,
        "changes" => !only_reads(action),
        pattern => match pattern.strip_suffix('*') {
            Some(start) => action.starts_with(start),
            None => action == pattern,
        },
    })
}

#[cfg(test)]
mod tests;
