//! What a table's columns are: names, types, and the upstream path each is read from.
//!
//! A source declares its columns as data; decoding, the Arrow schema, the Parquet settings, `eksamine tables` and
//! the reference pages all read the same list, so a column is added by one line. This file holds no decoding.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The type of a column. Every column is nullable except the provenance columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instant: Parquet timestamp in microseconds, UTC.
    Time,
    /// Text. A JSON number or boolean is kept as it was written, an object or array as its JSON text.
    Text,
    /// JSON text, exactly as it stood in the record; `->` and `->>` work on it.
    Json,
    /// A 64-bit integer; a numeric string is read as its number, anything else is null (`raw` still has it).
    Int,
    /// A 64-bit floating-point number; a numeric string is read as its number, anything else is null.
    Float,
    /// A boolean; the strings `true` and `false` are read as such.
    Bool,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Bool => DataType::Boolean,
        }
    }

    /// The name printed by `eksamine tables`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Time => "timestamp",
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Bool => "bool",
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Where the value stands in the upstream record: object keys, or array positions as digits. Empty for a column
    /// that the source computes.
    pub path: &'static [&'static str],
    pub about: &'static str,
    /// Values are looked up one at a time (ids, keys): the column gets a bloom filter.
    pub lookup: bool,
    /// Values rarely repeat, so a Parquet dictionary would only cost time and space.
    pub distinct: bool,
    /// Values of all kinds stand side by side in any stretch of rows, so the least and the greatest of a page say nothing.
    pub mixed: bool,
}

impl Column {
    const fn new(kind: Kind, name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        let (distinct, mixed) = (matches!(kind, Kind::Json), matches!(kind, Kind::Json));
        Self { name, kind, path, about, lookup: false, distinct, mixed }
    }

    pub const fn time(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Time, name, path, about)
    }

    pub const fn text(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Text, name, path, about)
    }

    pub const fn json(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Json, name, path, about)
    }

    pub const fn int(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Int, name, path, about)
    }

    pub const fn float(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Float, name, path, about)
    }

    pub const fn bool(name: &'static str, path: &'static [&'static str], about: &'static str) -> Self {
        Self::new(Kind::Bool, name, path, about)
    }

    /// Marks a column whose values are looked up one at a time.
    #[must_use]
    pub const fn lookup(mut self) -> Self {
        self.lookup = true;
        self
    }

    /// Marks a JSON column whose values do repeat: what is told of a session, a program or an outcome.
    #[must_use]
    pub const fn repeated(mut self) -> Self {
        self.distinct = false;
        self
    }

    /// Marks a column whose values rarely repeat; they are mixed too.
    #[must_use]
    pub const fn distinct(mut self) -> Self {
        self.distinct = true;
        self.mixed()
    }

    /// Marks a column that most rows have a value in, and neighbours different ones.
    #[must_use]
    pub const fn mixed(mut self) -> Self {
        self.mixed = true;
        self
    }

    /// The upstream path as people write it: `userIdentity.sessionContext.sessionIssuer.arn`.
    pub fn upstream(&self) -> String {
        let quoted = self.path.iter().map(|part| if part.contains('.') { format!("`{part}`") } else { (*part).into() });
        quoted.collect::<Vec<_>>().join(".")
    }
}

/// Columns that several tables share.
pub const CLUSTER: Column = Column::text("cluster", &[], "the cluster's name");
pub const CLUSTER_ASSUMED: Column = Column::bool(
    "cluster_assumed",
    &[],
    "true where the name is only the key's prefix, because nothing better was known",
);
pub const LOG_GROUP: Column = Column::text("log_group", &[], "CloudWatch log group, where the envelope names it");
pub const LOG_STREAM: Column =
    Column::text("log_stream", &[], "CloudWatch log stream, where the envelope or the key names it");
pub const LOG_TIME: Column = Column::time("log_time", &[], "timestamp CloudWatch gave the log event");
pub const LOG_ACCOUNT_ID: Column =
    Column::text("log_account_id", &[], "account that owns the log group, where the envelope names it");

/// The columns every table of a source ends with: the record itself, where it came from, and whether it is disputed.
pub const PROVENANCE: [Column; 5] = [
    Column::text("raw", &[], "the record's original bytes, exactly").distinct(),
    Column::text("source_uri", &[], "the object the record was read from"),
    Column::int("source_record", &[], "position of the record in its object, counted from 0"),
    Column::text("source_sha256", &[], "SHA-256 of that object's bytes as they lie in the archive"),
    Column::bool("id_conflict", &[], "true where another row has the same id and time but other bytes"),
];

/// A table of the lake: what a source's records become.
#[derive(Debug)]
pub struct Table {
    /// Name of the source, of the table and of its folder.
    pub name: &'static str,
    pub about: &'static str,
    /// The upstream document that the paths follow.
    pub upstream: &'static str,
    /// The typed columns, without [`PROVENANCE`]. The first is the event time.
    pub columns: &'static [Column],
    /// Columns that together name an event; empty where the source gives its events no id.
    pub identity: &'static [&'static str],
    /// Columns from around a record without which its bytes say something else, such as the line that names its fields:
    /// records of the same bytes that differ in them are different events.
    pub apart: &'static [&'static str],
    /// Whether parts are divided by the `cluster` column besides the day.
    pub by_cluster: bool,
}

impl Table {
    /// All columns in file order, provenance last.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(self.provenance())
    }

    /// The columns beside the typed ones. A sighting is a place, and has no record of its own.
    pub fn provenance(&self) -> &'static [Column] {
        match self.name {
            crate::sightings::NAME => PROVENANCE.get(1..4).unwrap_or_default(),
            _ => &PROVENANCE,
        }
    }

    /// Position of a typed column. Callers pass names of their own list, so a miss is a defect found by tests.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all_columns().position(|column| column.name == name)
    }

    pub fn arrow_schema(&self) -> SchemaRef {
        let required = |column: &Column| PROVENANCE.iter().any(|other| other.name == column.name);
        let fields = self.all_columns().map(|c| Field::new(c.name, c.kind.data_type(), !required(c)));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}
