//! Writes a generated archive into a folder, and what is known of it into `<folder>.truth.json` beside it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use eksamine_testkit::generate::{self, Planes, Settings};

const USAGE: &str = "usage: generate --out DIR [--json-mb N] [--objects N] [--duplicates SHARE] [--seed N] [--days N]
                [--first-day YYYY-MM-DD] [--clusters N] [--planes cloudtrail|kubernetes|both]
                [--gzip-level 0-9] [--threads N]

  --json-mb      inflated size in MB (10^6 bytes)             16
  --objects      number of objects                            40
  --duplicates   share of records met in another object too   0.2
  --seed         same seed and settings, same bytes           7
  --days         days the records are from                    3
  --first-day    the first of them                            2025-03-03
  --clusters     clusters with an audit log                   2
  --planes       kinds of logs                                both
  --gzip-level   compression                                  6
  --threads      0 for as many as there are processors        0
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(problem)) => {
            let _ = write!(io::stderr(), "error: {problem}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(Failure::Io(error)) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

enum Failure {
    Usage(String),
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput => Failure::Usage(error.to_string()),
            _ => Failure::Io(error),
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut settings = Settings::default();
    let mut out = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if matches!(flag.as_str(), "--help" | "-h") {
            return Ok(io::stdout().write_all(USAGE.as_bytes())?);
        }
        let Some(value) = arguments.next() else {
            return Err(Failure::Usage(format!("`{flag}` needs a value")));
        };
        match flag.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--json-mb" => settings.json_bytes = (number::<f64>(&flag, &value)? * 1e6) as u64,
            "--objects" => settings.objects = number(&flag, &value)?,
            "--duplicates" => settings.duplicate_share = number(&flag, &value)?,
            "--seed" => settings.seed = number(&flag, &value)?,
            "--days" => settings.days = number(&flag, &value)?,
            "--first-day" => settings.first_day = day(&flag, &value)?,
            "--clusters" => settings.clusters = number(&flag, &value)?,
            "--planes" => settings.planes = planes(&flag, &value)?,
            "--gzip-level" => settings.gzip_level = number(&flag, &value)?,
            "--threads" => settings.threads = number(&flag, &value)?,
            _ => return Err(Failure::Usage(format!("there is no `{flag}`"))),
        }
    }
    let Some(out) = out else {
        return Err(Failure::Usage("`--out` is missing".to_owned()));
    };
    let truth_path = truth_path(&out)?;
    let truth = generate::write(&out, &settings)?;
    std::fs::write(&truth_path, format!("{:#}\n", truth.to_json()))?;
    writeln!(
        io::stdout(),
        "{}: {} objects, {} records, {:.1} MB of JSON, {:.1} MB gzipped; the truth is in {}",
        out.display(),
        truth.objects(),
        truth.records(),
        truth.json_bytes() as f64 / 1e6,
        truth.gzip_bytes() as f64 / 1e6,
        truth_path.display(),
    )?;
    Ok(())
}

/// `DIR.truth.json` beside the archive, never in it.
fn truth_path(out: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = out.file_name() else {
        return Err(Failure::Usage(format!("`{}` names no folder", out.display())));
    };
    let mut name = name.to_owned();
    name.push(".truth.json");
    Ok(out.with_file_name(name))
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| wrong(flag, value))
}

fn planes(flag: &str, value: &str) -> Result<Planes, Failure> {
    match value {
        "cloudtrail" => Ok(Planes::CloudTrail),
        "kubernetes" => Ok(Planes::Kubernetes),
        "both" => Ok(Planes::Both),
        _ => Err(wrong(flag, value)),
    }
}

fn day(flag: &str, value: &str) -> Result<(i32, u8, u8), Failure> {
    let mut parts = value.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => Ok((number(flag, year)?, number(flag, month)?, number(flag, day)?)),
        _ => Err(wrong(flag, value)),
    }
}

fn wrong(flag: &str, value: &str) -> Failure {
    Failure::Usage(format!("`{value}` is not a value of `{flag}`"))
}
