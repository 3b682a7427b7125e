//! Patterns of `java.time.format.DateTimeFormatter` for reading times.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/format/DateTimeFormatter.html>
//!
//! Read are `y u M L d D E a H k K h m s S n A x X Z z V O`, texts in quotes, and `[` `]` around what may be missing.
//! Months and days of the week are English, in any case of letters. A pattern with any other letter is refused.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::Zone;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A pattern, ready to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Literal(String),
    /// A letter, how often it stands, and whether digits of another field follow it directly.
    Field {
        letter: char,
        width: usize,
        is_tight: bool,
    },
    Optional(Vec<Item>),
}

/// What was read of a time.
#[derive(Clone, Copy, Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: Option<u32>,
    half_day_hour: Option<u32>,
    is_afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanosecond: u32,
    nanosecond_of_day: Option<i64>,
    zone: Option<Zone>,
}

impl Pattern {
    /// The error says what is wrong with the pattern.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut characters = pattern.chars().peekable();
        let mut open: Vec<Vec<Item>> = vec![Vec::new()];
        while let Some(character) = characters.next() {
            let item = match character {
                '\'' => Item::Literal(quoted(&mut characters)?),
                '[' => {
                    open.push(Vec::new());
                    continue;
                }
                ']' => {
                    let inner = open.pop().filter(|_| !open.is_empty());
                    Item::Optional(inner.ok_or("`]` without `[` in the date pattern")?)
                }
                letter if letter.is_ascii_alphabetic() => {
                    let mut width = 1;
                    while characters.next_if_eq(&letter).is_some() {
                        width += 1;
                    }
                    if !"yuMLdDEaHkKhmsSnAxXZzVO".contains(letter) {
                        return Err(format!("the letter `{letter}` of the date pattern is not supported"));
                    }
                    let is_tight = characters.peek().is_some_and(|next| "yuMdDHkKhmsSnA".contains(*next));
                    Item::Field { letter, width, is_tight }
                }
                '{' | '}' | '#' => return Err(format!("`{character}` is reserved in date patterns; quote it")),
                other => Item::Literal(other.to_string()),
            };
            if let Some(items) = open.last_mut() {
                items.push(item);
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(items), true) => Ok(Self { items }),
            _ => Err("`[` without `]` in the date pattern".to_owned()),
        }
    }

    /// The milliseconds since 1970 of a time that is written by this pattern. `zone` is meant where the text has none.
    pub fn read_millis(&self, text: &str, zone: Zone) -> Option<f64> {
        let mut parts = Parts::default();
        let rest = read(&self.items, text, &mut parts)?;
        if !rest.is_empty() {
            return None;
        }
        let local = parts.date()?.and_time(NaiveTime::MIN).checked_add_signed(parts.time_of_day()?)?;
        Some(parts.zone.unwrap_or(zone).instant(local)?.timestamp_millis() as f64)
    }
}

/// The text up to the closing quote; two quotes are one.
fn quoted(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    if characters.next_if_eq(&'\'').is_some() {
        return Ok("'".to_owned());
    }
    let mut text = String::new();
    while let Some(character) = characters.next() {
        if character != '\'' {
            text.push(character);
        } else if characters.next_if_eq(&'\'').is_some() {
            text.push('\'');
        } else {
            return Ok(text);
        }
    }
    Err("a quote is open in the date pattern".to_owned())
}

/// Reads items from the beginning of a text; gives the rest.
fn read<'a>(items: &[Item], text: &'a str, parts: &mut Parts) -> Option<&'a str> {
    let mut rest = text;
    for item in items {
        rest = match item {
            Item::Literal(literal) => rest.strip_prefix(literal.as_str())?,
            Item::Field { letter, width, is_tight } => field(*letter, *width, *is_tight, rest, parts)?,
            Item::Optional(inner) => {
                let mut tried = *parts;
                match read(inner, rest, &mut tried) {
                    Some(after) => {
                        *parts = tried;
                        after
                    }
                    None => rest,
                }
            }
        };
    }
    Some(rest)
}

fn field<'a>(letter: char, width: usize, is_tight: bool, text: &'a str, parts: &mut Parts) -> Option<&'a str> {
    // One letter takes the digits that are there, more letters at least their number; before digits just their number.
    let most = |usual: usize| if is_tight { width } else { usual.max(width) };
    let (rest, value);
    match letter {
        'y' | 'u' if width == 2 => {
            (value, rest) = number(text, 2, 2)?;
            parts.year = Some(2000 + i32::try_from(value).ok()?);
        }
        'y' | 'u' => {
            (value, rest) = number(text, width, most(6))?;
            parts.year = Some(i32::try_from(value).ok()?);
        }
        'M' | 'L' if width >= 3 => {
            let (at, after) = name(text, &MONTHS, width)?;
            parts.month = Some(at + 1);
            return Some(after);
        }
        'M' | 'L' => {
            (value, rest) = number(text, width, most(2))?;
            parts.month = Some(u32::try_from(value).ok()?);
        }
        'd' => {
            (value, rest) = number(text, width, most(2))?;
            parts.day = Some(u32::try_from(value).ok()?);
        }
        'D' => {
            (value, rest) = number(text, width, most(3))?;
            parts.day_of_year = Some(u32::try_from(value).ok()?);
        }
        'E' => return name(text, &DAYS, width.max(3)).map(|(_, after)| after),
        'a' => {
            let half = text.get(..2)?.to_ascii_lowercase();
            parts.is_afternoon = Some(match half.as_str() {
                "am" => false,
                "pm" => true,
                _ => return None,
            });
            return text.get(2..);
        }
        'H' | 'k' => {
            (value, rest) = number(text, width, most(2))?;
            let is_known = if letter == 'H' { value < 24 } else { (1..=24).contains(&value) };
            parts.hour = is_known.then_some(u32::try_from(value).ok()? % 24);
            parts.hour?;
        }
        'K' | 'h' => {
            (value, rest) = number(text, width, most(2))?;
            let is_known = if letter == 'K' { value < 12 } else { (1..=12).contains(&value) };
            parts.half_day_hour = is_known.then_some(u32::try_from(value).ok()? % 12);
            parts.half_day_hour?;
        }
        'm' => {
            (value, rest) = number(text, width, most(2))?;
            parts.minute = u32::try_from(value).ok().filter(|minute| *minute < 60)?;
        }
        's' => {
            (value, rest) = number(text, width, most(2))?;
            parts.second = u32::try_from(value).ok().filter(|second| *second < 60)?;
        }
        'S' => {
            (value, rest) = number(text, width, width)?;
            let nanoseconds = value as f64 * 10_f64.powi(9 - i32::try_from(width).ok()?);
            parts.nanosecond = nanoseconds as u32;
        }
        'n' => {
            (value, rest) = number(text, width, most(9))?;
            parts.nanosecond = u32::try_from(value).ok().filter(|nanosecond| *nanosecond < 1_000_000_000)?;
        }
        'A' => {
            (value, rest) = number(text, width, most(8))?;
            parts.nanosecond_of_day = Some(value.checked_mul(1_000_000)?);
        }
        _ => return zone(letter, text, parts),
    }
    Some(rest)
}

/// A number of so many digits at the beginning of a text, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    (digits >= least && digits > 0).then_some((number.parse().ok()?, rest))
}

/// A name, short if the pattern has three letters, whole if it has more.
fn name<'a>(text: &'a str, names: &[&str], width: usize) -> Option<(u32, &'a str)> {
    names.iter().zip(0..).find_map(|(name, at)| {
        let name = if width == 3 { name.get(..3)? } else { name };
        let found = text.get(..name.len())?;
        found.eq_ignore_ascii_case(name).then_some((at, text.get(name.len()..)?))
    })
}

/// An offset such as `+0200`, `+02:00`, `+02` or, where the letter allows it, `Z` or the name of a zone.
fn zone<'a>(letter: char, text: &'a str, parts: &mut Parts) -> Option<&'a str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "+-:/_".contains(character);
    let length = text.find(|character| !is_part(character)).unwrap_or(text.len());
    let (written, rest) = text.split_at(length);
    let offset = match letter {
        'O' => written.strip_prefix("GMT").or_else(|| written.strip_prefix("UTC"))?,
        _ => written,
    };
    let names_a_zone = matches!(letter, 'z' | 'V');
    let is_zero_by_letter = written == "Z" && !matches!(letter, 'x' | 'O');
    let is_offset = offset.starts_with(['+', '-']);
    if offset.is_empty() && letter == 'O' {
        parts.zone = Some(Zone::UTC);
        return Some(rest);
    }
    if !(names_a_zone || is_zero_by_letter || is_offset) {
        return None;
    }
    parts.zone = Some(Zone::parse(offset)?);
    Some(rest)
}

impl Parts {
    /// The date that was read; what is missing after the year is the first.
    fn date(self) -> Option<NaiveDate> {
        match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(self.year?, day),
            None => NaiveDate::from_ymd_opt(self.year?, self.month.unwrap_or(1), self.day.unwrap_or(1)),
        }
    }

    fn time_of_day(self) -> Option<TimeDelta> {
        if let Some(nanoseconds) = self.nanosecond_of_day {
            return (nanoseconds < 86_400_000_000_000).then_some(TimeDelta::nanoseconds(nanoseconds));
        }
        let afternoon = if self.is_afternoon == Some(true) { 12 } else { 0 };
        let hour = self.hour.or_else(|| self.half_day_hour.map(|hour| hour + afternoon)).unwrap_or(0);
        let seconds = i64::from(hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(TimeDelta::seconds(seconds) + TimeDelta::nanoseconds(i64::from(self.nanosecond)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[track_caller]
    fn reads(pattern: &str, text: &str, expected: &str) {
        let millis = Pattern::new(pattern).unwrap().read_millis(text, Zone::UTC);
        let expected = DateTime::parse_from_rfc3339(expected).unwrap().timestamp_millis() as f64;
        assert_eq!(millis, Some(expected), "{pattern} {text}");
    }

    #[test]
    fn the_usual_patterns_are_read() {
        reads("yyyy-MM-dd HH:mm:ss", "2024-05-14 14:00:01", "2024-05-14T14:00:01Z");
        reads("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-05-14T14:00:01.250+02:00", "2024-05-14T12:00:01.25Z");
        reads("yyyy-MM-dd'T'HH:mm:ssX", "2024-05-14T14:00:01Z", "2024-05-14T14:00:01Z");
        reads("dd/MMM/yyyy:HH:mm:ss Z", "14/May/2024:14:00:01 -0100", "2024-05-14T15:00:01Z");
        reads("EEE, d MMM yyyy HH:mm:ss z", "Tue, 4 Jun 2024 14:00:01 Europe/Berlin", "2024-06-04T12:00:01Z");
        reads("M/d/yy h:mm a", "5/14/24 2:05 PM", "2024-05-14T14:05:00Z");
        reads("h a, d MMMM y", "12 am, 14 may 2024", "2024-05-14T00:00:00Z");
        reads("yyyyMMddHHmmssSSS", "20240514140001123", "2024-05-14T14:00:01.123Z");
        reads("yyyy-DDD", "2024-135", "2024-05-14T00:00:00Z");
        reads("yyyy", "2024", "2024-01-01T00:00:00Z");
        reads("yyyy-MM-dd[ HH:mm[:ss]]", "2024-05-14 14:00", "2024-05-14T14:00:00Z");
        reads("yyyy-MM-dd[ HH:mm[:ss]]", "2024-05-14", "2024-05-14T00:00:00Z");
        reads("''yyyy'year'", "'2024year", "2024-01-01T00:00:00Z");
    }

    #[test]
    fn a_zone_is_meant_where_the_text_has_none() {
        let pattern = Pattern::new("yyyy-MM-dd HH:mm").unwrap();
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let utc = Pattern::new("yyyy-MM-dd HH:mm").unwrap().read_millis("2024-05-14 12:00", Zone::UTC);
        assert_eq!(pattern.read_millis("2024-05-14 14:00", berlin), utc);
        // Skipped when the clocks went forward.
        assert_eq!(pattern.read_millis("2024-03-31 02:30", berlin), None);
    }

    #[test]
    fn what_does_not_fit_is_none() {
        for (pattern, text) in [
            ("yyyy-MM-dd", "2024-5-14"),
            ("yyyy-MM-dd", "2024-05-14 "),
            ("yyyy-MM-dd", "2024-02-30"),
            ("yyyy-MM-dd", ""),
            ("HH:mm", "14:00"),
            ("yyyy HH", "2024 24"),
            ("yyyy mm", "2024 60"),
            ("yyyy a", "2024 xm"),
            ("yyyy a", "2024 é"),
            ("yyyy X", "2024 Mars"),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().read_millis(text, Zone::UTC), None, "{pattern} {text}");
        }
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for (pattern, what) in
            [("yyyy-QQ", "`Q`"), ("'open", "quote"), ("[yyyy", "`[`"), ("yyyy]", "`]`"), ("#", "`#`")]
        {
            assert!(Pattern::new(pattern).unwrap_err().contains(what), "{pattern}");
        }
    }
}
