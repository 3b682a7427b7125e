//! The shell's own commands, which start with a dot.
//!
//! Responsible for their list and for reading them. Not responsible for what they do (`shell`).

use anyhow::{anyhow, bail};

use crate::output::{FORMATS, Format};

/// One line of the list of dot-commands.
pub struct DotCommandEntry {
    /// With the dot.
    pub name: &'static str,
    /// What may follow, in the notation of help; empty for nothing.
    pub arguments: &'static str,
    pub about: &'static str,
}

/// All dot-commands. Help and completion read this list.
pub static DOT_COMMANDS: &[DotCommandEntry] = &[
    DotCommandEntry { name: ".help", arguments: "", about: "Print this list" },
    DotCommandEntry { name: ".tables", arguments: "", about: "List the tables" },
    DotCommandEntry { name: ".schema", arguments: "[TABLE]", about: "Print the columns of a table, or of all" },
    DotCommandEntry { name: ".format", arguments: "[FORMAT]", about: "Set the format of rows, or list the formats" },
    DotCommandEntry { name: ".timer", arguments: "on|off", about: "Print how long each statement takes, or stop" },
    DotCommandEntry { name: ".quit", arguments: "", about: "Leave; Ctrl-D does the same" },
];

/// A dot-command that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DotCommand {
    Help,
    Tables,
    Schema(Option<String>),
    Format(Option<Format>),
    Timer(Switch),
    Quit,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

impl DotCommandEntry {
    /// The command with its arguments.
    pub fn usage(&self) -> String {
        format!("{} {}", self.name, self.arguments).trim_end().to_owned()
    }
}

/// Whether a line, where a statement could start, is for the shell: it starts with a dot, or is a lone `quit`, `exit`
/// or `help`, as people type in other shells.
pub fn is_dot_command(line: &str) -> bool {
    line.trim_start().starts_with('.') || matches!(bare_word(line), "quit" | "exit" | "help")
}

/// Reads a dot-command. An error names what was not understood and the nearest thing that is.
pub fn parse(line: &str) -> anyhow::Result<DotCommand> {
    let mut words = bare_word(line).split_whitespace();
    let name = words.next().unwrap_or_default();
    let argument = words.next();
    if let Some(extra) = words.next() {
        bail!("`{name}` does not take `{extra}`");
    }
    let without_argument = |command: DotCommand| match argument {
        Some(extra) => Err(anyhow!("`{name}` does not take `{extra}`")),
        None => Ok(command),
    };
    match name {
        ".help" | "help" => without_argument(DotCommand::Help),
        ".tables" => without_argument(DotCommand::Tables),
        ".schema" => Ok(DotCommand::Schema(argument.map(|table| table.trim_matches('"').to_owned()))),
        ".format" => argument.map(format_of).transpose().map(DotCommand::Format),
        ".timer" => match argument {
            Some("on") => Ok(DotCommand::Timer(Switch::On)),
            Some("off") => Ok(DotCommand::Timer(Switch::Off)),
            Some(other) => Err(anyhow!("`.timer` takes `on` or `off`, not `{other}`")),
            None => Err(anyhow!("`.timer` takes `on` or `off`")),
        },
        ".quit" | ".exit" | "quit" | "exit" => without_argument(DotCommand::Quit),
        _ => {
            let names = DOT_COMMANDS.iter().map(|entry| entry.name);
            Err(anyhow!("no command `{name}`{}; `.help` lists them", nearest(name, names)))
        }
    }
}

/// The line without blanks around it and without a `;`, which the fingers add.
fn bare_word(line: &str) -> &str {
    line.trim().trim_end_matches(';').trim_end()
}

fn format_of(name: &str) -> anyhow::Result<Format> {
    let names = FORMATS.iter().map(|entry| entry.name);
    Format::from_name(name).ok_or_else(|| anyhow!("no format `{name}`{}; `.format` lists them", nearest(name, names)))
}

/// A clause that suggests the most similar name, if one is near.
fn nearest(wanted: &str, names: impl Iterator<Item = &'static str>) -> String {
    names
        .map(|name| (strsim::osa_distance(wanted, name), name))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map_or_else(String::new, |(_, name)| format!(", did you mean `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse(".help").unwrap(), DotCommand::Help);
        assert_eq!(parse("  .tables ;").unwrap(), DotCommand::Tables);
        assert_eq!(parse(".schema").unwrap(), DotCommand::Schema(None));
        assert_eq!(parse(".schema \"k8s_audit\";").unwrap(), DotCommand::Schema(Some("k8s_audit".to_owned())));
        assert_eq!(parse(".format").unwrap(), DotCommand::Format(None));
        assert_eq!(parse(".format NDJSON").unwrap(), DotCommand::Format(Some(Format::Ndjson)));
        assert_eq!(parse(".timer on").unwrap(), DotCommand::Timer(Switch::On));
        for leave in [".quit", ".exit", "quit", "exit;"] {
            assert!(is_dot_command(leave));
            assert_eq!(parse(leave).unwrap(), DotCommand::Quit);
        }
    }

    #[test]
    fn errors_name_what_was_not_understood() {
        let message = |line: &str| parse(line).unwrap_err().to_string();
        assert_eq!(message(".tabels"), "no command `.tabels`, did you mean `.tables`; `.help` lists them");
        assert_eq!(message(".frobnicate"), "no command `.frobnicate`; `.help` lists them");
        assert_eq!(message(".format jsno"), "no format `jsno`, did you mean `json`; `.format` lists them");
        assert_eq!(message(".timer"), "`.timer` takes `on` or `off`");
        assert_eq!(message(".timer maybe"), "`.timer` takes `on` or `off`, not `maybe`");
        assert_eq!(message(".tables x"), "`.tables` does not take `x`");
        assert_eq!(message(".schema a b"), "`.schema` does not take `b`");
    }

    #[test]
    fn sql_is_not_a_dot_command() {
        assert!(!is_dot_command("select 1;"));
        assert!(!is_dot_command("quit smoking"));
        assert!(!is_dot_command(""));
    }

    #[test]
    fn every_listed_command_is_understood() {
        for entry in DOT_COMMANDS {
            let line = if entry.name == ".timer" { ".timer off" } else { entry.name };
            assert!(parse(line).is_ok(), "{line}");
        }
    }
}
