//! Values that an attacker, or an odd naming scheme, puts into logs and questions: they pass as values, and find their
//! own rows and no others.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::scalar::ScalarValue;
use eksamine_query::timeline::{Cut, clusters, timeline};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::lakes::{self, TestLake};
use crate::reading::{Rows, ask, attempt};

const ODD: [&str; 24] = [
    "../x",
    "../../../../etc/passwd",
    "..",
    "a'b",
    "a''b",
    "a\"b",
    "a\\b",
    "ü",
    "日本語",
    "%2F",
    "%",
    "_",
    "a%b",
    "a_b",
    "a/b",
    "a b",
    " ",
    "two\nlines",
    "\u{1b}[31mred",
    "'; DROP TABLE k8s_audit; --",
    "' OR '1'='1",
    "$cluster",
    "__HIVE_DEFAULT_PARTITION__",
    "NULL",
];

/// Random texts, the same on every run.
fn random_texts(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy = proptest::string::string_regex("(?s:.){1,40}").unwrap();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn names(random: usize) -> BTreeSet<String> {
    let long = [300, 250, 120].map(|length| "x".repeat(length));
    ODD.iter().map(|name| (*name).to_owned()).chain(long).chain(random_texts(random)).collect()
}

/// A lake in which every name is a cluster, with one event by a user of that name in a namespace of that name.
fn lake_of(names: &BTreeSet<String>) -> TestLake {
    let mut files = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": format!("audit-{number}"),
            "stage": "ResponseComplete", "level": "Metadata", "verb": "get", "requestURI": "/",
            "requestReceivedTimestamp": "2024-05-14T10:00:00Z", "userAgent": name, "user": {"username": name},
            "objectRef": {"resource": "pods", "namespace": name, "name": name}, "responseStatus": {"code": 200}
        });
        files.push((format!("k8s/{number}/audit.log"), event.to_string()));
    }
    let prefixes: Vec<String> = (0..names.len()).map(|number| format!("k8s/{number}/")).collect();
    let map: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(prefixes.iter().map(String::as_str)).collect();
    let files: Vec<(&str, String)> = files.iter().map(|(key, text)| (key.as_str(), text.clone())).collect();
    lakes::of_files(&files, &map)
}

#[tokio::test]
async fn every_cluster_has_its_own_timeline_whatever_its_name() {
    let names = names(12);
    let lake = lake_of(&names);
    let session = lake.session();
    let known: BTreeSet<String> = clusters(&session).await.unwrap().into_iter().collect();
    assert_eq!(known, names);
    for (number, name) in names.iter().enumerate() {
        let cut = Cut { cluster: Some(name.clone()), ..Cut::default() };
        let rows = Rows::of(timeline(&session, &cut).await.unwrap()).await;
        let id = format!("audit-{number}");
        assert_eq!(rows.column("event_id"), [Some(id.as_str())], "{name:?}");
        assert_eq!(rows.column("actor"), [Some(name.as_str())]);
    }
}

#[tokio::test]
async fn actors_and_namespaces_are_values_whatever_they_are() {
    let names = names(6);
    let lake = lake_of(&names);
    let session = lake.session();
    for name in &names {
        let of_namespace = Cut { namespace: Some(name.clone()), ..Cut::default() };
        let rows = Rows::of(timeline(&session, &of_namespace).await.unwrap()).await;
        assert_eq!(rows.column("namespace"), [Some(name.as_str())]);
        // An actor is given by a part of the name, in any case.
        let of_actor = Cut { actor: Some(name.clone()), ..Cut::default() };
        let rows = Rows::of(timeline(&session, &of_actor).await.unwrap()).await;
        let expected = names.iter().filter(|other| other.to_lowercase().contains(&name.to_lowercase()));
        let found: BTreeSet<&str> = rows.column("actor").into_iter().flatten().collect();
        assert_eq!(found, expected.map(String::as_str).collect(), "{name:?}");
    }
}

#[tokio::test]
async fn parts_of_odd_clusters_are_pruned_and_read_by_their_names() {
    let names = names(40);
    let lake = lake_of(&names);
    let session = lake.session();
    let rows = ask(&session, "SELECT cluster, count(*), min(user_name) FROM k8s_audit GROUP BY cluster").await;
    let by_name: BTreeMap<_, _> = rows.rows.iter().map(|row| (row[0].clone().unwrap(), row[2].clone())).collect();
    assert_eq!(by_name, names.iter().map(|name| (name.clone(), Some(name.clone()))).collect());
    for name in &names {
        let sql = "SELECT user_name FROM k8s_audit WHERE cluster = $cluster";
        let given = vec![("cluster".to_owned(), ScalarValue::from(name.as_str()))];
        assert_eq!(attempt(&session, sql, given).await.unwrap().rows, [[Some(name.clone())]]);
    }
}

#[tokio::test]
async fn any_text_passes_through_a_parameter_as_it_is() {
    let session = lakes::empty().session();
    for text in names(200) {
        let given = vec![("text".to_owned(), ScalarValue::from(text.as_str()))];
        let sql = "SELECT $text AS text, $text LIKE $text OR true AS liked, length($text) AS length";
        let rows = attempt(&session, sql, given).await.unwrap().rows;
        assert_eq!(rows[0][0].as_deref(), Some(text.as_str()));
        assert_eq!(rows[0][2], Some(text.chars().count().to_string()));
    }
}

#[tokio::test]
async fn random_questions_are_answered_or_refused_but_never_panic() {
    let session = lakes::story().session();
    for text in random_texts(150) {
        for sql in
            [text.clone(), format!("SELECT {text} FROM cloudtrail"), format!("SELECT * FROM k8s_audit WHERE {text}")]
        {
            if let Err(error) = session.sql(&sql, Vec::new()).await {
                let _ = (error.to_string(), error.hint(), error.excerpt());
            }
        }
    }
}
