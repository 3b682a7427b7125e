//! Values: how they read as text and as numbers, how they compare, and how they sort.

use std::cmp::Ordering;

use super::calendar;

/// What an expression gives for one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Missing,
    /// Text of the event or of a function; a number or boolean of the event's JSON is text too.
    Text(String),
    Number(f64),
    /// Microseconds since 1970.
    Time(i64),
    /// The answer of a predicate.
    Truth(bool),
    /// A map or a list, as JSON text.
    Structure(String),
}

/// What is known of an expression's values before a row is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever the event holds.
    Dynamic,
    Number,
    Time,
    Truth,
}

impl Value {
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// What is printed in a result.
    pub(super) fn rendered(&self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Text(text) | Self::Structure(text) => Some(text.clone()),
            Self::Number(number) => Some(render(*number)),
            Self::Time(micros) => Some(calendar::render(*micros)),
            Self::Truth(truth) => Some(u8::from(*truth).to_string()),
        }
    }

    /// The value as text; a structure is none.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Structure(_) => None,
            other => other.rendered(),
        }
    }

    /// The value as a number, if it looks like one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Missing | Self::Structure(_) => None,
            Self::Text(text) => numeric(text),
            Self::Number(number) => Some(*number),
            Self::Time(micros) => Some(micros.div_euclid(1_000) as f64),
            Self::Truth(truth) => Some(f64::from(u8::from(*truth))),
        }
    }

    /// A finite number, or nothing.
    pub(super) fn of_number(number: Option<f64>) -> Self {
        number.filter(|number| number.is_finite()).map_or(Self::Missing, Self::Number)
    }

    pub(super) fn of_text(text: Option<String>) -> Self {
        text.map_or(Self::Missing, Self::Text)
    }

    /// The value as a condition.
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) if text == "true" => true,
            other => other.number().is_some_and(|number| number != 0.0),
        }
    }
}

/// A number as text: without a fraction if it has none and is exact, else the shortest that reads back.
pub fn render(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return (number as i64).to_string();
    }
    format!("{number}")
}

/// The text as a finite number: `[+-]?(digits[.digits*]|.digits)([eE][+-]?digits)?`.
pub(super) fn numeric(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
    };
    let exponent_fits = exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The text as a plain integer that fits 128 bits.
fn integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Two texts: as integers or as numbers if both look like that, else by code points.
pub(super) fn compare_texts(left: &str, right: &str) -> Ordering {
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return left.cmp(&right);
    }
    if let (Some(left), Some(right)) = (numeric(left), numeric(right)) {
        return left.partial_cmp(&right).unwrap_or(Ordering::Equal);
    }
    left.cmp(right)
}

/// Two values; none if one is missing or a structure, which compares with nothing.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Time(left), Value::Time(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    // A number that was calculated has the precision it was calculated with.
    let calculated = matches!(left, Value::Number(_)) || matches!(right, Value::Number(_));
    if calculated && let (Some(left), Some(right)) = (left.number(), right.number()) {
        return Some(left.partial_cmp(&right).unwrap_or(Ordering::Equal));
    }
    Some(compare_texts(&beside(left, right)?, &beside(right, left)?))
}

/// The text a value is compared by: a time is a number beside numbers.
fn beside(value: &Value, other: &Value) -> Option<String> {
    match value {
        Value::Time(micros) if other.number().is_some() => Some(micros.div_euclid(1_000).to_string()),
        value => value.text(),
    }
}

/// The order of `sort` between values of this kind that are both there.
pub(super) fn sort_order(kind: Kind, left: &Value, right: &Value) -> Ordering {
    match (kind, left, right) {
        (_, Value::Time(left), Value::Time(right)) => left.cmp(right),
        (_, Value::Truth(left), Value::Truth(right)) => left.cmp(right),
        (Kind::Number, left, right) => {
            let (left, right) = (left.number().unwrap_or_default(), right.number().unwrap_or_default());
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
        (_, left, right) => natural(&left.text().unwrap_or_default(), &right.text().unwrap_or_default()),
    }
}

/// Natural order, ascending: what is not all digits comes first, in chunks; numbers follow by value.
pub(super) fn natural(left: &str, right: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(left), is_number(right)) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (true, true) => {
            let (left_value, right_value) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            left_value
                .len()
                .cmp(&right_value.len())
                .then_with(|| left_value.cmp(right_value))
                .then_with(|| left.cmp(right))
        }
        (false, false) => {
            for (left, right) in chunks(left).iter().zip(chunks(right).iter()) {
                let both_digits = is_number(left) && is_number(right);
                let by_length = if both_digits { left.len().cmp(&right.len()) } else { Ordering::Equal };
                let order = by_length.then_with(|| left.cmp(right));
                if order != Ordering::Equal {
                    return order;
                }
            }
            chunks(left).len().cmp(&chunks(right).len())
        }
    }
}

/// Runs of digits and runs of everything else.
fn chunks(text: &str) -> Vec<&str> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter: char| letter.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
