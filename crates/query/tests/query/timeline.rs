//! The timeline of the story: nothing of the incident is missing, nothing of another cluster is in it, and every cut
//! takes what it names.

use std::collections::BTreeSet;

use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::record_batch::RecordBatch;
use eksamine_query::Session;
use eksamine_query::timeline::{
    COLUMNS, Cut, Details, Folding, Limits, READING_COLUMNS, Records, Severity, clusters, timeline,
};
use eksamine_testkit::story;
use futures::TryStreamExt;

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

/// Events of the two API logs, by what names them.
fn identities(rows: &Rows) -> Vec<Identity> {
    let own = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let all = rows.column("event_id").into_iter().map(own).zip(rows.column("stage").into_iter().map(own));
    let planes = rows.column("plane");
    all.zip(planes)
        .filter(|((id, _), plane)| !id.is_empty() && matches!(plane, Some("aws" | "kubernetes")))
        .map(|(identity, _)| identity)
        .collect()
}

/// Every row, by the record it comes from.
fn records(rows: &Rows) -> BTreeSet<(String, String)> {
    let own = |value: Option<&str>| value.unwrap().to_owned();
    rows.column("source_uri").into_iter().map(own).zip(rows.column("source_record").into_iter().map(own)).collect()
}

fn counted(rows: &Rows) -> i64 {
    rows.column("count").into_iter().map(|count| count.unwrap().parse::<i64>().unwrap()).sum()
}

#[tokio::test]
async fn the_timeline_of_demo_reads_as_the_story() {
    let session = lakes::story().session();
    let rows = cut(&session, demo()).await;
    let told = [
        "time",
        "plane",
        "severity",
        "actor",
        "confidence",
        "action",
        "outcome",
        "summary",
        "reason",
        "reason_confidence",
    ];
    insta::assert_snapshot!(rows.only(&told).lines());
    assert_eq!(rows.columns, COLUMNS);
    for column in READING_COLUMNS {
        assert!(rows.columns.iter().any(|name| name == column), "{column}");
    }
}

#[tokio::test]
async fn every_key_event_is_in_the_timeline_of_demo_and_nothing_twice() {
    let session = lakes::story().session();
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
    let session = lakes::story().session();
    let truth = story::truth();
    for (name, other, events) in
        [("demo", "staging", truth.demo_audit_events), ("staging", "demo", truth.staging_audit_events)]
    {
        let rows = cut(&session, Cut { cluster: Some(name.to_owned()), ..Cut::default() }).await;
        let audit = rows.column("reason").iter().filter(|reason| **reason == Some("audit log of the cluster")).count();
        assert_eq!(audit, events);
        let sql = "SELECT plane, event_id, coalesce(stage, '') AS stage FROM timeline WHERE timeline.cluster = ";
        let foreign = ask(&session, &format!("{sql}'{other}'")).await;
        let foreign: BTreeSet<Identity> = identities(&foreign).into_iter().collect();
        assert!(identities(&rows).iter().all(|identity| !foreign.contains(identity)), "{name}");
    }
}

#[tokio::test]
async fn without_a_cluster_the_timeline_is_everything() {
    let session = lakes::story().session();
    let rows = cut(&session, Cut::default()).await;
    assert_eq!(rows.rows.len(), story::truth().distinct_events());
    assert_eq!(records(&rows).len(), rows.rows.len(), "no record twice");
    let planes: BTreeSet<&str> = rows.column("plane").into_iter().flatten().collect();
    assert_eq!(planes, BTreeSet::from(eksamine_query::timeline::PLANES));
}

#[tokio::test]
async fn cuts_take_what_they_name() {
    let session = lakes::story().session();
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
    let tuner = cut(&session, both).await;
    assert_eq!(tuner.column("target"), [Some("node-tuner"), Some("node-tuner")]);
    assert_eq!(tuner.column("plane"), [Some("kubernetes"), Some("finding")]);

    let nothing = Cut { since: micros(until), until: micros(since), ..demo() };
    assert_eq!(cut(&session, nothing).await.rows.len(), 0);
}

#[tokio::test]
async fn an_actor_is_found_by_name_arn_and_key() {
    let session = lakes::story().session();
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
    let session = lakes::story().session();
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
    assert_eq!(told(&empty.session(), "demo").await.1, "no event of this lake names a cluster");
}

#[tokio::test]
async fn a_folded_timeline_accounts_for_every_event() {
    let session = lakes::story().session();
    for cluster in [None, Some("demo".to_owned()), Some("staging".to_owned())] {
        let whole = Cut { cluster, ..Cut::default() };
        let all = cut(&session, whole.clone()).await;
        let folded = cut(&session, Cut { folding: Folding::Folded, ..whole }).await;
        assert_eq!(counted(&all), all.rows.len() as i64);
        assert_eq!(counted(&folded), all.rows.len() as i64);
        assert!(folded.rows.len() < all.rows.len());
        // What stays is a row of the whole timeline, and what people do stays as it is.
        assert!(records(&folded).is_subset(&records(&all)));
        let of_people = |rows: &Rows| {
            rows.column("actor_kind").iter().filter(|kind| matches!(kind, Some("person" | "iam_user" | "root"))).count()
        };
        assert_eq!(of_people(&folded), of_people(&all));
        let times: Vec<_> = folded.column("time").into_iter().zip(folded.column("last_time")).collect();
        assert!(times.iter().all(|(first, last)| micros(first.unwrap()) <= micros(last.unwrap())));
    }
}

#[tokio::test]
async fn folding_never_crosses_what_must_be_told_apart() {
    let lake = lakes::generated();
    let session = lake.session();
    let cluster = lake.truth.tables["k8s_audit"].per_cluster.keys().next().unwrap().clone();
    let whole = Cut { cluster: Some(cluster), ..Cut::default() };
    let all = cut(&session, whole.clone()).await;
    let folded = cut(&session, Cut { folding: Folding::Folded, ..whole }).await;
    let sums = |rows: &Rows| {
        let told = ["plane", "actor", "action", "outcome", "namespace", "severity", "reason", "count"];
        let mut sums = std::collections::BTreeMap::new();
        for row in rows.only(&told).rows {
            let (count, key) = row.split_last().unwrap();
            *sums.entry(key.to_vec()).or_insert(0) += count.as_deref().unwrap().parse::<i64>().unwrap();
        }
        sums
    };
    assert_eq!(sums(&folded), sums(&all));
    assert!(folded.rows.len() * 2 < all.rows.len(), "{} of {}", folded.rows.len(), all.rows.len());
}

#[tokio::test]
async fn each_cut_leaves_what_it_names_and_nothing_else() {
    let session = lakes::story().session();
    let all = cut(&session, demo()).await;
    let holds = async |cutting: Cut, column: &str, fits: &dyn Fn(&str) -> bool| {
        let left = cut(&session, cutting).await;
        let expected = all.column(column).into_iter().filter(|value| value.is_some_and(fits)).count();
        assert!(expected > 0 && expected < all.rows.len(), "{column}: {expected}");
        assert_eq!(left.rows.len(), expected, "{column}");
        assert!(left.column(column).into_iter().all(|value| value.is_some_and(fits)), "{column}");
    };
    let severe = |name: &str| matches!(name, "high" | "critical");
    holds(Cut { severity: Some(Severity::High), ..demo() }, "severity", &severe).await;
    holds(Cut { outcome: Some("denied".to_owned()), ..demo() }, "outcome", &|name| name == "denied").await;
    holds(Cut { planes: vec!["network".to_owned()], ..demo() }, "plane", &|name| name == "network").await;
    let categories = vec!["secrets".to_owned(), "execution".to_owned()];
    holds(Cut { categories, ..demo() }, "category", &|name| matches!(name, "secrets" | "execution")).await;
    let thief = Cut { address: Some("203.0.113.66".to_owned()), planes: vec!["aws".to_owned()], ..demo() };
    let thief = cut(&session, thief).await;
    assert!(!thief.rows.is_empty() && thief.column("address").iter().all(|address| *address == Some("203.0.113.66")));
    let range = Cut { address: Some("203.0.113.0/24".to_owned()), planes: vec!["aws".to_owned()], ..demo() };
    assert!(cut(&session, range).await.rows.len() >= thief.rows.len());
    let secrets = cut(&session, Cut { resource: Some("Secrets".to_owned()), ..demo() }).await;
    assert!(secrets.column("action").contains(&Some("list secrets")));
    let chain = cut(&session, Cut { chain: Some("payments-release".to_owned()), ..demo() }).await;
    assert!(!chain.rows.is_empty() && chain.rows.len() < all.rows.len());
}

#[tokio::test]
async fn changes_by_hand_are_those_of_people_where_the_pipeline_acts() {
    let session = lakes::story().session();
    let by_hand =
        |pipelines: &[&str]| Cut { by_hand: Some(pipelines.iter().map(|name| (*name).to_owned()).collect()), ..demo() };
    let all = cut(&session, by_hand(&[])).await;
    let told = ["time", "actor", "actor_kind", "via", "action", "target", "namespace"];
    insta::assert_snapshot!(all.only(&told).lines());
    let near = cut(&session, by_hand(&["payments-release", "ci-*"])).await;
    assert!(records(&near).is_subset(&records(&all)));
    assert!(near.column("actor_kind").iter().all(|kind| *kind != Some("pipeline")));
    assert_eq!(cut(&session, by_hand(&["nobody"])).await.rows.len(), 0, "where no pipeline acts, nothing is drift");
}

#[tokio::test]
async fn flows_of_a_pod_are_those_of_its_address() {
    let session = lakes::story().session();
    let of = |text: &str| Cut { flows: Some(text.to_owned()), ..demo() };
    let by_address = cut(&session, of("10.0.11.87")).await;
    assert!(!by_address.rows.is_empty());
    assert!(by_address.column("plane").iter().all(|plane| *plane == Some("network")));
    let by_name = cut(&session, of("payments/payments-api-7c9d")).await;
    assert!(!by_name.rows.is_empty() && records(&by_name).is_subset(&records(&by_address)));
    let error = timeline(&session, &of("payments/nothing")).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "no pod, node, address or event `payments/nothing` is known whose flows could be shown"
    );
}

#[tokio::test]
async fn what_was_never_seen_before_is_marked() {
    let session = lakes::story().session();
    let marked = Cut { since: micros("2024-05-14T00:00:00Z"), first_seen_days: Some(7), ..demo() };
    let rows = cut(&session, marked).await;
    let marks = rows.column("first_seen");
    let of_thief = rows.column("address").into_iter().zip(&marks).find(|(address, _)| *address == Some("203.0.113.66"));
    assert!(of_thief.unwrap().1.unwrap().contains("\"address\""), "{of_thief:?}");
    let with_address = marks.iter().flatten().filter(|mark| mark.contains("\"address\"")).count();
    let addresses: BTreeSet<&str> = rows.column("address").into_iter().flatten().collect();
    assert!(with_address <= addresses.len() * 2, "{with_address}");
    let unmarked = cut(&session, demo()).await;
    assert!(unmarked.column("first_seen").iter().all(Option::is_none));
}

#[tokio::test]
async fn details_are_there_when_asked_for() {
    let session = lakes::story().session();
    let rows = cut(&session, Cut { details: Details::Record, ..demo() }).await;
    assert_eq!(rows.columns[COLUMNS.len()..], ["raw"]);
    assert!(rows.column("raw").iter().all(Option::is_some));
    let chains = Rows::of(eksamine_query::timeline::chains(&session).await.unwrap()).await;
    let known: BTreeSet<&str> = chains.column("identity").into_iter().flatten().collect();
    assert!(rows.column("identity").into_iter().flatten().any(|identity| known.contains(identity)));
    assert!(chains.column("chain").iter().any(Option::is_some));
}

/// The rows of a cut with the version of their objects, and the records of those wanted, in the order of rows.
async fn records_apart(
    session: &Session,
    of: Cut,
    is_wanted: impl Fn(u32) -> bool,
) -> (Rows, Records, Vec<(u32, String)>) {
    // Little at once, so that what was chosen is often too much.
    let limits = Limits { rows: 60, bytes: 30_000 };
    let mut records = Records::of(of.cluster.clone()).within(limits);
    let answer = timeline(session, &Cut { details: Details::Version, ..of }).await.unwrap();
    let schema = std::sync::Arc::clone(&answer.schema);
    let batches: Vec<RecordBatch> = answer.rows.try_collect().await.unwrap();
    for batch in &batches {
        records.add(batch).unwrap();
    }
    let mut read = Vec::new();
    while let Some(chosen) = records.choose(&is_wanted) {
        let some = records.read(session, chosen).await.unwrap();
        assert!(some.iter().map(|(_, record)| record.len()).sum::<usize>() <= limits.bytes || some.iter().count() == 1);
        read.extend(some.iter().map(|(row, record)| (row, record.to_owned())));
    }
    read.sort();
    let whole = concat_batches(&schema, &batches).unwrap();
    (Rows::of(eksamine_query::Answer::of_batch(whole)).await, records, read)
}

#[tokio::test]
async fn records_read_after_the_rows_are_those_that_come_with_them() {
    let session = lakes::story().session();
    for of in [demo(), Cut { folding: Folding::WithMembers, ..demo() }, Cut::default()] {
        let together = cut(&session, Cut { details: Details::Record, ..of.clone() }).await;
        let (rows, records, read) = records_apart(&session, of, |_| true).await;
        assert_eq!(records.unread(), 0);
        let mut expected = Vec::new();
        for (row, record) in (0..).zip(together.column("raw")) {
            expected.extend(record.map(|record| (row, record.to_owned())));
        }
        assert!(expected.len() > 90);
        assert_eq!(read, expected);
        assert_eq!(rows.only(&COLUMNS), together.only(&COLUMNS));
    }
}

#[tokio::test]
async fn records_that_nobody_wants_are_not_read() {
    let session = lakes::story().session();
    let (rows, records, read) = records_apart(&session, demo(), |row| row % 10 == 3).await;
    let expected: Vec<u32> = (0..rows.rows.len() as u32).filter(|row| row % 10 == 3).collect();
    assert_eq!(read.iter().map(|(row, _)| *row).collect::<Vec<_>>(), expected);
    assert_eq!(records.unread() as usize, rows.rows.len() - expected.len());
}

#[tokio::test]
async fn each_version_of_an_object_has_its_own_record() {
    let lake =
        lakes::of_versions("k8s/prod/audit.log", &["create", "delete"].map(audit_event), &[("prod", "k8s/prod/")]);
    let session = lake.session();
    let of = Cut { cluster: Some("prod".to_owned()), ..Cut::default() };
    let (rows, _, read) = records_apart(&session, of, |_| true).await;
    let actions = rows.column("action");
    assert_eq!((actions.len(), read.len()), (2, 2));
    assert_eq!(rows.column("source_uri")[0], rows.column("source_uri")[1]);
    for (action, (_, record)) in actions.iter().zip(&read) {
        let verb = action.unwrap().split(' ').next().unwrap();
        assert!(record.contains(&format!("\"verb\":\"{verb}\"")), "{action:?}: {record}");
    }
}

/// An audit event that differs by its verb alone.
fn audit_event(verb: &str) -> String {
    format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"0b4e1d7a-0000-4000-8000-000000000001","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/demo/secrets/a","verb":"{verb}","user":{{"username":"dana"}},"sourceIPs":["198.51.100.7"],"objectRef":{{"resource":"secrets","namespace":"demo","name":"a","apiVersion":"v1"}},"responseStatus":{{"metadata":{{}},"code":200}},"requestReceivedTimestamp":"2024-05-14T14:08:31.000001Z","stageTimestamp":"2024-05-14T14:08:31.000002Z"}}"#
    )
}

#[tokio::test]
async fn what_belongs_to_the_cluster_is_shown_with_its_proof() {
    let session = lakes::story().session();
    let inventory = eksamine_query::timeline::inventory(&session).await.unwrap();
    let keyed = |name: &str| name.ends_with("_key");
    let lines: Vec<String> = inventory
        .items()
        .filter(|item| item.cluster == "demo" && !keyed(item.kind.name()))
        .map(|item| format!("{} {} {} {}", item.kind.name(), item.value, item.confidence.name(), item.proof.event_id))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn members_stand_after_the_row_they_are_folded_into() {
    let session = lakes::story().session();
    let all = cut(&session, demo()).await;
    let folded = cut(&session, Cut { folding: Folding::Folded, ..demo() }).await;
    let both = cut(&session, Cut { folding: Folding::WithMembers, ..demo() }).await;
    assert_eq!(records(&both), records(&all));
    assert_eq!(both.rows.len(), all.rows.len());
    let members = both.column("member");
    let counts = both.column("count");
    let mut left = 0;
    for (member, count) in members.iter().zip(&counts) {
        if *member == Some("true") {
            left -= 1;
        } else {
            assert_eq!(left, 0, "a row has as many members as it counts");
            left = count.unwrap().parse::<i64>().unwrap() - 1;
        }
    }
    assert_eq!(left, 0);
    assert_eq!(members.iter().filter(|member| **member == Some("false")).count(), folded.rows.len());
}
