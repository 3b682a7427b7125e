//! What `stats` can say of many rows. Other than `count(field)` and `count_distinct`, none sees maps and lists unless it
//! passes them on.

use super::{Aggregate, Function, How, different, same};

const fn aggregate(which: Aggregate) -> How {
    How::Aggregate(which)
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
    different(
        "rate",
        "field, period",
        "how much the number changes in a period, from the first to the last row of the group that has it",
        aggregate(Aggregate::Rate),
        "AWS publishes no formula: here it is the difference of the two values by the time between them; where a counter began anew is not seen",
    ),
    different(
        "countOverTime",
        "[* | field]",
        "`count`, to be used with `by bin(…)`",
        aggregate(Aggregate::Count),
        "whether rows without the field count is not documented: they don't, as in `count(field)`",
    ),
    different("count_over_time", "[* | field]", "the same", aggregate(Aggregate::Count), "as `countOverTime`"),
    same("sumOverTime", "field", "`sum`, to be used with `by bin(…)`", aggregate(Aggregate::Sum)),
    same("sum_over_time", "field", "the same", aggregate(Aggregate::Sum)),
    different(
        "histogram",
        "field, ranges",
        "how many numbers are in each of so many ranges of equal width, from the least to the greatest number of the group",
        aggregate(Aggregate::Histogram),
        "how its map names a range is not documented: `[0,10)`, the last one `[90,100]`",
    ),
];
