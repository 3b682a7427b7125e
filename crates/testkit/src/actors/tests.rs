use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::story::framing::inflate;

/// The records of an archive as a reader sees them, by table and id.
fn ids_in(archive: &Archive) -> BTreeSet<(Table, String, String)> {
    let mut ids = BTreeSet::new();
    let mut audit = |message: &str| {
        if !message.starts_with('{') {
            return;
        }
        let event: Value = serde_json::from_str(message).unwrap();
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        ids.insert((Table::KubernetesAudit, text("auditID"), text("stage")));
    };
    let mut trail = BTreeSet::new();
    for object in &archive.objects {
        let text = String::from_utf8(inflate(&object.bytes)).unwrap();
        if object.key.contains("/vpcflowlogs/") {
            continue;
        }
        if object.key.starts_with("AWSLogs/") {
            let document: Value = serde_json::from_str(&text).unwrap();
            for record in document["Records"].as_array().unwrap() {
                let id = record["eventID"].as_str().unwrap().to_owned();
                trail.insert((Table::CloudTrail, id, String::new()));
            }
        } else if object.key.starts_with("exports/") {
            text.lines().for_each(|line| audit(line.split_once(' ').unwrap().1));
        } else {
            for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
                for event in document.unwrap()["logEvents"].as_array().unwrap() {
                    audit(event["message"].as_str().unwrap());
                }
            }
        }
    }
    ids.extend(trail);
    ids
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_seed_others() {
    let settings = Settings { seed: 7, days: 2 };
    let archive = make(&settings);
    assert_eq!(archive, make(&settings));
    assert_ne!(archive.objects, make(&Settings { seed: 8, days: 2 }).objects);
}

#[test]
fn the_truth_tells_of_every_event_of_the_archive_once_and_of_no_other() {
    for seed in 1..4 {
        let archive = make(&Settings { seed, days: 3 });
        let told: Vec<_> =
            archive.truth.events.iter().map(|event| (event.table, event.id.clone(), event.stage.to_owned())).collect();
        let set: BTreeSet<_> = told.iter().cloned().collect();
        assert_eq!(set.len(), told.len());
        assert_eq!(set, ids_in(&archive));
    }
}

#[test]
fn steps_are_proved_by_events_that_are_there() {
    let archive = make(&Settings::default());
    let ids: BTreeSet<&str> = archive.truth.events.iter().map(|event| event.id.as_str()).collect();
    let mut deepest = 0;
    for event in &archive.truth.events {
        deepest = deepest.max(event.who.steps.len());
        for step in &event.who.steps {
            assert!(!step.is_empty() && step.iter().all(|id| ids.contains(id.as_str())), "{event:?}");
        }
    }
    assert!(deepest >= 4, "{deepest}");
}

#[test]
fn every_join_every_proof_and_every_reason_occurs() {
    let archive = make(&Settings::default());
    let events = &archive.truth.events;
    let joins: BTreeSet<Join> = events.iter().map(|event| event.who.join).collect();
    assert_eq!(joins.len(), Join::FalseName as usize + 1, "{joins:?}");
    let kinds: BTreeSet<Kind> = events.iter().map(|event| event.who.kind).collect();
    assert_eq!(kinds.len(), Kind::Unknown as usize + 1, "{kinds:?}");
    let reasons: BTreeSet<Why> = events.iter().flat_map(|event| &event.concerns).map(|concern| concern.why).collect();
    assert_eq!(reasons.len(), Why::LoginMint as usize + 1, "{reasons:?}");
    let mut proofs = BTreeMap::new();
    for event in events {
        let name = format!("{:?}", event.who.proof).split('(').next().unwrap().to_owned();
        *proofs.entry(name).or_insert(0) += 1;
    }
    assert_eq!(proofs.keys().collect::<Vec<_>>(), ["Absent", "Ids", "Misleading", "Names", "Several"]);
    assert_eq!(archive.truth.authenticator_lines.len(), CLUSTERS.len());
    let flows = &archive.truth.flows;
    assert_eq!(flows.iter().map(|flow| flow.cluster).collect::<BTreeSet<_>>().len(), CLUSTERS.len());
    assert_eq!(flows.iter().map(|flow| flow.text.as_str()).collect::<BTreeSet<_>>().len(), flows.len());
    let counts: BTreeSet<usize> = flows.iter().map(|flow| flow.holders.len()).collect();
    assert_eq!(counts, [0, 1, 2].into());
}

#[test]
fn who_may_be_meant_is_among_the_candidates() {
    for event in make(&Settings::default()).truth.events {
        if let Proof::Several(candidates) = &event.who.proof {
            assert!(candidates.contains(&event.who.actor), "{event:?}");
            assert!(candidates.len() > 1);
        }
    }
}

#[test]
fn a_node_is_named_by_its_instance_or_its_name_and_not_by_another() {
    let node = Who {
        also: Some("ip-10-0-11-23.eu-west-1.compute.internal".to_owned()),
        ..Who::new(Kind::Node, "i-0aa", Join::NodeRole)
    };
    for right in
        ["i-0aa", "i-0aa (ip-10-0-11-23.eu-west-1.compute.internal)", "ip-10-0-11-23.eu-west-1.compute.internal"]
    {
        assert!(node.is_named_by(right), "{right}");
    }
    for wrong in
        ["i-0bb", "i-0bb (ip-10-0-11-23.eu-west-1.compute.internal)", "ip-10-0-11-24.eu-west-1.compute.internal", ""]
    {
        assert!(!node.is_named_by(wrong), "{wrong}");
    }
}
