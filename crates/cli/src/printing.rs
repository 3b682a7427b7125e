//! Where rows go: standard output or a file, in the format asked for.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal};
use std::path::Path;

use anyhow::{Context, bail};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use eksamine_query::Answer;
use futures::StreamExt;

use crate::arguments::Printing;
use crate::output::{self, CsvCells, Destination, FORMATS, Format, Options, Output, Summary};
use crate::terminal;

impl Printing {
    /// The format asked for, or the one the file's name ends in, or a table.
    pub fn format(&self) -> anyhow::Result<Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let Some(file) = &self.output else { return Ok(Format::Table) };
        let ending = file.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
        match FORMATS.iter().find(|entry| entry.extension == ending) {
            Some(entry) => Ok(entry.format),
            None => bail!("can't tell the format of `{}` from its name; give it with `--format`", file.display()),
        }
    }

    fn options(&self) -> Options {
        let csv_cells = if self.exact_csv { CsvCells::Exact } else { CsvCells::SafeInSpreadsheets };
        let destination = match terminal::stdout_width_columns() {
            Some(width_columns) if self.output.is_none() => {
                Destination::Terminal { width_columns, colour: terminal::stdout_colour() }
            }
            _ => Destination::Stream,
        };
        Options { destination, csv_cells }
    }
}

/// Prints rows as they come. With `columns` only these are printed where people read.
pub async fn print(answer: Answer, printing: &Printing, columns: Option<&[&str]>) -> anyhow::Result<Summary> {
    let format = printing.format()?;
    let for_people = matches!(format, Format::Table | Format::Markdown);
    let columns = columns.filter(|_| for_people);
    let project = |schema: &SchemaRef| -> Option<Vec<usize>> {
        Some(columns?.iter().filter_map(|name| schema.index_of(name).ok()).collect())
    };
    let indices = project(&answer.schema);
    let schema = match &indices {
        Some(indices) => std::sync::Arc::new(answer.schema.project(indices)?),
        None => answer.schema.clone(),
    };
    let output = open(printing.output.as_deref())?;
    let mut writer = output::writer(format, schema, output, printing.options())?;
    let mut rows = answer.rows;
    while let Some(batch) = rows.next().await {
        let batch =
            batch.map_err(|error| anyhow::anyhow!(error.to_string()).context("the query failed while it ran"))?;
        let batch: RecordBatch = match &indices {
            Some(indices) => batch.project(indices)?,
            None => batch,
        };
        writer.batch(&batch)?;
    }
    let summary = writer.finish()?;
    for notice in &summary.notices {
        eprintln!("note: {notice}");
    }
    if format == Format::Table && io::stderr().is_terminal() {
        eprintln!("{}", summary.line());
    }
    Ok(summary)
}

fn open(file: Option<&Path>) -> anyhow::Result<Output> {
    match file {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("can't create `{}`", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        None => Ok(Box::new(io::stdout())),
    }
}

/// Prints prose to standard output. A closed pipe comes back as an error that ends the program quietly.
pub fn print_text(text: &str) -> io::Result<()> {
    use io::Write;

    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}
