//! A table in GitHub's Markdown (<https://github.github.com/gfm/#tables-extension->), for tickets and reports.
//!
//! Responsible for escaping: no cell can end its row, carry HTML, an image, a link or a bare address that becomes one.
//! Control characters are made visible. Rows are written as they come, so columns are not aligned in the source.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::cell::{self, IsJson};
use super::sink::Sink;
use super::{Options, Output, RowWriter, Summary};
use crate::terminal;

/// Opens a Markdown writer. The header is written at once.
pub fn open(schema: SchemaRef, output: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    let mut sink = Sink::new(output);
    sink.text.push('|');
    for field in schema.fields() {
        write_cell(field.name(), &mut sink.text);
    }
    sink.text.push_str("\n|");
    for field in schema.fields() {
        sink.text.push_str(if cell::is_numeric(field.data_type()) { " ---: |" } else { " --- |" });
    }
    sink.text.push('\n');
    sink.pass_on()?;
    let json_marks = cell::json_marks(schema.fields());
    Ok(Box::new(MarkdownWriter { json_marks, sink, rows: 0, cell: String::new() }))
}

struct MarkdownWriter {
    json_marks: Vec<IsJson>,
    sink: Sink,
    rows: u64,
    /// Reused from cell to cell.
    cell: String,
}

impl RowWriter for MarkdownWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            self.sink.text.push('|');
            for (index, column) in batch.columns().iter().enumerate() {
                self.cell.clear();
                cell::value(column.as_ref(), row, self.json_marks[index]).write_text(&mut self.cell);
                write_cell(&self.cell, &mut self.sink.text);
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

fn write_cell(text: &str, out: &mut String) {
    out.push(' ');
    write_escaped(&terminal::sanitise(text), out);
    out.push_str(" |");
}

fn write_escaped(text: &str, out: &mut String) {
    let mut previous = ' ';
    for (position, character) in text.char_indices() {
        let rest = &text[position + character.len_utf8()..];
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            // Within a word an underscore is only itself, and names are full of them.
            '_' if previous.is_alphanumeric() && rest.starts_with(char::is_alphanumeric) => out.push('_'),
            '_' => out.push_str("\\_"),
            // Bare addresses become links.
            ':' if rest.starts_with("//") => out.push_str("\\:"),
            '.' if ends_with_www(&text[..position]) => out.push_str("\\."),
            // Bare names become mentions.
            '@' => out.push_str("&#64;"),
            _ => out.push(character),
        }
        previous = character;
    }
}

fn ends_with_www(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 3 && bytes[bytes.len() - 3..].eq_ignore_ascii_case(b"www")
}
