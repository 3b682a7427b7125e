//! Every function of the language: what it takes and gives, and which SQL stands for it. The compiler, the reference
//! page and the hints of errors read these lists.

mod aggregates;
mod dates;
mod general;
mod network;
mod numbers;
mod texts;

use crate::commands::State;

/// What a function does with a value it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// As text; a map or list is missing.
    Text,
    /// As text; a map or list is its JSON text.
    Json,
    Number,
    Time,
    /// A regular expression that is written out.
    Regex,
    /// A text that is written out.
    Constant,
    /// Whether it is true, written out.
    Flag,
}

/// What a function's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    Text,
    Number,
    /// 1 or 0.
    Truth,
    Time,
    /// JSON text: a map or list.
    Json,
}

/// How a function is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By an SQL function of the same shape. The last `optional` arguments may be left out.
    Call {
        sql: &'static str,
        takes: &'static [Takes],
        optional: usize,
        gives: Gives,
    },
    Special(Special),
    Aggregate(Aggregate),
}

/// Functions that are no call of a function in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    Bin,
    Case,
    Coalesce,
    Concat,
    DateCeil,
    DateFloor,
    Greatest,
    If,
    IsPresent,
    JsonParse,
    Least,
    MessageSize,
    Now,
    QueryEndTime,
    QueryStartTime,
    QueryTimeRange,
    ToNumber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Average,
    Count,
    CountDistinct,
    Earliest,
    Histogram,
    Latest,
    Max,
    Min,
    Percentile,
    Rate,
    SortsFirst,
    SortsLast,
    StandardDeviation,
    Sum,
}

/// A function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub name: &'static str,
    /// Its arguments as the page shows them.
    pub arguments: &'static str,
    /// What it gives, in one sentence.
    pub about: &'static str,
    pub state: State,
    pub(crate) how: How,
}

/// Functions of one kind.
pub struct Family {
    pub title: &'static str,
    pub functions: &'static [Function],
}

/// All functions, in the order of the page.
pub static FAMILIES: [Family; 7] = [
    Family { title: "Numbers", functions: numbers::FUNCTIONS },
    Family { title: "Any values", functions: general::FUNCTIONS },
    Family { title: "JSON", functions: general::JSON },
    Family { title: "Addresses", functions: network::FUNCTIONS },
    Family { title: "Texts", functions: texts::FUNCTIONS },
    Family { title: "Times", functions: dates::FUNCTIONS },
    Family { title: "Aggregates of `stats`", functions: aggregates::FUNCTIONS },
];

pub(crate) fn all() -> impl Iterator<Item = &'static Function> + Clone {
    FAMILIES.iter().flat_map(|family| family.functions)
}

/// The function of this name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name.eq_ignore_ascii_case(name))
}

pub(crate) fn is_known(name: &str) -> bool {
    find(name).is_some()
}

pub(crate) fn is_aggregate(name: &str) -> bool {
    find(name).is_some_and(|function| matches!(function.how, How::Aggregate(_)))
}

const fn same(name: &'static str, arguments: &'static str, about: &'static str, how: How) -> Function {
    Function { name, arguments, about, state: State::Same, how }
}

const fn different(
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    how: How,
    difference: &'static str,
) -> Function {
    Function { name, arguments, about, state: State::Different(difference), how }
}

const fn call(sql: &'static str, takes: &'static [Takes], gives: Gives) -> How {
    How::Call { sql, takes, optional: 0, gives }
}

const fn call_optional(sql: &'static str, takes: &'static [Takes], optional: usize, gives: Gives) -> How {
    How::Call { sql, takes, optional, gives }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_in_any_case() {
        let mut names: Vec<String> = all().map(|function| function.name.to_lowercase()).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
