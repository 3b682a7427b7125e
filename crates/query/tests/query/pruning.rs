//! Plans: a query for a day and a cluster scans only the parts that can hold its rows, filters reach the Parquet
//! reader, and ids are looked up by bloom filter.

use std::collections::BTreeSet;

use eksamine_query::Session;

use crate::lakes;
use crate::reading::{ask, ask_number, ask_one};

/// The parts that the plan of a query opens.
async fn scanned(session: &Session, sql: &str) -> BTreeSet<String> {
    let plan = ask(session, &format!("EXPLAIN VERBOSE {sql}")).await;
    let physical = plan.rows.iter().filter(|row| row[0].as_deref() == Some("physical_plan"));
    let texts: Vec<String> = physical.filter_map(|row| row[1].clone()).collect();
    assert_eq!(texts.len(), 1, "{sql}");
    let words = texts[0].split(['[', ']', ',', ' ', '{', '}']);
    words.filter(|word| word.ends_with(".parquet")).map(str::to_owned).collect()
}

/// The parts that the manifest says hold such rows.
async fn holding(session: &Session, condition: &str) -> BTreeSet<String> {
    let parts = ask(session, &format!("SELECT path FROM parts WHERE {condition}")).await;
    parts.rows.into_iter().flatten().flatten().collect()
}

#[tokio::test]
async fn only_parts_that_can_match_are_scanned() {
    let lake = lakes::generated();
    let session = lake.session();
    let all = holding(&session, "table_name = 'k8s_audit'").await;
    let clusters: Vec<&String> = lake.truth.tables["k8s_audit"].per_cluster.keys().collect();
    let days: Vec<&String> = lake.truth.tables["k8s_audit"].per_day.keys().collect();
    assert!(all.len() >= clusters.len() * 3 && clusters.len() == 2, "{all:?}");

    for day in &days {
        let next = format!("arrow_cast('{day}', 'Date32') + INTERVAL '1 day'");
        let sql = format!(
            "SELECT count(*) FROM k8s_audit WHERE event_time >= '{day}' AND event_time < {next} AND verb = 'get'"
        );
        let of_day = holding(&session, &format!("table_name = 'k8s_audit' AND day = '{day}'")).await;
        assert_eq!(scanned(&session, &sql).await, of_day, "{sql}");
        for cluster in &clusters {
            let sql = format!("{sql} AND cluster = '{cluster}'");
            let one = holding(&session, &format!("day = '{day}' AND parts.cluster = '{cluster}'")).await;
            assert!(one.len() < of_day.len());
            assert_eq!(scanned(&session, &sql).await, one, "{sql}");
        }
    }
    let others = [
        (format!("cluster IN ('{}', 'nowhere')", clusters[0]), format!("parts.cluster = '{}'", clusters[0])),
        (format!("cluster <> '{}'", clusters[0]), format!("parts.cluster <> '{}'", clusters[0])),
        (
            format!("event_time > '{}T12:00:00Z'", days[days.len() - 1]),
            format!("greatest_time > '{}T12:00:00Z'", days[days.len() - 1]),
        ),
        ("event_time < '2000-01-01'".to_owned(), "false".to_owned()),
        ("event_time IS NULL".to_owned(), "day IS NULL".to_owned()),
        ("event_time IS NULL OR verb = 'get'".to_owned(), "true".to_owned()),
        ("length(cluster) > 0 AND verb = 'get'".to_owned(), "true".to_owned()),
    ];
    for (condition, parts) in others {
        let sql = format!("SELECT verb FROM k8s_audit WHERE {condition}");
        let expected = holding(&session, &format!("table_name = 'k8s_audit' AND {parts}")).await;
        assert_eq!(scanned(&session, &sql).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn pruned_queries_count_what_unpruned_ones_count() {
    let lake = lakes::generated();
    let session = lake.session();
    for (name, table) in &lake.truth.tables {
        for (day, count) in &table.per_day {
            let whole =
                format!("event_time >= '{day}' AND event_time < arrow_cast('{day}', 'Date32') + INTERVAL '1 day'");
            let by_time = ask_number(&session, &format!("SELECT count(*) FROM {name} WHERE {whole}")).await;
            // The function hides the column from pruning.
            let by_text = format!("SELECT count(*) FROM {name} WHERE to_char(event_time, '%Y-%m-%d') = '{day}'");
            assert_eq!(
                (by_time, ask_number(&session, &by_text).await),
                (count.distinct, count.distinct),
                "{name} {day}"
            );
        }
    }
    for (cluster, count) in &lake.truth.tables["k8s_audit"].per_cluster {
        let sql = format!("SELECT count(*) FROM k8s_audit WHERE k8s_audit.cluster = '{cluster}'");
        assert_eq!(ask_number(&session, &sql).await, count.distinct, "{cluster}");
    }
}

#[tokio::test]
async fn the_timeline_view_is_pruned_too() {
    let lake = lakes::generated();
    let session = lake.session();
    let day = lake.truth.tables["cloudtrail"].per_day.keys().next().unwrap().clone();
    let sql = format!("SELECT summary FROM timeline WHERE time < arrow_cast('{day}', 'Date32') + INTERVAL '1 day'");
    let scanned = scanned(&session, &sql).await;
    let of_the_day = format!("day = '{day}' AND table_name <> 'sightings'");
    assert_eq!(scanned, holding(&session, &of_the_day).await);
    assert!(scanned.iter().any(|path| path.starts_with("cloudtrail/")), "{scanned:?}");
}

#[tokio::test]
async fn ids_are_looked_up_by_bloom_filter() {
    let lake = lakes::generated();
    let session = lake.session();
    let known = ask_one(&session, "SELECT min(event_id) FROM cloudtrail").await.unwrap();
    let measured = async |id: &str| {
        let sql = format!("EXPLAIN ANALYZE SELECT event_name FROM cloudtrail WHERE event_id = '{id}'");
        ask(&session, &sql).await.rows[0][1].clone().unwrap()
    };
    // Between the least and the greatest id, so that statistics alone can't tell that it is nowhere.
    let absent = measured("80000000-0000-4000-8000-000000000000").await;
    assert!(absent.contains("output_rows=0") && absent.contains("predicate=event_id"), "{absent}");
    let days = lake.truth.tables["cloudtrail"].per_day.len();
    assert!(absent.contains(&format!("row_groups_pruned_bloom_filter={days} total → 0 matched")), "{absent}");
    let present = measured(&known).await;
    assert!(present.contains("output_rows=1"), "{present}");
}

#[tokio::test]
async fn filters_reach_the_parquet_reader() {
    let session = lakes::story().session();
    let sql = "EXPLAIN ANALYZE SELECT raw FROM k8s_audit WHERE object_resource = 'secrets'";
    let plan = ask(&session, sql).await.rows[0][1].clone().unwrap();
    assert!(plan.contains("predicate=object_resource"), "{plan}");
    assert!(!plan.contains("FilterExec"), "{plan}");
    assert!(plan.contains("pushdown_rows_pruned=") && !plan.contains("pushdown_rows_pruned=0,"), "{plan}");
}

#[tokio::test]
async fn a_number_is_asked_for_before_text() {
    let session = lakes::story().session();
    let conditions = "verb IN ('get', 'list') AND user_name = 'eve' AND response_code >= 400 AND response_code = 401";
    let plan = ask(&session, &format!("EXPLAIN SELECT audit_id FROM k8s_audit WHERE {conditions}")).await;
    let text = plan.rows[0][1].clone().unwrap();
    let place = |condition: &str| text.find(condition).unwrap_or_else(|| panic!("{condition} in {text}"));
    assert!(place("response_code = Int64(401)") < place("verb = "), "{text}");
    assert!(place("verb = ") < place("user_name = "), "{text}");
    assert!(place("user_name = ") < place("response_code >= "), "{text}");
}
