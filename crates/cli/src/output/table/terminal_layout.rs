//! The table on a terminal: fitted to its width, side by side or as blocks.
//!
//! Responsible for the choice between the two, for the widths, and for cutting. Wrapping is the table library's.
//!
//! Invariant: no line is wider than the terminal, down to 40 columns.

use std::io;

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, TableComponent, Width,
};

use super::{Column, Rows, Sink};
use crate::terminal;

/// `comfy_table`'s notation for a light frame without lines between rows.
const FRAME: &str = "││──├─┼┤│    ┬┴┌┐└┘";
const NO_FRAME: &str = "                   ";
const ELLIPSIS: &str = "…";
/// Lines of a cell when columns stand side by side.
const CELL_LINES: usize = 3;
/// Lines of a value when a row is a block.
const BLOCK_VALUE_LINES: usize = 8;
/// A text column is not made narrower than this; rather, rows become blocks.
const MIN_TEXT_COLUMNS: usize = 12;
/// A blank before and a blank after each cell; in blocks, both stand between name and value.
const CELL_PADDING: usize = 2;
/// The padding and a line of the frame.
const COLUMN_OVERHEAD: usize = CELL_PADDING + 1;
const MIN_TERMINAL_COLUMNS: usize = 20;
const MAX_BLOCK_NAME_COLUMNS: usize = 32;

/// A layout for one terminal width.
pub struct TerminalLayout {
    width: usize,
    colour: bool,
    chosen: Option<Arrangement>,
    rows_printed: u64,
    has_cut: bool,
}

enum Arrangement {
    /// The widths of the columns' content.
    SideBySide(Vec<usize>),
    /// The width of the column of names.
    Blocks(usize),
}

impl TerminalLayout {
    pub fn new(width_columns: u16, colour: bool) -> Self {
        let width = usize::from(width_columns).max(MIN_TERMINAL_COLUMNS);
        Self { width, colour, chosen: None, rows_printed: 0, has_cut: false }
    }

    /// Cuts a sanitised text that is longer than could be shown in any case, so that it is not held in memory.
    pub fn shorten(&mut self, mut text: String) -> String {
        let most_characters = self.width * BLOCK_VALUE_LINES;
        if text.len() <= most_characters {
            return text;
        }
        if let Some((position, _)) = text.char_indices().nth(most_characters) {
            text.truncate(position);
            text.push_str(ELLIPSIS);
            self.has_cut = true;
        }
        text
    }

    /// Prints a window of rows, with the heading before the first.
    ///
    /// The first window decides between side by side and blocks; later ones may widen columns while there is room.
    pub fn print(&mut self, columns: &[Column], rows: &Rows, sink: &mut Sink) -> io::Result<()> {
        let is_first = self.chosen.is_none();
        if columns.is_empty() || (rows.is_empty() && !is_first) {
            return Ok(());
        }
        let width = self.width;
        match self.chosen.get_or_insert_with(|| arrange(columns, rows, width)) {
            Arrangement::SideBySide(widths) => {
                if !is_first {
                    widen(widths, rows, width);
                }
                let table = side_by_side(columns, rows, widths, self.colour, is_first);
                self.has_cut |= write_table(&table, rows, &mut sink.text);
            }
            Arrangement::Blocks(name_width) => {
                for row in rows {
                    self.rows_printed += 1;
                    write_block_rule(self.rows_printed, width, &mut sink.text);
                    let table = block(columns, row, *name_width, width, self.colour);
                    self.has_cut |= write_table(&table, std::slice::from_ref(row), &mut sink.text);
                    sink.row_done()?;
                }
            }
        }
        sink.pass_on()
    }

    /// Draws the last line.
    pub fn close(&self, out: &mut String) {
        match &self.chosen {
            Some(Arrangement::SideBySide(widths)) => {
                for (index, width) in widths.iter().enumerate() {
                    out.push(if index == 0 { '└' } else { '┴' });
                    out.extend(std::iter::repeat_n('─', width + 2));
                }
                out.push_str("┘\n");
            }
            Some(Arrangement::Blocks(_)) | None => {}
        }
    }

    /// Whether some cell was not shown whole.
    pub fn has_cut(&self) -> bool {
        self.has_cut
    }
}

/// Side by side if every column gets its content or a readable part of it; blocks otherwise.
fn arrange(columns: &[Column], rows: &Rows, terminal_width: usize) -> Arrangement {
    let mut natural: Vec<usize> =
        columns.iter().map(|column| terminal::display_width_columns(&column.heading).max(1)).collect();
    grow_to_content(&mut natural, rows);
    let available = available_columns(columns.len(), terminal_width);
    let mut widths: Vec<usize> = natural
        .iter()
        .zip(columns)
        .map(|(width, column)| if column.is_unbreakable { *width } else { (*width).min(MIN_TEXT_COLUMNS) })
        .collect();
    let least: usize = widths.iter().sum();
    if least > available {
        let longest = columns.iter().map(|column| terminal::display_width_columns(&column.heading)).max().unwrap_or(1);
        return Arrangement::Blocks(longest.clamp(1, MAX_BLOCK_NAME_COLUMNS.min(terminal_width / 2)));
    }
    share(&natural, &mut widths, available - least);
    Arrangement::SideBySide(widths)
}

/// Gives later rows their full width if it can be had; otherwise they wrap in the columns that there are.
fn widen(widths: &mut Vec<usize>, rows: &Rows, terminal_width: usize) {
    let mut natural = widths.clone();
    grow_to_content(&mut natural, rows);
    if natural.iter().sum::<usize>() <= available_columns(widths.len(), terminal_width) {
        *widths = natural;
    }
}

fn grow_to_content(widths: &mut [usize], rows: &Rows) {
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(terminal::display_width_columns(cell));
        }
    }
}

/// What a terminal has for content between the frame's lines and blanks.
fn available_columns(column_count: usize, terminal_width: usize) -> usize {
    terminal_width.saturating_sub(column_count * COLUMN_OVERHEAD + 1)
}

/// Shares spare columns out evenly among those that want more, the narrowest wishes being met first.
fn share(natural: &[usize], widths: &mut [usize], mut spare: usize) {
    let mut wanting: Vec<usize> = (0..widths.len()).filter(|index| widths[*index] < natural[*index]).collect();
    wanting.sort_by_key(|index| natural[*index] - widths[*index]);
    for (position, index) in wanting.iter().enumerate() {
        let part = spare / (wanting.len() - position);
        let more = part.min(natural[*index] - widths[*index]);
        widths[*index] += more;
        spare -= more;
    }
}

fn side_by_side(columns: &[Column], rows: &Rows, widths: &[usize], colour: bool, with_heading: bool) -> Table {
    let mut table = styled_table(FRAME, colour);
    // The last line is drawn at the end of all windows, the first one only before the first.
    for component in [
        TableComponent::BottomBorder,
        TableComponent::BottomBorderIntersections,
        TableComponent::BottomLeftCorner,
        TableComponent::BottomRightCorner,
    ] {
        table.remove_style(component);
    }
    if with_heading {
        table.set_header(columns.iter().map(|column| name_cell(&column.heading, colour)));
    } else {
        for component in [
            TableComponent::TopBorder,
            TableComponent::TopBorderIntersections,
            TableComponent::TopLeftCorner,
            TableComponent::TopRightCorner,
        ] {
            table.remove_style(component);
        }
    }
    for cells in rows {
        let mut row = Row::from(cells.iter().map(String::as_str).collect::<Vec<&str>>());
        row.max_height(CELL_LINES);
        table.add_row(row);
    }
    for (index, width) in widths.iter().enumerate() {
        let Some(column) = table.column_mut(index) else { continue };
        column.set_constraint(fixed(*width + CELL_PADDING));
        if columns[index].is_numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn block(columns: &[Column], cells: &[String], name_width: usize, terminal_width: usize, colour: bool) -> Table {
    let mut table = styled_table(NO_FRAME, colour);
    for (column, cell) in columns.iter().zip(cells) {
        let mut row = Row::from(vec![name_cell(&column.heading, colour), Cell::new(cell)]);
        row.max_height(BLOCK_VALUE_LINES);
        table.add_row(row);
    }
    let value_width = terminal_width.saturating_sub(name_width + CELL_PADDING).max(1);
    if let Some(names) = table.column_mut(0) {
        names.set_padding((0, CELL_PADDING as u16)).set_constraint(fixed(name_width + CELL_PADDING));
    }
    if let Some(values) = table.column_mut(1) {
        values.set_padding((0, 0)).set_constraint(fixed(value_width));
    }
    table
}

fn styled_table(frame: &str, colour: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(frame);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_truncation_indicator(ELLIPSIS);
    table.force_no_tty();
    if colour {
        table.enforce_styling();
    }
    table
}

fn name_cell(name: &str, colour: bool) -> Cell {
    let cell = Cell::new(name);
    if colour { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn fixed(width: usize) -> ColumnConstraint {
    ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)))
}

fn write_block_rule(row: u64, terminal_width: usize, out: &mut String) {
    let title = format!("── {row} ");
    out.push_str(&title);
    out.extend(std::iter::repeat_n('─', terminal_width.saturating_sub(title.chars().count())));
    out.push('\n');
}

/// Appends the table's lines and says whether a cell was cut: then there are more ellipses than in the cells.
fn write_table(table: &Table, rows: &[Vec<String>], out: &mut String) -> bool {
    let start = out.len();
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let shown = out[start..].matches(ELLIPSIS).count();
    let given: usize = rows.iter().flatten().map(|cell| cell.matches(ELLIPSIS).count()).sum();
    shown > given
}
