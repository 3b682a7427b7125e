//! The table of rules, from `rules.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::inventory::{Confidence, Kind};

pub const TABLE: &str = include_str!("../rules.tsv");

/// What of an event a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Names,
    Key,
    Minted,
    Session,
    Subject,
    Home,
    Service,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub place: Place,
    pub services: Vec<&'static str>,
    pub actions: Vec<&'static str>,
    pub kind: Kind,
    pub confidence: Confidence,
    pub reason: &'static str,
}

pub static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| lines().filter_map(parse).collect());

/// The rules for the services that any names, each with its place in the table; under no name those for all others.
static BY_SERVICE: LazyLock<HashMap<&'static str, Vec<(usize, &'static Rule)>>> = LazyLock::new(|| {
    let named = RULES.iter().flat_map(|rule| rule.services.iter().copied());
    let rules_for = |service: &str| RULES.iter().enumerate().filter(|(_, rule)| rule.is_for_service(service)).collect();
    named.chain([""]).map(|service| (service, rules_for(service))).collect()
});

/// The rules for a service, each with its place in the table.
pub fn of_service(service: &str) -> &'static [(usize, &'static Rule)] {
    BY_SERVICE.get(service).or_else(|| BY_SERVICE.get("")).map_or(&[], Vec::as_slice)
}

/// Names of tables that have rules beside those for AWS services.
const TABLES: [&str; 3] = ["vpc-flow", "guardduty-finding", "insight"];

impl Rule {
    pub fn is_for_service(&self, service: &str) -> bool {
        let everywhere = self.services == ["*"] && !TABLES.contains(&service);
        everywhere || self.services.contains(&service)
    }

    pub fn is_for_action(&self, action: &str) -> bool {
        super::is_action(&self.actions, action)
    }
}

/// Services whose calls are many and name no cluster: of these only who made the call is looked at.
pub const BY_SESSION_ONLY: [&str; 5] = ["s3", "dynamodb", "sqs", "monitoring", "xray"];

pub fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

pub fn parse(line: &'static str) -> Option<Rule> {
    let fields: Vec<&'static str> = line.split('\t').collect();
    let [place, services, actions, kind, confidence, reason] = fields[..] else { return None };
    let place = match place {
        "names" => Place::Names,
        "key" => Place::Key,
        "minted" => Place::Minted,
        "session" => Place::Session,
        "subject" => Place::Subject,
        "home" => Place::Home,
        "service" => Place::Service,
        _ => return None,
    };
    Some(Rule {
        place,
        services: services.split(',').collect(),
        actions: actions.split(',').collect(),
        kind: Kind::from_name(kind)?,
        confidence: Confidence::from_name(confidence)?,
        reason: Some(reason).filter(|reason| !reason.is_empty())?,
    })
}
