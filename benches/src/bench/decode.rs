//! The parts of decoding, each with all before it, on one thread and with the objects already in memory: what the
//! inflater costs, what finding records adds, and what typing them into Arrow adds.

use std::hint::black_box;

use eksamine_sources::cluster::ClusterMap;
use eksamine_sources::envelope::{self, Piece};
use eksamine_sources::{Decoder, Limits, Object, gunzip};

use crate::bench::Task;
use crate::clock::{Clock, Elapsed, Whose};
use crate::dataset::{Dataset, File};
use crate::failure::Failure;
use crate::sample::Sample;

/// An object in memory.
struct Loaded {
    key: String,
    uri: String,
    bytes: Vec<u8>,
}

/// Compressed bytes read ahead before the clock starts.
const BATCH_BYTES: usize = 256 << 20;
/// Small archives are gone through again until the clock has something to show.
const LEAST_SECONDS: f64 = 0.3;
/// About what an ingest of default settings on two threads gathers before it sorts.
const DECODED_BYTES: usize = 32 << 20;
/// Hashing an object is the ingest's work, not the decoder's; only the length matters here.
const SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub fn inflate(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let limits = Limits::default();
    let mut inflated_bytes = 0;
    let elapsed = measure(task.dataset, &mut inflated_bytes, |object, inflated_bytes| {
        let inflated = gunzip::inflate(&object.bytes, &limits);
        *inflated_bytes += inflated.bytes.len() as u64;
        black_box(inflated);
        Ok(())
    })?;
    Failure::unless_equal("inflated bytes", inflated_bytes, task.dataset.facts.json_bytes)?;
    Ok(vec![Sample::new("inflate", elapsed, 0)?])
}

pub fn frame(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let limits = Limits::default();
    let mut records = 0;
    let elapsed = measure(task.dataset, &mut records, |object, records| {
        let inflated = gunzip::inflate(&object.bytes, &limits);
        let Some(envelope) = envelope::detect(&inflated.bytes) else { return Ok(()) };
        (envelope.split)(&inflated.bytes, &object.key, &mut |piece| {
            if let Piece::Record(frame) = &piece {
                *records += 1;
                black_box(frame.bytes);
            }
        });
        Ok(())
    })?;
    Failure::unless_equal("records framed", records, task.dataset.facts.records)?;
    Ok(vec![Sample::new("frame", elapsed, records)?])
}

pub fn decode(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let (limits, clusters) = (Limits::default(), ClusterMap::default());
    let mut decoder = Decoder::default();
    let mut rows = 0;
    let elapsed = measure(task.dataset, &mut rows, |object, rows| {
        let Loaded { key, uri, bytes } = object;
        let object = Object { uri, key, sha256: SHA256, bytes, clusters: &clusters, limits: &limits };
        *rows += decoder.decode(&object, &mut |_| {}).total_rows();
        if decoder.buffered_bytes() >= DECODED_BYTES {
            black_box(decoder.take());
        }
        Ok(())
    })?;
    black_box(decoder.take());
    Failure::unless_equal("rows decoded", rows, task.dataset.facts.records)?;
    Ok(vec![Sample::new("decode", elapsed, rows)?])
}

/// Does the work on every object, as often as it takes to measure it, and tells the time of one pass. `count` is what
/// one pass counted.
fn measure(
    dataset: &Dataset,
    count: &mut u64,
    mut work: impl FnMut(&Loaded, &mut u64) -> Result<(), Failure>,
) -> Result<Elapsed, Failure> {
    let files = dataset.files()?;
    let mut total = Elapsed::default();
    let mut passes = 0;
    while passes == 0 || total.wall_seconds < LEAST_SECONDS {
        *count = 0;
        passes += 1;
        let mut waiting = files.as_slice();
        while !waiting.is_empty() {
            let batch = load(&mut waiting)?;
            let clock = Clock::start(Whose::Own)?;
            for object in &batch {
                work(object, count)?;
            }
            total.add(clock.elapsed()?);
        }
    }
    Ok(total.divided(passes))
}

/// Reads the next files, as many as a batch takes, and one at least.
fn load(waiting: &mut &[File]) -> Result<Vec<Loaded>, Failure> {
    let mut batch: Vec<Loaded> = Vec::new();
    let mut batch_bytes = 0;
    while let Some((file, rest)) = waiting.split_first()
        && batch_bytes < BATCH_BYTES
    {
        let bytes = std::fs::read(&file.path).map_err(Failure::io("read", &file.path))?;
        batch_bytes += bytes.len();
        batch.push(Loaded { key: file.key.clone(), uri: format!("file://{}", file.path.display()), bytes });
        *waiting = rest;
    }
    Ok(batch)
}
