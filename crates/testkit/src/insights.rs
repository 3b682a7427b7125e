//! A second witness of Logs Insights: a model of the language of its own, a plain evaluator that goes row by row, and
//! a generator of queries and of dirty events to run them over.
//!
//! It is written from the description of the language and shares nothing with the compiler it is there to contradict:
//! slow, simple, each rule where one would look for it. `model` is what a query is, `print` writes one as text in
//! varied ways, `value` says how values compare, sort and read, `evaluate` runs a query, `draw` makes queries and
//! events from a seed.

mod aggregate;
mod along;
mod calendar;
mod columns;
mod commands;
pub mod draw;
mod evaluate;
mod expression;
mod functions;
mod hashes;
mod json;
mod lookup;
pub mod model;
mod print;
mod strings;
#[cfg(test)]
mod tests;
mod value;
mod within;

pub use self::calendar::render as render_time;
pub use self::evaluate::{evaluate, evaluate_at};
pub use self::lookup::TABLES as LOOKUPS;
pub use self::print::Style;
pub use self::value::render as render_number;

/// One log event, as a table that came from CloudWatch holds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Microseconds since 1970; none where nothing tells the time.
    pub time_micros: Option<i64>,
    /// The event as it was logged, a JSON object.
    pub message: String,
    /// Where nothing names it, the name that audit streams begin with stands for it.
    pub stream: Option<String>,
    pub group: Option<String>,
    pub account: Option<String>,
    /// The object the event was read from, and its position in it.
    pub uri: String,
    pub record: u64,
}

/// What a missing field does in `!=`, `not like` and `not in`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The row is kept: it is not equal.
    #[default]
    Match,
    /// The row is dropped.
    Skip,
}

/// When a query is asked, and the time it asks for, microseconds since 1970. Rows without a time are in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub now_micros: i64,
    pub since_micros: Option<i64>,
    pub until_micros: Option<i64>,
}

/// What a query returns. Rows are in their order, values as text; none is null.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}
