//! The order of measuring: rounds in which every bench runs once, each in a process of its own, then the questions to
//! the lake that the rounds left.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::arguments::{Arguments, CHILD, MEMORY};
use crate::bench::{self, Bench, INGEST, Schedule};
use crate::dataset::Dataset;
use crate::failure::Failure;
use crate::sample::Sample;

/// What one bench measured, over all rounds.
pub struct Measured {
    pub bench: &'static Bench,
    /// Of one label, or of one after the other.
    pub samples: Vec<Sample>,
    /// It gave no result in some round, and was not asked again. Why, it said on stderr.
    pub failed: bool,
}

impl Measured {
    /// A bench that fails takes nothing from the others.
    fn take(&mut self, dataset: &Dataset, runs: usize, memory_bytes: Option<u64>) -> Result<(), Failure> {
        match child(self.bench, dataset, runs, memory_bytes) {
            Ok(samples) => self.samples.extend(samples),
            Err(Failure::Child { .. }) => self.failed = true,
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

pub fn measure(dataset: &Dataset, arguments: &Arguments) -> Result<Vec<Measured>, Failure> {
    let benches = &arguments.benches;
    let makes_lake = benches.iter().any(|bench| bench.name == INGEST);
    if !makes_lake && benches.iter().any(|bench| bench.needs_lake) {
        // A lake that lies there may be the work of an earlier version.
        child(bench::find(INGEST)?, dataset, 1, arguments.memory_bytes)?;
    }
    let blank = |bench: &&'static Bench| Measured { bench, samples: Vec::new(), failed: false };
    let mut measured: Vec<Measured> = benches.iter().map(blank).collect();
    for round in 1..=arguments.runs {
        for one in &mut measured {
            if one.bench.schedule == Schedule::EachRound && !one.failed {
                tell(&format!("round {round} of {}: {}\n", arguments.runs, one.bench.name));
                one.take(dataset, 1, arguments.memory_bytes)?;
            }
        }
    }
    for one in &mut measured {
        if one.bench.schedule == Schedule::AtTheEnd {
            tell(&format!("{}\n", one.bench.name));
            one.take(dataset, arguments.runs, arguments.memory_bytes)?;
        }
    }
    Ok(measured)
}

/// Measures in a process of its own.
fn child(
    bench: &'static Bench,
    dataset: &Dataset,
    runs: usize,
    memory_bytes: Option<u64>,
) -> Result<Vec<Sample>, Failure> {
    let program = std::env::current_exe().map_err(Failure::io("find", "the running program"))?;
    let mut command = Command::new(program);
    // As the program itself does for an ingest.
    command.env("MIMALLOC_PURGE_DELAY", "-1");
    command.args([CHILD, bench.name, "--runs", &runs.to_string(), "--data"]).arg(&dataset.folder);
    if let Some(memory_bytes) = memory_bytes {
        command.args([MEMORY, &(memory_bytes as f64 / 1e6).to_string()]);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(Failure::io("run", bench.name))?;
    if !output.status.success() {
        return Err(Failure::Child { bench: bench.name });
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let samples: Option<Vec<Sample>> = lines.lines().map(Sample::from_line).collect();
    samples.ok_or(Failure::Child { bench: bench.name })
}

/// What is being done, for a person who waits.
fn tell(text: &str) {
    // Measuring goes on if nobody listens.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
