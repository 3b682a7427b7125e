//! Commands that look along rows: sums, values of rows before, what was there last, sessions, gaps.

use std::collections::BTreeMap;

use super::aggregate::percentile;
use super::calendar;
use super::evaluate::Run;
use super::expression::{Row, capped};
use super::model::{Action, Bounds, Command, Expression, Mark, Path, Period};
use super::value::{Kind, Value, render};

impl Run<'_> {
    pub(super) fn along(&mut self, command: &Command) {
        match command {
            Command::Accumulate { of, into } => {
                self.order();
                let values = self.values(of);
                let mut sum = None;
                for (row, value) in self.rows.iter_mut().zip(values) {
                    if let Some(number) = value.number() {
                        sum = Some(sum.unwrap_or(0.0) + number);
                    }
                    row.columns.insert(into.clone(), Value::of_number(sum));
                }
                self.scope.kinds.insert(into.clone(), Kind::Number);
                self.beside.push(into.clone());
            }
            Command::Autoregress { of, into, first, last } => self.autoregress(of, into.as_deref(), *first..=*last),
            Command::FillDown(paths) => {
                self.order();
                for path in paths {
                    let mut known = Value::Missing;
                    let kind = self.scope.kind(&Expression::Field(path.clone()));
                    let values = self.values(path);
                    for (row, value) in self.rows.iter_mut().zip(values) {
                        if !value.is_missing() {
                            known = value;
                        }
                        row.columns.insert(path.name(), known.clone());
                    }
                    self.scope.kinds.insert(path.name(), kind);
                }
            }
            Command::AddTotals { into, of } => {
                for row in &mut self.rows {
                    let value = |path: &Path| self.scope.evaluate(&Expression::Field(path.clone()), row).number();
                    let numbers: Vec<f64> = of.iter().filter_map(value).collect();
                    row.columns.insert(into.clone(), Value::of_number(Some(numbers.iter().sum())));
                }
                self.scope.kinds.insert(into.clone(), Kind::Number);
                self.beside.push(into.clone());
            }
            Command::Sessionize { by, gap, into } => self.sessionize(by, *gap, into),
            Command::FillMissing { bin, period, offset, with } => {
                let offset_micros = offset.map_or(0, |offset| calendar::ceil(1, offset));
                self.fill_missing(bin, *period, offset_micros, with);
            }
            Command::Outlier { action, parameter, bounds, mark, of } => {
                self.outlier(*action, parameter.parse().unwrap_or_default(), *bounds, *mark, of);
            }
            other => self.look_up(other),
        }
    }

    fn autoregress(&mut self, of: &Path, into: Option<&str>, lags: std::ops::RangeInclusive<usize>) {
        self.order();
        let values = self.values(of);
        let kind = self.scope.kind(&Expression::Field(of.clone()));
        for lag in lags {
            let name = into.map_or_else(|| format!("{}_p{lag}", of.name()), str::to_owned);
            self.beside.push(name.clone());
            for (position, row) in self.rows.iter_mut().enumerate() {
                let before = position.checked_sub(lag).and_then(|before| values.get(before));
                row.columns.insert(name.clone(), before.cloned().unwrap_or(Value::Missing));
            }
            self.scope.kinds.insert(name, kind);
        }
    }

    /// Numbers sessions from 1 by their begin. A session is of equal fields, and no pause in it is longer than the gap.
    /// A row without a time is a session of its own.
    fn sessionize(&mut self, by: &[Path], gap: Period, into: &str) {
        let columns: Vec<Vec<Value>> = by.iter().map(|path| self.values(path)).collect();
        let time_of = |row: &Row<'_>| row.event.and_then(|event| event.time_micros);
        let place = |row: usize| {
            let event = self.rows.get(row).and_then(|row| row.event);
            event.map(|event| (event.time_micros.is_none(), event.time_micros, event.uri.clone(), event.record))
        };
        let mut rows: Vec<usize> = (0..self.rows.len()).collect();
        rows.sort_by_key(|row| place(*row));
        let length = calendar::ceil(1, gap);
        let mut open: BTreeMap<Vec<Option<String>>, (i64, usize)> = BTreeMap::new();
        let mut sessions = 0;
        for position in rows {
            let key = columns.iter().map(|values| values.get(position).and_then(Value::text)).collect();
            let Some(row) = self.rows.get_mut(position) else { continue };
            let time = time_of(row);
            let known = open.get(&key).filter(|(last, _)| time.is_some_and(|time| time - last <= length));
            let session = known.map_or(sessions + 1, |(_, session)| *session);
            sessions = sessions.max(session);
            if let Some(time) = time {
                open.insert(key, (time, session));
            }
            row.columns.insert(into.to_owned(), Value::Number(session as f64));
        }
        self.scope.kinds.insert(into.to_owned(), Kind::Number);
        self.beside.push(into.to_owned());
    }

    /// Bounds are those of all rows there were before. What is no number is not far out, and stays.
    fn outlier(&mut self, action: Action, parameter: f64, bounds: Bounds, mark: Mark, of: &[Path]) {
        let known: Vec<(&Path, Vec<Value>)> = of.iter().map(|path| (path, self.values(path))).collect();
        let mut removed = vec![false; self.rows.len()];
        for (path, values) in known {
            let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
            let (low, high) = (percentile(numbers.clone(), 25.0), percentile(numbers, 75.0));
            let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
            let (least, greatest) = (low - parameter * (high - low), high + parameter * (high - low));
            let kind = self.scope.kind(&Expression::Field(path.clone()));
            for ((row, value), removed) in self.rows.iter_mut().zip(values).zip(&mut removed) {
                let bound = match value.number() {
                    Some(number) if number > greatest => Some(greatest),
                    Some(number) if bounds == Bounds::Both && number < least => Some(least),
                    _ => None,
                };
                if mark == Mark::Field {
                    row.columns.insert(format!("{}_outlier", path.name()), Value::Truth(bound.is_some()));
                }
                match (action, bound) {
                    (Action::Remove, bound) => *removed |= bound.is_some(),
                    (Action::Cut, Some(bound)) if kind == Kind::Dynamic => {
                        row.columns.insert(path.name(), Value::Text(render(bound)));
                    }
                    (Action::Cut, Some(bound)) => {
                        row.columns.insert(path.name(), Value::of_number(Some(bound)));
                    }
                    (Action::Cut, None) => {
                        row.columns.insert(path.name(), value);
                    }
                }
            }
            if mark == Mark::Field {
                let name = format!("{}_outlier", path.name());
                self.scope.kinds.insert(name.clone(), Kind::Truth);
                self.beside.push(name);
            }
            self.scope.kinds.insert(path.name(), kind);
        }
        let mut removed = removed.into_iter();
        self.rows.retain(|_| !removed.next().unwrap_or_default());
    }

    /// Rows for the bins that no event is in, between the first and the last that some event is in.
    fn fill_missing(&mut self, bin: &str, period: Period, offset_micros: i64, with: &[(String, String)]) {
        let time = |row: &Row<'_>| match row.columns.get(bin) {
            Some(Value::Time(micros)) => Some(*micros),
            _ => None,
        };
        let known: Vec<i64> = self.rows.iter().filter_map(time).collect();
        let (Some(first), Some(last)) = (known.iter().min(), known.iter().max()) else { return };
        let mut edge = *first;
        while edge < *last {
            if !known.contains(&edge) {
                let mut made = Row { group: vec![Value::Time(edge)], ..Row::default() };
                made.columns.insert(bin.to_owned(), Value::Time(edge));
                made.columns.extend(with.iter().map(|(name, value)| (name.clone(), Value::Text(value.clone()))));
                self.rows.push(made);
            }
            edge = calendar::ceil(edge - offset_micros + 1, capped(period)) + offset_micros;
        }
    }
}
