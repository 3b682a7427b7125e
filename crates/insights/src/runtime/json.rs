//! Values in JSON text by path, without building anything: one walk over the text, borrowing from it.
//!
//! The walk checks the whole text, so that a text which is no JSON, or was cut, has no fields. Of a key that stands
//! twice the last counts.

use std::borrow::Cow;

use serde_json::value::RawValue;

mod scan;

use scan::{Found, Scanner};

/// A path into JSON: keys of objects, or positions in arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    key: String,
    /// The position it means in an array, if it is made of digits.
    position: Option<usize>,
}

impl Path {
    pub fn new<T: AsRef<str>>(segments: impl IntoIterator<Item = T>) -> Self {
        let segment = |segment: T| {
            let key = segment.as_ref();
            let is_position = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
            Segment { key: key.to_owned(), position: key.parse().ok().filter(|_| is_position) }
        };
        Self { segments: segments.into_iter().map(segment).collect() }
    }

    /// The JSON text of the value at this path.
    pub fn find<'a>(&self, json: &'a str) -> Option<&'a str> {
        let mut scanner = Scanner::new(json);
        match scanner.find(&self.segments)? {
            Found::At(value) if scanner.is_at_end() => Some(value),
            _ => None,
        }
    }

    /// The value as text: the content of a string, the JSON text of anything else; none for null and what is not there.
    pub fn field<'a>(&self, json: &'a str) -> Option<Cow<'a, str>> {
        content(self.find(json)?)
    }

    /// The JSON text of the value; none for null and what is not there.
    pub fn json<'a>(&self, json: &'a str) -> Option<&'a str> {
        self.find(json).filter(|value| *value != "null")
    }

    /// As [`Path::field`], but none for objects and arrays.
    pub fn scalar<'a>(&self, json: &'a str) -> Option<Cow<'a, str>> {
        self.find(json).filter(|value| !is_structure(value)).and_then(content)
    }

    /// Whether an object or an array stands at this path.
    pub fn is_structure(&self, json: &str) -> bool {
        self.find(json).is_some_and(is_structure)
    }
}

/// The content of a JSON value as text; none for null.
pub fn content(value: &str) -> Option<Cow<'_, str>> {
    (value != "null").then(|| unquote(value))
}

/// A JSON string without quotes and escapes, any other JSON as it stands. A string whose escapes are no text (half of a
/// surrogate pair) stays as it is written.
fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(value);
    };
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(value).map_or(Cow::Borrowed(inner), Cow::Owned)
}

fn is_structure(value: &str) -> bool {
    value.starts_with(['{', '['])
}

/// The text itself if it is one object or array, well-formed to its end.
pub fn parse(text: &str) -> Option<&str> {
    let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
    (is_structure(trimmed) && serde_json::from_str::<&RawValue>(trimmed).is_ok()).then_some(trimmed)
}

/// The elements of an array, as JSON text.
fn array(text: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(text);
    let elements = scanner.elements()?;
    scanner.is_at_end().then_some(elements)
}

/// The rows that a list becomes: its elements as text. What is no list is its own one element, and nothing gives one
/// that is missing, so that no row is lost.
pub fn elements(text: Option<&str>) -> Vec<Option<Cow<'_, str>>> {
    let Some(text) = text else { return vec![None] };
    match array(text) {
        Some(elements) if elements.is_empty() => vec![None],
        Some(elements) => elements.into_iter().map(content).collect(),
        None => vec![Some(Cow::Borrowed(text))],
    }
}

/// As [`elements`], but of a value in JSON text, and its elements in JSON text. A list that is written in a string is a
/// text, and its own one element.
pub fn json_elements(json: Option<&str>) -> Vec<Option<Cow<'_, str>>> {
    let Some(json) = json.filter(|json| *json != "null") else { return vec![None] };
    match array(json) {
        Some(elements) if elements.is_empty() => vec![None],
        Some(elements) => {
            elements.into_iter().map(|element| Some(Cow::Borrowed(element)).filter(|_| element != "null")).collect()
        }
        None => vec![Some(Cow::Borrowed(json))],
    }
}

/// A text as a JSON string.
pub fn string(text: &str) -> String {
    quote(text)
}

pub fn array_size(text: &str) -> Option<f64> {
    array(text).map(|elements| elements.len() as f64)
}

/// Whether an array has an element of this text.
pub fn array_contains(text: &str, wanted: &str) -> bool {
    let is_wanted = |element: &&str| content(element).is_some_and(|content| content == wanted);
    array(text).is_some_and(|elements| elements.iter().any(is_wanted))
}

/// Texts as a JSON array.
pub fn array_of<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = texts.map(quote).collect();
    format!("[{}]", quoted.join(","))
}

/// Names and texts as a JSON object; a text that is missing is null.
pub fn object_of<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let member = |(name, text): (&str, Option<&str>)| {
        format!("{}:{}", quote(name), text.map_or_else(|| "null".to_owned(), quote))
    };
    format!("{{{}}}", members.map(member).collect::<Vec<_>>().join(","))
}

fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"verb":"get","code":200,"big":12345678901234567890,"ratio":1.50,"yes":true,"none":null,
        "user":{"username":"alice","groups":["a","b\u0021"],"extra":{"a.b":"dotted","0":"zero"}},"list":[[1,2],{"k":"v"}],
        "empty":{}, "twice":{"x":1}, "twice":{"y":2}, "k\u0065y":"escaped", "half":"\ud800"}"#;

    #[track_caller]
    fn field(path: &[&str]) -> Option<String> {
        Path::new(path).field(EVENT).map(Cow::into_owned)
    }

    #[test]
    fn values_are_found_by_their_path() {
        for (path, expected) in [
            (&["verb"][..], Some("get")),
            (&["code"], Some("200")),
            (&["big"], Some("12345678901234567890")),
            (&["ratio"], Some("1.50")),
            (&["yes"], Some("true")),
            (&["none"], None),
            (&["nothing"], None),
            (&["user", "username"], Some("alice")),
            (&["user", "groups", "1"], Some("b!")),
            (&["user", "groups", "2"], None),
            (&["user", "groups", "+1"], None),
            (&["user", "groups"], Some(r#"["a","b\u0021"]"#)),
            (&["user", "extra", "a.b"], Some("dotted")),
            (&["user", "extra", "0"], Some("zero")),
            (&["list", "0", "1"], Some("2")),
            (&["list", "1", "k"], Some("v")),
            (&["verb", "0"], None),
            (&["key"], Some("escaped")),
            (&["half"], Some("\\ud800")),
            (&["empty"], Some("{}")),
        ] {
            assert_eq!(field(path).as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        assert_eq!(field(&["twice", "y"]).as_deref(), Some("2"));
        assert_eq!(field(&["twice", "x"]), None);
    }

    #[test]
    fn maps_and_lists_are_told_from_scalars() {
        for (path, structure) in [(&["user"][..], true), (&["list"], true), (&["verb"], false), (&["nothing"], false)] {
            assert_eq!(Path::new(path).is_structure(EVENT), structure, "{path:?}");
        }
        assert_eq!(Path::new(["user"]).scalar(EVENT), None);
        assert_eq!(Path::new(["code"]).scalar(EVENT).as_deref(), Some("200"));
    }

    #[test]
    fn what_is_no_json_has_no_fields() {
        for text in [
            "",
            "plain text",
            r#"{"a":1"#,
            r#"{"a":1}x"#,
            r#"{"a":1}{"a":2}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a" 1}"#,
            r#"{"a":1,"b":[1,2}"#,
            r#"{"a":1,"b":tru}"#,
            r#"{"a":1,"b":"open}"#,
            "{a:1}",
            "[1,2",
            r#"{"a":1,"b":"\u00n1"}"#,
            r#"{"a":1,"b":"\u00e"}"#,
            r#"{"a":1,"b":"\0"}"#,
            "{\"a\":1,\"b\":\"line\nbreak\"}",
            r#"{"a":1,"b":1+2}"#,
            r#"{"a":1,"b":01}"#,
            r#"{"a":1,"b":-}"#,
            r#"{"a":1,"b":1.}"#,
            "{",
        ] {
            assert_eq!(Path::new(["a"]).field(text), None, "{text}");
            assert_eq!(Path::new(["0"]).field(text), None, "{text}");
        }
        let spaced = " \n{ \"a\" : [ 1 , { } , [ ] ] } \t";
        assert_eq!(Path::new(["a", "0"]).field(spaced).as_deref(), Some("1"));
    }

    proptest::proptest! {
        /// What is JSON here is what is JSON to serde_json.
        #[test]
        fn a_text_is_json_or_not_as_serde_says(
            text in r#"[{\[]([\]\[{}:, ]|"a"|"\\[u"n]00e9?"|true|nul?l|-?0?[1-9]\.?[0-9]?([eE][+-]?[0-9])?|"[a\n"é ]{0,20}"){0,12}[}\]]"#,
        ) {
            let is_json = serde_json::from_str::<&RawValue>(&text).is_ok();
            let whole: [&str; 0] = [];
            proptest::prop_assert_eq!(Path::new(whole).find(&text).is_some(), is_json);
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep =
            format!("{{\"deep\":{}{},\"a\":1}}", "[{\"x\":".repeat(50_000), "1".to_owned() + &"}]".repeat(50_000));
        assert_eq!(Path::new(["a"]).field(&deep).as_deref(), Some("1"));
        let crossed = deep.replacen("}]", "]}", 1);
        assert_eq!(Path::new(["a"]).field(&crossed), None);
    }

    #[test]
    fn values_can_be_carried_as_json() {
        let json = |path: &[&str]| Path::new(path).json(EVENT);
        assert_eq!(json(&["verb"]), Some("\"get\""));
        assert_eq!(json(&["user", "groups"]), Some(r#"["a","b\u0021"]"#));
        assert_eq!((json(&["none"]), json(&["nothing"])), (None, None));
        let rows = |json: &'static str| json_elements(Some(json)).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(rows(r#"["a", [1], null]"#), ["\"a\"", "[1]"]);
        assert_eq!(rows("\"[1, 2]\""), ["\"[1, 2]\""]);
        assert_eq!((json_elements(Some("[]")), json_elements(None)), (vec![None], vec![None]));
        assert_eq!(Path::new::<&str>([]).field(&string("[1, \"x\"]")).as_deref(), Some("[1, \"x\"]"));
        assert!(!Path::new::<&str>([]).is_structure(&string("[1]")));
    }

    #[test]
    fn lists_become_rows_and_nothing_is_lost() {
        let rows = |text| elements(text).into_iter().map(|row| row.map(Cow::into_owned)).collect::<Vec<_>>();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(rows(Some(r#"["a",1,null,{"b":2}]"#)), [some("a"), some("1"), None, some(r#"{"b":2}"#)]);
        assert_eq!(rows(Some("plain")), [some("plain")]);
        assert_eq!(rows(Some("[]")), [None]);
        assert_eq!(rows(None), [None]);
    }

    #[test]
    fn arrays_are_measured_and_searched() {
        assert_eq!(array_size(r#"[1,"two",[3]]"#), Some(3.0));
        assert_eq!(array_size("{}"), None);
        assert!(array_contains(r#"["Admin","b"]"#, "Admin"));
        assert!(!array_contains(r#"["Admin","b"]"#, "admin"));
        assert!(array_contains("[1,2]", "2"));
        assert!(!array_contains("no list", "no list"));
        assert_eq!(parse(" {\"a\":1} "), Some("{\"a\":1}"));
        assert_eq!(parse("\"text\""), None);
        assert_eq!(parse("{\"a\":1"), None);
    }

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(array_of(["a\"b", "c"].into_iter()), r#"["a\"b","c"]"#);
        let object = object_of([("na.me", Some("x\ny")), ("none", None)].into_iter());
        assert_eq!(Path::new(["na.me"]).field(&object).as_deref(), Some("x\ny"));
        assert_eq!(Path::new(["none"]).field(&object), None);
    }
}
