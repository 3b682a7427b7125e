//! Measures eksamine on generated archives: what the parts of an ingest cost against the inflater, and how long
//! questions take. It asserts nothing about time, but refuses a figure whose result is not what the archive holds.
//!
//! Each measurement runs in a process of its own, which is this program again, so that peak memory, processor time
//! and the state of the allocator are its alone.

mod arguments;
mod bench;
mod clock;
mod dataset;
mod failure;
mod rounds;
mod sample;
mod table;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use arguments::Command;
use bench::Task;
use dataset::Dataset;
use failure::Failure;

/// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let failure = match arguments::parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failure) => failure,
    };
    let mut text = format!("error: {failure}\n");
    let mut cause = failure.source();
    while let Some(error) = cause {
        text += &format!("caused by: {error}\n");
        cause = error.source();
    }
    let is_usage = matches!(failure, Failure::Usage(_));
    if is_usage {
        text += &format!("\n{}", arguments::usage());
    }
    // Nobody is left to tell if this fails.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(if is_usage { 2 } else { 1 })
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => print(&arguments::usage()),
        Command::Measure(arguments) => {
            let dataset = Dataset::prepare(&arguments.data, arguments.shape)?;
            let heading = table::heading(&dataset, arguments.runs)?;
            print(&heading)?;
            let measured = rounds::measure(&dataset, &arguments)?;
            print(&table::results(&dataset, &measured))?;
            match measured.iter().find(|one| one.failed) {
                Some(one) => Err(Failure::Child { bench: one.bench.name }),
                None => Ok(()),
            }
        }
        Command::Child { bench, archive, runs, memory_bytes } => {
            let dataset = Dataset::open(&archive)?;
            let samples = (bench.run)(&Task { dataset: &dataset, runs, memory_bytes })?;
            let lines: Vec<String> = samples.iter().map(|sample| sample.to_line() + "\n").collect();
            let lines = lines.concat();
            print(&lines)
        }
        Command::Server { archive } => bench::ingest::serve(&Dataset::open(&archive)?),
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::io("write to", "stdout"))
}
