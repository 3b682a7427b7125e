//! `eksamine tables`: what tables there are, and what their columns mean.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_query::describe::{self, TableDescription};

use crate::printing::print_text;
use crate::prose::fitted;

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
        let line = format!("{:width$}  {}", table.name, table.about);
        let _ = writeln!(text, "{}", fitted(&line, width + 2));
    }
    text + "\n`eksamine tables TABLE` shows the columns of one\n"
}

fn columns(table: &TableDescription) -> String {
    let mut text = fitted(&format!("{}: {}", table.name, table.about), 0) + "\n";
    if let Some(upstream) = table.upstream {
        let _ = writeln!(text, "{upstream}");
    }
    text += "\n";
    let name = table.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    let kind = table.columns.iter().map(|column| column.kind.len()).max().unwrap_or(0);
    for column in &table.columns {
        let mut line = format!("{:name$}  ", column.name);
        if kind > 0 {
            let _ = write!(line, "{:kind$}  ", column.kind);
        }
        let indent = line.len();
        line += column.about;
        if !column.path.is_empty() {
            let _ = write!(line, " [{}]", column.path);
        }
        text += &fitted(&line, indent);
        text += "\n";
    }
    text
}
