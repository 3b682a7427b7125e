//! Lines of other formats taken apart: logfmt and CSV.

use super::json;

/// The pairs of a logfmt line as a JSON object of texts; none if it has no pair. A key that stands twice has its last
/// value, a key without a value the empty text.
pub fn logfmt(line: &str) -> Option<String> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    let mut has_pair = false;
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let key_length = rest.find(|character: char| character == '=' || character.is_whitespace());
        let (key, after) = rest.split_at(key_length.unwrap_or(rest.len()));
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => {
                has_pair |= !key.is_empty();
                value(after)
            }
            None => (String::new(), after),
        };
        if !key.is_empty() {
            pairs.retain(|(known, _)| *known != key);
            pairs.push((key, value));
        }
        rest = after.trim_start();
    }
    has_pair.then(|| json::object_of(pairs.iter().map(|(key, value)| (*key, Some(value.as_str())))))
}

/// A value up to white space, or in quotes with `\` before what is meant as it stands; and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, other)) => value.push(other),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    // The quote never ends, so it is a character like others.
    let (value, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (value.to_owned(), rest)
}

/// A field of a CSV record by its position from 0; none past the last. Quotes are those of RFC 4180.
pub fn csv_field(record: &str, position: usize) -> Option<String> {
    let mut rest = Some(record.strip_suffix('\n').map_or(record, |line| line.strip_suffix('\r').unwrap_or(line)));
    let mut field = String::new();
    for _ in 0..=position {
        let text = rest?;
        (field, rest) = csv_first(text);
    }
    Some(field)
}

/// The first field, and what follows its comma.
fn csv_first(text: &str) -> (String, Option<&str>) {
    let Some(quoted) = text.strip_prefix('"') else {
        return match text.split_once(',') {
            Some((field, rest)) => (field.to_owned(), Some(rest)),
            None => (text.to_owned(), None),
        };
    };
    let mut field = String::new();
    let mut rest = quoted;
    while let Some((part, after)) = rest.split_once('"') {
        field += part;
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
            continue;
        }
        // What stands between the quote and the comma belongs to the field.
        let (tail, next) = after.split_once(',').map_or((after, None), |(tail, next)| (tail, Some(next)));
        return (field + tail, next);
    }
    (field + rest, None)
}

/// The records of a CSV text. A record may hold line breaks in quotes; blank lines are none.
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut records = Vec::new();
    let mut begin = 0;
    let mut in_quotes = false;
    for (at, byte) in text.bytes().enumerate() {
        in_quotes ^= byte == b'"';
        let is_end = (byte == b'\n' && !in_quotes) || at + 1 == text.len();
        if !is_end {
            continue;
        }
        let record = text.get(begin..=at).unwrap_or_default();
        begin = at + 1;
        if !record.trim().is_empty() {
            records.push((0..).map_while(|position| csv_field(record, position)).collect());
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logfmt_pairs_become_an_object() {
        let line = r#"time="2024-05-14T14:00:00Z" level=info msg="access \"granted\"\n" empty= bare key=1 key=2"#;
        assert_eq!(
            logfmt(line).as_deref(),
            Some(
                r#"{"time":"2024-05-14T14:00:00Z","level":"info","msg":"access \"granted\"\n","empty":"","bare":"","key":"2"}"#
            )
        );
        assert_eq!(logfmt("no pairs here"), None);
        assert_eq!(logfmt(""), None);
        assert_eq!(logfmt("=x"), None);
        assert_eq!(logfmt("a=\"open b=1").as_deref(), Some(r#"{"a":"\"open","b":"1"}"#));
    }

    #[test]
    fn csv_records_may_hold_line_breaks() {
        let records = csv("\u{feff}a,b\r\n1,\"x\ny\"\n\n2,é");
        assert_eq!(records, [["a", "b"], ["1", "x\ny"], ["2", "é"]]);
        assert_eq!(csv(""), Vec::<Vec<String>>::new());
    }

    #[test]
    fn csv_fields_are_counted_from_0() {
        let record = "a,\"b \"\"c\"\", d\",,e\r\n";
        let fields: Vec<_> = (0..5).map(|at| csv_field(record, at)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(fields, [some("a"), some("b \"c\", d"), some(""), some("e"), None]);
        assert_eq!(csv_field("", 0).as_deref(), Some(""));
        assert_eq!(csv_field("\"open,1", 0).as_deref(), Some("open,1"));
        assert_eq!(csv_field("a,", 1).as_deref(), Some(""));
    }
}
