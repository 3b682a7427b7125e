//! Comparisons: as numbers where both sides look like numbers, else as texts. What is known of the sides when a query
//! is translated decides how plain the SQL can be; the plainest is a typed column and a literal, which can be pruned.

use super::value::{Predicate, Rank, Value, number};
use crate::ast::Comparison;
use crate::runtime::numbers;
use crate::sql;

/// What rows do that lack the field of `!=`, `not like` and `not in`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They match: the complement of `=`, `like` and `in`.
    #[default]
    Match,
    /// They don't match.
    Skip,
}

pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value, missing: Missing) -> Predicate {
    if comparison != Comparison::Unequal {
        return plain(comparison, left, right);
    }
    match missing {
        Missing::Skip => plain(Comparison::Unequal, left, right),
        Missing::Match => complement(&plain(Comparison::Equal, left, right), &[left, right]),
    }
}

/// The complement of a comparison, for what is no map or list: those compare as nothing at all.
pub(super) fn complement(predicate: &Predicate, sides: &[&Value]) -> Predicate {
    let mut parts = vec![predicate.complement()];
    for structure in sides.iter().filter_map(|side| side.is_structure()) {
        // What tells a structure is null where there is nothing.
        parts.push(Predicate::new(format!("({structure}) IS NOT TRUE"), Rank::Comparison).certain());
    }
    Predicate::all(&parts)
}

/// The comparison where both sides are there; null or false where one is not.
fn plain(comparison: Comparison, left: &Value, right: &Value) -> Predicate {
    let operator = comparison.sql();
    let simple = |left: String, right: String| Predicate::new(format!("{left} {operator} {right}"), Rank::Comparison);
    match (left, right) {
        (Value::Missing, _) | (_, Value::Missing) => Predicate::constant(false),
        (Value::Literal(_) | Value::Numeral(_), Value::Literal(_) | Value::Numeral(_)) => {
            let order = numbers::compare(&left.literal().unwrap_or_default(), &right.literal().unwrap_or_default());
            Predicate::constant(holds(comparison, order))
        }
        // The literal to the right.
        (Value::Literal(_) | Value::Numeral(_), _) => plain(comparison.turned(), right, left),
        (Value::Boolean(column), Value::Literal(text)) if text == "true" || text == "false" => {
            simple(column.clone(), text.clone())
        }
        (Value::Time(left), Value::Time(right)) => simple(left.clone(), right.clone()),
        (Value::Time(time), _) => with_time(comparison, time, right),
        (_, Value::Time(time)) => with_time(comparison.turned(), time, left),
        (Value::Number { sql, .. }, _) if right.numeral().is_some() => {
            simple(sql.clone(), number(right.numeral().unwrap_or_default()))
        }
        (Value::Truth(_), _) if right.numeral().is_some() => {
            simple(left.output(), number(right.numeral().unwrap_or_default()))
        }
        (Value::Number { sql: left, .. }, Value::Number { sql: right, .. }) => simple(left.clone(), right.clone()),
        (Value::Number { .. } | Value::Truth(_), Value::Number { .. } | Value::Truth(_)) => {
            simple(left.output(), right.output())
        }
        // No number is equal to what is none.
        (Value::Number { .. } | Value::Truth(_), Value::Literal(_)) if comparison == Comparison::Equal => {
            Predicate::constant(false)
        }
        // A literal that is no number makes it a comparison of texts.
        (_, Value::Literal(text)) if right.numeral().is_none() => simple(left.scalar(), sql::literal(text)),
        _ => Predicate::new(
            format!("insights_compare({}, {}) {operator} 0", left.scalar(), right.scalar()),
            Rank::Comparison,
        ),
    }
}

fn holds(comparison: Comparison, order: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// A time is epoch milliseconds beside what looks like a number, and its text beside anything else.
fn with_time(comparison: Comparison, time: &str, other: &Value) -> Predicate {
    let operator = comparison.sql();
    let value = Value::Time(time.to_owned());
    if let Some(numeral) = other.numeral() {
        if let Some(predicate) = with_millis(comparison, time, numeral) {
            return predicate;
        }
        return Predicate::new(format!("{} {operator} {}", value.number(), number(numeral)), Rank::Comparison);
    }
    match other {
        Value::Number { .. } | Value::Truth(_) => {
            Predicate::new(format!("{} {operator} {}", value.number(), other.number()), Rank::Comparison)
        }
        Value::Literal(text) => {
            Predicate::new(format!("{} {operator} {}", value.scalar(), sql::literal(text)), Rank::Comparison)
        }
        _ => {
            let (other, millis) = (other.scalar(), value.number());
            Predicate::new(
                format!(
                    "insights_compare(CASE WHEN insights_looks_numeric({other}) THEN insights_text({millis}) ELSE {} END, {other}) {operator} 0",
                    value.scalar()
                ),
                Rank::Comparison,
            )
        }
    }
}

/// Whole milliseconds become instants, so that the time is compared as it lies in the table. A time's milliseconds are
/// its floor: those before the next one are equal to it.
fn with_millis(comparison: Comparison, time: &str, numeral: &str) -> Option<Predicate> {
    let millis = numeral.parse::<i64>().ok()?;
    let instant = |millis: i64| millis.checked_mul(1000).map(sql::instant);
    let (this, next) = (instant(millis)?, instant(millis.checked_add(1)?)?);
    let text = match comparison {
        Comparison::Less => format!("{time} < {this}"),
        Comparison::LessOrEqual => format!("{time} < {next}"),
        Comparison::Greater => format!("{time} >= {next}"),
        Comparison::GreaterOrEqual => format!("{time} >= {this}"),
        Comparison::Equal => return Some(Predicate::new(format!("{time} >= {this} AND {time} < {next}"), Rank::And)),
        Comparison::Unequal => return Some(Predicate::new(format!("{time} < {this} OR {time} >= {next}"), Rank::Or)),
    };
    Some(Predicate::new(text, Rank::Comparison))
}

/// `value in [items]`, null or false where the value is missing.
pub(super) fn among(value: &Value, items: &[Value]) -> Predicate {
    // Items that compare alike are written as one list.
    let (mut listed, mut rest) = (Vec::new(), Vec::new());
    for item in items {
        match (value, item) {
            (Value::Boolean(_), Value::Literal(text)) if text == "true" || text == "false" => listed.push(text.clone()),
            (Value::Number { .. }, _) if item.numeral().is_some() => {
                listed.push(number(item.numeral().unwrap_or_default()));
            }
            (Value::Text(_) | Value::Json(_), Value::Literal(text)) if item.numeral().is_none() => {
                listed.push(sql::literal(text));
            }
            _ => rest.push(plain(Comparison::Equal, value, item)),
        }
    }
    let side = match value {
        Value::Number { sql, .. } | Value::Boolean(sql) => sql.clone(),
        other => other.scalar(),
    };
    match listed.as_slice() {
        [] => {}
        [only] => rest.insert(0, Predicate::new(format!("{side} = {only}"), Rank::Comparison)),
        _ => rest.insert(0, Predicate::new(format!("{side} IN ({})", listed.join(", ")), Rank::Comparison)),
    }
    Predicate::any(&rest)
}

/// `value like "text"`.
pub(super) fn contains(value: &Value, text: &Value) -> Predicate {
    match (value, text) {
        (Value::Missing, _) | (_, Value::Missing) => Predicate::constant(false),
        _ => Predicate::new(format!("contains({}, {})", value.scalar(), text.scalar()), Rank::Atom),
    }
}

/// `value like /regex/`.
pub(super) fn matches(value: &Value, pattern: &str) -> Predicate {
    match value {
        Value::Missing => Predicate::constant(false),
        _ => Predicate::new(format!("regexp_like({}, {})", value.scalar(), sql::literal(pattern)), Rank::Atom),
    }
}
