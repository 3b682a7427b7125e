//! One JSON array of objects, an object a line.
//!
//! Responsible for the brackets and commas around the objects of `ndjson`. An empty result is `[]`.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::ndjson::ObjectEncoder;
use super::sink::Sink;
use super::{Options, Output, RowWriter, Summary};

/// Opens a writer of a JSON array.
#[expect(clippy::unnecessary_wraps, reason = "some formats can fail to open, and the list holds them all")]
pub fn open(schema: SchemaRef, output: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    Ok(Box::new(JsonWriter { objects: ObjectEncoder::new(&schema), sink: Sink::new(output), rows: 0 }))
}

struct JsonWriter {
    objects: ObjectEncoder,
    sink: Sink,
    rows: u64,
}

impl RowWriter for JsonWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            self.sink.text.push_str(if self.rows == 0 { "[\n" } else { ",\n" });
            self.objects.write(batch, row, &mut self.sink.text);
            self.rows += 1;
            self.sink.row_done()?;
        }
        self.sink.pass_on()
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.sink.text.push_str(if self.rows == 0 { "[]\n" } else { "\n]\n" });
        self.sink.finish()?;
        Ok(Summary { rows: self.rows, notices: Vec::new() })
    }
}
