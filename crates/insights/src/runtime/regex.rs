//! Regular expressions of `parse`, `like`, `=~` and `regexReplace`: Rust's, searched for and not anchored.

use std::borrow::Cow;

pub use regex::Regex;
use regex_syntax::ast::{self, Ast, GroupKind};

use super::json;

/// An expression, ready to use. The error says what is wrong with it, in one line.
pub fn compile(expression: &str) -> Result<Regex, String> {
    Regex::new(expression).map_err(|error| match error {
        regex::Error::Syntax(text) => matter(&text),
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when it is compiled"),
        other => other.to_string(),
    })
}

/// The last line of what the parser says tells the matter, those before draw the place.
fn matter(text: &str) -> String {
    let matter = text.lines().last().unwrap_or_default();
    matter.strip_prefix("error: ").unwrap_or(matter).to_owned()
}

/// Expressions of so many bytes that repeat nothing by number are never too big, even if they are classes throughout.
const SMALL_BYTES: usize = 256;

/// Says what is wrong with an expression, if anything. To compile it takes longer than to translate a whole query, so that
/// is done only where it can be found too big.
pub fn check(expression: &str) -> Result<(), String> {
    if expression.len() > SMALL_BYTES || expression.contains('{') {
        return compile(expression).map(drop);
    }
    regex_syntax::parse(expression).map(drop).map_err(|error| matter(&error.to_string()))
}

/// Names of an expression's groups, in order; none where it is wrong. It is read and not compiled, which takes a hundredth
/// of the time.
pub fn group_names(expression: &str) -> Vec<String> {
    struct Names(Vec<String>);
    impl ast::Visitor for Names {
        type Output = Vec<String>;
        type Err = ();

        fn finish(self) -> Result<Vec<String>, ()> {
            Ok(self.0)
        }

        fn visit_pre(&mut self, part: &Ast) -> Result<(), ()> {
            if let Ast::Group(group) = part
                && let GroupKind::CaptureName { name, .. } = &group.kind
            {
                self.0.push(name.name.clone());
            }
            Ok(())
        }
    }
    let parsed = ast::parse::Parser::new().parse(expression);
    parsed.ok().and_then(|parsed| ast::visit(&parsed, Names(Vec::new())).ok()).unwrap_or_default()
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
    fn names_are_those_of_the_compiled_expression() {
        let long = r"\d+-(?<day>\d+)T((?P<hour>\d+):)?[(?<no>)](?i:(?<second>\d+))|(?<last>x)";
        for expression in [long, "", "a(b)c", r"\(?<x>", "(?<a>(?<b>(?<c>z)))", "("] {
            let compiled = compile(expression).map_or_else(
                |_| Vec::new(),
                |regex| regex.capture_names().flatten().map(str::to_owned).collect::<Vec<_>>(),
            );
            assert_eq!(group_names(expression), compiled, "{expression}");
        }
        assert_eq!(group_names(long), ["day", "hour", "second", "last"]);
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
        for expression in ["(", "a)", "[z-a]", "*", r"\q", "(?<a>x)(?<a>y)", "(?=x)", "\\", r"\w\W\d\D\s\S."] {
            assert_eq!(check(expression), compile(expression).map(drop), "{expression}");
        }
        let largest = r"\w".repeat(SMALL_BYTES / 2);
        assert_eq!((check(&largest), compile(&largest).map(drop)), (Ok(()), Ok(())));
    }

    #[test]
    fn replacing_reaches_every_match() {
        let regex = compile(r"(\d)(\d)").unwrap();
        assert_eq!(replace(&regex, "12 34", "$2$1"), "21 43");
    }
}
