//! `eksamine insights`: a query in the language of CloudWatch Logs Insights, translated and asked, or only translated.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use eksamine_query::insights::{BinCap, Missing, Settings, Translation};

use crate::arguments::{ClusterOption, LakeOption, Printing, Reading, S3Options};
use crate::printing::{print_text, tell};
use crate::terminal::sanitise;
use crate::times::{self, Span, Time};
use crate::{lake, printing};

mod plot;

#[derive(Args)]
pub struct Command {
    /// The query; without it, that of standard input
    #[arg(value_name = "QUERY", conflicts_with = "file")]
    query: Option<String>,
    /// Read the query from a file
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The log group: `/aws/eks/NAME/cluster`, `cloudtrail`, `vpc-flow`, or a table
    #[arg(long, short = 'g', value_name = "NAME")]
    log_group: Option<String>,
    /// Only this cluster; with `--from` also the cluster of the audit logs under a key prefix (repeatable)
    #[arg(long = "cluster", value_name = "NAME[=KEY-PREFIX]")]
    clusters: Vec<String>,
    /// From this time on
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Up to this time; a date is meant whole
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// Whether rows without the field match `!=`, `not like` and `not in`
    #[arg(long, value_name = "match|skip", value_parser = ["match", "skip"], default_value = "match", hide_possible_values = true)]
    missing: String,
    /// Take `bin(300s)` as it is written; CloudWatch counts at most 60 s, 60 m, 24 h and 1000 ms
    #[arg(long)]
    no_bin_cap: bool,
    /// A table for `lookup`: a CSV file with a header (repeatable)
    #[arg(long = "lookup", value_name = "NAME=FILE", value_parser = lookup)]
    lookups: Vec<(String, PathBuf)>,
    /// Print the SQL instead of asking it
    #[arg(long, conflicts_with_all = ["plot", "format", "output", "exact_csv"])]
    sql: bool,
    /// Draw a bar for each row by its first number
    #[arg(long, conflicts_with_all = ["format", "output", "exact_csv"])]
    plot: bool,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    lake: LakeOption,
    /// Read this archive into a temporary lake and answer from it (repeatable)
    #[arg(long, value_name = "SOURCE")]
    from: Vec<String>,
    #[command(flatten)]
    s3: S3Options,
}

fn lookup(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("expected `NAME=FILE`".to_owned()),
    }
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let query = command.text()?;
    let mut settings = command.settings()?;
    let mut lookups = Vec::new();
    for (name, file) in &command.lookups {
        let text = std::fs::read_to_string(file).with_context(|| format!("can't read `{}`", file.display()))?;
        settings.lookups.push(eksamine_query::insights::lookup(name, &text)?);
        lookups.push((name, text));
    }
    // A wrong query is told before an archive is read for it.
    let translation = eksamine_query::insights::translate(&query, &settings)?;
    if command.sql {
        print_text(&format!("{}\n", translation.sql.trim_end()))?;
        tell_notes(&translation);
        return Ok(ExitCode::SUCCESS);
    }
    let opened = lake::open(&command.reading()?).await?;
    settings.lookups.clear();
    for (name, text) in &lookups {
        opened.session.add_lookup(name, text)?;
    }
    let (answer, translation) = opened.session.insights(&query, &settings).await?;
    // Notes come first: they tell how the rows are to be read.
    tell_notes(&translation);
    if command.plot {
        plot::print(answer, &translation).await?;
    } else {
        printing::print(answer, &command.printing, None).await?;
    }
    Ok(opened.status())
}

impl Command {
    /// The query as it was given.
    fn text(&self) -> anyhow::Result<String> {
        match (&self.query, &self.file) {
            (Some(query), _) => Ok(query.clone()),
            (None, Some(file)) => {
                std::fs::read_to_string(file).with_context(|| format!("can't read `{}`", file.display()))
            }
            (None, None) => std::io::read_to_string(std::io::stdin()).context("can't read standard input"),
        }
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let now = times::now();
        let Span { since, until } = times::span(self.since, self.until, now).unwrap_or_else(|error| error.exit());
        let filters: Vec<&String> = self.clusters.iter().filter(|cluster| !cluster.contains('=')).collect();
        if filters.len() > 1 {
            bail!("`--cluster` names {} clusters to ask, and a query asks one or all", filters.len());
        }
        Ok(Settings {
            log_group: self.log_group.clone(),
            cluster: filters.first().map(|cluster| (*cluster).clone()),
            since,
            until,
            now: now.as_microsecond(),
            missing: if self.missing == "skip" { Missing::Skip } else { Missing::Match },
            bin_cap: if self.no_bin_cap { BinCap::AsWritten } else { BinCap::AsInCloudWatch },
            lookups: Vec::new(),
        })
    }

    fn reading(&self) -> anyhow::Result<Reading> {
        let mapped = self.clusters.iter().filter_map(|cluster| cluster.split_once('='));
        let clusters: Vec<(String, String)> =
            mapped.map(|(name, prefix)| (name.to_owned(), prefix.to_owned())).collect();
        if clusters.iter().any(|(name, _)| name.is_empty()) {
            bail!("`--cluster` is given as `NAME`, or as `NAME=KEY-PREFIX`");
        }
        let clusters = ClusterOption { clusters };
        Ok(Reading { lake: self.lake.clone(), from: self.from.clone(), clusters, s3: self.s3.clone() })
    }
}

fn tell_notes(translation: &Translation) {
    for note in &translation.notes {
        tell(&format!("note: {}", sanitise(&note.to_string())));
    }
}
