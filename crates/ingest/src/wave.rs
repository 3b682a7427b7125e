//! One wave of an ingest: fetch some objects, decode them in parallel, settle their rows, commit. Memory and the loss
//! from an interruption are bounded by a wave, not by the archive.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use eksamine_archive::Fetched;
use eksamine_lake::{Change, Commit, ContentEntry, KeptEntry, ObjectEntry, RejectEntry, Writer};
use eksamine_sources::gunzip::Inflater;
use eksamine_sources::{Decoder, Object};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::error::Error;
use crate::fetch::{Delivery, Flight, fetch};
use crate::kept;
use crate::plan::Wanted;
use crate::progress::{Event, Progress};
use crate::run::Run;
use crate::settle::settle;
use crate::{Budget, Settings, entry};

/// What stays the same from wave to wave of one ingest.
pub struct Ingest<'a> {
    pub settings: &'a Settings,
    pub runtime: &'a tokio::runtime::Handle,
    /// Decode.
    pub workers: &'a rayon::ThreadPool,
    /// Merge and write, as many at once as memory allows.
    pub settlers: &'a rayon::ThreadPool,
    pub progress: &'a dyn Progress,
    pub stop: &'a AtomicBool,
    /// Scratch files made so far, which numbers them.
    pub scratch_files: AtomicU64,
}

/// Sorted runs and object entries, gathered from all workers.
#[derive(Default)]
struct Gathered {
    runs: Vec<Run>,
    run_bytes: usize,
    objects: Vec<(ObjectEntry, Vec<RejectEntry>)>,
    kept: Vec<KeptEntry>,
    contents: Vec<ContentEntry>,
}

impl Gathered {
    fn add(&mut self, reading: Reading) {
        self.objects.push((reading.entry, reading.rejects));
        self.kept.extend(reading.kept);
        self.contents.extend(reading.content);
    }
}

/// What reading one object gave, besides rows.
struct Reading {
    entry: ObjectEntry,
    rejects: Vec<RejectEntry>,
    kept: Option<KeptEntry>,
    content: Option<ContentEntry>,
}

impl Reading {
    /// Bytes that wait for the commit in memory.
    fn bytes(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |kept| kept.bytes.len());
        kept + self.rejects.iter().map(|reject| reject.bytes.len()).sum::<usize>()
    }
}

/// What all workers of a wave share.
struct Shared<'a> {
    ingest: &'a Ingest<'a>,
    budget: Budget,
    scratch: PathBuf,
    gathered: Mutex<Gathered>,
    failure: Mutex<Option<Error>>,
    failed: AtomicBool,
    /// Bytes of rejects, and of objects that are kept whole, that wait for the commit.
    waiting_bytes: AtomicUsize,
    /// Runs of the table that has most.
    runs: AtomicUsize,
}

impl Shared<'_> {
    /// Whether fetching is to end before the end of the wave. Rejects and what is kept whole can't go to scratch files,
    /// and of each run a merge holds a block: when either has taken its share of memory the wave is cut short and
    /// committed.
    fn is_over(&self) -> bool {
        self.ingest.stop.load(Ordering::Relaxed)
            || self.failed.load(Ordering::Relaxed)
            || self.waiting_bytes.load(Ordering::Relaxed) >= self.budget.batch_bytes
            || self.runs.load(Ordering::Relaxed) >= self.budget.runs
    }
}

/// Reads a wave, or the first part of it, and commits it. Returns the entries of the objects it dealt with, which are
/// as many of the wave's first.
pub fn run(lake: &mut Writer, wave: &[Wanted], ingest: &Ingest<'_>) -> Result<Vec<ObjectEntry>, Error> {
    let shared = Shared {
        ingest,
        budget: Budget::of(ingest.settings),
        scratch: lake.scratch(),
        gathered: Mutex::default(),
        failure: Mutex::default(),
        failed: AtomicBool::new(false),
        waiting_bytes: AtomicUsize::new(0),
        runs: AtomicUsize::new(0),
    };
    let threads = ingest.workers.current_num_threads();
    let flight = Flight { objects: ingest.settings.fetches, bytes: shared.budget.flight_bytes };
    let (sender, receiver) = mpsc::channel::<Vec<Delivery>>(threads * 4);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        scope.spawn(|| fetch(ingest.runtime, wave, flight, sender, &|| shared.is_over()));
        ingest.workers.scope(|workers| {
            for _ in 0..threads {
                workers.spawn(|_| {
                    // A worker that panics must not leave the fetcher waiting for room in the channel.
                    let done = catch_unwind(AssertUnwindSafe(|| work(&receiver, &shared)));
                    if let Err(error) = done.unwrap_or(Err(Error::Worker)) {
                        shared.failed.store(true, Ordering::Relaxed);
                        lock(&shared.failure).get_or_insert(error);
                        lock(&receiver).close();
                    }
                });
            }
        });
    });
    if let Some(error) = lock(&shared.failure).take() {
        return Err(error);
    }
    commit(lake, shared.gathered.into_inner().unwrap_or_else(PoisonError::into_inner), ingest)
}

/// Settles what a wave gathered and makes it part of the lake.
fn commit(lake: &mut Writer, gathered: Gathered, ingest: &Ingest<'_>) -> Result<Vec<ObjectEntry>, Error> {
    let Gathered { mut runs, mut objects, mut kept, mut contents, .. } = gathered;
    let (stager, live) = (lake.stager(), lake.manifest().parts()?);
    let settled = ingest.settlers.install(|| settle(&stager, live, &runs, ingest.progress))?;
    // A system takes its time to give up large files. Half are removed before the commit, which may need the room on the
    // disk, and half beside it.
    let rest = runs.split_off(runs.len().div_ceil(2));
    let discard = |runs: Vec<Run>| ingest.settlers.install(|| runs.into_par_iter().for_each(Run::discard));
    discard(runs);

    let mut tally = settled.tally;
    objects.sort_by(|a, b| (&a.0.uri, &a.0.version).cmp(&(&b.0.uri, &b.0.version)));
    for (object, _) in &mut objects {
        let Some(sha256) = &object.sha256 else { continue };
        (object.rows, object.folded) = tally.take_new(&object.uri, sha256);
        if object.records != object.rows + object.folded + object.rejects {
            let ObjectEntry { uri, records, rows, folded, rejects, .. } = object.clone();
            return Err(Error::Accounting { uri, records, rows, folded, rejects });
        }
    }
    let entries = objects.iter().map(|(object, _)| object.clone()).collect();
    let changes = tally.displaced().map(|(uri, sha256, rows)| Change { uri, sha256, rows: -rows, folded: rows });
    kept.sort_by(|a, b| (&a.uri, &a.version).cmp(&(&b.uri, &b.version)));
    contents.sort_by(|a, b| (&a.uri, &a.version).cmp(&(&b.uri, &b.version)));
    let (parts, replaced) = (settled.parts, settled.replaced);
    let commit = Commit { objects, parts, replaced, changes: changes.collect(), kept, contents };
    std::thread::scope(|scope| {
        scope.spawn(|| discard(rest));
        lake.commit(commit)
    })?;
    ingest.progress.event(Event::Committed);
    Ok(entries)
}

/// Takes objects until there are no more, and hands over sorted runs.
fn work(receiver: &Mutex<mpsc::Receiver<Vec<Delivery>>>, shared: &Shared<'_>) -> Result<(), Error> {
    let (mut decoder, mut inflater) = (Decoder::default(), Inflater::default());
    loop {
        let next = lock(receiver).blocking_recv();
        let Some(deliveries) = next else { break };
        for delivery in deliveries {
            take(&mut decoder, &mut inflater, &delivery, shared)?;
        }
    }
    hand_over(&mut decoder, shared)
}

/// Decodes what was delivered, or writes down why there is nothing to decode.
fn take(decoder: &mut Decoder, inflater: &mut Inflater, delivery: &Delivery, shared: &Shared<'_>) -> Result<(), Error> {
    let reading = match &delivery.result {
        Ok(fetched) => read(decoder, inflater, &delivery.wanted, fetched, shared)?,
        Err(error) => Reading {
            entry: entry::unread(&delivery.wanted, error, shared.ingest.settings.now_micros),
            rejects: Vec::new(),
            kept: None,
            content: None,
        },
    };
    shared.ingest.progress.event(Event::Read {
        bytes: delivery.wanted.object.size_bytes,
        inflated_bytes: reading.entry.inflated_bytes,
        records: reading.entry.records,
    });
    shared.waiting_bytes.fetch_add(reading.bytes(), Ordering::Relaxed);
    lock(&shared.gathered).add(reading);
    if decoder.buffered_bytes() >= shared.budget.batch_bytes {
        hand_over(decoder, shared)?;
    }
    Ok(())
}

fn read(
    decoder: &mut Decoder,
    inflater: &mut Inflater,
    wanted: &Wanted,
    fetched: &Fetched,
    shared: &Shared<'_>,
) -> Result<Reading, Error> {
    let settings = shared.ingest.settings;
    let bytes = &fetched.bytes;
    let sha256 = eksamine_lake::hex(&Sha256::digest(bytes));
    let inflated = inflater.inflate(bytes, &settings.limits);
    let (kept, proof) = kept::keep(wanted, fetched, &inflated);
    let content = kept::content(wanted, bytes, &inflated, &settings.limits);
    if let Some(proof) = proof {
        let entry = entry::read(wanted, &kept::outcome(&proof, &inflated), sha256, settings.now_micros);
        return Ok(Reading { entry, rejects: Vec::new(), kept, content });
    }
    let object = Object {
        uri: &wanted.object.uri,
        key: &wanted.object.key,
        sha256: &sha256,
        bytes,
        clusters: &settings.clusters,
        limits: &settings.limits,
    };
    let mut failure = None;
    let outcome = decoder.decode_inflated(&object, inflated, &mut |decoder| {
        if decoder.buffered_bytes() >= shared.budget.batch_bytes && failure.is_none() {
            failure = hand_over(decoder, shared).err();
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let rejects = outcome.rejects.iter().map(|reject| entry::reject(&wanted.object.uri, reject)).collect();
    Ok(Reading { entry: entry::read(wanted, &outcome, sha256, settings.now_micros), rejects, kept, content })
}

/// Sorts what waits in the decoder, and writes it to disk if memory is taken.
fn hand_over(decoder: &mut Decoder, shared: &Shared<'_>) -> Result<(), Error> {
    for rows in decoder.take() {
        let run = Run::sort(rows, shared.budget.block_bytes)?;
        let bytes = run.memory_bytes();
        let fits = {
            let mut gathered = lock(&shared.gathered);
            let fits = gathered.run_bytes + bytes <= shared.budget.run_bytes;
            gathered.run_bytes += if fits { bytes } else { 0 };
            fits
        };
        let run = if fits {
            run
        } else {
            let number = shared.ingest.scratch_files.fetch_add(1, Ordering::Relaxed);
            let (run, rows) = run.spill(shared.scratch.join(format!("run-{number}.rows")))?;
            if let Some(rows) = rows {
                decoder.reuse(rows);
            }
            run
        };
        let mut gathered = lock(&shared.gathered);
        let of_its_table = gathered.runs.iter().filter(|other| other.table.name == run.table.name).count() + 1;
        shared.runs.fetch_max(of_its_table, Ordering::Relaxed);
        gathered.runs.push(run);
    }
    Ok(())
}

/// A worker that panicked has reported nothing, so what the lock guards is still whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
