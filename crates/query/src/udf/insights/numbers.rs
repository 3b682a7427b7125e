//! Numbers: what looks like one, how it is written, comparison, arithmetic.

use eksamine_insights::runtime::numbers::{self, Operation};
use eksamine_insights::runtime::{order, text, time};

use super::values::{Input, Output, Row};
use super::{Function, Gives, Kind, Nulls};

const TWO_NUMBERS: &[(&str, Kind)] = &[("a", Kind::Number), ("b", Kind::Number)];
const NUMBER: &[(&str, Kind)] = &[("number", Kind::Number)];
const TEXT: &[(&str, Kind)] = &[("text", Kind::Text)];

/// A value as a number: a time as milliseconds since 1970, a boolean as 1 or 0.
fn number<'a>(row: Row<'_, 'a>) -> Output<'a> {
    Output::number(match row.value(0) {
        Input::Null => None,
        Input::Text(text) => numbers::number(text),
        Input::Number(number) => numbers::finite(number),
        Input::Integer(number) => Some(number as f64),
        Input::Bool(value) => Some(f64::from(u8::from(value))),
        Input::Time(micros) => Some(time::to_millis(micros)),
    })
}

/// A value as text.
fn rendered<'a>(row: Row<'_, 'a>) -> Output<'a> {
    match row.value(0) {
        Input::Null => Output::Null,
        Input::Text(text) => Output::Text(text.into()),
        Input::Number(number) => Output::text(numbers::render(number)),
        Input::Integer(number) => Output::Text(number.to_string().into()),
        Input::Bool(value) => Output::Text(if value { "1" } else { "0" }.into()),
        Input::Time(micros) => Output::text(time::render(micros)),
    }
}

fn arithmetic<'a>(operation: Operation, row: Row<'_, 'a>) -> Output<'a> {
    Output::number(numbers::arithmetic(operation, row.number(0), row.number(1)))
}

pub static FUNCTIONS: [Function; 22] = [
    Function::new(
        "insights_number",
        &[("value", Kind::Any)],
        Gives::Number,
        "the number a text looks like; of a time the milliseconds since 1970",
        number,
    ),
    Function::new(
        "insights_text",
        &[("value", Kind::Any)],
        Gives::Text,
        "a number, a time or a boolean (1 or 0) as Logs Insights writes it",
        rendered,
    ),
    Function::new(
        "insights_compare",
        &[("a", Kind::Text), ("b", Kind::Text)],
        Gives::Integer,
        "-1, 0 or 1: as numbers if both look numeric, else as texts by code points",
        |row| Output::Integer(numbers::compare(row.text(0), row.text(1)) as i64),
    ),
    Function::new("insights_equality", TEXT, Gives::Text, "the same text for values that compare as equal", |row| {
        Output::Text(numbers::equality(row.text(0)))
    }),
    Function::new(
        "insights_sort_key",
        TEXT,
        Gives::Binary,
        "bytes in whose order texts stand in natural order: what is no number chunk by chunk, then numbers",
        |row| Output::Binary(order::sort_key(row.text(0))),
    ),
    Function::predicate("insights_is_numeric", TEXT, "whether a text looks like a number", |row| {
        Output::Bool(numbers::looks_numeric(row.text(0)))
    }),
    Function::predicate("insights_looks_numeric", TEXT, "the same as `insights_is_numeric`", |row| {
        Output::Bool(numbers::looks_numeric(row.text(0)))
    }),
    Function::new(
        "insights_is_true",
        TEXT,
        Gives::Bool,
        "whether a value holds as a condition: `true`, or a number other than 0",
        |row| Output::Bool(text::is_true(row.text(0))),
    )
    .nulls(Nulls::GiveFalse),
    Function::new("insights_add", TWO_NUMBERS, Gives::Number, "a + b; null where not finite", |row| {
        arithmetic(Operation::Add, row)
    }),
    Function::new("insights_sub", TWO_NUMBERS, Gives::Number, "a - b; null where not finite", |row| {
        arithmetic(Operation::Subtract, row)
    }),
    Function::new("insights_mul", TWO_NUMBERS, Gives::Number, "a * b; null where not finite", |row| {
        arithmetic(Operation::Multiply, row)
    }),
    Function::new("insights_div", TWO_NUMBERS, Gives::Number, "a / b; null for b = 0", |row| {
        arithmetic(Operation::Divide, row)
    }),
    Function::new("insights_mod", TWO_NUMBERS, Gives::Number, "the rest of a / b; null for b = 0", |row| {
        arithmetic(Operation::Remainder, row)
    }),
    Function::new("insights_power", TWO_NUMBERS, Gives::Number, "a to the power of b; null where not finite", |row| {
        arithmetic(Operation::Power, row)
    }),
    Function::new("insights_log", NUMBER, Gives::Number, "the natural logarithm; null up to 0", |row| {
        Output::number(numbers::finite(row.number(0).ln()))
    }),
    Function::new("insights_sqrt", NUMBER, Gives::Number, "the square root; null below 0", |row| {
        Output::number(numbers::finite(row.number(0).sqrt()))
    }),
    Function::new(
        "insights_round",
        &[("number", Kind::Number), ("decimals", Kind::Number)],
        Gives::Number,
        "rounded to so many decimals, half away from zero",
        |row| Output::number(numbers::round(row.number(0), row.number(1))),
    )
    .required(1),
    Function::new("insights_to_int", NUMBER, Gives::Number, "cut to a whole number of 32 bits; null outside", |row| {
        Output::number(numbers::to_int(row.number(0)))
    }),
    Function::new("insights_to_long", NUMBER, Gives::Number, "cut to a whole number of 64 bits; null outside", |row| {
        Output::number(numbers::to_long(row.number(0)))
    }),
    Function::new("insights_hex_to_dec", TEXT, Gives::Number, "a hexadecimal number, with or without `0x`", |row| {
        Output::number(numbers::hex_to_dec(row.text(0)))
    }),
    Function::new("insights_dec_to_hex", NUMBER, Gives::Text, "a whole number as `0x1f`", |row| {
        Output::text(numbers::dec_to_hex(row.number(0)))
    }),
    Function::new(
        "insights_haversine",
        &[
            ("latitude_1", Kind::Number),
            ("longitude_1", Kind::Number),
            ("latitude_2", Kind::Number),
            ("longitude_2", Kind::Number),
        ],
        Gives::Number,
        "kilometres between two places given in degrees",
        |row| Output::number(numbers::haversine(row.number(0), row.number(1), row.number(2), row.number(3))),
    ),
];
