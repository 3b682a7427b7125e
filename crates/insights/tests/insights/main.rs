//! Queries and what they are translated to. That the SQL gives the right rows is tested where it can run, in
//! `eksamine-query`; here it is read, and parsed.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "how long translation takes is measured here")]

mod commands;
mod errors;
mod functions;
mod hostile;
mod seeds;
mod semantics;
mod sources;
mod tables;

use eksamine_insights::{Settings, Translation, translate};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// 2024-05-14T12:00:00Z.
const NOW: i64 = 1_715_688_000_000_000;

fn settings() -> Settings {
    Settings { now: NOW, ..Settings::default() }
}

/// Translates, and checks that what comes of it is one statement of SQL.
fn translated_with(query: &str, settings: &Settings) -> Translation {
    let translation = translate(query, tables::all(), settings).unwrap_or_else(|error| panic!("{query}\n{error:?}"));
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &translation.sql);
    let statements = parsed.unwrap_or_else(|error| panic!("{query}\n{}\n{error}", translation.sql));
    assert_eq!(statements.len(), 1, "{query}");
    translation
}

fn translated(query: &str) -> Translation {
    translated_with(query, &settings())
}

/// The SQL of a query about audit events.
fn sql(query: &str) -> String {
    let settings = Settings { log_group: Some("k8s_audit".to_owned()), ..settings() };
    translated_with(query, &settings).sql
}

/// The query, its SQL and its notes, to be read.
fn page(query: &str, translation: &Translation) -> String {
    let notes: Vec<String> = translation.notes.iter().map(|note| format!("note: {note}\n")).collect();
    format!("{query}\n\n{}\n\n{}", translation.sql, notes.concat())
}
