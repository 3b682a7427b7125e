//! What is shown, in which order and how many: `fields`, `display`, `sort`, `limit`, `dedup` and the last SELECT.

use super::source::PLACE;
use super::stage::{Order, Sort, Stage};
use super::value::Value;
use super::{Compiler, OutputColumn, Translation, as_name};
use crate::ast::{Expression, ExpressionKind, Named, SortKey, dotted};
use crate::error::{Error, Result, Span};
use crate::notes::Note;
use crate::schema::Kind;
use crate::sql;

/// Rows a query gives that has no `limit`.
const DEFAULT_LIMIT: u64 = 10_000;

impl<'a> Compiler<'a> {
    pub(super) fn fields(&mut self, stage: &mut Stage<'a>, fields: &[Named]) -> Result<()> {
        for field in fields {
            let name = self.named(stage, field)?;
            if !stage.chosen {
                stage.chosen = true;
                stage.shown.clear();
            }
            stage.show(&name);
        }
        Ok(())
    }

    pub(super) fn display(&mut self, stage: &mut Stage<'a>, fields: &[Named]) -> Result<()> {
        let mut names: Vec<String> = Vec::new();
        for field in fields {
            let name = self.named(stage, field)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        stage.displayed = Some(names);
        Ok(())
    }

    /// Binds an expression to its alias or text, and gives that.
    fn named(&mut self, stage: &mut Stage<'a>, field: &Named) -> Result<String> {
        let value = self.value(stage, &field.expression)?;
        let name = match (&field.alias, &field.expression.kind) {
            (Some(alias), _) => alias.text.clone(),
            (None, ExpressionKind::Field(path)) => dotted(path),
            (None, _) => as_name(self.written(field.expression.span)),
        };
        let known = stage.binding(&name).map(|binding| (binding.value == value, binding.bin));
        let bin = self.is_bin(stage, &field.expression) || known == Some((true, true));
        stage.bind(&name, value, bin);
        Ok(name)
    }

    pub(super) fn is_bin(&self, stage: &Stage<'a>, expression: &Expression) -> bool {
        match &expression.kind {
            ExpressionKind::Call { name, .. } => {
                ["bin", "datefloor", "dateceil"].iter().any(|bin| name.text.eq_ignore_ascii_case(bin))
                    || stage.binding(&as_name(self.written(expression.span))).is_some_and(|binding| binding.bin)
            }
            ExpressionKind::Field(path) => stage.binding(&dotted(path)).is_some_and(|binding| binding.bin),
            _ => false,
        }
    }

    pub(super) fn sort(&mut self, stage: &mut Stage<'a>, keys: &[SortKey], span: Span) -> Result<()> {
        let mut order = Vec::new();
        for key in keys {
            let value = self.value(stage, &key.expression)?;
            if value.is_constant() {
                continue;
            }
            self.check_ordinary(&value, &key.expression, "`sort`")?;
            order.push(Order { sql: value.sort_key(), descending: key.descending });
        }
        if stage.sort.is_some() {
            let what = "the `sort` before".to_owned();
            self.note(Note::Dropped { what, why: "the last one orders the result".to_owned() });
        }
        debug_assert!(span.start <= span.end);
        stage.sort = Some(Sort { keys: keys.to_vec(), order });
        Ok(())
    }

    pub(super) fn dedup(&mut self, stage: &mut Stage<'a>, fields: &[Expression]) -> Result<()> {
        self.apply_limit(stage);
        let mut keys = Vec::new();
        for field in fields {
            let value = self.value(stage, field)?;
            self.check_ordinary(&value, field, "`dedup`")?;
            keys.push(value.scalar());
        }
        let order = stage.along();
        let missing: Vec<String> = keys.iter().map(|key| format!("   OR {key} IS NULL")).collect();
        let statement = format!(
            "{}\nQUALIFY row_number() OVER (PARTITION BY {} {order}) = 1\n{}",
            stage.select_with(&[]),
            keys.join(", "),
            missing.join("\n")
        );
        let from = self.keep("first_of_each", statement);
        stage.moved_to(from);
        stage.closed = true;
        Ok(())
    }

    /// Maps and lists are no keys. Of a column of JSON it is known that it holds them; of other fields only rows know, and
    /// there they are missing.
    pub(super) fn check_ordinary(&self, value: &Value, expression: &Expression, command: &str) -> Result<()> {
        let Value::Json(json) = value else { return Ok(()) };
        if json.present.is_none() {
            return Ok(());
        }
        let name = as_name(self.written(expression.span));
        let error = Error::new(expression.span, format!("{command} takes no maps and lists, which `{name}` holds"));
        Err(error.hint(format!(
            "`{name}.0` is the first of a list, `unnest {name} into item` makes a row of each, jsonStringify({name}) one text"
        )))
    }

    /// Cuts the rows here, for a command that has to see only what `limit` left.
    pub(super) fn apply_limit(&mut self, stage: &mut Stage<'a>) {
        let Some(limit) = stage.limit.take() else { return };
        let order = stage.order_by();
        let order = if order.is_empty() { order } else { format!("\n{order}") };
        let statement = format!("{}{order}\nLIMIT {limit}", stage.select_with(&[]));
        let from = self.keep("limited", statement);
        stage.moved_to(from);
    }

    /// Names and values that are shown.
    pub(super) fn outputs(stage: &Stage<'a>) -> Vec<(String, Value, bool)> {
        let names = stage.displayed.as_ref().unwrap_or(&stage.shown);
        let value = |name: &String| {
            let binding = stage.binding(name)?;
            Some((name.clone(), binding.value.clone(), binding.bin))
        };
        names.iter().filter_map(value).collect()
    }

    /// Records are large, and an answer shows few: where it shows them, its rows are picked without them, and their
    /// records read once it is known which they are.
    fn pick(&mut self, stage: &mut Stage<'a>, limit: u64) {
        let reads_record = |sql: &str| sql::names(sql, "raw");
        let shows_record = Self::outputs(stage).iter().any(|(_, value, _)| reads_record(&value.output()));
        if !stage.untouched || !shows_record || sorts_by_case(stage) {
            return;
        }
        let statement = format!("{}\n{}\nLIMIT {limit}", stage.select(&PLACE.map(str::to_owned)), stage.order_by());
        let picked = self.keep("picked", statement);
        stage.from = format!("{} LEFT SEMI JOIN {picked} USING ({})", stage.from, PLACE.join(", "));
        // What was asked of the record holds already; what is asked of columns prunes here, too.
        stage.conditions.retain(|condition| !reads_record(&condition.sql));
    }

    /// The last SELECT, with order and limit.
    pub(super) fn last_select(&mut self, stage: &mut Stage<'a>, limit: Option<u64>) -> String {
        let outputs = Self::outputs(stage);
        let order = stage.current_order();
        // A name of the result hides a column of the same name from ORDER BY.
        let hides = |(name, value, _): &(String, Value, bool)| {
            stage.columns.contains(name) && value.output() != sql::quoted(name) && value.output() != sql::name(name)
        };
        let items = outputs.iter().map(|(name, value, _)| aliased(&value.output(), name)).collect::<Vec<_>>();
        let limit = limit.map_or_else(String::new, |limit| format!("\nLIMIT {limit}"));
        if order.is_empty() {
            return format!("{}{limit}", stage.select(&items));
        }
        if !sorts_by_case(stage) && !outputs.iter().any(hides) {
            // What is shown is named rather than repeated, where the name means nothing else.
            let shown = |sql: &str| {
                let output = outputs.iter().find(|(_, value, _)| value.output() == sql)?;
                (!stage.columns.contains(&output.0)).then(|| sql::quoted(&output.0))
            };
            let order: Vec<String> = order
                .into_iter()
                .map(|order| Order { sql: shown(&order.sql).unwrap_or(order.sql), descending: order.descending }.sql())
                .collect();
            return format!("{}\nORDER BY {}{limit}", stage.select(&items), order.join(", "));
        }
        let keys: Vec<String> = (1..=order.len()).map(|index| format!("\"order {index}\"")).collect();
        let mut with_keys = items;
        with_keys.extend(order.iter().zip(&keys).map(|(order, key)| format!("{} AS {key}", order.sql)));
        let from = self.keep("shown", stage.select(&with_keys));
        let names: Vec<String> = outputs.iter().map(|(name, _, _)| sql::quoted(name)).collect();
        let order: Vec<String> =
            order.iter().zip(keys).map(|(order, key)| Order { sql: key, descending: order.descending }.sql()).collect();
        format!("SELECT\n{}\nFROM {from}\nORDER BY {}{limit}", sql::lines(&names), order.join(", "))
    }

    pub(super) fn finish(mut self, mut stage: Stage<'a>) -> Result<Translation> {
        let outputs = Self::outputs(&stage);
        if outputs.is_empty() {
            return Err(Error::new(Span::new(0, self.text.len()), "the query shows nothing"));
        }
        let limit = stage.limit.unwrap_or(DEFAULT_LIMIT);
        self.pick(&mut stage, limit);
        let last = self.last_select(&mut stage, Some(limit));
        let bins = stage.period.filter(|_| outputs.iter().filter(|(_, _, bin)| *bin).count() == 1);
        let columns =
            outputs.into_iter().map(|(name, value, bin)| OutputColumn { name, kind: kind_of(&value), bin }).collect();
        if !self.undecided.is_empty() {
            let kept = self.settings.missing == super::Missing::Match;
            let fields = std::mem::take(&mut self.undecided);
            self.note(Note::Missing { fields, kept });
        }
        Ok(Translation { sql: with(&self.expressions, &last), columns, bins, notes: self.notes })
    }
}

/// DataFusion 55.2 refuses some plans that sort by a CASE ("does not satisfy order requirements", of an order that is the
/// same), but none that sort by a column made of it.
fn sorts_by_case(stage: &Stage<'_>) -> bool {
    stage.current_order().iter().any(|order| order.sql.contains("CASE "))
}

/// An item of SELECT under its name.
pub(super) fn aliased(item: &str, name: &str) -> String {
    let quoted = sql::quoted(name);
    if item == quoted || item == name && sql::name(name) == name {
        item.to_owned()
    } else {
        format!("{item} AS {quoted}")
    }
}

/// A statement with its common table expressions.
fn with(expressions: &[(String, String)], last: &str) -> String {
    if expressions.is_empty() {
        return last.to_owned();
    }
    let parts: Vec<String> =
        expressions.iter().map(|(name, statement)| format!("{name} AS (\n{}\n)", sql::indented(statement))).collect();
    format!("WITH {}\n{last}", parts.join(",\n"))
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Missing | Value::Literal(_) | Value::Text(_) => Kind::Text,
        Value::Json(_) => Kind::Json,
        Value::Numeral(text) if text.parse::<i64>().is_ok() => Kind::Int,
        Value::Number { whole: true, .. } | Value::Truth(_) => Kind::Int,
        Value::Numeral(_) | Value::Number { .. } => Kind::Float,
        Value::Boolean(_) => Kind::Bool,
        Value::Time(_) => Kind::Time,
    }
}
