//! Functions of times. A number or text in the place of a time is epoch milliseconds.

use super::{Function, Gives, How, Special, Takes, call, call_optional, different, same};

pub(super) const FUNCTIONS: &[Function] = &[
    different(
        "bin",
        "period",
        "the begin of the period that `@timestamp` is in",
        How::Special(Special::Bin),
        "multiples are counted from the epoch, weeks from Monday; months, quarters and years are those of the calendar",
    ),
    different(
        "datefloor",
        "time, period",
        "the begin of the period that a time is in",
        How::Special(Special::DateFloor),
        "as `bin`",
    ),
    different(
        "dateceil",
        "time, period",
        "the begin of the next period, or the time itself where one begins there",
        How::Special(Special::DateCeil),
        "as `bin`",
    ),
    same(
        "fromMillis",
        "n",
        "the time of epoch milliseconds",
        call("insights_from_millis", &[Takes::Number], Gives::Time),
    ),
    same("toMillis", "time", "a time as epoch milliseconds", call("insights_to_millis", &[Takes::Time], Gives::Number)),
    same(
        "parseDate",
        "text, javaPattern[, zone]",
        "epoch milliseconds of a written time",
        call_optional("insights_parse_date", &[Takes::Text, Takes::Constant, Takes::Constant], 1, Gives::Number),
    ),
    same(
        "formatDate",
        "time, format[, zone]",
        "a time written as `strftime` does",
        call_optional("insights_format_date", &[Takes::Time, Takes::Constant, Takes::Constant], 1, Gives::Text),
    ),
    same(
        "strftime",
        "time, format[, zone]",
        "a time written as `strftime` does",
        call_optional("insights_format_date", &[Takes::Time, Takes::Constant, Takes::Constant], 1, Gives::Text),
    ),
];
