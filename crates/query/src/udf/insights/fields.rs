//! Fields of JSON by path, and lists.

use eksamine_insights::runtime::json::{self, Path};

use super::values::{Input, Output};
use super::{Function, Gives, Kept, Kind, Nulls, prepare};

const JSON_AND_PATH: &[(&str, Kind)] = &[("json", Kind::Text), ("segment", Kind::Text)];

pub static FUNCTIONS: [Function; 12] = [
    Function::prepared(
        "insights_field",
        JSON_AND_PATH,
        Gives::Text,
        "the value at a path: the content of a string, the JSON text of anything else; null for null and nothing",
        || {
            let mut path = Kept::new();
            prepare(move |row| {
                let path: &Path = path.get(row.texts(1), || Ok(Path::new(row.texts(1))))?;
                Ok(Output::text(path.field(row.text(0))))
            })
        },
    )
    .required(1)
    .repeating(),
    Function::prepared(
        "insights_scalar",
        JSON_AND_PATH,
        Gives::Text,
        "as `insights_field`, but null for maps and lists",
        || {
            let mut path = Kept::new();
            prepare(move |row| {
                let path: &Path = path.get(row.texts(1), || Ok(Path::new(row.texts(1))))?;
                Ok(Output::text(path.scalar(row.text(0))))
            })
        },
    )
    .required(1)
    .repeating(),
    Function::prepared(
        "insights_is_structure",
        JSON_AND_PATH,
        Gives::Bool,
        "whether a map or a list is at a path",
        || {
            let mut path = Kept::new();
            prepare(move |row| {
                let path: &Path = path.get(row.texts(1), || Ok(Path::new(row.texts(1))))?;
                Ok(Output::Bool(path.is_structure(row.text(0))))
            })
        },
    )
    .required(1)
    .repeating()
    .nulls(Nulls::GiveFalse),
    Function::new(
        "insights_elements",
        &[("list", Kind::Text)],
        Gives::Texts,
        "the elements of a JSON array as texts; what is no list is its own one element, and nothing one null",
        |row| Output::Texts(json::elements(row.some_text(0))),
    )
    .nulls(Nulls::Seen),
    Function::prepared(
        "insights_json",
        JSON_AND_PATH,
        Gives::Text,
        "the JSON text of the value at a path; null for null and nothing",
        || {
            let mut path = Kept::new();
            prepare(move |row| {
                let path: &Path = path.get(row.texts(1), || Ok(Path::new(row.texts(1))))?;
                Ok(Output::text(path.json(row.text(0))))
            })
        },
    )
    .required(1)
    .repeating(),
    Function::new("insights_json_string", &[("text", Kind::Text)], Gives::Text, "a text as a JSON string", |row| {
        Output::text(Some(json::string(row.text(0))))
    }),
    Function::new(
        "insights_json_elements",
        &[("json", Kind::Text)],
        Gives::Texts,
        "as `insights_elements`, of a value in JSON text and in JSON text",
        |row| Output::Texts(json::json_elements(row.some_text(0))),
    )
    .nulls(Nulls::Seen),
    Function::new(
        "insights_json_parse",
        &[("text", Kind::Text)],
        Gives::Text,
        "the text, if it is one JSON object or array",
        |row| Output::text(json::parse(row.text(0))),
    ),
    Function::new(
        "insights_json_stringify",
        &[("json", Kind::Text)],
        Gives::Text,
        "the JSON text of a map or list",
        |row| Output::text(row.some_text(0)),
    ),
    Function::new(
        "insights_json_array_size",
        &[("list", Kind::Text)],
        Gives::Number,
        "how many elements a JSON array has",
        |row| Output::number(json::array_size(row.text(0))),
    ),
    Function::predicate(
        "insights_json_array_contains",
        &[("list", Kind::Text), ("element", Kind::Text)],
        "whether a JSON array has an element of this text",
        |row| Output::Bool(json::array_contains(row.text(0), row.text(1))),
    ),
    Function::new("insights_is_present", &[("value", Kind::Any)], Gives::Bool, "whether there is a value", |row| {
        Output::Bool(row.value(0) != Input::Null)
    })
    .nulls(Nulls::Seen),
];
