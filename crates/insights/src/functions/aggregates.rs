//! What `stats` can say of many rows. Other than `count(field)` and `count_distinct`, none sees maps and lists unless it
//! passes them on.

use super::{Aggregate, Function, How, different, same};
use crate::commands::State;

const fn aggregate(which: Aggregate) -> How {
    How::Aggregate(which)
}

const fn refused(name: &'static str, arguments: &'static str, about: &'static str) -> Function {
    Function {
        name,
        arguments,
        about,
        state: State::Refused("what exactly it gives is not documented"),
        how: How::Refused,
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    same("count", "[* | field]", "how many rows there are, or how many have the field", aggregate(Aggregate::Count)),
    different(
        "count_distinct",
        "field",
        "how many different values there are",
        aggregate(Aggregate::CountDistinct),
        "exact; in AWS it is an estimate where there are many",
    ),
    same("sum", "field", "the sum of what is a number", aggregate(Aggregate::Sum)),
    same("avg", "field", "the mean of what is a number", aggregate(Aggregate::Average)),
    same("min", "field", "the least number, or the least text if nothing is a number", aggregate(Aggregate::Min)),
    same("max", "field", "the greatest number, or the greatest text if nothing is a number", aggregate(Aggregate::Max)),
    different(
        "pct",
        "field, percent",
        "the number that so many percent of all numbers are not greater than",
        aggregate(Aggregate::Percentile),
        "exact, interpolated between neighbours; which estimator AWS has is not documented",
    ),
    different(
        "stddev",
        "field",
        "the standard deviation of what is a number",
        aggregate(Aggregate::StandardDeviation),
        "that of a sample; AWS does not say which it has",
    ),
    same(
        "earliest",
        "field",
        "the value in the row with the earliest `@timestamp` that has it",
        aggregate(Aggregate::Earliest),
    ),
    same(
        "latest",
        "field",
        "the value in the row with the latest `@timestamp` that has it",
        aggregate(Aggregate::Latest),
    ),
    same("sortsFirst", "field", "the value that `sort` puts first", aggregate(Aggregate::SortsFirst)),
    same("sortsLast", "field", "the value that `sort` puts last", aggregate(Aggregate::SortsLast)),
    refused("rate", "field, period", "the change of a value over time"),
    refused("countOverTime", "field", "counts over time"),
    refused("sumOverTime", "field", "sums over time"),
    refused("histogram", "field, buckets", "counts by ranges of values"),
];
