//! The table in a pipe or a file: a line a row, nothing cut.
//!
//! Cells up to a bound are padded, so that columns stand under each other; one longer cell moves the rest of its own
//! line only, instead of widening ten thousand others.

use std::io;

use super::{Column, Rows, Sink};
use crate::terminal;

/// Columns are padded to no more than this.
const MAX_PADDED_COLUMNS: usize = 200;

/// Column widths, and whether the heading has been printed.
#[derive(Default)]
pub struct StreamLayout {
    widths: Option<Vec<usize>>,
}

impl StreamLayout {
    /// Prints a window of rows, with the heading before the first. Columns may grow from window to window.
    pub fn print(&mut self, columns: &[Column], rows: &Rows, sink: &mut Sink) -> io::Result<()> {
        let is_first = self.widths.is_none();
        if columns.is_empty() || (rows.is_empty() && !is_first) {
            return Ok(());
        }
        let widths = self.widths.get_or_insert_with(|| {
            columns.iter().map(|column| terminal::display_width_columns(&column.heading)).collect()
        });
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(terminal::display_width_columns(cell).min(MAX_PADDED_COLUMNS));
            }
        }
        if is_first {
            write_rule(widths, ['┌', '┬', '┐'], &mut sink.text);
            write_line(columns, columns.iter().map(|column| column.heading.as_str()), widths, &mut sink.text);
            write_rule(widths, ['├', '┼', '┤'], &mut sink.text);
        }
        for row in rows {
            write_line(columns, row.iter().map(String::as_str), widths, &mut sink.text);
            sink.row_done()?;
        }
        sink.pass_on()
    }

    /// Draws the last line.
    pub fn close(&self, out: &mut String) {
        if let Some(widths) = &self.widths {
            write_rule(widths, ['└', '┴', '┘'], out);
        }
    }
}

fn write_rule(widths: &[usize], [left, middle, right]: [char; 3], out: &mut String) {
    for (index, width) in widths.iter().enumerate() {
        out.push(if index == 0 { left } else { middle });
        out.extend(std::iter::repeat_n('─', width + 2));
    }
    out.push(right);
    out.push('\n');
}

fn write_line<'a>(columns: &[Column], cells: impl Iterator<Item = &'a str>, widths: &[usize], out: &mut String) {
    for ((column, cell), width) in columns.iter().zip(cells).zip(widths) {
        let padding = std::iter::repeat_n(' ', width.saturating_sub(terminal::display_width_columns(cell)));
        out.push_str("│ ");
        if column.is_numeric {
            out.extend(padding);
            out.push_str(cell);
        } else {
            out.push_str(cell);
            out.extend(padding);
        }
        out.push(' ');
    }
    out.push_str("│\n");
}
