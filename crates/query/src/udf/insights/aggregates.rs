//! Aggregates: exact percentiles, histograms, and the patterns of texts.

mod numbers;
mod patterns;

use datafusion::logical_expr::AggregateUDF;

/// Every aggregate: how it is called, and what it gives.
pub static AGGREGATES: [(&str, &str); 4] = [
    ("insights_pct(number, percent)", "the exact percentile, between two values by linear interpolation"),
    (
        "insights_histogram(number, ranges)",
        "how many numbers are in each of so many ranges of equal width, as JSON text",
    ),
    (
        "insights_patterns(text)",
        "the patterns of texts, the most frequent first, as a list of `pattern`, `ratio`, `sample_count`, `severity`",
    ),
    (
        "insights_pattern_diff(text, is_current)",
        "the patterns of texts of two periods, as a list of `pattern`, `current_count`, `previous_count`, `difference`, \
         `difference_percent`, `severity`, the greatest difference first",
    ),
];

pub fn all() -> impl Iterator<Item = AggregateUDF> {
    let kinds = [patterns::Kind::Plain, patterns::Kind::Difference];
    let patterns = kinds.map(|kind| AggregateUDF::new_from_impl(patterns::Patterns::new(kind)));
    let kinds = [numbers::Kind::Percentile, numbers::Kind::Histogram];
    let numbers = kinds.map(|kind| AggregateUDF::new_from_impl(numbers::Numbers::new(kind)));
    numbers.into_iter().chain(patterns)
}
