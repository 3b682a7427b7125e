//! Grouping: counting different values beside all values comes out as each of the counts does alone.

use crate::lakes;
use crate::reading::ask;

/// The columns that are grouped by, and the column whose different values are counted.
const QUESTIONS: [(&str, &str, &str); 4] = [
    ("cloudtrail", "access_key_id", "source_ip_address"),
    ("cloudtrail", "event_source, event_name", "user_arn"),
    ("k8s_audit", "cluster || verb", "response_code"),
    // Counted as a whole, it has one value.
    ("k8s_audit", "user_name", "'x'"),
];

#[tokio::test]
async fn different_values_are_counted_beside_all_as_alone() {
    let session = lakes::generated().session();
    for (table, keys, value) in QUESTIONS {
        let ordinals = if keys.contains(", ") { "1, 2" } else { "1" };
        let asked = async |functions: &str| {
            let sql = format!("SELECT {keys}, {functions} FROM {table} AS t GROUP BY {ordinals} ORDER BY {ordinals}");
            ask(&session, &sql).await.rows
        };
        let functions = [
            &format!("count(DISTINCT {value})"),
            "count(*)",
            &format!("count({value})"),
            "min(event_time)",
            &format!("max({value})"),
        ];
        let together = asked(&functions.join(", ")).await;
        assert!(together.len() > 1, "{table} {keys}");
        let keys = ordinals.split(", ").count();
        for (index, function) in functions.iter().enumerate() {
            let alone = asked(function).await;
            let column = |rows: &[Vec<Option<String>>], at: usize| {
                rows.iter().map(|row| (row[..keys].to_vec(), row[keys + at].clone())).collect::<Vec<_>>()
            };
            assert_eq!(column(&together, index), column(&alone, 0), "{table} {function}");
        }
    }
}

#[tokio::test]
async fn different_values_beside_all_are_counted_in_two_steps() {
    let session = lakes::story().session();
    let plan = async |sql: &str| {
        let plan = ask(&session, &format!("EXPLAIN {sql}")).await;
        plan.rows[0][1].clone().unwrap()
    };
    let grouped =
        plan("SELECT verb, count(DISTINCT user_name), count(*) FROM k8s_audit GROUP BY verb HAVING count(*) > 1").await;
    assert!(
        !grouped.contains("DISTINCT k8s_audit.user_name)]]") && grouped.matches("Aggregate:").count() == 2,
        "{grouped}"
    );
    // What would come out otherwise, or can't be told in two steps, is left alone.
    for left_alone in [
        "SELECT count(DISTINCT user_name), count(*) FROM k8s_audit",
        "SELECT verb, count(DISTINCT user_name), count(DISTINCT verb), count(*) FROM k8s_audit GROUP BY verb",
        "SELECT verb, count(DISTINCT user_name), count(*), avg(response_code) FROM k8s_audit GROUP BY verb",
        "SELECT verb, count(DISTINCT user_name), count(*) FILTER (WHERE stage = 'x') FROM k8s_audit GROUP BY verb",
        "SELECT verb, count(DISTINCT user_name), count(*) FROM k8s_audit GROUP BY ROLLUP (verb)",
    ] {
        let plan = plan(left_alone).await;
        assert_eq!(plan.matches("Aggregate:").count(), 1, "{plan}");
    }
}
