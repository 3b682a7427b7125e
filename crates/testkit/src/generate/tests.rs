//! The generator's promises: same bytes for same settings, valid records, sizes as asked, and a truth that a naive
//! reader of the archive agrees with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use flate2::write::MultiGzDecoder;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

fn small(planes: Planes) -> Settings {
    Settings { json_bytes: 2_000_000, objects: 24, planes, ..Settings::default() }
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = MultiGzDecoder::new(Vec::new());
    decoder.write_all(bytes).unwrap();
    decoder.finish().unwrap()
}

/// Records of an object with the table they belong to, read without knowledge of the generator.
fn records(json: &[u8]) -> Vec<(&'static str, String)> {
    if json.starts_with(br#"{"Records":["#) {
        let document: HashMap<String, Vec<&RawValue>> = serde_json::from_slice(json).unwrap();
        return document["Records"].iter().map(|record| ("cloudtrail", record.get().to_owned())).collect();
    }
    let mut found = Vec::new();
    for envelope in serde_json::Deserializer::from_slice(json).into_iter::<Value>() {
        let envelope = envelope.unwrap();
        if envelope["messageType"] != "DATA_MESSAGE" {
            continue;
        }
        for event in envelope["logEvents"].as_array().unwrap() {
            found.push(("k8s_audit", event["message"].as_str().unwrap().to_owned()));
        }
    }
    found
}

fn files(dir: &Path, found: &mut BTreeMap<String, Vec<u8>>, root: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(key, std::fs::read(&path).unwrap());
        }
    }
}

fn written(settings: &Settings) -> (BTreeMap<String, Vec<u8>>, Truth) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("archive");
    let truth = write(&dir, settings).unwrap();
    let mut found = BTreeMap::new();
    files(&dir, &mut found, &dir);
    (found, truth)
}

#[test]
fn threads_do_not_change_a_byte() {
    let settings = small(Planes::Both);
    let (one, truth_of_one) = written(&Settings { threads: 1, ..settings.clone() });
    let (four, truth_of_four) = written(&Settings { threads: 4, ..settings.clone() });
    assert_eq!(one.len(), settings.objects);
    assert!(one == four, "archives differ");
    assert_eq!(truth_of_one, truth_of_four);
    let single = object(&settings, 17).unwrap();
    assert_eq!(one[&single.key], single.bytes);

    let (other, _) = written(&Settings { seed: 8, ..settings });
    assert!(one.keys().ne(other.keys()), "another seed gives the same archive");
}

#[test]
fn truth_is_what_a_naive_reader_counts() {
    let (objects, truth) = written(&Settings { json_bytes: 3_000_000, ..small(Planes::Both) });
    let mut seen = HashSet::new();
    let mut carriers: HashMap<String, HashSet<&str>> = HashMap::new();
    let mut counted = Truth::default();
    for (key, bytes) in &objects {
        let json = inflate(bytes);
        let found = records(&json);
        let table = counted.tables.entry(found[0].0.to_owned()).or_default();
        table.objects += 1;
        table.json_bytes += json.len() as u64;
        table.gzip_bytes += bytes.len() as u64;
        for (name, raw) in found {
            let record: Value = serde_json::from_str(&raw).unwrap();
            let (time, cluster) = match name {
                "cloudtrail" if record["eventSource"] == "eks.amazonaws.com" => {
                    ("eventTime", record["requestParameters"]["name"].as_str())
                }
                "cloudtrail" => ("eventTime", None),
                _ => ("requestReceivedTimestamp", key.split('/').nth(1)),
            };
            let one = Count { records: 1, distinct: u64::from(seen.insert(raw.clone())) };
            table.count.add(one);
            let day = record[time].as_str().unwrap()[..10].to_owned();
            table.per_day.entry(day).or_default().add(one);
            if let Some(cluster) = cluster {
                table.per_cluster.entry(cluster.to_owned()).or_default().add(one);
            }
            assert!(carriers.entry(raw).or_default().insert(key), "a record stands twice in `{key}`");
        }
    }
    // Which carrier of a record is met first depends on the reader's order, days and clusters do not.
    assert_eq!(counted, truth);

    for table in truth.tables.values() {
        let share = table.count.duplicates() as f64 / table.count.records as f64;
        assert!((0.15..0.25).contains(&share), "share of duplicates is {share}");
        assert_eq!(table.per_day.len(), 3);
    }
    assert!(carriers.values().any(|carriers| carriers.len() > 1));
}

#[test]
fn sizes_are_as_asked() {
    for (json_bytes, objects) in [(4_000_000, 8), (2_000_000, 40), (1_500_000, 150)] {
        let settings = Settings { json_bytes, objects, ..Settings::default() };
        let generator = Generator::new(&settings).unwrap();
        let made: Vec<_> = (0..objects).map(|index| generator.object(index).unwrap()).collect();
        let sum: u64 = made.iter().map(|object| object.json_bytes).sum();
        let off = sum as f64 / json_bytes as f64;
        assert!((0.8..1.2).contains(&off), "{json_bytes} bytes asked, {sum} made");
        assert_eq!(made.iter().map(|object| &object.key).collect::<HashSet<_>>().len(), objects);
    }
}

#[test]
fn records_have_the_sizes_and_the_variety_of_real_ones() {
    let generator = Generator::new(&Settings { duplicate_share: 0.0, ..small(Planes::Both) }).unwrap();
    let mut sizes: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut kinds: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut ids = HashSet::new();
    for index in 0..generator.object_count() {
        for (table, raw) in records(&inflate(&generator.object(index).unwrap().bytes)) {
            let record: Value = serde_json::from_str(&raw).unwrap();
            let id = match table {
                "cloudtrail" => record["eventID"].to_string(),
                _ => format!("{} {}", record["auditID"], record["stage"]),
            };
            assert!(ids.insert(id), "an event's identity occurs twice: {raw}");
            let kind = if table == "cloudtrail" { "eventName" } else { "verb" };
            kinds.entry(table).or_default().insert(record[kind].as_str().unwrap().to_owned());
            sizes.entry(table).or_default().push(raw.len());
        }
    }
    for (table, sizes) in &sizes {
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        assert!((1_000..3_000).contains(&mean), "a record of `{table}` has {mean} bytes");
    }
    assert!(sizes["k8s_audit"].iter().max() > Some(&10_000));
    assert!(kinds["cloudtrail"].len() > 40, "{:?}", kinds["cloudtrail"]);
    assert!(kinds["k8s_audit"].len() >= 7, "{:?}", kinds["k8s_audit"]);
}

#[test]
fn records_of_an_object_are_not_in_the_order_of_time() {
    let object = object(&small(Planes::CloudTrail), 3).unwrap();
    let times: Vec<String> = records(&inflate(&object.bytes))
        .iter()
        .map(|(_, raw)| serde_json::from_str::<Value>(raw).unwrap()["eventTime"].to_string())
        .collect();
    assert!(!times.is_sorted());
}

#[test]
fn layouts_are_those_of_real_archives() {
    let generator = Generator::new(&small(Planes::Both)).unwrap();
    for key in generator.keys() {
        let parts: Vec<&str> = key.split('/').collect();
        if parts[0] == "AWSLogs" {
            let day = parts[4..7].concat();
            let start = format!("{}_CloudTrail_{}_{day}T", parts[1], parts[3]);
            assert!(parts[7].starts_with(&start) && parts[7].ends_with(".json.gz"), "{key}");
            assert_eq!(parts[7].len(), start.len() + "0000Z_".len() + 16 + ".json.gz".len(), "{key}");
        } else {
            let start = format!("eks-logs-1-{}-", parts[2..6].join("-"));
            assert!(parts[0] == "firehose" && parts[6].starts_with(&start), "{key}");
        }
    }
}

#[test]
fn settings_without_sense_are_refused() {
    for settings in [
        Settings { objects: 0, ..Settings::default() },
        Settings { duplicate_share: 0.9, ..Settings::default() },
        Settings { clusters: 0, ..Settings::default() },
    ] {
        assert_eq!(Generator::new(&settings).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other"), "x").unwrap();
    let error = write(folder.path(), &Settings::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
}

#[test]
fn days_are_counted_as_the_calendar_does() {
    assert_eq!(text::days_of_date(1970, 1, 1), 0);
    assert_eq!(text::days_of_date(2024, 2, 29), 19_782);
    let mut out = Vec::new();
    text::push_micros(&mut out, 1_709_210_096_000_042);
    assert_eq!(String::from_utf8(out).unwrap(), "2024-02-29T12:34:56.000042Z");
}

/// What stands between two pieces of text, wherever it does.
fn between<'a>(text: &'a str, before: &str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

#[test]
fn clusters_have_issuers_and_roles_of_their_own() {
    let generator = Generator::new(&Settings { clusters: 5, ..small(Planes::Both) }).unwrap();
    let mut clusters: HashMap<String, HashSet<String>> = HashMap::new();
    let mut issuers: HashMap<String, HashSet<(String, String)>> = HashMap::new();
    for index in 0..generator.object_count() {
        let object = generator.object(index).unwrap();
        for (table, raw) in records(&inflate(&object.bytes)) {
            let record: Value = serde_json::from_str(&raw).unwrap();
            if table == "k8s_audit" && raw.contains("system:nodes") {
                let cluster = object.key.split('/').nth(1).unwrap();
                let role = between(&raw, ":assumed-role/", '/')[0].to_owned();
                clusters.entry(cluster.to_owned()).or_default().insert(role);
            }
            let home = (record["recipientAccountId"].to_string(), record["awsRegion"].to_string());
            for issuer in between(&raw, ".amazonaws.com/id/", '"') {
                let issuer = issuer.split(':').next().unwrap();
                issuers.entry(issuer.to_owned()).or_default().insert(home.clone());
            }
        }
    }
    assert!(clusters.len() > 3, "{clusters:?}");
    for (cluster, roles) in clusters {
        assert_eq!(roles, HashSet::from([format!("{cluster}-node")]));
    }
    assert!(issuers.len() > 5, "{issuers:?}");
    for (issuer, homes) in issuers {
        assert_eq!((issuer.len(), homes.len()), (32, 1), "{issuer}: {homes:?}");
    }
}
