//! What commands are called.

use super::Style;
use crate::insights::model::{Command, Fits};

impl Style {
    /// The name of a command, one of them where it has several.
    pub(super) fn name_of(&mut self, command: &Command) -> &'static str {
        match command {
            Command::Fields(_) => "fields",
            Command::Display(_) => "display",
            Command::Filter(_) if self.chance(20) => "where",
            Command::Filter(_) => "filter",
            Command::Stats { .. } => "stats",
            Command::Sort(_) => "sort",
            Command::Limit(_) => "limit",
            Command::Dedup(_) => "dedup",
            Command::ParseGlob { .. }
            | Command::ParseCsv { .. }
            | Command::ParseLogfmt { .. }
            | Command::ParseRegex { .. } => "parse",
            Command::Json { .. } => "json",
            Command::Unnest { .. } => "unnest",
            Command::Expand(_) => "expand",
            Command::Accumulate { .. } => "accum",
            Command::Autoregress { .. } => "autoregress",
            Command::FillDown(_) => "filldown",
            Command::AddTotals { .. } => "addtotals",
            Command::CountFrequent(_) => "countFrequent",
            Command::Join { .. } => "join",
            Command::Sessionize { .. } => "sessionize",
            Command::FillMissing { .. } => "fillmissing",
            Command::Outlier { .. } => "outlier",
            Command::Lookup { fits: Fits::Equal, .. } => "lookup",
            Command::Lookup { fits: Fits::Network, .. } => "cidrlookup",
            Command::AppendColumns(_) => "appendcols",
        }
    }
}
