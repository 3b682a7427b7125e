//! The prefix that container runtimes put before each line of a container's log:
//! `2024-05-14T14:02:11.123456789Z stdout F `.
//!
//! `F` ends a line of the program, `P` says that the next one goes on with it. The format is that of the Kubernetes
//! Container Runtime Interface. The prefix stays in a record's `raw`; only what its columns are read from is freed
//! of it.

use crate::extract::{Slot, Slots};
use crate::source::RecordContext;

/// The prefix of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix<'a> {
    /// The time as it is written.
    pub time: &'a str,
    /// Whether the next line goes on with this one.
    pub partial: bool,
    /// Length of the prefix with the space that ends it.
    pub bytes: usize,
}

/// `2024-05-14T14:02:11.` in bytes; a fraction and an offset follow.
const DATE_BYTES: usize = 20;
const MOST_TIME_BYTES: usize = 40;

/// The prefix a line begins with, if it does.
pub fn prefix(line: &[u8]) -> Option<Prefix<'_>> {
    let shape = b"dddd-dd-ddTdd:dd:dd.";
    let date = line.get(..DATE_BYTES)?;
    let fits =
        date.iter().zip(shape).all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form });
    if !fits {
        return None;
    }
    let space = memchr::memchr(b' ', line.get(..line.len().min(MOST_TIME_BYTES))?)?;
    let time = std::str::from_utf8(line.get(..space)?).ok()?;
    let rest = line.get(space + 1..)?;
    let tag = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
    let partial = match tag.first()? {
        b'F' => false,
        b'P' => true,
        _ => return None,
    };
    // An empty line may end with its tag.
    match tag.get(1) {
        Some(b' ') => Some(Prefix { time, partial, bytes: line.len() - tag.len() + 2 }),
        Some(b'\r' | b'\n') | None => Some(Prefix { time, partial, bytes: line.len() - tag.len() + 1 }),
        Some(_) => None,
    }
}

/// What the program wrote, if the record's first line bears a prefix.
pub fn unwrap(record: &str) -> Option<String> {
    prefix(record.as_bytes())?;
    let mut plain = String::with_capacity(record.len());
    for line in record.split_inclusive('\n') {
        let Some(found) = prefix(line.as_bytes()) else {
            plain.push_str(line);
            continue;
        };
        let content = line.get(found.bytes..).unwrap_or("");
        plain.push_str(if found.partial { content.trim_end_matches(['\r', '\n']) } else { content });
    }
    Some(plain)
}

/// Fills the slots of a text record from what the program wrote, whether the record bears prefixes or not.
pub fn fill<'a>(
    slots: &mut Slots<'a>,
    context: &RecordContext<'a>,
    fill: impl for<'t> Fn(&mut Slots<'t>, &RecordContext<'t>),
) {
    let Some(plain) = unwrap(slots.record()) else { return fill(slots, context) };
    let paths = slots.paths();
    let mut inner = Slots::empty(paths, &plain);
    fill(&mut inner, context);
    for (position, slot) in inner.values().iter().enumerate() {
        let owned = match slot {
            Slot::Missing => Slot::Missing,
            Slot::Json(text) | Slot::Text(text) => Slot::Owned((*text).to_owned()),
            Slot::Owned(text) => Slot::Owned(text.clone()),
            Slot::Bool(value) => Slot::Bool(*value),
            Slot::Time(micros) => Slot::Time(*micros),
        };
        slots.set_at(position, owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_read() {
        let found = prefix(b"2024-05-14T14:02:11.123456789Z stdout F I0514").unwrap();
        assert_eq!((found.time, found.partial, found.bytes), ("2024-05-14T14:02:11.123456789Z", false, 40));
        assert!(prefix(b"2024-05-14T14:02:11.1+02:00 stderr P x").unwrap().partial);
        for line in [
            "2024-05-14T14:02:11.123Z {\"a\":1}",
            "2024-05-14T14:02:11.123Z stdout X x",
            "2024-05-14T14:02:11.123Z stdout Fx",
            "2024-05-14 14:02:11.123Z stdout F x",
            "",
        ] {
            assert_eq!(prefix(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn lines_are_freed_and_parts_joined() {
        let time = "2024-05-14T14:02:11.123456789Z";
        let record = format!("{time} stderr P one \n{time} stderr F line\n{time} stderr F\n{time} stderr F end");
        assert_eq!(unwrap(&record).unwrap(), "one line\n\nend");
        assert_eq!(unwrap("I0514"), None);
    }
}
