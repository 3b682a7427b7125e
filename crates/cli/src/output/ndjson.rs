//! One JSON object a line, for `jq`, for other programs, and for reading a result back.
//!
//! Every object has every column, null included. Columns of JSON text are set in as JSON values. Times are RFC 3339 in
//! UTC, bytes are lower-case hex, 64-bit integers are JSON numbers. Repeated column names get a number: `name_2`.
//! Not responsible for the array around the objects (`json`) or for the escapes (`json_text`).

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::cell::{self, IsJson};
use super::sink::Sink;
use super::{Options, Output, RowWriter, Summary, json_text};

/// Opens a writer of JSON lines.
#[expect(clippy::unnecessary_wraps, reason = "some formats can fail to open, and the list holds them all")]
pub fn open(schema: SchemaRef, output: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    Ok(Box::new(NdjsonWriter { objects: ObjectEncoder::new(&schema), sink: Sink::new(output), rows: 0 }))
}

/// Writes rows as JSON objects.
pub struct ObjectEncoder {
    /// `"name":`, ready to be copied.
    keys: Vec<String>,
    json_marks: Vec<IsJson>,
}

struct NdjsonWriter {
    objects: ObjectEncoder,
    sink: Sink,
    rows: u64,
}

impl ObjectEncoder {
    pub fn new(schema: &Schema) -> Self {
        let keys = cell::unique_names(schema)
            .iter()
            .map(|name| {
                let mut key = String::new();
                json_text::write_string(name, &mut key);
                key.push(':');
                key
            })
            .collect();
        Self { keys, json_marks: cell::json_marks(schema.fields()) }
    }

    /// Appends a row as an object on one line.
    pub fn write(&self, batch: &RecordBatch, row: usize, out: &mut String) {
        out.push('{');
        for (index, column) in batch.columns().iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&self.keys[index]);
            cell::value(column.as_ref(), row, self.json_marks[index]).write_json(out);
        }
        out.push('}');
    }
}

impl RowWriter for NdjsonWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            self.objects.write(batch, row, &mut self.sink.text);
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
