//! The shell at a terminal: prompts, keys, history.
//!
//! Responsible for reading lines with the line editor. Not responsible for what a line means (`Session`) or for what
//! the Tab key offers (`completion`).
//!
//! Ctrl-C forgets the statement being typed, Ctrl-D leaves. A line that starts with a blank is not remembered.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use rustyline::completion::Completer;
use rustyline::config::{CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Context, Editor, Helper, Highlighter, Hinter, Validator};

use super::completion::Catalog;
use super::{Flow, Session};

const PROMPT: &str = "eksamine> ";
const CONTINUATION: &str = "     ...> ";
/// The history keeps this many statements.
const HISTORY_ENTRIES: usize = 10_000;

/// Reads and runs until the user leaves.
pub fn run(mut session: Session<'_>, history: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::builder()
        .max_history_size(HISTORY_ENTRIES)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor: Editor<ShellHelper, DefaultHistory> =
        Editor::with_config(config).context("could not set up the terminal")?;
    editor.set_helper(Some(ShellHelper::default()));
    let history = history.and_then(|path| match prepare_history(path) {
        Ok(()) => Some(path),
        Err(error) => {
            // Without a history the shell is still a shell.
            let _ = writeln!(session.notes, "note: no history in `{}`: {error}", path.display());
            None
        }
    });
    if let Some(path) = history {
        // A history that cannot be read is replaced by the next statement.
        let _ = editor.load_history(path);
    }
    writeln!(session.notes, "Statements end with `;`. `.help` lists the commands, Ctrl-D leaves.")?;

    let mut entry = String::new();
    loop {
        if let Some(helper) = editor.helper_mut() {
            helper.catalog = Catalog::new(session.backend.tables());
            session.statements.pending().clone_into(&mut helper.pending);
        }
        let is_new = session.statements.is_empty();
        let line = match editor.readline(if is_new { PROMPT } else { CONTINUATION }) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                session.statements.clear();
                entry.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error).context("could not read from the terminal"),
        };
        entry.push_str(&line);
        let result = session.line(&line);
        if session.statements.is_empty() {
            remember(&mut editor, history, entry.trim_end());
            entry.clear();
        } else {
            entry.push('\n');
        }
        match result {
            Ok(Flow::Continue) => {}
            Ok(Flow::Leave) => return Ok(()),
            Err(error) => {
                let text = session.backend.explain_error(&error);
                writeln!(session.notes, "{}", text.trim_end())?;
            }
        }
    }
}

/// Makes the history file and its folder for the user alone: statements hold names and addresses of a case.
fn prepare_history(path: &Path) -> io::Result<()> {
    let mut file_options = fs::OpenOptions::new();
    file_options.append(true).create(true);
    let mut folder_builder = fs::DirBuilder::new();
    folder_builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        file_options.mode(0o600);
        folder_builder.mode(0o700);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        folder_builder.create(folder)?;
    }
    let file = file_options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    drop(file);
    Ok(())
}

fn remember(editor: &mut Editor<ShellHelper, DefaultHistory>, history: Option<&Path>, entry: &str) {
    let is_added = !entry.is_empty() && editor.add_history_entry(entry).unwrap_or(false);
    if let Some(path) = history.filter(|_| is_added) {
        // A full disk must not stop an investigation; the entry stays in memory.
        let _ = editor.append_history(path);
    }
}

/// Completion for the line editor: what it knows beside the line being typed.
#[derive(Default, Helper, Highlighter, Hinter, Validator)]
struct ShellHelper {
    catalog: Catalog,
    /// The lines of the statement before this one.
    pending: String,
}

impl Completer for ShellHelper {
    type Candidate = String;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = format!("{}{}", self.pending, &line[..position]);
        let completion = self.catalog.complete(&before, &line[position..]);
        Ok((completion.start.saturating_sub(self.pending.len()), completion.candidates))
    }
}

#[cfg(test)]
mod tests {
    use rustyline::history::History as _;

    use super::*;

    #[test]
    fn the_history_is_private_and_outlives_the_shell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("history");
        prepare_history(&path).unwrap();
        let open = || {
            let mut editor: Editor<ShellHelper, DefaultHistory> = Editor::new().unwrap();
            editor.load_history(&path).unwrap();
            editor
        };
        let mut editor = open();
        remember(&mut editor, Some(&path), "select 1,\n  'a\\b';");
        remember(&mut editor, Some(&path), "");
        remember(&mut editor, Some(&path), "select 2;");
        drop(editor);

        prepare_history(&path).unwrap();
        let editor = open();
        let entries: Vec<&String> = editor.history().iter().collect();
        assert_eq!(entries, ["select 1,\n  'a\\b';", "select 2;"]);
        assert_eq!(editor.history().len(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn completion_knows_the_lines_before() {
        let helper = ShellHelper {
            catalog: Catalog::new(vec![("cloudtrail".to_owned(), vec!["event_name".to_owned()])]),
            pending: "select event_name\nfrom\n".to_owned(),
        };
        let history = DefaultHistory::new();
        let (start, candidates) = helper.complete("  clo", 5, &Context::new(&history)).unwrap();
        assert_eq!((start, candidates), (2, vec!["cloudtrail".to_owned()]));
    }
}
