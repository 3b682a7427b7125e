//! Fields that are columns of the table `k8s_audit`: they have the column's value, which for events as the API server
//! writes them is the field's own.

use super::value::Value;

/// Fields that are columns of text, beside `verb` and `level`.
const TEXTS: &[&[&str]] = &[
    &["auditID"],
    &["stage"],
    &["requestURI"],
    &["user", "username"],
    &["user", "uid"],
    &["user", "extra", "arn", "0"],
    &["user", "extra", "canonicalArn", "0"],
    &["user", "extra", "accessKeyId", "0"],
    &["user", "extra", "sessionName", "0"],
    &["user", "extra", "principalId", "0"],
    &["impersonatedUser", "username"],
    &["sourceIPs", "0"],
    &["userAgent"],
    &["objectRef", "resource"],
    &["objectRef", "subresource"],
    &["objectRef", "namespace"],
    &["objectRef", "name"],
    &["objectRef", "uid"],
    &["objectRef", "apiGroup"],
    &["objectRef", "apiVersion"],
    &["responseStatus", "reason"],
    &["responseStatus", "message"],
    &["annotations", "authorization.k8s.io/decision"],
    &["annotations", "authorization.k8s.io/reason"],
    &["apiVersion"],
];
const LEVELS: &[&str] = &["None", "Metadata", "Request", "RequestResponse"];

/// Whether the field is the column of whole numbers.
pub(super) fn is_number(path: &[String]) -> bool {
    path == ["responseStatus", "code"]
}

/// The value of a field of an event as its column has it.
pub(super) fn stored(path: &[String], value: Value) -> Value {
    if is_number(path) {
        let number = value.rendered().and_then(|text| text.parse::<i64>().ok());
        return number.map_or(Value::Missing, |number| Value::Number(number as f64));
    }
    let is_text = TEXTS.iter().any(|known| *known == path) || path == ["verb"] || path == ["level"];
    if !is_text {
        return value;
    }
    let Some(text) = value.rendered() else { return Value::Missing };
    let known_level = LEVELS.iter().find(|level| path == ["level"] && level.eq_ignore_ascii_case(&text));
    Value::Text(match known_level {
        Some(level) => (*level).to_owned(),
        None if path == ["verb"] => text.to_ascii_lowercase(),
        None => text,
    })
}
