//! `eksamine sql`: one query, a file of them, or a shell.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::arguments::{Printing, Reading};
use crate::interrupt::{Interrupted, unless_interrupted};
use crate::lake::{self, Opened};
use crate::output::Format;
use crate::printing::{self, tell};
use crate::shell::{self, Backend};
use crate::{commands, failure};

#[derive(Args)]
pub struct Command {
    /// The query; without it, a shell, or the statements of standard input
    #[arg(value_name = "QUERY", conflicts_with = "file")]
    query: Option<String>,
    /// Read the statements from a file
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let text = match (&command.query, &command.file) {
        (Some(query), _) => Some(query.clone()),
        (None, Some(file)) => {
            Some(std::fs::read_to_string(file).with_context(|| format!("can't read `{}`", file.display()))?)
        }
        (None, None) => None,
    };
    let statements = text.map(|text| shell::statements_of(&text));
    command.printing.check(statements.as_ref().map_or(1, Vec::len))?;
    let opened = unless_interrupted(lake::open(&command.reading)).await?;
    let Some(statements) = statements else { return run_shell(opened, command.printing).await };
    for statement in statements {
        let run = async {
            let answer = opened.session.sql(&statement, Vec::new()).await?;
            printing::print(answer, &command.printing, None).await
        };
        unless_interrupted(run).await?;
    }
    Ok(opened.status())
}

/// Runs the shell, or the statements of standard input.
async fn run_shell(opened: Opened, printing: Printing) -> anyhow::Result<ExitCode> {
    let settings = shell::Settings { history: history_file(), format: printing.format()? };
    // At a terminal, what was not read has been said, and how the last statement went is no result of the program.
    let status = if io::stdin().is_terminal() { ExitCode::SUCCESS } else { opened.status() };
    tokio::task::spawn_blocking(move || {
        let mut backend = SessionBackend { opened, printing, statements: 0 };
        shell::run(&mut backend, &settings)
    })
    .await??;
    Ok(status)
}

/// The shell's view of a session.
struct SessionBackend {
    opened: Opened,
    printing: Printing,
    /// Answered so far.
    statements: usize,
}

impl Backend for SessionBackend {
    fn tables(&self) -> Vec<(String, Vec<String>)> {
        self.opened.session.names()
    }

    fn run(&mut self, sql: &str, format: Format) -> anyhow::Result<()> {
        let printing = Printing { format: Some(format), ..self.printing.clone() };
        printing.check(self.statements + 1)?;
        let run = async {
            let answer = self.opened.session.sql(sql, Vec::new()).await?;
            printing::print(answer, &printing, None).await
        };
        let result = tokio::runtime::Handle::current().block_on(unless_interrupted(run));
        match result {
            Ok(_) => {
                self.statements += 1;
                Ok(())
            }
            // The statement is given up, not the shell; but a script is.
            Err(error) if error.is::<Interrupted>() && io::stdin().is_terminal() => {
                tell("interrupted");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn schema(&self, table: Option<&str>) -> anyhow::Result<String> {
        commands::tables::text(table)
    }

    fn explain_error(&self, error: &anyhow::Error) -> String {
        failure::explain(error)
    }
}

/// Where the shell keeps its history.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    Some(state.or_else(home)?.join("eksamine/history"))
}
