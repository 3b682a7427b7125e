//! The reference page of the language, made from the lists of commands and functions that the compiler works by.

use std::fmt::Write;

use crate::commands::{COMMANDS, State};
use crate::functions::FAMILIES;

const NOTICE: &str =
    "<!-- Made from the code; `UPDATE_REFERENCE=1 cargo test -p eksamine-insights reference` makes it anew. -->";

/// The page as Markdown.
pub fn page() -> String {
    let mut page = format!(
        "{NOTICE}\n\n# CloudWatch Logs Insights\n\n`eksamine insights` translates a Logs Insights query to SQL. The last column says how far a command or function does what AWS documents: *same*, different and in what, or refused and why. What AWS leaves open is chosen in [Semantics of Logs Insights](../concepts/insights-semantics.md).\n\n## Commands\n\n| command | what it does | in CloudWatch |\n|---|---|---|\n"
    );
    for command in &COMMANDS {
        let aliases: Vec<String> = command.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let also = if aliases.is_empty() { String::new() } else { format!("; also {}", aliases.join(", ")) };
        let _ =
            writeln!(page, "| `{}` | {}{also} | {} |", cell(command.syntax), cell(command.about), state(command.state));
    }
    for family in &FAMILIES {
        let _ = writeln!(page, "\n## {}\n\n| function | gives | in CloudWatch |\n|---|---|---|", family.title);
        for function in family.functions {
            let call = format!("{}({})", function.name, function.arguments);
            let _ = writeln!(page, "| `{}` | {} | {} |", cell(&call), cell(function.about), state(function.state));
        }
    }
    page
}

fn state(state: State) -> String {
    match state {
        State::Same => "same".to_owned(),
        State::Different(how) => format!("different: {}", cell(how)),
        State::Refused(why) => format!("refused: {}", cell(why)),
    }
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::{env, fs};

    #[test]
    fn the_reference_page_is_what_the_code_says() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/insights.md");
        let text = super::page();
        if env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is out of date: run with UPDATE_REFERENCE=1", path.display());
    }
}
