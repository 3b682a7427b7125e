//! Runs a query: command by command over all rows, and the shape of the result at the end.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::expression::{Row, Scope};
use super::model::{Aggregate, Command, Direction, Expression, Named, Path, Query};
use super::value::{Kind, Value, sort_order};
use super::{Answer, Asked, Event, Missing, calendar};

const MOST_ROWS: usize = 10_000;

/// The answer to a query over events, of all times.
pub fn evaluate(query: &Query, events: &[Event], missing: Missing) -> Answer {
    evaluate_at(query, events, missing, Asked::default())
}

/// The answer to a query that asks for a time.
pub fn evaluate_at(query: &Query, events: &[Event], missing: Missing, asked: Asked) -> Answer {
    let found = find(query, events, missing, asked);
    let cells = |row: &Vec<Value>| row.iter().map(Value::rendered).collect();
    Answer { columns: found.columns, rows: found.rows.iter().map(cells).collect() }
}

/// What a query finds, before it is text.
pub(super) struct Found {
    pub(super) columns: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    pub(super) rows: Vec<Vec<Value>>,
}

pub(super) fn find(query: &Query, events: &[Event], missing: Missing, asked: Asked) -> Found {
    let is_asked_for = |event: &&Event| {
        event.time_micros.is_none_or(|time| {
            asked.since_micros.is_none_or(|since| time >= since) && asked.until_micros.is_none_or(|until| time < until)
        })
    };
    let rows = events.iter().filter(is_asked_for).map(|event| Row { event: Some(event), ..Row::default() }).collect();
    let scope = Scope { missing, asked, events: true, ..Scope::default() };
    let mut run = Run { events, rows, scope, ..Run::default() };
    query.0.iter().for_each(|command| run.command(command));
    run.found()
}

/// The values of the keys, and the rows that have them.
type Group<'e> = (Vec<Value>, Vec<Row<'e>>);

#[derive(Default)]
pub(super) struct Run<'e> {
    /// All there are, for queries within the query.
    pub(super) events: &'e [Event],
    pub(super) rows: Vec<Row<'e>>,
    pub(super) scope: Scope,
    /// Kind and direction of each key of the last `sort`.
    sort: Vec<(Kind, Direction)>,
    /// What it sorts by.
    sort_keys: Vec<(Expression, Direction)>,
    limit: Option<usize>,
    /// What `fields` shows, in order of first mention.
    pub(super) fields: Vec<(String, Expression)>,
    display: Option<Vec<Path>>,
    /// Columns that are shown beside what is shown, unless a `display` decides.
    pub(super) beside: Vec<String>,
    /// The columns of `stats`, once there was one, and how many of them are keys and of which kind.
    outputs: Option<Vec<String>>,
    group_kinds: Vec<Kind>,
}

impl<'e> Run<'e> {
    fn command(&mut self, command: &Command) {
        match command {
            Command::Fields(items) => items.iter().for_each(|item| self.field(item)),
            Command::Display(paths) => self.display = Some(paths.clone()),
            Command::Filter(condition) => {
                let condition = self.resolved(condition);
                let scope = &self.scope;
                self.rows.retain(|row| scope.holds(&condition, row));
            }
            Command::Stats { aggregates, keys, offset } => {
                let micros = offset.map_or(0, |offset| calendar::ceil(1, offset));
                self.stats(aggregates, keys, micros);
            }
            Command::Sort(keys) => self.sort(keys),
            Command::Limit(count) => self.limit = Some(self.limit.map_or(*count, |known| known.min(*count))),
            Command::Dedup(paths) => self.dedup(paths),
            Command::CountFrequent(paths) => {
                let keys: Vec<Named> = paths.iter().map(|path| Expression::Field(path.clone()).unnamed()).collect();
                self.stats(&[Expression::aggregate(Aggregate::CountRows).named("_approxcount")], &keys, 0);
                self.sort(&[(Expression::field("_approxcount"), Direction::Descending)]);
            }
            other => self.special(other),
        }
    }

    fn field(&mut self, item: &Named) {
        // What commands before showed by themselves, the first choice of fields does not.
        if self.fields.is_empty() {
            self.beside.clear();
        }
        let name = match (&item.name, &item.expression) {
            (Some(name), expression) => {
                let kind = self.scope.kind(expression);
                for row in &mut self.rows {
                    let value = self.scope.evaluate(expression, row);
                    row.columns.insert(name.clone(), value);
                }
                self.scope.kinds.insert(name.clone(), kind);
                name.clone()
            }
            (None, Expression::Field(path)) => path.name(),
            (None, expression) => expression.to_string(),
        };
        let shown = match item.name {
            Some(_) => Expression::Field(Path(vec![name.clone()])),
            None => item.expression.clone(),
        };
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, expression)) => *expression = shown,
            None => self.fields.push((name, shown)),
        }
    }

    fn sort(&mut self, keys: &[(Expression, Direction)]) {
        self.sort_keys = keys.to_vec();
        self.sort = keys.iter().map(|(key, direction)| (self.scope.kind(key), *direction)).collect();
        for row in &mut self.rows {
            let value = |key: &Expression| match self.scope.evaluate(key, row) {
                Value::Structure(_) => Value::Missing,
                value => value,
            };
            row.sort = keys.iter().map(|(key, _)| value(key)).collect();
        }
    }

    /// Puts the rows into their present order.
    pub(super) fn order(&mut self) {
        let (sort, group_kinds) = (&self.sort, &self.group_kinds);
        self.rows.sort_by(|left, right| {
            for (place, (kind, direction)) in sort.iter().enumerate() {
                let (Some(left), Some(right)) = (left.sort.get(place), right.sort.get(place)) else { continue };
                let order = ordered(*kind, *direction, left, right);
                if order.is_ne() {
                    return order;
                }
            }
            default_order(group_kinds, left, right)
        });
    }

    /// Applies a limit that was given. It shapes the result, unless a later command needs the set it leaves.
    fn narrow(&mut self) {
        if let Some(limit) = self.limit.take() {
            self.rows.truncate(limit);
        }
    }

    /// Keeps the first row of each combination; a row that lacks one of the fields is like no other.
    fn dedup(&mut self, paths: &[Path]) {
        self.order();
        self.narrow();
        let mut seen: Vec<Vec<String>> = Vec::new();
        let scope = &self.scope;
        self.rows.retain(|row| {
            let values = paths.iter().map(|path| scope.evaluate(&Expression::Field(path.clone()), row));
            let Some(texts) = values.map(|value| value.text()).collect::<Option<Vec<String>>>() else { return true };
            let is_new = !seen.contains(&texts);
            if is_new {
                seen.push(texts);
            }
            is_new
        });
    }

    fn stats(&mut self, aggregates: &[Named], keys: &[Named], offset_micros: i64) {
        if self.outputs.is_some() {
            self.order();
            self.narrow();
        }
        self.scope.offset_micros = offset_micros;
        let mut groups: BTreeMap<Vec<Option<String>>, Group<'e>> = BTreeMap::new();
        for row in std::mem::take(&mut self.rows) {
            let values: Vec<Value> = keys
                .iter()
                .map(|key| match self.scope.evaluate(&key.expression, &row) {
                    Value::Structure(_) => Value::Missing,
                    value => value,
                })
                .collect();
            let texts = values.iter().map(Value::exactly).collect();
            groups.entry(texts).or_insert_with(|| (values, Vec::new())).1.push(row);
        }
        self.scope.offset_micros = 0;
        if keys.is_empty() && groups.is_empty() {
            groups.insert(Vec::new(), (Vec::new(), Vec::new()));
        }
        let name = |item: &Named| match (&item.name, &item.expression) {
            (Some(name), _) => name.clone(),
            (None, Expression::Field(path)) => path.name(),
            (None, expression) => expression.to_string(),
        };
        let key_names: Vec<String> = keys.iter().map(name).collect();
        let aggregate_names: Vec<String> = aggregates.iter().map(name).collect();
        for (values, rows) in groups.into_values() {
            let mut made = Row { group: values.clone(), ..Row::default() };
            made.columns.extend(key_names.iter().cloned().zip(values));
            for (item, name) in aggregates.iter().zip(&aggregate_names) {
                made.columns.insert(name.clone(), self.scope.aggregated(&item.expression, &rows));
            }
            self.rows.push(made);
        }
        self.group_kinds = keys.iter().map(|key| self.scope.kind(&key.expression)).collect();
        let kinds = keys.iter().chain(aggregates).map(|item| (name(item), self.scope.kind(&item.expression)));
        self.scope.kinds = kinds.collect();
        self.scope.events = false;
        // A sort before it holds for what is still there.
        let outputs: Vec<String> = key_names.iter().chain(&aggregate_names).cloned().collect();
        let still = |(key, _): &(Expression, Direction)| matches!(key, Expression::Field(path) if outputs.contains(&path.name()));
        let sort_keys: Vec<_> = std::mem::take(&mut self.sort_keys).into_iter().filter(still).collect();
        self.sort(&sort_keys);
        self.outputs = Some(outputs);
        self.fields.clear();
        self.beside.clear();
        self.display = None;
    }

    fn found(mut self) -> Found {
        self.order();
        self.limit.get_or_insert(MOST_ROWS);
        self.narrow();
        let paths = |paths: &[Path]| -> Vec<(String, Expression)> {
            paths.iter().map(|path| (path.name(), Expression::Field(path.clone()))).collect()
        };
        let shown = match (&self.display, &self.outputs) {
            (Some(display), _) => paths(display),
            (None, Some(outputs)) if self.fields.is_empty() => {
                paths(&outputs.iter().map(|name| Path(vec![name.clone()])).collect::<Vec<_>>())
            }
            (None, None) if self.fields.is_empty() => paths(&[Path::of("@timestamp"), Path::of("@message")]),
            (None, _) => std::mem::take(&mut self.fields),
        };
        let mut shown = shown;
        if self.display.is_none() {
            let added: Vec<String> =
                self.beside.iter().filter(|name| !shown.iter().any(|(known, _)| known == *name)).cloned().collect();
            shown.extend(paths(&added.into_iter().map(|name| Path(vec![name])).collect::<Vec<_>>()));
        }
        let cells = |row: &Row<'_>| shown.iter().map(|(_, of)| self.scope.evaluate(of, row)).collect();
        let rows = self.rows.iter().map(cells).collect();
        let kinds = shown.iter().map(|(_, of)| self.scope.kind(of)).collect();
        Found { columns: shown.into_iter().map(|(name, _)| name).collect(), kinds, rows }
    }
}

impl Value {
    /// What tells values of a group apart: an instant, not how it is printed.
    fn exactly(&self) -> Option<String> {
        match self {
            Self::Time(micros) => Some(micros.to_string()),
            other => other.rendered(),
        }
    }
}

/// Two values by a sort key; what is missing comes last in both directions.
fn ordered(kind: Kind, direction: Direction, left: &Value, right: &Value) -> Ordering {
    match (left.is_missing(), right.is_missing()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let ascending = sort_order(kind, left, right);
            if direction == Direction::Descending { ascending.reverse() } else { ascending }
        }
    }
}

/// The order without a `sort`: newest first, then by place; groups by their keys.
fn default_order(group_kinds: &[Kind], left: &Row<'_>, right: &Row<'_>) -> Ordering {
    let (Some(one), Some(other)) = (left.event, right.event) else {
        let keys = group_kinds.iter().zip(left.group.iter().zip(&right.group));
        return keys
            .map(|(kind, (left, right))| ordered(*kind, Direction::Ascending, left, right))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal);
    };
    let time = |row: &Event| row.time_micros.map_or(Value::Missing, Value::Time);
    ordered(Kind::Time, Direction::Descending, &time(one), &time(other))
        .then_with(|| (&one.uri, one.record).cmp(&(&other.uri, other.record)))
        .then_with(|| left.position.cmp(&right.position))
}
