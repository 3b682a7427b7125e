//! `eksamine check`: verifies an evidence bundle or a lake, offline, and says exactly what differs. The checks are in
//! `eksamine-custody` and `eksamine-lake`; here they are told.

mod bundle;
mod lake;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::Args;
use clap::error::ErrorKind;
use eksamine_query::Answer;

use crate::arguments::Printing;
use crate::failure;
use crate::output::Format;
use crate::printing::{self, print_text, tell};

#[derive(Args)]
#[command(
    after_help = "Exit status 0 if nothing differs, 3 if something does. Without `--key` it is not checked who made \
                        a bundle. A lake is not signed: it is compared with its own manifest."
)]
pub struct Command {
    /// The bundle, a zip or a folder; or the folder of a lake
    #[arg(value_name = "BUNDLE|LAKE")]
    place: PathBuf,
    /// The public key of whoever should have made the bundle, from somewhere else than the bundle
    #[arg(long, value_name = "PUB.pem")]
    key: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let told = match (lake::is_at(&command.place), &command.key) {
        (true, Some(_)) => {
            let text = "a lake is not signed, so `--key` can't be used with one\n";
            clap::Error::raw(ErrorKind::ArgumentConflict, text).exit()
        }
        (true, None) => lake::check(command.place).await?,
        (false, key) => bundle::check(command.place, key.as_deref()).await?,
    };
    print(&told, &command.printing).await?;
    Ok(if told.is_sound { ExitCode::SUCCESS } else { ExitCode::from(failure::INCOMPLETE) })
}

/// What there is to tell of a check.
struct Told {
    rows: Vec<Row>,
    /// The lines under the rows.
    text: String,
    is_sound: bool,
}

/// A finding: which file, what kind, what exactly.
struct Row {
    path: String,
    kind: &'static str,
    detail: String,
}

/// People get the findings and what was checked, programs the findings as rows and the rest beside them.
async fn print(told: &Told, printing: &Printing) -> anyhow::Result<()> {
    let is_for_people = printing.format()? == Format::Table && printing.output.is_none();
    if !is_for_people || !told.rows.is_empty() {
        printing::print(Answer::of_batch(batch(&told.rows)?), printing, None).await?;
    }
    if !is_for_people {
        tell(told.text.trim_end());
        return Ok(());
    }
    let between = if told.rows.is_empty() { "" } else { "\n" };
    Ok(print_text(&format!("{between}{}", told.text))?)
}

fn batch(rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let text = |of: &dyn Fn(&Row) -> &str| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<StringArray>())
    };
    let columns =
        [("path", text(&|row| &row.path)), ("kind", text(&|row| row.kind)), ("detail", text(&|row| &row.detail))];
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
