//! Curated queries that stand for a Logs Insights query of others return what that one returns: the filters are written
//! again here, by hand from the Logs Insights text, over the JSON of the events. Queries with an original of our own are
//! in `curated_originals`.

use std::collections::{BTreeMap, BTreeSet};

use eksamine_query::{Session, curated};
use serde_json::{Value, json};

use crate::lakes::{self, TestLake};
use crate::parity::read_archive;
use crate::reading::{Rows, ask};

const WRITES: [&str; 4] = ["create", "update", "patch", "delete"];

/// `responseStatus.code` as text: Logs Insights compares it with texts.
fn code(event: &Value) -> String {
    event["responseStatus"]["code"].as_u64().map_or_else(String::new, |code| code.to_string())
}

fn is_change_of(event: &Value, resource: &str) -> bool {
    event["objectRef"]["resource"] == resource && WRITES.iter().any(|verb| event["verb"] == *verb)
}

/// The filter of a query's Logs Insights text.
fn filter(query: &str) -> Option<fn(&Value) -> bool> {
    Some(match query {
        "changes-to-roles" => |event| is_change_of(event, "roles"),
        "changes-to-rolebindings" => |event| is_change_of(event, "rolebindings"),
        "changes-to-clusterroles" => |event| is_change_of(event, "clusterroles"),
        "changes-to-clusterrolebindings" => |event| is_change_of(event, "clusterrolebindings"),
        "failed-anonymous-requests" => {
            |event| event["user"]["username"] == "system:anonymous" && ["401", "403"].contains(&code(event).as_str())
        }
        "api-server-5xx" => |event| event["responseStatus"]["code"].as_u64().is_some_and(|code| code >= 500),
        "unauthorized-secret-reads-by-minute" => |event| {
            let is_read = ["get", "watch", "list"].iter().any(|verb| event["verb"] == *verb);
            event["objectRef"]["resource"] == "secrets" && is_read && code(event) == "401"
        },
        _ => return None,
    })
}

/// Curated queries whose original others wrote: those list events by their message.
fn with_originals() -> impl Iterator<Item = curated::Query> {
    curated::queries()
        .into_iter()
        .filter(|query| query.insights.as_deref().is_some_and(|original| original.contains("@message")))
}

/// Every combination of what the filters look at, one event each, spread over a day.
pub fn combinations() -> Vec<Value> {
    let verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    let resources = ["roles", "rolebindings", "clusterroles", "clusterrolebindings", "secrets", "pods", ""];
    let codes = [0, 200, 401, 403, 404, 499, 500, 503];
    let users = ["system:anonymous", "alice", "system:anonymous2", ""];
    let mut events = Vec::new();
    for verb in verbs {
        for resource in resources {
            for code in codes {
                for user in users {
                    let number = events.len();
                    let second = number * 61 % 86_400;
                    let time = format!("2024-05-14T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
                    let mut event = json!({
                        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "verb": verb,
                        "auditID": format!("event-{number}"), "stage": "ResponseComplete",
                        "requestURI": "/apis", "requestReceivedTimestamp": time, "stageTimestamp": time,
                        "user": {}, "sourceIPs": ["192.0.2.1"]
                    });
                    if !resource.is_empty() {
                        event["objectRef"] = json!({ "resource": resource, "name": "x" });
                    }
                    if code != 0 {
                        event["responseStatus"] = json!({ "code": code });
                    }
                    if !user.is_empty() {
                        event["user"]["username"] = json!(user);
                    }
                    events.push(event);
                }
            }
        }
    }
    events
}

async fn found(session: &Session, query: &curated::Query) -> Rows {
    let unlimited = [("limit".to_owned(), "1000000".to_owned())];
    Rows::of(curated::run(session, query, &unlimited).await.unwrap()).await
}

/// Compares every query with its filter and tells how many events the filters let through.
async fn compare(session: &Session, events: &[Value]) -> BTreeMap<&'static str, usize> {
    let mut kept = BTreeMap::new();
    for query in with_originals() {
        let filter = filter(query.name).unwrap_or_else(|| panic!("`{}` has no filter here", query.name));
        let expected: Vec<&Value> = events.iter().filter(|event| filter(event)).collect();
        let found = found(session, &query).await;
        if query.name == "unauthorized-secret-reads-by-minute" {
            let mut by_minute: BTreeMap<String, usize> = BTreeMap::new();
            for event in &expected {
                let time = event["requestReceivedTimestamp"].as_str().unwrap();
                *by_minute.entry(format!("{}:00Z", &time[..16])).or_default() += 1;
            }
            let rows = by_minute.into_iter().rev().map(|(minute, count)| vec![Some(minute), Some(count.to_string())]);
            assert_eq!(found.rows, rows.collect::<Vec<_>>(), "{}", query.name);
        } else {
            let id = |event: &&Value| event["auditID"].as_str().unwrap().to_owned();
            let mut ids: Vec<String> = expected.iter().map(id).collect();
            let mut own: Vec<String> = found.column("audit_id").into_iter().flatten().map(str::to_owned).collect();
            ids.sort();
            own.sort();
            assert_eq!(own, ids, "{}", query.name);
        }
        kept.insert(query.name, expected.len());
    }
    kept
}

#[tokio::test]
async fn queries_return_what_their_originals_return_on_every_combination() {
    let events = combinations();
    let text = events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let lake = lakes::of_files(&[("k8s/one/audit.log", text)], &[("one", "k8s/one/")]);
    let kept = compare(&lake.session(), &events).await;
    assert_eq!(kept.len(), 7);
    assert!(kept.values().all(|count| *count > 0 && *count < events.len()), "{kept:?}");
}

#[tokio::test]
async fn queries_return_what_their_originals_return_on_a_generated_archive() {
    let lake = lakes::generated();
    let events: Vec<Value> = read_archive(&lake.archive()).k8s_audit.into_iter().map(|(_, event)| event).collect();
    compare(&lake.session(), &events).await;
}

#[tokio::test]
async fn queries_return_what_their_originals_return_on_the_story() {
    let session = lakes::story().session();
    let raw = ask(&session, "SELECT raw FROM k8s_audit").await;
    let events: Vec<Value> = raw.column("raw").iter().map(|raw| serde_json::from_str(raw.unwrap()).unwrap()).collect();
    compare(&session, &events).await;
}

#[tokio::test]
async fn limits_are_those_of_the_originals_and_cut_the_oldest() {
    let events = combinations();
    let text = events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let lake: TestLake = lakes::of_files(&[("k8s/one/audit.log", text)], &[("one", "k8s/one/")]);
    let session = lake.session();
    for query in with_originals() {
        let limit = query
            .insights
            .as_deref()
            .unwrap()
            .lines()
            .find_map(|line| line.trim_start_matches("| ").strip_prefix("limit "));
        let limit: usize = limit.unwrap().trim().parse().unwrap();
        let all = found(&session, &query).await;
        let cut = Rows::of(curated::run(&session, &query, &[]).await.unwrap()).await;
        assert!(all.rows.len() > limit || query.name == "unauthorized-secret-reads-by-minute", "{}", query.name);
        assert_eq!(cut.rows, all.rows[..limit.min(all.rows.len())], "{}", query.name);
        let times = cut.column(if cut.columns[0] == "minute" { "minute" } else { "event_time" });
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{}", query.name);
    }
}

#[test]
fn every_filter_here_belongs_to_a_query() {
    let with_original: BTreeSet<&str> = with_originals().map(|query| query.name).collect();
    assert!(with_original.iter().all(|name| filter(name).is_some()), "{with_original:?}");
}
