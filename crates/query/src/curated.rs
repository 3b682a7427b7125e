//! The curated queries: the files of `queries/`, with their front matter read into a registry, to be run, searched,
//! listed and explained.
//!
//! A new query is a file `queries/TABLE/NAME.sql`; the build script finds it. How a file is read is in `front_matter`,
//! how one is found by words in `search`, the list as rows in `listing`, the pages made of it in `pages`, what to say of an
//! answer without rows in `unmatched`.

mod front_matter;
mod listing;
pub mod pages;
mod search;
#[cfg(test)]
mod tests;
mod unmatched;

use datafusion::scalar::ScalarValue;

use crate::error::{Error, nearest};
use crate::session::{Answer, Session};

pub use listing::{COLUMNS, listing};
pub use search::search;
pub use unmatched::unmatched;

include!(concat!(env!("OUT_DIR"), "/curated_files.rs"));

/// How many names a hint offers.
const MOST_SUGGESTIONS: usize = 5;

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
    pub technique: Option<Technique>,
    pub parameters: Vec<Parameter>,
    /// The Logs Insights query it stands for, where it has one.
    pub insights: Option<String>,
    pub sql: String,
}

/// A technique of MITRE ATT&CK: <https://attack.mitre.org/techniques/>.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Technique {
    /// `T1098`, or of a sub-technique `T1098.006`.
    pub id: String,
    /// `Account Manipulation: Additional Container Cluster Roles`.
    pub name: String,
}

impl Technique {
    /// The page that describes it.
    pub fn link(&self) -> String {
        format!("https://attack.mitre.org/techniques/{}/", self.id.replace('.', "/"))
    }

    /// Whether it is the technique of this id or one of its sub-techniques; case does not matter.
    pub fn belongs_to(&self, id: &str) -> bool {
        let (own, id) = (self.id.to_lowercase(), id.to_lowercase());
        own == id || own.split_once('.').is_some_and(|(parent, _)| parent == id)
    }
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

impl ParameterKind {
    /// Every kind, by the name it has in front matter.
    pub const NAMED: [(&'static str, Self); 3] =
        [("text", Self::Text), ("int", Self::Int), ("timestamp", Self::Timestamp)];

    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// Every curated query, by table and name.
pub fn queries() -> Vec<Query> {
    FILES.iter().map(|(table, name, text)| front_matter::read(table, name, text)).collect()
}

/// Which queries of the list are wanted; what is none leaves nothing out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Words that must all be found, see [`search`].
    pub words: Option<&'a str>,
    pub table: Option<&'a str>,
    /// Only queries that have a technique.
    pub with_technique: bool,
    /// Only this technique and its sub-techniques.
    pub technique: Option<&'a str>,
}

/// The queries chosen, the best first if by words. That there is none at all is an error: something was misspelled.
pub fn choose(choice: Choice<'_>) -> Result<Vec<Query>, Error> {
    let none = |what: String, hint: &str| Error::NoQueryFound { what, hint: Some(hint.to_owned()) };
    let among = |narrowed: bool| if narrowed { "among these " } else { "" };
    let mut chosen = match choice.words {
        Some(words) => search(words),
        None => queries(),
    };
    if let Some(words) = choice.words.filter(|_| chosen.is_empty()) {
        return Err(none(format!("speaks of `{words}`"), "all words must be found; try fewer, or `eksamine query`"));
    }
    if let Some(table) = choice.table {
        // An unknown table is told with the one that was meant.
        crate::describe::table(table)?;
        chosen.retain(|query| query.table == table);
        if chosen.is_empty() {
            return Err(none(
                format!("{}is about the table `{table}`", among(choice.words.is_some())),
                "`eksamine query` lists all by table",
            ));
        }
    }
    chosen.retain(|query| !choice.with_technique || query.technique.is_some());
    if let Some(id) = choice.technique {
        chosen.retain(|query| query.technique.as_ref().is_some_and(|technique| technique.belongs_to(id)));
        if chosen.is_empty() {
            return Err(none(
                format!("{}has the technique `{id}`", among(choice.words.or(choice.table).is_some())),
                "`eksamine query --mitre` lists all by technique",
            ));
        }
    }
    Ok(chosen)
}

/// The query of this name. An error suggests those that were probably meant, by spelling and by words.
pub fn find(name: &str) -> Result<Query, Error> {
    let all = queries();
    if let Some(query) = all.iter().find(|query| query.name == name) {
        return Ok(query.clone());
    }
    let near = nearest(name, all.iter().map(|query| query.name));
    let named = search::named(&all, name).into_iter().filter(|found| Some(*found) != near);
    let suggested: Vec<String> =
        near.into_iter().chain(named).take(MOST_SUGGESTIONS).map(|name| format!("`{name}`")).collect();
    let hint = match suggested.split_last() {
        None => "`eksamine query` lists them, `eksamine query --search WORDS` finds them".to_owned(),
        Some((only, [])) => format!("did you mean {only}?"),
        Some((last, others)) => format!("did you mean {} or {last}?", others.join(", ")),
    };
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
