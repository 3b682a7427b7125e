//! The story holds together, and `testdata/bucket` is what the builder makes. Objects are read here with a reader of
//! their own, not with the product's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

mod joins;

use super::framing::inflate;
use super::{Event, ObjectTruth, Plane, StoryObject, bucket_folder, events, objects, truth};

#[test]
fn written_files_are_what_the_builder_makes() {
    let mut written = BTreeMap::new();
    read_folder(&bucket_folder(), "", &mut written);
    let built: BTreeMap<String, Vec<u8>> = objects().into_iter().map(|object| (object.key, object.bytes)).collect();
    let hint = "run `cargo run -p eksamine-testkit --bin write-story` and commit `testdata/bucket`";
    assert_eq!(written.keys().collect::<Vec<_>>(), built.keys().collect::<Vec<_>>(), "{hint}");
    for (key, bytes) in &built {
        assert!(written[key] == *bytes, "`{key}` differs: {hint}");
    }
}

#[test]
fn every_build_gives_the_same_bytes() {
    assert_eq!(objects(), objects());
    assert_eq!(truth(), truth());
}

#[test]
fn every_event_has_an_identity_of_its_own() {
    let all = events();
    let identities: BTreeSet<_> = all.iter().map(Event::identity).collect();
    assert_eq!(identities.len(), all.len());
    for identity in identities {
        if !matches!(identity.plane, Plane::Aws | Plane::Kubernetes) {
            continue;
        }
        let id = identity.id;
        let shape: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12], "`{id}` is no UUID");
        assert_eq!(&id[14..15], "4");
    }
}

#[test]
fn the_truth_is_what_a_reader_finds() {
    let truth = truth();
    let mut found = BTreeSet::new();
    for (object, expected) in objects().iter().zip(&truth.objects) {
        assert_eq!(object.key, expected.key);
        let read = read(object, expected);
        assert_eq!(read.records.len(), expected.records, "records of `{}`", object.key);
        assert_eq!(read.bad, expected.bad_records, "bad records of `{}`", object.key);
        assert_eq!(read.torn, expected.torn_records, "torn records of `{}`", object.key);
        assert_eq!(read.control_messages, expected.control_messages, "control messages of `{}`", object.key);
        let repeated = read.records.iter().filter(|record| !found.insert(identity(record))).count();
        let expected_repeated = if expected.duplicate_of.is_some() { expected.records } else { 0 };
        assert_eq!(repeated, expected_repeated, "records of `{}` that stand elsewhere too", object.key);
    }
    assert_eq!(found.len(), truth.distinct_events());
    assert_eq!(events().len(), truth.distinct_events() + 1 + lost(&truth.objects));
    for key_event in &truth.key_events {
        let identity = (key_event.id.clone(), key_event.stage.unwrap_or_default().to_owned());
        assert!(found.contains(&identity), "`{}` can't be read", key_event.what);
    }
}

#[test]
fn all_planted_faults_are_there() {
    let truth = truth();
    let count = |has: fn(&ObjectTruth) -> bool| truth.objects.iter().filter(|object| has(object)).count();
    assert_eq!(count(|object| object.bad_records > 0), 1);
    assert_eq!(count(|object| object.torn_records > 0), 1);
    assert_eq!(count(|object| object.duplicate_of.is_some()), 1);
    assert_eq!(count(|object| object.control_messages > 0), 1);
    assert_eq!(count(|object| object.planes.is_empty()), 1);
    assert!(count(|object| object.planes.len() > 1) > 1, "a subscription carries all streams of a cluster");
    assert!(lost(&truth.objects) > 0);
}

#[test]
fn the_story_stays_small_enough_to_read() {
    let truth = truth();
    assert!((300..=450).contains(&truth.distinct_events()), "{} events", truth.distinct_events());
    assert!((80..=120).contains(&truth.demo_audit_events), "{} audit events of demo", truth.demo_audit_events);
    let size_bytes: usize = objects().iter().map(|object| object.bytes.len()).sum();
    assert!(size_bytes < 200_000, "{size_bytes} bytes");
}

#[test]
fn every_table_has_events() {
    let planes: BTreeSet<Plane> = truth().objects.into_iter().flat_map(|object| object.planes).collect();
    assert_eq!(planes.len(), 7, "{planes:?}");
}

#[test]
fn times_are_consistent() {
    let times: Vec<String> = truth().key_events.into_iter().map(|event| event.time).collect();
    // To the second, since the planes write fractions differently.
    assert!(times.is_sorted_by_key(|time| time[..19].to_owned()));
    for record in all_records() {
        if let Some(event_time) = record["eventTime"].as_str() {
            if let Some(created) = record["userIdentity"]["sessionContext"]["attributes"]["creationDate"].as_str() {
                assert!(created <= event_time, "credentials of `{}` are used before they exist", record["eventID"]);
            }
            continue;
        }
        let Some(received) = record["requestReceivedTimestamp"].as_str() else { continue };
        assert!(received < record["stageTimestamp"].as_str().expect("audit events have times"));
    }
}

#[test]
fn the_stolen_key_joins_the_planes_while_it_is_valid() {
    let key = "ASIACIDEPLOY2EXAMPLE";
    let (mut minted, mut aws, mut kubernetes) = (0, 0, 0);
    for record in all_records() {
        if record["responseElements"]["credentials"]["accessKeyId"] == key {
            assert_eq!(record["eventTime"], "2024-05-14T13:41:06Z");
            assert_eq!(record["userIdentity"]["userName"], "repo:example-org/shop:ref:refs/heads/main");
            minted += 1;
        }
        let time = if record["userIdentity"]["accessKeyId"] == key {
            aws += 1;
            &record["eventTime"]
        } else if record["user"]["extra"]["accessKeyId"][0] == key {
            kubernetes += 1;
            &record["requestReceivedTimestamp"]
        } else {
            continue;
        };
        let time = time.as_str().expect("records have times");
        assert!("2024-05-14T13:41:06" < time && time < "2024-05-14T14:41:06", "{time}");
    }
    assert_eq!(minted, 1);
    assert!(aws > 15 && kubernetes > 15, "{aws} and {kubernetes}");
}

#[test]
fn the_audit_log_of_demo_falls_silent_once_logging_is_off() {
    let last = events()
        .iter()
        .filter_map(|event| match event {
            Event::Kubernetes(audit) if audit.cluster == super::Cluster::Demo => Some(audit.staged.seconds()),
            _ => None,
        })
        .max();
    assert_eq!(last.as_deref(), Some("2024-05-14T14:28:02Z"));
}

#[test]
fn addresses_are_made_up() {
    for record in all_records() {
        let Some(address) = record["sourceIPAddress"].as_str().or_else(|| record["sourceIPs"][0].as_str()) else {
            assert!(record["eventName"].is_null() && record["auditID"].is_null(), "{record}");
            continue;
        };
        let known = ["192.0.2.", "198.51.100.", "203.0.113.", "10."];
        assert!(
            known.iter().any(|start| address.starts_with(start)) || address.ends_with(".amazonaws.com"),
            "{address}"
        );
    }
}

fn lost(objects: &[ObjectTruth]) -> usize {
    objects.iter().map(|object| object.lost_records).sum()
}

/// Every readable record, read once for all tests.
fn all_records() -> Vec<Value> {
    static RECORDS: LazyLock<Vec<Value>> = LazyLock::new(|| {
        objects().iter().zip(&truth().objects).flat_map(|(object, truth)| read(object, truth).records).collect()
    });
    RECORDS.clone()
}

fn identity(record: &Value) -> (String, String) {
    let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
    match record {
        Value::String(line) => (line.clone(), String::new()),
        _ if record["auditID"].is_string() => (text("auditID"), text("stage")),
        _ if record["schemaVersion"].is_string() => {
            // The story names a finding's update to the millisecond, as the finding does.
            (format!("{} {}", text("id"), text("updatedAt")), String::new())
        }
        _ => (text("eventID"), String::new()),
    }
}

/// JSON where the text is, else the text.
fn record(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[derive(Default)]
struct Read {
    records: Vec<Value>,
    bad: usize,
    torn: usize,
    control_messages: usize,
}

/// Reads an object the way its key tells.
fn read(object: &StoryObject, truth: &ObjectTruth) -> Read {
    let mut text = object.bytes.clone();
    while text.starts_with(&[0x1f, 0x8b]) {
        text = inflate(&text);
    }
    let text = String::from_utf8(text).expect("objects hold text");
    let mut read = Read::default();
    if truth.planes.is_empty() {
        assert_eq!(text, "Permission Check Successful");
    } else if object.key.starts_with("firehose/") {
        for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let document = document.expect("documents are whole");
            if document["messageType"] == "CONTROL_MESSAGE" {
                read.control_messages += 1;
                continue;
            }
            assert_eq!(document["logGroup"], "/aws/eks/demo/cluster");
            for event in document["logEvents"].as_array().expect("documents have events") {
                let message = event["message"].as_str().expect("events have messages");
                read.records.push(record(message));
            }
        }
    } else if object.key.contains("/vpcflowlogs/") {
        read.records = text.lines().skip(1).map(|line| Value::String(line.to_owned())).collect();
    } else if object.key.contains("/GuardDuty/") {
        read.records = text.lines().map(record).collect();
    } else if object.key.starts_with("AWSLogs/") {
        read_records_document(&text, &mut read);
    } else if object.key.ends_with("events.json") {
        read.records = serde_json::from_str(&text).expect("the array is JSON");
    } else if object.key.starts_with("exports/aws-eks-") {
        let mut messages: Vec<String> = Vec::new();
        for line in text.lines() {
            match (line.starts_with("2024-05-14T"), messages.last_mut()) {
                (false, Some(message)) => *message = format!("{message}\n{line}"),
                _ => messages.push(line.split_once(' ').expect("lines begin with a time").1.to_owned()),
            }
        }
        read.records = messages.iter().map(|message| record(message)).collect();
    } else {
        read.records = text.lines().map(record).collect();
    }
    if truth.planes == [Plane::Aws] {
        assert!(read.records.iter().all(|record| record["eventVersion"].is_string()));
    }
    read
}

/// Cuts the document at the depth of its records, so that a bad one does not take the others along.
fn read_records_document(text: &str, read: &mut Read) {
    let body = text.strip_prefix("{\"Records\":[").expect("the document begins with its records");
    let (mut depth, mut begin, mut is_text, mut is_escaped) = (0, 0, false, false);
    for (index, byte) in body.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => {
                if depth == 0 {
                    begin = index;
                }
                depth += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                if depth > 0 {
                    continue;
                }
                match serde_json::from_str(&body[begin..=index]) {
                    Ok(record) => read.records.push(record),
                    Err(_) => read.bad += 1,
                }
            }
            _ => {}
        }
    }
    read.torn = usize::from(depth > 0);
}

fn read_folder(folder: &Path, prefix: &str, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("`testdata/bucket` is there") {
        let entry = entry.expect("the folder can be read");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let key = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.path().is_dir() {
            read_folder(&entry.path(), &key, into);
        } else {
            into.insert(key, fs::read(entry.path()).expect("the file can be read"));
        }
    }
}
