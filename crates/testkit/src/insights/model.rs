//! What a query is: commands in their order, and the expressions in them. How one is written is `print`'s matter.

mod functions;

pub use self::functions::{FUNCTIONS, Function};

/// Commands, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Query(pub Vec<Command>);

/// One command of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Fields(Vec<Named>),
    Display(Vec<Path>),
    Filter(Expression),
    Stats {
        aggregates: Vec<Named>,
        keys: Vec<Named>,
        /// By which the edges of bins are moved.
        offset: Option<Period>,
    },
    Sort(Vec<(Expression, Direction)>),
    Limit(usize),
    Dedup(Vec<Path>),
    /// A text in which each `*` stands for a name's value.
    ParseGlob {
        from: Option<Path>,
        glob: String,
        names: Vec<String>,
    },
    /// The values of a line of comma-separated values.
    ParseCsv {
        from: Option<Path>,
        names: Vec<String>,
    },
    /// The pairs of a line of `key=value` as a map.
    ParseLogfmt {
        from: Option<Path>,
        into: String,
    },
    /// A value within JSON text, by its dotted path.
    Json {
        from: Path,
        path: String,
        into: String,
    },
    /// Named groups become fields.
    ParseRegex {
        from: Option<Path>,
        regex: String,
        matches: Matches,
    },
    Unnest {
        from: Path,
        into: String,
    },
    Expand(Path),
    Accumulate {
        of: Path,
        into: String,
    },
    /// The value that came so many rows before, and of a range of such distances each. Only one can have a name.
    Autoregress {
        of: Path,
        into: Option<String>,
        first: usize,
        last: usize,
    },
    FillDown(Vec<Path>),
    /// The sum of the fields of each row.
    AddTotals {
        into: String,
        of: Vec<Path>,
    },
    /// Numbers sessions of equal fields, which a pause longer than the gap parts.
    Sessionize {
        by: Vec<Path>,
        gap: Period,
        into: String,
    },
    /// What is far above, or also below, the middle half of a field's numbers is cut to a bound, or its row removed.
    Outlier {
        action: Action,
        /// How many times the width of the middle half the bound is away from it.
        parameter: String,
        bounds: Bounds,
        mark: Mark,
        of: Vec<Path>,
    },
    /// Columns of the first row of a table that fits.
    Lookup {
        table: String,
        fits: Fits,
        /// Columns of the table with the fields they are compared with.
        keys: Vec<(String, Path)>,
        fills: Fills,
        /// Columns of the table with the names they get, if they get one.
        columns: Vec<(String, Option<String>)>,
    },
    /// Rows for bins without events, with values for some columns. The bin, its period and offset are those of `stats`.
    FillMissing {
        bin: String,
        period: Period,
        offset: Option<Period>,
        with: Vec<(String, String)>,
    },
    /// The rows of another query beside these, by position.
    AppendColumns(Source),
    /// Rows of another query beside the rows whose key is equal.
    Join {
        kind: Join,
        left: String,
        right: String,
        on: (Path, Path),
        with: Source,
    },
    /// Combinations of the fields by how often they are there.
    CountFrequent(Vec<Path>),
}

/// What is done with a value that is far out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Cut,
    Remove,
}

/// At which sides a value can be far out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    Upper,
    Both,
}

/// Whether a field says of each row that its value was far out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    Field,
}

/// How a row of a lookup table fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fits {
    /// Its keys are equal.
    Equal,
    /// Its key is a network that holds the address.
    Network,
}

/// Which fields a lookup fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fills {
    All,
    /// Those that are missing or empty.
    Empty,
}

/// What becomes of rows that a join finds nothing for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    Inner,
    Left,
}

/// A query within a query, over a log group.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub group: String,
    pub query: Query,
}

/// An expression with the name it gets, if it gets one.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub expression: Expression,
    pub name: Option<String>,
}

/// A field: keys and positions. A system field is one segment that begins with `@`; a JSON key that begins with `@`
/// has a second one in front.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<String>);

impl Path {
    /// A path of plain segments, written with dots.
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }

    /// The name as a column.
    pub fn name(&self) -> String {
        self.0.join(".")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// Which matches of a regex become rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    First,
    All,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Field(Path),
    Text(String),
    /// A number as it is written.
    Number(String),
    Arithmetic(Box<Expression>, Operator, Box<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
    In {
        value: Box<Expression>,
        list: Vec<Expression>,
        sense: Sense,
    },
    /// Whether the value is among those that another query gives.
    InQuery {
        value: Box<Expression>,
        source: Source,
        sense: Sense,
    },
    Like {
        value: Box<Expression>,
        pattern: Pattern,
        sense: Sense,
    },
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Call(Function, Vec<Expression>),
    /// A function of a time and a period; without a time `bin`, which means `@timestamp`.
    Edge(Edge, Period),
    Aggregate(Box<Aggregate>),
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
    AtMost,
    Greater,
    AtLeast,
}

/// Whether a predicate is meant or its opposite, as in `not in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    Plain,
    Negated,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Substring(String),
    Regex(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Edge {
    Bin,
    Floor(Box<Expression>),
    Ceil(Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub count: u32,
    pub unit: Unit,
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

/// An aggregate of the rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    CountRows,
    Count(Expression),
    CountDistinct(Expression),
    Sum(Expression),
    Average(Expression),
    Least(Expression),
    Greatest(Expression),
    Deviation(Expression),
    Percentile(Expression, u8),
    Earliest(Expression),
    Latest(Expression),
    SortsFirst(Expression),
    SortsLast(Expression),
    CountOverTime(Expression),
    SumOverTime(Expression),
    /// The change in a period of fixed length.
    Rate(Expression, Period),
    /// Counts by so many ranges of equal width.
    Histogram(Expression, u16),
}

impl Expression {
    /// A field by its dotted path.
    pub fn field(dotted: &str) -> Self {
        Self::Field(Path::of(dotted))
    }

    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub fn aggregate(aggregate: Aggregate) -> Self {
        Self::Aggregate(Box::new(aggregate))
    }

    /// The expression with a name.
    pub fn named(self, name: &str) -> Named {
        Named { expression: self, name: Some(name.to_owned()) }
    }

    /// The expression under the name it has of itself.
    pub fn unnamed(self) -> Named {
        Named { expression: self, name: None }
    }
}
