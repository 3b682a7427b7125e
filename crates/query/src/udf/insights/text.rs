//! Functions on text.

use eksamine_insights::runtime::text::{self, Case, Ends};

use super::values::{Output, Row};
use super::{Function, Gives, Kind, Nulls};

const TEXT: &[(&str, Kind)] = &[("text", Kind::Text)];
const TEXT_AND_CHARACTERS: &[(&str, Kind)] = &[("text", Kind::Text), ("characters", Kind::Text)];
const TEXT_AND_PART: &[(&str, Kind)] = &[("text", Kind::Text), ("part", Kind::Text)];

fn trimmed<'a>(row: Row<'_, 'a>, ends: Ends) -> Output<'a> {
    Output::text(Some(text::trim(row.text(0), row.some_text(1), ends)))
}

pub static FUNCTIONS: [Function; 16] = [
    Function::new(
        "insights_trim",
        TEXT_AND_CHARACTERS,
        Gives::Text,
        "without white space, or the characters, at both ends",
        |row| trimmed(row, Ends::Both),
    )
    .required(1),
    Function::new("insights_ltrim", TEXT_AND_CHARACTERS, Gives::Text, "the same at the beginning", |row| {
        trimmed(row, Ends::Left)
    })
    .required(1),
    Function::new("insights_rtrim", TEXT_AND_CHARACTERS, Gives::Text, "the same at the end", |row| {
        trimmed(row, Ends::Right)
    })
    .required(1),
    Function::new("insights_strlen", TEXT, Gives::Number, "the length in code points", |row| {
        Output::Number(text::length(row.text(0)))
    }),
    Function::new("insights_message_size", TEXT, Gives::Number, "the length in bytes", |row| {
        Output::Number(row.text(0).len() as f64)
    }),
    Function::new("insights_toupper", TEXT, Gives::Text, "in upper case", |row| {
        Output::Text(row.text(0).to_uppercase().into())
    }),
    Function::new("insights_tolower", TEXT, Gives::Text, "in lower case", |row| {
        Output::Text(row.text(0).to_lowercase().into())
    }),
    Function::new(
        "insights_substr",
        &[("text", Kind::Text), ("start", Kind::Number), ("length", Kind::Number)],
        Gives::Text,
        "a part of a text, counted in code points from 0",
        |row| Output::text(Some(text::substring(row.text(0), row.number(1), row.some_number(2)))),
    )
    .required(2),
    Function::new(
        "insights_replace",
        &[("text", Kind::Text), ("part", Kind::Text), ("with", Kind::Text)],
        Gives::Text,
        "with every occurrence of a part replaced",
        |row| Output::Text(text::replace(row.text(0), row.text(1), row.text(2)).into()),
    ),
    Function::new(
        "insights_split",
        &[("text", Kind::Text), ("separator", Kind::Text)],
        Gives::Text,
        "the parts between separators, as a JSON array",
        |row| Output::text(text::split(row.text(0), row.text(1))),
    ),
    Function::predicate(
        "insights_strcontains",
        &[("text", Kind::Text), ("part", Kind::Text), ("ignore_case", Kind::Bool)],
        "whether a text has a part",
        |row| {
            let case = if row.is_true(2) { Case::Ignored } else { Case::Matters };
            Output::Bool(text::contains(row.text(0), row.text(1), case))
        },
    )
    .required(2),
    Function::predicate("insights_starts_with", TEXT_AND_PART, "whether a text begins with a part", |row| {
        Output::Bool(row.text(0).starts_with(row.text(1)))
    }),
    Function::predicate("insights_ends_with", TEXT_AND_PART, "whether a text ends with a part", |row| {
        Output::Bool(row.text(0).ends_with(row.text(1)))
    }),
    Function::new("insights_is_empty", TEXT, Gives::Bool, "whether a text is missing or empty", |row| {
        Output::Bool(row.text(0).is_empty())
    })
    .nulls(Nulls::Seen),
    Function::new("insights_is_blank", TEXT, Gives::Bool, "whether a text is missing or only white space", |row| {
        Output::Bool(text::is_blank(row.text(0)))
    })
    .nulls(Nulls::Seen),
    Function::new(
        "insights_concat",
        TEXT,
        Gives::Text,
        "the texts one after the other; null if one is missing",
        |row| Output::Text(row.texts(0).collect::<String>().into()),
    )
    .repeating(),
];
