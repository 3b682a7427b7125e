//! Times from text by Java's patterns (`parseDate`), and times as text by those of strftime (`formatDate`).

use std::fmt::Write;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;

mod java;

pub use java::Pattern;

/// A zone by its name (`Europe/Berlin`) or offset (`+02:00`, `Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Named(Tz),
    Offset(chrono::FixedOffset),
}

impl Zone {
    pub const UTC: Self = Self::Named(Tz::UTC);

    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(zone) = text.parse::<Tz>() {
            return Some(Self::Named(zone));
        }
        if text == "Z" {
            return Some(Self::UTC);
        }
        let (sign, rest) = match text.as_bytes().first()? {
            b'+' => (1, text.get(1..)?),
            b'-' => (-1, text.get(1..)?),
            _ => return None,
        };
        let digits = rest.replacen(':', "", 1);
        let is_known = matches!(digits.len(), 2 | 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse::<i32>().ok());
        let seconds = is_known.then_some(part(0)? * 3600 + part(2)? * 60 + part(4)?)?;
        chrono::FixedOffset::east_opt(sign * seconds).map(Self::Offset)
    }

    /// The instant of a local time; of one that a change of clocks repeats the earlier, of one that it skips none.
    fn instant(self, local: chrono::NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|time| time.to_utc()),
            Self::Offset(offset) => offset.from_local_datetime(&local).earliest().map(|time| time.to_utc()),
        }
    }
}

/// A strftime format, ready to use.
#[derive(Clone, Debug)]
pub struct Format {
    items: Vec<Item<'static>>,
}

impl Format {
    /// The error says what is wrong with the format.
    pub fn new(format: &str) -> Result<Self, String> {
        let items = StrftimeItems::new(format).parse_to_owned();
        items.map(|items| Self { items }).map_err(|_| format!("`{format}` has a `%` specifier that is not known"))
    }

    /// A time in microseconds since 1970 as text.
    pub fn write(&self, micros: i64, zone: Zone) -> Option<String> {
        let time = DateTime::from_timestamp_micros(micros)?;
        let mut text = String::new();
        let written = match zone {
            Zone::Named(zone) => write!(text, "{}", time.with_timezone(&zone).format_with_items(self.items.iter())),
            Zone::Offset(zone) => write!(text, "{}", time.with_timezone(&zone).format_with_items(self.items.iter())),
        };
        written.is_ok().then_some(text)
    }
}

/// Says what is wrong with a Java pattern, if anything.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    Pattern::new(pattern).map(drop)
}

/// Says what is wrong with a strftime format, if anything.
pub fn check_format(format: &str) -> Result<(), String> {
    Format::new(format).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn written(format: &str, zone: &str) -> String {
        Format::new(format).unwrap().write(1_715_695_200_123_456, Zone::parse(zone).unwrap()).unwrap()
    }

    #[test]
    fn times_are_written_by_strftime_in_a_zone() {
        assert_eq!(written("%Y-%m-%d %H:%M:%S", "UTC"), "2024-05-14 14:00:00");
        assert_eq!(written("%Y-%m-%dT%H:%M:%S%.3f%:z", "Europe/Berlin"), "2024-05-14T16:00:00.123+02:00");
        assert_eq!(written("%d %b %Y %I %p %Z", "-0530"), "14 May 2024 08 AM -05:30");
        assert_eq!(written("100%%", "Z"), "100%");
    }

    #[test]
    fn wrong_formats_and_zones_are_told() {
        assert!(check_format("%Y-%Q").unwrap_err().contains('%'));
        assert_eq!(check_format("plain"), Ok(()));
        for zone in ["", "Mars/Olympus", "+1", "+25:00", "+aa:bb", "é"] {
            assert_eq!(Zone::parse(zone), None, "{zone}");
        }
    }
}
