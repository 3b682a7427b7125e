//! The table `identities` over the story: every event has its row, every join leads where the story says, and what was
//! worked out is kept as long as it is true.

use std::fs;
use std::path::PathBuf;

use eksamine_query::identity::who;

use crate::lakes::{self, TestLake};
use crate::reading::ask;

/// The join of every event with its identity, on both planes.
const JOINED: &str =
    "SELECT coalesce(sum(CASE WHEN i.identity IS NULL THEN 1 ELSE 0 END), 0) AS lost, count(*) AS all_events
FROM (
    SELECT aws_identity(access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name,
        user_account_id, session_created) AS key FROM cloudtrail
    UNION ALL
    SELECT kubernetes_identity(k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name,
        user_extra) AS key FROM k8s_audit
) AS e LEFT JOIN identities AS i ON i.identity = e.key WHERE e.key IS NOT NULL";

fn kept(lake: &TestLake) -> Vec<PathBuf> {
    let entries = fs::read_dir(lake.path().join("derived")).into_iter().flatten().flatten();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    names.retain(|path| path.file_name().unwrap().to_string_lossy().contains("identities"));
    names
}

/// The text without the place of the archive on this machine.
fn portable(text: &str) -> String {
    let mut parts = text.split("file://");
    let mut portable = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        portable += part.split_once("testdata/bucket/").map_or(part, |(_, path)| path);
    }
    portable
}

#[tokio::test]
async fn every_event_has_its_identity_and_every_identity_its_events() {
    let session = lakes::story().session();
    let rows = ask(&session, JOINED).await;
    assert_eq!(rows.column("lost"), [Some("0")]);
    let events =
        ask(&session, "SELECT sum(events) AS events, count(*) - count(DISTINCT identity) AS twice FROM identities")
            .await;
    assert_eq!(events.column("events"), rows.column("all_events"));
    assert_eq!(events.column("twice"), [Some("0")]);
}

#[tokio::test]
async fn the_identities_of_the_story_are_who_the_story_says() {
    let session = lakes::story().session();
    let sql = "SELECT plane, identities.cluster, credential, confidence, actor_kind, actor, via, events FROM identities
        ORDER BY plane, 2 NULLS FIRST, credential, identity";
    insta::assert_snapshot!(ask(&session, sql).await.lines());
}

#[tokio::test]
async fn the_chain_from_the_person_to_the_stolen_object_is_told_whole() {
    let session = lakes::story().session();
    let sql = "SELECT credential, actor, confidence, via, chain, related FROM identities
        WHERE credential IN ('ASIALEDGERCLIEXAMPLE', 'arn:aws:sts::111122223333:assumed-role/payments-release/sam-hotfix')
        ORDER BY plane";
    insta::assert_snapshot!(portable(&ask(&session, sql).await.records()));
}

#[tokio::test]
async fn two_people_behind_one_session_name_are_two_candidates() {
    let session = lakes::story().session();
    let sql = "SELECT actor, actor_kind, confidence, candidates FROM identities WHERE credential = 'ops-oncall'";
    let rows = ask(&session, sql).await;
    assert_eq!(rows.column("confidence"), [Some("ambiguous")]);
    let candidates = rows.column("candidates")[0].unwrap();
    for person in ["kim@example.com", "alex@example.com"] {
        assert!(candidates.contains(person), "{candidates}");
        assert_ne!(rows.column("actor"), [Some(person)]);
    }
}

#[tokio::test]
async fn what_was_worked_out_is_kept_and_a_broken_file_is_worked_out_anew() {
    let lake = lakes::own_story();
    let sql = "SELECT * FROM identities ORDER BY identity";
    let first = ask(&lake.session(), sql).await;
    let [file] = &kept(&lake)[..] else { panic!("{:?}", kept(&lake)) };
    let bytes = fs::read(file).unwrap();
    assert_eq!(ask(&lake.session(), sql).await, first);
    fs::write(file, "no Parquet").unwrap();
    assert_eq!(ask(&lake.session(), sql).await, first);
    assert_eq!(fs::read(file).unwrap(), bytes, "the same, byte for byte");
}

#[tokio::test]
async fn a_lake_that_cannot_be_written_is_answered_from_memory() {
    let lake = lakes::own_story();
    fs::write(lake.path().join("derived"), "in the way").unwrap();
    let rows = ask(&lake.session(), "SELECT count(*) AS n FROM identities WHERE actor_kind = 'person'").await;
    assert_ne!(rows.column("n"), [Some("0")]);
    assert_eq!(fs::read_to_string(lake.path().join("derived")).unwrap(), "in the way");
}

#[tokio::test]
async fn an_empty_lake_has_no_identities() {
    let session = lakes::empty().session();
    assert_eq!(ask(&session, "SELECT count(*) AS n FROM identities").await.column("n"), [Some("0")]);
}

#[tokio::test]
async fn whatever_one_has_of_an_identity_finds_it() {
    let session = lakes::story().session();
    let cases = [
        ("ASIASAMCHAIN2EXAMPLE", "sam@example.com"),
        ("payments-release/sam-hotfix", "sam@example.com"),
        ("arn:aws:sts::111122223333:assumed-role/payments-release/sam-hotfix", "sam@example.com"),
        ("SAM@example.com", "sam@example.com"),
        ("payments:ledger-export", "system:serviceaccount:payments:ledger-export"),
        ("payments/ledger-export-5f8b-tq6wz", "system:serviceaccount:payments:ledger-export"),
        ("legacy-backup", "legacy-backup"),
        ("192.0.2.46", "sam@example.com"),
        ("203.0.113.66", "repo:example-org/shop:ref:refs/heads/main"),
    ];
    for (id, actor) in cases {
        let found = who::find(&session, id).await.unwrap();
        let portraits = who::portraits(&session, &found.identities).await.unwrap();
        assert!(portraits.iter().any(|one| one.actor == actor), "{id}: {portraits:#?}");
    }
    let event = ask(&session, "SELECT event_id FROM cloudtrail WHERE access_key_id = 'ASIALEDGERCLIEXAMPLE'").await;
    let found = who::find(&session, event.column("event_id")[0].unwrap()).await.unwrap();
    assert_eq!(found.identities, ["aws:key:ASIALEDGERCLIEXAMPLE"]);
}

#[tokio::test]
async fn whose_an_address_was_is_told_with_the_time() {
    let session = lakes::story().session();
    let found = who::find(&session, "10.0.11.87").await.map_or_else(|error| error.hint().unwrap(), |found| found.what);
    assert!(found.contains("which was that of pod payments/payments-api-7c9d of demo, from 2024-05-"), "{found}");
    let outside = who::find(&session, "203.0.113.66").await.unwrap();
    assert_eq!(outside.what, "who called from 203.0.113.66");
}

#[tokio::test]
async fn an_id_that_nothing_has_is_answered_with_the_nearest() {
    let session = lakes::story().session();
    let error = who::find(&session, "ASIASAMCHAIN2EXAMPEL").await.unwrap_err();
    assert_eq!(error.to_string(), "nothing in this lake is known as `ASIASAMCHAIN2EXAMPEL`");
    assert_eq!(error.hint().as_deref(), Some("did you mean `ASIASAMCHAIN2EXAMPLE`?"));
    for (meant, written) in [
        ("payments/payments-api-7c9d", "payments/payments-api-7c9x"),
        ("payments-release/sam-hotfix", "payments-release/sam-hotfux"),
    ] {
        who::find(&session, meant).await.unwrap();
        let hint = who::find(&session, written).await.unwrap_err().hint();
        assert_eq!(hint.unwrap(), format!("did you mean `{meant}`?"));
    }
    for hostile in ["' OR 1=1 --", "\u{1b}[31m", "", "%", "*"] {
        who::find(&session, hostile).await.unwrap_err();
    }
}

#[tokio::test]
async fn what_came_of_an_identity_is_found_from_it() {
    let session = lakes::story().session();
    let down = who::downward(&session, "aws:key:ASIASAMONCALLEXAMPLE").await.unwrap();
    let names: Vec<&str> = down.iter().map(|one| one.credential.as_str()).collect();
    assert!(names.contains(&"ASIASAMCHAIN2EXAMPLE"), "{names:?}");
    let user = down.iter().find(|one| one.plane == "kubernetes").unwrap();
    let chances = who::opportunities(&session, &user.identity).await.unwrap();
    assert!(chances.iter().any(|one| one.credential == "ASIALEDGERCLIEXAMPLE"), "{chances:#?}");
    let deeds = who::deeds(&session, user).await.unwrap();
    assert!(deeds.iter().any(|deed| deed.action == "create pods/exec" || deed.action == "get pods/exec"), "{deeds:?}");
}

#[tokio::test]
async fn the_intruder_in_the_pod_is_an_opportunity_for_the_session_taken_with_its_token() {
    let session = lakes::story().session();
    let sql = "SELECT actor, related FROM identities WHERE credential = 'ASIAPAYMENTSBEXAMPLE'";
    let rows = ask(&session, sql).await;
    assert_eq!(rows.column("actor"), [Some("system:serviceaccount:payments:payments-api")]);
    let related = rows.column("related")[0].unwrap();
    assert!(related.contains("pod payments/payments-api-7c9d"), "{related}");
    assert!(related.contains("repo:example-org/shop:ref:refs/heads/main"), "{related}");
}
