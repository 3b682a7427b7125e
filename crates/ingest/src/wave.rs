//! One wave of an ingest: fetch some objects, decode them in parallel, settle their rows, commit. Memory and the loss
//! from an interruption are bounded by a wave, not by the archive.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use eksamine_lake::{Change, Commit, ObjectEntry, ObjectStatus, RejectEntry, Writer};
use eksamine_sources::decode::Full;
use eksamine_sources::{Decoder, Object, Outcome, Reject};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::error::Error;
use crate::plan::Wanted;
use crate::progress::{Event, Progress};
use crate::run::Run;
use crate::settle::settle;
use crate::{Budget, Settings};

/// An object on its way from the archive to a worker.
struct Delivery {
    wanted: Wanted,
    result: Result<Bytes, eksamine_archive::Error>,
    /// Bytes in flight, given back when the object is decoded.
    _room: Option<OwnedSemaphorePermit>,
}

/// Fetches in KiB are what the semaphore counts, since it counts in 32 bits.
const ROOM_UNIT_BYTES: u64 = 1024;

/// Most bytes of a reject that the manifest keeps. The rest is in the archive, at the offset the reject names.
const KEPT_REJECT_BYTES: usize = 1 << 20;

/// Sorted runs and object entries, gathered from all workers.
#[derive(Default)]
struct Gathered {
    runs: Vec<Run>,
    run_bytes: usize,
    objects: Vec<(ObjectEntry, Vec<RejectEntry>)>,
}

/// What all workers share.
struct Shared<'a> {
    settings: &'a Settings,
    budget: Budget,
    progress: &'a dyn Progress,
    scratch: PathBuf,
    scratch_files: &'a AtomicU64,
    gathered: Mutex<Gathered>,
    failure: Mutex<Option<Error>>,
    failed: AtomicBool,
    reject_bytes: AtomicUsize,
}

/// Reads one wave and commits it. Returns the entries of its objects.
pub fn run(
    lake: &mut Writer,
    wave: &[Wanted],
    settings: &Settings,
    runtime: &tokio::runtime::Handle,
    pool: &rayon::ThreadPool,
    progress: &dyn Progress,
    stop: &AtomicBool,
    scratch_files: &AtomicU64,
) -> Result<Vec<ObjectEntry>, Error> {
    let budget = Budget::of(settings);
    let shared = Shared {
        settings,
        budget,
        progress,
        scratch: lake.scratch(),
        scratch_files,
        gathered: Mutex::default(),
        failure: Mutex::default(),
        failed: AtomicBool::new(false),
        reject_bytes: AtomicUsize::new(0),
    };
    let (sender, receiver) = mpsc::channel::<Delivery>(settings.threads * 4);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        scope.spawn(|| runtime.block_on_fetch(wave, &budget, settings.fetches, sender, stop, &shared));
        pool.scope(|workers| {
            for _ in 0..settings.threads {
                workers.spawn(|_| {
                    if let Err(error) = work(&receiver, &shared) {
                        shared.failed.store(true, Ordering::Relaxed);
                        lock(&shared.failure).get_or_insert(error);
                        // Unblocks the fetcher, which may wait for room in the channel.
                        lock(&receiver).close();
                    }
                });
            }
        });
    });
    if let Some(error) = lock(&shared.failure).take() {
        return Err(error);
    }
    let gathered = shared.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (stager, live) = (lake.stager(), lake.manifest().parts()?);
    let settled = pool.install(|| settle(&stager, live, &gathered.runs, progress))?;
    gathered.runs.into_iter().for_each(Run::discard);

    let mut tally = settled.tally;
    let mut objects = gathered.objects;
    objects.sort_by(|a, b| (&a.0.uri, &a.0.version).cmp(&(&b.0.uri, &b.0.version)));
    for (object, _) in &mut objects {
        let Some(sha256) = &object.sha256 else { continue };
        let counts = tally.take(&object.uri, sha256);
        object.rows = counts.rows.max(0).cast_unsigned();
        object.folded = counts.folded.max(0).cast_unsigned();
        if object.records != object.rows + object.folded + object.rejects {
            let ObjectEntry { uri, records, rows, folded, rejects, .. } = object.clone();
            return Err(Error::Accounting { uri, records, rows, folded, rejects });
        }
    }
    let entries = objects.iter().map(|(object, _)| object.clone()).collect();
    let changes = tally.rest().filter(|(_, _, counts)| counts.rows != 0 || counts.folded != 0);
    let changes = changes.map(|(uri, sha256, counts)| Change { uri, sha256, rows: counts.rows, folded: counts.folded });
    lake.commit(Commit { objects, parts: settled.parts, replaced: settled.replaced, changes: changes.collect() })?;
    progress.event(Event::Committed);
    Ok(entries)
}

/// The one place where a thread waits for tokio: it moves bytes, and nothing else happens on it.
trait BlockOnFetch {
    fn block_on_fetch(
        &self,
        wave: &[Wanted],
        budget: &Budget,
        fetches: usize,
        sender: mpsc::Sender<Delivery>,
        stop: &AtomicBool,
        shared: &Shared<'_>,
    );
}

impl BlockOnFetch for tokio::runtime::Handle {
    fn block_on_fetch(
        &self,
        wave: &[Wanted],
        budget: &Budget,
        fetches: usize,
        sender: mpsc::Sender<Delivery>,
        stop: &AtomicBool,
        shared: &Shared<'_>,
    ) {
        self.block_on(async {
            let units = (budget.flight_bytes / ROOM_UNIT_BYTES).clamp(1, u64::from(u32::MAX)) as u32;
            let room = std::sync::Arc::new(Semaphore::new(units as usize));
            let stopped = || stop.load(Ordering::Relaxed) || shared.failed.load(Ordering::Relaxed);
            let mut fetched = futures::stream::iter(wave)
                .take_while(|_| futures::future::ready(!stopped()))
                .map(|wanted| {
                    let room = std::sync::Arc::clone(&room);
                    async move {
                        let size = (wanted.object.size_bytes / ROOM_UNIT_BYTES + 1).min(u64::from(units)) as u32;
                        let permit = room.acquire_many_owned(size).await.ok();
                        let result = wanted.archive.get(&wanted.object).await.map(|fetched| fetched.bytes);
                        Delivery { wanted: wanted.clone(), result, _room: permit }
                    }
                })
                .buffer_unordered(fetches);
            while let Some(delivery) = fetched.next().await {
                if sender.send(delivery).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Takes objects until there are no more, and hands over sorted runs.
fn work(receiver: &Mutex<mpsc::Receiver<Delivery>>, shared: &Shared<'_>) -> Result<(), Error> {
    let mut decoder = Decoder::default();
    loop {
        let next = lock(receiver).blocking_recv();
        let Some(delivery) = next else { break };
        let entry = match &delivery.result {
            Ok(bytes) => read(&mut decoder, &delivery.wanted, bytes, shared)?,
            Err(error) => (unread(&delivery.wanted, error, shared), Vec::new()),
        };
        shared.progress.event(Event::Read {
            bytes: delivery.wanted.object.size_bytes,
            inflated_bytes: entry.0.inflated_bytes,
            records: entry.0.records,
        });
        lock(&shared.gathered).objects.push(entry);
        if decoder.buffered_bytes() >= shared.budget.batch_bytes {
            hand_over(&mut decoder, shared)?;
        }
    }
    hand_over(&mut decoder, shared)
}

fn read(
    decoder: &mut Decoder,
    wanted: &Wanted,
    bytes: &Bytes,
    shared: &Shared<'_>,
) -> Result<(ObjectEntry, Vec<RejectEntry>), Error> {
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let object = Object {
        uri: &wanted.object.uri,
        key: &wanted.object.key,
        sha256: &sha256,
        bytes,
        clusters: &shared.settings.clusters,
        limits: &shared.settings.limits,
    };
    let mut failure = None;
    let outcome = decoder.decode(&object, &mut |decoder| {
        if decoder.buffered_bytes() >= shared.budget.batch_bytes && failure.is_none() {
            failure = hand_over(decoder, shared).err();
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let rejects = outcome.rejects.iter().map(|reject| kept(&wanted.object.uri, reject, shared)).collect();
    Ok((entry_of(wanted, &outcome, sha256, shared.settings.now_micros), rejects))
}

fn kept(uri: &str, reject: &Reject, shared: &Shared<'_>) -> RejectEntry {
    let bytes = reject.bytes.get(..KEPT_REJECT_BYTES).unwrap_or(&reject.bytes).to_vec();
    shared.reject_bytes.fetch_add(bytes.len(), Ordering::Relaxed);
    RejectEntry {
        uri: uri.to_owned(),
        record: reject.record,
        offset_bytes: reject.offset_bytes,
        length_bytes: reject.bytes.len() as u64,
        reason: reject.reason.name().to_owned(),
        detail: reject.detail.clone(),
        bytes,
    }
}

fn entry_of(wanted: &Wanted, outcome: &Outcome, sha256: String, now_micros: i64) -> ObjectEntry {
    let empty = wanted.object.size_bytes == 0;
    let status = match outcome.envelope {
        _ if !outcome.rejects.is_empty() => ObjectStatus::Partial,
        None if !empty => ObjectStatus::Unknown,
        _ => ObjectStatus::Read,
    };
    let detail = match status {
        ObjectStatus::Partial => {
            let mut counts: Vec<(&str, usize)> = Vec::new();
            let mut by_reason: HashMap<&str, usize> = HashMap::new();
            outcome.rejects.iter().for_each(|reject| *by_reason.entry(reject.reason.name()).or_default() += 1);
            counts.extend(by_reason);
            counts.sort_unstable();
            Some(counts.iter().map(|(reason, count)| format!("{reason}: {count}")).collect::<Vec<_>>().join(", "))
        }
        ObjectStatus::Unknown => Some("no kind of log that this version knows".to_owned()),
        _ if empty => Some("empty object".to_owned()),
        _ => None,
    };
    ObjectEntry {
        sha256: Some(sha256),
        status,
        detail,
        envelope: outcome.envelope.map(str::to_owned),
        members: outcome.members,
        inflated_bytes: outcome.inflated_bytes,
        records: outcome.records,
        rejects: outcome.rejects.len() as u64,
        control: outcome.control,
        ..blank(wanted, now_micros)
    }
}

/// The entry of an object that could not be fetched.
fn unread(wanted: &Wanted, error: &eksamine_archive::Error, shared: &Shared<'_>) -> ObjectEntry {
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        detail = format!("{detail}: {error}");
        cause = error.source();
    }
    ObjectEntry { status: ObjectStatus::Failed, detail: Some(detail), ..blank(wanted, shared.settings.now_micros) }
}

fn blank(wanted: &Wanted, now_micros: i64) -> ObjectEntry {
    ObjectEntry {
        uri: wanted.object.uri.clone(),
        version: wanted.version.clone(),
        etag: wanted.object.etag.clone(),
        version_id: wanted.object.version_id.clone(),
        size_bytes: wanted.object.size_bytes,
        last_modified: wanted.object.last_modified_micros,
        sha256: None,
        status: ObjectStatus::Read,
        detail: None,
        envelope: None,
        members: 0,
        inflated_bytes: 0,
        records: 0,
        rows: 0,
        folded: 0,
        rejects: 0,
        control: 0,
        read_at: now_micros,
    }
}

/// Sorts what waits in the decoder, and writes it to disk if memory is taken.
fn hand_over(decoder: &mut Decoder, shared: &Shared<'_>) -> Result<(), Error> {
    for Full { table, batch } in decoder.take()? {
        let run = Run::sort(table, batch)?;
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
            let number = shared.scratch_files.fetch_add(1, Ordering::Relaxed);
            run.spill(shared.scratch.join(format!("run-{number}.arrow")))?
        };
        lock(&shared.gathered).runs.push(run);
    }
    Ok(())
}

/// A worker that panicked has reported nothing, so what the lock guards is still whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
