//! Curated queries with a Logs Insights original of our own: the translated original and the SQL give the same values in
//! the columns they both name. The two are written apart, so each bears witness of the other. Originals that others
//! wrote list whole messages, and are compared in `insights` and `insights_runs`.

use eksamine_query::insights::Settings;
use eksamine_query::{Session, curated};
use serde_json::{Value, json};

use crate::lakes;
use crate::reading::Rows;

/// Fewer columns in common would prove little.
const LEAST_COLUMNS: usize = 3;

fn own_originals() -> Vec<curated::Query> {
    let is_own = |query: &curated::Query| query.insights.as_deref().is_some_and(|text| !text.contains("@message"));
    curated::queries().into_iter().filter(is_own).collect()
}

/// The values of the columns, sorted by row: where times or counts are equal, either may put either first.
fn values(rows: &Rows, names: &[&str]) -> Vec<Vec<Option<String>>> {
    // Logs Insights knows one kind of number: a sum of whole numbers comes as `9000.0` there.
    let plain = |value: String| value.strip_suffix(".0").map_or(value.clone(), str::to_owned);
    let mut rows: Vec<Vec<Option<String>>> =
        rows.only(names).rows.into_iter().map(|row| row.into_iter().map(|value| value.map(plain)).collect()).collect();
    rows.sort();
    rows
}

/// How many rows the two agree on, or what they differ in.
async fn compare(session: &Session, query: &curated::Query) -> usize {
    let settings =
        Settings { log_group: Some(query.table.to_owned()), now: 1_715_700_000_000_000, ..Settings::default() };
    let original = query.insights.as_deref().unwrap();
    let (answer, translation) =
        session.insights(original, &settings).await.unwrap_or_else(|error| panic!("{}: {error}", query.name));
    let translated = Rows::of(answer).await;
    let written = Rows::of(curated::run(session, query, &[]).await.unwrap()).await;
    let common: Vec<&str> = written
        .columns
        .iter()
        .map(String::as_str)
        .filter(|name| translated.columns.iter().any(|own| own == name))
        .collect();
    assert!(common.len() >= LEAST_COLUMNS, "{}: only {common:?} in common", query.name);
    assert_eq!(values(&translated, &common), values(&written, &common), "{}\n{}", query.name, translation.sql);
    written.rows.len()
}

/// Audit events of every combination that the originals tell apart: missing, empty and odd values among them.
fn audit_events() -> String {
    let users = [json!("system:anonymous"), json!("alice"), Value::Null];
    let targets = [
        json!({"resource": "secrets"}),
        json!({"resource": "secrets", "namespace": "shop"}),
        json!({"resource": "secrets", "namespace": "shop", "name": "key"}),
        json!({"resource": "pods"}),
        Value::Null,
    ];
    let codes = [json!(200), json!(299), json!(300), json!(399), json!(400), json!(403), json!(199), Value::Null];
    let paths = ["/healthz", "/healthz/ping", "/healthzz", "/version?timeout=32s", "/api/v1/secrets", "/apis"];
    let mut lines = Vec::new();
    for user in &users {
        for target in &targets {
            for code in &codes {
                for verb in ["list", "watch", "get"] {
                    let number = lines.len();
                    let second = number * 59 % 86_400;
                    let time = format!("2024-05-14T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
                    let mut event = json!({
                        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "verb": verb,
                        "auditID": format!("event-{number}"), "stage": "ResponseComplete",
                        "requestURI": paths[number % paths.len()],
                        "requestReceivedTimestamp": time, "stageTimestamp": time,
                        "user": {"username": user}, "sourceIPs": ["192.0.2.1"]
                    });
                    if !target.is_null() {
                        event["objectRef"] = target.clone();
                    }
                    if !code.is_null() {
                        event["responseStatus"] = json!({"code": code});
                    }
                    if number % 7 == 0 {
                        event["impersonatedUser"] = json!({"username": format!("as-{number}")});
                    }
                    lines.push(event.to_string());
                }
            }
        }
    }
    lines.join("\n")
}

/// AWS calls of every combination that the originals tell apart.
fn calls() -> String {
    let types = [json!("Root"), json!("IAMUser"), Value::Null];
    let invokers = [Value::Null, json!("cloudformation.amazonaws.com")];
    let kinds = ["AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn"];
    let addresses =
        [json!("203.0.113.66"), json!("192.0.2.45"), json!("eks.amazonaws.com"), json!("AWS Internal"), Value::Null];
    let keys = [json!("AKIAONE0EXAMPLE"), json!("AKIATWO0EXAMPLE"), json!("AKIASTAYS0EXAMPLE"), Value::Null];
    let mut records = Vec::new();
    for user in &types {
        for invoker in &invokers {
            for kind in kinds {
                for address in &addresses {
                    for key in &keys {
                        // One key never leaves its place.
                        let stays = key == "AKIASTAYS0EXAMPLE";
                        let address = if stays { &addresses[0] } else { address };
                        let number = records.len();
                        let time = format!("2024-05-14T{:02}:{:02}:00Z", number / 60 % 24, number % 60);
                        let mut identity = json!({"arn": "arn:aws:iam::111122223333:user/x"});
                        for (name, value) in [("type", user), ("invokedBy", invoker), ("accessKeyId", key)] {
                            if !value.is_null() {
                                identity[name] = value.clone();
                            }
                        }
                        let mut record = json!({
                            "eventVersion": "1.08", "eventID": format!("call-{number}"), "eventTime": time,
                            "eventName": "GetUser", "eventSource": "iam.amazonaws.com", "eventType": kind,
                            "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "userIdentity": identity
                        });
                        if !address.is_null() {
                            record["sourceIPAddress"] = address.clone();
                        }
                        records.push(record);
                    }
                }
            }
        }
    }
    json!({ "Records": records }).to_string()
}

/// Flow records, some without addresses.
fn flows() -> String {
    let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
    let record = |number: usize| {
        let (start, end) = (1_715_695_200 + number * 60, 1_715_695_259 + number * 60);
        if number % 9 == 8 {
            return format!("2 111122223333 eni-0123456789abcdef0 - - - - - - - {start} {end} - NODATA");
        }
        let (source, destination) = (number % 5, number % 3);
        format!(
            "2 111122223333 eni-0123456789abcdef0 10.0.0.{source} 198.51.100.{destination} 443 51000 6 {number} {} {start} {end} ACCEPT OK",
            number * 100
        )
    };
    std::iter::once(header.to_owned()).chain((1..60).map(record)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn originals_of_our_own_say_what_the_sql_says_on_every_combination() {
    let flow_key = "AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/05/14/111122223333_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20240514T1400Z_0a1b2c3d.log";
    let files = [("k8s/one/audit.log", audit_events()), ("calls.json", calls()), (flow_key, flows())];
    let lake = lakes::of_files(&files, &[("one", "k8s/one/")]);
    let session = lake.session();
    let queries = own_originals();
    assert!(queries.len() >= 6);
    for query in &queries {
        assert!(compare(&session, query).await > 0, "{} finds nothing to compare", query.name);
    }
}

#[tokio::test]
async fn originals_of_our_own_say_what_the_sql_says_on_the_story_and_a_generated_archive() {
    for lake in [lakes::story(), lakes::generated()] {
        let session = lake.session();
        for query in own_originals() {
            compare(&session, &query).await;
        }
    }
}
