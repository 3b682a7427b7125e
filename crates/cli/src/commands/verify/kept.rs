//! `eksamine verify --lake` without a source: the digests that a lake has kept are followed, and compared with the hashes
//! that it noted of the log files when it read them. Nothing is fetched.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bytes::Bytes;
use eksamine_custody::digest::{Hash, from_hex};
use eksamine_custody::kept::{Held, KeptArchive, KeptObject, TELLING_EVENTS};
use eksamine_custody::{Progress, Report, Rows, Settings};
use eksamine_lake::{Content, Lake, Manifest, ObjectEntry, ObjectStatus};
use eksamine_query::Session;
use futures::StreamExt;

use super::verdicts;

/// Contents of one URI that are looked at: the newest, and those it had before.
const MOST_CONTENTS: usize = 8;

/// Verifies what a lake has kept, and keeps the verdicts beside it.
pub async fn verify(root: &Path, settings: &Settings, progress: &dyn Progress) -> anyhow::Result<Report> {
    let lake = Lake::open(root)?;
    let contents = contents_by_uri(lake.manifest())?;
    let records = telling_records(lake).await?;
    let settings_of_all = Settings { rows: Rows::All, ..settings.clone() };
    let most = contents.values().map(Vec::len).max().unwrap_or(0).min(MOST_CONTENTS);
    let mut newest: Option<Report> = None;
    let mut judged = Vec::new();
    // An object that was read with several contents is judged with each, beside what the others had then.
    for age in 0..most.max(1) {
        let of_age = contents.values().filter_map(|entries| entries.get(age).or(entries.last()).cloned());
        let mut report = Report::default();
        let mut nothing = None;
        for archive in KeptArchive::divide(of_age, &records) {
            match eksamine_custody::verify_kept(archive, &settings_of_all, progress).await {
                Ok(found) => report.add(found),
                // A bucket of other logs.
                Err(error @ eksamine_custody::Error::Nothing { .. }) => nothing = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if report.chains.is_empty() {
            let root = root.display().to_string();
            return Err(nothing.unwrap_or(eksamine_custody::Error::Nothing { root }).into());
        }
        judged.extend(
            report
                .rows
                .iter()
                .filter(|row| {
                    let many = row.uri.as_ref().and_then(|uri| contents.get(uri)).map_or(0, Vec::len);
                    age < many
                })
                .cloned(),
        );
        newest.get_or_insert(report);
    }
    verdicts::keep(root, &judged)?;
    let mut report = newest.unwrap_or_default();
    verdicts::retain_asked(&mut report.rows, settings.rows);
    Ok(report)
}

/// What the lake knows of objects that may be CloudTrail's: of each URI its contents, the newest first.
fn contents_by_uri(manifest: &Manifest) -> anyhow::Result<BTreeMap<String, Vec<KeptObject>>> {
    let mut held: HashMap<(String, String), (String, Held)> = HashMap::new();
    for kept in manifest.kept()? {
        let whole = Held::Whole { bytes: Bytes::from(kept.bytes), metadata: kept.metadata };
        held.insert((kept.uri, kept.version), (kept.key, whole));
    }
    for entry in manifest.contents()? {
        held.insert((entry.uri, entry.version), (entry.key, Held::Content(content(entry.content))));
    }
    let mut entries: BTreeMap<String, Vec<ObjectEntry>> = BTreeMap::new();
    for object in manifest.objects()? {
        entries.entry(object.uri.clone()).or_default().push(object);
    }
    let mut object = |object: ObjectEntry| {
        let known = held.remove(&(object.uri.clone(), object.version.clone()));
        let (key, held) = known.map_or_else(|| (None, not_held(&object)), |(key, held)| (Some(key), held));
        KeptObject { uri: object.uri, key, size_bytes: object.size_bytes, sha256: object.sha256, held }
    };
    let mut contents = BTreeMap::new();
    for (uri, mut versions) in entries {
        versions.sort_by(|a, b| age(b).cmp(&age(a)));
        contents.insert(uri, versions.into_iter().map(&mut object).collect());
    }
    Ok(contents)
}

fn age(object: &ObjectEntry) -> (bool, i64, Option<i64>, &str) {
    (object.status != ObjectStatus::Failed, object.read_at, object.last_modified, &object.version)
}

fn content(content: Content) -> Result<Hash, String> {
    match content {
        Content::Fault(why) => Err(why),
        Content::Sha256(text) => {
            let hash = from_hex(&text).and_then(|hash| Hash::try_from(hash).ok());
            hash.ok_or_else(|| "the lake has no hash of it".to_owned())
        }
    }
}

/// Why nothing is known of the content of an object.
fn not_held(object: &ObjectEntry) -> Held {
    Held::Nothing(match (object.status, &object.detail) {
        (ObjectStatus::Failed, Some(why)) => format!("it could not be fetched when the lake was filled: {why}"),
        (ObjectStatus::Failed, None) => "it could not be fetched when the lake was filled".to_owned(),
        _ => {
            "the lake was filled by an earlier version, which did not keep the hash of its content; verify its archive"
                .to_owned()
        }
    })
}

/// The records that may tell why a trail has a gap.
async fn telling_records(lake: Lake) -> anyhow::Result<Vec<String>> {
    let session = Session::open(lake, &eksamine_query::Settings::default())?;
    let names = TELLING_EVENTS.map(|name| format!("'{name}'")).join(", ");
    let sql = format!(
        "SELECT raw FROM cloudtrail WHERE event_name IN ({names}) AND event_source = 'cloudtrail.amazonaws.com' \
         AND error_code IS NULL ORDER BY event_time, event_id"
    );
    let mut rows = session.sql(&sql, Vec::new()).await?.rows;
    let mut records = Vec::new();
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows)?;
        let raw = cast(batch.column(0), &DataType::Utf8View)?;
        records.extend(raw.as_string_view().iter().flatten().map(str::to_owned));
    }
    Ok(records)
}
