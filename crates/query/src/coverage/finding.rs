//! One thing that the archive can't tell, and the findings as rows.
//!
//! A check's SQL gives any of the columns; those it does not give are null.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;

/// The columns of findings, with what they mean.
pub const COLUMNS: [(&str, &str); 11] = [
    ("check", "what was looked for"),
    ("source", "the log, or `archive` for what lies in it unread"),
    ("account_id", "AWS account; null for all, or where the log does not say"),
    ("region", "AWS region; null as above"),
    ("cluster", "cluster; null as above"),
    ("since", "from when on; null if it is so all the time"),
    ("until", "until when; null if nothing shows an end"),
    ("events", "how many events or objects it is about"),
    ("what", "the finding in words"),
    ("event_id", "CloudTrail event that shows it"),
    ("source_uri", "object of the archive that shows it; of several the first"),
];

/// Something that the archive can't tell, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// Microseconds since 1970.
    pub since: Option<i64>,
    pub until: Option<i64>,
    pub source: Option<String>,
    pub cluster: Option<String>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub what: String,
    pub events: Option<i64>,
    pub event_id: Option<String>,
    pub source_uri: Option<String>,
}

/// The findings in the rows that a check gave.
pub(super) fn of_batch(check: &'static str, batch: &RecordBatch) -> Vec<Finding> {
    let (source, account, region) = (texts(batch, "source"), texts(batch, "account_id"), texts(batch, "region"));
    let (cluster, what) = (texts(batch, "cluster"), texts(batch, "what"));
    let (event_id, source_uri) = (texts(batch, "event_id"), texts(batch, "source_uri"));
    let (since, until, events) = (times(batch, "since"), times(batch, "until"), numbers(batch, "events"));
    let finding = |row: usize| Finding {
        check,
        since: since.get(row).copied().flatten(),
        until: until.get(row).copied().flatten(),
        source: source.get(row).cloned().flatten(),
        cluster: cluster.get(row).cloned().flatten(),
        account_id: account.get(row).cloned().flatten(),
        region: region.get(row).cloned().flatten(),
        what: what.get(row).cloned().flatten().unwrap_or_default(),
        events: events.get(row).copied().flatten(),
        event_id: event_id.get(row).cloned().flatten(),
        source_uri: source_uri.get(row).cloned().flatten(),
    };
    (0..batch.num_rows()).map(finding).collect()
}

/// The texts of a column; none of a column that is not there.
pub(crate) fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let Some(column) = converted(batch, name, &DataType::Utf8View) else { return Vec::new() };
    column.as_string_view().iter().map(|value| value.map(str::to_owned)).collect()
}

/// The numbers of a column.
pub(crate) fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let Some(column) = converted(batch, name, &DataType::Int64) else { return Vec::new() };
    column.as_primitive::<Int64Type>().iter().collect()
}

/// The instants of a column, in microseconds since 1970.
pub(crate) fn times(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let Some(column) = converted(batch, name, &instant()) else { return Vec::new() };
    column.as_primitive::<TimestampMicrosecondType>().iter().collect()
}

fn converted(batch: &RecordBatch, name: &str, kind: &DataType) -> Option<ArrayRef> {
    cast(batch.column_by_name(name)?, kind).ok()
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Findings as rows, in [`COLUMNS`].
pub fn batch(findings: &[Finding]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&Finding) -> Option<&str>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<StringViewArray>())
    };
    let time = |of: fn(&Finding) -> Option<i64>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let columns: Vec<ArrayRef> = vec![
        text(|finding| Some(finding.check)),
        text(|finding| finding.source.as_deref()),
        text(|finding| finding.account_id.as_deref()),
        text(|finding| finding.region.as_deref()),
        text(|finding| finding.cluster.as_deref()),
        time(|finding| finding.since),
        time(|finding| finding.until),
        Arc::new(findings.iter().map(|finding| finding.events).collect::<Int64Array>()),
        text(|finding| Some(&finding.what)),
        text(|finding| finding.event_id.as_deref()),
        text(|finding| finding.source_uri.as_deref()),
    ];
    let fields =
        COLUMNS.iter().zip(&columns).map(|((name, _), column)| Field::new(*name, column.data_type().clone(), true));
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}
