//! Lines of klog, the logging library of the Kubernetes components: `Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg`.
//!
//! The header has no year and no offset. EKS runs its control plane in UTC, and the year is completed from a time near
//! by that somebody else gave; without one there is no time, since nothing is guessed. The format is described in
//! klog's `klog.go` and in "System Logs" of the Kubernetes documentation. What a line means is the sources' business.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::logfmt::{self, Pairs};
use crate::source::RecordContext;

/// What stands before the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// `info`, `warning`, `error` or `fatal`.
    pub severity: &'static str,
    pub thread_id: &'a str,
    pub file: &'a str,
    pub line: &'a str,
    /// What follows the header, further lines included.
    pub body: &'a str,
    moment: Moment,
}

/// A time of some year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    microsecond: i32,
}

/// `I0514 14:02:11.123456 ` and at least one digit of the thread id.
const DATE_BYTES: usize = 21;
/// Names of Go files are short; a bracket far off ends no header.
const MOST_HEADER_BYTES: usize = 512;

/// Whether a line begins with a header of klog.
pub fn begins(line: &[u8]) -> bool {
    spans(line).is_some()
}

/// Reads the header of a line.
pub fn header(text: &str) -> Option<Header<'_>> {
    let (moment, spans) = spans(text.as_bytes())?;
    let body = text.get(spans.end..)?;
    Some(Header {
        severity: severity(*text.as_bytes().first()?)?,
        thread_id: text.get(spans.thread_id)?,
        file: text.get(spans.file)?,
        line: text.get(spans.line)?,
        body: body.strip_prefix(' ').unwrap_or(body),
        moment,
    })
}

struct Spans {
    thread_id: Range<usize>,
    file: Range<usize>,
    line: Range<usize>,
    end: usize,
}

fn severity(letter: u8) -> Option<&'static str> {
    match letter {
        b'I' => Some("info"),
        b'W' => Some("warning"),
        b'E' => Some("error"),
        b'F' => Some("fatal"),
        _ => None,
    }
}

fn spans(line: &[u8]) -> Option<(Moment, Spans)> {
    severity(*line.first()?)?;
    let moment = moment(line.get(1..DATE_BYTES)?)?;
    let head = line.get(..line.len().min(MOST_HEADER_BYTES))?;
    let thread = DATE_BYTES + head.get(DATE_BYTES..)?.iter().position(|byte| *byte != b' ')?;
    let thread_end = thread + head.get(thread..)?.iter().position(|byte| !byte.is_ascii_digit())?;
    if thread_end == thread || head.get(thread_end) != Some(&b' ') {
        return None;
    }
    let file = thread_end + 1;
    let close = file + memchr::memchr(b']', head.get(file..)?)?;
    let place = head.get(file..close)?;
    let colon = file + memchr::memrchr(b':', place)?;
    let number = head.get(colon + 1..close)?;
    let plain = colon > file && place.iter().all(u8::is_ascii_graphic);
    let counted = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    (plain && counted).then_some((
        moment,
        Spans { thread_id: thread..thread_end, file: file..colon, line: colon + 1..close, end: close + 1 },
    ))
}

/// `0514 14:02:11.123456` in bytes; whether the day is one of its month depends on the year.
fn moment(text: &[u8]) -> Option<Moment> {
    let shape = b"dddd dd:dd:dd.dddddd";
    let fits =
        text.iter().zip(shape).all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form });
    let number = |range: Range<usize>| -> Option<i32> {
        Some(text.get(range)?.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit.wrapping_sub(b'0'))))
    };
    let small = |range: Range<usize>, from: i32, to: i32| -> Option<i8> {
        number(range).filter(|value| (from..=to).contains(value)).and_then(|value| i8::try_from(value).ok())
    };
    if !fits || text.len() != shape.len() {
        return None;
    }
    Some(Moment {
        month: small(0..2, 1, 12)?,
        day: small(2..4, 1, 31)?,
        hour: small(5..7, 0, 23)?,
        minute: small(8..10, 0, 59)?,
        second: small(11..13, 0, 59)?,
        microsecond: number(14..20)?,
    })
}

impl Header<'_> {
    /// The time in the year that brings it nearest to `near_micros`, as microseconds since 1970; none if that day
    /// exists in no year next to it.
    pub fn time_near(&self, near_micros: i64) -> Option<i64> {
        let year = Timestamp::from_microsecond(near_micros).ok()?.to_zoned(TimeZone::UTC).year();
        let candidates = [year.checked_sub(1)?, year, year.checked_add(1)?];
        candidates
            .iter()
            .filter_map(|year| self.moment.in_year(*year))
            .min_by_key(|micros| micros.abs_diff(near_micros))
    }
}

impl Moment {
    fn in_year(self, year: i16) -> Option<i64> {
        let Moment { month, day, hour, minute, second, microsecond } = self;
        utc_micros(DateTime::new(year, month, day, hour, minute, second, microsecond * 1_000).ok()?)
    }
}

fn utc_micros(civil: DateTime) -> Option<i64> {
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// The noon of the first `YYYY/MM/DD` in a key, in microseconds since 1970.
pub fn day_of_key(key: &str) -> Option<i64> {
    let folders: Vec<&str> = key.split('/').collect();
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    folders.windows(3).find_map(|parts| {
        let [year, month, day] = parts else { return None };
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return None;
        }
        let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
        utc_micros(date.at(12, 0, 0, 0))
    })
}

/// The time of a record's header, its year completed from what is known of the record: the time CloudWatch gave it,
/// when its file was begun, the day in the object's key.
pub fn time_of(header: &Header<'_>, context: &RecordContext<'_>) -> Option<i64> {
    let of_file = || file_time(&context.header?.line);
    let near = context.log_time_micros.or_else(of_file).or_else(|| day_of_key(context.key))?;
    header.time_near(near)
}

/// What klog writes at the head of a file, followed by the local time.
const FILE_HEAD: &str = "Log file created at: ";

/// Whether a line is the first of a log file that klog began itself.
pub fn begins_file(line: &[u8]) -> bool {
    line.starts_with(FILE_HEAD.as_bytes())
}

/// When a log file was begun, from its first line, in microseconds since 1970.
pub fn file_time(line: &str) -> Option<i64> {
    let first = line.strip_prefix(FILE_HEAD)?.lines().next()?.trim_end();
    utc_micros(DateTime::strptime("%Y/%m/%d %H:%M:%S", first).ok()?)
}

/// A message and what klog's structured functions put behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    /// The message, with the lines that follow the record's own.
    pub message: Cow<'a, str>,
    /// The pairs in their order, `err` among them.
    pub pairs: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// Splits what follows a header: `"msg" key="value" err="…"` into its parts, any other text as it is.
pub fn body(text: &str) -> Body<'_> {
    structured(text).unwrap_or(Body { message: Cow::Borrowed(text), pairs: Vec::new() })
}

/// A line with more pairs is no line of klog, and would take twenty times its length apart.
const MOST_PAIRS: usize = 100_000;

fn structured(text: &str) -> Option<Body<'_>> {
    let (message, bytes) = logfmt::quoted(text)?;
    let rest = text.get(bytes..)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\r', '\n']) {
        return None;
    }
    let mut found = Pairs::of(rest);
    let pairs: Vec<_> = found.by_ref().map(|pair| (pair.key, pair.value)).take(MOST_PAIRS + 1).collect();
    if pairs.len() > MOST_PAIRS {
        return None;
    }
    // Without a value at its head it is a sentence that begins with a quotation.
    if pairs.first().is_some_and(|(_, value)| value.is_none()) {
        return None;
    }
    let lines = found.rest();
    let message = if lines.is_empty() { message } else { Cow::Owned(format!("{message}\n{lines}")) };
    Some(Body { message, pairs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    const LINE: &str = "I0514 14:02:11.123456       1 httplog.go:132] \"HTTP\" verb=\"GET\"";

    fn at(line: &str, near: &str) -> Option<String> {
        let micros = header(line).unwrap().time_near(time::from_text(near).unwrap())?;
        Some(Timestamp::from_microsecond(micros).unwrap().to_string())
    }

    #[test]
    fn a_header_is_read() {
        let header = header(LINE).unwrap();
        assert_eq!((header.severity, header.thread_id, header.file, header.line), ("info", "1", "httplog.go", "132"));
        assert_eq!(header.body, "\"HTTP\" verb=\"GET\"");
        assert!(begins(b"F0229 23:59:59.000000 1234567 ???:1] \xff"));
    }

    #[test]
    fn what_only_looks_like_a_header_is_none() {
        for line in [
            "",
            "I0514",
            "X0514 14:02:11.123456       1 a.go:1] x",
            "I1314 14:02:11.123456       1 a.go:1] x",
            "I0532 14:02:11.123456       1 a.go:1] x",
            "I0514 24:02:11.123456       1 a.go:1] x",
            "I0514 14:02:11,123456       1 a.go:1] x",
            "I0514 14:02:11.123456       x a.go:1] x",
            "I0514 14:02:11.123456       1 a.go] x",
            "I0514 14:02:11.123456       1 a.go:] x",
            "I0514 14:02:11.123456       1 a b.go:1] x",
            "I0514 14:02:11.123456       1 a.go:1 x",
            "I0514 14:02:11.123456       ",
        ] {
            assert_eq!(header(line), None, "{line}");
            assert!(!begins(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn the_year_is_the_one_that_comes_nearest() {
        assert_eq!(at(LINE, "2024-05-14T14:02:12Z").unwrap(), "2024-05-14T14:02:11.123456Z");
        let last = LINE.replace("0514", "1231");
        assert_eq!(at(&last, "2025-01-01T00:00:03Z").unwrap(), "2024-12-31T14:02:11.123456Z");
        let first = LINE.replace("0514", "0101");
        assert_eq!(at(&first, "2023-12-31T23:59:59Z").unwrap(), "2024-01-01T14:02:11.123456Z");
    }

    #[test]
    fn a_leap_day_far_from_a_leap_year_has_no_time() {
        let leap = LINE.replace("0514", "0229");
        assert_eq!(at(&leap, "2024-03-01T00:00:00Z").unwrap(), "2024-02-29T14:02:11.123456Z");
        assert_eq!(at(&leap, "2026-03-01T00:00:00Z"), None);
    }

    #[test]
    fn the_day_of_a_key_and_of_a_file() {
        let noon = time::from_text("2024-05-14T12:00:00Z");
        assert_eq!(day_of_key("fire/2024/05/14/09/x.gz"), noon);
        assert_eq!(day_of_key("1111/22/33/2024/05/14/x"), noon);
        assert_eq!(day_of_key("2024-05-14/x"), None);
        let head = "Log file created at: 2024/05/14 12:00:00\r\nRunning on machine: m";
        assert!(begins_file(head.as_bytes()));
        assert_eq!(file_time(head), noon);
        assert_eq!(file_time("Log file created at: today"), None);
    }

    #[test]
    fn structured_parts_are_split() {
        let found = body("\"Pod \\\"x\\\" failed\" pod=\"a/b\" err=\"no\" n=3\n\tstack");
        assert_eq!(found.message, "Pod \"x\" failed\n\tstack");
        let pairs: Vec<_> = found.pairs.iter().map(|(key, value)| (*key, value.as_deref())).collect();
        assert_eq!(pairs, [("pod", Some("a/b")), ("err", Some("no")), ("n", Some("3"))]);
    }

    #[test]
    fn sentences_stay_whole() {
        for text in ["plain key=value", "\"pods\" is forbidden", "\"a\", b=c", "\"unclosed key=\"value", "", "a\nb"] {
            assert_eq!(body(text), Body { message: Cow::Borrowed(text), pairs: Vec::new() }, "{text}");
        }
        assert_eq!(body("\"alone\"").message, "alone");
    }
}
