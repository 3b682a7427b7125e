//! Comma-separated values after RFC 4180, with a header and `\n` at the end of a line.
//!
//! Responsible for keeping text from running as a formula in a spreadsheet: a text cell that starts with `=`, `+`, `-`,
//! `@`, a tab or a line break, also behind blanks, signs and what can't be seen, or as a full-width character, gets a
//! leading `'` (<https://owasp.org/www-community/attacks/CSV_Injection>). Cells of numeric columns are left alone.
//! `CsvCells::Exact` turns this off. What such a text is, and how a cell is quoted, is told in one place, that of the CSV
//! files of evidence bundles (`eksamine-custody`).
//!
//! Nothing else is changed: control characters stay, within quotes. Only a terminal gets them made visible. Null is an
//! empty cell and the empty text is `""`; in a result of one column both are `""`, since an empty line would be no row.

use std::borrow::Cow;
use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use eksamine_custody::bundle::{quoted, starts_like_a_formula};

use super::cell::{self, IsJson, Value};
use super::sink::Sink;
use super::{CsvCells, Destination, Options, Output, RowWriter, Summary};
use crate::terminal;

/// Opens a CSV writer. The header is written at once.
pub fn open(schema: SchemaRef, output: Output, options: Options) -> io::Result<Box<dyn RowWriter>> {
    let json_marks = cell::json_marks(schema.fields());
    let mut writer = CsvWriter { json_marks, options, sink: Sink::new(output), rows: 0, cell: String::new() };
    for (index, field) in schema.fields().iter().enumerate() {
        writer.write_cell(index, &Value::Text(Cow::Borrowed(field.name())), schema.fields().len());
    }
    writer.sink.text.push('\n');
    writer.sink.pass_on()?;
    Ok(Box::new(writer))
}

struct CsvWriter {
    json_marks: Vec<IsJson>,
    options: Options,
    sink: Sink,
    rows: u64,
    /// Reused from cell to cell.
    cell: String,
}

impl CsvWriter {
    fn write_cell(&mut self, index: usize, value: &Value<'_>, columns: usize) {
        let out = &mut self.sink.text;
        if index > 0 {
            out.push(',');
        }
        if matches!(value, Value::Null) {
            if columns == 1 {
                out.push_str("\"\"");
            }
            return;
        }
        let text = if let Value::Text(text) = value {
            text
        } else {
            self.cell.clear();
            value.write_text(&mut self.cell);
            self.cell.as_str()
        };
        let is_guarded =
            self.options.csv_cells == CsvCells::SafeInSpreadsheets && !value.is_number() && starts_like_a_formula(text);
        let text = if is_guarded { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) };
        match self.options.destination {
            Destination::Stream => quoted(&text, out),
            Destination::Terminal { .. } => quoted(&terminal::sanitise(&text), out),
        }
    }
}

impl RowWriter for CsvWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            for (index, column) in batch.columns().iter().enumerate() {
                let value = cell::value(column.as_ref(), row, self.json_marks[index]);
                self.write_cell(index, &value, batch.num_columns());
            }
            self.sink.text.push('\n');
            self.rows += 1;
            self.sink.row_done()?;
        }
        self.sink.pass_on()
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.sink.finish()?;
        Ok(Summary { rows: self.rows, notices: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_terminal_hides_is_looked_through() {
        let hidden =
            ('\u{0}'..=char::MAX).filter(|character| character.is_whitespace() || terminal::is_unsafe(*character));
        for character in hidden {
            assert!(starts_like_a_formula(&format!("{character}=1")), "{character:?}");
            assert!(starts_like_a_formula(&format!(" {character} {character}@x")), "{character:?}");
        }
        for text in ["a=1", "é-1", "1+1", "日=1", "_=1", "https://example.com/?a=1"] {
            assert!(!starts_like_a_formula(text), "{text}");
        }
    }
}
