//! What a verification found, as rows for the formats.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::error::ArrowError;
use eksamine_custody::Row;

/// The columns shown where people read. The name of a digest or a log file holds account, region and time; the folders
/// before it would take its place.
pub const READING_COLUMNS: [&str; 6] = ["verdict", "subject", "start_time", "end_time", "name", "detail"];
/// The same of an archive that was read again, where a name alone may mean nothing.
pub const READING_COLUMNS_OF_RECHECK: [&str; 3] = ["verdict", "object", "detail"];

/// All rows in one batch.
pub fn batch(rows: &[Row]) -> Result<RecordBatch, ArrowError> {
    let text = |cell: &dyn for<'a> Fn(&'a Row) -> Option<&'a str>| -> ArrayRef {
        Arc::new(rows.iter().map(cell).collect::<StringArray>())
    };
    let time = |cell: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        let times: TimestampMicrosecondArray = rows.iter().map(cell).collect();
        Arc::new(times.with_timezone("UTC"))
    };
    RecordBatch::try_from_iter_with_nullable([
        ("verdict", text(&|row| Some(row.verdict.word())), false),
        ("subject", text(&|row| Some(row.subject.word())), false),
        ("account", text(&|row| row.account.as_deref()), true),
        ("region", text(&|row| row.region.as_deref()), true),
        ("trail", text(&|row| row.trail.as_deref()), true),
        ("start_time", time(&|row| row.start_micros), true),
        ("end_time", time(&|row| row.end_micros), true),
        ("name", text(&|row| object(row).map(|uri| uri.rsplit_once('/').map_or(uri, |(_, name)| name))), true),
        ("object", text(&object), true),
        ("source_uri", text(&|row| row.uri.as_deref()), true),
        ("signed_uri", text(&|row| row.signed_uri.as_deref()), true),
        ("digest_uri", text(&|row| row.digest_uri.as_deref()), true),
        ("detail", text(&|row| Some(row.detail.as_str()).filter(|detail| !detail.is_empty())), true),
    ])
}

/// Where it is, or where it should be.
fn object(row: &Row) -> Option<&str> {
    row.uri.as_deref().or(row.signed_uri.as_deref())
}
