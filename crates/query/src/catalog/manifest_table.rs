//! The manifest as tables: which objects were read with what result, what was rejected, and which parts are live.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::{MemTable, TableType};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use eksamine_lake::{Content, ContentEntry, Lake, ObjectEntry, PartEntry, RejectEntry};

use crate::error::{Error, Names};
use crate::verdicts::Verdicts;

/// One table of the manifest: its columns, with what they mean and how they are read.
#[derive(Debug)]
pub struct ManifestDefinition {
    pub name: &'static str,
    pub about: &'static str,
    pub columns: &'static [(&'static str, &'static str)],
    read: fn(&Lake) -> Result<Vec<ArrayRef>, eksamine_lake::Error>,
}

/// Every table of the manifest.
pub static MANIFEST_TABLES: [ManifestDefinition; 3] = [
    ManifestDefinition {
        name: "objects",
        about: "the objects of the archive, and what was read of each",
        columns: &[
            ("uri", "where the object lies"),
            (
                "status",
                "`read`, `partial` (some of it was rejected), `unknown` (no known kind of log), `failed` (not fetched)",
            ),
            ("detail", "why, where it is not `read`"),
            ("records", "records seen: rows, folded and rejects together"),
            ("rows", "rows that name this object as their carrier"),
            ("folded", "records that another object, or an earlier record, already carries byte for byte"),
            ("rejects", "records and bytes that could not be read; see table `rejects`"),
            ("control", "messages of the transport itself, which are no log records"),
            ("size_bytes", "size in the archive"),
            ("inflated_bytes", "size when inflated"),
            ("members", "gzip members over all layers"),
            (
                "envelope",
                "how records sit in the object; `digest` and `head_object` hold none, and prove other objects",
            ),
            ("etag", "ETag given by the archive"),
            ("version_id", "version id given by the archive"),
            ("sha256", "SHA-256 of the object as it lies in the archive"),
            (
                "content_sha256",
                "SHA-256 of the content after gunzip, which is what CloudTrail's digests hash; of its log files only",
            ),
            (
                "digest",
                "what CloudTrail's digests prove of it: `valid`, `relocated` (valid, elsewhere than it was put), `altered`, `unattested` (no digest that is proved names it), `unknown_key`; null where `eksamine verify --lake` has not looked at these very bytes",
            ),
            (
                "changed",
                "true where the archive has held other bytes under the same URI: another entry of it has another SHA-256",
            ),
            ("last_modified", "time of the last change, as the archive gives it"),
            ("read_at", "when the object was read"),
        ],
        read: |lake| {
            let contents = content_hashes(lake.manifest().contents()?);
            Ok(objects(&lake.manifest().objects()?, &contents, &Verdicts::of(lake.root())))
        },
    },
    ManifestDefinition {
        name: "rejects",
        about: "records and bytes that could not be read, with their bytes",
        columns: &[
            ("source_uri", "the object"),
            ("source_record", "position among the records of the object, counted from 0"),
            (
                "offset_bytes",
                "where the bytes begin in the inflated object; for damaged gzip, in the compressed bytes of its layer",
            ),
            ("length_bytes", "how many bytes were rejected; the first mebibyte of them is kept"),
            ("reason", "why"),
            ("detail", "what the parser said"),
            ("text", "the bytes as text; what is no UTF-8 is replaced"),
            ("bytes", "the bytes, exactly"),
        ],
        read: |lake| Ok(rejects(&lake.manifest().rejects()?)),
    },
    ManifestDefinition {
        name: "parts",
        about: "the live Parquet files of the lake",
        columns: &[
            ("path", "relative to the lake"),
            ("table_name", "the table the rows belong to"),
            ("cluster", "the cluster, for tables divided by cluster"),
            ("day", "the UTC day; null for rows without a readable time"),
            ("rows", "number of rows"),
            ("size_bytes", "size of the file"),
            ("sha256", "SHA-256 of the file"),
            ("least_time", "earliest event time"),
            ("greatest_time", "latest event time"),
        ],
        read: |lake| Ok(parts(&lake.manifest().parts()?)),
    },
];

/// As the table `objects`, the objects that tell something of the archive itself: those that were not read or are of no
/// known kind, and digests; and where verdicts are kept, every object, since any can be altered.
pub fn telling_objects(lake: &Lake) -> Result<RecordBatch, Error> {
    let verdicts = Verdicts::of(lake.root());
    let entries = if verdicts.is_empty() {
        lake.manifest().objects_left_out_or_in("digest")?
    } else {
        lake.manifest().objects()?
    };
    let columns = objects(&entries, &ContentHashes::default(), &verdicts);
    let table = ManifestTable::new(&MANIFEST_TABLES[0], lake.root());
    RecordBatch::try_new(table.schema, columns).map_err(|error| Error::of(error.into(), "objects", Names::default()))
}

/// The SHA-256 of contents, by URI and version of the object.
type ContentHashes = HashMap<(String, String), String>;

fn content_hashes(contents: Vec<ContentEntry>) -> ContentHashes {
    let hash = |entry: ContentEntry| match entry.content {
        Content::Sha256(sha256) => Some(((entry.uri, entry.version), sha256)),
        Content::Fault(_) => None,
    };
    contents.into_iter().filter_map(hash).collect()
}

fn objects(objects: &[ObjectEntry], contents: &ContentHashes, verdicts: &Verdicts) -> Vec<ArrayRef> {
    let content = |object: &ObjectEntry| {
        (!contents.is_empty()).then(|| contents.get(&(object.uri.clone(), object.version.clone())).cloned()).flatten()
    };
    let verdict = |object: &ObjectEntry| verdicts.word(&object.uri, object.sha256.as_deref()?).map(str::to_owned);
    vec![
        text(objects, |object| Some(object.uri.clone())),
        text(objects, |object| Some(object.status.name().to_owned())),
        text(objects, |object| object.detail.clone()),
        count(objects, |object| object.records),
        count(objects, |object| object.rows),
        count(objects, |object| object.folded),
        count(objects, |object| object.rejects),
        count(objects, |object| object.control),
        count(objects, |object| object.size_bytes),
        count(objects, |object| object.inflated_bytes),
        count(objects, |object| object.members),
        text(objects, |object| object.envelope.clone()),
        text(objects, |object| object.etag.clone()),
        text(objects, |object| object.version_id.clone()),
        text(objects, |object| object.sha256.clone()),
        text(objects, content),
        text(objects, verdict),
        Arc::new(changed(objects)),
        time(objects, |object| object.last_modified),
        time(objects, |object| Some(object.read_at)),
    ]
}

/// For each object whether another entry of its URI was read with other bytes. Entries of one URI are neighbours.
fn changed(objects: &[ObjectEntry]) -> BooleanArray {
    let entries_of_one_uri = objects.chunk_by(|one, next| one.uri == next.uri);
    let changed = entries_of_one_uri.flat_map(|entries| {
        let mut hashes = entries.iter().filter_map(|entry| entry.sha256.as_ref());
        let first = hashes.next();
        let has_others = hashes.any(|hash| Some(hash) != first);
        std::iter::repeat_n(Some(has_others), entries.len())
    });
    changed.collect()
}

fn rejects(rejects: &[RejectEntry]) -> Vec<ArrayRef> {
    let bytes: BinaryArray = rejects.iter().map(|reject| Some(reject.bytes.as_slice())).collect();
    vec![
        text(rejects, |reject| Some(reject.uri.clone())),
        count(rejects, |reject| reject.record),
        count(rejects, |reject| reject.offset_bytes),
        count(rejects, |reject| reject.length_bytes),
        text(rejects, |reject| Some(reject.reason.clone())),
        text(rejects, |reject| Some(reject.detail.clone())),
        text(rejects, |reject| Some(String::from_utf8_lossy(&reject.bytes).into_owned())),
        Arc::new(bytes),
    ]
}

fn parts(parts: &[PartEntry]) -> Vec<ArrayRef> {
    vec![
        text(parts, |part| Some(part.path.clone())),
        text(parts, |part| Some(part.partition.table.clone())),
        text(parts, |part| part.partition.cluster.clone()),
        text(parts, |part| part.partition.day.clone()),
        count(parts, |part| part.rows),
        count(parts, |part| part.size_bytes),
        text(parts, |part| Some(part.sha256.clone())),
        time(parts, |part| part.least_time),
        time(parts, |part| part.greatest_time),
    ]
}

fn text<T>(rows: &[T], of: impl Fn(&T) -> Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<StringArray>())
}

fn count<T>(rows: &[T], of: impl Fn(&T) -> u64) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(row).cast_signed())).collect::<Int64Array>())
}

fn time<T>(rows: &[T], of: impl Fn(&T) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// A manifest table in a session. It is read when it is asked for.
#[derive(Debug)]
pub struct ManifestTable {
    definition: &'static ManifestDefinition,
    schema: SchemaRef,
    lake: PathBuf,
}

impl ManifestTable {
    pub fn new(definition: &'static ManifestDefinition, lake: &Path) -> Self {
        // The types are those of the columns of an empty manifest.
        let empty = match definition.name {
            "objects" => objects(&[], &ContentHashes::default(), &Verdicts::default()),
            "rejects" => rejects(&[]),
            _ => parts(&[]),
        };
        let fields = definition.columns.iter().zip(empty);
        let fields = fields.map(|((name, _), array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { definition, schema, lake: lake.to_path_buf() }
    }

    fn rows(&self) -> Result<RecordBatch> {
        let failed = |error: eksamine_lake::Error| DataFusionError::External(Box::new(error));
        let lake = Lake::open(&self.lake).map_err(failed)?;
        let columns = (self.definition.read)(&lake).map_err(failed)?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

#[async_trait]
impl TableProvider for ManifestTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = MemTable::try_new(self.schema(), vec![vec![self.rows()?]])?;
        rows.scan(state, projection, filters, limit).await
    }
}

#[cfg(test)]
mod tests {
    use eksamine_lake::ObjectStatus;

    use super::*;

    fn entry(uri: &str, sha256: Option<&str>) -> ObjectEntry {
        ObjectEntry {
            uri: uri.to_owned(),
            version: String::new(),
            etag: None,
            version_id: None,
            size_bytes: 0,
            last_modified: None,
            sha256: sha256.map(str::to_owned),
            status: if sha256.is_some() { ObjectStatus::Read } else { ObjectStatus::Failed },
            detail: None,
            envelope: None,
            members: 0,
            inflated_bytes: 0,
            records: 0,
            rows: 0,
            folded: 0,
            rejects: 0,
            control: 0,
            read_at: 0,
        }
    }

    #[test]
    fn only_other_bytes_under_one_uri_are_a_change() {
        let objects = [
            entry("a", Some("01")),
            entry("b", Some("01")),
            entry("b", Some("02")),
            entry("b", None),
            entry("c", Some("02")),
            // Touched or copied anew, but the same bytes.
            entry("d", Some("03")),
            entry("d", Some("03")),
            // Of what was never read nobody knows.
            entry("e", Some("04")),
            entry("e", None),
        ];
        let expected = [false, true, true, true, false, false, false, false, false];
        assert_eq!(changed(&objects).iter().flatten().collect::<Vec<_>>(), expected);
    }
}
