//! The shell on a backend that writes down what it is asked.

use super::*;

/// Remembers statements; fails on those with `bad` in them.
#[derive(Default)]
struct Recorder {
    ran: Vec<(String, Format)>,
}

impl Backend for Recorder {
    fn tables(&self) -> Vec<(String, Vec<String>)> {
        vec![("cloudtrail".to_owned(), vec!["event_time".to_owned()]), ("k8s_audit".to_owned(), Vec::new())]
    }

    fn run(&mut self, sql: &str, format: Format) -> anyhow::Result<()> {
        self.ran.push((sql.to_owned(), format));
        anyhow::ensure!(!sql.contains("bad"), "no such thing as `{sql}`");
        Ok(())
    }

    fn schema(&self, table: Option<&str>) -> anyhow::Result<String> {
        match table {
            Some("nobody") => anyhow::bail!("no table `nobody`"),
            Some(table) => Ok(format!("the columns of {table}\n")),
            None => Ok("all columns\n".to_owned()),
        }
    }

    fn explain_error(&self, error: &anyhow::Error) -> String {
        format!("error: {error}")
    }
}

struct Ran {
    statements: Vec<(String, Format)>,
    output: String,
    notes: String,
    result: anyhow::Result<()>,
}

fn run_script(text: &str) -> Ran {
    let mut backend = Recorder::default();
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    let result = script(Session::new(&mut backend, Format::Table, &mut output, &mut notes), text.as_bytes());
    Ran {
        statements: backend.ran,
        output: String::from_utf8(output).unwrap(),
        notes: String::from_utf8(notes).unwrap(),
        result,
    }
}

fn sql(ran: &Ran) -> Vec<&str> {
    ran.statements.iter().map(|(sql, _)| sql.as_str()).collect()
}

#[test]
fn a_script_runs_its_statements_in_order() {
    let ran = run_script("select 1; select\r\n  2;\n-- done\nselect ';'\n");
    ran.result.as_ref().unwrap();
    assert_eq!(sql(&ran), ["select 1", "select\n  2", "select ';'"]);
    assert_eq!((ran.output.as_str(), ran.notes.as_str()), ("", ""));
}

#[test]
fn a_script_stops_at_the_first_error() {
    let ran = run_script("select 1; bad; select 2;\nselect 3;");
    assert_eq!(sql(&ran), ["select 1", "bad"]);
    assert_eq!(ran.result.unwrap_err().to_string(), "no such thing as `bad`");
    assert!(run_script("select 1").result.is_ok());
    assert!(run_script("bad").result.is_err());
    assert!(run_script(".tabels").result.is_err());
}

#[test]
fn an_empty_script_runs_nothing() {
    for text in ["", "\n\n", ";", "-- only a comment", "/* and\nanother */"] {
        let ran = run_script(text);
        assert!(ran.result.is_ok() && ran.statements.is_empty(), "{text}");
    }
}

#[test]
fn bytes_that_are_not_text_are_an_error() {
    let mut backend = Recorder::default();
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    let session = Session::new(&mut backend, Format::Table, &mut output, &mut notes);
    let error = script(session, &b"select '\xff';"[..]).unwrap_err();
    assert_eq!(error.to_string(), "could not read standard input");
}

#[test]
fn dot_commands_print_what_they_are_asked() {
    let ran = run_script(".tables\n.schema cloudtrail\n.schema\n");
    ran.result.unwrap();
    assert_eq!(ran.output, "cloudtrail\nk8s_audit\nthe columns of cloudtrail\nall columns\n");
    let help = run_script(".help").output;
    assert!(DOT_COMMANDS.iter().all(|entry| help.contains(entry.name) && help.contains(entry.about)), "{help}");
    assert_eq!(run_script(".schema nobody").result.unwrap_err().to_string(), "no table `nobody`");
}

#[test]
fn the_format_holds_for_the_statements_after_it() {
    let ran = run_script("select 1;\n.format ndjson\nselect 2;\n.format\n");
    ran.result.unwrap();
    let expected = [("select 1".to_owned(), Format::Table), ("select 2".to_owned(), Format::Ndjson)];
    assert_eq!(ran.statements, expected);
    assert!(ran.output.contains("* ndjson") && ran.output.contains("  table"), "{}", ran.output);
}

#[test]
fn the_timer_speaks_on_the_side() {
    let ran = run_script(".timer on\nselect 1;\n.timer off\nselect 2;\n");
    ran.result.unwrap();
    assert_eq!(ran.output, "");
    assert_eq!(ran.notes.matches("run time: ").count(), 1);
}

#[test]
fn quit_leaves_the_rest_unread() {
    for leave in [".quit", "exit", "quit;"] {
        let ran = run_script(&format!("select 1;\n{leave}\nselect 2;\n"));
        assert!(ran.result.is_ok());
        assert_eq!(sql(&ran), ["select 1"]);
    }
}

#[test]
fn a_dot_within_a_statement_is_sql() {
    let ran = run_script("select\n.5\n;select '\n.quit\n';");
    ran.result.as_ref().unwrap();
    assert_eq!(sql(&ran), ["select\n.5", "select '\n.quit\n'"]);
}

#[test]
fn after_an_error_the_session_starts_anew() {
    let mut backend = Recorder::default();
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    let mut session = Session::new(&mut backend, Format::Table, &mut output, &mut notes);
    assert!(session.line("bad; select 'half").is_err());
    assert!(session.statements.is_empty());
    assert_eq!(session.line("select 1;").unwrap(), Flow::Continue);
    assert_eq!(session.line("select").unwrap(), Flow::Continue);
    assert!(!session.statements.is_empty());
    assert_eq!(session.line("2;").unwrap(), Flow::Continue);
    assert_eq!(backend.ran.len(), 3);
}
