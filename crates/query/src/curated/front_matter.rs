//! The beginning of a query file: SQL comments `-- key: value`, continued by `--   `, up to the first line that is no
//! comment. What the keys mean is told in `queries/README.md`.
//!
//! Files are part of the program, so nothing is an error here; tests hold that every file is as the README says.

use super::{Parameter, ParameterKind, Query, Technique};

/// A file divided into the lines of each key, and its SQL.
pub struct Divided<'a> {
    pub fields: Vec<(&'a str, Vec<&'a str>)>,
    pub sql: &'a str,
}

pub fn divide(text: &str) -> Divided<'_> {
    let mut divided = Divided { fields: Vec::new(), sql: text };
    for line in text.lines() {
        let Some(comment) = line.strip_prefix("-- ") else { break };
        divided.sql = divided.sql.get(line.len() + 1..).unwrap_or("");
        match comment.strip_prefix("  ") {
            Some(more) => {
                if let Some((_, lines)) = divided.fields.last_mut() {
                    lines.push(more);
                }
            }
            None => {
                if let Some((key, value)) = comment.split_once(':') {
                    divided.fields.push((key.trim(), vec![value.trim()]));
                }
            }
        }
    }
    divided.sql = divided.sql.trim();
    divided
}

/// Reads a file of `queries/`.
pub fn read(table: &'static str, name: &'static str, text: &str) -> Query {
    let divided = divide(text);
    let mut query = Query { name, table, sql: divided.sql.to_owned(), ..Query::default() };
    for (key, lines) in divided.fields {
        let text = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned();
        match key {
            "title" => query.title = text,
            "answers" => query.answers = text,
            "reading" => query.reading = text,
            "source" => query.source = text,
            "mitre" => query.technique = technique(&text),
            "param" => query.parameters.extend(parameter(&text)),
            "insights" => query.insights = Some(lines.join("\n").trim().to_owned()),
            _ => {}
        }
    }
    query
}

/// `T1098.006 Account Manipulation: Additional Container Cluster Roles`.
fn technique(text: &str) -> Option<Technique> {
    let (id, name) = text.split_once(' ')?;
    Some(Technique { id: id.to_owned(), name: name.to_owned() })
}

/// `name type = default; about`.
fn parameter(text: &str) -> Option<Parameter> {
    let (declared, about) = text.split_once(';')?;
    let (head, default) = declared.split_once('=')?;
    let (name, kind) = head.trim().split_once(' ')?;
    let (_, kind) = ParameterKind::NAMED.into_iter().find(|(named, _)| *named == kind.trim())?;
    let owned = |text: &str| text.trim().to_owned();
    Some(Parameter { name: owned(name), kind, default: owned(default), about: owned(about) })
}
