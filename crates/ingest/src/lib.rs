//! How logs get into a lake: plan, fetch, decode, settle, commit.
//!
//! Tokio moves bytes, rayon does the work, and the bounded channel between them is the only back-pressure. An ingest
//! runs in waves; each ends with a commit, and a run stopped or killed at any moment goes on where the last commit
//! left off. The same archive gives the same lake, whatever the threads, the order of arrival or the number of runs.

mod error;
mod key;
mod merge;
mod plan;
mod progress;
mod report;
mod rows;
mod run;
mod settle;
mod wave;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use eksamine_archive::Archive;
use eksamine_lake::Writer;
use eksamine_sources::Limits;
use eksamine_sources::cluster::ClusterMap;

pub use error::Error;
pub use key::{KeyFacts, KeyFilter};
pub use plan::{Plan, Wanted};
pub use progress::{Event, Progress, Silent};
pub use report::Report;

/// How to ingest.
#[derive(Clone, Debug)]
pub struct Settings {
    pub filter: KeyFilter,
    pub clusters: ClusterMap,
    pub limits: Limits,
    /// Threads that decode and write.
    pub threads: usize,
    /// Objects fetched at once.
    pub fetches: usize,
    /// About how much memory to use.
    pub memory_bytes: u64,
    /// Most compressed bytes of one wave.
    pub wave_bytes: u64,
    /// The time of this run, microseconds since 1970; it appears in `objects` and nowhere else.
    pub now_micros: i64,
}

impl Settings {
    pub fn new(now_micros: i64) -> Self {
        Self {
            filter: KeyFilter::default(),
            clusters: ClusterMap::default(),
            limits: Limits::default(),
            threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            fetches: 32,
            memory_bytes: 768 << 20,
            wave_bytes: 2 << 30,
            now_micros,
        }
    }
}

/// How the memory setting is divided.
#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Compressed bytes fetched and not yet decoded.
    flight_bytes: u64,
    /// Rows one worker gathers before it sorts them.
    batch_bytes: usize,
    /// Sorted runs kept in memory before they go to disk.
    run_bytes: usize,
}

impl Budget {
    fn of(settings: &Settings) -> Self {
        let memory = settings.memory_bytes.max(64 << 20);
        let threads = settings.threads.max(1) as u64;
        Self {
            flight_bytes: memory / 16,
            batch_bytes: (memory / (8 * threads)).min(256 << 20) as usize,
            run_bytes: (memory / 4) as usize,
        }
    }
}

/// Lists the archives and says what an ingest would read.
pub async fn plan(
    archives: &[Arc<dyn Archive>],
    lake: Option<&Writer>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Plan, Error> {
    let known: HashSet<(String, String)> = match lake {
        Some(lake) => lake.manifest().settled_objects()?.into_iter().collect(),
        None => HashSet::new(),
    };
    plan::plan(archives, &settings.filter, &known, progress).await
}

/// Reads what a plan wants into a lake. Blocks the calling thread; fetching runs on `runtime`.
///
/// When `stop` is set, fetching ends, what was fetched is committed, and the report says that it was interrupted.
pub fn execute(
    plan: Plan,
    lake: &mut Writer,
    settings: &Settings,
    runtime: &tokio::runtime::Handle,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Report, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads.max(1)).build();
    let pool = pool.map_err(|_| Error::Worker)?;
    let mut report = Report::of_plan(&plan);
    let scratch_files = AtomicU64::new(0);
    for wave in waves(&plan.wanted, settings.wave_bytes) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let entries = wave::run(lake, wave, settings, runtime, &pool, progress, stop, &scratch_files)?;
        report.add(&entries);
    }
    report.interrupted = report.objects() < report.wanted;
    report.rejects_by_reason = lake.manifest().reject_totals()?;
    report.accounting = lake.manifest().accounting()?;
    Ok(report)
}

/// Cuts the plan into waves of at most so many bytes, and at most so many objects.
fn waves(wanted: &[Wanted], most_bytes: u64) -> Vec<&[Wanted]> {
    const MOST_OBJECTS: usize = 200_000;
    let mut waves = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (at, one) in wanted.iter().enumerate() {
        if at > start && (bytes + one.object.size_bytes > most_bytes || at - start >= MOST_OBJECTS) {
            waves.extend(wanted.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += one.object.size_bytes;
    }
    waves.extend(wanted.get(start..).filter(|rest| !rest.is_empty()));
    waves
}
