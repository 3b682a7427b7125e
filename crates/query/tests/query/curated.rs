//! The curated queries: what each finds in the story is a snapshot that was read as an investigator reads it; each
//! runs on an empty lake and a generated one, and gives the same text whatever the threads.

use eksamine_query::{Session, Settings, curated};

use crate::lakes;
use crate::reading::Rows;

async fn run(session: &Session, query: &curated::Query, given: &[(&str, &str)]) -> Rows {
    let given: Vec<(String, String)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = curated::run(session, query, &given).await;
    Rows::of(answer.unwrap_or_else(|error| panic!("{}: {error}", query.name))).await
}

/// Queries that find nothing in the story with their defaults, the parameter with which they do, and why.
const FOUND_BY_PARAMETER: [(&str, (&str, &str), &str); 1] =
    [("certificate-requests", ("nodes", "yes"), "only a kubelet asks for a certificate there, and EKS approves it")];

#[tokio::test]
async fn every_query_finds_its_part_of_the_story() {
    let session = lakes::story().session();
    for query in curated::queries() {
        let mut found = run(&session, &query, &[]).await;
        let mut head = query.answers.clone();
        if let Some((_, parameter, why)) = FOUND_BY_PARAMETER.iter().find(|(name, _, _)| *name == query.name) {
            assert_eq!(found.rows.len(), 0, "{} finds something after all", query.name);
            found = run(&session, &query, &[*parameter]).await;
            head += &format!("\n({}={}: {why})", parameter.0, parameter.1);
        }
        let text = format!("{head}\n{}", found.records());
        insta::assert_snapshot!(format!("story_{}", query.name), text);
        assert_ne!(found.rows.len(), 0, "{} finds nothing", query.name);
    }
}

#[tokio::test]
async fn every_query_runs_on_an_empty_lake() {
    let lake = lakes::empty();
    let session = lake.session();
    for query in curated::queries() {
        assert_eq!(run(&session, &query, &[]).await.rows.len(), 0, "{}", query.name);
    }
}

#[tokio::test]
async fn every_query_gives_the_same_text_whatever_the_threads() {
    let lake = lakes::generated();
    let [one, four] = [1, 4].map(|threads| Settings { threads, memory_bytes: 1 << 30 });
    let (one, four) = (lake.session_with(&one), lake.session_with(&four));
    let mut with_rows = Vec::new();
    for query in curated::queries() {
        let found = run(&one, &query, &[]).await;
        assert_eq!(found, run(&four, &query, &[]).await, "{}", query.name);
        with_rows.extend((!found.rows.is_empty()).then_some(query.name));
    }
    assert!(with_rows.len() >= 8, "only these find something in a generated archive: {with_rows:?}");
}

#[tokio::test]
async fn a_cluster_is_a_pattern() {
    let session = lakes::story().session();
    let query = curated::find("eks-cluster-lifecycle").unwrap();
    let names = async |pattern: &str| {
        let found = run(&session, &query, &[("cluster", pattern)]).await;
        found.column("cluster_name").iter().map(|name| name.unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("demo").await, ["demo", "demo"]);
    assert_eq!(names("st%").await, ["staging"]);
    assert_eq!(names("nowhere").await, Vec::<String>::new());
    assert_eq!(names("' OR '1'='1").await, Vec::<String>::new());
}

#[tokio::test]
async fn limits_and_times_are_taken() {
    let session = lakes::story().session();
    let classes = curated::find("eks-management-events-by-class").unwrap();
    let later = run(&session, &classes, &[("since", "2024-05-14T00:00:00Z")]).await;
    assert!(later.rows.len() < run(&session, &classes, &[]).await.rows.len());
    let changes = curated::find("cloudtrail-changes").unwrap();
    assert_eq!(run(&session, &changes, &[("limit", "1")]).await.rows.len(), 1);
    let buckets = curated::find("log-bucket-changes").unwrap();
    assert_eq!(run(&session, &buckets, &[("bucket", "example-org-audit-logs")]).await.rows.len(), 1);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let session = lakes::story().session();
    let query = curated::find("denied-requests-by-address-and-user").unwrap();
    let mut told = Vec::new();
    for (name, value) in [("limit", "many"), ("limit", ""), ("since", "yesterday"), ("clutser", "demo")] {
        let given = [(name.to_owned(), value.to_owned())];
        let error = curated::run(&session, &query, &given).await.err().unwrap();
        told.push(format!("{error}; hint: {}", error.hint().unwrap_or_default()));
    }
    told.push(curated::find("secrets-denied").err().unwrap().hint().unwrap());
    insta::assert_snapshot!(told.join("\n"));
}
