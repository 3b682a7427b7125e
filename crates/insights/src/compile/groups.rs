//! `stats` and what is like it: rows become groups.

use super::stage::{Binding, Order, Stage};
use super::value::{Json, Value};
use super::{Bins, Compiler, as_name, squeezed};
use crate::ast::{Expression, ExpressionKind, Named, Period, dotted};
use crate::error::{Error, Result, Span};
use crate::functions::{Aggregate, Function};
use crate::notes::Note;
use crate::sql;

/// Most ranges of a histogram.
const MOST_RANGES: usize = 1000;
/// Most `stats` of a query.
const MOST_STATS: usize = 2;

/// A key or aggregate on its way into a statement.
struct Item {
    name: String,
    value: Value,
    sql: String,
    bin: bool,
}

impl Item {
    fn binding(&self) -> Binding {
        let column = sql::quoted(&self.name);
        Binding { name: self.name.clone(), value: self.value.as_column(&column), bin: self.bin }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn stats(
        &mut self,
        stage: &mut Stage<'a>,
        aggregates: &[Named],
        by: &[Named],
        offset: Option<Period>,
        span: Span,
    ) -> Result<()> {
        if stage.grouped >= MOST_STATS {
            return Err(Error::new(span, "a query has at most two `stats`"));
        }
        if stage.is_grouped() {
            self.apply_limit(stage);
        }
        self.offset = offset_of(offset)?;
        let keys = by.iter().map(|key| self.key(stage, key)).collect::<Result<Vec<_>>>()?;
        self.offset = None;
        let texts =
            by.iter().zip(&keys).map(|(named, key)| (squeezed(self.written(named.expression.span)), key.value.clone()));
        self.grouping = Some(texts.collect());
        let mut items = Vec::new();
        for aggregate in aggregates {
            let value = self.value(stage, &aggregate.expression)?;
            let name = self.name_of(aggregate);
            items.push(Item { name, sql: value.carried(), value, bin: false });
        }
        self.grouping = None;
        let period = by.iter().find_map(|key| self.bin_period(&key.expression));
        let offset = offset_of(offset)?.unwrap_or(0);
        let all: Vec<&Item> = keys.iter().chain(&items).collect();
        let written = by.iter().chain(aggregates);
        for (index, (item, named)) in all.iter().zip(written).enumerate() {
            if all.iter().take(index).any(|other| other.name == item.name) {
                let at = named.alias.as_ref().map_or(named.expression.span, |alias| alias.span);
                let error = Error::new(at, format!("two results of `stats` are called `{}`", item.name));
                return Err(error.hint("give one of them another name with `as`"));
            }
        }
        let columns: Vec<String> = all.iter().map(|item| super::output::aliased(&item.sql, &item.name)).collect();
        let statement = grouped(stage, &columns, keys.len());
        let from = self.keep("grouped", statement);
        let mut next = Stage::of_columns(from, all.iter().map(|item| item.binding()).collect());
        next.order = keys.iter().map(|key| Order::ascending(key.binding().value.sort_key())).collect();
        next.grouped = stage.grouped + 1;
        next.limit = stage.limit;
        next.period = period.map(|(count, unit)| Bins { count, unit, offset });
        next.keys = keys.len();
        self.carry_sort(stage, &mut next);
        *stage = next;
        Ok(())
    }

    /// A `sort` before `stats` orders the groups, if they have what it names.
    fn carry_sort(&mut self, before: &Stage<'a>, next: &mut Stage<'a>) {
        let Some(sort) = &before.sort else { return };
        let mut order = Vec::new();
        for key in &sort.keys {
            if let Ok(value) = self.value(next, &key.expression) {
                order.push(Order { sql: value.sort_key(), descending: key.descending });
                continue;
            }
            let what = format!("`sort` by `{}`", as_name(self.written(key.expression.span)));
            self.note(Note::Dropped { what, why: "`stats` after it does not give that".to_owned() });
        }
        if !order.is_empty() {
            next.sort = Some(super::stage::Sort { keys: sort.keys.clone(), order });
        }
    }

    fn key(&mut self, stage: &mut Stage<'a>, named: &Named) -> Result<Item> {
        let value = self.value(stage, &named.expression)?;
        self.check_ordinary(&value, &named.expression, "`by`")?;
        // A map or list is no key; its rows are those without one.
        let value = match value {
            Value::Json(json) => Value::Text(json.scalar()),
            value => value,
        };
        let bin = self.is_bin(stage, &named.expression);
        Ok(Item { name: self.name_of(named), sql: value.output(), value, bin })
    }

    fn name_of(&self, named: &Named) -> String {
        match (&named.alias, &named.expression.kind) {
            (Some(alias), _) => alias.text.clone(),
            (None, ExpressionKind::Field(path)) => dotted(path),
            (None, _) => as_name(self.written(named.expression.span)),
        }
    }

    fn bin_period(&self, expression: &Expression) -> Option<(i64, &'static str)> {
        let ExpressionKind::Call { name, arguments } = &expression.kind else { return None };
        let ExpressionKind::Period(period) = &arguments.last()?.kind else { return None };
        let is_bin = ["bin", "datefloor"].iter().any(|bin| name.text.eq_ignore_ascii_case(bin));
        let cap = match self.settings.bin_cap {
            super::BinCap::AsInCloudWatch => period.unit.cap(),
            super::BinCap::AsWritten => None,
        };
        is_bin.then(|| (cap.map_or(period.count, |cap| period.count.min(cap)), period.unit.name()))
    }

    pub(super) fn aggregate(
        &mut self,
        stage: &mut Stage<'a>,
        function: &Function,
        which: Aggregate,
        arguments: &[Expression],
        span: Span,
    ) -> Result<Value> {
        let (least, most) = match which {
            Aggregate::Count => (0, 1),
            Aggregate::Percentile | Aggregate::Rate | Aggregate::Histogram => (2, 2),
            _ => (1, 1),
        };
        super::function::check_count(function, arguments, least, most, span)?;
        let first = arguments.first();
        if matches!(first, None | Some(Expression { kind: ExpressionKind::Star, .. })) {
            if which == Aggregate::Count {
                return Ok(Value::whole("count(*)"));
            }
            return Err(Error::new(span, format!("`{}` needs a field", function.name)));
        }
        let grouping = self.grouping.take();
        let value = match first {
            Some(first) => self.value(stage, first),
            None => Ok(Value::Missing),
        };
        self.grouping = grouping;
        let value = value?;
        let number = value.number();
        Ok(match which {
            Aggregate::Count => match &value {
                Value::Literal(_) | Value::Numeral(_) | Value::Truth(_) => Value::whole("count(*)"),
                Value::Json(Json { present: Some(present), .. }) => {
                    Value::whole(format!("count(*) FILTER (WHERE {present})"))
                }
                _ => Value::whole(format!("count({})", countable(&value))),
            },
            Aggregate::CountDistinct => Value::whole(format!("count(DISTINCT {})", countable(&value))),
            Aggregate::Rate => return rate(stage, &value, arguments, span),
            Aggregate::Histogram => {
                let ranges = match arguments.get(1).map(|argument| &argument.kind) {
                    Some(ExpressionKind::Number(number)) => number.parse::<usize>().ok(),
                    _ => None,
                };
                let Some(ranges) = ranges.filter(|ranges| (1..=MOST_RANGES).contains(ranges)) else {
                    let at = arguments.get(1).map_or(span, |argument| argument.span);
                    let error = Error::new(at, format!("a histogram has from 1 to {MOST_RANGES} ranges"));
                    return Err(error.hint("histogram(field, 10)"));
                };
                Value::Json(Json::new(format!("insights_histogram({number}, {ranges})"), Vec::new()))
            }
            Aggregate::Sum => finite("sum", &value),
            Aggregate::Average => finite("avg", &value),
            Aggregate::StandardDeviation => finite("stddev", &value),
            Aggregate::Min => extreme("min", &value),
            Aggregate::Max => extreme("max", &value),
            Aggregate::Percentile => {
                let percent = match arguments.get(1).map(|argument| &argument.kind) {
                    Some(ExpressionKind::Number(number)) => number.parse::<f64>().ok(),
                    _ => None,
                };
                let Some(percent) = percent.filter(|percent| (0.0..=100.0).contains(percent)) else {
                    let at = arguments.get(1).map_or(span, |argument| argument.span);
                    return Err(Error::new(at, "the percentile is a number from 0 to 100").hint("pct(field, 95)"));
                };
                Value::double(format!("insights_pct({number}, {percent:?})"))
            }
            Aggregate::Earliest | Aggregate::Latest => {
                let timestamp = super::function::timestamp(stage, span)?;
                let mut order = vec![Order { sql: timestamp.clone(), descending: which == Aggregate::Latest }];
                order.extend(stage.order.iter().skip(1).cloned());
                let present = value.present().sql;
                first_of(&value, &order, &format!("{timestamp} IS NOT NULL AND {present}"))
            }
            Aggregate::SortsFirst | Aggregate::SortsLast => {
                let value = match value {
                    Value::Json(json) => Value::Text(json.scalar()),
                    value => value,
                };
                let order = [Order { sql: value.sort_key(), descending: which == Aggregate::SortsLast }];
                let present = value.present().sql;
                first_of(&value, &order, &present)
            }
        })
    }

    /// Groups by fields, most frequent first.
    pub(super) fn count_frequent(&mut self, stage: &mut Stage<'a>, fields: &[Named], span: Span) -> Result<()> {
        if stage.grouped >= MOST_STATS {
            return Err(Error::new(span, "`countFrequent` can't follow a second `stats`"));
        }
        if stage.is_grouped() {
            self.apply_limit(stage);
        }
        let keys = fields.iter().map(|key| self.key(stage, key)).collect::<Result<Vec<_>>>()?;
        let name = "_approxcount";
        let mut columns: Vec<String> = keys.iter().map(|item| super::output::aliased(&item.sql, &item.name)).collect();
        columns.push(super::output::aliased("count(*)", name));
        let from = self.keep("counted", grouped(stage, &columns, keys.len()));
        let count = sql::quoted(name);
        let mut bindings: Vec<Binding> = keys.iter().map(Item::binding).collect();
        bindings.push(Binding { name: name.to_owned(), value: Value::whole(count.clone()), bin: false });
        let mut next = Stage::of_columns(from, bindings);
        next.order.push(Order { sql: count, descending: true });
        next.order.extend(keys.iter().map(|key| Order::ascending(key.binding().value.sort_key())));
        next.grouped = stage.grouped + 1;
        next.limit = stage.limit;
        next.keys = keys.len();
        *stage = next;
        Ok(())
    }
}

/// How much a value changes in a period, from the first to the last row of a group that has it.
fn rate(stage: &Stage<'_>, value: &Value, arguments: &[Expression], span: Span) -> Result<Value> {
    let timestamp = super::function::timestamp(stage, span)?;
    let period = super::function::period_of(arguments.get(1), span)?;
    let millis = period.unit.millis().and_then(|millis| millis.checked_mul(period.count));
    let Some(millis) = millis else {
        return Err(Error::new(period.span, "the interval of a rate has a fixed length: weeks or less"));
    };
    let number = value.number();
    let condition = format!("{timestamp} IS NOT NULL AND {number} IS NOT NULL");
    let at = |descending: bool| {
        let mut order = vec![Order { sql: timestamp.clone(), descending }];
        order.extend(stage.order.iter().skip(1).cloned());
        let order: Vec<String> = order.iter().map(Order::sql).collect();
        format!("first_value({number} ORDER BY {}) FILTER (WHERE {condition})", order.join(", "))
    };
    let millis_at = |end: &str| format!("insights_to_millis({end}({timestamp}) FILTER (WHERE {condition}))");
    Ok(Value::double(format!(
        "insights_div(insights_sub({}, {}), insights_div(insights_sub({}, {}), {millis}.0))",
        at(true),
        at(false),
        millis_at("max"),
        millis_at("min")
    )))
}

/// A statement whose first items are keys.
fn grouped(stage: &Stage<'_>, columns: &[String], keys: usize) -> String {
    let statement = stage.select(columns);
    if keys == 0 {
        return statement;
    }
    let positions: Vec<String> = (1..=keys).map(|position| position.to_string()).collect();
    format!("{statement}\nGROUP BY {}", positions.join(", "))
}

/// What is null exactly where the value is missing, and equal where it is equal.
fn countable(value: &Value) -> String {
    match value {
        Value::Number { .. } | Value::Time(_) | Value::Boolean(_) => value.output(),
        other => other.text(),
    }
}

/// An aggregate of numbers, null where it is not finite. Whole numbers of a column can't add up to that.
fn finite(function: &str, value: &Value) -> Value {
    let call = format!("{function}({})", value.number());
    match value {
        Value::Number { whole: true, .. } => Value::double(call),
        _ => Value::double(format!("insights_number({call})")),
    }
}

/// The least or greatest: of numbers if there are any, else of texts.
fn extreme(function: &str, value: &Value) -> Value {
    match value {
        Value::Number { sql, whole } => Value::Number { sql: format!("{function}({sql})"), whole: *whole },
        Value::Time(sql) => Value::Time(format!("{function}({sql})")),
        Value::Truth(_) => Value::whole(format!("{function}({})", value.output())),
        other => Value::Text(format!(
            "coalesce(insights_text({function}({})), {function}({}))",
            other.number(),
            other.scalar()
        )),
    }
}

/// The value in the first row by an order, of those for which a condition holds.
fn first_of(value: &Value, order: &[Order], condition: &str) -> Value {
    let order: Vec<String> = order.iter().map(Order::sql).collect();
    let sql = format!("first_value({} ORDER BY {}) FILTER (WHERE {condition})", value.carried(), order.join(", "));
    value.as_column(&sql)
}

/// Milliseconds that `offset` moves the edges of bins by.
fn offset_of(offset: Option<Period>) -> Result<Option<i64>> {
    let Some(period) = offset else { return Ok(None) };
    let millis = period.unit.millis().and_then(|millis| millis.checked_mul(period.count));
    match millis {
        Some(millis) => Ok(Some(millis)),
        None => Err(Error::new(period.span, "an offset has a fixed length: weeks or less")),
    }
}
