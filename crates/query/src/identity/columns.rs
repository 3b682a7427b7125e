//! Columns of an answer by name, as text and times.

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};

/// One batch of an answer.
pub struct Columns<'a>(pub &'a RecordBatch);

/// A column of text in which empty means none.
pub struct Texts(StringViewArray);

/// A column of times in microseconds.
pub struct Times(TimestampMicrosecondArray);

/// A column of whole numbers.
pub struct Numbers(Int64Array);

impl Columns<'_> {
    fn of(&self, name: &str, kind: &DataType) -> Result<std::sync::Arc<dyn Array>> {
        let column = self.0.column_by_name(name);
        let column = column.ok_or_else(|| DataFusionError::Internal(format!("no column `{name}`")))?;
        Ok(cast(column, kind)?)
    }

    pub fn texts(&self, name: &str) -> Result<Texts> {
        Ok(Texts(self.of(name, &DataType::Utf8View)?.as_string_view().clone()))
    }

    pub fn times(&self, name: &str) -> Result<Times> {
        let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Ok(Times(self.of(name, &kind)?.as_primitive::<TimestampMicrosecondType>().clone()))
    }

    pub fn numbers(&self, name: &str) -> Result<Numbers> {
        Ok(Numbers(self.of(name, &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
    }
}

impl Texts {
    pub fn get(&self, row: usize) -> Option<String> {
        self.text(row).map(str::to_owned)
    }

    pub fn text(&self, row: usize) -> Option<&str> {
        (row < self.0.len() && self.0.is_valid(row)).then(|| self.0.value(row)).filter(|text| !text.is_empty())
    }
}

impl Times {
    pub fn get(&self, row: usize) -> Option<i64> {
        (row < self.0.len() && self.0.is_valid(row)).then(|| self.0.value(row))
    }
}

impl Numbers {
    pub fn known(&self, row: usize) -> Option<i64> {
        (row < self.0.len() && self.0.is_valid(row)).then(|| self.0.value(row))
    }

    pub fn get(&self, row: usize) -> i64 {
        self.known(row).unwrap_or(0)
    }
}
