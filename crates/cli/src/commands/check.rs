//! `eksamine check`: verifies an evidence bundle offline and says exactly what differs. The check is in
//! `eksamine-custody`; here it is told.

mod summary;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::Args;
use eksamine_custody::bundle::{self, CheckReport, PublicKey};
use eksamine_query::Answer;

use crate::arguments::Printing;
use crate::failure;
use crate::output::Format;
use crate::printing::{self, print_text, tell};
use crate::progress::Bar;

#[derive(Args)]
#[command(
    after_help = "Exit status 0 if nothing differs, 3 if something does. Without `--key` it is not checked who made \
                        the bundle."
)]
pub struct Command {
    /// The bundle: a zip, or a folder
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The public key of whoever should have made it, from somewhere else than the bundle
    #[arg(long, value_name = "PUB.pem")]
    key: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let key = command.key.as_ref().map(read_key).transpose()?;
    let bar = Arc::new(Bar::new());
    let (path, progress) = (command.bundle.clone(), Arc::clone(&bar));
    let checked = tokio::task::spawn_blocking(move || bundle::check(&path, key.as_ref(), progress.as_ref())).await;
    bar.finish();
    let report = checked.context("the check ended unexpectedly")??;
    print(&report, &command.printing).await?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(failure::INCOMPLETE) })
}

fn read_key(file: &PathBuf) -> anyhow::Result<PublicKey> {
    let unreadable = || format!("can't read the key in `{}`", file.display());
    let pem = std::fs::read_to_string(file).with_context(unreadable)?;
    PublicKey::from_pem(&pem).with_context(unreadable)
}

/// People get the findings and what was checked, programs the findings as rows and the rest beside them.
async fn print(report: &CheckReport, printing: &Printing) -> anyhow::Result<()> {
    let text = summary::text(report);
    let is_for_people = printing.format()? == Format::Table && printing.output.is_none();
    if !is_for_people || !report.findings.is_empty() {
        printing::print(Answer::of_batch(rows(report)?), printing, None).await?;
    }
    if !is_for_people {
        tell(text.trim_end());
        return Ok(());
    }
    let between = if report.findings.is_empty() { "" } else { "\n" };
    Ok(print_text(&format!("{between}{text}"))?)
}

/// The findings as rows: which file, what kind, what exactly.
fn rows(report: &CheckReport) -> anyhow::Result<RecordBatch> {
    let text = |of: &dyn Fn(&bundle::Finding) -> String| -> ArrayRef {
        Arc::new(report.findings.iter().map(|finding| Some(of(finding))).collect::<StringArray>())
    };
    let columns = [
        ("path", text(&|finding| finding.path.clone())),
        ("kind", text(&|finding| finding.kind.word().to_owned())),
        ("detail", text(&|finding| finding.detail.clone())),
    ];
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
