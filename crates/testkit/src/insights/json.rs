//! Fields of an event: a path of keys and positions into JSON text, of which every value stays as it is written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::value::Value;

/// What stands at the end of the path.
pub(super) fn field(json: &str, path: &[String]) -> Value {
    let Some((first, rest)) = path.split_first() else { return scalar(json) };
    let member = match json.trim_start().chars().next() {
        Some('{') => members(json).and_then(|members| members.get(first).copied()),
        Some('[') => {
            let is_position = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
            let position: Option<usize> = if is_position { first.parse().ok() } else { None };
            position.and_then(|position| raw_elements(json)?.get(position).copied())
        }
        _ => None,
    };
    member.map_or(Value::Missing, |member| field(member.get(), rest))
}

/// JSON text as a value: what a string says, a number or boolean as it is written.
pub(super) fn scalar(json: &str) -> Value {
    let json = json.trim();
    match json.chars().next() {
        Some('"') => serde_json::from_str(json).map_or(Value::Missing, Value::Text),
        Some('{' | '[') => Value::Structure(json.to_owned()),
        _ if json == "null" => Value::Missing,
        Some(_) => Value::Text(json.to_owned()),
        None => Value::Missing,
    }
}

/// The elements of a list, as JSON text.
pub(super) fn elements(json: &str) -> Option<Vec<String>> {
    Some(raw_elements(json)?.into_iter().map(|element| element.get().to_owned()).collect())
}

fn raw_elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// The members of a map; of members of one name the last.
fn members(json: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(json).ok()
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text that is JSON as a whole, as a value.
pub(super) fn checked(text: &str) -> Option<Value> {
    let whole: Box<RawValue> = serde_json::from_str(text).ok()?;
    Some(scalar(whole.get()))
}
