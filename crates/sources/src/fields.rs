//! The column `fields` of text sources: what a line says beyond the table's columns, as one JSON object.
//!
//! Keys keep their order, and one that occurs twice is written twice, as it is in the line. Lines that are JSON objects
//! themselves are taken apart here too, without losing how their values are written.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::extract::Slot;

/// A text as the value of a column; empty stands for nothing.
pub fn slot(text: Cow<'_, str>) -> Slot<'_> {
    match text {
        text if text.is_empty() => Slot::Missing,
        Cow::Borrowed(text) => Slot::Text(text),
        Cow::Owned(text) => Slot::Owned(text),
    }
}

/// A JSON object in the making.
#[derive(Debug, Default)]
pub struct Fields {
    text: String,
}

impl Fields {
    /// Adds a text, or null where a key has no value.
    pub fn push(&mut self, key: &str, value: Option<&str>) {
        self.key(key);
        match value {
            Some(value) => self.text.push_str(&quote(value)),
            None => self.text.push_str("null"),
        }
    }

    /// Adds a value that is JSON text already.
    pub fn push_json(&mut self, key: &str, json: &str) {
        self.key(key);
        self.text.push_str(json);
    }

    /// The object; none if nothing was added.
    pub fn finish(mut self) -> Option<String> {
        if self.text.is_empty() {
            return None;
        }
        self.text.push('}');
        Some(self.text)
    }

    fn key(&mut self, key: &str) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        self.text.push_str(&quote(key));
        self.text.push(':');
    }
}

/// A text as a JSON string.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Members in which an object is taken apart, which takes up to ten times its length.
const MOST_MEMBERS: usize = 100_000;

/// The members of a JSON object in their order, values as they are written; none if the text is no such object or has
/// more members than any line of a log.
pub fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    serde_json::from_str::<Members<'_>>(text).ok().map(|members| members.0)
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            if members.len() == MOST_MEMBERS {
                return Err(serde::de::Error::custom("too many members"));
            }
            members.push((key.0, value.get()));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_one_object_in_their_order() {
        let mut fields = Fields::default();
        fields.push("b", Some("x \"y\"\n"));
        fields.push("a\u{1}", None);
        fields.push_json("b", "[1, 2]");
        assert_eq!(fields.finish().unwrap(), "{\"b\":\"x \\\"y\\\"\\n\",\"a\\u0001\":null,\"b\":[1, 2]}");
        assert_eq!(Fields::default().finish(), None);
    }

    #[test]
    fn members_keep_how_their_values_are_written() {
        let found = members("{\"ts\":1.50, \"a\\\"b\": {\"c\":[ ]},\"ts\":null}").unwrap();
        let expected = [("ts", "1.50"), ("a\"b", "{\"c\":[ ]}"), ("ts", "null")];
        assert_eq!(found, expected.map(|(key, value)| (Cow::Borrowed(key), value)));
        for text in ["", "[]", "{\"a\":", "{\"a\":1} x", "null"] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
