//! JSON that keeps the order of its keys, and the `json!` macro the scenes are written with.
//!
//! Not `serde_json::Value`: the order of its keys depends on a feature that any crate of a build may switch on, and the
//! story must give the same bytes in every build.

/// A JSON value. `Bare` is written as it stands: numbers, and the one planted word that is no JSON at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Bare(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How strings are escaped: AWS leaves `&`, `<` and `>` alone, the Go encoder of the API server does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escaping {
    Plain,
    Go,
}

impl Json {
    /// The compact text.
    pub(crate) fn compact(&self, escaping: Escaping) -> String {
        let mut out = String::new();
        self.write(escaping, &mut out);
        out
    }

    /// An object with one more field at its end.
    pub(crate) fn with(self, key: &str, value: Self) -> Self {
        match self {
            Self::Object(mut entries) => {
                entries.push((key.to_owned(), value));
                Self::Object(entries)
            }
            other => other,
        }
    }

    /// A field of an object.
    pub(crate) fn field(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a value, or of the first of a list.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(items) => items.first()?.text(),
            _ => None,
        }
    }

    fn write(&self, escaping: Escaping, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Bare(text) => out.push_str(text),
            Self::Text(text) => write_text(text, escaping, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(escaping, out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(key, escaping, out);
                    out.push(':');
                    value.write(escaping, out);
                }
                out.push('}');
            }
        }
    }
}

/// Builds an object field by field, for records whose fields are not all there.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, Json)>);

impl Fields {
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Json>) {
        self.0.push((key.to_owned(), value.into()));
    }

    pub(crate) fn put_some(&mut self, key: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(crate) fn object(self) -> Json {
        Json::Object(self.0)
    }
}

fn write_text(text: &str, escaping: Escaping, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '&' if escaping == Escaping::Go => out.push_str("\\u0026"),
            '<' if escaping == Escaping::Go => out.push_str("\\u003c"),
            '>' if escaping == Escaping::Go => out.push_str("\\u003e"),
            other => out.push(other),
        }
    }
    out.push('"');
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Json {
    fn from(value: i32) -> Self {
        Self::Bare(value.to_string())
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Bare(value.to_string())
    }
}

impl From<Vec<Json>> for Json {
    fn from(value: Vec<Json>) -> Self {
        Self::List(value)
    }
}

/// Writes a [`Json`] as it looks in a log. A value that is an expression stands in parentheses: `{"arn": (role_arn)}`.
macro_rules! json {
    (null) => { $crate::story::json::Json::Null };
    ([ $($item:tt),* $(,)? ]) => {
        $crate::story::json::Json::List(vec![ $( $crate::story::json::json!($item) ),* ])
    };
    ({ $($key:literal : $value:tt),* $(,)? }) => {
        $crate::story::json::Json::Object(vec![ $( ($key.to_owned(), $crate::story::json::json!($value)) ),* ])
    };
    (($inner:expr)) => { $crate::story::json::Json::from($inner) };
    ($other:expr) => { $crate::story::json::Json::from($other) };
}
pub(crate) use json;
