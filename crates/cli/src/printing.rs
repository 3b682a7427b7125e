//! Where rows go: standard output or a file, in the format asked for.

use std::io::{self, BufWriter, IsTerminal, Write};

use anyhow::{Context, bail};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use eksamine_query::Answer;
use futures::StreamExt;

use crate::arguments::Printing;
use crate::output::{self, CsvCells, Destination, FORMATS, Format, Options, Output, RowWriter, Summary};
use crate::terminal;

mod file;

use file::OutputFile;

impl Printing {
    /// Refuses what can't work before anything is read for it: a file whose format nobody knows, and several results
    /// where there is room for one.
    pub fn check(&self, statements: usize) -> anyhow::Result<()> {
        let format = self.format()?;
        if statements < 2 {
            return Ok(());
        }
        if let Some(file) = &self.output {
            bail!("`{}` can hold the rows of one statement, and there are {statements}", file.display());
        }
        if format == Format::Parquet {
            bail!("a Parquet file can hold the rows of one statement, and there are {statements}");
        }
        Ok(())
    }

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

    /// What the writer of a format needs to know of where the rows go.
    pub fn options(&self) -> Options {
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

/// Where an answer goes: under its name there is nothing before it is whole.
pub struct Target<'a> {
    printing: &'a Printing,
    file: Option<OutputFile>,
}

impl<'a> Target<'a> {
    /// Fails if the file can't be made.
    pub fn open(printing: &'a Printing) -> anyhow::Result<(Self, Output)> {
        let file = printing.output.as_deref().map(OutputFile::create).transpose()?;
        let output: Output = match &file {
            Some(file) => Box::new(BufWriter::new(file.handle()?)),
            None => Box::new(io::stdout()),
        };
        Ok((Self { printing, file }, output))
    }

    /// What to say when it can't be written.
    pub fn unwritten(&self) -> String {
        match &self.printing.output {
            Some(file) => format!("can't write `{}`", file.display()),
            None => "can't write to standard output".to_owned(),
        }
    }

    /// Gives the file its name and tells what there is to say.
    pub fn complete(self, summary: &Summary) -> anyhow::Result<()> {
        if let Some(file) = self.file {
            file.complete()?;
        }
        for notice in &summary.notices {
            tell(&format!("note: {notice}"));
        }
        Ok(())
    }
}

/// What to say when the rows of an answer stop with an error.
pub const QUERY_FAILED: &str = "the query failed while it ran";

/// Prints rows as they come. With `columns` only these are printed where people read.
pub async fn print(answer: Answer, printing: &Printing, columns: Option<&[&str]>) -> anyhow::Result<Summary> {
    let format = printing.format()?;
    print_by(answer, printing, columns, |schema, output| output::writer(format, schema, output, printing.options()))
        .await
}

/// As [`print`], by a writer of the caller's.
pub async fn print_by(
    answer: Answer,
    printing: &Printing,
    columns: Option<&[&str]>,
    open: impl FnOnce(SchemaRef, Output) -> io::Result<Box<dyn RowWriter>>,
) -> anyhow::Result<Summary> {
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
    let (target, output) = Target::open(printing)?;
    let mut writer = open(schema, output).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => error.into(),
        _ => anyhow::Error::new(error).context(target.unwritten()),
    })?;
    let mut rows = answer.rows;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows).context(QUERY_FAILED)?;
        let batch: RecordBatch = match &indices {
            Some(indices) => batch.project(indices)?,
            None => batch,
        };
        writer.batch(&batch).with_context(|| target.unwritten())?;
    }
    let summary = writer.finish().with_context(|| target.unwritten())?;
    target.complete(&summary)?;
    if format == Format::Table && io::stderr().is_terminal() {
        tell(&summary.line());
    }
    Ok(summary)
}

/// Says something beside the data, on standard error. That nobody listens any more is no reason to fail.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints prose to standard output. A closed pipe comes back as an error that ends the program quietly.
pub fn print_text(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}
