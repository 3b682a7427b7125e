//! Two witnesses: what SQL counts in a generated archive, and what a plain reader of its objects counts. The reader is
//! gzip and serde_json and knows nothing of sources, lakes and DataFusion.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::lakes;
use crate::reading::ask;

/// Distinct events of an archive: of CloudTrail, and of Kubernetes with their cluster.
#[derive(Default)]
pub struct Events {
    pub cloudtrail: Vec<Value>,
    pub k8s_audit: Vec<(String, Value)>,
}

pub fn read_archive(folder: &Path) -> Events {
    let (mut events, mut seen) = (Events::default(), BTreeSet::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                read_object(&path, &mut events, &mut seen);
            }
        }
    }
    events
}

fn read_object(path: &Path, events: &mut Events, seen: &mut BTreeSet<[String; 3]>) {
    #[expect(clippy::disallowed_types, reason = "a witness must not read with what it bears witness of")]
    let mut gzip = flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap());
    let mut json = Vec::new();
    gzip.read_to_end(&mut json).unwrap();
    for document in serde_json::Deserializer::from_slice(&json).into_iter::<Value>() {
        let document = document.unwrap();
        for record in document["Records"].as_array().into_iter().flatten() {
            if seen.insert([text(&record["eventID"]), String::new(), String::new()]) {
                events.cloudtrail.push(record.clone());
            }
        }
        let messages = document["logEvents"].as_array().into_iter().flatten();
        for message in messages.filter(|_| document["messageType"] == "DATA_MESSAGE") {
            let record: Value = serde_json::from_str(message["message"].as_str().unwrap()).unwrap();
            let group = text(&document["logGroup"]);
            let cluster = group.strip_prefix("/aws/eks/").unwrap().strip_suffix("/cluster").unwrap().to_owned();
            if seen.insert([cluster.clone(), text(&record["auditID"]), text(&record["stage"])]) {
                events.k8s_audit.push((cluster, record));
            }
        }
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

type Counts = BTreeMap<Vec<String>, u64>;

fn counted(keys: impl Iterator<Item = Vec<String>>) -> Counts {
    let mut counts = Counts::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

async fn asked(sql: &str) -> Counts {
    let session = lakes::generated().session();
    let rows = ask(&session, sql).await.rows;
    let counts = rows.into_iter().map(|row| {
        let mut row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        let count = row.pop().unwrap().parse().unwrap();
        (row, count)
    });
    counts.collect()
}

#[tokio::test]
async fn both_witnesses_agree() {
    let lake = lakes::generated();
    let events = read_archive(&lake.archive());
    let truth = &lake.truth.tables;
    assert_eq!(events.cloudtrail.len() as u64, truth["cloudtrail"].count.distinct);
    assert_eq!(events.k8s_audit.len() as u64, truth["k8s_audit"].count.distinct);
    assert!(truth["cloudtrail"].count.duplicates() > 0 && truth["k8s_audit"].count.duplicates() > 0);

    let day = |time: &Value| text(time)[..10].to_owned();
    let calls = events.cloudtrail.iter();
    let expected =
        counted(calls.map(|call| vec![day(&call["eventTime"]), text(&call["eventSource"]), text(&call["eventName"])]));
    let sql =
        "SELECT to_char(event_time, '%Y-%m-%d'), event_source, event_name, count(*) FROM cloudtrail GROUP BY 1, 2, 3";
    assert!(expected.len() > 20);
    assert_eq!(asked(sql).await, expected);

    let expected = counted(events.k8s_audit.iter().map(|(cluster, event)| {
        let (verb, object) = (text(&event["verb"]), &event["objectRef"]);
        vec![cluster.clone(), day(&event["requestReceivedTimestamp"]), verb, text(&object["resource"])]
    }));
    let sql = "SELECT k8s_audit.cluster, to_char(event_time, '%Y-%m-%d'), verb, object_resource, count(*) \
               FROM k8s_audit GROUP BY 1, 2, 3, 4";
    assert!(expected.len() > 20);
    assert_eq!(asked(sql).await, expected);
}

#[tokio::test]
async fn both_witnesses_agree_on_nested_values() {
    let events = read_archive(&lakes::generated().archive());
    let issuers = events.cloudtrail.iter().map(|call| &call["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]);
    let expected = counted(issuers.map(|arn| vec![text(arn)]));
    assert_eq!(asked("SELECT session_issuer_arn, count(*) FROM cloudtrail GROUP BY 1").await, expected);
    let by_json =
        "SELECT user_identity -> 'sessionContext' -> 'sessionIssuer' ->> 'arn', count(*) FROM cloudtrail GROUP BY 1";
    assert_eq!(asked(by_json).await, expected);

    let expected = counted(events.k8s_audit.iter().map(|(_, event)| {
        let code = event["responseStatus"]["code"].as_u64().map_or_else(String::new, |code| code.to_string());
        vec![text(&event["user"]["username"]), text(&event["sourceIPs"][0]), code]
    }));
    let sql = "SELECT user_name, source_ip, response_code, count(*) FROM k8s_audit GROUP BY 1, 2, 3";
    assert_eq!(asked(sql).await, expected);
    let by_json = "SELECT raw -> 'user' ->> 'username', raw -> 'sourceIPs' ->> 0, raw -> 'responseStatus' ->> 'code', \
                   count(*) FROM k8s_audit GROUP BY 1, 2, 3";
    assert_eq!(asked(by_json).await, expected);
}
