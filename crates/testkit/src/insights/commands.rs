//! Commands that take texts apart and make several rows of one.

use regex::Regex;

use super::evaluate::Run;
use super::expression::Row;
use super::json;
use super::model::{Command, Expression, Matches, Path};
use super::value::{Kind, Value};

impl<'e> Run<'e> {
    pub(super) fn special(&mut self, command: &Command) {
        match command {
            Command::ParseGlob { from, glob, names } => {
                let texts = self.texts(from.as_ref());
                for (row, text) in self.rows.iter_mut().zip(texts) {
                    let found = text.and_then(|text| glob_values(glob, &text));
                    for (position, name) in names.iter().enumerate() {
                        let value = found.as_ref().and_then(|values| values.get(position).cloned());
                        row.columns.insert(name.clone(), Value::of_text(value));
                    }
                }
                self.declare(names);
            }
            Command::ParseCsv { from, names } => {
                let texts = self.texts(from.as_ref());
                for (row, text) in self.rows.iter_mut().zip(texts) {
                    let values = text.map(|text| csv_values(&text)).unwrap_or_default();
                    for (position, name) in names.iter().enumerate() {
                        row.columns.insert(name.clone(), Value::of_text(values.get(position).cloned()));
                    }
                }
                self.declare(names);
            }
            Command::ParseLogfmt { from, into } => {
                let texts = self.texts(from.as_ref());
                for (row, text) in self.rows.iter_mut().zip(texts) {
                    let pairs = text.and_then(|text| pairs(&text));
                    row.columns.insert(into.clone(), pairs.map_or(Value::Missing, Value::Structure));
                }
                self.declare(std::slice::from_ref(into));
            }
            Command::Json { from, path, into } => {
                let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
                let values = self.values(from);
                for (row, value) in self.rows.iter_mut().zip(values) {
                    let parsed = value.rendered().map_or(Value::Missing, |text| json::field(&text, &keys));
                    row.columns.insert(into.clone(), parsed);
                }
                self.declare(std::slice::from_ref(into));
            }
            Command::ParseRegex { from, regex, matches } => {
                let texts = self.texts(from.as_ref());
                let Ok(regex) = Regex::new(regex) else { return };
                let names: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
                let parsed = |(row, text): (Row<'e>, Option<String>)| parse(row, text, &regex, &names, *matches);
                self.rows = std::mem::take(&mut self.rows).into_iter().zip(texts).flat_map(parsed).collect();
                self.declare(&names);
            }
            Command::Unnest { from, into } => {
                self.unroll(from, into);
                // The list is no more, unless its elements have its name.
                for row in &mut self.rows {
                    row.columns.entry(from.name()).or_insert(Value::Missing);
                }
            }
            Command::Expand(path) => self.unroll(path, &path.name()),
            other => self.along(other),
        }
    }

    pub(super) fn values(&self, path: &Path) -> Vec<Value> {
        let field = Expression::Field(path.clone());
        self.rows.iter().map(|row| self.scope.evaluate(&field, row)).collect()
    }

    /// The texts that `parse` looks at.
    fn texts(&self, from: Option<&Path>) -> Vec<Option<String>> {
        let message = Path::of("@message");
        self.values(from.unwrap_or(&message)).iter().map(Value::text).collect()
    }

    fn declare(&mut self, names: &[String]) {
        self.scope.kinds.extend(names.iter().map(|name| (name.clone(), Kind::Dynamic)));
    }

    /// A row for each element of a list; what is no list is its own element.
    fn unroll(&mut self, from: &Path, into: &str) {
        let values = self.values(from);
        let rows = std::mem::take(&mut self.rows);
        for (row, value) in rows.into_iter().zip(values) {
            let elements = match &value {
                Value::Structure(text) => json::elements(text),
                _ => None,
            };
            let items: Vec<Value> = match elements {
                Some(elements) if elements.is_empty() => vec![Value::Missing],
                Some(elements) => elements.iter().map(|element| json::scalar(element)).collect(),
                None => vec![value],
            };
            for (position, item) in items.into_iter().enumerate() {
                let mut made = row.clone();
                made.columns.insert(into.to_owned(), item);
                made.position.push(position);
                self.rows.push(made);
            }
        }
        self.scope.kinds.insert(into.to_owned(), Kind::Dynamic);
    }
}

fn parse<'e>(row: Row<'e>, text: Option<String>, regex: &Regex, names: &[String], matches: Matches) -> Vec<Row<'e>> {
    let most = if matches == Matches::All { usize::MAX } else { 1 };
    let found = text.iter().flat_map(|text| regex.captures_iter(text)).take(most);
    let mut rows = Vec::new();
    for (position, found) in found.enumerate() {
        let mut made = row.clone();
        for name in names {
            let value = found.name(name).map(|group| group.as_str().to_owned());
            made.columns.insert(name.clone(), Value::of_text(value));
        }
        made.position.push(position);
        rows.push(made);
    }
    if rows.is_empty() {
        let mut made = row;
        made.columns.extend(names.iter().map(|name| (name.clone(), Value::Missing)));
        made.position.push(0);
        rows.push(made);
    }
    rows
}

/// What the stars of a glob stand for: each goes to the next literal, the last to the end of the text.
fn glob_values(glob: &str, text: &str) -> Option<Vec<String>> {
    let mut literals = glob.split('*');
    let first = literals.next()?;
    let mut rest = text.split_once(first)?.1;
    let mut values = Vec::new();
    let literals: Vec<&str> = literals.collect();
    for (position, literal) in literals.iter().enumerate() {
        if literal.is_empty() && position + 1 == literals.len() {
            values.push(rest.to_owned());
            break;
        }
        let (value, after) = rest.split_once(literal)?;
        values.push(value.to_owned());
        rest = after;
    }
    Some(values)
}

/// The pairs of a line of `key=value` as JSON text; none if it has none. A key alone has an empty value.
fn pairs(line: &str) -> Option<String> {
    let mut letters = line.chars().peekable();
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut found = false;
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            break;
        }
        let mut key = String::new();
        while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace() && *letter != '=') {
            key.push(letter);
        }
        let mut value = String::new();
        if letters.next_if_eq(&'=').is_some() {
            found |= !key.is_empty();
            value = match quoted(&mut letters.clone()) {
                Some((value, taken)) => {
                    letters.by_ref().take(taken).for_each(drop);
                    value
                }
                None => std::iter::from_fn(|| letters.next_if(|letter| !letter.is_whitespace())).collect(),
            };
        }
        if !key.is_empty() {
            pairs.retain(|(known, _)| *known != key);
            pairs.push((key, value));
        }
    }
    let member = |(key, value): &(String, String)| format!("{}:{}", json::quoted(key), json::quoted(value));
    found.then(|| format!("{{{}}}", pairs.iter().map(member).collect::<Vec<_>>().join(",")))
}

/// A text in quotes that end, without them, and how many letters it took with them.
fn quoted(letters: &mut impl Iterator<Item = char>) -> Option<(String, usize)> {
    if letters.next()? != '"' {
        return None;
    }
    let (mut text, mut taken) = (String::new(), 1);
    loop {
        taken += 1;
        match letters.next()? {
            '"' => return Some((text, taken)),
            '\\' => {
                taken += 1;
                text.push(match letters.next()? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                });
            }
            other => text.push(other),
        }
    }
}

/// The fields of the first record: between commas, in quotes or not.
fn csv_values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    let mut at_start = true;
    while let Some(letter) = letters.next() {
        let Some(value) = values.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if at_start => quoted = true,
            ',' if !quoted => {
                values.push(String::new());
                at_start = true;
                continue;
            }
            '\n' if !quoted => break,
            other => value.push(other),
        }
        at_start = false;
    }
    values
}
