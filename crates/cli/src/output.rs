//! How rows leave the program: one writer per format, chosen from the `FORMATS` list.
//!
//! Responsible for turning record batches into bytes of a format, batch by batch, without holding more than a bounded
//! part of the result. Not responsible for opening files, for standard error, or for running the query.
//!
//! Invariant: nothing that an attacker wrote into a log can act in a terminal, a spreadsheet or a rendered page when
//! it comes out of the formats made for these. Formats made for programs (JSON, Parquet, CSV with exact cells) lose
//! nothing.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

mod cell;
mod csv;
pub mod html;
mod json;
mod json_text;
mod markdown;
mod ndjson;
pub mod parquet;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod timesketch;

/// Where a writer's bytes go.
pub type Output = Box<dyn Write + Send>;

/// A format that rows can be printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// A table for people, fitted to the terminal
    Table,
    /// One JSON array of objects
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header, safe to open in a spreadsheet
    Csv,
    /// Apache Parquet, compressed with zstd
    Parquet,
    /// A GitHub table for tickets and reports
    Markdown,
    /// JSON lines for Timesketch, of a timeline
    Timesketch,
    /// A report of a timeline that opens in any browser
    Html,
}

/// One line of the list of formats.
pub struct FormatEntry {
    pub format: Format,
    /// The name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// The usual ending of a file of this format, without the dot.
    pub extension: &'static str,
    open: fn(SchemaRef, Output, Options) -> io::Result<Box<dyn RowWriter>>,
}

/// All formats. A new format is a file in `output/`, a variant of [`Format`] and an entry here.
pub static FORMATS: &[FormatEntry] = &[
    FormatEntry {
        format: Format::Table,
        name: "table",
        about: "A table for people, fitted to the terminal",
        extension: "txt",
        open: table::open,
    },
    FormatEntry {
        format: Format::Json,
        name: "json",
        about: "One JSON array of objects",
        extension: "json",
        open: json::open,
    },
    FormatEntry {
        format: Format::Ndjson,
        name: "ndjson",
        about: "One JSON object a line",
        extension: "ndjson",
        open: ndjson::open,
    },
    FormatEntry {
        format: Format::Csv,
        name: "csv",
        about: "Comma-separated values with a header, safe to open in a spreadsheet",
        extension: "csv",
        open: csv::open,
    },
    FormatEntry {
        format: Format::Parquet,
        name: "parquet",
        about: "Apache Parquet, compressed with zstd",
        extension: "parquet",
        open: parquet::open,
    },
    FormatEntry {
        format: Format::Markdown,
        name: "markdown",
        about: "A GitHub table for tickets and reports",
        extension: "md",
        open: markdown::open,
    },
    FormatEntry {
        format: Format::Timesketch,
        name: "timesketch",
        about: "JSON lines for Timesketch, of a timeline",
        extension: "jsonl",
        open: timesketch::open,
    },
    FormatEntry {
        format: Format::Html,
        name: "html",
        about: "A report of a timeline that opens in any browser",
        extension: "html",
        open: html::open,
    },
];

/// What the formats need to know about the destination.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub destination: Destination,
    pub csv_cells: CsvCells,
}

/// Where the rows can be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Destination {
    /// A pipe or a file: nothing is fitted or cut.
    #[default]
    Stream,
    /// A terminal: tables are fitted to its width, and no format sends it a control character.
    Terminal { width_columns: u16, colour: bool },
}

/// What becomes of CSV cells that a spreadsheet would run as a formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CsvCells {
    /// Text that starts like a formula gets a leading `'`.
    #[default]
    SafeInSpreadsheets,
    /// Every cell is the value, exactly.
    Exact,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    /// What the reader should know about the output, for standard error.
    pub notices: Vec<String>,
}

/// Writes the rows of one result. Nothing is complete before `finish`.
pub trait RowWriter: Send {
    /// Writes the rows of a batch, or keeps a bounded number of them until more are known.
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()>;

    /// Writes what is left, closes the format and flushes the destination. To be called once.
    fn finish(&mut self) -> io::Result<Summary>;
}

/// Opens a writer. A header or an opening bracket may be written at once.
///
/// Fails with `InvalidInput` when the format cannot go to the destination (Parquet to a terminal) or cannot hold the
/// rows (Timesketch what is no timeline). Errors of the
/// destination keep their kind, so that a closed pipe can be told.
pub fn writer(format: Format, schema: SchemaRef, output: Output, options: Options) -> io::Result<Box<dyn RowWriter>> {
    (format.entry().open)(schema, output, options)
}

impl Format {
    /// The format's line in [`FORMATS`].
    pub fn entry(self) -> &'static FormatEntry {
        // A test holds that every format has its line.
        FORMATS.iter().find(|entry| entry.format == self).unwrap_or(&FORMATS[0])
    }

    /// The format of a name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| entry.format)
    }
}

impl Summary {
    /// The count of rows in words: `(12 rows)`.
    pub fn line(&self) -> String {
        if self.rows == 1 { "(1 row)".to_owned() } else { format!("({} rows)", self.rows) }
    }
}
