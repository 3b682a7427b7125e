//! Functions of any values, and of JSON.

use super::{Function, Gives, How, Special, Takes, call, different, same};

pub(super) const FUNCTIONS: &[Function] = &[
    same("ispresent", "field", "whether the row has the field", How::Special(Special::IsPresent)),
    same("coalesce", "v, …", "the first value that is not missing", How::Special(Special::Coalesce)),
    same(
        "case",
        "condition, value, …[, default]",
        "the value behind the first condition that holds",
        How::Special(Special::Case),
    ),
    same("if", "condition, then, else", "one of two values", How::Special(Special::If)),
    same(
        "isNumeric",
        "v",
        "whether the value looks like a number",
        call("insights_is_numeric", &[Takes::Text], Gives::Truth),
    ),
    same("messageSize", "", "bytes of `@message`", How::Special(Special::MessageSize)),
    same("now", "", "epoch seconds at which the query began", How::Special(Special::Now)),
    same(
        "queryStartTime",
        "",
        "epoch milliseconds from which on events are asked for",
        How::Special(Special::QueryStartTime),
    ),
    same(
        "queryEndTime",
        "",
        "epoch milliseconds up to which events are asked for",
        How::Special(Special::QueryEndTime),
    ),
    same("queryTimeRange", "", "milliseconds between the two", How::Special(Special::QueryTimeRange)),
];

pub(super) const JSON: &[Function] = &[
    same(
        "jsonParse",
        "text",
        "the map or list that the text is, whose values can be named by `.key` and `[0]`; missing if it is none",
        How::Special(Special::JsonParse),
    ),
    different(
        "jsonStringify",
        "v",
        "a map or list as JSON text",
        call("insights_json_stringify", &[Takes::Json], Gives::Text),
        "spaces stay as they stood in the event",
    ),
    same(
        "jsonArraySize",
        "list",
        "how many elements a list has",
        call("insights_json_array_size", &[Takes::Json], Gives::Number),
    ),
    same(
        "jsonArrayContains",
        "list, text",
        "whether a list has an element, in the same case",
        call("insights_json_array_contains", &[Takes::Json, Takes::Text], Gives::Truth),
    ),
];
