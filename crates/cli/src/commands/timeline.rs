//! `eksamine timeline`: the events of a cluster, of both planes, in one order.

use std::process::ExitCode;

use clap::Args;
use eksamine_query::timeline::{self, Cut, READING_COLUMNS};

use crate::arguments::{Printing, Reading};
use crate::times::{self, Time};
use crate::{lake, printing};

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
    /// Only this Kubernetes namespace
    #[arg(long, short, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let now = times::now();
    let cut = Cut {
        cluster: command.name,
        since: command.since.map(|time| time.begin(now).as_microsecond()),
        until: command.until.map(|time| time.end(now).as_microsecond()),
        actor: command.actor,
        namespace: command.namespace,
    };
    let opened = lake::open(&command.reading).await?;
    let answer = timeline::timeline(&opened.session, &cut).await?;
    printing::print(answer, &command.printing, Some(&READING_COLUMNS)).await?;
    Ok(opened.status())
}
