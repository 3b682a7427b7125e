//! Times as users type them: RFC 3339, a date, or a span back from now such as `-2d`.

use clap::error::ErrorKind;
use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};

/// A time from the command line. A date is a whole day: as a beginning its first instant, as an end its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    Instant(Timestamp),
    Day(Date),
    Ago(SignedDuration),
}

impl Time {
    /// The first instant that belongs to it.
    pub fn begin(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Instant(instant) => instant,
            Self::Day(day) => midnight(day, now),
            Self::Ago(span) => now.checked_sub(span).unwrap_or(now),
        }
    }

    /// The first instant after it.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day(day) => midnight(day.tomorrow().unwrap_or(day), now),
            other => other.begin(now),
        }
    }

    /// The UTC day it lies in.
    pub fn day(self, now: Timestamp) -> Date {
        match self {
            Self::Day(day) => day,
            other => other.begin(now).to_zoned(TimeZone::UTC).date(),
        }
    }
}

/// The span between `--since` and `--until`, in microseconds since 1970: its first instant, and the first after it. One
/// that has no instant is wrong usage, since its answer would be empty and look like one.
pub fn span(since: Option<Time>, until: Option<Time>, now: Timestamp) -> Result<Span, clap::Error> {
    let (begin, end) = (since.map(|time| time.begin(now)), until.map(|time| time.end(now)));
    if let (Some(begin), Some(end)) = (begin, end)
        && begin >= end
    {
        let text = format!(
            "no time lies between `--since` ({begin}) and `--until` (before {end})\n\nFor more information, try '--help'.\n"
        );
        return Err(clap::Error::raw(ErrorKind::ValueValidation, text));
    }
    Ok(Span { since: begin.map(Timestamp::as_microsecond), until: end.map(Timestamp::as_microsecond) })
}

/// What lies between `--since` and `--until`, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub since: Option<i64>,
    /// The first instant after it.
    pub until: Option<i64>,
}

fn midnight(day: Date, now: Timestamp) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(now, |zoned: Zoned| zoned.timestamp())
}

/// A moment as programs read it: `2024-05-14T14:08:31Z`. Microseconds since 1970.
pub fn instant(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| format!("{micros} µs"), |time| time.to_string())
}

pub fn parse(text: &str) -> Result<Time, String> {
    if let Some(span) = text.strip_prefix('-') {
        return ago(span).map(Time::Ago).ok_or_else(|| wrong(text));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Time::Instant(instant));
    }
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return Ok(Time::Day(day));
    }
    // Without an offset UTC is meant, as everywhere in this program.
    let civil = text.replace(' ', "T").parse::<jiff::civil::DateTime>().ok();
    let zoned = civil.and_then(|civil| civil.to_zoned(TimeZone::UTC).ok());
    zoned.map(|zoned| Time::Instant(zoned.timestamp())).ok_or_else(|| wrong(text))
}

fn ago(span: &str) -> Option<SignedDuration> {
    let digits = span.len() - span.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = span.split_at_checked(digits)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(SignedDuration::from_secs(number.parse::<i64>().ok()?.checked_mul(seconds)?))
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no time: give `2024-05-14`, `2024-05-14T14:00:00Z`, or a span back from now such as `-2d`")
}

/// The time of this run. The only reading of the clock besides the measuring of durations.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the program reads the clock here, once")]
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_without_an_instant_is_wrong_usage() {
        let now: Timestamp = "2024-05-20T12:00:00Z".parse().unwrap();
        let span = |since: &str, until: &str| span(parse(since).ok(), parse(until).ok(), now);
        assert!(span("2024-05-14", "2024-05-14").is_ok(), "a date is meant whole");
        assert!(span("-2d", "-1d").is_ok());
        assert!(span("2024-05-14", "").is_ok());
        for (since, until) in [
            ("2024-05-15", "2024-05-14"),
            ("2024-05-14T14:00:00Z", "2024-05-14T14:00:00Z"),
            ("2024-05-14T14:00:00Z", "2024-05-14T15:00:00+02:00"),
            ("-1d", "-2d"),
        ] {
            let error = span(since, until).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{since} {until}");
        }
        let error = span("2024-05-15", "2024-05-14").unwrap_err().to_string();
        let bounds = "`--since` (2024-05-15T00:00:00Z) and `--until` (before 2024-05-15T00:00:00Z)";
        assert!(error.contains(bounds), "{error}");
    }

    #[test]
    fn every_form_is_understood() {
        let now: Timestamp = "2024-05-20T12:00:00Z".parse().unwrap();
        let begin = |text: &str| parse(text).map(|time| time.begin(now).to_string());
        assert_eq!(begin("2024-05-14"), Ok("2024-05-14T00:00:00Z".into()));
        assert_eq!(begin("2024-05-14T14:00:00+02:00"), Ok("2024-05-14T12:00:00Z".into()));
        assert_eq!(begin("2024-05-14 14:00"), Ok("2024-05-14T14:00:00Z".into()));
        assert_eq!(begin("-2d"), Ok("2024-05-18T12:00:00Z".into()));
        assert_eq!(parse("2024-05-14").unwrap().end(now).to_string(), "2024-05-15T00:00:00Z");
        for wrong in ["yesterday", "-2x", "-", "", "2024-13-01", "-99999999999999999999d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
