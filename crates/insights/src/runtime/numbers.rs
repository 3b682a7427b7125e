//! Numbers as Logs Insights sees them: texts that look like numbers, how a number is written, and arithmetic that has
//! no answer rather than a wrong one.
//!
//! Not here: the order of `sort`, which knows another kind of number (`order`).

use std::borrow::Cow;
use std::cmp::Ordering;

/// Up to here every whole number has a floating-point number of its own.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    Integer,
    Decimal,
}

/// The shape of `[+-]?(digits[.digits*]|.digits)([eE][+-]?digits)?`, with nothing around it.
fn shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_sign = |at: usize| matches!(bytes.get(at), Some(b'+' | b'-'));
    let mut at = usize::from(is_sign(0));
    let whole = digits(at);
    at += whole;
    if at == bytes.len() {
        return if whole > 0 { Shape::Integer } else { Shape::Text };
    }
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return Shape::Text;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(is_sign(at));
        let exponent = digits(at);
        if exponent == 0 {
            return Shape::Text;
        }
        at += exponent;
    }
    if at == bytes.len() { Shape::Decimal } else { Shape::Text }
}

/// The number a text looks like; none if it does not look like one, or like one that is not finite.
pub fn number(text: &str) -> Option<f64> {
    if shape(text) == Shape::Text {
        return None;
    }
    text.parse::<f64>().ok().and_then(finite)
}

/// The number, if it is finite. There is one zero, and it has no sign.
pub fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number + 0.0)
}

pub fn looks_numeric(text: &str) -> bool {
    number(text).is_some()
}

/// A number as text: whole ones without a fraction, others as short as can be; none if it is not finite.
pub fn render(number: f64) -> Option<String> {
    finite(number)?;
    if number.fract() == 0.0 && number.abs() < EXACT_INTEGERS {
        return Some((number as i64).to_string());
    }
    Some(number.to_string())
}

/// The order of two values: as numbers if both look numeric, else as texts by code points.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (shape_of_one, shape_of_other) = (shape(one), shape(other));
    if shape_of_one == Shape::Integer
        && shape_of_other == Shape::Integer
        && let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>())
    {
        return one.cmp(&other);
    }
    if shape_of_one == Shape::Text || shape_of_other == Shape::Text {
        return one.cmp(other);
    }
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.partial_cmp(&other).unwrap_or(Ordering::Equal),
        _ => one.cmp(other),
    }
}

/// A text that is the same for values that compare as equal: whole numbers that fit 128 bits by their digits, other
/// numbers as they are written, everything else as it stands.
pub fn equality(text: &str) -> Cow<'_, str> {
    match shape(text) {
        Shape::Text => Cow::Borrowed(text),
        Shape::Integer if let Ok(whole) = text.parse::<i128>() => Cow::Owned(whole.to_string()),
        _ => number(text).and_then(render).map_or(Cow::Borrowed(text), Cow::Owned),
    }
}

/// The operations of arithmetic; a result that is not finite is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

pub fn arithmetic(operation: Operation, one: f64, other: f64) -> Option<f64> {
    let result = match operation {
        Operation::Add => one + other,
        Operation::Subtract => one - other,
        Operation::Multiply => one * other,
        Operation::Divide | Operation::Remainder if other == 0.0 => return None,
        Operation::Divide => one / other,
        Operation::Remainder => one % other,
        Operation::Power => one.powf(other),
    };
    finite(result)
}

/// Rounds to a number of decimals, half away from zero. Negative decimals round before the point.
pub fn round(number: f64, decimals: f64) -> Option<f64> {
    let scale = 10_f64.powi(decimals.trunc().clamp(-400.0, 400.0) as i32);
    let scaled = number * scale;
    // Past the precision of the number there is nothing left to round.
    if scale == 0.0 {
        return Some(0.0);
    }
    if !scaled.is_finite() || scaled.abs() >= EXACT_INTEGERS {
        return finite(number);
    }
    finite(scaled.round() / scale)
}

/// A whole number of 32 bits, toward zero; none if there is none.
pub fn to_int(number: f64) -> Option<f64> {
    let whole = number.trunc();
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole).then_some(whole + 0.0)
}

/// A whole number of 64 bits, toward zero; none if there is none.
pub fn to_long(number: f64) -> Option<f64> {
    let whole = number.trunc();
    (i64::MIN as f64..-(i64::MIN as f64)).contains(&whole).then_some(whole + 0.0)
}

/// `0x1f`, `1F` or `-0x1f` as a number.
pub fn hex_to_dec(text: &str) -> Option<f64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let digits = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")).unwrap_or(rest);
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((i128::from_str_radix(digits, 16).ok()? * sign) as f64)
}

/// A whole number as `0x1f`; a fraction is cut off. None if it fits no 64 bits.
pub fn dec_to_hex(number: f64) -> Option<String> {
    let whole = to_long(number)? as i64;
    let sign = if whole < 0 { "-" } else { "" };
    Some(format!("{sign}0x{:x}", whole.unsigned_abs()))
}

/// Kilometres between two places on a sphere of the earth's mean radius, given in degrees. None where a latitude is
/// beyond a pole.
pub fn haversine(latitude_1: f64, longitude_1: f64, latitude_2: f64, longitude_2: f64) -> Option<f64> {
    const EARTH_RADIUS_KILOMETRES: f64 = 6371.0;
    if latitude_1.abs() > 90.0 || latitude_2.abs() > 90.0 {
        return None;
    }
    let (from, to) = (latitude_1.to_radians(), latitude_2.to_radians());
    let half_way_up = ((latitude_2 - latitude_1).to_radians() / 2.0).sin();
    let half_way_round = ((longitude_2 - longitude_1).to_radians() / 2.0).sin();
    let chord = half_way_up * half_way_up + from.cos() * to.cos() * half_way_round * half_way_round;
    finite(2.0 * EARTH_RADIUS_KILOMETRES * chord.clamp(0.0, 1.0).sqrt().asin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_their_look() {
        for text in ["0", "007", "-1", "+2", "1.5", ".5", "5.", "1e3", "1.E-2", "-.5e+1"] {
            assert!(looks_numeric(text), "{text}");
        }
        for text in ["", "+", ".", "e5", "1e", "1e+", " 1", "1 ", "0x1f", "inf", "NaN", "1_000", "1,5", "--1", "1e999"]
        {
            assert!(!looks_numeric(text), "{text}");
        }
        assert_eq!(number("5."), Some(5.0));
        assert_eq!(number("1.e2"), Some(100.0));
    }

    #[test]
    fn numbers_are_written_as_short_as_can_be() {
        for (number, text) in [(3.0, "3"), (-0.0, "0"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000")] {
            assert_eq!(render(number).as_deref(), Some(text));
        }
        assert_eq!(render(f64::NAN), None);
        assert_eq!(render(f64::INFINITY), None);
    }

    #[test]
    fn two_that_look_numeric_compare_as_numbers_and_others_as_texts() {
        for (one, other, expected) in [
            ("9", "10", Ordering::Less),
            ("200", "2e2", Ordering::Equal),
            ("007", "7", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("123456789012", "123456789012.0", Ordering::Equal),
            ("9", "10a", Ordering::Greater),
            ("", "0", Ordering::Less),
            ("a", "B", Ordering::Greater),
            ("-1", "1", Ordering::Less),
            // Too great for 128 bits: as floating-point numbers.
            ("340282366920938463463374607431768211456", "1", Ordering::Greater),
            // Not finite, so no number.
            ("1e999", "2", Ordering::Less),
        ] {
            assert_eq!(compare(one, other), expected, "{one} {other}");
            assert_eq!(compare(other, one), expected.reverse(), "{other} {one}");
        }
    }

    #[test]
    fn arithmetic_without_an_answer_has_none() {
        assert_eq!(arithmetic(Operation::Divide, 1.0, 0.0), None);
        assert_eq!(arithmetic(Operation::Remainder, 1.0, 0.0), None);
        assert_eq!(arithmetic(Operation::Power, -8.0, 0.5), None);
        assert_eq!(arithmetic(Operation::Multiply, 1e300, 1e300), None);
        assert_eq!(arithmetic(Operation::Power, 2.0, 10.0), Some(1024.0));
        assert_eq!(arithmetic(Operation::Remainder, -7.0, 3.0), Some(-1.0));
    }

    #[test]
    fn rounding_goes_away_from_zero_at_the_half() {
        assert_eq!(round(2.5, 0.0), Some(3.0));
        assert_eq!(round(-2.5, 0.0), Some(-3.0));
        assert_eq!(round(1.005, 1.0), Some(1.0));
        assert_eq!(round(1234.0, -2.0), Some(1200.0));
        assert_eq!(round(0.1, 350.0), Some(0.1));
        assert_eq!(round(5.0, -400.0), Some(0.0));
    }

    #[test]
    fn whole_numbers_are_cut_and_bounded() {
        assert_eq!(to_int(3.9), Some(3.0));
        assert_eq!(to_int(-3.9), Some(-3.0));
        assert_eq!(to_int(2_147_483_648.0), None);
        assert_eq!(to_long(9.3e18), None);
        assert_eq!(to_long(-9_223_372_036_854_775_808.0), Some(-9_223_372_036_854_775_808.0));
    }

    #[test]
    fn hexadecimal_has_a_lower_case_prefix() {
        assert_eq!(dec_to_hex(31.0).as_deref(), Some("0x1f"));
        assert_eq!(dec_to_hex(-31.0).as_deref(), Some("-0x1f"));
        assert_eq!(hex_to_dec("0x1F"), Some(31.0));
        assert_eq!(hex_to_dec("-1f"), Some(-31.0));
        for text in ["", "0x", "xyz", "+1", "--1", "0x-1"] {
            assert_eq!(hex_to_dec(text), None, "{text}");
        }
    }

    #[test]
    fn distances_are_kilometres() {
        let paris_london = haversine(48.8566, 2.3522, 51.5074, -0.1278).unwrap();
        assert!((paris_london - 343.5).abs() < 1.0, "{paris_london}");
        assert_eq!(haversine(1.0, 2.0, 1.0, 2.0), Some(0.0));
        assert_eq!(haversine(90.5, 0.0, 0.0, 0.0), None);
    }
}
