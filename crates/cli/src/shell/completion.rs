//! What the Tab key offers.
//!
//! Responsible for choosing candidates from the text around the cursor: pure, on a `Catalog` of names. Not responsible
//! for the keyboard (`interactive`).
//!
//! After `from` or `join` there are tables; after `name.` the columns of that table or alias; elsewhere columns (of the
//! tables that the statement names, if it names any), tables, functions and words of SQL. Within a quoted text or a
//! comment there is nothing.

use std::collections::BTreeSet;

use super::dot::DOT_COMMANDS;
use super::keywords::{FUNCTIONS, KEYWORDS};
use super::statements::{State, Statements};
use crate::output::FORMATS;

/// Words after which a table stands.
const BEFORE_TABLES: &[&str] = &["from", "join", "table", "describe", "into"];

/// The names that a statement can use.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    tables: Vec<(String, Vec<String>)>,
}

/// Candidates for the word that ends at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    /// Where the word starts in the text before the cursor, in bytes.
    pub start: usize,
    /// In order, each once.
    pub candidates: Vec<String>,
}

impl Catalog {
    /// A catalog of tables with their columns.
    pub fn new(tables: Vec<(String, Vec<String>)>) -> Self {
        Self { tables }
    }

    /// Completes the word before the cursor. `before` starts with the statement, `after` is the rest of it.
    pub fn complete(&self, before: &str, after: &str) -> Completion {
        if before.trim_start().starts_with('.') {
            return self.complete_dot_command(before);
        }
        let start = word_start(before);
        let prefix = &before[start..];
        let candidates = match Statements::state_after(before) {
            State::Code => self.in_code(&before[..start], prefix, after),
            _ => BTreeSet::new(),
        };
        Completion { start, candidates: candidates.into_iter().collect() }
    }

    fn in_code(&self, context: &str, prefix: &str, after: &str) -> BTreeSet<String> {
        let mentioned = Mentions::of(context, after, self);
        if let Some(owner) = context.strip_suffix('.') {
            let name = &owner[word_start(owner)..];
            return mentioned.table(name).map(|table| matching(self.columns(table), prefix)).unwrap_or_default();
        }
        let tables = self.tables.iter().map(|(table, _)| table.as_str());
        let previous = context.trim_end();
        let previous_word = &previous[word_start(previous)..];
        if BEFORE_TABLES.iter().any(|word| word.eq_ignore_ascii_case(previous_word)) {
            return matching(tables, prefix);
        }
        let columns: Vec<&str> = if mentioned.tables.is_empty() {
            self.tables.iter().flat_map(|(table, _)| self.columns(table)).collect()
        } else {
            mentioned.tables.iter().flat_map(|table| self.columns(table)).collect()
        };
        if prefix.is_empty() {
            return if mentioned.tables.is_empty() { BTreeSet::new() } else { matching(columns.into_iter(), prefix) };
        }
        let mut candidates = matching(columns.into_iter().chain(tables), prefix);
        let words = matching(KEYWORDS.iter().chain(FUNCTIONS).copied(), prefix);
        let in_capitals = prefix.chars().any(char::is_uppercase) && !prefix.chars().any(char::is_lowercase);
        candidates.extend(words.into_iter().map(|word| if in_capitals { word.to_uppercase() } else { word }));
        candidates
    }

    fn complete_dot_command(&self, before: &str) -> Completion {
        let start = before.rfind(char::is_whitespace).map_or(0, |position| position + 1);
        let prefix = &before[start..];
        let given: Vec<&str> = before[..start].split_whitespace().collect();
        let candidates = match given.as_slice() {
            [] => dot_command_names(prefix),
            [".schema"] => matching(self.tables.iter().map(|(table, _)| table.as_str()), prefix),
            [".format"] => matching(FORMATS.iter().map(|entry| entry.name), prefix),
            [".timer"] => matching(["off", "on"].into_iter(), prefix),
            _ => BTreeSet::new(),
        };
        Completion { start, candidates: candidates.into_iter().collect() }
    }

    fn columns(&self, table: &str) -> impl Iterator<Item = &str> {
        let columns = self.tables.iter().find(|(name, _)| name == table).map(|(_, columns)| columns.as_slice());
        columns.unwrap_or_default().iter().map(String::as_str)
    }
}

/// The tables of the catalog that a statement names, and its aliases for them.
struct Mentions<'a> {
    tables: Vec<&'a str>,
    aliases: Vec<(&'a str, &'a str)>,
}

impl<'a> Mentions<'a> {
    fn of(before: &'a str, after: &'a str, catalog: &'a Catalog) -> Self {
        let words: Vec<&str> = [before, after]
            .into_iter()
            .flat_map(|text| text.split(|character: char| !is_word_part(character)))
            .filter(|word| !word.is_empty())
            .collect();
        let mut mentions = Self { tables: Vec::new(), aliases: Vec::new() };
        for (index, word) in words.iter().enumerate() {
            let Some((table, _)) = catalog.tables.iter().find(|(table, _)| table.eq_ignore_ascii_case(word)) else {
                continue;
            };
            mentions.tables.push(table);
            let mut following = words[index + 1..].iter().filter(|word| !word.eq_ignore_ascii_case("as"));
            if let Some(alias) = following.next() {
                mentions.aliases.push((alias, table));
            }
        }
        mentions
    }

    /// The table that a name before a dot means. Aliases win, as they do in SQL.
    fn table(&self, name: &str) -> Option<&'a str> {
        let alias = self.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, table)| *table);
        alias.or_else(|| self.tables.iter().find(|table| table.eq_ignore_ascii_case(name)).copied())
    }
}

/// The dot-commands that start so; a blank follows the only one if it takes an argument.
fn dot_command_names(prefix: &str) -> BTreeSet<String> {
    let names = matching(DOT_COMMANDS.iter().map(|entry| entry.name), prefix);
    let only = DOT_COMMANDS.iter().find(|entry| names.len() == 1 && names.contains(entry.name));
    match only {
        Some(entry) if !entry.arguments.is_empty() => BTreeSet::from([format!("{} ", entry.name)]),
        _ => names,
    }
}

fn matching<'a>(names: impl Iterator<Item = &'a str>, prefix: &str) -> BTreeSet<String> {
    names
        .filter(|name| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
        .map(as_identifier)
        .collect()
}

/// A name as SQL must have it: in quotes if it is not in plain lower case.
fn as_identifier(name: &str) -> String {
    let is_plain = name.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '_' | ' ' | '.')
    });
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn word_start(text: &str) -> usize {
    text.char_indices()
        .rev()
        .take_while(|(_, character)| is_word_part(*character))
        .last()
        .map_or(text.len(), |(at, _)| at)
}

fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Catalog::new(vec![
            ("cloudtrail".to_owned(), columns(&["event_time", "event_name", "user_arn"])),
            ("k8s_audit".to_owned(), columns(&["event_time", "verb", "userAgent"])),
        ])
    }

    /// Completes at the `|` of a text.
    fn complete(text: &str) -> Vec<String> {
        let (before, after) = text.split_once('|').unwrap();
        catalog().complete(before, after).candidates
    }

    #[test]
    fn tables_follow_from_and_join() {
        assert_eq!(complete("select * from |"), ["cloudtrail", "k8s_audit"]);
        assert_eq!(complete("select * FROM clo|"), ["cloudtrail"]);
        assert_eq!(complete("select * from cloudtrail c join\n k8|"), ["k8s_audit"]);
        assert_eq!(complete("describe k|"), ["k8s_audit"]);
    }

    #[test]
    fn columns_follow_a_table_or_its_alias() {
        assert_eq!(complete("select cloudtrail.ev| from cloudtrail"), ["event_name", "event_time"]);
        assert_eq!(complete("select * from k8s_audit as a where a.|"), ["\"userAgent\"", "event_time", "verb"]);
        assert_eq!(complete("select c.u| from k8s_audit a, cloudtrail c"), ["user_arn"]);
        assert!(complete("select nobody.|").is_empty());
    }

    #[test]
    fn columns_of_the_named_tables_stand_anywhere() {
        assert_eq!(complete("select event_n| from cloudtrail"), ["event_name"]);
        assert!(complete("select ver| from cloudtrail").is_empty());
        assert_eq!(complete("select ver|"), ["verb"]);
        assert_eq!(complete("select | from cloudtrail"), ["event_name", "event_time", "user_arn"]);
        assert!(complete("|").is_empty());
    }

    #[test]
    fn keywords_take_the_case_of_the_word() {
        assert_eq!(complete("sel|"), ["select"]);
        assert_eq!(complete("SEL|"), ["SELECT"]);
        assert_eq!(complete("select date_t|"), ["date_trunc"]);
        assert_eq!(complete("select 1 group|"), ["group by"]);
    }

    #[test]
    fn quotes_and_comments_offer_nothing() {
        assert!(complete("select 'sel|").is_empty());
        assert!(complete("-- sel|").is_empty());
        assert!(complete("/* from cl|").is_empty());
        assert_eq!(complete("select 'it''s' from cl|"), ["cloudtrail"]);
    }

    #[test]
    fn dot_commands_and_their_arguments_are_completed() {
        assert_eq!(complete(".t|"), [".tables", ".timer"]);
        assert_eq!(complete(".fo|"), [".format "]);
        assert_eq!(complete(".q|"), [".quit"]);
        assert_eq!(complete(".schema k|"), ["k8s_audit"]);
        assert_eq!(complete(".format p|"), ["parquet"]);
        assert_eq!(complete(".timer o|"), ["off", "on"]);
        assert!(complete(".quit x|").is_empty());
    }

    #[test]
    fn the_start_of_the_word_is_right_behind_other_letters() {
        let completion = catalog().complete("select 'é' from cloud", "");
        assert_eq!(
            completion,
            Completion { start: "select 'é' from ".len(), candidates: vec!["cloudtrail".to_owned()] }
        );
        assert!(catalog().complete("select é", "").candidates.is_empty());
    }
}
