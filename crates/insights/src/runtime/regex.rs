//! Regular expressions of `parse`, `like`, `=~` and `regexReplace`: Rust's, searched for and not anchored.

use std::borrow::Cow;

pub use regex::Regex;

use super::json;

/// An expression, ready to use. The error says what is wrong with it, in one line.
pub fn compile(expression: &str) -> Result<Regex, String> {
    Regex::new(expression).map_err(|error| match error {
        regex::Error::Syntax(text) => {
            // The last line tells the matter, those before draw the place.
            let matter = text.lines().last().unwrap_or_default();
            matter.strip_prefix("error: ").unwrap_or(matter).to_owned()
        }
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when it is compiled"),
        other => other.to_string(),
    })
}

/// Says what is wrong with an expression, if anything.
pub fn check(expression: &str) -> Result<(), String> {
    compile(expression).map(drop)
}

/// What a named group holds at the first match.
pub fn group<'a>(regex: &Regex, text: &'a str, name: &str) -> Option<&'a str> {
    regex.captures(text)?.name(name).map(|found| found.as_str())
}

/// Every match as a JSON object of its named groups; one that is missing where nothing matches.
pub fn all_groups(regex: &Regex, text: &str) -> Vec<Option<String>> {
    let names: Vec<&str> = regex.capture_names().flatten().collect();
    let object = |captures: regex::Captures<'_>| {
        let members = names.iter().map(|name| (*name, captures.name(name).map(|found| found.as_str())));
        Some(json::object_of(members))
    };
    let mut all: Vec<Option<String>> = regex.captures_iter(text).map(object).collect();
    if all.is_empty() {
        all.push(None);
    }
    all
}

/// Replaces every match; `$1`, `${name}` and `$$` stand in the replacement for groups and for a dollar.
pub fn replace<'a>(regex: &Regex, text: &'a str, with: &str) -> Cow<'a, str> {
    regex.replace_all(text, with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_taken_by_name() {
        let regex = compile(r"user=(?<user>\w+)(, id=(?<id>\d+))?").unwrap();
        assert_eq!(group(&regex, "x user=mary, id=7", "user"), Some("mary"));
        assert_eq!(group(&regex, "x user=mary", "id"), None);
        assert_eq!(group(&regex, "nobody", "user"), None);
        assert_eq!(group(&regex, "user=mary", "other"), None);
    }

    #[test]
    fn every_match_is_a_row() {
        let regex = compile(r"(?<k>\w)=(?<v>\d)?").unwrap();
        let rows = all_groups(&regex, "a=1 b= c=3");
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].as_deref(), Some(r#"{"k":"a","v":"1"}"#));
        assert_eq!(rows[1].as_deref(), Some(r#"{"k":"b","v":null}"#));
        assert_eq!(all_groups(&regex, "nothing"), [None]);
    }

    #[test]
    fn a_wrong_expression_says_what_is_wrong() {
        assert_eq!(check("(").unwrap_err(), "unclosed group");
        assert!(check("(?=x)").unwrap_err().contains("look-around"));
        assert!(check(&"a{1000}".repeat(2000)).is_err());
        assert_eq!(check("(?i)ok"), Ok(()));
    }

    #[test]
    fn replacing_reaches_every_match() {
        let regex = compile(r"(\d)(\d)").unwrap();
        assert_eq!(replace(&regex, "12 34", "$2$1"), "21 43");
    }
}
