//! Parts of texts by globs and regular expressions, and lines of other formats.

use std::borrow::Cow;

use eksamine_insights::runtime::glob::Glob;
use eksamine_insights::runtime::records;
use eksamine_insights::runtime::regex::{self, Regex};

use super::values::Output;
use super::{Function, Gives, Kept, Kind, Nulls, prepare};

/// The expression compiled, if it is not the one that was kept.
fn compiled<'k>(kept: &'k mut Kept<Regex>, expression: &str) -> Result<&'k Regex, String> {
    kept.get(std::iter::once(expression), || {
        regex::compile(expression).map_err(|error| format!("`{expression}` is no regular expression: {error}"))
    })
}

pub static FUNCTIONS: [Function; 7] = [
    Function::prepared(
        "insights_parse_glob",
        &[("text", Kind::Text), ("glob", Kind::Text), ("position", Kind::Number)],
        Gives::Text,
        "what the `*` at a position (from 0) of a glob takes",
        || {
            let mut glob = Kept::new();
            prepare(move |row| {
                let glob: &Glob = glob.get(std::iter::once(row.text(1)), || Ok(Glob::new(row.text(1))))?;
                Ok(Output::text(glob.capture(row.text(0), row.number(2) as usize)))
            })
        },
    ),
    Function::prepared(
        "insights_parse_regex",
        &[("text", Kind::Text), ("expression", Kind::Text), ("group", Kind::Text)],
        Gives::Text,
        "what a named group of a regular expression holds at the first match",
        || {
            let mut kept = Kept::new();
            prepare(move |row| {
                let regex = compiled(&mut kept, row.text(1))?;
                Ok(Output::text(regex::group(regex, row.text(0), row.text(2))))
            })
        },
    ),
    Function::prepared(
        "insights_parse_regex_all",
        &[("text", Kind::Text), ("expression", Kind::Text)],
        Gives::Texts,
        "every match as a JSON object of the named groups; one null where nothing matches",
        || {
            let mut kept = Kept::new();
            prepare(move |row| {
                let regex = compiled(&mut kept, row.text(1))?;
                let Some(text) = row.some_text(0) else { return Ok(Output::Texts(vec![None])) };
                let matches = regex::all_groups(regex, text).into_iter();
                Ok(Output::Texts(matches.map(|object| object.map(Cow::Owned)).collect()))
            })
        },
    )
    .nulls(Nulls::Seen),
    Function::prepared(
        "insights_regex_matches",
        &[("text", Kind::Text), ("expression", Kind::Text)],
        Gives::Bool,
        "whether a regular expression matches somewhere in a text",
        || {
            let mut kept = Kept::new();
            prepare(move |row| Ok(Output::Bool(compiled(&mut kept, row.text(1))?.is_match(row.text(0)))))
        },
    )
    .nulls(Nulls::GiveFalse),
    Function::prepared(
        "insights_regex_replace",
        &[("text", Kind::Text), ("expression", Kind::Text), ("with", Kind::Text)],
        Gives::Text,
        "with every match of a regular expression replaced; `$1` and `${name}` stand for its groups",
        || {
            let mut kept = Kept::new();
            prepare(move |row| {
                let regex = compiled(&mut kept, row.text(1))?;
                Ok(Output::Text(regex::replace(regex, row.text(0), row.text(2))))
            })
        },
    ),
    Function::new(
        "insights_logfmt",
        &[("line", Kind::Text)],
        Gives::Text,
        "the pairs of a logfmt line as a JSON object of texts",
        |row| Output::text(records::logfmt(row.text(0))),
    ),
    Function::new(
        "insights_csv",
        &[("record", Kind::Text), ("position", Kind::Number)],
        Gives::Text,
        "a field of a CSV record by its position from 0",
        |row| Output::text(records::csv_field(row.text(0), row.number(1) as usize)),
    ),
];
