//! Logs Insights as it is used: queries that AWS publishes run as they are, curated queries return what their originals
//! return, and the table function joins the two languages. Whether single constructs mean what they should is tested
//! in `insights_agree`.

use std::collections::BTreeSet;

use eksamine_query::insights::{BinCap, Missing, Note, Settings};
use eksamine_query::{Error, Session, curated};
use serde_json::Value;

use crate::insights::combinations;
use crate::lakes;
use crate::reading::{Rows, ask, attempt};

/// Queries as they are published, each with the log group it is asked of.
const PUBLISHED: &str = include_str!("../../../../testdata/insights/published.txt");

fn published() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PUBLISHED.split("\n\n").skip(1).map(|query| {
        let (head, _) = query.strip_prefix("# ").unwrap().split_once('\n').unwrap();
        let (group, title) = head.split_once(": ").unwrap();
        (group, title, query)
    })
}

/// The log group by a name for short.
fn settings(group: &str) -> Settings {
    let group = if group == "eks" { "/aws/eks/demo/cluster" } else { group };
    Settings { log_group: Some(group.to_owned()), now: 1_715_700_000_000_000, ..Settings::default() }
}

async fn run(session: &Session, query: &str, settings: &Settings) -> Rows {
    let (answer, translation) =
        session.insights(query, settings).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    let named: Vec<&str> = translation.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = Rows::of(answer).await;
    assert_eq!(rows.columns, named, "{query}\n{}", translation.sql);
    // The SQL that is printed is the SQL that was asked.
    assert_eq!(ask(session, &translation.sql).await, rows, "{query}\n{}", translation.sql);
    rows
}

#[tokio::test]
async fn published_queries_run_as_they_are() {
    let session = lakes::story().session();
    let empty = lakes::empty().session();
    let mut counts = Vec::new();
    for (group, title, query) in published() {
        let rows = run(&session, query, &settings(group)).await;
        counts.push(format!("{:3} {group}: {title}", rows.rows.len()));
        // No cluster is known there, so the log group is that of the tables.
        let group = if group == "eks" { "k8s_audit" } else { group };
        let none = run(&empty, query, &settings(group)).await;
        assert!(none.rows.is_empty() || !query.contains(" by "), "{query}");
    }
    insta::assert_snapshot!("published_queries", counts.join("\n"));
}

/// Id and stage of the events that a query lists by their message.
fn listed(rows: &Rows) -> Vec<(Option<String>, Option<String>)> {
    let text = |event: &Value, key: &str| event[key].as_str().map(str::to_owned);
    let event = |message: Option<&str>| -> Value { serde_json::from_str(message.unwrap()).unwrap() };
    rows.column("@message")
        .into_iter()
        .map(event)
        .map(|event| (text(&event, "auditID"), text(&event, "stage")))
        .collect()
}

/// What a curated query lists, the same way.
fn found(rows: &Rows) -> Vec<(Option<String>, Option<String>)> {
    let own = |name: &str| rows.column(name).into_iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>();
    own("audit_id").into_iter().zip(own("stage")).collect()
}

#[tokio::test]
async fn curated_queries_return_what_their_originals_return() {
    let events = combinations();
    let text = events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let of_combinations = lakes::of_files(&[("k8s/one/audit.log", text)], &[("one", "k8s/one/")]);
    // Those that list events by their message; the others are compared by columns in `curated_originals`.
    let is_listed =
        |query: &curated::Query| query.insights.as_deref().is_some_and(|original| original.contains("@message"));
    let originals: Vec<_> = curated::queries().into_iter().filter(is_listed).collect();
    assert!(originals.len() >= 7);
    for lake in [&of_combinations, &*lakes::story(), &*lakes::generated()] {
        let session = lake.session();
        for query in &originals {
            let original = query.insights.as_deref().unwrap();
            let translated = run(&session, original, &settings(query.table)).await;
            let written = Rows::of(curated::run(&session, query, &[]).await.unwrap()).await;
            if query.name == "unauthorized-secret-reads-by-minute" {
                // Minutes are those of CloudWatch there and of the event here, so where they may differ, sums.
                let sum = |rows: &Rows, column| -> u64 {
                    rows.column(column).into_iter().flatten().map(|count| count.parse::<u64>().unwrap()).sum()
                };
                assert_eq!(sum(&translated, "count()"), sum(&written, "events"), "{}", query.name);
                continue;
            }
            let (listed, found) = (listed(&translated), found(&written));
            // Where there are more events than the limit, the order decides which are shown.
            let is_cut = listed.len() == 100 || listed.len() == 50;
            assert_eq!(listed.len(), found.len(), "{}", query.name);
            if !is_cut {
                let (listed, found): (BTreeSet<_>, BTreeSet<_>) =
                    (listed.into_iter().collect(), found.into_iter().collect());
                assert_eq!(listed, found, "{}", query.name);
            }
        }
    }
}

#[tokio::test]
async fn the_table_function_joins_the_two_languages() {
    let session = lakes::story().session();
    let direct = run(&session, "filter verb = 'list' | fields verb, user.username", &settings("k8s_audit")).await;
    let sql = "SELECT * FROM insights('filter verb = ''list'' | fields verb, user.username', 'k8s_audit')";
    let mut of_function = ask(&session, sql).await;
    let mut expected = direct.rows.clone();
    expected.sort();
    of_function.rows.sort();
    assert!(!expected.is_empty());
    assert_eq!(of_function.columns, direct.columns);
    assert_eq!(of_function.rows, expected);

    let joined = "SELECT i.name, i.calls, c.event_source FROM insights('stats count(*) as calls by eventName as name', 'cloudtrail') AS i \
                  JOIN (SELECT DISTINCT event_name, event_source FROM cloudtrail) AS c ON c.event_name = i.name \
                  ORDER BY i.calls DESC, i.name LIMIT 3";
    assert_eq!(ask(&session, joined).await.rows.len(), 3);
    let of_cluster = "SELECT count(*) FROM insights('fields @timestamp', 'k8s_audit', 'staging')";
    let plain = "SELECT count(*) FROM k8s_audit WHERE cluster = 'staging'";
    assert_eq!(ask(&session, of_cluster).await, ask(&session, plain).await);
}

#[tokio::test]
async fn errors_show_their_place_in_either_language() {
    let session = lakes::story().session();
    let query = "fields @timestamp\n| filtre verb = 'get'";
    let Err(direct) = session.insights(query, &settings("k8s_audit")).await else { panic!("it was answered") };
    assert!(direct.excerpt().unwrap().contains("filtre"), "{direct:?}");
    assert!(direct.hint().unwrap().contains("filter"), "{direct:?}");
    let sql = format!("SELECT * FROM insights('{}', 'k8s_audit')", query.replace('\'', "''"));
    let within = attempt(&session, &sql, Vec::new()).await.unwrap_err();
    assert_eq!((within.to_string(), within.excerpt()), (direct.to_string(), direct.excerpt()));

    for sql in ["SELECT * FROM insights()", "SELECT * FROM insights(1)", "SELECT * FROM insights(NULL)"] {
        let error = attempt(&session, sql, Vec::new()).await.unwrap_err().to_string();
        assert!(error.contains("insights('query'"), "{sql}: {error}");
    }
    let unknown = Settings { cluster: Some("demi".to_owned()), ..settings("k8s_audit") };
    let Err(error) = session.insights("fields @timestamp", &unknown).await else { panic!("it was answered") };
    assert!(matches!(&error, Error::NoSuchCluster { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("did you mean `demo`?"), "{error:?}");
    // The story's sightings lie in parts that name the table they speak of.
    let table = Settings { cluster: Some("cloudtrail".to_owned()), ..settings("k8s_audit") };
    let Err(error) = session.insights("fields @timestamp", &table).await else { panic!("it was answered") };
    assert_eq!(error.hint().unwrap(), "the clusters are `demo`, `staging`");
}

#[tokio::test]
async fn choices_are_told_and_can_be_changed() {
    let session = lakes::story().session();
    let query = "filter impersonatedUser.username != 'nobody' | stats count(*) as n";
    let kept = settings("k8s_audit");
    let skipped = Settings { missing: Missing::Skip, ..kept.clone() };
    let all = ask(&session, "SELECT count(*) FROM k8s_audit").await;
    let named = ask(&session, "SELECT count(*) FROM k8s_audit WHERE impersonated_user_name <> 'nobody'").await;
    assert_eq!(run(&session, query, &kept).await.rows, all.rows);
    assert_eq!(run(&session, query, &skipped).await.rows, named.rows);
    let (_, translation) = session.insights(query, &kept).await.unwrap();
    assert!(translation.notes.iter().any(|note| matches!(note, Note::Missing { kept: true, .. })), "{translation:?}");

    let query = "stats count(*) as n by bin(300s) as t";
    let capped = run(&session, query, &kept).await;
    let exact = run(&session, query, &Settings { bin_cap: BinCap::AsWritten, ..kept.clone() }).await;
    assert!(exact.rows.len() < capped.rows.len());
    let (_, translation) = session.insights(query, &kept).await.unwrap();
    assert!(translation.notes.iter().any(|note| matches!(note, Note::BinCapped { .. })), "{translation:?}");
}

#[tokio::test]
async fn since_until_and_cluster_cut() {
    let session = lakes::story().session();
    let query = "fields @timestamp, @message | limit 10000";
    let cut = Settings {
        cluster: Some("demo".to_owned()),
        since: Some(1_715_695_200_000_000),
        until: Some(1_715_696_100_000_000),
        ..settings("k8s_audit")
    };
    let found = run(&session, query, &cut).await;
    let sql = "SELECT raw FROM k8s_audit WHERE cluster = 'demo' \
               AND coalesce(log_time, event_time) >= TIMESTAMP '2024-05-14T14:00:00Z' \
               AND coalesce(log_time, event_time) < TIMESTAMP '2024-05-14T14:15:00Z'";
    let mut expected: Vec<_> = ask(&session, sql).await.rows.into_iter().flatten().collect();
    let mut messages: Vec<_> = found.column("@message").into_iter().map(|text| text.map(str::to_owned)).collect();
    expected.sort();
    messages.sort();
    assert!(!messages.is_empty());
    assert_eq!(messages, expected);
}

#[tokio::test]
async fn filters_on_typed_columns_reach_the_scan() {
    let session = lakes::story().session();
    let query = "filter user.username = 'system:anonymous' and objectRef.resource = 'secrets' | fields verb";
    let (_, translation) = session.insights(query, &settings("k8s_audit")).await.unwrap();
    let plan = ask(&session, &format!("EXPLAIN {}", translation.sql)).await;
    let plan = plan.column("plan").into_iter().flatten().collect::<Vec<_>>().join("\n");
    let scan = plan.lines().find(|line| line.contains("DataSourceExec")).unwrap_or_else(|| panic!("{plan}"));
    assert!(
        scan.contains("pruning_predicate=") && scan.contains("user_name") && scan.contains("object_resource"),
        "{scan}"
    );
    assert!(!scan.split("predicate=").next().unwrap().contains("raw"), "raw is not read: {scan}");
}

#[tokio::test]
async fn lookups_enrich_rows() {
    let session = lakes::story().session();
    session.add_lookup("teams", "username,team\nsystem:anonymous,nobody\n\"system:apiserver\",platform\n").unwrap();
    let query = "lookup teams username as user.username OUTPUT team | stats count(*) as n by team";
    let found = run(&session, query, &settings("k8s_audit")).await;
    let sql = "SELECT CASE user_name WHEN 'system:anonymous' THEN 'nobody' WHEN 'system:apiserver' THEN 'platform' END AS team, \
               count(*) AS n FROM k8s_audit GROUP BY team";
    let (mut expected, mut own) = (ask(&session, sql).await.only(&["team", "n"]).rows, found.only(&["team", "n"]).rows);
    expected.sort();
    own.sort();
    assert_eq!(own, expected);
    for (name, csv, what) in [("k8s_audit", "a\n1", "already"), ("teams", "a\n1", "already"), ("none", "", "header")] {
        let error = session.add_lookup(name, csv).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

/// Flow records: source, destination, protocol, packets, bytes, minute of the hour and status.
fn flows() -> String {
    let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
    let records = [
        ("192.0.2.5", "198.51.100.7", 6, 10, 8_000, 0, "OK"),
        ("192.0.2.5", "198.51.100.7", 6, 30, 9_000, 1, "OK"),
        ("192.0.2.5", "198.51.100.8", 17, 2, 200, 2, "OK"),
        ("203.0.113.9", "198.51.100.7", 17, 5, 500, 3, "OK"),
        ("-", "-", 0, 0, 0, 61, "SKIPDATA"),
    ];
    let record = |(source, destination, protocol, packets, bytes, minute, status): (
        &str,
        &str,
        i64,
        i64,
        i64,
        i64,
        &str,
    )| {
        let start = 1_715_695_200 + minute * 60;
        let end = start + 59;
        if status == "OK" {
            format!(
                "2 111122223333 eni-0123456789abcdef0 {source} {destination} 443 51000 {protocol} {packets} {bytes} {start} {end} ACCEPT OK"
            )
        } else {
            format!("2 111122223333 eni-0123456789abcdef0 - - - - - - - {start} {end} - {status}")
        }
    };
    std::iter::once(header.to_owned()).chain(records.map(record)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn flow_logs_answer_by_the_names_of_cloudwatch() {
    let key = "AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/05/14/111122223333_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20240514T1400Z_0a1b2c3d.log";
    let lake = lakes::of_files(&[(key, flows())], &[]);
    let session = lake.session();
    for (query, expected) in [
        (
            "stats sum(packets) as packetsTransferred by srcAddr, dstAddr | sort packetsTransferred desc | limit 2",
            "srcAddr | dstAddr | packetsTransferred\n192.0.2.5 | 198.51.100.7 | 40\n203.0.113.9 | 198.51.100.7 | 5",
        ),
        (
            "filter isIpv4InSubnet(srcAddr, \"192.0.2.0/24\") | stats sum(bytes) as bytesTransferred by dstAddr | sort bytesTransferred desc | limit 15",
            "dstAddr | bytesTransferred\n198.51.100.7 | 17000\n198.51.100.8 | 200",
        ),
        ("filter protocol=17 | stats count(*) by srcAddr", "srcAddr | count(*)\n192.0.2.5 | 1\n203.0.113.9 | 1"),
        (
            "filter logStatus=\"SKIPDATA\" | stats count(*) by bin(1h) as t | sort t",
            "t | count(*)\n2024-05-14T15:00:00Z | 1",
        ),
        (
            "fields srcAddr, dstAddr, bytes | filter interfaceId = 'eni-0123456789abcdef0' and ispresent(srcAddr) | sort @timestamp desc | dedup srcAddr, dstAddr | limit 20",
            "srcAddr | dstAddr | bytes\n203.0.113.9 | 198.51.100.7 | 500\n192.0.2.5 | 198.51.100.8 | 200\n192.0.2.5 | 198.51.100.7 | 9000",
        ),
    ] {
        let rows = run(&session, query, &settings("vpc-flow")).await;
        assert_eq!(rows.lines().replace(".0\n", "\n").trim_end_matches(".0"), expected, "{query}");
    }
}
