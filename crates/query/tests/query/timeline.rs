//! The timeline of the story: nothing of the incident is missing, nothing of another cluster is in it, and every cut
//! takes what it names.

use std::collections::BTreeSet;

use eksamine_query::Session;
use eksamine_query::timeline::{Cut, READING_COLUMNS, clusters, timeline};
use eksamine_testkit::story;

use crate::lakes;
use crate::reading::{Rows, ask};

/// One event, by what names it.
type Identity = (String, String);

async fn cut(session: &Session, cut: Cut) -> Rows {
    Rows::of(timeline(session, &cut).await.unwrap()).await
}

fn demo() -> Cut {
    Cut { cluster: Some("demo".to_owned()), ..Cut::default() }
}

fn micros(text: &str) -> Option<i64> {
    let micros = eksamine_sources::time::from_text(text);
    assert!(micros.is_some(), "{text}");
    micros
}

fn identities(rows: &Rows) -> Vec<Identity> {
    let own = |value: Option<&str>| value.unwrap_or_default().to_owned();
    rows.column("event_id").into_iter().map(own).zip(rows.column("stage").into_iter().map(own)).collect()
}

#[tokio::test]
async fn the_timeline_of_demo_reads_as_the_story() {
    let session = lakes::story().session().await;
    let rows = cut(&session, demo()).await;
    let told = ["time", "plane", "actor", "action", "target", "outcome", "address", "summary", "reason"];
    insta::assert_snapshot!(rows.only(&told).lines());
    for column in READING_COLUMNS {
        assert!(rows.columns.iter().any(|name| name == column), "{column}");
    }
}

#[tokio::test]
async fn every_key_event_is_in_the_timeline_of_demo_and_nothing_twice() {
    let session = lakes::story().session().await;
    let rows = cut(&session, demo()).await;
    let listed = identities(&rows);
    let set: BTreeSet<&Identity> = listed.iter().collect();
    assert_eq!(set.len(), listed.len());
    for event in story::truth().key_events {
        let identity = (event.id, event.stage.unwrap_or_default().to_owned());
        assert!(set.contains(&identity), "`{}` is missing", event.what);
    }
    let times = rows.column("time");
    assert!(times.iter().all(Option::is_some));
    let micros: Vec<Option<i64>> = times.iter().map(|time| micros(time.unwrap())).collect();
    assert!(micros.is_sorted());
    assert!(
        rows.column("summary")
            .iter()
            .chain(&rows.column("reason"))
            .all(|text| text.is_some_and(|text| !text.is_empty()))
    );
}

#[tokio::test]
async fn all_audit_events_of_a_cluster_and_none_of_another_are_in_its_timeline() {
    let session = lakes::story().session().await;
    let truth = story::truth();
    for (name, other, events) in
        [("demo", "staging", truth.demo_audit_events), ("staging", "demo", truth.staging_audit_events)]
    {
        let rows = cut(&session, Cut { cluster: Some(name.to_owned()), ..Cut::default() }).await;
        assert_eq!(rows.column("plane").iter().filter(|plane| **plane == Some("kubernetes")).count(), events);
        let sql = "SELECT event_id, coalesce(stage, '') AS stage FROM timeline WHERE timeline.cluster = ";
        let foreign = ask(&session, &format!("{sql}'{other}'")).await;
        let foreign: BTreeSet<Identity> = identities(&foreign).into_iter().collect();
        assert!(identities(&rows).iter().all(|identity| !foreign.contains(identity)), "{name}");
    }
}

#[tokio::test]
async fn without_a_cluster_the_timeline_is_everything() {
    let session = lakes::story().session().await;
    let rows = cut(&session, Cut::default()).await;
    let identities = identities(&rows);
    assert_eq!(identities.len(), story::truth().distinct_events());
    assert_eq!(identities.iter().collect::<BTreeSet<_>>().len(), identities.len());
}

#[tokio::test]
async fn cuts_take_what_they_name() {
    let session = lakes::story().session().await;
    let all = cut(&session, demo()).await;
    let (since, until) = ("2024-05-14T14:08:17Z", "2024-05-14T14:26:40Z");

    let part = cut(&session, Cut { since: micros(since), until: micros(until), ..demo() }).await;
    let inside = |time: &str| (micros(since)..micros(until)).contains(&micros(time));
    let expected: Vec<_> = all.rows.iter().filter(|row| inside(row[0].as_deref().unwrap())).cloned().collect();
    assert_eq!(part.rows, expected);
    // From this instant on, and up to but without that one.
    assert_eq!(part.column("action").first(), Some(&Some("eks:CreateAccessEntry")));
    assert!(!part.column("action").contains(&Some("eks:UpdateClusterConfig")));

    let payments = cut(&session, Cut { namespace: Some("payments".to_owned()), ..demo() }).await;
    assert!(payments.rows.len() >= 5);
    assert!(payments.column("namespace").iter().all(|namespace| *namespace == Some("payments")));

    let both = Cut { namespace: Some("kube-system".to_owned()), actor: Some("shop:deployer".to_owned()), ..demo() };
    assert_eq!(cut(&session, both).await.column("target"), [Some("node-tuner")]);

    let nothing = Cut { since: micros(until), until: micros(since), ..demo() };
    assert_eq!(cut(&session, nothing).await.rows.len(), 0);
}

#[tokio::test]
async fn an_actor_is_found_by_name_arn_and_key() {
    let session = lakes::story().session().await;
    let by = async |actor: &str| {
        let rows = cut(&session, Cut { actor: Some(actor.to_owned()), ..demo() }).await;
        identities(&rows)
    };
    let by_name = by("CI-Deploy/").await;
    assert!(by_name.len() > 30);
    assert_eq!(by("arn:aws:sts::111122223333:assumed-role/ci-deploy/").await, by_name);
    assert_eq!(by("ASIACIDEPLOY2EXAMPLE").await, by("asiacideploy2example").await);
    assert!(by("ASIACIDEPLOY2EXAMPLE").await.iter().all(|identity| by_name.contains(identity)));
    // A part of a key is no key, and `%` and `_` are letters like any other.
    for nobody in ["ASIACIDEPLOY2", "ci%deploy", "ci_deploy", "' OR true --", "nobody"] {
        assert_eq!(by(nobody).await, Vec::<Identity>::new(), "{nobody}");
    }
}

#[tokio::test]
async fn an_unknown_cluster_names_those_there_are() {
    let session = lakes::story().session().await;
    assert_eq!(clusters(&session).await.unwrap(), ["demo", "staging"]);
    let told = async |session: &Session, name: &str| {
        let cut = Cut { cluster: Some(name.to_owned()), ..Cut::default() };
        let error = timeline(session, &cut).await.err().unwrap();
        (error.to_string(), error.hint().unwrap())
    };
    let (error, hint) = told(&session, "prod").await;
    assert_eq!(error, "there is no cluster `prod` in this lake");
    assert_eq!(hint, "the clusters are `demo`, `staging`");
    assert_eq!(told(&session, "stagin").await.1, "did you mean `staging`? the clusters are `demo`, `staging`");
    assert_eq!(told(&session, "Demo").await.1, "did you mean `demo`? the clusters are `demo`, `staging`");
    assert_eq!(told(&session, "demo' OR '1'='1").await.0, "there is no cluster `demo' OR '1'='1` in this lake");
    let empty = lakes::empty();
    assert_eq!(told(&*empty.session().await, "demo").await.1, "no event of this lake names a cluster");
}
