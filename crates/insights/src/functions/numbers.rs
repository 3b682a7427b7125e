//! Functions of numbers. What is no number makes the answer null, and so does an answer that is no finite number.

use super::{Function, Gives, How, Special, Takes, call, call_optional, different, same};

const ONE: &[Takes] = &[Takes::Number];
const TWO: &[Takes] = &[Takes::Number, Takes::Number];

pub(super) const FUNCTIONS: &[Function] = &[
    same("abs", "n", "the number without its sign", call("abs", ONE, Gives::Number)),
    same("ceil", "n", "the least whole number that is not less", call("ceil", ONE, Gives::Number)),
    same("floor", "n", "the greatest whole number that is not greater", call("floor", ONE, Gives::Number)),
    different(
        "round",
        "n[, decimals]",
        "the nearest number with so many decimals, none if it is left out",
        call_optional("insights_round", TWO, 1, Gives::Number),
        "halves are rounded away from zero; AWS does not say",
    ),
    same("sqrt", "n", "the square root", call("insights_sqrt", ONE, Gives::Number)),
    same("log", "n", "the natural logarithm", call("insights_log", ONE, Gives::Number)),
    different(
        "greatest",
        "n, …",
        "the greatest of the numbers",
        How::Special(Special::Greatest),
        "null if one of them is missing or no number; AWS does not say",
    ),
    different(
        "least",
        "n, …",
        "the least of the numbers",
        How::Special(Special::Least),
        "null if one of them is missing or no number; AWS does not say",
    ),
    same("toNumber", "v", "the value as a number, null if it is none", How::Special(Special::ToNumber)),
    same("toDouble", "v", "the value as a number, null if it is none", How::Special(Special::ToNumber)),
    different(
        "toInt",
        "v",
        "the value as a whole number of 32 bits",
        call("insights_to_int", ONE, Gives::Number),
        "fractions are cut off, and null where it does not fit; AWS does not say",
    ),
    different(
        "toLong",
        "v",
        "the value as a whole number of 64 bits",
        call("insights_to_long", ONE, Gives::Number),
        "fractions are cut off, and null where it does not fit; AWS does not say",
    ),
    same(
        "haversine",
        "latitude, longitude, latitude, longitude",
        "kilometres between two places",
        call("insights_haversine", &[Takes::Number, Takes::Number, Takes::Number, Takes::Number], Gives::Number),
    ),
    same("decToHex", "n", "the whole number as `0x…`", call("insights_dec_to_hex", ONE, Gives::Text)),
];
