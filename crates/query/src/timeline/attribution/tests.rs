//! The rules are whole, and say of an event what the inventory shows.

use super::super::inventory::{Inventory, Item, Proof};
use super::*;

fn inventory(items: &[(&str, Kind, &str, Confidence)]) -> Inventory {
    let mut inventory = Inventory::default();
    for (cluster, kind, value, confidence) in items {
        inventory.clusters.insert((*cluster).to_owned());
        inventory.add(Item {
            cluster: (*cluster).to_owned(),
            kind: *kind,
            value: (*value).to_owned(),
            account: "111122223333".to_owned(),
            confidence: *confidence,
            proof: Proof::default(),
        });
    }
    inventory
}

fn told(items: &[(&str, Kind, &str, Confidence)], event: Event<'_>) -> Option<String> {
    Lookup::new("demo", Arc::new(Things::of(&inventory(items)))).best(&event).map(|concern| concern.text())
}

#[test]
fn every_line_of_the_rules_is_whole() {
    for line in rules::lines() {
        assert!(rules::parse(line).is_some(), "{line}");
        assert!(!line.contains('|'), "{line}");
    }
    let used: BTreeSet<Kind> = rules::RULES.iter().map(|rule| rule.kind).collect();
    assert_eq!(used.len(), Kind::ALL.len(), "a kind that no rule looks for: {used:?}");
}

#[test]
fn what_is_of_one_cluster_is_certain_and_what_is_shared_is_not() {
    let own = ("demo", Kind::Instance, "i-0123456789abcdef0", Confidence::Certain);
    let request = r#"{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0"}]}}"#;
    let event = Event { service: "ec2", action: "StopInstances", texts: vec![request], ..Event::default() };
    assert_eq!(told(&[own], event.clone()).as_deref(), Some("certain|about an instance of the cluster"));
    let shared = ("staging", Kind::Instance, "i-0123456789abcdef0", Confidence::Certain);
    let expected = "ambiguous|about an instance of the cluster (shared with staging)";
    assert_eq!(told(&[own, shared], event.clone()).as_deref(), Some(expected));
    assert_eq!(told(&[shared], event.clone()), None);
    // The same id in a service that has nothing to do with instances says nothing.
    assert_eq!(told(&[own], Event { service: "s3", ..event }), None);
}

#[test]
fn names_mean_something_in_their_account_only() {
    let own = ("demo", Kind::Role, "demo-node", Confidence::Certain);
    let event = |account, request| Event {
        service: "iam",
        action: "PutRolePolicy",
        account,
        texts: vec![request],
        ..Event::default()
    };
    let request = r#"{"roleName":"demo-node"}"#;
    assert_eq!(told(&[own], event("111122223333", request)).as_deref(), Some("certain|about a role of the cluster"));
    assert_eq!(told(&[own], event("444455556666", request)), None);
    assert_eq!(told(&[own], event("111122223333", r#"{"roleName":"demo-node-2"}"#)), None);
    let arn = r#"{"roleArn":"arn:aws:iam::111122223333:role/path/demo-node"}"#;
    assert_eq!(told(&[own], event("111122223333", arn)).as_deref(), Some("certain|about a role of the cluster"));
}

#[test]
fn the_most_confident_reason_counts() {
    let items = [
        ("demo", Kind::Subnet, "subnet-1", Confidence::Certain),
        ("demo", Kind::LaunchTemplate, "lt-1", Confidence::Certain),
        ("demo", Kind::LoginKey, "ASIALOGINEXAMPLE", Confidence::Certain),
    ];
    let texts = vec![r#"{"subnetId":"subnet-1","launchTemplate":{"launchTemplateId":"lt-1"}}"#];
    let event = Event { service: "ec2", action: "RunInstances", key: "ASIALOGINEXAMPLE", texts, ..Event::default() };
    assert_eq!(told(&items, event.clone()).as_deref(), Some("certain|about a launch template of the cluster"));
    let only_subnet = Event { texts: vec![r#"{"subnetId":"subnet-1"}"#], ..event };
    assert_eq!(told(&items, only_subnet).as_deref(), Some("likely|in a subnet of the cluster"));
}

#[test]
fn words_are_found_in_arns_urls_and_names() {
    let all = |text| {
        let mut all = Vec::new();
        each_word(text, |word| all.push(word));
        all
    };
    assert!(all(r#"{"a":"arn:aws:kms:eu-west-1:1:key/0f1e-2d"}"#).contains(&"0f1e-2d"));
    assert!(all("https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF").contains(&"ABCDEF"));
    assert!(all("arn:aws:logs:eu-west-1:1:log-group:/aws/eks/demo/cluster:*").contains(&"/aws/eks/demo/cluster"));
    assert!(all(r#""10.0.11.23""#).contains(&"10.0.11.23"));
    assert!(all("ä\u{0}i-1").contains(&"i-1"));
}
