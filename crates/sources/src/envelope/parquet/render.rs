//! Rows of a Parquet file as text: one JSON object each, with the file's own column names in the file's order.

use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Trouble, too_large};
use crate::fields::quote;

/// Longest text of one value. No field of a flow log comes near it.
const LONGEST_VALUE_BYTES: usize = 1 << 20;

/// The columns of a batch, ready to be written row by row.
pub struct Rows<'a> {
    columns: Vec<(String, &'a dyn Array, Cells<'a>)>,
}

enum Cells<'a> {
    Text(&'a StringViewArray),
    /// Values whose text is JSON as it is: numbers and booleans.
    Bare(ArrayFormatter<'a>),
    Quoted(ArrayFormatter<'a>),
}

impl<'a> Rows<'a> {
    pub fn of(batch: &'a RecordBatch, options: &'a FormatOptions<'a>) -> Result<Self, ArrowError> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
            let array = array.as_ref();
            let formatter = || ArrayFormatter::try_new(array, options);
            let cells = match array.data_type() {
                DataType::Utf8View => Cells::Text(array.as_string_view()),
                kind if kind.is_integer() || *kind == DataType::Boolean => Cells::Bare(formatter()?),
                _ => Cells::Quoted(formatter()?),
            };
            Ok((quote(field.name()), array, cells))
        });
        Ok(Self { columns: columns.collect::<Result<_, ArrowError>>()? })
    }

    /// Writes a row over what was in `text`.
    pub fn write(&self, row: usize, text: &mut String) -> Result<(), Trouble> {
        text.clear();
        for (position, (name, array, cells)) in self.columns.iter().enumerate() {
            text.push(if position == 0 { '{' } else { ',' });
            text.push_str(name);
            text.push(':');
            if array.is_null(row) {
                text.push_str("null");
                continue;
            }
            match cells {
                Cells::Text(texts) => text.push_str(&quote(short(texts.value(row))?)),
                Cells::Bare(formatter) => {
                    write!(text, "{}", formatter.value(row))
                        .map_err(|_| Trouble::broken("a value can't be written"))?;
                }
                Cells::Quoted(formatter) => {
                    let value =
                        formatter.value(row).try_to_string().map_err(|error| Trouble::broken(&error.to_string()))?;
                    text.push_str(&quote(short(&value)?));
                }
            }
        }
        text.push('}');
        Ok(())
    }
}

fn short(value: &str) -> Result<&str, Trouble> {
    if value.len() > LONGEST_VALUE_BYTES {
        return Err(too_large("a value is longer than a mebibyte"));
    }
    Ok(value)
}
