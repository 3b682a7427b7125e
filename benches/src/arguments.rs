//! What the command line says.

use std::path::PathBuf;
use std::str::FromStr;

use crate::bench::{self, BENCHES, Bench};
use crate::failure::Failure;

/// The size of an archive. Everything else about it is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub json_bytes: u64,
    pub objects: usize,
}

pub struct Arguments {
    /// In the order they run.
    pub benches: Vec<&'static Bench>,
    pub shape: Shape,
    /// Where archives and lakes lie.
    pub data: PathBuf,
    pub runs: usize,
    /// The memory setting of the ingests; the program's own if there is none.
    pub memory_bytes: Option<u64>,
}

pub enum Command {
    Help,
    Measure(Arguments),
    /// One bench, measured in this process for the process that started it.
    Child {
        bench: &'static Bench,
        archive: PathBuf,
        runs: usize,
        memory_bytes: Option<u64>,
    },
    /// The S3 server of `ingest-s3`.
    Server {
        archive: PathBuf,
    },
}

const DEFAULT_JSON_MB: f64 = 1000.0;
const DEFAULT_OBJECTS: usize = 10_000;
const DEFAULT_RUNS: usize = 3;
pub const CHILD: &str = "--child";
pub const MEMORY: &str = "--memory-mb";
pub const SERVER: &str = "--serve";

pub fn usage() -> String {
    let mut text = format!(
        "usage: eksamine-benches [NAME...] [--json-mb N] [--objects N] [--runs N] [--data DIR]
                        [--memory-mb N]

  NAME        what to measure; all, if none is named. `inflate` is always measured.
  --json-mb   inflated size of the archive in MB (10^6 bytes)   {DEFAULT_JSON_MB}
  --objects   number of objects                                 {DEFAULT_OBJECTS}
  --runs      times each is measured                            {DEFAULT_RUNS}
  --data      where archives and lakes lie                      `benches` in the target folder
  --memory-mb memory setting of the ingests, in MB              the program's own

"
    );
    for bench in &BENCHES {
        text += &format!("  {:<14}{}\n", bench.name, bench.about);
    }
    text
}

pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let mut arguments = arguments;
    let mut names: Vec<String> = Vec::new();
    let mut shape = Shape { json_bytes: (DEFAULT_JSON_MB * 1e6) as u64, objects: DEFAULT_OBJECTS };
    let mut runs = DEFAULT_RUNS;
    let mut data = None;
    let mut memory_bytes = None;
    let mut child = None;
    while let Some(argument) = arguments.next() {
        if matches!(argument.as_str(), "--help" | "-h") {
            return Ok(Command::Help);
        }
        if !argument.starts_with('-') {
            names.push(argument);
            continue;
        }
        let value = arguments.next().ok_or_else(|| Failure::Usage(format!("`{argument}` needs a value")))?;
        match argument.as_str() {
            "--json-mb" => shape.json_bytes = megabytes(&argument, &value)?,
            "--objects" => shape.objects = number(&argument, &value)?,
            "--runs" => runs = number(&argument, &value)?,
            "--data" => data = Some(PathBuf::from(value)),
            MEMORY => memory_bytes = Some(megabytes(&argument, &value)?),
            CHILD => child = Some(value),
            SERVER => return Ok(Command::Server { archive: value.into() }),
            _ => return Err(Failure::Usage(format!("there is no `{argument}`"))),
        }
    }
    if runs == 0 || shape.objects < 2 {
        return Err(Failure::Usage("measuring takes at least one run and two objects".to_owned()));
    }
    let data = data.map_or_else(default_data, Ok)?;
    if let Some(name) = child {
        return Ok(Command::Child { bench: bench::find(&name)?, archive: data, runs, memory_bytes });
    }
    Ok(Command::Measure(Arguments { benches: chosen(&names)?, shape, data, runs, memory_bytes }))
}

/// The named benches in the order of [`BENCHES`], and the inflater, which the others are compared with.
fn chosen(names: &[String]) -> Result<Vec<&'static Bench>, Failure> {
    for name in names {
        bench::find(name)?;
    }
    let is_chosen = |bench: &&Bench| {
        names.is_empty() || bench.name == bench::INFLATE || names.iter().any(|name| name == bench.name)
    };
    Ok(BENCHES.iter().filter(is_chosen).collect())
}

/// `benches` beside the folder of the program, which is `release` or `debug` in the target folder.
fn default_data() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::io("find", "the running program"))?;
    let target = program.parent().and_then(|folder| folder.parent());
    let target = target.ok_or_else(|| Failure::Usage("there is no target folder; give `--data DIR`".to_owned()))?;
    Ok(target.join("benches"))
}

fn megabytes(name: &str, value: &str) -> Result<u64, Failure> {
    let megabytes: f64 = number(name, value)?;
    if megabytes.is_finite() && megabytes > 0.0 { Ok((megabytes * 1e6) as u64) } else { Err(wrong(name, value)) }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| wrong(name, value))
}

fn wrong(name: &str, value: &str) -> Failure {
    Failure::Usage(format!("`{value}` is not a value of `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, Failure> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn measured(line: &str) -> Arguments {
        match parsed(line) {
            Ok(Command::Measure(arguments)) => arguments,
            _ => panic!("`{line}` is to measure"),
        }
    }

    #[test]
    fn without_arguments_everything_is_measured() {
        let arguments = measured("");
        assert_eq!(arguments.benches.len(), BENCHES.len());
        assert_eq!(arguments.shape, Shape { json_bytes: 1_000_000_000, objects: 10_000 });
    }

    #[test]
    fn names_and_options_mix_and_the_inflater_is_always_there() {
        let arguments = measured("timeline --json-mb 0.5 ingest --runs 2 --objects 8 --data x");
        let names: Vec<&str> = arguments.benches.iter().map(|bench| bench.name).collect();
        assert_eq!(names, ["inflate", "ingest", "timeline"]);
        assert_eq!((arguments.shape.json_bytes, arguments.runs, arguments.data), (500_000, 2, PathBuf::from("x")));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["ingset", "--runs", "--runs 0", "--json-mb -1", "--json-mb nan", "--objects 1", "--colour red"] {
            assert!(matches!(parsed(line), Err(Failure::Usage(_))), "{line}");
        }
    }
}
