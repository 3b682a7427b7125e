//! Curated queries as rows, for programs that read the list.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use serde_json::json;

use super::{Parameter, Query};
use crate::catalog::JSON_MARK;
use crate::error::Error;
use crate::session::Answer;

/// A column of the list: its name and where its text comes from.
type Column = (&'static str, fn(&Query) -> Option<String>);

/// The columns of [`listing`]. `parameters` is a JSON array.
pub const COLUMNS: [Column; 12] = [
    ("name", |query| Some(query.name.to_owned())),
    ("table_name", |query| Some(query.table.to_owned())),
    ("title", |query| Some(query.title.clone())),
    ("answers", |query| Some(query.answers.clone())),
    ("reading", |query| Some(query.reading.clone())),
    ("source", |query| Some(query.source.clone())),
    ("technique", |query| query.technique.as_ref().map(|technique| technique.id.clone())),
    ("technique_name", |query| query.technique.as_ref().map(|technique| technique.name.clone())),
    ("technique_link", |query| query.technique.as_ref().map(super::Technique::link)),
    (PARAMETERS, |query| Some(parameters(&query.parameters))),
    ("insights", |query| query.insights.clone()),
    ("sql", |query| Some(query.sql.clone())),
];

const PARAMETERS: &str = "parameters";

/// One row a query, in their order.
pub fn listing(queries: &[Query]) -> Result<Answer, Error> {
    let field = |name: &str| {
        let field = Field::new(name, DataType::Utf8, true);
        if name == PARAMETERS { field.with_metadata(HashMap::from([(JSON_MARK.into(), "true".into())])) } else { field }
    };
    let schema = Arc::new(Schema::new(COLUMNS.iter().map(|(name, _)| field(name)).collect::<Vec<_>>()));
    let columns =
        COLUMNS.iter().map(|(_, text)| Arc::new(queries.iter().map(text).collect::<StringArray>()) as ArrayRef);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect());
    let batch = batch.map_err(|error| Error::of_rows(DataFusionError::from(error)))?;
    let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
    Ok(Answer { schema, rows: Box::pin(rows) })
}

fn parameters(parameters: &[Parameter]) -> String {
    let parameter = |parameter: &Parameter| {
        json!({
            "name": parameter.name,
            "type": parameter.kind.name(),
            "default": parameter.default,
            "about": parameter.about,
        })
    };
    serde_json::Value::Array(parameters.iter().map(parameter).collect()).to_string()
}
