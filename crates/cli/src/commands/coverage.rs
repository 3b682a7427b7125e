//! `eksamine coverage`: what the archive can't tell. Here is how it is said; the checks are in `eksamine-query`.

pub mod json;
mod map;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_query::Answer;
use eksamine_query::coverage::{self, Coverage, Scope};

use crate::arguments::{Printing, Reading};
use crate::lake;
use crate::output::Format;
use crate::printing::{self, print_text};
use crate::prose::fitted;
use crate::terminal::{sanitise, stdout_width_columns};
use crate::times::{self, Span, Time};

#[derive(Args)]
#[command(after_help = "In a table, the hours of each log come first, then the findings, then the share of clusters \
                        that a validated trail of all regions covers. Other formats hold the findings, or with \
                        `--hours` the counts.")]
pub struct Command {
    /// The cluster; without it, the whole archive
    #[arg(value_name = "CLUSTER")]
    name: Option<String>,
    /// From this time on
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Up to this time; a date is meant whole
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// The number of events of each log in each hour, in place of the findings
    #[arg(long)]
    hours: bool,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

/// The columns a person reads; the others are for programs.
const READING_COLUMNS: [&str; 8] = ["check", "source", "account_id", "region", "cluster", "since", "until", "what"];

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let now = times::now();
    let Span { since, until } = times::span(command.since, command.until, now).unwrap_or_else(|error| error.exit());
    let scope = Scope { since, until, cluster: command.name };
    let opened = lake::open(&command.reading).await?;
    if command.hours {
        let answer = coverage::hours(&opened.session, &scope).await?;
        printing::print(answer, &command.printing, None).await?;
        return Ok(opened.status());
    }
    let found = coverage::coverage(&opened.session, &scope).await?;
    let to_people = command.printing.format()? == Format::Table && command.printing.output.is_none();
    if to_people {
        let width_columns = stdout_width_columns().map_or(map::WIDTH_COLUMNS, usize::from);
        print_text(&format!(
            "{}\n\n{}\n",
            sanitise(opened.origin()),
            map::drawn(&found.streams, &scope, width_columns)
        ))?;
    }
    let is_clean = found.findings.is_empty();
    if !(to_people && is_clean) {
        let answer = Answer::of_batch(coverage::batch(&found.findings)?);
        printing::print(answer, &command.printing, Some(&READING_COLUMNS)).await?;
    }
    if to_people {
        print_text(&ending(&found, is_clean))?;
    }
    Ok(opened.status())
}

/// The words under the findings: the indicator, and what of each cluster is shown.
fn ending(found: &Coverage, is_clean: bool) -> String {
    let mut text = String::new();
    if is_clean {
        text += "nothing was found missing\n";
    }
    let _ = writeln!(text, "\n{}", fitted(&sanitise(&found.indicator()), 2));
    for cover in &found.clusters {
        let place = [cover.account_id.as_deref(), cover.region.as_deref()];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        let line = format!("  {}{place}: {}", cover.cluster, cover.what);
        let _ = writeln!(text, "{}", fitted(&sanitise(&line), 4));
    }
    text
}
