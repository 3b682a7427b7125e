//! From a query to SQL. Commands are compiled one by one into a [`Stage`]: rows from somewhere, with what is known of
//! them. Names are replaced by what they stand for, so that most queries become one plain SELECT; a stage becomes a
//! common table expression only where rows change.

mod comparison;
mod expression;
mod field;
mod function;
mod groups;
mod join;
mod lookup;
mod outlier;
mod output;
mod parsed;
mod patterns;
mod rows;
mod source;
mod stage;
mod streams;
mod value;
mod window;

use std::collections::HashMap;

pub use comparison::Missing;
use stage::Stage;
use value::Value;

use crate::ast::{Command, CommandKind, ExpressionKind, Period, Query};
use crate::error::{Error, Result, Span};
use crate::notes::Note;
use crate::schema::{Kind, Lookup, Table};

/// What a query is translated for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The log group to ask: `/aws/eks/demo/cluster`, `cloudtrail`, `vpc-flow`, or a table. `SOURCE` overrides it.
    pub log_group: Option<String>,
    /// Only rows of this cluster.
    pub cluster: Option<String>,
    /// Only rows from this instant on, microseconds since 1970. Rows without a time stay.
    pub since: Option<i64>,
    /// Only rows before this instant.
    pub until: Option<i64>,
    /// When the query is asked, microseconds since 1970.
    pub now: i64,
    pub missing: Missing,
    /// Whether `bin` counts no further than in CloudWatch.
    pub bin_cap: BinCap,
    /// Tables for `lookup` and `cidrlookup`.
    pub lookups: Vec<Lookup>,
}

/// Whether `bin(300s)` is `bin(60s)`, as in CloudWatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinCap {
    #[default]
    AsInCloudWatch,
    AsWritten,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    pub name: String,
    pub kind: Kind,
    /// Whether it is the begin of a period, as `bin` gives it.
    pub bin: bool,
}

/// A translated query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// One SELECT in the dialect of PostgreSQL.
    pub sql: String,
    pub columns: Vec<OutputColumn>,
    /// The periods of groups, where one column of the result is their begin.
    pub bins: Option<Bins>,
    pub notes: Vec<Note>,
}

/// The periods that `by bin(…)` makes groups of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bins {
    count: i64,
    unit: &'static str,
    /// Milliseconds that `offset` moves their edges by.
    offset: i64,
}

impl Bins {
    /// The begins of the periods between two, microseconds since 1970; none if they are too many to be listed.
    pub fn between(&self, begin: i64, next: i64) -> Option<Vec<i64>> {
        let offset = self.offset.checked_mul(1000)?;
        let period = crate::runtime::time::Period::new(self.count, self.unit)?;
        let mut begins = period.steps(begin.checked_sub(offset)?, next.checked_sub(offset)?).ok()?;
        for edge in &mut begins {
            *edge += offset;
        }
        begins.retain(|edge| *edge > begin && *edge < next);
        Some(begins)
    }
}

/// Translates a query.
///
/// # Errors
/// Where the query is no Logs Insights, or asks for what there is not.
pub fn translate(text: &str, tables: &[Table], settings: &Settings) -> Result<Translation> {
    let query = crate::parser::parse(text)?;
    let mut compiler = Compiler::new(text, tables, settings);
    let stage = compiler.pipeline(&query, Nesting::Outermost)?;
    compiler.finish(stage)
}

/// Whether a pipeline is the query itself or part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nesting {
    Outermost,
    Inner,
}

struct Compiler<'a> {
    text: &'a str,
    tables: &'a [Table],
    settings: &'a Settings,
    notes: Vec<Note>,
    /// Common table expressions: name and statement.
    expressions: Vec<(String, String)>,
    /// How often a name was given to one.
    named: HashMap<String, usize>,
    /// Fields whose absence decides a negation.
    undecided: Vec<String>,
    /// Group keys of the `stats` that is compiled, by their text.
    grouping: Option<Vec<(String, Value)>>,
    /// Milliseconds by which `stats … offset` moves the edges of bins.
    offset: Option<i64>,
    /// The time that is asked for, microseconds.
    since: Option<i64>,
    until: Option<i64>,
    /// The two times that `diff` compares.
    windows: Option<patterns::Windows>,
    /// Whether the next `diff` was done with the `pattern` before it.
    compared: bool,
    depth: usize,
}

impl<'a> Compiler<'a> {
    fn new(text: &'a str, tables: &'a [Table], settings: &'a Settings) -> Self {
        Self {
            text,
            tables,
            settings,
            notes: Vec::new(),
            expressions: Vec::new(),
            named: HashMap::new(),
            undecided: Vec::new(),
            grouping: None,
            offset: None,
            since: settings.since,
            until: settings.until,
            windows: None,
            compared: false,
            depth: 0,
        }
    }

    /// Compiles commands; the stage is what they leave.
    fn pipeline(&mut self, query: &Query, nesting: Nesting) -> Result<Stage<'a>> {
        if self.depth > 4 {
            let span = query.commands.first().map_or_else(Span::default, |command| command.span);
            return Err(Error::new(span, "queries are nested too deeply"));
        }
        self.depth += 1;
        let (source, commands) = match query.commands.split_first() {
            Some((Command { kind: CommandKind::Source(source), .. }, rest)) => (Some(source), rest),
            _ => (None, query.commands.as_slice()),
        };
        let mut stage = self.source(source, commands, nesting)?;
        for (position, command) in commands.iter().enumerate() {
            if let CommandKind::Source(source) = &command.kind {
                return Err(Error::new(source.span, "`SOURCE` stands at the begin of a query"));
            }
            stage.check_open(command)?;
            let rest = commands.get(position + 1..).unwrap_or_default();
            self.command(&mut stage, command, rest)?;
        }
        self.depth -= 1;
        Ok(stage)
    }

    fn command(&mut self, stage: &mut Stage<'a>, command: &Command, rest: &[Command]) -> Result<()> {
        match &command.kind {
            CommandKind::Source(_) | CommandKind::Unmask => Ok(()),
            CommandKind::Fields(fields) => self.fields(stage, fields),
            CommandKind::Display(fields) => self.display(stage, fields),
            CommandKind::Filter(condition) => {
                // The parts of a conjunction are conditions of their own, which reads better and says the same.
                let parts = match &condition.kind {
                    ExpressionKind::All(parts) => parts.as_slice(),
                    _ => std::slice::from_ref(condition),
                };
                for part in parts {
                    let predicate = self.predicate(stage, part)?;
                    stage.filter(predicate);
                }
                Ok(())
            }
            CommandKind::Stats { aggregates, by, offset } => self.stats(stage, aggregates, by, *offset, command.span),
            CommandKind::Sort(keys) => self.sort(stage, keys, command.span),
            CommandKind::Limit { rows, .. } => {
                self.note_limit(rest);
                stage.limit = Some(stage.limit.map_or(*rows, |before| before.min(*rows)));
                Ok(())
            }
            CommandKind::Dedup(fields) => self.dedup(stage, fields),
            CommandKind::Parse(parse) => self.parsed(stage, parse),
            CommandKind::Unnest { field, into } => self.unnest(stage, field, into.as_ref()),
            CommandKind::Expand(field) => self.unnest(stage, field, None),
            CommandKind::Pattern(field) => self.pattern(stage, field, command, rest),
            CommandKind::Diff(_) => self.diff(stage, None, command.span),
            CommandKind::CountFrequent(fields) => self.count_frequent(stage, fields, command.span),
            CommandKind::Accumulate { field, alias } => self.accumulate(stage, field, alias.as_ref()),
            CommandKind::Autoregress { field, alias, from, to } => {
                self.autoregress(stage, field, alias.as_ref(), *from, *to)
            }
            CommandKind::FillDown(names) => self.fill_down(stage, names, command.span),
            CommandKind::FillMissing(fillings) => self.fill_missing(stage, fillings, command.span),
            CommandKind::AddTotals { name, row, column, fields } => {
                self.add_totals(stage, name, *row, *column, fields, command.span)
            }
            CommandKind::Outlier { remove, parameter, lower, mark, fields } => {
                let how = outlier::Outlier { remove: *remove, parameter: *parameter, lower: *lower, mark: *mark };
                self.outlier(stage, how, fields)
            }
            CommandKind::Sessionize { fields, span, alias } => {
                self.sessionize(stage, fields, *span, alias.as_ref(), command.span)
            }
            CommandKind::Join(join) => self.join(stage, join, rest, command.span),
            CommandKind::AppendColumns { overwrite, most, query } => {
                self.append_columns(stage, *overwrite, *most, query)
            }
            CommandKind::Lookup(lookup) => self.lookup(stage, lookup),
        }
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// `limit` before what it does not cut.
    fn note_limit(&mut self, rest: &[Command]) {
        let before = rest.iter().find_map(|command| match command.kind {
            CommandKind::Filter(_) => Some("filter"),
            CommandKind::Stats { .. } => Some("stats"),
            _ => None,
        });
        if let Some(before) = before {
            self.note(Note::Shapes { command: "limit".to_owned(), before: before.to_owned() });
        }
    }

    /// The source text of a piece of the query.
    fn written(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// A name for a common table expression that no other has.
    fn fresh(&mut self, wanted: &str) -> String {
        loop {
            let count = self.named.entry(wanted.to_owned()).or_default();
            *count += 1;
            let name = if *count == 1 { wanted.to_owned() } else { format!("{wanted}_{count}") };
            if !self.tables.iter().any(|table| table.name == name)
                && !self.settings.lookups.iter().any(|table| table.name == name)
            {
                return name;
            }
        }
    }

    /// Keeps a statement under a name.
    fn keep(&mut self, wanted: &str, statement: String) -> String {
        let name = self.fresh(wanted);
        self.expressions.push((name.clone(), statement));
        name
    }

    fn period(&mut self, period: Period, written: &str) -> (i64, &'static str) {
        let count = match (self.settings.bin_cap, period.unit.cap()) {
            (BinCap::AsInCloudWatch, Some(cap)) if period.count > cap => {
                let used = format!("{cap} {}", period.unit.name());
                self.note(Note::BinCapped { written: written.to_owned(), used });
                cap
            }
            _ => period.count,
        };
        (count, period.unit.name())
    }
}

/// A text of the query without white space outside quotes and in lower case outside them, to compare expressions by.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut open = None;
    let mut comment = false;
    for letter in text.chars() {
        match open {
            _ if comment => comment = letter != '\n',
            Some(quote) => {
                squeezed.push(letter);
                if letter == quote {
                    open = None;
                }
            }
            None if letter == '#' => comment = true,
            None if letter.is_whitespace() => {}
            None => {
                squeezed.push(letter);
                if matches!(letter, '"' | '\'' | '`') {
                    open = Some(letter);
                }
            }
        }
    }
    squeezed
}

/// A text of the query as a name: comments away, one space for any white space outside quotes.
fn as_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut open = None;
    let mut comment = false;
    for letter in text.trim().chars() {
        match open {
            _ if comment => comment = letter != '\n',
            Some(quote) => {
                name.push(letter);
                if letter == quote {
                    open = None;
                }
            }
            None if letter == '#' => comment = true,
            None if letter.is_whitespace() => {
                if !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            None => {
                name.push(letter);
                if matches!(letter, '"' | '\'' | '`') {
                    open = Some(letter);
                }
            }
        }
    }
    name.trim_end().to_owned()
}
