//! Further carriers of an event: gathered while rows are merged, written beside them, and read again when a partition
//! is merged anew. Which carrier has the row is the merge's decision; here the others are kept.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Builder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;
use eksamine_sources::Carrier;
use eksamine_sources::sightings::TABLE;

/// One record of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub carrier: Arc<Carrier>,
    pub record: i64,
}

impl Place {
    /// The order in which carriers come: the first has the row.
    pub fn rank(&self) -> (&str, i64, &str) {
        (&self.carrier.uri, self.record, &self.carrier.sha256)
    }
}

/// The sightings a partition has, by the place of the row they speak of.
#[derive(Debug, Default)]
pub struct Live {
    by_row: HashMap<Place, Vec<Place>>,
    /// By URI, then SHA-256.
    carriers: HashMap<String, HashMap<String, Arc<Carrier>>>,
}

impl Live {
    /// Adds a batch as it is read from a part.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let missing = |name: &str| ArrowError::SchemaError(format!("a part of sightings has no `{name}`"));
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
        let text = |name: &str| -> Result<StringArray, ArrowError> {
            Ok(arrow::compute::cast(column(name)?, &arrow::datatypes::DataType::Utf8)?.as_string().clone())
        };
        let number = |name: &str| column(name)?.as_primitive_opt::<Int64Type>().cloned().ok_or_else(|| missing(name));
        let row = (text("row_source_uri")?, number("row_source_record")?, text("row_source_sha256")?);
        let seen = (text("source_uri")?, number("source_record")?, text("source_sha256")?);
        for at in 0..batch.num_rows() {
            let row = self.place(row.0.value(at), row.1.value(at), row.2.value(at));
            let seen = self.place(seen.0.value(at), seen.1.value(at), seen.2.value(at));
            self.by_row.entry(row).or_default().push(seen);
        }
        Ok(())
    }

    fn place(&mut self, uri: &str, record: i64, sha256: &str) -> Place {
        if let Some(carrier) = self.carriers.get(uri).and_then(|versions| versions.get(sha256)) {
            return Place { carrier: Arc::clone(carrier), record };
        }
        let carrier = Arc::new(Carrier { uri: uri.to_owned(), sha256: sha256.to_owned() });
        self.carriers.entry(uri.to_owned()).or_default().insert(sha256.to_owned(), Arc::clone(&carrier));
        Place { carrier, record }
    }

    /// Takes the sightings of the row at this place.
    pub fn take(&mut self, row: &Place) -> Vec<Place> {
        if self.by_row.is_empty() { Vec::new() } else { self.by_row.remove(row).unwrap_or_default() }
    }
}

/// What is said of an event in each of its sightings.
pub struct Event<'a> {
    pub time: Option<i64>,
    pub table: &'a str,
    pub cluster: Option<&'a str>,
    pub id: Option<String>,
}

/// Sightings in the making, in the order of the table's columns.
pub struct Builder {
    time: TimestampMicrosecondBuilder,
    table: StringBuilder,
    cluster: StringBuilder,
    id: StringBuilder,
    row_uri: StringBuilder,
    row_record: Int64Builder,
    row_sha256: StringBuilder,
    uri: StringBuilder,
    record: Int64Builder,
    sha256: StringBuilder,
    rows: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            table: StringBuilder::new(),
            cluster: StringBuilder::new(),
            id: StringBuilder::new(),
            row_uri: StringBuilder::new(),
            row_record: Int64Builder::new(),
            row_sha256: StringBuilder::new(),
            uri: StringBuilder::new(),
            record: Int64Builder::new(),
            sha256: StringBuilder::new(),
            rows: 0,
        }
    }
}

impl Builder {
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn push(&mut self, event: &Event<'_>, row: &Place, seen: &Place) {
        self.time.append_option(event.time);
        self.table.append_value(event.table);
        self.cluster.append_option(event.cluster);
        self.id.append_option(event.id.as_deref());
        self.row_uri.append_value(&row.carrier.uri);
        self.row_record.append_value(row.record);
        self.row_sha256.append_value(&row.carrier.sha256);
        self.uri.append_value(&seen.carrier.uri);
        self.record.append_value(seen.record);
        self.sha256.append_value(&seen.carrier.sha256);
        self.rows += 1;
    }

    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish()),
            Arc::new(self.table.finish()),
            Arc::new(self.cluster.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.row_uri.finish()),
            Arc::new(self.row_record.finish()),
            Arc::new(self.row_sha256.finish()),
            Arc::new(self.uri.finish()),
            Arc::new(self.record.finish()),
            Arc::new(self.sha256.finish()),
        ];
        RecordBatch::try_new(TABLE.arrow_schema(), columns)
    }
}
