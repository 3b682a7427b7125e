//! Opening the lake a command reads from: the one on disk, or a temporary one that `--from` fills first.

use std::path::{Path, PathBuf};

use anyhow::Context;
use eksamine_ingest::Report;
use eksamine_lake::Lake;
use eksamine_query::Session;
use tempfile::TempDir;

use crate::arguments::Reading;
use crate::commands::ingest;
use crate::failure;

/// A session, and what must live as long as it.
pub struct Opened {
    pub session: Session,
    root: PathBuf,
    /// Whether everything that was to be read for this answer was read.
    pub complete: bool,
    _temporary: Option<TempDir>,
}

impl Opened {
    /// The folder of the lake.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The exit status of an answer from here.
    pub fn status(&self) -> std::process::ExitCode {
        if self.complete { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::from(failure::INCOMPLETE) }
    }
}

pub async fn open(reading: &Reading) -> anyhow::Result<Opened> {
    if reading.from.is_empty() {
        let session = Session::open(Lake::open(&reading.lake.lake)?, &eksamine_query::Settings::default()).await?;
        return Ok(Opened { session, root: reading.lake.lake.clone(), complete: true, _temporary: None });
    }
    let temporary = tempfile::Builder::new().prefix("eksamine-").tempdir().context("can't make a temporary lake")?;
    let report = ingest::fill(&reading.from, temporary.path(), &reading.s3, &reading.clusters).await?;
    tell(&report);
    let session = Session::open(Lake::open(temporary.path())?, &eksamine_query::Settings::default()).await?;
    let root = temporary.path().to_path_buf();
    Ok(Opened { session, root, complete: report.is_complete(), _temporary: Some(temporary) })
}

fn tell(report: &Report) {
    eprintln!("{}", ingest::accounting_line(&report.accounting));
    for line in ingest::shortfalls(report) {
        eprintln!("{line}");
    }
}
