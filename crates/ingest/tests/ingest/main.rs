//! Whole ingests, from an archive to the bytes of a lake: a folder or an S3 over HTTP on one side, Parquet read back
//! with a plain reader on the other.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "tests own their runtimes and read the environment of a child")]

mod again;
mod child;
mod determinism;
mod digests;
mod failures;
mod full_disk;
mod hostile;
mod kill;
mod lake;
mod mixed;
#[cfg(feature = "moto")]
mod moto;
mod network;
mod parts;
mod pruning;
mod s3;
mod sightings;
mod story;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use eksamine_archive::{Archive, S3Settings};
use eksamine_ingest::{Error, Event, Progress, Report, Settings, Silent, execute, plan};
use eksamine_lake::Writer;
use eksamine_testkit::generate::{self, Truth};
use eksamine_testkit::s3::S3Server;
use tokio::runtime::Runtime;

/// 2026-03-02T00:00:00Z: when the tests' ingests say they run.
const NOW_MICROS: i64 = 1_772_409_600_000_000;

fn settings() -> Settings {
    Settings { threads: 2, fetches: 8, ..Settings::new(NOW_MICROS) }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Reads anonymously from the server, whatever the environment of the developer says.
fn anonymous(server: &S3Server) -> S3Settings {
    S3Settings {
        endpoint_url: Some(server.endpoint()),
        region: Some("us-east-1".to_owned()),
        no_sign_request: true,
        ..S3Settings::default()
    }
}

/// One ingest, as the command line would run it.
struct Ingest<'a> {
    source: String,
    s3: S3Settings,
    settings: Settings,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Ingest<'a> {
    fn of_folder(folder: &Path) -> Self {
        let source = folder.to_str().unwrap().to_owned();
        Self { source, s3: S3Settings::default(), settings: settings(), progress: &Silent, stop: &NEVER }
    }

    fn of_server(server: &S3Server, source: &str) -> Self {
        Self { source: source.to_owned(), s3: anonymous(server), settings: settings(), progress: &Silent, stop: &NEVER }
    }

    fn with(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    fn telling(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }

    fn stopped_by(self, stop: &'a AtomicBool) -> Self {
        Self { stop, ..self }
    }

    fn try_run(&self, lake: &Path) -> Result<Report, Error> {
        self.try_run_with(&mut Writer::open(lake)?)
    }

    fn try_run_with(&self, writer: &mut Writer) -> Result<Report, Error> {
        let runtime = runtime();
        let archive: Arc<dyn Archive> = runtime.block_on(eksamine_archive::open(&self.source, &self.s3))?;
        let plan = runtime.block_on(plan(
            &[archive],
            &eksamine_ingest::known(Some(writer.manifest()))?,
            &self.settings,
            self.progress,
        ))?;
        execute(plan, writer, &self.settings, runtime.handle(), self.progress, self.stop)
    }

    /// Runs it and checks what must hold after every ingest.
    fn run(&self, lake: &Path) -> Report {
        let report = self.try_run(lake).unwrap();
        assert!(report.accounting.closes(), "{:?}", report.accounting);
        assert_eq!(report.records, report.rows + report.folded + report.rejects);
        lake::check(lake);
        report
    }
}

/// Writes a generated archive into a folder.
fn archive(folder: &Path, settings: &generate::Settings) -> Truth {
    generate::write(folder, settings).unwrap()
}

fn rows_of(truth: &Truth) -> u64 {
    truth.tables.values().map(|table| table.count.distinct).sum()
}

/// Counts events.
#[derive(Default)]
struct Counting {
    events: AtomicU64,
    commits: AtomicU64,
}

impl Progress for Counting {
    fn event(&self, event: Event) {
        self.events.fetch_add(1, Ordering::Relaxed);
        if event == Event::Committed {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
    }
}
