//! Who had the address a flow came from, as the timeline of each cluster names it.

use std::collections::HashMap;

use eksamine_query::timeline::{Cut, Details, timeline};
use eksamine_testkit::actors::{CLUSTERS, KnownFlow};

use super::figures::Figures;
use super::{SHOWN, assert_told, lakes};
use crate::reading::Rows;

/// What a flow is by who can have had its address.
fn row(flow: &KnownFlow) -> (usize, String) {
    let count = flow.holders.len().min(2);
    let node = flow.holders.first().is_some_and(|holder| holder.name.starts_with("i-"));
    let name = match (count, node) {
        (0, _) => "nobody that a log tells of",
        (1, true) => "a node",
        (1, false) => "a pod",
        _ => "one of two pods",
    };
    (3 - count + usize::from(node), name.to_owned())
}

/// Which column of the figures an answer belongs to.
fn verdict(flow: &KnownFlow, actor: &str) -> &'static str {
    let names = |actor: &str, at: usize| {
        flow.holders.get(at).is_some_and(|holder| actor.contains(&holder.name) || actor.contains(&holder.also))
    };
    let all = (0..flow.holders.len()).all(|at| names(actor, at));
    match (flow.holders.len(), actor) {
        (0, "") => "named, or left open, rightly",
        (_, "") => "not named",
        (1, actor) if all && !actor.starts_with("one of ") => "named, or left open, rightly",
        (2.., actor) if all && actor.starts_with("one of ") => "named, or left open, rightly",
        _ => "wrong",
    }
}

#[tokio::test]
async fn a_flow_is_named_after_whoever_had_its_address_then() {
    let mut figures =
        Figures::new("the address was that of", &["flows", "named, or left open, rightly", "not named", "wrong"]);
    for (seed, known) in lakes() {
        let session = known.lake.session();
        for cluster in CLUSTERS {
            let planes = vec!["network".to_owned()];
            let cut = Cut { cluster: Some(cluster.to_owned()), details: Details::Record, planes, ..Cut::default() };
            let rows = Rows::of(timeline(&session, &cut).await.unwrap()).await;
            let said: HashMap<String, String> = rows
                .only(&["raw", "actor"])
                .rows
                .into_iter()
                .map(|row| {
                    let mut cells = row.into_iter().map(Option::unwrap_or_default);
                    (cells.next().unwrap(), cells.next().unwrap())
                })
                .collect();
            for other in known.truth.flows.iter().filter(|flow| flow.cluster != cluster) {
                let actor = said.get(&other.text).map_or("", String::as_str);
                assert_eq!(actor, "", "seed {seed}, {cluster}: a flow of {other:#?}");
            }
            for flow in known.truth.flows.iter().filter(|flow| flow.cluster == cluster) {
                let actor = &said[&flow.text];
                let verdict = verdict(flow, actor);
                assert!(verdict.ends_with("rightly"), "seed {seed}, {cluster}: {actor:?} for {flow:#?}");
                if seed <= SHOWN {
                    figures.count(&row(flow), "flows");
                    figures.count(&row(flow), verdict);
                }
            }
        }
    }
    assert_told("flows", &figures.table(&[]));
}
