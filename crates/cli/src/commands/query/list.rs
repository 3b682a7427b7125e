//! The list of curated queries for people: names with titles, under headings or by rank.

use std::fmt::Write as _;

use eksamine_query::curated::Query;

use crate::prose::fitted;

/// How a list is divided.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Under the names of their tables.
    ByTable,
    /// Under their ATT&CK techniques.
    ByTechnique,
    /// Not at all: in the order given, with the table of each.
    BestFirst,
}

pub fn text(queries: &[Query], grouping: Grouping) -> String {
    let mut queries: Vec<&Query> = queries.iter().collect();
    if grouping == Grouping::ByTechnique {
        queries.sort_by(|one, other| one.technique.cmp(&other.technique));
    }
    let width = queries.iter().map(|query| query.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut heading = String::new();
    for query in &queries {
        let own = match grouping {
            Grouping::ByTable => format!("{}:", query.table),
            Grouping::ByTechnique => technique(query),
            Grouping::BestFirst => String::new(),
        };
        if own != heading {
            let _ = writeln!(text, "{}{}", if text.is_empty() { "" } else { "\n" }, fitted(&own, 2));
            heading = own;
        }
        let mut line = format!("  {:width$}  {}", query.name, query.title);
        if grouping != Grouping::ByTable {
            let _ = write!(line, " ({})", query.table);
        }
        let _ = writeln!(text, "{}", fitted(&line, width + 4));
    }
    let ways = "`eksamine query NAME` runs one, `eksamine query NAME --explain` tells how to read it, `--search WORDS` and \
                `--mitre` find one";
    let count = if queries.len() == 1 { "1 query".to_owned() } else { format!("{} queries", queries.len()) };
    let _ = writeln!(text, "\n{}", fitted(&format!("{count}: {ways}"), 0));
    text
}

fn technique(query: &Query) -> String {
    query
        .technique
        .as_ref()
        .map_or_else(String::new, |technique| format!("{} {} <{}>:", technique.id, technique.name, technique.link()))
}
