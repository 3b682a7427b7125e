//! Reads `key=value` pairs as Go programs write them: logrus's text format and the pairs of klog's structured lines.
//!
//! Quoted values follow `strconv.Quote`. klog's unquoted values in brackets (`pods=["a b"]`) and its values of many
//! lines (`err=<` … ` >`) are read too; logrus quotes whatever would look like one. Nothing fails here: a value that
//! is never closed reaches to the end of the text, and a word without `=` is a key without a value. What the keys mean
//! is the business of the sources.

use std::borrow::Cow;

/// One pair; no value where the word has no `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    pub key: &'a str,
    pub value: Option<Cow<'a, str>>,
}

/// The pairs of one line. A line break outside a value ends them; [`Pairs::rest`] is what follows it.
pub struct Pairs<'a> {
    rest: &'a str,
    /// Whether an opening bracket was found to be never closed. Looking again for each one would take quadratic time.
    brackets_fail: bool,
}

impl<'a> Pairs<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { rest: text, brackets_fail: false }
    }

    /// The lines after the pairs, without the line break before them.
    pub fn rest(&self) -> &'a str {
        let rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        rest.strip_prefix('\n').unwrap_or(rest)
    }

    /// Takes the first `bytes` bytes of what is left.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn value(&mut self) -> Cow<'a, str> {
        match self.rest.as_bytes().first() {
            Some(b'"') => {
                let (value, bytes) = quoted(self.rest).unwrap_or_else(|| (unclosed(self.rest), self.rest.len()));
                self.take(bytes);
                value
            }
            Some(b'<') if self.rest.starts_with("<\n") => match indented(self.rest) {
                Some((value, bytes)) => {
                    self.take(bytes);
                    Cow::Owned(value)
                }
                None => self.word().into(),
            },
            Some(b'[' | b'{') if !self.brackets_fail => {
                let closed = bracketed(self.rest);
                self.brackets_fail = closed.is_none();
                if let Some(bytes) = closed { self.take(bytes).into() } else { self.word().into() }
            }
            _ => self.word().into(),
        }
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t', '\r', '\n']).unwrap_or(self.rest.len());
        self.take(end)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let line = self.rest.trim_start_matches([' ', '\t', '\r']);
        if line.is_empty() || line.starts_with('\n') {
            return None;
        }
        self.rest = line;
        let end = line.find(['=', ' ', '\t', '\r', '\n']).unwrap_or(line.len());
        let key = self.take(end);
        if !self.rest.starts_with('=') {
            return Some(Pair { key, value: None });
        }
        self.take(1);
        Some(Pair { key, value: Some(self.value()) })
    }
}

/// The quoted text that `text` begins with, and the bytes it takes with its quotes; none if it begins with no quote or
/// the quote is never closed.
pub fn quoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let inner = text.strip_prefix('"')?;
    let end = quote_end(inner.as_bytes())?;
    Some((unescape(inner.get(..end)?), end + 2))
}

/// Where the closing quote stands, counted from after the opening one.
fn quote_end(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.get(at..)?)?;
        match inner.get(at) {
            Some(b'"') => return Some(at),
            _ => at += 2,
        }
    }
}

fn unclosed(text: &str) -> Cow<'_, str> {
    unescape(text.strip_prefix('"').unwrap_or(text))
}

/// klog's form of a text of many lines: `<`, each line behind a tab, and ` >` on a line of its own.
fn indented(text: &str) -> Option<(String, usize)> {
    const CLOSE: &str = "\n >";
    let body = text.get(1..)?;
    let end = body.find(CLOSE)?;
    let lines: Vec<&str> =
        body.get(..end)?.split('\n').skip(1).map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    Some((lines.join("\n"), 1 + end + CLOSE.len()))
}

/// The bytes of the bracketed value that `text` begins with, if its brackets close.
fn bracketed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => at += 1 + quote_end(bytes.get(at + 1..)?)?,
            b'\n' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Undoes the escapes of `strconv.Quote`. One that stands for no character (a byte of broken UTF-8) stays as written.
fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let (character, bytes) = match escape.as_bytes().get(1) {
            Some(b'n') => (Some('\n'), 2),
            Some(b't') => (Some('\t'), 2),
            Some(b'r') => (Some('\r'), 2),
            Some(b'a') => (Some('\u{7}'), 2),
            Some(b'b') => (Some('\u{8}'), 2),
            Some(b'f') => (Some('\u{c}'), 2),
            Some(b'v') => (Some('\u{b}'), 2),
            Some(b'"') => (Some('"'), 2),
            Some(b'\\') => (Some('\\'), 2),
            Some(b'x') => (hex(escape, 2).filter(char::is_ascii), 4),
            Some(b'u') => (hex(escape, 4), 6),
            Some(b'U') => (hex(escape, 8), 10),
            _ => (None, 1),
        };
        let bytes = if let Some(character) = character {
            plain.push(character);
            bytes
        } else {
            plain.push('\\');
            1
        };
        rest = escape.get(bytes..).unwrap_or("");
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character that `digits` hexadecimal digits after `\x`, `\u` or `\U` stand for.
fn hex(escape: &str, digits: usize) -> Option<char> {
    let code = escape.get(2..2 + digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(code, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        Pairs::of(text).map(|pair| (pair.key.to_owned(), pair.value.map(Cow::into_owned))).collect()
    }

    fn pairs(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        expected.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn words_quotes_and_empty_values_are_told_apart() {
        assert_eq!(
            read(r#"time="2024-05-14T14:02:11Z" level=info session= msg="" bare next=1"#),
            pairs(&[
                ("time", Some("2024-05-14T14:02:11Z")),
                ("level", Some("info")),
                ("session", Some("")),
                ("msg", Some("")),
                ("bare", None),
                ("next", Some("1")),
            ])
        );
    }

    #[test]
    fn escapes_are_undone_as_go_writes_them() {
        assert_eq!(
            read(r#"error="a \"b\" \\ c\n\td\x1b\u00e9\U0001f600" x="\xff \q""#),
            pairs(&[("error", Some("a \"b\" \\ c\n\td\u{1b}é😀")), ("x", Some(r"\xff \q"))])
        );
    }

    #[test]
    fn a_value_without_escapes_is_borrowed() {
        let found = Pairs::of(r#"a="b c" d=e"#).all(|pair| matches!(pair.value, Some(Cow::Borrowed(_))));
        assert!(found);
    }

    #[test]
    fn an_unclosed_quote_reaches_to_the_end() {
        assert_eq!(read("a=1 b=\"c d=e \\\""), pairs(&[("a", Some("1")), ("b", Some("c d=e \""))]));
        assert_eq!(read("a=\""), pairs(&[("a", Some(""))]));
        assert_eq!(read("a=\"\\"), pairs(&[("a", Some("\\"))]));
    }

    #[test]
    fn garbage_is_read_without_complaint() {
        assert_eq!(read("= == =x"), pairs(&[("", Some("")), ("", Some("=")), ("", Some("x"))]));
        assert_eq!(read("a=\"b\"c=d"), pairs(&[("a", Some("b")), ("c", Some("d"))]));
        assert_eq!(read(" \t\r "), pairs(&[]));
        assert_eq!(read("é=\"ü"), pairs(&[("é", Some("ü"))]));
    }

    #[test]
    fn values_of_klog_in_brackets_and_of_many_lines() {
        assert_eq!(
            read("pods=[\"a ]b\" \"c\"] spec={\"x\":{\"y\":\"z w\"}} err=<\n\tone\n\t\ttwo\n > last=1"),
            pairs(&[
                ("pods", Some("[\"a ]b\" \"c\"]")),
                ("spec", Some("{\"x\":{\"y\":\"z w\"}}")),
                ("err", Some("one\n\ttwo")),
                ("last", Some("1")),
            ])
        );
        assert_eq!(read("a=[b c"), pairs(&[("a", Some("[b")), ("c", None)]));
        assert_eq!(read("a=<\n\tb"), pairs(&[("a", Some("<"))]));
    }

    #[test]
    fn the_lines_after_the_pairs_are_the_rest() {
        let mut found = Pairs::of("a=1 b=\"x\ny\" \r\ngoroutine 1:\n\tmain()");
        assert_eq!(found.by_ref().count(), 2);
        assert_eq!(found.rest(), "goroutine 1:\n\tmain()");
    }

    #[test]
    fn many_unclosed_brackets_take_no_quadratic_time() {
        assert_eq!(Pairs::of(&"a=[ ".repeat(200_000)).count(), 200_000);
    }

    proptest! {
        #[test]
        fn no_text_stops_the_reader_short(text in "[a-c=\"\\\\<>\\[\\]{} \n\txu0-9é]{0,60}") {
            let mut found = Pairs::of(&text);
            for pair in found.by_ref() {
                prop_assert!(text.contains(pair.key));
            }
            prop_assert!(text.ends_with(found.rest()));
        }
    }
}
