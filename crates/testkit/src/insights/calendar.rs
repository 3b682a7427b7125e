//! Times: how they read, and the edges of periods.

use super::model::{Period, Unit};

const DAY_MICROS: i64 = 86_400_000_000;

/// Microseconds since 1970 as text: `2026-03-01 09:30:00.123`, UTC.
pub fn render(micros: i64) -> String {
    let [year, month, day] = date(micros.div_euclid(DAY_MICROS));
    let millis = micros.rem_euclid(DAY_MICROS) / 1_000;
    let (second, minute, hour) = (millis / 1_000 % 60, millis / 60_000 % 60, millis / 3_600_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{:03}", millis % 1_000)
}

/// A time by a format of `strftime`, of which the plain numbers are known.
pub(super) fn formatted(micros: i64, format: &str) -> String {
    let text = render(micros);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let letters = [("%Y", part(0, 4)), ("%m", part(5, 7)), ("%d", part(8, 10)), ("%H", part(11, 13))];
    let more = [("%M", part(14, 16)), ("%S", part(17, 19))];
    letters.iter().chain(&more).fold(format.to_owned(), |format, (letter, part)| format.replace(letter, part))
}

/// Milliseconds since 1970 of a text in a Java pattern, of which `yyyy MM dd HH mm ss` are known.
pub(super) fn parsed(text: &str, pattern: &str) -> Option<i64> {
    if text.len() != pattern.len() || !text.is_ascii() {
        return None;
    }
    let is_letter = |letter: u8| letter.is_ascii_alphabetic();
    let matches = |(letter, byte): (u8, u8)| if is_letter(letter) { byte.is_ascii_digit() } else { letter == byte };
    if !pattern.bytes().zip(text.bytes()).all(matches) {
        return None;
    }
    let part = |letters: &str| -> Option<i64> {
        let at = pattern.find(letters)?;
        text.get(at..at + letters.len())?.parse().ok()
    };
    let (year, month, day) = (part("yyyy")?, part("MM")?, part("dd")?);
    let (hour, minute, second) = (part("HH").unwrap_or(0), part("mm").unwrap_or(0), part("ss").unwrap_or(0));
    let in_range = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((days(year, month) + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000)
}

/// The greatest edge of the period that is not after the time.
pub(super) fn floor(micros: i64, period: Period) -> i64 {
    let count = i64::from(period.count);
    let fixed = |unit_micros: i64| micros - micros.rem_euclid(unit_micros * count);
    match period.unit {
        Unit::Millisecond => fixed(1_000),
        Unit::Second => fixed(1_000_000),
        Unit::Minute => fixed(60_000_000),
        Unit::Hour => fixed(3_600_000_000),
        Unit::Day => fixed(DAY_MICROS),
        // Weeks begin on Monday, and the first of 1970 was a Thursday.
        Unit::Week => {
            let width = 7 * DAY_MICROS * count;
            micros - (micros + 3 * DAY_MICROS).rem_euclid(width)
        }
        Unit::Month => months_floor(micros, count),
        Unit::Quarter => months_floor(micros, 3 * count),
        Unit::Year => months_floor(micros, 12 * count),
    }
}

/// The least edge of the period that is not before the time.
pub(super) fn ceil(micros: i64, period: Period) -> i64 {
    let below = floor(micros, period);
    if below == micros {
        return below;
    }
    // No period ends later than this after its start; the floor of a time within the next one is its start.
    let count = i64::from(period.count);
    let step = match period.unit {
        Unit::Millisecond => 1_000 * count,
        Unit::Second => 1_000_000 * count,
        Unit::Minute => 60_000_000 * count,
        Unit::Hour => 3_600_000_000 * count,
        Unit::Day => DAY_MICROS * count,
        Unit::Week => 7 * DAY_MICROS * count,
        Unit::Month => 31 * DAY_MICROS * count,
        Unit::Quarter => 92 * DAY_MICROS * count,
        Unit::Year => 366 * DAY_MICROS * count,
    };
    floor(below + step, period)
}

fn months_floor(micros: i64, months: i64) -> i64 {
    let [year, month, _] = date(micros.div_euclid(DAY_MICROS));
    let since_1970 = (year - 1_970) * 12 + month - 1;
    let edge = since_1970 - since_1970.rem_euclid(months);
    days(1_970 + edge.div_euclid(12), edge.rem_euclid(12) + 1) * DAY_MICROS
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a day since 1970, counted step by step.
fn date(mut day: i64) -> [i64; 3] {
    let mut year = 1_970;
    while day < 0 {
        year -= 1;
        day += if is_leap(year) { 366 } else { 365 };
    }
    while day >= if is_leap(year) { 366 } else { 365 } {
        day -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    while day >= month_days(year, month) {
        day -= month_days(year, month);
        month += 1;
    }
    [year, month, day + 1]
}

/// The day since 1970 on which a month begins.
fn days(year: i64, month: i64) -> i64 {
    let years: i64 = if year >= 1_970 {
        (1_970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum()
    } else {
        -(year..1_970).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<i64>()
    };
    years + (1..month).map(|month| month_days(year, month)).sum::<i64>()
}
