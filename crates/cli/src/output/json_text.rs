//! JSON on one line: strings, and JSON text from a log set into our own.
//!
//! Responsible for the escapes. Beyond what RFC 8259 asks, every character that could act in a terminal or hide in a
//! line is written as `\uXXXX`: a parser reads the same string, and a person who sees the bytes is not deceived.
//! Not responsible for values (`cell`).

use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::terminal::is_unsafe;

/// JSON from a log that nests deeper than this is printed as a string: parsers stop at about 128 levels.
const MAX_EMBEDDED_DEPTH: usize = 100;

/// Appends a JSON string with its quotes.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut clean_from = 0;
    for (position, character) in text.char_indices() {
        if character != '"' && character != '\\' && !is_unsafe(character) {
            continue;
        }
        out.push_str(&text[clean_from..position]);
        clean_from = position + character.len_utf8();
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => write_escape(character, out),
        }
    }
    out.push_str(&text[clean_from..]);
    out.push('"');
}

/// Appends JSON text as a JSON value, without the blanks between its tokens; numbers, keys and their order stay.
///
/// Text that is not JSON, that nests too deep, or that most parsers would refuse (half a surrogate pair, a number out
/// of range) is appended as a string, so that the whole stays readable and nothing is lost.
pub fn write_embedded(text: &str, out: &mut String) {
    let start = out.len();
    let is_readable = serde_json::from_str::<Readable>(text).is_ok();
    if is_readable && write_compact(text, out) {
        return;
    }
    out.truncate(start);
    write_string(text, out);
}

/// Copies valid JSON without blanks. Says no when it nests too deep.
fn write_compact(text: &str, out: &mut String) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut after_backslash = false;
    for character in text.chars() {
        if in_string {
            if is_unsafe(character) {
                write_escape(character, out);
            } else {
                out.push(character);
            }
            in_string = after_backslash || character != '"';
            after_backslash = character == '\\' && !after_backslash;
            continue;
        }
        match character {
            ' ' | '\n' | '\r' | '\t' => continue,
            '"' => in_string = true,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_EMBEDDED_DEPTH {
            return false;
        }
        out.push(character);
    }
    true
}

fn write_escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing into a string cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// A JSON value that was read in full, decoded, and thrown away: proof that other parsers can read it.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadableVisitor)
    }
}

struct ReadableVisitor;

impl<'de> Visitor<'de> for ReadableVisitor {
    type Value = Readable;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Readable, A::Error> {
        while items.next_element::<Readable>()?.is_some() {}
        Ok(Readable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Readable, A::Error> {
        while entries.next_entry::<Readable, Readable>()?.is_some() {}
        Ok(Readable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(text, &mut out);
        out
    }

    fn embedded(text: &str) -> String {
        let mut out = String::new();
        write_embedded(text, &mut out);
        out
    }

    #[test]
    fn strings_escape_what_could_act_and_read_back_the_same() {
        assert_eq!(string("a\"b\\c\n\u{1b}[0m"), r#""a\"b\\c\n\u001b[0m""#);
        assert_eq!(string("\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}"), r#""\u007f\u009b\u202e\u2028\udb40\udc41""#);
        for text in ["", "plain", "é日本", "\u{0}\u{8}\u{c}\r\t", "x\u{feff}y\u{e0041}z"] {
            assert_eq!(serde_json::from_str::<String>(&string(text)).unwrap(), text);
        }
    }

    #[test]
    fn json_is_embedded_as_it_stands_without_blanks() {
        assert_eq!(embedded("{ \"b\" : 1e5,\n \"a\" : [ 1 , \"x y\" ] }"), r#"{"b":1e5,"a":[1,"x y"]}"#);
        assert_eq!(embedded("12345678901234567890123"), "12345678901234567890123");
        assert_eq!(embedded(r#""a\\""#), r#""a\\""#);
        assert_eq!(embedded("{\"a\":\"\u{202e}\u{7f}\"}"), r#"{"a":"\u202e\u007f"}"#);
        assert_eq!(embedded(r#"{"quote\"{[":" , "}"#), r#"{"quote\"{[":" , "}"#);
    }

    #[test]
    fn what_is_not_readable_json_becomes_a_string() {
        for text in
            ["", "{", "{\"a\":1", "arn:aws:iam", "{\"a\":1} {", r#""\ud800""#, "1e999", "{\"a\":1}[Truncated...]"]
        {
            let out = embedded(text);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(embedded(&deep(MAX_EMBEDDED_DEPTH)), deep(MAX_EMBEDDED_DEPTH));
        assert_eq!(embedded(&deep(MAX_EMBEDDED_DEPTH + 1)), format!("\"{}\"", deep(MAX_EMBEDDED_DEPTH + 1)));
        assert!(embedded(&deep(100_000)).starts_with("\"["));
    }
}
