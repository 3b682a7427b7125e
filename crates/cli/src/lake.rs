//! Opening the lake a command reads from: the one on disk, or a temporary one that `--from` fills first.

use std::path::{Path, PathBuf};

use anyhow::Context;
use eksamine_ingest::Report;
use eksamine_lake::Lake;
use eksamine_query::Session;
use tempfile::TempDir;

use crate::arguments::Reading;
use crate::commands::ingest;
use crate::printing::tell;
use crate::{failure, summary, times};

/// A session, and what must live as long as it.
pub struct Opened {
    pub session: Session,
    root: PathBuf,
    /// What the rows are of, for people.
    origin: String,
    /// Whether everything that was to be read for this answer was read.
    complete: bool,
    _temporary: Option<Temporary>,
}

impl Opened {
    /// The folder of the lake.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the rows are of: ``lake `lake` ``, or the archives read for this answer.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The exit status of an answer from here.
    pub fn status(&self) -> std::process::ExitCode {
        if self.complete { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::from(failure::INCOMPLETE) }
    }
}

pub async fn open(reading: &Reading) -> anyhow::Result<Opened> {
    if reading.from.is_empty() {
        let root = reading.lake.lake.clone();
        let session = session(&root)?;
        let origin = format!("lake `{}`", root.display());
        return Ok(Opened { session, root, origin, complete: true, _temporary: None });
    }
    let temporary = Temporary::new()?;
    let root = temporary.lake();
    let report = ingest::fill(&reading.from, &root, &reading.s3, &reading.clusters).await?;
    tell_of(&report, &place(reading));
    let session = session(&root)?;
    let sources: Vec<String> = reading.from.iter().map(|source| format!("`{source}`")).collect();
    let origin = format!("{}, read for this answer", sources.join(", "));
    Ok(Opened { session, root, origin, complete: report.is_complete(), _temporary: Some(temporary) })
}

fn session(root: &Path) -> anyhow::Result<Session> {
    let session = Session::open(Lake::open(root)?, &eksamine_query::Settings::default())?;
    let now = times::now().as_microsecond();
    session.set_insights(eksamine_query::insights::Settings { now, ..Default::default() });
    Ok(session)
}

/// The options with which another command reads the same.
pub fn place(reading: &Reading) -> String {
    let option = |name: &str, value: &str| format!("{name} {}", summary::in_shell(value));
    if reading.from.is_empty() {
        return option("--lake", &reading.lake.lake.display().to_string());
    }
    reading.from.iter().map(|source| option("--from", source)).collect::<Vec<_>>().join(" ")
}

fn tell_of(report: &Report, place: &str) {
    tell(&summary::accounting_line(&report.accounting));
    for line in summary::shortfalls(report, place) {
        tell(&line);
    }
}

/// A folder for a lake that is gone with the command, be it finished or interrupted.
struct Temporary {
    folder: TempDir,
}

impl Temporary {
    fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("eksamine-").tempdir().context("can't make a temporary lake")?;
        Ok(Self { folder })
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After an interruption a thread may still be writing for the moment that the program has left. The lake is
        // moved away from it and a file takes its place, so that what is being removed does not grow again.
        let _ = std::fs::rename(self.lake(), self.folder.path().join("gone"));
        let _ = std::fs::write(self.lake(), "");
    }
}
