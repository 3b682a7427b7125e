//! What actions mean: severity, category, ATT&CK technique and words, from `queries/actions.tsv`, and what makes one
//! worse, from `queries/severity.tsv`. Not responsible for the grammar of summaries (`udf/phrase.rs`).

use std::collections::HashMap;
use std::sync::LazyLock;

mod condition;

use condition::Condition;

const ACTIONS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries/actions.tsv"));
const SEVERITIES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries/severity.tsv"));

/// How much an event should worry, in the names of OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// From the least to the worst.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// What an event is about. The list is closed: filters and reports rely on it.
pub const CATEGORIES: [&str; 15] = [
    "cluster",
    "nodes",
    "identity",
    "login",
    "secrets",
    "workload",
    "execution",
    "network",
    "data",
    "logging",
    "images",
    "discovery",
    "routine",
    "finding",
    "other",
];

/// A line of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub severity: Severity,
    pub category: &'static str,
    /// MITRE ATT&CK technique: `T1552.007`.
    pub technique: Option<&'static str>,
    /// Verb first, in its base form, with `{target}` for what was acted on.
    pub phrase: &'static str,
}

/// What is known of an event beside its action. Empty texts stand for what it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Parameters or body of the request, as JSON.
    pub request: &'a str,
    pub namespace: &'a str,
    /// Name of the Kubernetes object.
    pub name: &'a str,
    /// Kubernetes user.
    pub user: &'a str,
    pub outcome: &'a str,
}

/// What the catalogue says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub severity: Severity,
    /// What made it worse than usual, in a few words.
    pub note: Option<&'static str>,
}

/// A line of `severity.tsv`.
struct Rise {
    condition: Condition,
    severity: Severity,
    note: Option<&'static str>,
}

static CATALOGUE: LazyLock<HashMap<(&str, &str), Action>> = LazyLock::new(|| {
    let action = |line: &'static str| {
        let mut fields = line.split('\t');
        let key = (fields.next()?, fields.next()?);
        let severity = Severity::from_name(fields.next()?)?;
        let (category, technique, phrase) = (fields.next()?, fields.next()?, fields.next()?);
        Some((key, Action { severity, category, technique: Some(technique).filter(|id| *id != "-"), phrase }))
    };
    lines(ACTIONS).filter_map(action).collect()
});

static RISES: LazyLock<HashMap<(&str, &str), Vec<Rise>>> = LazyLock::new(|| {
    let mut rises: HashMap<(&str, &str), Vec<Rise>> = HashMap::new();
    for line in lines(SEVERITIES) {
        let fields: Vec<&'static str> = line.split('\t').collect();
        let [subjects, actions, condition, severity, note] = fields[..] else { continue };
        let (Some(_), Some(severity)) = (Condition::parse(condition), Severity::from_name(severity)) else { continue };
        for subject in subjects.split(',') {
            for action in actions.split(',') {
                let Some(condition) = Condition::parse(condition) else { continue };
                let note = Some(note).filter(|note| *note != "-");
                rises.entry((subject, action)).or_default().push(Rise { condition, severity, note });
            }
        }
    }
    rises
});

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The line of an action: AWS service and event name, or Kubernetes verb and resource.
pub fn find(subject: &str, action: &str) -> Option<Action> {
    CATALOGUE.get(&(subject, action)).copied()
}

/// How severe an event is. `usual` is what it is without a line in the catalogue.
pub fn judge(subject: &str, action: &str, usual: Severity, facts: &Facts<'_>) -> Judgement {
    let line = find(subject, action);
    let base = line.map_or(usual, |action| action.severity);
    let floor = if facts.outcome == "denied" { Severity::Low } else { Severity::Informational };
    let mut judgement = Judgement { severity: base.max(floor), note: None };
    let own = RISES.get(&(subject, action));
    let every = RISES.get(&("*", "*")).filter(|_| line.is_none_or(|action| action.category != "routine"));
    if own.is_none() && every.is_none() {
        return judgement;
    }
    let mut request = condition::Request::new(facts.request);
    let mut best = None;
    for rise in own.into_iter().chain(every).flatten() {
        let worse = best.is_none_or(|best| rise.severity > best);
        if worse && rise.condition.holds(facts, &mut request) {
            best = Some(rise.severity);
            judgement = Judgement { severity: judgement.severity.max(rise.severity), note: rise.note };
        }
    }
    judgement
}

/// Whether an AWS action only reads, by its name: CloudTrail's own mark is missing in some records.
pub fn only_reads(event_name: &str) -> bool {
    const READING: [&str; 14] = [
        "Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search", "Query", "Scan", "Check", "Validate",
        "Estimate", "View", "Simulate",
    ];
    READING.iter().any(|start| event_name.starts_with(start))
}

/// Whose Kubernetes requests are the machinery of the cluster itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machinery {
    /// Runs where only AWS can reach it: whatever it does is ordinary.
    ControlPlane,
    /// Has its credentials on nodes, so that what is not its trade is judged as anybody's.
    Nodes,
}

/// Users that are machinery; a name that ends in `*` stands for all that begin so.
const MACHINERY: [(&str, Machinery); 15] = [
    ("system:apiserver", Machinery::ControlPlane),
    ("system:kube-controller-manager", Machinery::ControlPlane),
    ("system:kube-scheduler", Machinery::ControlPlane),
    ("system:cloud-controller-manager", Machinery::ControlPlane),
    ("eks:*", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:generic-garbage-collector", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:namespace-controller", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:resourcequota-controller", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:clusterrole-aggregation-controller", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:root-ca-cert-publisher", Machinery::ControlPlane),
    ("system:serviceaccount:kube-system:service-account-controller", Machinery::ControlPlane),
    ("system:node:*", Machinery::Nodes),
    ("system:serviceaccount:kube-system:*", Machinery::Nodes),
    ("system:kube-proxy", Machinery::Nodes),
    ("system:serviceaccount:amazon-guardduty:*", Machinery::Nodes),
];

/// Whether a Kubernetes user is machinery.
pub fn machinery(user: &str) -> Option<Machinery> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => user.starts_with(start),
        None => user == pattern,
    };
    MACHINERY.iter().find(|(pattern, _)| fits(pattern)).map(|(_, machinery)| *machinery)
}

/// Verbs that change nothing.
pub fn is_reading_verb(verb: &str) -> bool {
    matches!(verb, "get" | "list" | "watch" | "head")
}

/// How severe a Kubernetes request is. What the machinery of the cluster does in its trade is informational.
pub fn judge_kubernetes(verb: &str, resource: &str, facts: &Facts<'_>) -> Judgement {
    let usual = if is_reading_verb(verb) { Severity::Informational } else { Severity::Low };
    let ordinary = Judgement { severity: Severity::Informational, note: None };
    let refused = facts.outcome == "denied";
    match machinery(facts.user) {
        Some(Machinery::ControlPlane) if !refused => ordinary,
        Some(Machinery::Nodes) if !refused && is_trade_of_nodes(verb, resource) => ordinary,
        _ => judge(verb, resource, usual, facts),
    }
}

/// What kubelets and the controllers in `kube-system` do all day.
fn is_trade_of_nodes(verb: &str, resource: &str) -> bool {
    if matches!(resource, "serviceaccounts/token" | "secrets") {
        return verb != "delete" && verb != "deletecollection" && (resource != "secrets" || is_reading_verb(verb));
    }
    if resource == "certificatesigningrequests" {
        return verb == "create" || is_reading_verb(verb);
    }
    let category = find(verb, resource).map_or("other", |action| action.category);
    matches!(category, "routine" | "network" | "discovery" | "nodes" | "other") || resource == "pods"
}

#[cfg(test)]
mod tests;
