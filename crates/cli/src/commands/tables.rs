//! `eksamine tables`: what tables there are, and what their columns mean.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_query::describe::{self, TableDescription};

use crate::printing::print_text;

#[derive(Args)]
pub struct Command {
    /// Show the columns of this table
    table: Option<String>,
}

pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    print_text(&text(command.table.as_deref())?)?;
    Ok(ExitCode::SUCCESS)
}

/// All tables, or one with its columns.
pub fn text(table: Option<&str>) -> anyhow::Result<String> {
    Ok(match table {
        Some(name) => columns(&describe::table(name)?),
        None => list(&describe::all()),
    })
}

fn list(tables: &[TableDescription]) -> String {
    let width = tables.iter().map(|table| table.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for table in tables {
        let _ = writeln!(text, "{:width$}  {}", table.name, table.about);
    }
    text + "\n`eksamine tables TABLE` shows the columns of one\n"
}

fn columns(table: &TableDescription) -> String {
    let mut text = format!("{}: {}\n", table.name, table.about);
    if let Some(upstream) = table.upstream {
        let _ = writeln!(text, "{upstream}");
    }
    text += "\n";
    let name = table.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    let kind = table.columns.iter().map(|column| column.kind.len()).max().unwrap_or(0);
    for column in &table.columns {
        let _ = write!(text, "{:name$}  ", column.name);
        if kind > 0 {
            let _ = write!(text, "{:kind$}  ", column.kind);
        }
        text += column.about;
        if !column.path.is_empty() {
            let _ = write!(text, " [{}]", column.path);
        }
        text += "\n";
    }
    text
}
