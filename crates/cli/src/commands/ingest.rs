//! `eksamine ingest`: reads logs into a lake, and says what became of every object.

mod dry_run;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use eksamine_archive::Archive;
use eksamine_ingest::{KeyFilter, Known, Report, Settings};
use eksamine_lake::{Lake, Writer};

use crate::arguments::{ClusterOption, LakeOption, S3Options};
use crate::failure;
use crate::interrupt::{Interrupted, Stop, unless_interrupted};
use crate::numbers::parse_bytes;
use crate::places::{parse_account, parse_region};
use crate::printing::{print_text, tell};
use crate::progress::{self, Bar};
use crate::summary;
use crate::times::{self, Time};

#[derive(Args)]
pub struct Command {
    /// Where the logs are: s3://BUCKET/PREFIX, a folder, or a file
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,
    #[command(flatten)]
    lake: LakeOption,
    /// Leave out objects whose key is of an earlier day
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Leave out objects whose key is of a later day (deliveries of the day after are kept, they come late)
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// Only objects of this account, where the key names one (repeatable)
    #[arg(long, value_name = "ID", value_parser = parse_account)]
    account: Vec<String>,
    /// Only objects of this region, where the key names one (repeatable)
    #[arg(long, value_name = "NAME", value_parser = parse_region)]
    log_region: Vec<String>,
    #[command(flatten)]
    clusters: ClusterOption,
    /// Threads that decode and write [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// About how much memory to use
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "768MiB")]
    memory: u64,
    /// Say what would be read, without reading it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    s3: S3Options,
}

impl Command {
    /// About how much memory to use.
    pub fn memory_bytes(&self) -> u64 {
        self.memory
    }
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let now = times::now();
    times::span(command.since, command.until, now).unwrap_or_else(|error| error.exit());
    let mut settings = Settings::new(now.as_microsecond());
    settings.filter = KeyFilter {
        accounts: command.account.clone(),
        regions: command.log_region.clone(),
        since: command.since.map(|time| time.day(now)),
        until: command.until.map(|time| time.day(now)),
    };
    settings.clusters = command.clusters.map();
    settings.memory_bytes = command.memory;
    if let Some(threads) = command.threads {
        settings.threads = usize::from(threads);
    }
    if command.dry_run {
        return unless_interrupted(try_out(&command, &settings)).await;
    }
    let begun = progress::now();
    let bar = Arc::new(Bar::new());
    let listener = Arc::clone(&bar);
    let stop = Stop::on_interrupt(move || {
        listener.note(if listener.is_reading() {
            "stopping: what was read is being committed; press Ctrl-C again to give it up"
        } else {
            "interrupted before anything was read"
        });
    })?;
    let filling = async {
        let archives = stop.unless_asked(open(&command.sources, &command.s3)).await?;
        ingest(&archives, &command.lake.lake, &settings, Arc::clone(&bar), Arc::clone(&stop)).await
    };
    let report = filling.await;
    bar.finish();
    let report = report?;
    summary::print(&report, &command.lake.lake, &progress::pace(begun, report.inflated_bytes));
    if !report.accounting.closes() {
        tell(
            "error: the accounting of the lake does not close\n\nhint: this is a defect of eksamine; please report it",
        );
        return Ok(ExitCode::from(failure::DEFECT));
    }
    if report.interrupted {
        return Err(Interrupted.into());
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(failure::INCOMPLETE) })
}

/// Fills a lake for a reading command, with the usual settings.
pub async fn fill(sources: &[String], lake: &Path, s3: &S3Options, clusters: &ClusterOption) -> anyhow::Result<Report> {
    let mut settings = Settings::new(times::now().as_microsecond());
    settings.clusters = clusters.map();
    let archives = open(sources, s3).await?;
    let bar = Arc::new(Bar::new());
    // Ctrl-C ends the reading command as a whole.
    let report = ingest(&archives, lake, &settings, Arc::clone(&bar), Arc::default()).await;
    bar.finish();
    report
}

async fn open(sources: &[String], s3: &S3Options) -> anyhow::Result<Vec<Arc<dyn Archive>>> {
    let settings = s3.settings();
    let mut archives = Vec::new();
    for source in sources {
        archives.push(Box::pin(eksamine_archive::open(source, &settings)).await?);
    }
    Ok(archives)
}

async fn ingest(
    archives: &[Arc<dyn Archive>],
    lake: &Path,
    settings: &Settings,
    bar: Arc<Bar>,
    stop: Arc<Stop>,
) -> anyhow::Result<Report> {
    // What is known already decides what is fetched, but a lake is not made before the archive has answered.
    let known = known(lake)?;
    let planning = async { Ok(eksamine_ingest::plan(archives, &known, settings, bar.as_ref()).await?) };
    let plan = stop.unless_asked(planning).await?;
    let runtime = tokio::runtime::Handle::current();
    let (settings, lake) = (settings.clone(), lake.to_path_buf());
    let work = move || -> anyhow::Result<Report> {
        let mut writer = Writer::open(&lake)?;
        Ok(eksamine_ingest::execute(plan, &mut writer, &settings, &runtime, bar.as_ref(), stop.flag())?)
    };
    tokio::task::spawn_blocking(work).await?
}

/// What the lake has already; nothing if there is none yet.
fn known(lake: &Path) -> anyhow::Result<Known> {
    let existing = match Lake::open(lake) {
        Ok(lake) => Some(lake),
        Err(eksamine_lake::Error::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(eksamine_ingest::known(existing.as_ref().map(Lake::manifest))?)
}

async fn try_out(command: &Command, settings: &Settings) -> anyhow::Result<ExitCode> {
    let archives = open(&command.sources, &command.s3).await?;
    let known = known(&command.lake.lake)?;
    let bar = Bar::new();
    let plan = eksamine_ingest::plan(&archives, &known, settings, &bar).await;
    bar.finish();
    let plan = plan?;
    print_text(&dry_run::text(&plan))?;
    Ok(if plan.unlisted.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(failure::INCOMPLETE) })
}
