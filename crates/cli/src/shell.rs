//! The SQL shell: at a terminal with history and completion, otherwise a script read from standard input.
//!
//! Responsible for gathering lines into statements, for dot-commands, and for going on after an error (terminal) or
//! stopping at it (script). Not responsible for running SQL or printing rows: that is the `Backend`'s.
//!
//! While a statement runs, the terminal is in its normal mode: what Ctrl-C does then is the backend's to say.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;

use crate::output::{FORMATS, Format};

mod completion;
mod dot;
mod interactive;
mod keywords;
mod statements;
#[cfg(test)]
mod tests;

use dot::{DOT_COMMANDS, DotCommand, Switch};
use statements::Statements;

/// What the shell asks of the engine.
pub trait Backend {
    /// The tables with their columns, in the order to show them.
    fn tables(&self) -> Vec<(String, Vec<String>)>;

    /// Runs one statement, without its `;`, and prints its rows.
    fn run(&mut self, sql: &str, format: Format) -> anyhow::Result<()>;

    /// Describes a table, or all of them, as text to print.
    fn schema(&self, table: Option<&str>) -> anyhow::Result<String>;

    /// An error in full, with its place and hint, as text to print. What comes from logs must be sanitised.
    fn explain_error(&self, error: &anyhow::Error) -> String;
}

/// The statements of a script, without their `;`.
pub fn statements_of(script: &str) -> Vec<String> {
    let mut statements = Statements::default();
    let mut found = statements.push(script);
    found.extend(statements.finish());
    found
}

/// How a shell starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where statements are remembered; nowhere if none. Made if missing, for the user alone.
    pub history: Option<PathBuf>,
    pub format: Format,
}

/// Runs the shell until the input ends or the user leaves.
///
/// At a terminal, errors of statements are printed and the shell goes on. Otherwise standard input is a script: the
/// first error ends it and is returned.
pub fn run(backend: &mut dyn Backend, settings: &Settings) -> anyhow::Result<()> {
    let mut output = io::stdout();
    let mut notes = io::stderr();
    let session = Session::new(backend, settings.format, &mut output, &mut notes);
    if io::stdin().is_terminal() {
        return interactive::run(session, settings.history.as_deref());
    }
    script(session, io::stdin().lock())
}

/// Runs the statements and dot-commands of a text. A last statement needs no `;`.
fn script(mut session: Session<'_>, mut input: impl BufRead) -> anyhow::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line).context("could not read standard input")? == 0 {
            break;
        }
        if session.line(line.trim_end_matches(['\n', '\r']))? == Flow::Leave {
            return Ok(());
        }
    }
    match session.statements.finish() {
        Some(statement) => session.statement(&statement),
        None => Ok(()),
    }
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    Leave,
}

/// The state between lines.
struct Session<'a> {
    backend: &'a mut dyn Backend,
    /// What was asked for.
    output: &'a mut dyn Write,
    /// Everything else.
    notes: &'a mut dyn Write,
    statements: Statements,
    format: Format,
    timer: Switch,
}

impl<'a> Session<'a> {
    fn new(backend: &'a mut dyn Backend, format: Format, output: &'a mut dyn Write, notes: &'a mut dyn Write) -> Self {
        Self { backend, output, notes, statements: Statements::default(), format, timer: Switch::Off }
    }

    /// Takes a line without its end, and runs what it completes. After an error the rest of the input is forgotten.
    fn line(&mut self, line: &str) -> anyhow::Result<Flow> {
        if self.statements.is_empty() && dot::is_dot_command(line) {
            self.statements.clear();
            return self.dot_command(&dot::parse(line)?);
        }
        for statement in self.statements.push(line) {
            if let Err(error) = self.statement(&statement) {
                self.statements.clear();
                return Err(error);
            }
        }
        Ok(Flow::Continue)
    }

    #[expect(clippy::disallowed_methods, reason = "the timer of a shell measures time")]
    fn statement(&mut self, sql: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        let result = self.backend.run(sql, self.format);
        if self.timer == Switch::On {
            writeln!(self.notes, "run time: {:.3} s", start.elapsed().as_secs_f64())?;
        }
        result
    }

    fn dot_command(&mut self, command: &DotCommand) -> anyhow::Result<Flow> {
        match command {
            DotCommand::Help => {
                for entry in DOT_COMMANDS {
                    writeln!(self.output, "{:<18} {}", entry.usage(), entry.about)?;
                }
                writeln!(self.output, "\nA statement may take several lines and ends with `;`.")?;
            }
            DotCommand::Tables => {
                for (table, _) in self.backend.tables() {
                    writeln!(self.output, "{table}")?;
                }
            }
            DotCommand::Schema(table) => {
                let text = self.backend.schema(table.as_deref())?;
                writeln!(self.output, "{}", text.trim_end())?;
            }
            DotCommand::Format(Some(format)) => self.format = *format,
            DotCommand::Format(None) => {
                for entry in FORMATS {
                    let mark = if entry.format == self.format { '*' } else { ' ' };
                    writeln!(self.output, "{mark} {:<9} {}", entry.name, entry.about)?;
                }
            }
            DotCommand::Timer(switch) => self.timer = *switch,
            DotCommand::Quit => return Ok(Flow::Leave),
        }
        self.output.flush()?;
        Ok(Flow::Continue)
    }
}
