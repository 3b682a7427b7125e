//! Errors of questions: what is wrong, where in the text, and what was probably meant.

use std::fmt::Write;

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

/// A place in the text of a query. Lines and columns are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// Characters to underline.
    pub length: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Lake(#[from] eksamine_lake::Error),
    /// The query is wrong.
    #[error("{message}")]
    Query { message: String, place: Option<Place>, hint: Option<String>, query: String },
    /// The query is right, but answering it failed.
    #[error("{message}")]
    Engine { message: String, hint: Option<String> },
    #[error("there is no curated query `{name}`")]
    NoSuchQuery { name: String, hint: Option<String> },
    #[error("parameter `{name}`: {message}")]
    Parameter { name: String, message: String, hint: Option<String> },
    #[error("there is no cluster `{name}` in this lake")]
    NoSuchCluster { name: String, hint: Option<String> },
    #[error("there is no table `{name}`")]
    NoSuchTable { name: String, hint: Option<String> },
}

impl Error {
    /// Translates an error of the engine. `tables` are the names that exist, with their columns.
    pub(crate) fn of(error: DataFusionError, query: &str, tables: &[(String, Vec<String>)]) -> Self {
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| {
            let (start, end) = (span.start, span.end);
            let length = if start.line == end.line { end.column.saturating_sub(start.column).max(1) } else { 1 };
            Place { line: start.line as usize, column: start.column as usize, length: length as usize }
        });
        let root = error.find_root();
        match root {
            DataFusionError::SchemaError(schema, _) => {
                let (message, hint) = schema_message(schema, tables);
                Self::Query { message, place, hint, query: query.to_owned() }
            }
            DataFusionError::SQL(parser, _) => {
                let text = parser.to_string();
                let (message, found) = split_place(text.trim_start_matches("sql parser error: "));
                Self::Query { message, place: place.or(found), hint: None, query: query.to_owned() }
            }
            DataFusionError::Plan(text) => {
                let (message, hint) = plan_message(text, tables);
                Self::Query { message, place, hint, query: query.to_owned() }
            }
            DataFusionError::NotImplemented(text) => {
                let message = format!("not supported: {text}");
                Self::Query { message, place, hint: None, query: query.to_owned() }
            }
            DataFusionError::ResourcesExhausted(text) => {
                let mut message = format!("the query needs more memory than it may use: {text}");
                message.truncate(message.find('\n').unwrap_or(message.len()));
                Self::Engine {
                    message,
                    hint: Some("narrow the query, or give it less to sort and group at a time".to_owned()),
                }
            }
            other => Self::engine(other.strip_backtrace()),
        }
    }

    /// A failure while rows are read.
    fn engine(message: String) -> Self {
        let vanished = message.contains("part-") && message.contains("not found");
        let hint = vanished.then(|| "an ingest changed the lake while the query ran; run the query again".to_owned());
        Self::Engine { message, hint }
    }

    /// An error that comes with the rows of an answer.
    pub fn of_rows(error: DataFusionError) -> Self {
        Self::of(error, "", &[])
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Query { hint, .. }
            | Self::NoSuchQuery { hint, .. }
            | Self::Parameter { hint, .. }
            | Self::NoSuchCluster { hint, .. }
            | Self::NoSuchTable { hint, .. } => hint.clone(),
            Self::Engine { hint, .. } => hint.clone(),
        }
    }

    /// The line of the query with the place underlined, if the place is known.
    pub fn excerpt(&self) -> Option<String> {
        let Self::Query { place: Some(place), query, .. } = self else { return None };
        let line = query.lines().nth(place.line.checked_sub(1)?)?;
        let before = place.column.saturating_sub(1).min(line.chars().count());
        let rest = line.chars().count() - before;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let mut text = String::new();
        let marks = "^".repeat(place.length.clamp(1, rest.max(1)));
        let _ = write!(text, "{margin} |\n{number} | {line}\n{margin} | {}{marks}", " ".repeat(before));
        Some(text)
    }
}

fn schema_message(error: &SchemaError, tables: &[(String, Vec<String>)]) -> (String, Option<String>) {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let mut valid: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            if valid.is_empty() {
                valid = tables.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str)).collect();
            }
            let near = nearest(&field.name, valid.iter().copied());
            let elsewhere = || {
                let holders = tables.iter().filter(|(_, columns)| columns.contains(&field.name));
                let holders: Vec<String> = holders.map(|(table, _)| format!("`{table}`")).collect();
                (!holders.is_empty()).then(|| format!("`{}` is a column of {}", field.name, holders.join(", ")))
            };
            let listed = || Some("`eksamine tables TABLE` lists the columns of a table".to_owned());
            let hint = near.map(|name| format!("did you mean `{name}`?")).or_else(elsewhere).or_else(listed);
            (format!("there is no column `{}`", field.name), hint)
        }
        SchemaError::AmbiguousReference { field } => {
            let hint = format!("write `TABLE.{}`", field.name);
            (format!("the column `{}` could be of several tables", field.name), Some(hint))
        }
        other => (other.to_string(), None),
    }
}

fn plan_message(text: &str, tables: &[(String, Vec<String>)]) -> (String, Option<String>) {
    let missing = text.strip_prefix("table '").and_then(|rest| rest.split_once("' not found"));
    if let Some((path, _)) = missing {
        let name = path.rsplit('.').next().unwrap_or(path);
        let near = nearest(name, tables.iter().map(|(table, _)| table.as_str()));
        let all = || {
            let names: Vec<String> = tables.iter().map(|(table, _)| format!("`{table}`")).collect();
            format!("the tables are {}", names.join(", "))
        };
        let hint = near.map_or_else(all, |name| format!("did you mean `{name}`?"));
        return (format!("there is no table `{name}`"), Some(hint));
    }
    for what in ["DDL", "DML", "Statement"] {
        if text.starts_with(&format!("{what} not supported")) {
            let hint = "a lake is changed by `eksamine ingest` only; save results with `--format parquet`";
            return ("only queries that read are allowed".to_owned(), Some(hint.to_owned()));
        }
    }
    match text.split_once("\nDid you mean ") {
        Some((message, near)) => {
            (message.trim_end_matches('.').to_owned(), Some(format!("did you mean {}", near.replace('\'', "`"))))
        }
        None => (text.to_owned(), None),
    }
}

/// `… at Line: 1, Column: 8` at the end of a parser's message.
fn split_place(text: &str) -> (String, Option<Place>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text.to_owned(), None) };
    let numbers = place.split_once(", Column: ");
    let place = numbers.and_then(|(line, column)| {
        let column: String = column.chars().take_while(char::is_ascii_digit).collect();
        Some(Place { line: line.parse().ok()?, column: column.parse().ok()?, length: 1 })
    });
    (message.to_owned(), place)
}

/// The name that differs least from what was written, if it is near at all.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let scored = names.map(|name| {
        let same = plain(name) == plain(&written);
        let score = if same { 1.0 } else { strsim::jaro_winkler(&written, &name.to_lowercase()) };
        (score, name)
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| *score >= 0.82).map(|(_, name)| name)
}
