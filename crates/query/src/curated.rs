//! The curated queries: the files of `queries/`, with their front matter read into a registry.
//!
//! A new query is a file `queries/TABLE/NAME.sql`; the build script finds it.

use datafusion::scalar::ScalarValue;

use crate::error::{Error, nearest};
use crate::session::{Answer, Session};

include!(concat!(env!("OUT_DIR"), "/curated_files.rs"));

/// A curated query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub name: &'static str,
    pub table: &'static str,
    pub title: String,
    /// The question it answers.
    pub answers: String,
    /// How to read the result.
    pub reading: String,
    /// Where the question comes from.
    pub source: String,
    /// MITRE ATT&CK technique, where it has one.
    pub mitre: Option<String>,
    pub parameters: Vec<Parameter>,
    /// The Logs Insights query it stands for, where it has one.
    pub insights: Option<String>,
    pub sql: String,
}

/// A parameter of a curated query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: ParameterKind,
    /// As it stands in the front matter: a number, or a quoted text.
    pub default: String,
    pub about: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Int,
    Timestamp,
}

/// Every curated query, by table and name.
pub fn queries() -> Vec<Query> {
    FILES.iter().map(|(table, name, text)| parse(table, name, text)).collect()
}

pub fn find(name: &str) -> Result<Query, Error> {
    let all = queries();
    if let Some(query) = all.iter().find(|query| query.name == name) {
        return Ok(query.clone());
    }
    let near = nearest(name, all.iter().map(|query| query.name));
    let hint = near.map_or_else(|| "`eksamine query` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(Error::NoSuchQuery { name: name.to_owned(), hint: Some(hint) })
}

/// Runs a curated query; `given` are the parameters as the user wrote them.
pub async fn run(session: &Session, query: &Query, given: &[(String, String)]) -> Result<Answer, Error> {
    session.sql(&query.sql, values(query, given)?).await
}

fn values(query: &Query, given: &[(String, String)]) -> Result<Vec<(String, ScalarValue)>, Error> {
    for (name, _) in given {
        if !query.parameters.iter().any(|parameter| parameter.name == *name) {
            let names: Vec<&str> = query.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let hint = if names.is_empty() {
                format!("`{}` takes no parameters", query.name)
            } else {
                format!("`{}` takes {}", query.name, names.join(", "))
            };
            return Err(Error::Parameter { name: name.clone(), message: "is not known".to_owned(), hint: Some(hint) });
        }
    }
    let value = |parameter: &Parameter| {
        let own = given.iter().rev().find(|(name, _)| *name == parameter.name).map(|(_, value)| value.as_str());
        let text = own.map_or_else(|| parameter.default.trim_matches('\'').replace("''", "'"), str::to_owned);
        let wrong = |message: String| Error::Parameter { name: parameter.name.clone(), message, hint: None };
        let value = match parameter.kind {
            ParameterKind::Text => ScalarValue::from(text),
            ParameterKind::Int => {
                ScalarValue::from(text.parse::<i64>().map_err(|_| wrong(format!("`{text}` is not a whole number")))?)
            }
            ParameterKind::Timestamp => {
                let micros = eksamine_sources::time::from_text(&text);
                let micros =
                    micros.ok_or_else(|| wrong(format!("`{text}` is not a time such as 2024-05-14T14:00:00Z")))?;
                ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()))
            }
        };
        Ok((parameter.name.clone(), value))
    };
    query.parameters.iter().map(value).collect()
}

/// Reads `-- key: value` lines, continued by `--   `, up to the first line that is no comment.
fn parse(table: &'static str, name: &'static str, text: &str) -> Query {
    let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut sql = text;
    for line in text.lines() {
        let Some(comment) = line.strip_prefix("-- ") else { break };
        sql = sql.get(line.len() + 1..).unwrap_or("");
        match comment.strip_prefix("  ") {
            Some(more) => {
                if let Some((_, lines)) = fields.last_mut() {
                    lines.push(more);
                }
            }
            None => {
                if let Some((key, value)) = comment.split_once(':') {
                    fields.push((key.trim(), vec![value.trim()]));
                }
            }
        }
    }
    let mut query = Query { name, table, sql: sql.trim().to_owned(), ..Query::default() };
    for (key, lines) in fields {
        let text = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned();
        match key {
            "title" => query.title = text,
            "answers" => query.answers = text,
            "reading" => query.reading = text,
            "source" => query.source = text,
            "mitre" => query.mitre = Some(text),
            "param" => query.parameters.extend(parameter(&text)),
            "insights" => query.insights = Some(lines.join("\n").trim().to_owned()),
            _ => {}
        }
    }
    query
}

/// `name type = default; about`.
fn parameter(text: &str) -> Option<Parameter> {
    let (declared, about) = text.split_once(';')?;
    let (head, default) = declared.split_once('=')?;
    let (name, kind) = head.trim().split_once(' ')?;
    let kind = match kind.trim() {
        "text" => ParameterKind::Text,
        "int" => ParameterKind::Int,
        "timestamp" => ParameterKind::Timestamp,
        _ => return None,
    };
    let owned = |text: &str| text.trim().to_owned();
    Some(Parameter { name: owned(name), kind, default: owned(default), about: owned(about) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_says_what_it_is() {
        let all = queries();
        assert!(all.len() >= 20);
        for query in &all {
            for text in [&query.title, &query.answers, &query.reading, &query.source] {
                assert!(!text.is_empty(), "{} lacks a part of its front matter", query.name);
            }
            assert!(query.sql.starts_with("SELECT") || query.sql.starts_with("WITH"), "{}: {}", query.name, query.sql);
            let declared = query.parameters.len();
            let file = FILES.iter().find(|(_, name, _)| *name == query.name).map(|(_, _, text)| *text).unwrap();
            assert_eq!(file.matches("-- param:").count(), declared, "{}: a parameter can't be read", query.name);
        }
        let mut names: Vec<&str> = all.iter().map(|query| query.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len(), "two queries share a name");
    }

    #[test]
    fn front_matter_is_read_line_by_line() {
        let text = "-- title: A\n--   title\n-- param: n int = 5; how many\n-- insights:\n--   fields @timestamp\n--   | limit 1\nSELECT 1\n";
        let query = parse("t", "n", text);
        assert_eq!(query.title, "A title");
        assert_eq!(query.insights.as_deref(), Some("fields @timestamp\n| limit 1"));
        assert_eq!(query.parameters[0].default, "5");
        assert_eq!(query.sql, "SELECT 1");
    }
}
