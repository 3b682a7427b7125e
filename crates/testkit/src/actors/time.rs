//! Times of the archive as logs write them. No clock: everything counts from one Monday in March 2025.

use crate::generate::text;

/// 2025-03-03T00:00:00Z.
pub(crate) const FIRST_DAY_MICROS: i64 = 1_740_960_000_000_000;
pub(crate) const SECOND_MICROS: i64 = 1_000_000;
pub(crate) const MINUTE_MICROS: i64 = 60 * SECOND_MICROS;
pub(crate) const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;
pub(crate) const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// `2025-03-03T10:11:12Z`
pub(crate) fn seconds(micros: i64) -> String {
    written(|out| text::push_seconds(out, micros))
}

/// `2025-03-03T10:11:12.123456Z`
pub(crate) fn micros(micros: i64) -> String {
    written(|out| text::push_micros(out, micros))
}

/// `2025-03-03T10:11:12.123Z`
pub(crate) fn millis(micros: i64) -> String {
    let mut text = self::micros(micros);
    text.truncate("2025-03-03T10:11:12.123".len());
    text + "Z"
}

/// `2025/03/03`, with what is to stand between.
pub(crate) fn day(micros: i64, between: &str) -> String {
    written(|out| text::push_day(out, micros, between.as_bytes()))
}

/// `10-11-12`
pub(crate) fn clock(micros: i64) -> String {
    written(|out| text::push_time_of_day(out, micros, b"-"))
}

/// `Mar 3, 2025, 2:41:06 PM`, as STS writes expirations.
pub(crate) fn spoken(micros: i64) -> String {
    let day = 3 + (micros - FIRST_DAY_MICROS).div_euclid(DAY_MICROS);
    let second = micros.rem_euclid(DAY_MICROS) / SECOND_MICROS;
    let hour = second / 3_600;
    let half = if hour < 12 { "AM" } else { "PM" };
    format!("Mar {day}, 2025, {}:{:02}:{:02} {half}", (hour + 11) % 12 + 1, second / 60 % 60, second % 60)
}

fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    push(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}
