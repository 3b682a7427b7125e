//! `eksamine sql`: one query, a file of them, or a shell.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use eksamine_query::Session;

use crate::arguments::{Printing, Reading};
use crate::interrupt::{Interrupted, unless_interrupted};
use crate::output::Format;
use crate::shell::{self, Backend};
use crate::{commands, failure, lake, printing};

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
    let opened = unless_interrupted(lake::open(&command.reading)).await?;
    let text = match (&command.query, &command.file) {
        (Some(query), _) => Some(query.clone()),
        (None, Some(file)) => {
            Some(std::fs::read_to_string(file).with_context(|| format!("can't read `{}`", file.display()))?)
        }
        (None, None) => None,
    };
    let Some(text) = text else {
        let format = command.printing.format()?;
        let history = history_file();
        let backend = SessionBackend { session: opened.session, printing: command.printing };
        let settings = shell::Settings { history, format };
        tokio::task::spawn_blocking(move || {
            let mut backend = backend;
            shell::run(&mut backend, &settings)
        })
        .await??;
        return Ok(ExitCode::SUCCESS);
    };
    for statement in shell::statements_of(&text) {
        let run = async {
            let answer = opened.session.sql(&statement, Vec::new()).await?;
            printing::print(answer, &command.printing, None).await
        };
        unless_interrupted(run).await?;
    }
    Ok(opened.status())
}

/// The shell's view of a session.
struct SessionBackend {
    session: Session,
    printing: Printing,
}

impl Backend for SessionBackend {
    fn tables(&self) -> Vec<(String, Vec<String>)> {
        self.session.names()
    }

    fn run(&mut self, sql: &str, format: Format) -> anyhow::Result<()> {
        let printing = Printing { format: Some(format), ..self.printing.clone() };
        let run = async {
            let answer = self.session.sql(sql, Vec::new()).await?;
            printing::print(answer, &printing, None).await
        };
        #[expect(clippy::disallowed_methods, reason = "the shell is a blocking loop of its own")]
        let result = tokio::runtime::Handle::current().block_on(unless_interrupted(run));
        match result {
            Ok(_) => Ok(()),
            // The statement is given up, not the shell.
            Err(error) if error.is::<Interrupted>() => {
                eprintln!("interrupted");
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
