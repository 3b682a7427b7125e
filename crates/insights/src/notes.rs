//! What a translation did that its reader should know: choices, emulations, and what was put in another place.

use std::fmt;

/// Something the analyst is told on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Which table is asked, where the query's fields or streams chose it.
    Source { table: String, why: String },
    /// `bin` counts no further than its cap.
    BinCapped { written: String, used: String },
    /// `sort` or `limit` stands before a command that it holds after.
    Shapes { command: String, before: String },
    /// A command of the query has no effect.
    Dropped { what: String, why: String },
    /// What rows without the field do in `!=`, `not like` and `not in`.
    Missing { fields: Vec<String>, kept: bool },
    /// A command is emulated.
    Emulated { command: String },
    /// A field is in no column and looks like one that is.
    NearMiss { field: String, near: String },
    /// A system field of logs that are not here.
    Absent { field: String },
    /// The value of a column can't be what it is compared with.
    Never { comparison: String, why: String },
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { table, why } => write!(formatter, "this asks {table}: {why}"),
            Self::BinCapped { written, used } => {
                write!(formatter, "{written} is {used}, as in CloudWatch; --no-bin-cap takes it as written")
            }
            Self::Shapes { command, before } => write!(
                formatter,
                "`{command}` stands before `{before}` and shapes the result after it; read strictly in order it would cut first"
            ),
            Self::Dropped { what, why } => write!(formatter, "{what} has no effect: {why}"),
            Self::Missing { fields, kept } => {
                let (does, other) = if *kept { ("match", "skip") } else { ("don't match", "match") };
                write!(
                    formatter,
                    "rows without {} {does} `!=`, `not like` and `not in` here; --missing {other} changes it",
                    crate::error::Listed(fields)
                )
            }
            Self::Emulated { command } => {
                write!(formatter, "`{command}` is emulated: AWS's model is not published, so details differ")
            }
            Self::NearMiss { field, near } => {
                write!(
                    formatter,
                    "no column holds `{field}`, so it is looked up in every event; did you mean `{near}`?"
                )
            }
            Self::Absent { field } => {
                write!(formatter, "these logs have no `{field}`, so that it is missing in every row")
            }
            Self::Never { comparison, why } => write!(formatter, "{comparison} finds nothing: {why}"),
        }
    }
}
