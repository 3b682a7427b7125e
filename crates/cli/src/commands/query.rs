//! `eksamine query`: runs a curated query, explains one, or lists them all.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_query::curated::{self, Query};

use crate::arguments::{Printing, Reading};
use crate::printing::print_text;
use crate::prose::fitted;
use crate::{lake, printing};

#[derive(Args)]
pub struct Command {
    /// Name of the query; without it, all are listed
    name: Option<String>,
    /// Value of a parameter (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Say what the query answers, how to read it, and its SQL
    #[arg(long, requires = "name")]
    explain: bool,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `NAME=VALUE`")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Some(name) = &command.name else {
        print_text(&list(&curated::queries()))?;
        return Ok(ExitCode::SUCCESS);
    };
    let query = curated::find(name)?;
    if command.explain {
        print_text(&explain(&query))?;
        return Ok(ExitCode::SUCCESS);
    }
    command.printing.check(1)?;
    let opened = lake::open(&command.reading).await?;
    let answer = curated::run(&opened.session, &query, &command.parameters).await?;
    printing::print(answer, &command.printing, None).await?;
    Ok(opened.status())
}

fn list(queries: &[Query]) -> String {
    let width = queries.iter().map(|query| query.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut table = "";
    for query in queries {
        if query.table != table {
            table = query.table;
            let _ = writeln!(text, "{}{table}:", if text.is_empty() { "" } else { "\n" });
        }
        let line = format!("  {:width$}  {}", query.name, query.title);
        let _ = writeln!(text, "{}", fitted(&line, width + 4));
    }
    text + "\n`eksamine query NAME` runs one, `eksamine query NAME --explain` tells how to read it\n"
}

fn explain(query: &Query) -> String {
    let reading = fitted(&format!("how to read it: {}", query.reading), 0);
    let mut text = format!("{}\n\n{}\n\n{reading}\n", query.title, fitted(&query.answers, 0));
    let _ = writeln!(text, "source: {}", query.source);
    if let Some(mitre) = &query.mitre {
        let _ = writeln!(text, "MITRE ATT&CK: {mitre}");
    }
    for parameter in &query.parameters {
        let _ = writeln!(text, "--param {}={}: {}", parameter.name, parameter.default, parameter.about);
    }
    if let Some(insights) = &query.insights {
        let _ = writeln!(text, "\nCloudWatch Logs Insights:\n{insights}");
    }
    let _ = writeln!(text, "\nSQL:\n{}", query.sql);
    text
}
