//! The objects that the rows of a bundle were read from: what the lake knows of each, and their bytes from the archive.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use eksamine_archive::{Archive, Depth, Fetched, ObjectMeta};
use eksamine_custody::bundle::{Error, EvidenceWriter, ObjectFacts};
use eksamine_query::Session;
use futures::StreamExt;
use futures::future::BoxFuture;

use super::preview::texts;
use super::words::UNCHECKED;
use crate::arguments::S3Options;
use crate::terminal::sanitise;

/// How many rows name each object, by URI and by hash.
pub type Carriers = BTreeMap<String, BTreeMap<String, u64>>;

/// How many objects are fetched at once.
const FETCHED_AT_ONCE: usize = 8;

/// Counts a row for its object.
pub fn count(carriers: &mut Carriers, uri: &str, sha256: &str) {
    if let Some(rows) = carriers.get_mut(uri).and_then(|hashes| hashes.get_mut(sha256)) {
        *rows += 1;
        return;
    }
    carriers.entry(uri.to_owned()).or_default().insert(sha256.to_owned(), 1);
}

/// What the lake knows of the objects that rows name, in the order of URI and hash. Of entries that differ only in their
/// version the first stands.
pub async fn facts(session: &Session, carriers: &Carriers) -> anyhow::Result<Vec<ObjectFacts>> {
    let has_digest = session
        .names()
        .iter()
        .any(|(table, columns)| table == "objects" && columns.iter().any(|name| name == "digest"));
    let digest = if has_digest { "digest" } else { "NULL AS digest" };
    let sql = format!(
        "SELECT uri, sha256, version_id, etag, size_bytes, {digest} FROM objects WHERE sha256 IS NOT NULL \
         ORDER BY uri, sha256, version_id"
    );
    let mut known: BTreeMap<(String, String), ObjectFacts> = BTreeMap::new();
    let mut rows = session.sql(&sql, Vec::new()).await?.rows;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows)?;
        let (uris, hashes) = (texts(&batch, "uri")?, texts(&batch, "sha256")?);
        let (versions, etags) = (texts(&batch, "version_id")?, texts(&batch, "etag")?);
        let digests = texts(&batch, "digest")?;
        let sizes = batch.column_by_name("size_bytes").map(|sizes| cast(sizes, &DataType::Int64)).transpose()?;
        for row in 0..batch.num_rows() {
            let (uri, sha256) = (uris.value(row), hashes.value(row));
            if !carriers.get(uri).is_some_and(|hashes| hashes.contains_key(sha256)) {
                continue;
            }
            let text =
                |column: &arrow::array::StringViewArray| column.is_valid(row).then(|| column.value(row).to_owned());
            let size = sizes.as_ref().map_or(0, |sizes| sizes.as_primitive::<Int64Type>().value(row));
            known.entry((uri.to_owned(), sha256.to_owned())).or_insert_with(|| ObjectFacts {
                uri: uri.to_owned(),
                sha256: sha256.to_owned(),
                version: text(&versions),
                etag: text(&etags),
                size_bytes: u64::try_from(size).unwrap_or_default(),
                digest: text(&digests),
            });
        }
    }
    Ok(known.into_values().collect())
}

/// Objects and rows by verdict.
pub fn verdicts(objects: &[ObjectFacts], carriers: &Carriers) -> BTreeMap<String, (u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for object in objects {
        let rows = carriers.get(&object.uri).and_then(|hashes| hashes.get(&object.sha256)).copied().unwrap_or(0);
        let (of_objects, of_rows) = counts.entry(object.digest.as_deref().unwrap_or(UNCHECKED).to_owned()).or_default();
        *of_objects += 1;
        *of_rows += rows;
    }
    counts
}

/// Fetches the objects from an archive and puts them into the bundle. They are known by their bytes: an object is looked
/// for under its URI and, in a copy of the archive, under the last part of its name. Gives a line for each that could not
/// be put in.
pub async fn fetch(
    evidence: &mut EvidenceWriter<'_>,
    objects: &[ObjectFacts],
    source: &str,
    s3: &S3Options,
) -> anyhow::Result<Vec<String>> {
    let archive = Box::pin(eksamine_archive::open(source, &s3.settings())).await?;
    let listed = listing(archive.as_ref()).await?;
    // Objects of the same bytes are one file.
    let by_hash: BTreeMap<&str, &ObjectFacts> =
        objects.iter().rev().map(|object| (object.sha256.as_str(), object)).collect();
    let archive = archive.as_ref();
    let mut fetches: Vec<BoxFuture<'_, Attempt<'_>>> = Vec::with_capacity(by_hash.len());
    for object in by_hash.into_values() {
        fetches.push(Box::pin(attempt(archive, object, listed.of(object))));
    }
    let mut likeliest = futures::stream::iter(fetches).buffered(FETCHED_AT_ONCE);
    let mut missing = Vec::new();
    while let Some(Attempt { object, candidates, first }) = likeliest.next().await {
        let mut why = "the archive has no object of its name".to_owned();
        let mut next = first;
        let mut others = candidates.into_iter().skip(1);
        let is_there = loop {
            match next {
                None => break false,
                Some(Err(error)) => why = error.to_string(),
                Some(Ok(fetched)) => match evidence.object(&object.sha256, &fetched.bytes) {
                    Ok(()) => break true,
                    Err(Error::ObjectDiffers { .. }) => "the archive has other bytes there now".clone_into(&mut why),
                    Err(error) => return Err(error.into()),
                },
            }
            next = match others.next() {
                Some(meta) => Some(archive.get(meta).await),
                None => None,
            };
        };
        if !is_there {
            missing.push(format!("{} is not in the bundle: {}", sanitise(&object.uri), sanitise(&why)));
        }
    }
    Ok(missing)
}

/// The likeliest place of an object, fetched, and the others.
struct Attempt<'a> {
    object: &'a ObjectFacts,
    candidates: Vec<&'a ObjectMeta>,
    first: Option<Result<Fetched, eksamine_archive::Error>>,
}

async fn attempt<'a>(
    archive: &'a dyn Archive,
    object: &'a ObjectFacts,
    candidates: Vec<&'a ObjectMeta>,
) -> Attempt<'a> {
    let first = match candidates.first() {
        Some(meta) => Some(archive.get(meta).await),
        None => None,
    };
    Attempt { object, candidates, first }
}

/// What an archive lists, to be found by URI or by the last part of the name.
struct Listed {
    all: Vec<ObjectMeta>,
    by_uri: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Listed {
    /// Where an object may lie, the likeliest first.
    fn of(&self, object: &ObjectFacts) -> Vec<&ObjectMeta> {
        let named = self.by_name.get(last_part(&object.uri)).into_iter().flatten();
        let same_size = |at: &&usize| self.all.get(**at).is_some_and(|meta| meta.size_bytes == object.size_bytes);
        self.by_uri
            .get(&object.uri)
            .into_iter()
            .chain(named.filter(same_size))
            .filter_map(|at| self.all.get(*at))
            .collect()
    }
}

async fn listing(archive: &dyn Archive) -> anyhow::Result<Listed> {
    let (pages, mut receiver) = tokio::sync::mpsc::channel(4);
    let mut listed = Listed { all: Vec::new(), by_uri: HashMap::new(), by_name: HashMap::new() };
    let prefix = archive.prefix().to_owned();
    let gather = async {
        while let Some(page) = receiver.recv().await {
            let page: eksamine_archive::Page = page;
            for meta in page.objects {
                let at = listed.all.len();
                listed.by_uri.insert(meta.uri.clone(), at);
                listed.by_name.entry(last_part(&meta.uri).to_owned()).or_default().push(at);
                listed.all.push(meta);
            }
        }
    };
    let (done, ()) = futures::join!(archive.list(&prefix, Depth::All, pages), gather);
    done?;
    Ok(listed)
}

fn last_part(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}
