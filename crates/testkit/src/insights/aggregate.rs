//! Aggregates: what the rows of a group give together.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::expression::{Row, Scope};
use super::model::{Aggregate, Expression, Path};
use super::value::{Kind, Value, compare, natural, numeric, render, sort_order};
use super::{calendar, json};

impl Scope {
    /// An expression with aggregates, over the rows of a group.
    pub(super) fn aggregated(&self, expression: &Expression, rows: &[Row<'_>]) -> Value {
        match expression {
            Expression::Aggregate(aggregate) => self.aggregate(aggregate, rows),
            Expression::Arithmetic(left, operator, right) => {
                let literal = |side: &Expression| match self.aggregated(side, rows).rendered() {
                    Some(number) => Expression::Number(number),
                    None => Expression::Field(Path::of("missing")),
                };
                let arithmetic = Expression::Arithmetic(Box::new(literal(left)), *operator, Box::new(literal(right)));
                self.evaluate(&arithmetic, &Row::default())
            }
            other => self.evaluate(other, &Row::default()),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate, rows: &[Row<'_>]) -> Value {
        match aggregate {
            Aggregate::CountRows => Value::Number(rows.len() as f64),
            Aggregate::Count(of) | Aggregate::CountOverTime(of) => Value::Number(self.present(of, rows).len() as f64),
            Aggregate::CountDistinct(of) => {
                let texts: BTreeSet<Option<String>> = self.present(of, rows).iter().map(Value::rendered).collect();
                Value::Number(texts.len() as f64)
            }
            Aggregate::Sum(of) | Aggregate::SumOverTime(of) => {
                let numbers = self.numbers(of, rows);
                if numbers.is_empty() { Value::Missing } else { Value::of_number(Some(numbers.iter().sum())) }
            }
            Aggregate::Average(of) => Value::of_number(average(&self.numbers(of, rows))),
            Aggregate::Deviation(of) => Value::of_number(deviation(&self.numbers(of, rows))),
            Aggregate::Percentile(of, percent) => {
                Value::of_number(percentile(self.numbers(of, rows), f64::from(*percent)))
            }
            Aggregate::Least(of) => self.extreme(of, rows, Ordering::Less),
            Aggregate::Greatest(of) => self.extreme(of, rows, Ordering::Greater),
            Aggregate::Earliest(of) => self.at_time(of, rows, Ordering::Less),
            Aggregate::Latest(of) => self.at_time(of, rows, Ordering::Greater),
            Aggregate::Rate(of, period) => Value::of_number(self.rate(of, rows, calendar::ceil(1, *period))),
            Aggregate::Histogram(of, ranges) => {
                histogram(&self.numbers(of, rows), usize::from(*ranges)).map_or(Value::Missing, Value::Structure)
            }
            Aggregate::SortsFirst(of) => self.by_sort(of, rows, Ordering::Less),
            Aggregate::SortsLast(of) => self.by_sort(of, rows, Ordering::Greater),
        }
    }

    /// The values that are there.
    fn present(&self, of: &Expression, rows: &[Row<'_>]) -> Vec<Value> {
        rows.iter().map(|row| self.evaluate(of, row)).filter(|value| !value.is_missing()).collect()
    }

    fn numbers(&self, of: &Expression, rows: &[Row<'_>]) -> Vec<f64> {
        rows.iter().filter_map(|row| self.evaluate(of, row).number()).collect()
    }

    /// Of numbers, if there are any, the one furthest to a side; else of texts.
    fn extreme(&self, of: &Expression, rows: &[Row<'_>], side: Ordering) -> Value {
        let values = self.present(of, rows);
        if self.kind(of) != Kind::Dynamic {
            let further = |one: Value, other: Value| if compare(&other, &one) == Some(side) { other } else { one };
            return values.into_iter().reduce(further).unwrap_or(Value::Missing);
        }
        let texts: Vec<String> = values.iter().filter_map(Value::text).collect();
        let numbers: Vec<f64> = texts.iter().filter_map(|text| numeric(text)).collect();
        let further = |one: f64, other: f64| if other.partial_cmp(&one) == Some(side) { other } else { one };
        match numbers.into_iter().reduce(further) {
            Some(number) => Value::Text(render(number)),
            None => {
                Value::of_text(texts.into_iter().reduce(|one, other| if other.cmp(&one) == side { other } else { one }))
            }
        }
    }

    /// The value of the row at an end of time, among rows that have both.
    fn at_time(&self, of: &Expression, rows: &[Row<'_>], side: Ordering) -> Value {
        let mut best: Option<(&Row<'_>, Value)> = None;
        for row in rows {
            let value = self.evaluate(of, row);
            let Some(event) = row.event.filter(|_| !value.is_missing()) else { continue };
            let Some(time) = event.time_micros else { continue };
            let better = best.as_ref().and_then(|(row, _)| row.event).is_none_or(|known| {
                let by_time = time.cmp(&known.time_micros.unwrap_or_default());
                let by_place = (&event.uri, event.record).cmp(&(&known.uri, known.record));
                by_time == side || (by_time.is_eq() && by_place.is_lt())
            });
            if better {
                best = Some((row, value));
            }
        }
        best.map_or(Value::Missing, |(_, value)| value)
    }

    /// How much the number changes in a time, from the first to the last row that has one.
    fn rate(&self, of: &Expression, rows: &[Row<'_>], period_micros: i64) -> Option<f64> {
        let known = |row: &&Row<'_>| self.evaluate(of, row).number().is_some();
        let known: Vec<Row<'_>> = rows.iter().filter(known).cloned().collect();
        let millis = |side: Ordering| match self.at_time(&Expression::field("@timestamp"), &known, side) {
            Value::Time(micros) => Some(micros.div_euclid(1_000) as f64),
            _ => None,
        };
        let number = |side: Ordering| self.at_time(of, &known, side).number();
        let elapsed = millis(Ordering::Greater)? - millis(Ordering::Less)?;
        let periods = elapsed / (period_micros as f64 / 1_000.0);
        let change = number(Ordering::Greater)? - number(Ordering::Less)?;
        (elapsed > 0.0).then(|| change / periods)
    }

    fn by_sort(&self, of: &Expression, rows: &[Row<'_>], side: Ordering) -> Value {
        let kind = self.kind(of);
        let values = self.present(of, rows).into_iter().filter(|value| !matches!(value, Value::Structure(_)));
        let order = |one: &Value, other: &Value| match kind {
            Kind::Dynamic => natural(&one.text().unwrap_or_default(), &other.text().unwrap_or_default()),
            kind => sort_order(kind, one, other),
        };
        values.reduce(|one, other| if order(&other, &one) == side { other } else { one }).unwrap_or(Value::Missing)
    }
}

fn average(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// Of a sample; one value has none.
fn deviation(numbers: &[f64]) -> Option<f64> {
    let mean = average(numbers).filter(|_| numbers.len() > 1)?;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    Some((squares / (numbers.len() - 1) as f64).sqrt())
}

/// A range of equal width after the other, from the least to the greatest: `{"[0,5)":2,"[5,10]":1}`.
fn histogram(numbers: &[f64], ranges: usize) -> Option<String> {
    let least = numbers.iter().copied().reduce(f64::min)?;
    let greatest = numbers.iter().copied().reduce(f64::max)?;
    let ranges = if least < greatest { ranges } else { 1 };
    let edge = |range: usize| {
        if range == ranges { greatest } else { least + (greatest - least) * range as f64 / ranges as f64 }
    };
    let members = (0..ranges).map(|range| {
        let (from, to, last) = (edge(range), edge(range + 1), range + 1 == ranges);
        let count = numbers.iter().filter(|number| **number >= from && (last || **number < to)).count();
        let name = format!("[{},{}{}", render(from), render(to), if last { ']' } else { ')' });
        format!("{}:{count}", json::quoted(&name))
    });
    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
}

/// Interpolated between the two values nearest to it.
pub(super) fn percentile(mut numbers: Vec<f64>, percent: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let place = percent / 100.0 * (numbers.len().checked_sub(1)? as f64);
    let (below, above) = (*numbers.get(place.floor() as usize)?, *numbers.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}
