//! Queries within a query: lists of values, rows beside rows.

use std::cmp::Ordering;

use super::evaluate::{Found, Run, find};
use super::model::{Command, Expression, Join, Path, Source};
use super::value::{Value, compare};

impl Run<'_> {
    /// Commands that set the rows of another query beside these.
    pub(super) fn beside(&mut self, command: &Command) {
        match command {
            Command::Join { kind, left, right, on, with } => {
                let found = self.ask(with);
                self.join(*kind, (left, right), on, &found);
            }
            Command::AppendColumns(source) => {
                let found = self.ask(source);
                self.append(&found);
            }
            _ => {}
        }
    }

    fn ask(&self, source: &Source) -> Found {
        find(&source.query, self.events, self.scope.missing, self.scope.asked)
    }

    fn join(&mut self, kind: Join, (left, right): (&str, &str), on: &(Path, Path), found: &Found) {
        let keys = self.values(&on.0);
        let place = found.columns.iter().position(|column| *column == on.1.name());
        let key_of = |row: &[Value]| place.and_then(|place| row.get(place).cloned()).unwrap_or(Value::Missing);
        for (row, key) in std::mem::take(&mut self.rows).into_iter().zip(keys) {
            let equal = |other: &&Vec<Value>| compare(&key, &key_of(other)) == Some(Ordering::Equal);
            let mut matches: Vec<Vec<Value>> = found.rows.iter().filter(equal).cloned().collect();
            if matches.is_empty() && kind == Join::Left {
                matches.push(vec![Value::Missing; found.columns.len()]);
            }
            for (position, other) in matches.into_iter().enumerate() {
                let mut made = row.clone();
                let named = found.columns.iter().map(|column| format!("{right}.{column}"));
                made.columns.extend(named.zip(other));
                made.left = Some(left.to_owned());
                made.position.push(position);
                self.rows.push(made);
            }
        }
        let named = found.columns.iter().map(|column| format!("{right}.{column}"));
        self.scope.kinds.extend(named.zip(found.kinds.iter().copied()));
    }

    /// The first row beside the first, and so on. A column that is there already stays.
    fn append(&mut self, found: &Found) {
        self.order();
        for (place, (name, kind)) in found.columns.iter().zip(&found.kinds).enumerate() {
            if self.scope.kinds.contains_key(name) {
                continue;
            }
            for (position, row) in self.rows.iter_mut().enumerate() {
                let value = found.rows.get(position).and_then(|row| row.get(place)).cloned();
                row.columns.insert(name.clone(), value.unwrap_or(Value::Missing));
            }
            self.scope.kinds.insert(name.clone(), *kind);
            self.beside.push(name.clone());
        }
    }

    /// The condition with the values of queries within it.
    pub(super) fn resolved(&self, condition: &Expression) -> Expression {
        let inside = |inner: &Expression| Box::new(self.resolved(inner));
        match condition {
            Expression::And(left, right) => Expression::And(inside(left), inside(right)),
            Expression::Or(left, right) => Expression::Or(inside(left), inside(right)),
            Expression::Not(inner) => Expression::Not(inside(inner)),
            Expression::InQuery { value, source, sense } => {
                let first = |row: Vec<Value>| row.into_iter().next().and_then(|value| value.text());
                let list = self.ask(source).rows.into_iter().filter_map(first).map(Expression::Text).collect();
                Expression::In { value: value.clone(), list, sense: *sense }
            }
            other => other.clone(),
        }
    }
}
