//! How logs get into a lake: plan, fetch, decode, settle, commit.
//!
//! Tokio moves bytes, rayon does the work, and the bounded channel between them is the only back-pressure. An ingest
//! runs in waves; each ends with a commit, and a run stopped or killed at any moment goes on where the last commit
//! left off. The same archive gives the same lake, whatever the threads, the order of arrival or the number of runs.

mod entry;
mod error;
mod fetch;
mod kept;
mod key;
mod merge;
mod plan;
mod prefix;
mod progress;
mod report;
mod rows;
mod run;
mod settle;
mod sightings;
mod wave;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use eksamine_archive::Archive;
use eksamine_lake::{Manifest, Writer};
use eksamine_sources::Limits;
use eksamine_sources::cluster::ClusterMap;

pub use error::Error;
pub use key::{KeyFacts, KeyFilter, is_account, is_region};
pub use plan::{Plan, Wanted};
pub use prefix::{PrefixTotal, Prefixes, common_folder, prefix_of};
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
    /// Rows of a run on disk that a merge holds at a time.
    block_bytes: usize,
    /// Sorted runs of one table after which a wave ends, since a merge holds a block of each.
    runs: usize,
    /// Partitions that are settled at once, each with a row group in the making.
    settled_at_once: usize,
}

impl Budget {
    fn of(settings: &Settings) -> Self {
        let memory = settings.memory_bytes.max(64 << 20);
        let threads = settings.threads.max(1) as u64;
        let settled_at_once = (memory / (192 << 20)).clamp(1, threads);
        let block_bytes = (memory / 2048).clamp(64 << 10, 256 << 10);
        Self {
            block_bytes: block_bytes as usize,
            runs: (memory / 6 / settled_at_once / block_bytes) as usize,
            settled_at_once: settled_at_once as usize,
            flight_bytes: memory / 24,
            batch_bytes: (memory / (24 * threads)).clamp(4 << 20, 128 << 20) as usize,
            run_bytes: (memory / 8) as usize,
        }
    }
}

/// The objects a lake has settled, by URI and version: they need no second reading.
pub type Known = HashSet<(String, String)>;

/// What a lake knows already; nothing, if there is no lake yet.
pub fn known(manifest: Option<&Manifest>) -> Result<Known, Error> {
    Ok(match manifest {
        Some(manifest) => manifest.settled_objects()?.into_iter().collect(),
        None => Known::new(),
    })
}

/// Lists the archives and says what an ingest would read.
pub async fn plan(
    archives: &[Arc<dyn Archive>],
    known: &Known,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Plan, Error> {
    plan::plan(archives, &settings.filter, known, progress).await
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
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|_| Error::Worker);
    let (threads, settled_at_once) = (settings.threads.max(1), Budget::of(settings).settled_at_once);
    let workers = pool(threads)?;
    // Where memory allows, partitions are settled by the threads that decoded: what a thread has freed it has at hand.
    let settlers = if settled_at_once < threads { Some(pool(settled_at_once)?) } else { None };
    let mut report = Report::of_plan(&plan);
    let ingest = wave::Ingest {
        settings,
        runtime,
        workers: &workers,
        settlers: settlers.as_ref().unwrap_or(&workers),
        progress,
        stop,
        scratch_files: AtomicU64::new(0),
    };
    let mut waiting = plan.wanted.as_slice();
    while !waiting.is_empty() && !stop.load(Ordering::Relaxed) {
        let (wave, _) = waiting.split_at(wave_length(waiting, settings.wave_bytes));
        let entries = wave::run(lake, wave, &ingest)?;
        waiting = waiting.get(entries.len()..).unwrap_or_default();
        report.add(&entries);
    }
    report.interrupted = report.objects() < report.wanted;
    report.rejects_by_reason = lake.manifest().reject_totals()?;
    report.accounting = lake.manifest().accounting()?;
    Ok(report)
}

/// How many objects the next wave has: at most so many bytes, and at most so many objects, but one at least.
fn wave_length(waiting: &[Wanted], most_bytes: u64) -> usize {
    const MOST_OBJECTS: usize = 200_000;
    let mut bytes = 0;
    let fits = |wanted: &&Wanted| {
        bytes += wanted.object.size_bytes;
        bytes <= most_bytes
    };
    waiting.iter().take(MOST_OBJECTS).take_while(fits).count().clamp(1, waiting.len().max(1))
}
