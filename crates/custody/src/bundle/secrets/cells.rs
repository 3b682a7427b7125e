//! Takes the secrets of a record out of the columns that were read from it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use eksamine_sources::Column;

use super::json::{self, Path, Token};
use super::{LEAST_COPIED_BYTES, Secret, looks_like_json, redact_text};

/// Takes known secrets out of cells, however many they are: a cell is walked once.
pub struct Redactor<'s> {
    secrets: &'s [Secret],
    /// Secrets by the place in the record where they were found.
    by_place: HashMap<&'s str, Vec<&'s Secret>>,
    has_short: bool,
    /// Finds those that are long enough to be told apart, the longest of those that begin at one place.
    long: Option<AhoCorasick>,
    /// For each text that is looked for, the position of its secret.
    of_pattern: Vec<usize>,
}

/// A cell of a row without the secrets that were found in its record.
pub fn redact_row<'a>(column: &Column, cell: &'a str, secrets: &[Secret]) -> Cow<'a, str> {
    Redactor::new(secrets).cell(column, cell)
}

impl<'s> Redactor<'s> {
    pub fn new(secrets: &'s [Secret]) -> Self {
        let (mut by_place, mut patterns, mut of_pattern) = (HashMap::new(), Vec::new(), Vec::new());
        for (position, secret) in secrets.iter().enumerate() {
            by_place.entry(secret.pointer.as_str()).or_insert_with(Vec::new).push(secret);
            if secret.is_long() {
                patterns.push(secret.value.as_str());
                of_pattern.push(position);
                if secret.escaped != secret.value {
                    patterns.push(secret.escaped.as_str());
                    of_pattern.push(position);
                }
            }
        }
        let long = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok();
        Self {
            secrets,
            by_place,
            has_short: secrets.iter().any(|secret| !secret.is_long()),
            long: long.filter(|_| !patterns.is_empty()),
            of_pattern,
        }
    }

    /// A cell without these secrets, and without what looks like one by itself. The columns that say where a record came
    /// from are never touched.
    pub fn cell<'a>(&self, column: &Column, cell: &'a str) -> Cow<'a, str> {
        let is_place = column.name.starts_with("source_") && column.path.is_empty();
        if self.secrets.is_empty() || is_place {
            return Cow::Borrowed(cell);
        }
        let own = (!column.path.is_empty()).then(|| pointer(column.path));
        let whole = own.as_deref().and_then(|own| self.at(own, |secret| secret.value == cell));
        let known = if let Some(secret) = whole {
            Some(secret.mark())
        } else if looks_like_json(cell) {
            self.in_json(cell, own.as_deref())
        } else {
            self.in_text(cell)
        };
        let Some(known) = known else { return redact_text(cell) };
        Cow::Owned(redact_text(&known).into_owned())
    }

    /// The secret that was found at a place and is this one.
    fn at(&self, place: &str, is_it: impl Fn(&Secret) -> bool) -> Option<&'s Secret> {
        self.by_place.get(place)?.iter().copied().find(|secret| is_it(secret))
    }

    /// The long secrets in a text, and where.
    fn long_in(&self, text: &str) -> impl Iterator<Item = (&'s Secret, Range<usize>)> {
        let found = self.long.as_ref().map(|long| long.find_iter(text).collect::<Vec<_>>()).unwrap_or_default();
        found.into_iter().filter_map(|found| {
            let position = *self.of_pattern.get(found.pattern().as_usize())?;
            Some((self.secrets.get(position)?, found.range()))
        })
    }

    fn in_text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut from = 0;
        for (secret, range) in self.long_in(text) {
            out.push_str(text.get(from..range.start).unwrap_or_default());
            out.push_str(&secret.mark());
            from = range.end;
        }
        if from == 0 {
            return None;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        Some(out)
    }

    /// A column that holds a piece of the record's JSON, which begins at `own`.
    fn in_json(&self, text: &str, own: Option<&str>) -> Option<String> {
        let mut out = String::new();
        let mut from = 0;
        json::scan(text, &mut |path, token, span| {
            let inside = text.get(span.clone()).unwrap_or_default();
            let Some(redacted) = self.value(path, token, inside, own) else { return };
            out.push_str(text.get(from..span.start).unwrap_or_default());
            let quote = if token == Token::Bare { "\"" } else { "" };
            out.push_str(&format!("{quote}{redacted}{quote}"));
            from = span.end;
        });
        if from == 0 {
            return None;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        Some(out)
    }

    /// A key or value within a column without secrets, if it has any.
    fn value(&self, path: &Path<'_, '_>, token: Token, inside: &str, own: Option<&str>) -> Option<String> {
        if let (true, Some(own)) = (self.has_short && token != Token::Key, own) {
            let place = format!("{own}{}", path.pointer());
            // A short piece of a longer text is found again by its shape.
            if let Some(secret) = self.at(&place, |secret| !secret.is_long() && secret.escaped == inside) {
                return Some(secret.mark());
            }
        }
        let has_escapes = inside.contains('\\');
        if !has_escapes && token != Token::Bare {
            return self.in_text(inside);
        }
        let whole = self.long_in(inside).find(|(_, range)| range.len() == inside.len());
        let decoded = json::decoded(token, inside);
        let (secret, _) = whole.or_else(|| self.long_in(&decoded).next())?;
        Some(secret.mark())
    }
}

impl Secret {
    /// Whether it can be told apart from a word that stands in the same record by chance.
    fn is_long(&self) -> bool {
        self.value.len() >= LEAST_COPIED_BYTES
    }
}

/// The way to a column's value, as a JSON pointer.
fn pointer(path: &[&str]) -> String {
    let mut pointer = String::new();
    for step in path {
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}
