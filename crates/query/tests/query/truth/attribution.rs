//! Which cluster it concerns: the timeline of every cluster, held against what the generator says of each event.
//! Demanded: what concerns a cluster is there, and nothing is there with a certain reason that does not concern it.

use std::collections::{BTreeMap, HashMap};

use eksamine_query::Session;
use eksamine_query::timeline::{Cut, timeline};
use eksamine_testkit::actors::{CLUSTERS, Demand, KnownEvent, Table};

use super::figures::{Figures, share};
use super::{SHOWN, assert_told, lakes, seeds};
use crate::reading::Rows;

/// Archives whose timelines are asked for, unless more are wanted: a timeline takes its time in a build for tests.
const ASKED: usize = 1;

/// Why a timeline says an event is there, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    /// Without the names of clusters that share the thing.
    text: String,
    confidence: String,
}

/// What a cluster's timeline holds.
#[derive(Debug, Default)]
struct Listed {
    /// Events that the truth knows by id and stage.
    events: HashMap<(String, String), Reason>,
    authenticator_lines: usize,
    flows: usize,
}

async fn listed(session: &Session, cluster: &str) -> Listed {
    let cut = Cut { cluster: Some(cluster.to_owned()), ..Cut::default() };
    let rows = Rows::of(timeline(session, &cut).await.unwrap()).await;
    let mut listed = Listed::default();
    let wanted = rows.only(&["plane", "event_id", "stage", "reason", "reason_confidence"]);
    for row in wanted.rows {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let [plane, id, stage, reason, confidence] = std::array::from_fn(|_| cells.next().unwrap());
        let text = reason.split(" (shared with ").next().unwrap_or_default().to_owned();
        match plane.as_str() {
            "aws" | "kubernetes" => {
                let earlier = listed.events.insert((id.clone(), stage), Reason { text, confidence });
                assert_eq!(earlier, None, "{id} is there twice");
            }
            "authenticator" => listed.authenticator_lines += 1,
            // Pods of several clusters have the same addresses.
            "network" if confidence != "ambiguous" => listed.flows += 1,
            _ => {}
        }
    }
    listed
}

#[tokio::test]
async fn a_timeline_holds_what_concerns_its_cluster_and_nothing_else() {
    let mut figures = Figures::new("why it concerns a cluster", &["events", "found"]);
    let mut given = Figures::new("reason given, and confidence", &["events", "not of this cluster"]);
    let mut missing: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut foreign: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let asked = if seeds() > SHOWN { usize::MAX } else { ASKED };
    for (seed, known) in lakes().take(asked) {
        let is_shown = seed <= ASKED as u64;
        let session = known.lake.session();
        for cluster in CLUSTERS {
            let listed = listed(&session, cluster).await;
            assert_eq!(listed.authenticator_lines, known.truth.authenticator_lines[cluster], "lines of {cluster}");
            let flows = known.truth.flows.iter().filter(|flow| flow.cluster == cluster).count();
            assert_eq!(listed.flows, flows, "flows of {cluster}");
            for event in &known.truth.events {
                let reason = listed.events.get(&(event.id.clone(), event.stage.to_owned()));
                let own = event.concerns.iter().filter(|concern| concern.cluster == cluster);
                for concern in own.filter(|concern| concern.demand == Demand::Must) {
                    let row = (concern.why as usize, concern.why.name().to_owned());
                    if is_shown {
                        figures.count(&row, "events");
                        if reason.is_some() {
                            figures.count(&row, "found");
                        }
                    }
                    if reason.is_none() {
                        let told = format!("seed {seed}, {cluster}: {event:#?}");
                        missing.entry(concern.why.name()).or_insert((0, told)).0 += 1;
                    }
                }
                let Some(reason) = reason else { continue };
                let is_own = event.concerns.iter().any(|concern| concern.cluster == cluster);
                if is_shown {
                    let row = (0, format!("{}: {}", reason.confidence, reason.text));
                    given.count(&row, "events");
                    if !is_own {
                        given.count(&row, "not of this cluster");
                    }
                }
                if !is_own && reason.confidence == "certain" {
                    let told = format!("seed {seed}, {cluster}: {}", brief(event));
                    foreign.entry(reason.text.clone()).or_insert((0, told)).0 += 1;
                }
            }
        }
    }
    let shown = format!(
        "{}\n{}",
        figures.table(&[("recall", &|of| share(of("found"), of("events")))]),
        given.table(&[("precision", &|of| share(of("events") - of("not of this cluster"), of("events")))]),
    );
    let faults = format!("missing: {missing:#?}\nforeign: {foreign:#?}").replace("\\n", "\n").replace("\\\"", "\"");
    assert!(missing.is_empty() && foreign.is_empty(), "{shown}\n{faults}");
    assert_told("attribution", &shown);
}

fn brief(event: &KnownEvent) -> String {
    let table = if event.table == Table::CloudTrail { "cloudtrail" } else { "k8s_audit" };
    format!("{table} {} {} by {}: {:?}", event.id, event.action, event.who.actor, event.concerns)
}
