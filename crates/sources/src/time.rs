//! Times as logs write them, to microseconds since 1970 in UTC. What is no time gives none: nothing is guessed.

use std::borrow::Cow;

use jiff::{Timestamp, civil::DateTime, fmt::strtime};

use crate::extract::unquote;

/// A JSON value as a time: an RFC 3339 text, a date and time in another known form, or a number of seconds or
/// milliseconds since 1970.
pub fn from_json(json: &str) -> Option<i64> {
    match json.as_bytes().first()? {
        b'"' => from_text(&unquote(json)),
        b'-' | b'0'..=b'9' => from_number(json.parse().ok()?),
        _ => None,
    }
}

pub fn from_text(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_microsecond());
    }
    // AWS writes a narrow no-break space before AM and PM in some SDKs' answers.
    let plain: Cow<'_, str> =
        if text.contains('\u{202f}') { text.replace('\u{202f}', " ").into() } else { text.into() };
    let civil = LOCAL_FORMS.iter().find_map(|form| strtime::parse(form, plain.as_bytes()).ok()?.to_datetime().ok());
    if let Some(civil) = civil {
        return utc_micros(civil);
    }
    plain.parse().ok().and_then(from_number)
}

/// Milliseconds since 1970, as CloudWatch gives them.
pub fn from_millis(millis: i64) -> Option<i64> {
    millis.checked_mul(1_000).filter(|micros| Timestamp::from_microsecond(*micros).is_ok())
}

/// The UTC day of an instant, `2024-05-14`.
pub fn day(micros: i64) -> Option<String> {
    let instant = Timestamp::from_microsecond(micros).ok()?;
    Some(instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// Forms without an offset; AWS means UTC by them.
const LOCAL_FORMS: [&str; 3] = ["%b %d, %Y, %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];

fn utc_micros(civil: DateTime) -> Option<i64> {
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// Past this, a number of seconds would lie in the year 5138, so it is taken as milliseconds.
const MOST_SECONDS: f64 = 1e11;

fn from_number(number: f64) -> Option<i64> {
    if !number.is_finite() || number.abs() < 1.0 {
        return None;
    }
    let seconds = if number.abs() > MOST_SECONDS { number / 1_000.0 } else { number };
    let micros = (seconds * 1_000_000.0).round();
    if micros.abs() > 9e18 {
        return None;
    }
    Timestamp::from_microsecond(micros as i64).ok().map(Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_forms_of_one_instant_agree() {
        let expected = Some(1_688_992_274_000_000);
        for form in [
            r#""2023-07-10T12:31:14Z""#,
            r#""2023-07-10T14:31:14.000+02:00""#,
            "\"Jul 10, 2023, 12:31:14\u{202f}PM\"",
            r#""Jul 10, 2023, 12:31:14 PM""#,
            r#""2023-07-10 12:31:14""#,
            "1688992274",
            "1688992274.0",
            "1688992274000",
            r#""1688992274""#,
        ] {
            assert_eq!(from_json(form), expected, "{form}");
        }
    }

    #[test]
    fn microseconds_are_kept() {
        assert_eq!(from_text("2024-05-14T14:02:11.123456Z"), Some(1_715_695_331_123_456));
    }

    #[test]
    fn what_is_no_time_gives_none() {
        for text in [r#""yesterday""#, "{}", "null", "true", "1e300", "NaN", r#""""#, "0"] {
            assert_eq!(from_json(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_the_utc_day() {
        assert_eq!(from_text("2024-05-14T23:30:00-02:00").and_then(day).as_deref(), Some("2024-05-15"));
    }
}
