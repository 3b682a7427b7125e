//! What an expression gives for one row, and what is known of it beforehand.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use regex::Regex;

use super::model::{Aggregate, Comparison, Edge, Expression, Function, Operator, Path, Pattern, Period, Sense, Unit};
use super::value::{Kind, Value, compare};
use super::{Asked, Event, Missing, calendar, columns, functions, json};

/// A row on its way through the commands.
#[derive(Clone, Debug, Default)]
pub(super) struct Row<'e> {
    /// None once `stats` made new rows.
    pub(super) event: Option<&'e Event>,
    /// What commands added.
    pub(super) columns: BTreeMap<String, Value>,
    /// Position among the rows that one event became.
    pub(super) position: Vec<usize>,
    /// What the rows of before a `join` are called since.
    pub(super) left: Option<String>,
    /// Values to sort by, once there is a `sort`.
    pub(super) sort: Vec<Value>,
    /// Group keys, once there was a `stats`.
    pub(super) group: Vec<Value>,
}

/// What holds for all rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Whether rows are events, which `stats` ends.
    pub(super) events: bool,
    pub(super) kinds: BTreeMap<String, Kind>,
    pub(super) missing: Missing,
    pub(super) asked: Asked,
    /// By which the edges of bins are moved, while keys are made.
    pub(super) offset_micros: i64,
    /// Regexes of `like`, compiled once.
    pub(super) regexes: RefCell<BTreeMap<String, Option<Regex>>>,
}

impl Scope {
    pub(super) fn kind(&self, expression: &Expression) -> Kind {
        match expression {
            Expression::Field(path) => match self.kinds.get(&path.name()) {
                Some(kind) => *kind,
                None if self.events && columns::is_number(&path.0) => Kind::Number,
                None if path.0 == ["@timestamp"] || path.0 == ["@ingestionTime"] => Kind::Time,
                None => Kind::Dynamic,
            },
            Expression::Text(_) => Kind::Dynamic,
            Expression::Number(_) | Expression::Arithmetic(..) => Kind::Number,
            Expression::Edge(..) => Kind::Time,
            Expression::Call(function, arguments) => self.kind_of_call(*function, arguments),
            Expression::Aggregate(aggregate) => match aggregate.as_ref() {
                Aggregate::Least(of) | Aggregate::Greatest(of) | Aggregate::Earliest(of) | Aggregate::Latest(of) => {
                    self.kind(of)
                }
                Aggregate::SortsFirst(of) | Aggregate::SortsLast(of) => self.kind(of),
                Aggregate::Histogram(..) => Kind::Dynamic,
                _ => Kind::Number,
            },
            _ => Kind::Truth,
        }
    }

    fn kind_of_call(&self, function: Function, arguments: &[Expression]) -> Kind {
        match function {
            Function::Coalesce => self.common(arguments.iter()),
            Function::If => self.common(arguments.iter().skip(1)),
            Function::Case => {
                let is_value = |position: usize| position % 2 == 1 || position + 1 == arguments.len();
                let values = arguments.iter().enumerate().filter(|(position, _)| is_value(*position));
                self.common(values.map(|(_, value)| value))
            }
            other => functions::kind(other),
        }
    }

    /// The kind all have, or dynamic.
    fn common<'a>(&self, mut expressions: impl Iterator<Item = &'a Expression>) -> Kind {
        let first = expressions.next().map_or(Kind::Dynamic, |first| self.kind(first));
        if expressions.all(|other| self.kind(other) == first) { first } else { Kind::Dynamic }
    }

    pub(super) fn evaluate(&self, expression: &Expression, row: &Row<'_>) -> Value {
        match expression {
            Expression::Field(path) => field(path, row),
            Expression::Text(text) | Expression::Number(text) => Value::Text(text.clone()),
            Expression::Arithmetic(left, operator, right) => {
                let (left, right) = (self.evaluate(left, row).number(), self.evaluate(right, row).number());
                let (Some(left), Some(right)) = (left, right) else { return Value::Missing };
                Value::of_number(calculate(left, *operator, right))
            }
            Expression::Call(function, arguments) => self.call(*function, arguments, row),
            Expression::Edge(edge, period) => self.edge(edge, *period, row),
            // After `stats` an aggregate without a name is found by its text.
            Expression::Aggregate(_) => row.columns.get(&expression.to_string()).cloned().unwrap_or(Value::Missing),
            // Only a filter asks another query, and it did so before it came here.
            Expression::InQuery { .. } => Value::Missing,
            predicate => Value::Truth(self.holds(predicate, row)),
        }
    }

    /// Whether the expression holds as a condition.
    pub(super) fn holds(&self, condition: &Expression, row: &Row<'_>) -> bool {
        match condition {
            Expression::And(left, right) => self.holds(left, row) && self.holds(right, row),
            Expression::Or(left, right) => self.holds(left, row) || self.holds(right, row),
            Expression::Not(inner) => !self.holds(inner, row),
            Expression::Compare(left, comparison, right) => {
                let (left, right) = (self.evaluate(left, row), self.evaluate(right, row));
                match compare(&left, &right) {
                    Some(order) => fits(*comparison, order),
                    None => *comparison == Comparison::Unequal && self.keeps(&[left, right]),
                }
            }
            Expression::In { value, list, sense } => {
                let value = self.evaluate(value, row);
                if !matches!(value, Value::Missing | Value::Structure(_)) {
                    let found =
                        list.iter().any(|item| compare(&value, &self.evaluate(item, row)) == Some(Ordering::Equal));
                    return found == (*sense == Sense::Plain);
                }
                *sense == Sense::Negated && self.keeps(&[value])
            }
            Expression::Like { value, pattern, sense } => {
                let value = self.evaluate(value, row);
                match value.text() {
                    Some(text) => self.matches(&text, pattern) == (*sense == Sense::Plain),
                    None => *sense == Sense::Negated && self.keeps(&[value]),
                }
            }
            value => self.evaluate(value, row).holds(),
        }
    }

    /// Whether `!=`, `not in` or `not like` keeps a row of which these values are no texts.
    fn keeps(&self, values: &[Value]) -> bool {
        let structured = values.iter().any(|value| matches!(value, Value::Structure(_)));
        !structured && self.missing == Missing::Match
    }

    fn call(&self, function: Function, arguments: &[Expression], row: &Row<'_>) -> Value {
        let chosen = match function {
            Function::Coalesce => {
                let mut values = arguments.iter().map(|argument| self.evaluate(argument, row));
                values.find(|value| !value.is_missing()).unwrap_or(Value::Missing)
            }
            Function::If | Function::Case => self.choose(arguments, row),
            Function::Now | Function::QueryStartTime | Function::QueryEndTime | Function::QueryTimeRange => {
                return Value::of_number(self.asked(function).map(|number| number as f64));
            }
            other => {
                let values: Vec<Value> = arguments.iter().map(|argument| self.evaluate(argument, row)).collect();
                return functions::call(other, &values, row.event);
            }
        };
        // Values of several kinds meet as text.
        match chosen {
            Value::Structure(_) => chosen,
            _ if self.kind_of_call(function, arguments) == Kind::Dynamic => Value::of_text(chosen.text()),
            _ => chosen,
        }
    }

    /// Seconds since 1970 of now, and milliseconds of the time that is asked for, which ends now if nothing ends it.
    fn asked(&self, function: Function) -> Option<i64> {
        let asked = &self.asked;
        let end = asked.until_micros.unwrap_or(asked.now_micros);
        match function {
            Function::Now => Some(asked.now_micros.div_euclid(1_000_000)),
            Function::QueryStartTime => Some(asked.since_micros?.div_euclid(1_000)),
            Function::QueryEndTime => Some(end.div_euclid(1_000)),
            _ => Some((end - asked.since_micros?).div_euclid(1_000)),
        }
    }

    /// The value behind the first condition that holds; a value without a condition stands at the end.
    fn choose(&self, arguments: &[Expression], row: &Row<'_>) -> Value {
        for pair in arguments.chunks(2) {
            match pair {
                [condition, value] if self.holds(condition, row) => return self.evaluate(value, row),
                [otherwise] => return self.evaluate(otherwise, row),
                _ => {}
            }
        }
        Value::Missing
    }

    fn matches(&self, text: &str, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Substring(part) => text.contains(part.as_str()),
            Pattern::Regex(regex) => {
                let mut known = self.regexes.borrow_mut();
                let compiled = known.entry(regex.clone()).or_insert_with(|| Regex::new(regex).ok());
                compiled.as_ref().is_some_and(|regex| regex.is_match(text))
            }
        }
    }

    fn edge(&self, edge: &Edge, period: Period, row: &Row<'_>) -> Value {
        let (time, capped) = match edge {
            Edge::Bin => (field(&Path::of("@timestamp"), row), capped(period)),
            Edge::Floor(time) | Edge::Ceil(time) => (self.evaluate(time, row), capped(period)),
        };
        let Value::Time(micros) = time else { return Value::Missing };
        match edge {
            Edge::Bin => Value::Time(calendar::floor(micros - self.offset_micros, capped) + self.offset_micros),
            Edge::Floor(_) => Value::Time(calendar::floor(micros, capped)),
            Edge::Ceil(_) => Value::Time(calendar::ceil(micros, capped)),
        }
    }
}

/// The period with the count it has at most.
pub(super) fn capped(period: Period) -> Period {
    let most = match period.unit {
        Unit::Millisecond => 1_000,
        Unit::Second | Unit::Minute => 60,
        Unit::Hour => 24,
        _ => u32::MAX,
    };
    Period { count: period.count.min(most), ..period }
}

/// A field: what a command added, a system field, or what stands in the event.
fn field(path: &Path, row: &Row<'_>) -> Value {
    let Some((first, rest)) = path.0.split_first() else { return Value::Missing };
    if row.left.as_ref() == Some(first) {
        return field(&Path(rest.to_vec()), row);
    }
    // The whole name, else the longest beginning of it that a command made.
    for length in (1..=path.0.len()).rev() {
        let (name, within) = path.0.split_at(length);
        match row.columns.get(&name.join(".")) {
            Some(value) if within.is_empty() => return value.clone(),
            Some(Value::Structure(text)) => return json::field(text, within),
            Some(_) => return Value::Missing,
            None => {}
        }
    }
    let Some(event) = row.event else { return Value::Missing };
    match first.as_str() {
        "@timestamp" => event.time_micros.map_or(Value::Missing, Value::Time),
        "@ingestionTime" => Value::Missing,
        "@message" => Value::Text(event.message.clone()),
        "@logStream" => Value::Text(event.stream.clone().unwrap_or_else(|| "kube-apiserver-audit".to_owned())),
        "@log" => {
            let parts: Vec<&str> = [&event.account, &event.group].into_iter().flatten().map(String::as_str).collect();
            Value::of_text(if parts.is_empty() { None } else { Some(parts.join(":")) })
        }
        "@ptr" => Value::Text(format!("{}#{}", event.uri, event.record)),
        _ => {
            let mut keys = path.0.clone();
            if let (Some(key), Some(bare)) = (keys.first_mut(), first.strip_prefix('@')) {
                bare.clone_into(key);
            }
            columns::stored(&keys, json::field(&event.message, &keys))
        }
    }
}

fn calculate(left: f64, operator: Operator, right: f64) -> Option<f64> {
    match operator {
        Operator::Add => Some(left + right),
        Operator::Subtract => Some(left - right),
        Operator::Multiply => Some(left * right),
        Operator::Divide => (right != 0.0).then(|| left / right),
        Operator::Remainder => (right != 0.0).then(|| left % right),
        Operator::Power => Some(left.powf(right)),
    }
}

fn fits(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
    }
}
