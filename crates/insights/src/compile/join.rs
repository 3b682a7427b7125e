//! What other queries bring: `join`, `… in (SOURCE …)` and `appendcols`.

use super::stage::{Order, Stage};
use super::streams::commands_fields;
use super::value::{Predicate, Rank, Value};
use super::{Compiler, Nesting};
use crate::ast::{Command, CommandKind, Comparison, Expression, ExpressionKind, Join, Query, dotted};
use crate::error::{Error, Result, Span};
use crate::lexer::Segment;
use crate::sql;

impl<'a> Compiler<'a> {
    /// The stage that a query in brackets leaves.
    fn inner(&mut self, query: &Query) -> Result<Stage<'a>> {
        let settings = (self.since, self.until);
        let grouping = self.grouping.take();
        let stage = self.pipeline(query, Nesting::Inner);
        self.grouping = grouping;
        (self.since, self.until) = settings;
        stage
    }

    /// `value in (SOURCE … | fields f)`.
    pub(super) fn among_rows(&mut self, value: &Value, query: &Query, span: Span) -> Result<Predicate> {
        let nested = query.commands.iter().any(|command| matches!(command.kind, CommandKind::Join(_)));
        if self.depth > 1 || nested {
            let error = Error::new(span, "a query in brackets can't hold another");
            return Err(error.hint("each side of `in (…)` is one plain query"));
        }
        let mut stage = self.inner(query)?;
        let outputs = Self::outputs(&stage);
        let [(_, found, _)] = outputs.as_slice() else {
            let error =
                Error::new(span, format!("a query after `in` gives one field, and this gives {}", outputs.len()));
            return Err(error.hint("end it with `| fields` and the field"));
        };
        self.apply_limit(&mut stage);
        let key = format!("insights_equality({})", found.scalar());
        stage.filter(found.present());
        let inner = format!("SELECT {key} AS \"key\"\nFROM {}{}", stage.from, stage.where_clause());
        let from = self.keep("among", inner);
        Ok(Predicate::new(
            format!("insights_equality({}) IN (SELECT \"key\" FROM {from} WHERE \"key\" IS NOT NULL)", value.scalar()),
            Rank::Comparison,
        ))
    }

    pub(super) fn join(&mut self, stage: &mut Stage<'a>, join: &Join, rest: &[Command], span: Span) -> Result<()> {
        if stage.side.is_some() {
            return Err(Error::new(span, "a query has at most one `join`"));
        }
        let has_query = join.query.commands.iter().any(|command| matches!(command.kind, CommandKind::Join(_)));
        if has_query || self.depth > 1 {
            return Err(Error::new(span, "the right side of a join is one plain query"));
        }
        let mut right = self.inner(&join.query)?;
        let pairs = self.pairs(stage, &mut right, join)?;
        // What is named of the right side from here on, and what it shows by itself.
        let mut wanted: Vec<Vec<String>> = Vec::new();
        commands_fields(rest, &mut wanted);
        wanted.retain(|path| path.len() > 1 && path.first() == Some(&join.right));
        if right.chosen || right.displayed.is_some() || right.is_grouped() {
            let shown = Self::outputs(&right);
            wanted.extend(shown.into_iter().map(|(name, ..)| vec![join.right.clone(), name]));
        }
        wanted.sort();
        wanted.dedup();
        let mut columns = Vec::new();
        for path in &wanted {
            let own: Vec<Segment> =
                path.iter().skip(1).map(|text| Segment { text: text.clone(), quoted: true }).collect();
            let value = self.field(&mut right, &own, span)?;
            columns.push((path.join("."), value));
        }
        self.apply_limit(&mut right);
        let mut left_items = Vec::new();
        let mut right_items = Vec::new();
        let mut conditions = Vec::new();
        for (index, (left, right)) in pairs.iter().enumerate() {
            let name = sql::quoted(&stage.column_for(&format!("join key {}", index + 1)));
            left_items.push(format!("insights_equality({}) AS {name}", left.scalar()));
            right_items.push(format!("insights_equality({}) AS {name}", right.scalar()));
            conditions.push(format!("lefts.{name} = rights.{name}"));
        }
        let mut taken = vec!["lefts.*".to_owned()];
        let mut bound = Vec::new();
        for (name, value) in &columns {
            let column = sql::quoted(&stage.column_for(name));
            right_items.push(format!("{} AS {column}", value.carried()));
            taken.push(format!("rights.{column}"));
            bound.push((name.clone(), value.as_column(&column)));
        }
        // Rows of the right side that are equal in all that is taken still come one by one, in a fixed order.
        let position = sql::quoted(&stage.column_for("right position"));
        right_items.push(format!("row_number() OVER ({}) AS {position}", right.along()));
        taken.push(format!("rights.{position}"));
        let lefts = self.keep("left_side", stage.select_with(&left_items));
        let rights = self.keep("right_side", right.select(&right_items));
        let kind = if join.keep_left { "LEFT JOIN" } else { "JOIN" };
        let statement = format!(
            "SELECT\n{}\nFROM {lefts} AS lefts\n{kind} {rights} AS rights ON {}",
            sql::lines(&taken),
            conditions.join(" AND ")
        );
        let from = self.keep("joined", statement);
        stage.moved_to(from);
        stage.order.push(Order::ascending(position));
        for (name, value) in bound {
            stage.bind(&name, value, false);
        }
        stage.side = Some(join.left.clone());
        Ok(())
    }

    /// Pairs of values that have to be equal, the left side's first.
    fn pairs(&mut self, left: &mut Stage<'a>, right: &mut Stage<'a>, join: &Join) -> Result<Vec<(Value, Value)>> {
        let parts = match &join.condition.kind {
            ExpressionKind::All(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&join.condition),
        };
        let wrong = |span: Span| {
            let error = Error::new(span, "the condition of a join is fields that are equal");
            error.hint(format!("where {}.id = {}.id", join.left, join.right))
        };
        let mut pairs = Vec::new();
        for part in parts {
            let ExpressionKind::Compare(Comparison::Equal, one, other) = &part.kind else {
                return Err(wrong(part.span));
            };
            let ((Some(Side::Left(one)), Some(Side::Right(other))) | (Some(Side::Right(other)), Some(Side::Left(one)))) =
                (side_of(one, join), side_of(other, join))
            else {
                return Err(wrong(part.span));
            };
            pairs.push((self.field(left, one, part.span)?, self.field(right, other, part.span)?));
        }
        Ok(pairs)
    }

    /// Columns of another query beside the rows, by position.
    pub(super) fn append_columns(
        &mut self,
        stage: &mut Stage<'a>,
        overwrite: bool,
        most: u64,
        query: &Query,
    ) -> Result<()> {
        // A query without a source of its own asks the same.
        let mut right = self.inner(query)?;
        right.limit = Some(right.limit.map_or(most, |limit| limit.min(most)));
        self.apply_limit(&mut right);
        let added = Self::outputs(&right);
        let position = sql::quoted(&stage.column_for("row position"));
        let mut right_items: Vec<String> = Vec::new();
        let mut taken = vec!["lefts.*".to_owned()];
        let mut bound = Vec::new();
        for (name, value, bin) in &added {
            let column = sql::quoted(&stage.column_for(name));
            right_items.push(format!("{} AS {column}", value.carried()));
            taken.push(format!("rights.{column}"));
            let value = value.as_column(&column);
            match stage.binding(name) {
                Some(_) if !overwrite => {}
                _ => bound.push((name.clone(), value, *bin)),
            }
        }
        right_items.push(format!("row_number() OVER ({}) AS {position}", right.along()));
        let left_item = format!("row_number() OVER ({}) AS {position}", stage.along());
        let lefts = self.keep("rows_before", stage.select_with(&[left_item]));
        let rights = self.keep("rows_beside", right.select(&right_items));
        let statement = format!(
            "SELECT\n{}\nFROM {lefts} AS lefts\nLEFT JOIN {rights} AS rights ON lefts.{position} = rights.{position}",
            sql::lines(&taken)
        );
        let from = self.keep("beside", statement);
        stage.moved_to(from);
        for (name, value, bin) in bound {
            stage.bind(&name, value, bin);
            stage.show(&name);
        }
        Ok(())
    }
}

enum Side<'e> {
    Left(&'e [Segment]),
    Right(&'e [Segment]),
}

fn side_of<'e>(expression: &'e Expression, join: &Join) -> Option<Side<'e>> {
    let ExpressionKind::Field(path) = &expression.kind else { return None };
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return None;
    }
    debug_assert!(!dotted(rest).is_empty() || rest.iter().all(|segment| segment.text.is_empty()));
    if first.text == join.left {
        Some(Side::Left(rest))
    } else if first.text == join.right {
        Some(Side::Right(rest))
    } else {
        None
    }
}
