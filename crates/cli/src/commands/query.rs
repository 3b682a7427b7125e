//! `eksamine query`: runs a curated query, explains one, or lists them: all, those found by words, by table or by
//! ATT&CK technique.

mod explain;
mod list;

use std::process::ExitCode;

use clap::Args;
use eksamine_query::curated::{self, Choice, Query};

use crate::arguments::{Printing, Reading};
use crate::printing::{print_text, tell};
use crate::terminal::sanitise;
use crate::{lake, printing};

/// What a person sees of the list in a table; a program gets all columns.
const SHOWN_COLUMNS: [&str; 4] = ["name", "table_name", "title", "technique"];

#[derive(Args)]
pub struct Command {
    /// Name of the query; without it, they are listed
    name: Option<String>,
    /// Value of a parameter (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter, requires = "name")]
    parameters: Vec<(String, String)>,
    /// Say what the query answers, how to read it, and its SQL
    #[arg(long, requires = "name")]
    explain: bool,
    /// List the queries that speak of these words, the best first: `secrets`, `T1552`, `GetSecretValue`
    #[arg(long, short, value_name = "WORDS", conflicts_with = "name")]
    search: Option<String>,
    /// List the queries of this table
    #[arg(long, value_name = "TABLE", conflicts_with = "name")]
    table: Option<String>,
    /// List the queries by MITRE ATT&CK technique; with one, `T1552`, only those of it
    #[arg(long, value_name = "TECHNIQUE", num_args = 0..=1, default_missing_value = "", conflicts_with = "name")]
    mitre: Option<String>,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

/// `NAME=VALUE`, as parameters are given.
pub fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `NAME=VALUE`")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let Some(name) = &command.name else {
        let chosen = curated::choose(command.choice())?;
        if command.wants_rows() {
            return print_rows(&chosen, &command.printing, &SHOWN_COLUMNS).await;
        }
        print_text(&list::text(&chosen, command.grouping()))?;
        return Ok(ExitCode::SUCCESS);
    };
    let query = curated::find(name)?;
    if command.explain {
        if command.wants_rows() {
            return print_rows(&[query], &command.printing, &curated::COLUMNS.map(|(name, _)| name)).await;
        }
        print_text(&explain::text(&query))?;
        return Ok(ExitCode::SUCCESS);
    }
    let opened = lake::open(&command.reading).await?;
    let answer = curated::run(&opened.session, &query, &command.parameters).await?;
    let summary = printing::print(answer, &command.printing, None).await?;
    if summary.rows == 0
        && let Some(note) = curated::unmatched(&opened.session, &query, &command.parameters).await?
    {
        tell(&format!("note: {}", sanitise(&note)));
    }
    Ok(opened.status())
}

impl Command {
    /// Whether the list was asked for in a format of rows rather than as prose.
    fn wants_rows(&self) -> bool {
        self.printing.format.is_some() || self.printing.output.is_some()
    }

    fn choice(&self) -> Choice<'_> {
        Choice {
            words: self.search.as_deref(),
            table: self.table.as_deref(),
            with_technique: self.mitre.is_some(),
            technique: self.mitre.as_deref().filter(|id| !id.is_empty()),
        }
    }

    fn grouping(&self) -> list::Grouping {
        match (&self.search, &self.mitre) {
            (Some(_), _) => list::Grouping::BestFirst,
            (None, Some(_)) => list::Grouping::ByTechnique,
            (None, None) => list::Grouping::ByTable,
        }
    }
}

async fn print_rows(queries: &[Query], printing: &Printing, columns: &[&str]) -> anyhow::Result<ExitCode> {
    printing::print(curated::listing(queries)?, printing, Some(columns)).await?;
    Ok(ExitCode::SUCCESS)
}
