//! Which events of the planes that name no cluster concern one, and why: the rules of `rules.tsv` over the inventory.
//!
//! Responsible for the SQL functions that say so, made for one cluster and one inventory. An answer is
//! `CONFIDENCE|REASON`, or null where an event does not concern the cluster.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::inventory::{Confidence, Kind, extract};
use crate::timeline::catalogue::only_reads;

mod aws;
mod rules;
mod things;

pub use aws::clusters_of;
pub use rules::TABLE as RULES;
use rules::{Place, Rule};
use things::Owned;
pub use things::Things;

/// Says of events whether they concern one cluster.
pub struct Lookup {
    cluster: String,
    things: Arc<Things>,
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
    pub fn new(cluster: &str, things: Arc<Things>) -> Self {
        Self { cluster: cluster.to_owned(), things }
    }

    /// Whether the subject of a token can tell the cluster: its issuer is not named, or is an EKS issuer that no cluster
    /// is known to have, while that of this cluster is not known.
    fn subject_counts(&self, provider: &str) -> bool {
        provider.is_empty()
            || (provider.contains("oidc.eks.")
                && !self.things.has_issuer(&self.cluster)
                && self.things.find(extract::short(Kind::Issuer, provider)).is_empty())
    }

    /// Whether the issuer of a token is that of other clusters only.
    fn is_of_others(&self, provider: &str) -> bool {
        let owners = || {
            let found = self.things.find(extract::short(Kind::Issuer, provider)).iter();
            found.filter(|entry| entry.kind == Kind::Issuer)
        };
        owners().next().is_some() && owners().all(|entry| *entry.cluster != *self.cluster)
    }

    /// What a value says by one rule.
    fn concern(&self, rule: &Rule, found: &[Owned], account: &str) -> Option<Concern> {
        let mut own = None;
        let mut shared_with = BTreeSet::new();
        for entry in found.iter().filter(|entry| entry.kind == rule.kind) {
            if !entry.account.is_empty() && !account.is_empty() && *entry.account != *account {
                continue;
            }
            if *entry.cluster == *self.cluster {
                own = own.max(Some(entry.confidence));
            } else {
                shared_with.insert(entry.cluster.to_string());
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
        let find = |value| self.things.find(value);
        let [key, minted, session] = [event.key, event.minted, event.session].map(find);
        let [subject, home] = [event.subject, event.account].map(find);
        let region = if event.is_eks_itself { format!("{}/{}", event.account, event.region) } else { String::new() };
        let mut looks_at_names = false;
        let rules = rules::of_service(event.service);
        for (index, rule) in rules {
            let found = match rule.place {
                Place::Names => {
                    looks_at_names = true;
                    continue;
                }
                Place::Key => key,
                Place::Minted => minted,
                Place::Session => session,
                Place::Subject => subject,
                Place::Home => home,
                Place::Service if event.is_eks_itself => find(&region),
                Place::Service => continue,
            };
            if !found.is_empty() && rule.is_for_action(event.action) {
                take(*index, self.concern(rule, found, event.account));
            }
        }
        if looks_at_names {
            let mut look = |word: &str| {
                let found = self.things.find(word);
                if found.is_empty() {
                    return;
                }
                for (index, rule) in rules.iter().filter(|(_, rule)| rule.place == Place::Names) {
                    if rule.is_for_action(event.action) {
                        take(*index, self.concern(rule, found, event.account));
                    }
                }
            };
            event.texts.iter().for_each(|text| each_word(text, &mut look));
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

/// What a byte is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Plain,
    Colon,
    Slash,
}

const PARTS: [Part; 256] = {
    let mut parts = [Part::None; 256];
    let mut byte = 0;
    while byte < 128 {
        parts[byte] = match byte as u8 {
            b':' => Part::Colon,
            b'/' => Part::Slash,
            b'.' | b'_' | b'@' | b'+' | b'=' | b'-' => Part::Plain,
            other if other.is_ascii_alphanumeric() => Part::Plain,
            _ => Part::None,
        };
        byte += 1;
    }
    parts
};

/// Hands on the ids and names that a text can hold, each whole and in its parts: those between colons, and those between
/// slashes.
pub fn each_word<'a>(text: &'a str, mut take: impl FnMut(&'a str)) {
    // Words begin and end beside bytes of their own, so these are boundaries of characters.
    let mut hand_on = |from: usize, to: usize| {
        if to - from >= SHORTEST {
            take(text.get(from..to).unwrap_or_default());
        }
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (from, mut colons, mut slashes) = (at, 0, 0);
        while let Some(part) = bytes.get(at).map(|byte| PARTS[usize::from(*byte)])
            && part != Part::None
        {
            colons += usize::from(part == Part::Colon);
            slashes += usize::from(part == Part::Slash);
            at += 1;
        }
        if at - from >= SHORTEST {
            hand_on(from, at);
            if colons > 0 {
                each_part(bytes, from, at, |part| part == Part::Colon, &mut hand_on);
            }
            if slashes > 0 {
                each_part(bytes, from, at, |part| part != Part::Plain, &mut hand_on);
            }
        }
        at += 1;
    }
}

/// The stretches of a word between the bytes that divide it.
fn each_part(
    bytes: &[u8],
    from: usize,
    to: usize,
    divides: impl Fn(Part) -> bool,
    hand_on: &mut impl FnMut(usize, usize),
) {
    let mut start = from;
    for at in from..to {
        if bytes.get(at).is_some_and(|byte| divides(PARTS[usize::from(*byte)])) {
            hand_on(start, at);
            start = at + 1;
        }
    }
    hand_on(start, to);
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
        // Calls are asked about once: what is volatile is not asked as a condition of reading and then again as a column.
        let volatility = if *shape == Shape::Aws { Volatility::Volatile } else { Volatility::Immutable };
        let signature = Signature::exact(vec![DataType::Utf8View; *arguments], volatility);
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
