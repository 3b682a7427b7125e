//! `eksamine timeline`: the events of a cluster, of all planes, in one order.

mod covered;
pub mod report;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use eksamine_query::coverage::{self, Scope};
use eksamine_query::timeline::{self, CATEGORIES, Cut, Details, Folding, PLANES, READING_COLUMNS, Records, Severity};
use futures::StreamExt;

use crate::arguments::{Printing, Reading};
use crate::output::html::{Chains, ReportRows};
use crate::output::{self, Format};
use crate::printing::{QUERY_FAILED, Target};
use crate::times::{self, Span, Time};
use crate::{lake, printing, terminal};

#[derive(Args)]
pub struct Command {
    /// The cluster; without it, everything in the lake
    #[arg(value_name = "CLUSTER")]
    name: Option<String>,
    /// From this time on
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Up to this time; a date is meant whole
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// Only actors whose name or ARN contains this, or whose access key this is
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Only events whose chain, from the actor to the credential, contains this
    #[arg(long, value_name = "TEXT")]
    chain: Option<String>,
    /// Only this Kubernetes namespace
    #[arg(long, short, value_name = "NAME")]
    namespace: Option<String>,
    /// Only what was done to something with this in its name or kind
    #[arg(long, value_name = "TEXT")]
    resource: Option<String>,
    /// Only from this address or range of addresses; of network flows, to it as well
    #[arg(long, value_name = "ADDRESS|CIDR", value_parser = address)]
    address: Option<String>,
    /// Only events at least this severe
    #[arg(long, value_name = "SEVERITY", value_parser = severity, help = severity_help())]
    severity: Option<Severity>,
    /// Only what ended so: done, denied, failed or pending
    #[arg(long, value_name = "OUTCOME", value_parser = ["done", "denied", "failed", "pending"], hide_possible_values = true)]
    outcome: Option<String>,
    /// Only this plane (repeatable): aws, kubernetes, authenticator, network or finding
    #[arg(long = "plane", value_name = "PLANE", value_parser = PLANES, hide_possible_values = true)]
    planes: Vec<String>,
    /// Only what is about this (repeatable)
    #[arg(long = "category", value_name = "CATEGORY", value_parser = CATEGORIES, hide_possible_values = true, help = category_help())]
    categories: Vec<String>,
    /// Only changes that people made; with `--pipeline`, where pipelines normally make them
    #[arg(long)]
    by_hand: bool,
    /// A role, or a Kubernetes user, that is a pipeline; `*` stands for anything (repeatable)
    #[arg(long = "pipeline", value_name = "NAME", requires = "by_hand")]
    pipelines: Vec<String>,
    /// Only network flows of a pod, a node or an address, or within ten minutes of an event
    #[arg(long, value_name = "POD|NODE|ADDRESS|EVENT")]
    flows: Option<String>,
    /// Mark what was not seen in this many days before `--since`; 0 marks nothing
    #[arg(long, value_name = "DAYS", default_value_t = FIRST_SEEN_DAYS)]
    first_seen_days: u32,
    /// Show every event, also what machines repeat
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

/// Days against which something is seen for the first time.
pub const FIRST_SEEN_DAYS: u32 = 7;

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let cut = cut(&command);
    if command.printing.format()? == Format::Html {
        return Box::pin(report(&command, cut)).await;
    }
    let opened = lake::open(&command.reading).await?;
    let answer = timeline::timeline(&opened.session, &cut).await?;
    let scope = Scope { since: cut.since, until: cut.until, cluster: cut.cluster };
    let found = coverage::coverage(&opened.session, &scope).await?;
    let printing = &command.printing;
    match printing.format()? {
        Format::Parquet => {
            let metadata = vec![(covered::PARQUET_KEY, covered::as_json(&found, &scope))];
            let open = |schema, output| output::parquet::open_with(schema, output, printing.options(), metadata);
            printing::print_by(answer, printing, Some(&READING_COLUMNS), open).await?;
        }
        _ => {
            printing::print(answer, printing, Some(&READING_COLUMNS)).await?;
        }
    }
    for line in covered::lines(&found, &scope, &lake::place(&command.reading)) {
        printing::tell(&line);
    }
    Ok(opened.status())
}

/// Writes the timeline as an HTML report, with the records and chains of its rows.
async fn report(command: &Command, mut cut: Cut) -> anyhow::Result<ExitCode> {
    if command.printing.output.is_none() && terminal::stdout_width_columns().is_some() {
        bail!("an HTML report is not for a terminal: give it a file with `--output`");
    }
    cut.details = Details::Version;
    if cut.folding == Folding::Folded {
        cut.folding = Folding::WithMembers;
    }
    let opened = lake::open(&command.reading).await?;
    let session = &opened.session;
    let head = report::head(&opened, &cut).await?;
    let mut chains = Chains::default();
    let mut known = timeline::chains(session).await?.rows;
    while let Some(batch) = known.next().await {
        chains.add(&batch.map_err(eksamine_query::Error::of_rows)?)?;
    }
    let mut rows = timeline::timeline(session, &cut).await?.rows;
    let (target, mut output) = Target::open(&command.printing)?;
    let mut report = ReportRows::new(head, chains);
    let mut records = Records::of(cut.cluster.clone());
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows).context(QUERY_FAILED)?;
        report.batch(&batch)?;
        records.add(&batch)?;
    }
    drop(rows);
    let report = report::with_records(report, records, session).await?;
    let summary = report.finish(&mut output).with_context(|| target.unwritten())?;
    target.complete(&summary)?;
    Ok(opened.status())
}

fn cut(command: &Command) -> Cut {
    let Span { since, until } =
        times::span(command.since, command.until, times::now()).unwrap_or_else(|error| error.exit());
    Cut {
        cluster: command.name.clone(),
        since,
        until,
        actor: command.actor.clone(),
        chain: command.chain.clone(),
        namespace: command.namespace.clone(),
        resource: command.resource.clone(),
        address: command.address.clone(),
        severity: command.severity,
        outcome: command.outcome.clone(),
        planes: command.planes.clone(),
        categories: command.categories.clone(),
        by_hand: command.by_hand.then(|| command.pipelines.clone()),
        flows: command.flows.clone(),
        folding: if command.all { Folding::Unfolded } else { Folding::Folded },
        first_seen_days: Some(command.first_seen_days),
        ..Cut::default()
    }
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_name(&text.to_lowercase()).ok_or_else(|| format!("expected {}", severities()))
}

fn severities() -> String {
    Severity::ALL.map(Severity::name).join(", ")
}

fn severity_help() -> String {
    format!("Only events at least this severe: {}", severities())
}

fn category_help() -> String {
    format!("Only what is about this (repeatable): {}", CATEGORIES.join(", "))
}

fn address(text: &str) -> Result<String, String> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let most = match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return Err("expected an address like `203.0.113.66` or a range like `203.0.113.0/24`".to_owned()),
    };
    match bits.map(str::parse::<u32>) {
        None => Ok(text.to_owned()),
        Some(Ok(bits)) if bits <= most => Ok(text.to_owned()),
        Some(_) => Err(format!("expected a range of at most `/{most}`")),
    }
}
