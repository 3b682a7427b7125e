//! What a query says, before it is known what it means.

use crate::error::Span;
use crate::lexer::Segment;

/// A query: commands in the order of their pipes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub commands: Vec<Command>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub kind: CommandKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    Source(Source),
    Fields(Vec<Named>),
    Display(Vec<Named>),
    Filter(Expression),
    Stats {
        aggregates: Vec<Named>,
        by: Vec<Named>,
        offset: Option<Period>,
    },
    Sort(Vec<SortKey>),
    /// `any` asks for any rows, not the first by the order.
    Limit {
        rows: u64,
        any: bool,
    },
    Dedup(Vec<Expression>),
    Parse(Parse),
    Unnest {
        field: Expression,
        into: Option<Name>,
    },
    Expand(Expression),
    Unmask,
    Pattern(Expression),
    Diff(Shift),
    CountFrequent(Vec<Named>),
    Accumulate {
        field: Expression,
        alias: Option<Name>,
    },
    Autoregress {
        field: Expression,
        alias: Option<Name>,
        from: u64,
        to: u64,
    },
    FillDown(Vec<Wildcard>),
    /// Values for the rows that are made, each for a field or for all.
    FillMissing(Vec<Filling>),
    AddTotals {
        name: String,
        row: bool,
        column: bool,
        fields: Vec<Expression>,
    },
    Outlier {
        remove: bool,
        parameter: f64,
        lower: bool,
        mark: bool,
        fields: Vec<Expression>,
    },
    Sessionize {
        fields: Vec<Expression>,
        span: Option<Period>,
        alias: Option<Name>,
    },
    Join(Join),
    AppendColumns {
        overwrite: bool,
        most: u64,
        query: Query,
    },
    Lookup(LookUp),
}

/// An expression, perhaps with a name of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub expression: Expression,
    pub alias: Option<Name>,
}

/// A name the query gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    pub expression: Expression,
    pub descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// `@message` if there is none.
    pub field: Option<Expression>,
    pub how: ParseHow,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ParseHow {
    Glob {
        pattern: String,
        span: Span,
        aliases: Vec<Name>,
    },
    Regex {
        pattern: String,
        span: Span,
    },
    /// One row for each match.
    Every {
        pattern: String,
        span: Span,
        alias: Option<Name>,
    },
    Logfmt {
        alias: Name,
    },
    Csv {
        aliases: Vec<Name>,
    },
    /// A path into JSON, as text.
    Json {
        path: String,
        span: Span,
        alias: Option<Name>,
    },
}

/// What two times `diff` and `logcompare` compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Shift {
    /// The window right before.
    Before,
    Of(Period),
}

/// What a row that `fillmissing` makes has in a field; without one in every field.
#[derive(Clone, Debug, PartialEq)]
pub struct Filling {
    pub value: Expression,
    pub field: Option<Expression>,
}

/// A name for fields, in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub keep_left: bool,
    pub left: String,
    pub right: String,
    /// Pairs of fields that are equal, each with its side.
    pub condition: Expression,
    pub query: Query,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LookUp {
    pub table: Name,
    /// Columns of the table with the fields they are compared with.
    pub keys: Vec<(Name, Expression)>,
    /// Whether keys are networks that the field's address is in.
    pub networks: bool,
    /// Whether what rows have already is kept.
    pub only_new: bool,
    pub outputs: Vec<(Name, Option<Name>)>,
}

/// Where events come from, as a query says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// Names of log groups, or the beginnings of names.
    pub groups: Vec<Name>,
    pub accounts: Vec<String>,
    pub start: Option<Instant>,
    pub end: Option<Instant>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Instant {
    /// Milliseconds from now.
    Relative(i64),
    /// Microseconds since 1970.
    At(i64),
}

/// A number of units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub count: i64,
    pub unit: Unit,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    Text(String),
    /// As it is written.
    Number(String),
    Boolean(bool),
    Period(Period),
    /// The `*` of `count(*)`.
    Star,
    Field(Vec<Segment>),
    /// A value within a map or list: `f.a`, `f[0]`, `jsonParse(f).a`.
    Within(Box<Expression>, Vec<Segment>),
    Call {
        name: Name,
        arguments: Vec<Expression>,
    },
    Negative(Box<Expression>),
    Arithmetic(Operator, Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    Like {
        value: Box<Expression>,
        pattern: Pattern,
        negated: bool,
    },
    In {
        value: Box<Expression>,
        set: Set,
        negated: bool,
    },
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Text(Box<Expression>),
    Regex { pattern: String, span: Span },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    List(Vec<Expression>),
    Query(Box<Query>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The comparison with its sides changed.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

impl Unit {
    /// As the runtime's functions take it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Millisecond => "ms",
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "mo",
            Self::Quarter => "q",
            Self::Year => "y",
        }
    }

    /// Milliseconds of one, where that is always the same.
    pub fn millis(self) -> Option<i64> {
        Some(match self {
            Self::Millisecond => 1,
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 604_800_000,
            Self::Month | Self::Quarter | Self::Year => return None,
        })
    }

    /// The largest count that `bin` honours, where that is documented.
    pub fn cap(self) -> Option<i64> {
        match self {
            Self::Millisecond => Some(1000),
            Self::Second | Self::Minute => Some(60),
            Self::Hour => Some(24),
            _ => None,
        }
    }
}

/// A dotted name as it is shown.
pub fn dotted(segments: &[Segment]) -> String {
    let texts: Vec<&str> = segments.iter().map(|segment| segment.text.as_str()).collect();
    texts.join(".")
}
