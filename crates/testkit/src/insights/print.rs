//! A query as text, in varied ways: case of keywords, spaces, quotes, comments, backticks where they are needed and
//! sometimes where they are not. All ways of writing a query mean the same.

mod commands;
mod expressions;

use std::fmt;

use self::expressions::Binding;
use super::model::{
    Action, Bounds, Command, Direction, Expression, FUNCTIONS, Fills, Fits, Join, Mark, Matches, Named, Path, Query,
    Source,
};
use crate::generate::Random;

/// How a query is written.
pub struct Style {
    /// None writes plainly, always the same.
    random: Option<Random>,
    text: String,
}

impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Style::plain().write(self))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut style = Style::plain();
        style.expression(self, Binding::Loosest);
        formatter.write_str(&style.text)
    }
}

/// Words that a field must not be written as.
const RESERVED: &[&str] = &[
    "and", "or", "not", "in", "like", "as", "by", "asc", "desc", "fields", "display", "filter", "where", "stats",
    "sort", "limit", "dedup", "parse", "unnest", "into", "expand", "true", "false", "null", "multi", "offset", "any",
    "with", "for", "source", "json", "pattern", "diff", "join", "on", "head", "tail", "if", "case", "bin",
];

impl Style {
    /// One way of writing, always the same.
    pub fn plain() -> Self {
        Self { random: None, text: String::new() }
    }

    /// A way of writing that belongs to the seed.
    pub fn of_seed(seed: u64) -> Self {
        Self { random: Some(Random::new(&[seed, 0x0073_7479_6c65])), text: String::new() }
    }

    /// The query as text.
    pub fn write(mut self, query: &Query) -> String {
        self.commands(query);
        self.text
    }

    fn commands(&mut self, query: &Query) {
        for (position, command) in query.0.iter().enumerate() {
            if position > 0 {
                if self.chance(10) {
                    self.text.push_str("\n# a comment | with \"signs\" `in it\n");
                }
                let bar = if self.chance(50) { "\n| " } else { " | " };
                self.text.push_str(bar);
            }
            self.command(command);
        }
    }

    /// A query within a query.
    fn within(&mut self, source: &Source) {
        self.text.push('(');
        self.word("source");
        self.gap();
        self.quoted(&source.group);
        self.text.push_str(" | ");
        self.commands(&source.query);
        self.text.push(')');
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.as_mut().is_some_and(|random| random.percent(percent))
    }

    fn word(&mut self, word: &str) {
        let written = match self.random.as_mut().map_or(9, |random| random.below(10)) {
            0 => word.to_ascii_uppercase(),
            1 => {
                let (first, rest) = word.split_at(1);
                first.to_ascii_uppercase() + rest
            }
            _ => word.to_owned(),
        };
        self.text.push_str(&written);
    }

    /// A space that has to be there.
    fn gap(&mut self) {
        self.text.push_str(match self.random.as_mut().map_or(9, |random| random.below(12)) {
            0 => "  ",
            1 => "\n  ",
            2 => "\t",
            _ => " ",
        });
    }

    /// A space that may be left out.
    fn room(&mut self) {
        if !self.chance(30) {
            self.text.push(' ');
        }
    }

    fn comma(&mut self) {
        self.text.push(',');
        self.room();
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.comma();
            }
            write(self, item);
        }
    }

    fn command(&mut self, command: &Command) {
        let name = self.name_of(command);
        self.word(name);
        self.gap();
        match command {
            Command::Fields(items) => self.list(items, Self::named),
            Command::Display(paths) | Command::Dedup(paths) | Command::CountFrequent(paths) => {
                self.list(paths, Self::path);
            }
            Command::FillDown(paths) => self.list(paths, Self::path),
            Command::Filter(condition) => self.expression(condition, Binding::Loosest),
            Command::Stats { aggregates, keys, offset } => {
                self.list(aggregates, Self::named);
                if !keys.is_empty() {
                    self.gap();
                    self.word("by");
                    self.gap();
                    self.list(keys, Self::named);
                }
                if let Some(offset) = offset {
                    self.gap();
                    self.word("offset");
                    self.gap();
                    self.period(*offset);
                }
            }
            Command::Sort(keys) => self.list(keys, |style, (key, direction)| {
                if matches!(key, Expression::Aggregate(_)) {
                    style.plainly(key);
                } else {
                    style.expression(key, Binding::Sum);
                }
                if *direction == Direction::Descending {
                    style.gap();
                    style.word("desc");
                } else if !style.chance(40) {
                    style.gap();
                    style.word("asc");
                }
            }),
            Command::Limit(count) => self.text.push_str(&count.to_string()),
            Command::ParseGlob { from, glob, names } => {
                self.source(from.as_ref());
                self.quoted(glob);
                self.gap();
                self.word("as");
                self.gap();
                self.list(names, |style, name| style.segment(name));
            }
            Command::ParseCsv { from, names } => {
                self.source(from.as_ref());
                self.word("csv");
                self.gap();
                self.word("as");
                self.gap();
                self.list(names, |style, name| style.segment(name));
            }
            Command::ParseLogfmt { from, into } => {
                self.source(from.as_ref());
                self.word("logfmt");
                self.alias(into);
            }
            Command::Outlier { action, parameter, bounds, mark, of } => {
                if *action == Action::Remove || self.chance(30) {
                    let action = if *action == Action::Remove { "remove" } else { "transform" };
                    self.text.push_str(&format!("action={action} "));
                }
                self.text.push_str(&format!("param={parameter} "));
                if *bounds == Bounds::Both || self.chance(30) {
                    self.text.push_str(&format!("uselower={} ", *bounds == Bounds::Both));
                }
                if *mark == Mark::Field || self.chance(30) {
                    self.text.push_str(&format!("mark={} ", *mark == Mark::Field));
                }
                for path in of {
                    self.path(path);
                    self.text.push(' ');
                }
            }
            Command::Lookup { table, fits, keys, fills, columns } => {
                self.text.push_str(table);
                self.gap();
                self.list(keys, |style, (column, path)| match fits {
                    Fits::Equal => {
                        style.segment(column);
                        style.gap();
                        style.word("as");
                        style.gap();
                        style.path(path);
                    }
                    Fits::Network => {
                        style.path(path);
                        style.alias(column);
                    }
                });
                self.gap();
                self.word(if *fills == Fills::All { "output" } else { "outputnew" });
                self.gap();
                self.list(columns, |style, (column, name)| {
                    style.segment(column);
                    if let Some(name) = name {
                        style.alias(name);
                    }
                });
            }
            Command::Json { from, path, into } => {
                self.text.push_str("field=");
                self.path(from);
                self.gap();
                self.quoted(path);
                self.alias(into);
            }
            Command::ParseRegex { from, regex, matches } => {
                self.source(from.as_ref());
                self.regex(regex);
                if *matches == Matches::All {
                    self.gap();
                    self.word("multi");
                }
            }
            Command::Unnest { from, into } => {
                self.path(from);
                self.gap();
                self.word("into");
                self.gap();
                self.segment(into);
            }
            Command::Expand(path) => self.path(path),
            Command::Accumulate { of, into } => {
                self.path(of);
                self.alias(into);
            }
            Command::Autoregress { of, into, first, last } => {
                self.path(of);
                if let Some(into) = into {
                    self.alias(into);
                }
                let lags = if first == last { format!(" p={first}") } else { format!(" p={first}-{last}") };
                self.text.push_str(&lags);
            }
            Command::Sessionize { by, gap, into } => {
                self.list(by, Self::path);
                self.text.push_str(" maxspan ");
                self.period(*gap);
                self.alias(into);
            }
            Command::FillMissing { with, .. } => {
                if !with.is_empty() {
                    self.word("with");
                    self.gap();
                }
                self.list(with, |style, (name, value)| {
                    style.text.push_str(&format!("{value} for "));
                    style.segment(name);
                });
            }
            Command::AppendColumns(source) => self.within(source),
            Command::Join { kind, left, right, on, with } => {
                let kind = if *kind == Join::Inner { "inner" } else { "left" };
                self.text.push_str(&format!("type={kind} left={left} right={right} where {left}."));
                self.path(&on.0);
                self.text.push_str(&format!("={right}."));
                self.path(&on.1);
                self.gap();
                self.within(with);
            }
            Command::AddTotals { into, of } => {
                self.text.push_str("fieldname=");
                self.segment(into);
                self.gap();
                self.list(of, Self::path);
            }
        }
    }

    fn source(&mut self, from: Option<&Path>) {
        if let Some(path) = from {
            self.path(path);
            self.gap();
        }
    }

    fn alias(&mut self, name: &str) {
        self.gap();
        self.word("as");
        self.gap();
        self.segment(name);
    }

    fn named(&mut self, named: &Named) {
        let Some(name) = &named.name else {
            self.plainly(&named.expression);
            return;
        };
        self.expression(&named.expression, Binding::Loosest);
        self.alias(name);
    }

    /// What has no name of its own is named by its text, which has to be known.
    fn plainly(&mut self, expression: &Expression) {
        let random = self.random.take();
        self.expression(expression, Binding::Loosest);
        self.random = random;
    }

    fn path(&mut self, path: &Path) {
        for (position, segment) in path.0.iter().enumerate() {
            if position > 0 {
                self.text.push('.');
                let plain = !segment.is_empty() && segment.chars().all(|letter| letter.is_ascii_alphanumeric());
                if plain && !self.chance(5) {
                    self.text.push_str(segment);
                    continue;
                }
            }
            self.segment(segment);
        }
    }

    /// A name, in backticks where it needs them.
    fn segment(&mut self, name: &str) {
        let plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_' || letter == '@')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '@')
            && !RESERVED.contains(&name.to_ascii_lowercase().as_str())
            && !FUNCTIONS.iter().any(|(_, function)| function.eq_ignore_ascii_case(name));
        if plain && (name.starts_with('@') || !self.chance(8)) {
            self.text.push_str(name);
            return;
        }
        let (outside, inside) = match name.strip_prefix('@') {
            Some(rest) => ("@", rest),
            None => ("", name),
        };
        // What stands behind the second `@` is the rest of a key that begins with one.
        let (outside, inside) = match inside.strip_prefix('@') {
            Some(rest) if outside == "@" => ("@@", rest),
            _ => (outside, inside),
        };
        self.text.push_str(&format!("{outside}`{}`", inside.replace('`', "``")));
    }

    fn quoted(&mut self, text: &str) {
        let quote = match (text.contains('"'), text.contains('\'')) {
            (true, false) => '\'',
            (false, true) => '"',
            _ if self.chance(30) => '\'',
            _ => '"',
        };
        self.text.push(quote);
        for letter in text.chars() {
            if letter == quote || letter == '\\' {
                self.text.push('\\');
            }
            self.text.push(letter);
        }
        self.text.push(quote);
    }

    fn regex(&mut self, regex: &str) {
        self.text.push_str(&format!("/{}/", regex.replace('/', "\\/")));
    }
}
