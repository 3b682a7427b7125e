//! Expressions.

use super::Missing;
use super::comparison::{among, compare, complement, contains, matches};
use super::stage::Stage;
use super::value::{Json, Predicate, Value};
use super::{Compiler, squeezed};
use crate::ast::{Comparison, Expression, ExpressionKind, Operator, Pattern, Set};
use crate::error::{Error, Result};
use crate::notes::Note;

impl<'a> Compiler<'a> {
    pub(super) fn value(&mut self, stage: &mut Stage<'a>, expression: &Expression) -> Result<Value> {
        if let Some(value) = self.named_by_its_text(stage, expression) {
            return Ok(value);
        }
        let span = expression.span;
        let value = match &expression.kind {
            ExpressionKind::Text(text) => Value::Literal(text.clone()),
            ExpressionKind::Number(number) => Value::Numeral(number.clone()),
            ExpressionKind::Boolean(value) => Value::Literal(value.to_string()),
            ExpressionKind::Period(_) => {
                let error = Error::new(span, "a period is no value");
                return Err(error.hint("periods stand in `bin`, `datefloor` and `dateceil`"));
            }
            ExpressionKind::Star => return Err(Error::new(span, "`*` stands in `count(*)` only")),
            ExpressionKind::Field(path) if self.grouping.is_some() => {
                let name = crate::ast::dotted(path);
                let error = Error::new(span, format!("`{name}` is neither counted nor a key of the groups"));
                return Err(error.hint(format!("add it behind `by`, or write an aggregate such as latest({name})")));
            }
            ExpressionKind::Field(path) => self.field(stage, path, span)?,
            ExpressionKind::Within(base, segments) => {
                let texts: Vec<String> = segments.iter().map(|segment| segment.text.clone()).collect();
                match self.value(stage, base)? {
                    Value::Json(json) => Value::Json(json.below(&texts)),
                    // Nothing is within a text, a number or a time.
                    _ => Value::Missing,
                }
            }
            ExpressionKind::Call { name, arguments } => self.call(stage, name, arguments, span)?,
            ExpressionKind::Negative(inner) => {
                let inner = self.value(stage, inner)?;
                Value::double(format!("insights_mul({}, -1.0)", inner.number()))
            }
            ExpressionKind::Arithmetic(operator, left, right) => {
                let function = match operator {
                    Operator::Add => "insights_add",
                    Operator::Subtract => "insights_sub",
                    Operator::Multiply => "insights_mul",
                    Operator::Divide => "insights_div",
                    Operator::Remainder => "insights_mod",
                    Operator::Power => "insights_power",
                };
                let left = self.value(stage, left)?.number();
                let right = self.value(stage, right)?.number();
                Value::double(format!("{function}({left}, {right})"))
            }
            ExpressionKind::Compare(..)
            | ExpressionKind::Like { .. }
            | ExpressionKind::In { .. }
            | ExpressionKind::Not(_)
            | ExpressionKind::All(_)
            | ExpressionKind::Any(_) => Value::Truth(self.predicate(stage, expression)?.exact()),
        };
        value.checked(span)
    }

    /// An aggregate or a bin without an alias is named again by its text: `sort count(*) desc`. While groups are made,
    /// so are their keys.
    fn named_by_its_text(&mut self, stage: &mut Stage<'a>, expression: &Expression) -> Option<Value> {
        if let Some(keys) = &self.grouping {
            let text = squeezed(self.written(expression.span));
            return keys.iter().find(|(key, _)| *key == text).map(|(_, value)| value.clone());
        }
        if !matches!(expression.kind, ExpressionKind::Call { .. } | ExpressionKind::Arithmetic(..)) {
            return None;
        }
        let text = comparable(self.written(expression.span));
        let same = |name: &str| comparable(name) == text;
        let name = stage.bindings.iter().find(|binding| same(&binding.name))?.name.clone();
        self.materialize(stage, &name);
        stage.binding(&name).map(|binding| binding.value.clone())
    }

    pub(super) fn predicate(&mut self, stage: &mut Stage<'a>, expression: &Expression) -> Result<Predicate> {
        let predicate = match &expression.kind {
            ExpressionKind::All(parts) => {
                let parts = self.predicates(stage, parts)?;
                Predicate::all(&parts)
            }
            ExpressionKind::Any(parts) => {
                let parts = self.predicates(stage, parts)?;
                Predicate::any(&parts)
            }
            ExpressionKind::Not(inner) => self.predicate(stage, inner)?.complement(),
            ExpressionKind::Compare(comparison, left, right) => {
                let (left_value, right_value) = (self.value(stage, left)?, self.value(stage, right)?);
                if *comparison == Comparison::Unequal {
                    self.undecided(stage, left);
                    self.undecided(stage, right);
                }
                if *comparison == Comparison::Equal {
                    self.note_never(stage, &left_value, std::slice::from_ref(&right_value), expression);
                    self.note_never(stage, &right_value, std::slice::from_ref(&left_value), expression);
                }
                compare(*comparison, &left_value, &right_value, self.settings.missing)
            }
            ExpressionKind::Like { value, pattern, negated } => {
                let compiled = self.value(stage, value)?;
                let predicate = match pattern {
                    Pattern::Regex { pattern, .. } => matches(&compiled, pattern),
                    Pattern::Text(text) => {
                        let text = self.value(stage, text)?;
                        contains(&compiled, &text)
                    }
                };
                self.perhaps_negated(stage, predicate, value, &compiled, *negated)
            }
            ExpressionKind::In { value, set, negated } => {
                let compiled = self.value(stage, value)?;
                let predicate = match set {
                    Set::List(items) => {
                        let items: Result<Vec<Value>> = items.iter().map(|item| self.value(stage, item)).collect();
                        let items = items?;
                        self.note_never(stage, &compiled, &items, expression);
                        among(&compiled, &items)
                    }
                    Set::Query(query) => self.among_rows(&compiled, query, expression.span)?,
                };
                self.perhaps_negated(stage, predicate, value, &compiled, *negated)
            }
            _ => self.value(stage, expression)?.truth(),
        };
        Value::Truth(predicate.clone()).checked(expression.span)?;
        Ok(predicate)
    }

    fn predicates(&mut self, stage: &mut Stage<'a>, parts: &[Expression]) -> Result<Vec<Predicate>> {
        parts.iter().map(|part| self.predicate(stage, part)).collect()
    }

    fn perhaps_negated(
        &mut self,
        stage: &Stage<'a>,
        predicate: Predicate,
        expression: &Expression,
        value: &Value,
        negated: bool,
    ) -> Predicate {
        if !negated {
            return predicate;
        }
        self.undecided(stage, expression);
        let complement = complement(&predicate, &[value]);
        match self.settings.missing {
            Missing::Match => complement,
            Missing::Skip => Predicate::all(&[value.present(), complement]),
        }
    }

    /// Says where a column can't hold any of the values it is compared with, since the table keeps it in another way than
    /// the event.
    fn note_never(&mut self, stage: &Stage<'a>, value: &Value, others: &[Value], expression: &Expression) {
        let Some((table, _)) = stage.table else { return };
        let literals: Option<Vec<String>> = others.iter().map(Value::literal).collect();
        let Some(literals) = literals.filter(|literals| !literals.is_empty()) else { return };
        let in_upper_case = |text: &String| text.bytes().any(|byte| byte.is_ascii_uppercase());
        let why = match value {
            Value::Text(column)
                if table.name == "k8s_audit" && column == "verb" && literals.iter().all(in_upper_case) =>
            {
                "verbs are in lower case here"
            }
            Value::Number { whole: true, .. } if others.iter().all(|other| other.numeral().is_none()) => {
                "that column holds whole numbers"
            }
            _ => return,
        };
        let comparison = format!("`{}`", super::as_name(self.written(expression.span)));
        self.note(Note::Never { comparison, why: why.to_owned() });
    }

    /// Keeps in mind that a field's absence decides.
    fn undecided(&mut self, stage: &Stage<'a>, expression: &Expression) {
        let ExpressionKind::Field(path) = &expression.kind else { return };
        let name = crate::ast::dotted(path);
        let always = name.starts_with('@') && !name.starts_with("@@");
        if !stage.is_grouped() && !always && !self.undecided.contains(&name) {
            self.undecided.push(name);
        }
    }

    /// Several values of which one is given: numbers stay numbers if all are, anything that may be a map stays so.
    pub(super) fn one_of(values: &[&Value]) -> Shape {
        let kind = |value: &&&Value| !matches!(value, Value::Missing);
        let mut present = values.iter().filter(kind);
        let Some(first) = present.next() else { return Shape::Text };
        let shape = Shape::of(first);
        present.fold(shape, |shape, value| shape.with(Shape::of(value)))
    }
}

/// The text of an expression so that it can be compared with names: `Count( )` is `count(*)`.
fn comparable(text: &str) -> String {
    squeezed(text).to_lowercase().replace("count()", "count(*)")
}

/// What values of several expressions have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Json,
    Double,
    Whole,
    Boolean,
    Time,
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Missing | Value::Literal(_) | Value::Text(_) => Self::Text,
            Value::Numeral(text) if text.parse::<i64>().is_ok() => Self::Whole,
            Value::Number { whole: true, .. } | Value::Truth(_) => Self::Whole,
            Value::Numeral(_) | Value::Number { .. } => Self::Double,
            Value::Json(_) => Self::Json,
            Value::Boolean(_) => Self::Boolean,
            Value::Time(_) => Self::Time,
        }
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Double | Self::Whole, Self::Double | Self::Whole) => Self::Double,
            (Self::Json, _) | (_, Self::Json) => Self::Json,
            _ => Self::Text,
        }
    }

    /// A value in this shape, as SQL.
    pub fn sql(self, value: &Value) -> String {
        match (self, value) {
            (Self::Text, _) => value.text(),
            (Self::Json, _) => value.json(),
            (_, Value::Missing) => "NULL".to_owned(),
            (Self::Double, _) => value.number(),
            (Self::Whole | Self::Boolean | Self::Time, _) => value.output(),
        }
    }

    /// SQL of this shape as a value.
    pub fn value(self, sql: String) -> Value {
        match self {
            Self::Text => Value::Text(sql),
            Self::Json => Value::Json(Json::new(sql, Vec::new())),
            Self::Double => Value::double(sql),
            Self::Whole => Value::whole(sql),
            Self::Boolean => Value::Boolean(sql),
            Self::Time => Value::Time(sql),
        }
    }
}
