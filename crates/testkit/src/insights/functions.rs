//! Functions of the values of one row. Each takes what it takes or gives nothing; only predicates answer regardless.

use super::model::Function;
use super::value::{Kind, Value, numeric};
use super::{Event, calendar, json, strings};

/// What kind of values a function gives. Those that choose among their arguments are not asked.
pub(super) fn kind(function: Function) -> Kind {
    use Function as F;
    let numbers = [
        F::Abs,
        F::Ceil,
        F::Floor,
        F::Greatest,
        F::Least,
        F::Log,
        F::Round,
        F::Sqrt,
        F::Haversine,
        F::ToNumber,
        F::ToInt,
        F::ToLong,
        F::ToDouble,
        F::MessageSize,
        F::JsonArraySize,
        F::Ipv4ToNumber,
        F::Length,
        F::HexToDecimal,
        F::ToMillis,
        F::ParseDate,
        F::Now,
        F::QueryStartTime,
        F::QueryEndTime,
        F::QueryTimeRange,
    ];
    let truths = [F::IsPresent, F::IsNumeric, F::JsonArrayContains, F::IsEmpty, F::IsBlank];
    match function {
        F::FromMillis => Kind::Time,
        number if numbers.contains(&number) => Kind::Number,
        truth if truths.contains(&truth) || strings::PREDICATES.contains(&truth) => Kind::Truth,
        _ => Kind::Dynamic,
    }
}

/// Calls a function with the values of its arguments.
pub(super) fn call(function: Function, values: &[Value], event: Option<&Event>) -> Value {
    let first = values.first().unwrap_or(&Value::Missing);
    match function {
        Function::IsPresent => Value::Truth(!first.is_missing()),
        Function::IsEmpty => Value::Truth(match first {
            Value::Missing => true,
            value => value.text().is_some_and(|text| text.is_empty()),
        }),
        Function::IsBlank => Value::Truth(match first {
            Value::Missing => true,
            value => value.text().is_some_and(|text| text.trim().is_empty()),
        }),
        Function::IsNumeric => Value::Truth(first.number().is_some()),
        Function::MessageSize => event.map_or(Value::Missing, |event| Value::Number(event.message.len() as f64)),
        Function::JsonParse => match first {
            Value::Structure(text) => Value::Structure(text.clone()),
            value => value.text().map_or(Value::Missing, |text| match json::checked(&text) {
                Some(Value::Structure(text)) => Value::Structure(text),
                _ => Value::Missing,
            }),
        },
        Function::JsonArraySize => Value::of_number(list(first).map(|elements| elements.len() as f64)),
        Function::JsonArrayContains => Value::Truth(contains(first, values.get(1))),
        Function::FromMillis => {
            first.number().map_or(Value::Missing, |millis| Value::Time((millis * 1_000.0).floor() as i64))
        }
        Function::ToMillis => match first {
            Value::Time(_) => Value::of_number(first.number()),
            _ => Value::Missing,
        },
        Function::FormatDate => match (first, values.get(1).and_then(Value::text)) {
            (Value::Time(micros), Some(format)) => Value::Text(calendar::formatted(*micros, &format)),
            _ => Value::Missing,
        },
        _ if kind(function) == Kind::Number => {
            if strings::MEASURES.contains(&function) {
                return Value::of_number(strings::measure(function, values));
            }
            let numbers: Option<Vec<f64>> = values.iter().map(Value::number).collect();
            Value::of_number(numbers.and_then(|numbers| calculate(function, &numbers)))
        }
        _ => strings::call(function, values),
    }
}

fn calculate(function: Function, numbers: &[f64]) -> Option<f64> {
    let whole = |low: f64, high: f64| {
        let whole = numbers.first()?.trunc();
        (whole >= low && whole < high).then_some(whole)
    };
    match (function, numbers) {
        (Function::Abs, [number]) => Some(number.abs()),
        (Function::Ceil, [number]) => Some(number.ceil()),
        (Function::Floor, [number]) => Some(number.floor()),
        (Function::Greatest, numbers) => numbers.iter().copied().reduce(f64::max),
        (Function::Least, numbers) => numbers.iter().copied().reduce(f64::min),
        (Function::Log, [number]) => Some(number.ln()),
        (Function::Round, [number]) => Some(number.round()),
        (Function::Round, [number, digits]) => {
            let scale = 10_f64.powi(*digits as i32);
            Some((number * scale).round() / scale)
        }
        (Function::Sqrt, [number]) => Some(number.sqrt()),
        (Function::Haversine, [latitude, _, other_latitude, _])
            if latitude.abs() > 90.0 || other_latitude.abs() > 90.0 =>
        {
            None
        }
        (Function::Haversine, [latitude, longitude, other_latitude, other_longitude]) => {
            let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
            let across = latitude.to_radians().cos() * other_latitude.to_radians().cos();
            let chord = half(*latitude, *other_latitude) + across * half(*longitude, *other_longitude);
            Some(2.0 * 6_371.0 * chord.min(1.0).sqrt().asin())
        }
        (Function::ToNumber | Function::ToDouble, [number]) => Some(*number),
        (Function::ToInt, [_]) => whole(-2_147_483_648.0, 2_147_483_648.0),
        (Function::ToLong, [_]) => whole(-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0),
        _ => None,
    }
}

/// The elements of a list, whether it is one or reads as one.
fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Structure(text) | Value::Text(text) => json::elements(text),
        _ => None,
    }
}

fn contains(value: &Value, wanted: Option<&Value>) -> bool {
    let Some(wanted) = wanted.and_then(Value::text) else { return false };
    let elements = list(value).unwrap_or_default();
    elements.iter().any(|element| json::scalar(element).text().is_some_and(|text| text == wanted))
}

/// Hexadecimal digits as a number: `ff`, `0xff`, `-0xff`.
pub(super) fn from_hexadecimal(text: &str) -> Option<f64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(|number| sign * number as f64)
}

/// A whole number in hexadecimal: `0xff`, `-0xff`.
pub(super) fn to_hexadecimal(number: &str) -> Option<String> {
    let number = numeric(number).filter(|number| number.fract() == 0.0)?;
    let sign = if number < 0.0 { "-" } else { "" };
    Some(format!("{sign}0x{:x}", number.abs() as u64))
}
