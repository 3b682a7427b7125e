//! `eksamine verify`: follows CloudTrail's digest chains, and says of every log file whether it is as it was delivered; in
//! an archive, or in what a lake has kept of one.

mod kept;
mod keys;
mod rows;
mod summary;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use clap::error::ErrorKind;
use eksamine_custody::place::Origin;
use eksamine_custody::{Known, Row, Rows, Settings};
use eksamine_lake::Lake;
use eksamine_query::Answer;

use crate::arguments::{Printing, S3Options};
use crate::failure;
use crate::numbers::parse_bytes;
use crate::output::Format;
use crate::places::{parse_account, parse_region};
use crate::printing::{self, print_text, tell};
use crate::progress::{self, Bar};
use crate::times::{self, Time};

#[derive(Args)]
pub struct Command {
    /// Where digests and log files are: s3://BUCKET/PREFIX, or a folder with a copy; without it, what `--lake` has kept
    #[arg(value_name = "SOURCE", required_unless_present = "lake")]
    source: Option<String>,
    /// CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them (repeatable, one for each region)
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Ask CloudTrail for keys that were not given, in the regions and for the time of the digests
    #[arg(long, conflicts_with = "no_sign_request")]
    keys_from_aws: bool,
    /// Only what was delivered from this time on
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Only what was delivered up to this time; the digests have to reach it
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// Only this account (repeatable)
    #[arg(long, value_name = "ID", value_parser = parse_account)]
    account: Vec<String>,
    /// Only this region (repeatable)
    #[arg(long, value_name = "NAME", value_parser = parse_region)]
    log_region: Vec<String>,
    /// What SOURCE is a copy of; what was signed for another place is then relocated
    #[arg(long, value_name = "s3://BUCKET/PREFIX", value_parser = bucket)]
    original: Option<(String, String)>,
    /// Without SOURCE: verify what this lake has kept of its archives. With SOURCE and keys: keep in it what was found.
    /// With SOURCE alone: compare with what it has read from there, for logs that AWS does not sign
    #[arg(long, value_name = "DIR")]
    lake: Option<PathBuf>,
    /// Print what is valid too
    #[arg(long)]
    all: bool,
    /// Threads that inflate and hash [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Most bytes that are fetched and not yet hashed
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "32MiB")]
    in_flight: u64,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    s3: S3Options,
}

impl Command {
    /// What is verified, and against what.
    fn task(&self) -> Result<Task, clap::Error> {
        let by_digests = self.keys_from_aws || !self.keys.is_empty();
        let is_narrowed = self.since.is_some()
            || self.until.is_some()
            || !self.account.is_empty()
            || !self.log_region.is_empty()
            || self.original.is_some();
        let refused = |text: &str| Err(clap::Error::raw(ErrorKind::ArgumentConflict, format!("{text}\n")));
        match (&self.source, &self.lake) {
            (Some(source), Some(lake)) if !by_digests && is_narrowed => refused(&format!(
                "what `{}` has read from `{source}` is compared as a whole; with `--keys FILE` digests are followed, and \
                 `--since`, `--until`, `--account`, `--log-region` and `--original` can narrow that",
                lake.display()
            )),
            (None, Some(_)) if self.original.is_some() => {
                refused("`--original` says what SOURCE is a copy of, and there is no SOURCE")
            }
            (Some(source), Some(lake)) if !by_digests => Ok(Task::Recheck(source.clone(), lake.clone())),
            (Some(source), lake) => Ok(Task::Archive(source.clone(), lake.clone())),
            (None, Some(lake)) => Ok(Task::Kept(lake.clone())),
            (None, None) => refused("give a SOURCE or a `--lake`"),
        }
    }
}

/// What there is to do.
enum Task {
    /// Follow the digests of an archive, and keep what was found in a lake, if one is named.
    Archive(String, Option<PathBuf>),
    /// Follow the digests that a lake has kept.
    Kept(PathBuf),
    /// Compare an archive with what a lake has read of it.
    Recheck(String, PathBuf),
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let task = command.task().unwrap_or_else(|error| error.exit());
    let now = times::now();
    let span = times::span(command.since, command.until, now).unwrap_or_else(|error| error.exit());
    let mut settings = Settings {
        keys: keys::of_files(&command.keys)?,
        key_source: command.keys_from_aws.then(|| keys::of_aws(&command.s3)),
        accounts: command.account.clone(),
        regions: command.log_region.clone(),
        since_micros: span.since,
        // What is yet to come can't be missing.
        until_micros: span.until.map(|until| until.min(now.as_microsecond())),
        rows: if command.all { Rows::All } else { Rows::Findings },
        flight_bytes: command.in_flight,
        ..Settings::default()
    };
    if let Some(threads) = command.threads {
        settings.threads = usize::from(threads);
    }
    let begun = progress::now();
    let bar = Arc::new(Bar::new());
    let source = match &task {
        Task::Archive(source, _) | Task::Recheck(source, _) => Some(source),
        Task::Kept(_) => None,
    };
    let archive = match source {
        Some(source) => Some(Box::pin(eksamine_archive::open(source, &command.s3.settings())).await?),
        None => None,
    };
    let report = match (&task, archive) {
        (Task::Recheck(_, lake), Some(archive)) => {
            let report = eksamine_custody::recheck(&archive, &known(lake)?, &settings, bar.as_ref()).await;
            bar.finish();
            let report = report?;
            let text = summary::of_recheck(&report, &progress::pace(begun, report.bytes));
            print(&report.rows, &text, &command.printing, &rows::READING_COLUMNS_OF_RECHECK).await?;
            return Ok(status(report.is_whole()));
        }
        (Task::Archive(_, lake), Some(archive)) => {
            settings.origin = command.original.map(|(bucket, prefix)| Origin::Stated {
                bucket,
                prefix,
                copy_prefix: archive.prefix().to_owned(),
            });
            verdicts::of_archive(&archive, lake.as_deref(), &settings, bar.as_ref()).await
        }
        (Task::Kept(lake) | Task::Recheck(_, lake), _) => kept::verify(lake, &settings, bar.as_ref()).await,
        (Task::Archive(..), None) => bail!("there is no archive to verify"),
    };
    bar.finish();
    let report = report?;
    let text = summary::text(&report, &progress::pace(begun, report.inflated_bytes));
    print(&report.rows, &text, &command.printing, &rows::READING_COLUMNS).await?;
    for note in summary::notes(&report, &settings) {
        tell(&note);
    }
    Ok(status(report.is_whole()))
}

fn status(is_whole: bool) -> ExitCode {
    if is_whole { ExitCode::SUCCESS } else { ExitCode::from(failure::INCOMPLETE) }
}

/// People get the findings and the summary, programs the rows, and the summary beside them.
async fn print(rows: &[Row], summary: &str, printing: &Printing, columns: &[&str]) -> anyhow::Result<()> {
    let is_for_people = printing.format()? == Format::Table && printing.output.is_none();
    if !is_for_people || !rows.is_empty() {
        let answer = Answer::of_batch(rows::batch(rows)?);
        printing::print(answer, printing, Some(columns)).await?;
    }
    if !is_for_people {
        tell(summary.trim_end());
        return Ok(());
    }
    let between = if rows.is_empty() { "" } else { "\n" };
    Ok(print_text(&format!("{between}{summary}"))?)
}

/// What a lake has read, with the hashes of then.
fn known(lake: &Path) -> anyhow::Result<Vec<Known>> {
    let objects = Lake::open(lake)?.manifest().objects()?.into_iter();
    Ok(objects.map(|object| Known { uri: object.uri, sha256: object.sha256 }).collect())
}

/// Bucket and key prefix of a URI. The prefix ends in a slash, or is empty.
fn bucket(text: &str) -> Result<(String, String), String> {
    let rest = text.strip_prefix("s3://").filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
    let rest = rest.ok_or_else(|| "expected `s3://BUCKET` or `s3://BUCKET/PREFIX`".to_owned())?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
    Ok((bucket.to_owned(), format!("{prefix}{slash}")))
}
