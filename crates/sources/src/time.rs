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
    if let Some(micros) = usual(text.as_bytes()) {
        return Some(micros);
    }
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

/// `2024-05-14T14:02:11Z` and the same with up to six digits behind a point, as CloudTrail and Kubernetes write nearly
/// all their times. None for anything else, which the library then judges.
fn usual(text: &[u8]) -> Option<i64> {
    let (civil, rest) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = civil else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0_i64, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(&[*y1, *y2, *y3, *y4])?, number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    // Every month has 28 days; of those near its end, and of leap seconds, the library knows more.
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=28).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match rest {
        [b'Z'] => 0,
        [b'.', digits @ .., b'Z'] if (1..=6).contains(&digits.len()) => {
            number(digits)? * 10_i64.pow(6 - digits.len() as u32)
        }
        _ => return None,
    };
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// Days since 1970-01-01 of a day after it. Years begin in March here, so that the leap day is a year's last.
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
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
    fn every_day_until_2100_is_read_as_the_library_reads_it() {
        for day in 0..47_500 {
            let instant = Timestamp::from_second(day * 86_400 + 3_661).unwrap().to_string();
            let expected = instant.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(from_text(&instant), Some(expected), "{instant}");
            let is_late = ["-29T", "-30T", "-31T"].iter().any(|late| instant.contains(late));
            assert_eq!(usual(instant.as_bytes()).is_none(), is_late, "{instant}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_usual_is_read_as_the_library_reads_it(
            text in "[0-9]{2}[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?[Zz]?",
        ) {
            if let Some(micros) = usual(text.as_bytes()) {
                let expected = text.parse::<Timestamp>().unwrap().as_microsecond();
                proptest::prop_assert_eq!(micros, expected);
            }
        }
    }

    #[test]
    fn a_day_is_the_utc_day() {
        assert_eq!(from_text("2024-05-14T23:30:00-02:00").and_then(day).as_deref(), Some("2024-05-15"));
    }
}
