//! What ties AWS calls to a cluster must neither multiply a row nor tie what does not belong together, whatever stands
//! in the logs: keys that are empty, missing or used a hundred times, names that are patterns.

use std::collections::BTreeMap;

use eksamine_query::Session;
use eksamine_query::timeline::{Cut, timeline};
use serde_json::{Value, json};

use crate::lakes::{self, TestLake};
use crate::reading::{Rows, ask_number};

fn call(number: usize, source: &str, name: &str, key: &Value, request: &Value, response: &Value) -> Value {
    json!({
        "eventVersion": "1.09", "eventID": format!("call-{number:03}"), "eventName": name,
        "eventSource": format!("{source}.amazonaws.com"), "eventTime": format!("2024-05-14T10:{:02}:00Z", number % 60),
        "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.1",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accessKeyId": key},
        "requestParameters": request, "responseElements": response
    })
}

fn audit(number: usize, user: &Value) -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": format!("audit-{number:03}"),
        "stage": "ResponseComplete", "level": "Metadata", "verb": "get", "requestURI": "/api/v1/pods",
        "requestReceivedTimestamp": format!("2024-05-14T10:{:02}:00Z", number % 60),
        "user": user, "objectRef": {"resource": "pods", "namespace": "a"}, "responseStatus": {"code": 200}
    })
}

fn login(key: &Value) -> Value {
    json!({"username": "alice", "extra": {"accessKeyId": [key]}})
}

/// Calls of an account and the audit log of the cluster `demo_1`.
fn lake(calls: &[Value], audits: &[Value]) -> TestLake {
    let lines = audits.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let files = [("aws/calls.json", json!({"Records": calls}).to_string()), ("k8s/demo/audit.log", lines)];
    lakes::of_files(&files, &[("demo_1", "k8s/demo/")])
}

/// Events of the timeline of `demo_1`, each with its reason. Fails if one is there twice.
async fn reasons(session: &Session) -> BTreeMap<String, String> {
    let cut = Cut { cluster: Some("demo_1".to_owned()), ..Cut::default() };
    let rows = Rows::of(timeline(session, &cut).await.unwrap()).await;
    let pairs = rows.column("event_id").into_iter().zip(rows.column("reason"));
    let all: BTreeMap<String, String> =
        pairs.map(|(id, reason)| (id.unwrap().to_owned(), reason.unwrap().to_owned())).collect();
    assert_eq!(all.len(), rows.rows.len(), "an event is there twice");
    all
}

#[tokio::test]
async fn keys_used_many_times_multiply_nothing() {
    let key = json!("ASIASHAREDEXAMPLE");
    let mut calls: Vec<Value> =
        (0..20).map(|number| call(number, "s3", "GetObject", &key, &json!({}), &Value::Null)).collect();
    // The same key handed out by several calls, with the cluster's own calls and service accounts around it.
    for number in 20..30 {
        let minted = json!({"credentials": {"accessKeyId": key}});
        calls.push(call(number, "sts", "AssumeRole", &json!("AKIAORIGINEXAMPLE"), &json!({}), &minted));
    }
    for number in 30..40 {
        calls.push(call(number, "eks", "DescribeCluster", &key, &json!({"name": "demo_1"}), &Value::Null));
    }
    let subject = "system:serviceaccount:a:b";
    for number in 40..50 {
        let minted = json!({"credentials": {"accessKeyId": "ASIAIRSAEXAMPLE"}});
        let mut taken = call(number, "sts", "AssumeRoleWithWebIdentity", &Value::Null, &json!({}), &minted);
        taken["userIdentity"] = json!({"type": "WebIdentityUser", "userName": subject});
        calls.push(taken);
    }
    for number in 50..60 {
        calls.push(call(number, "s3", "PutObject", &json!("ASIAIRSAEXAMPLE"), &json!({}), &Value::Null));
    }
    calls.push(call(60, "cloudtrail", "StopLogging", &json!("AKIAOTHEREXAMPLE"), &json!({"name": "t"}), &Value::Null));
    let mut audits: Vec<Value> = (0..30).map(|number| audit(number, &login(&key))).collect();
    audits.extend((30..50).map(|number| audit(number, &json!({"username": subject}))));

    let lake = lake(&calls, &audits);
    let session = lake.session();
    let reasons = reasons(&session).await;
    assert_eq!(reasons.len(), calls.len() + audits.len());
    let count = |reason: &str| reasons.values().filter(|other| *other == reason).count();
    assert_eq!(count("audit log of the cluster"), 50);
    assert_eq!(count("same AWS session logged in to the cluster"), 20);
    assert_eq!(count("made the AWS session that logged in to the cluster"), 10);
    assert_eq!(count("names the cluster"), 10);
    assert_eq!(count("service account of the cluster took an AWS role"), 10);
    assert_eq!(count("AWS session of a service account of the cluster"), 10);
    assert_eq!(count("changes what the account records"), 1);
    let rows = ask_number(&session, "SELECT count(*) FROM timeline").await;
    assert_eq!(rows, (calls.len() + audits.len()) as u64);
}

#[tokio::test]
async fn missing_and_empty_keys_tie_nothing() {
    let audits = [
        audit(0, &login(&Value::Null)),
        audit(1, &login(&json!(""))),
        audit(2, &json!({"username": "a"})),
        audit(3, &json!({})),
    ];
    let empty = json!({"credentials": {"accessKeyId": ""}});
    let calls = [
        call(0, "s3", "GetObject", &Value::Null, &json!({}), &Value::Null),
        call(1, "signin", "ConsoleLogin", &json!(""), &Value::Null, &Value::Null),
        call(2, "sts", "AssumeRole", &Value::Null, &json!({}), &empty),
        call(3, "sts", "AssumeRoleWithWebIdentity", &json!(""), &json!({}), &empty),
        call(4, "cloudtrail", "StopLogging", &json!(""), &json!({"name": "t"}), &Value::Null),
    ];
    let lake = lake(&calls, &audits);
    let session = lake.session();
    let reasons = reasons(&session).await;
    assert_eq!(reasons.keys().collect::<Vec<_>>(), ["audit-000", "audit-001", "audit-002", "audit-003"]);
}

#[tokio::test]
async fn a_name_with_a_wildcard_is_a_name() {
    let calls = [
        call(
            0,
            "logs",
            "DeleteLogGroup",
            &json!("A"),
            &json!({"logGroupName": "/aws/eks/demo_1/cluster"}),
            &Value::Null,
        ),
        call(
            1,
            "logs",
            "DeleteLogGroup",
            &json!("A"),
            &json!({"logGroupName": "/aws/eks/demo-1/cluster"}),
            &Value::Null,
        ),
        call(
            2,
            "logs",
            "DeleteLogGroup",
            &json!("A"),
            &json!({"logGroupName": "/aws/eks/demo_10/cluster"}),
            &Value::Null,
        ),
        call(3, "eks", "DeleteCluster", &json!("A"), &json!({"name": "demo-1"}), &Value::Null),
        call(4, "eks", "DeleteCluster", &json!("A"), &json!({"name": "demo_1"}), &Value::Null),
    ];
    let lake = lake(&calls, &[audit(0, &json!({"username": "a"}))]);
    let reasons = reasons(&lake.session()).await;
    assert_eq!(reasons["call-000"], "changes the log group of the cluster");
    assert_eq!(reasons.keys().collect::<Vec<_>>(), ["audit-000", "call-000", "call-004"]);
}

#[tokio::test]
async fn a_stopped_trail_of_another_account_is_not_the_clusters() {
    let mut elsewhere = call(0, "cloudtrail", "StopLogging", &json!("A"), &json!({"name": "t"}), &Value::Null);
    elsewhere["recipientAccountId"] = json!("444455556666");
    let calls = [
        elsewhere,
        call(1, "cloudtrail", "StopLogging", &json!("A"), &json!({"name": "t"}), &Value::Null),
        call(2, "eks", "DescribeCluster", &json!("A"), &json!({"name": "demo_1"}), &Value::Null),
    ];
    let lake = lake(&calls, &[audit(0, &json!({"username": "a"}))]);
    let reasons = reasons(&lake.session()).await;
    assert_eq!(reasons.keys().collect::<Vec<_>>(), ["audit-000", "call-001", "call-002"]);
}

#[tokio::test]
async fn events_without_a_time_come_last_and_are_not_lost() {
    let mut timeless = audit(0, &json!({"username": "a"}));
    timeless["requestReceivedTimestamp"] = json!("once upon a time");
    let lake = lake(&[], &[timeless, audit(1, &json!({"username": "a"}))]);
    let session = lake.session();
    let cut = Cut { cluster: Some("demo_1".to_owned()), ..Cut::default() };
    let rows = Rows::of(timeline(&session, &cut).await.unwrap()).await;
    assert_eq!(rows.column("event_id"), [Some("audit-001"), Some("audit-000")]);
    assert_eq!(rows.column("time")[1], None);
}
