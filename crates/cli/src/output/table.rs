//! A table for people.
//!
//! On a terminal it fits the width: cells wrap and long ones are cut with `…`; when the columns are too many to be
//! readable side by side, each row is printed as a block of names and values. In a pipe or a file nothing is cut and
//! each row is one line. Everything is sanitised in both cases.
//!
//! Responsible for buffering: column widths come from the first rows, up to `WINDOW_ROWS` or `WINDOW_BYTES`; later
//! rows are printed window by window in the same columns. Not responsible for cutting and wrapping themselves
//! (`table/terminal_layout`) or for the one-line rows of a pipe (`table/stream_layout`).

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};

use super::cell::{self, IsJson};
use super::sink::Sink;
use super::{Destination, Options, Output, RowWriter, Summary};
use crate::terminal;

mod stream_layout;
mod terminal_layout;

use stream_layout::StreamLayout;
use terminal_layout::TerminalLayout;

/// Rows are held back until there are this many, so that columns can be measured.
const WINDOW_ROWS: usize = 10_000;
/// Or until their text is this long.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

/// Opens a table writer.
#[expect(clippy::unnecessary_wraps, reason = "some formats can fail to open, and the list holds them all")]
pub fn open(schema: SchemaRef, output: Output, options: Options) -> io::Result<Box<dyn RowWriter>> {
    Ok(Box::new(TableWriter::new(&schema, output, options)))
}

/// A column's heading and how its cells are set.
struct Column {
    /// The name, sanitised.
    heading: String,
    is_numeric: bool,
    /// Cells that mean nothing when broken over lines: numbers and times.
    is_unbreakable: bool,
}

/// A window of rows as sanitised text, cell by cell.
type Rows = Vec<Vec<String>>;

enum Layout {
    Stream(StreamLayout),
    Terminal(TerminalLayout),
}

struct TableWriter {
    columns: Vec<Column>,
    json_marks: Vec<IsJson>,
    layout: Layout,
    window: Rows,
    window_bytes: usize,
    sink: Sink,
    rows: u64,
}

impl TableWriter {
    fn new(schema: &Schema, output: Output, options: Options) -> Self {
        let columns = schema
            .fields()
            .iter()
            .map(|field| {
                let is_numeric = cell::is_numeric(field.data_type());
                let is_time = matches!(field.data_type(), DataType::Timestamp(_, _) | DataType::Boolean);
                let heading = terminal::sanitise(field.name()).into_owned();
                Column { heading, is_numeric, is_unbreakable: is_numeric || is_time }
            })
            .collect();
        let layout = match options.destination {
            Destination::Stream => Layout::Stream(StreamLayout::default()),
            Destination::Terminal { width_columns, colour } => {
                Layout::Terminal(TerminalLayout::new(width_columns, colour))
            }
        };
        Self {
            columns,
            json_marks: cell::json_marks(schema.fields()),
            layout,
            window: Vec::new(),
            window_bytes: 0,
            sink: Sink::new(output),
            rows: 0,
        }
    }

    fn print_window(&mut self) -> io::Result<()> {
        match &mut self.layout {
            Layout::Stream(layout) => layout.print(&self.columns, &self.window, &mut self.sink)?,
            Layout::Terminal(layout) => layout.print(&self.columns, &self.window, &mut self.sink)?,
        }
        self.window.clear();
        self.window_bytes = 0;
        Ok(())
    }
}

impl RowWriter for TableWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            let mut cells = Vec::with_capacity(batch.num_columns());
            for (column, is_json) in batch.columns().iter().zip(&self.json_marks) {
                let mut text = String::new();
                cell::value(column.as_ref(), row, *is_json).write_text(&mut text);
                let text = terminal::sanitise(&text).into_owned();
                let text = match &mut self.layout {
                    Layout::Stream(_) => text,
                    Layout::Terminal(layout) => layout.shorten(text),
                };
                self.window_bytes += text.len();
                cells.push(text);
            }
            self.window.push(cells);
            self.rows += 1;
            if self.window.len() >= WINDOW_ROWS || self.window_bytes >= WINDOW_BYTES {
                self.print_window()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.print_window()?;
        let mut notices = Vec::new();
        match &self.layout {
            Layout::Stream(layout) => layout.close(&mut self.sink.text),
            Layout::Terminal(layout) => {
                layout.close(&mut self.sink.text);
                if layout.has_cut() {
                    notices.push("long cells are cut with `…`; `--format ndjson` prints them whole".to_owned());
                }
            }
        }
        self.sink.finish()?;
        Ok(Summary { rows: self.rows, notices })
    }
}
