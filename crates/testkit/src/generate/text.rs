//! Pieces of text pushed onto a byte buffer: numbers, ids, times, addresses, JSON strings. No record is known here.

use super::random::Random;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const SECONDS_PER_DAY: i64 = 86_400;

pub fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

pub fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The last `count` (at most 16) hexadecimal digits of the number.
pub fn push_hex(out: &mut Vec<u8>, number: u64, count: u32) {
    for place in (0..count).rev() {
        out.push(HEX[(number >> (4 * place)) as usize & 15]);
    }
}

/// A version 4 UUID made of two numbers.
pub fn push_uuid(out: &mut Vec<u8>, high: u64, low: u64) {
    let high = (high & !0xf000) | 0x4000;
    let low = (low >> 2) | (0b10 << 62);
    push_hex(out, high >> 32, 8);
    out.push(b'-');
    push_hex(out, high >> 16, 4);
    out.push(b'-');
    push_hex(out, high, 4);
    out.push(b'-');
    push_hex(out, low >> 48, 4);
    out.push(b'-');
    push_hex(out, low, 12);
}

/// The access key of a session, made of a number.
pub fn push_access_key(out: &mut Vec<u8>, number: u64) {
    push_iam_id(out, "ASIA", number, 20);
}

/// An id as IAM gives them: `ASIA…` for session keys, `AROA…` for roles, `AIDA…` for users.
pub fn push_iam_id(out: &mut Vec<u8>, prefix: &str, number: u64, length: usize) {
    push(out, prefix);
    let mut rest = number;
    for _ in prefix.len()..length {
        out.push(BASE32[(rest & 31) as usize]);
        rest = rest.rotate_right(5);
    }
}

/// A suffix of lower-case letters and digits as Kubernetes gives to names.
pub fn push_name_suffix(out: &mut Vec<u8>, number: u64, length: u32) {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = number;
    for _ in 0..length {
        out.push(LETTERS[(rest % 27) as usize]);
        rest /= 27;
    }
}

pub fn push_letters(out: &mut Vec<u8>, random: &mut Random, length: usize) {
    push_alphabet(out, random, BASE62, length);
}

pub fn push_base64(out: &mut Vec<u8>, random: &mut Random, length: usize) {
    push_alphabet(out, random, BASE64, length);
}

pub fn push_upper_hex(out: &mut Vec<u8>, random: &mut Random, length: usize) {
    push_alphabet(out, random, b"0123456789ABCDEF", length);
}

fn push_alphabet(out: &mut Vec<u8>, random: &mut Random, alphabet: &[u8], length: usize) {
    let mut bits = 0;
    for position in 0..length {
        if position % 8 == 0 {
            bits = random.next();
        }
        out.push(alphabet[(bits as usize & 255) % alphabet.len()]);
        bits >>= 8;
    }
}

/// `2025-03-03T10:11:12Z`
pub fn push_seconds(out: &mut Vec<u8>, time_micros: i64) {
    let time = Civil::of(time_micros);
    push_date(out, &time, b"-");
    out.push(b'T');
    push_clock(out, &time, b":");
    out.push(b'Z');
}

/// `2025-03-03T10:11:12.123456Z`
pub fn push_micros(out: &mut Vec<u8>, time_micros: i64) {
    push_seconds(out, time_micros);
    out.pop();
    out.push(b'.');
    push_padded(out, time_micros.rem_euclid(MICROS_PER_SECOND) as u64, 6);
    out.push(b'Z');
}

/// The day as it stands in keys, `2025/03/03` with `/` between.
pub fn push_day(out: &mut Vec<u8>, time_micros: i64, between: &[u8]) {
    push_date(out, &Civil::of(time_micros), between);
}

/// Hour, minute and second with something between, `10-11-12`.
pub fn push_time_of_day(out: &mut Vec<u8>, time_micros: i64, between: &[u8]) {
    push_clock(out, &Civil::of(time_micros), between);
}

/// An address that can be met in the examples of documents only.
pub fn push_public_address(out: &mut Vec<u8>, number: u64) {
    if number.is_multiple_of(29) {
        push(out, "2001:db8:");
        push_hex(out, ((number >> 8) % 0xffff) | 1, 4);
        push(out, "::");
        push_hex(out, ((number >> 24) % 0xfff) | 1, 3);
        return;
    }
    push(out, ["192.0.2.", "198.51.100.", "203.0.113."][(number % 3) as usize]);
    push_number(out, 1 + (number >> 8) % 254);
}

/// The content of a JSON string: quotes, backslashes and control characters are escaped, other text is kept.
pub fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut start = 0;
    for (at, byte) in text.iter().enumerate() {
        if !matches!(byte, b'"' | b'\\' | 0..=31) {
            continue;
        }
        out.extend_from_slice(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' => push(out, "\\\""),
            b'\\' => push(out, "\\\\"),
            b'\n' => push(out, "\\n"),
            b'\t' => push(out, "\\t"),
            other => {
                push(out, "\\u00");
                push_hex(out, u64::from(*other), 2);
            }
        }
    }
    out.extend_from_slice(&text[start..]);
}

pub fn push_padded(out: &mut Vec<u8>, number: u64, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (number / 10_u64.pow(place) % 10) as u8);
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
pub fn days_of_date(year: i32, month: u8, day: u8) -> i64 {
    let month = i64::from(month);
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

struct Civil {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl Civil {
    fn of(time_micros: i64) -> Self {
        let seconds = time_micros.div_euclid(MICROS_PER_SECOND);
        let days = seconds.div_euclid(SECONDS_PER_DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: (year_of_era + era * 400 + i64::from(month <= 2)) as u64,
            month: month as u64,
            day: (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u64,
            second_of_day: seconds.rem_euclid(SECONDS_PER_DAY) as u64,
        }
    }
}

fn push_date(out: &mut Vec<u8>, time: &Civil, between: &[u8]) {
    push_padded(out, time.year, 4);
    out.extend_from_slice(between);
    push_padded(out, time.month, 2);
    out.extend_from_slice(between);
    push_padded(out, time.day, 2);
}

fn push_clock(out: &mut Vec<u8>, time: &Civil, between: &[u8]) {
    push_padded(out, time.second_of_day / 3_600, 2);
    out.extend_from_slice(between);
    push_padded(out, time.second_of_day / 60 % 60, 2);
    out.extend_from_slice(between);
    push_padded(out, time.second_of_day % 60, 2);
}
