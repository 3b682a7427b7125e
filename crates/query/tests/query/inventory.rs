//! The table `inventory`: what belongs to a cluster can be asked for, and each row leads to the record that shows it.

use crate::lakes;
use crate::reading::ask;

#[tokio::test]
async fn what_belongs_to_a_cluster_is_asked_for_in_sql() {
    let session = lakes::story().session();
    let rows = ask(
        &session,
        "SELECT cluster, kind, value, account_id, confidence, event_time, event_id FROM inventory
         WHERE kind NOT LIKE '%key' ORDER BY cluster, kind, value, account_id",
    )
    .await;
    insta::assert_snapshot!("inventory_of_the_story", rows.lines());
}

#[tokio::test]
async fn every_thing_leads_to_the_record_that_shows_it() {
    let session = lakes::story().session();
    let events = "(SELECT event_id, event_time, source_uri, source_record FROM cloudtrail
        UNION ALL SELECT audit_id, event_time, source_uri, source_record FROM k8s_audit)";
    let count = async |rest: String| ask(&session, &format!("SELECT count(*) FROM inventory AS i {rest}")).await.rows;
    let placed = "i.source_uri IS NOT NULL";
    let proved = count(format!(
        "JOIN {events} AS e ON i.source_uri = e.source_uri AND i.source_record = e.source_record
         AND i.event_id = e.event_id AND i.event_time = e.event_time WHERE {placed}"
    ));
    assert_eq!(proved.await, count(format!("WHERE {placed}")).await);
    // Of an account, a region, a service account or a key that logged in many events tell, and one is named.
    let many = "i.source_uri IS NULL AND i.event_id IS NOT NULL";
    let named = count(format!("WHERE {many} AND i.event_id IN (SELECT event_id FROM {events})"));
    assert_eq!(named.await, count(format!("WHERE {many}")).await);
    let untold = ask(&session, "SELECT DISTINCT kind FROM inventory WHERE event_id IS NULL").await;
    let mut kinds: Vec<&str> = untold.column("kind").into_iter().flatten().collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["log_group", "login_key"],
        "made of the cluster's name; in lines of the authenticator, without ids"
    );
}

#[tokio::test]
async fn whose_an_address_was_and_when_is_asked_for_in_sql() {
    let session = lakes::story().session();
    let rows = ask(&session, "SELECT * FROM addresses ORDER BY address, kind, name, since").await;
    insta::assert_snapshot!("addresses_of_the_story", rows.lines());
}

#[tokio::test]
async fn an_empty_lake_has_no_inventory() {
    let session = lakes::empty().session();
    let rows = ask(&session, "SELECT value FROM inventory UNION ALL SELECT address FROM addresses");
    assert_eq!(rows.await.rows, Vec::<Vec<Option<String>>>::new());
}
