//! Taking secrets out of what is made of the rows: the timeline and texts. The rows themselves and the answer of a query
//! are redacted where they are written.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::bail;
use arrow::array::builder::StringViewBuilder;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use eksamine_custody::bundle::Redaction;
use eksamine_custody::bundle::secrets::{self, Redactor, Secret};
use eksamine_query::evidence;
use eksamine_sources::{Column, Table};
use serde_json::Value;

use super::preview::texts;

/// A text of ours or of the exporter.
pub fn text(redaction: Redaction, text: &str) -> Cow<'_, str> {
    match redaction {
        Redaction::Keep => Cow::Borrowed(text),
        Redaction::Redact => secrets::redact_text(text),
    }
}

/// JSON of ours that repeats what was typed.
pub fn json(redaction: Redaction, value: Value) -> Value {
    match redaction {
        Redaction::Keep => value,
        // What is redacted in JSON is JSON again.
        Redaction::Redact => serde_json::from_str(&secrets::redact_text(&value.to_string())).unwrap_or_default(),
    }
}

/// A cell of a timeline, which is made of a record and stands for no place in it.
static CELL: Column = Column::text("cell", &[], "");

/// Rows of a timeline, or of the chains behind it: the records as those of their tables are redacted, the other texts
/// without what they repeat of their record.
pub fn of_timeline(redaction: Redaction, batch: &RecordBatch) -> anyhow::Result<RecordBatch> {
    if redaction == Redaction::Keep {
        return Ok(batch.clone());
    }
    let (raws, planes) = (texts(batch, "raw")?, texts(batch, "plane")?);
    let record = |row: usize| raws.is_valid(row).then(|| raws.value(row));
    let table = |row: usize| table(planes.is_valid(row).then(|| planes.value(row)), record(row));
    let found =
        |row: usize| table(row).zip(record(row)).map_or_else(Vec::new, |(table, raw)| secrets::find(table, raw));
    let found: Vec<Vec<Secret>> = (0..batch.num_rows()).map(found).collect();
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if !is_text(field.data_type()) {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
            continue;
        }
        let own = texts(batch, field.name())?;
        let mut redacted = StringViewBuilder::with_capacity(batch.num_rows());
        for (row, cell) in own.iter().enumerate() {
            redacted.append_option(cell.map(|cell| match (field.name().as_str(), table(row)) {
                ("source_uri", _) => Cow::Borrowed(cell),
                ("raw", Some(table)) => secrets::redact(table, cell),
                _ if found.get(row).is_none_or(Vec::is_empty) => secrets::redact_text(cell),
                _ => secrets::redact_row(&CELL, cell, found.get(row).map_or(&[], Vec::as_slice)),
            }));
        }
        fields.push(field.as_ref().clone().with_data_type(DataType::Utf8View));
        columns.push(Arc::new(redacted.finish()));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Refuses to redact an answer with lists or the like in it, which are not looked through.
pub fn check_answer(redaction: Redaction, schema: &Schema) -> anyhow::Result<()> {
    let nested = schema.fields().iter().find(|field| field.data_type().is_nested());
    match nested {
        Some(field) if redaction == Redaction::Redact => {
            bail!("the column `{}` of the answer can't be searched for secrets; cast it to text", field.name())
        }
        _ => Ok(()),
    }
}

/// Rows of the answer of a query, without the secrets that were found in the records they lead to.
pub fn of_answer(batch: &RecordBatch, redactor: &Redactor<'_>) -> anyhow::Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if !is_text(field.data_type()) {
            columns.push(Arc::clone(column));
            continue;
        }
        let cells = cast(column, &DataType::Utf8View)?;
        let mut redacted = StringViewBuilder::with_capacity(batch.num_rows());
        for cell in cells.as_string_view() {
            redacted.append_option(cell.map(|cell| redactor.cell(&CELL, cell)));
        }
        columns.push(Arc::new(redacted.finish()));
    }
    Ok(RecordBatch::try_new(schema_of_answer(Redaction::Redact, &batch.schema()), columns)?)
}

/// The schema of the rows of an answer as they are written.
pub fn schema_of_answer(redaction: Redaction, schema: &SchemaRef) -> SchemaRef {
    if redaction == Redaction::Keep {
        return SchemaRef::clone(schema);
    }
    let field = |field: &Arc<Field>| {
        let own = field.as_ref().clone();
        if is_text(field.data_type()) { own.with_data_type(DataType::Utf8View) } else { own }
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The table that a record of a timeline is of; where a plane has several, its form tells.
fn table(plane: Option<&str>, raw: Option<&str>) -> Option<&'static Table> {
    let is_json = raw?.trim_start().starts_with('{');
    let name = match plane? {
        "aws" => "cloudtrail",
        "kubernetes" if is_json => "k8s_audit",
        "kubernetes" => "control_plane",
        "authenticator" => "authenticator",
        "network" => "vpc_flow",
        // Both findings and unusual rates are JSON, and are looked through in the same way.
        _ => "guardduty",
    };
    evidence::tables().find(|table| table.name == name)
}
