//! What a query is: commands in their order, and the expressions in them. How one is written is `print`'s matter.

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
    /// Rows for bins without events, with values for some columns. The bin and its period are those of `stats`.
    FillMissing {
        bin: String,
        period: Period,
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
}

/// Functions of the values of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Abs,
    Ceil,
    Floor,
    Greatest,
    Least,
    Log,
    Round,
    Sqrt,
    Haversine,
    ToNumber,
    ToInt,
    ToLong,
    ToDouble,
    IsPresent,
    Coalesce,
    Case,
    If,
    IsNumeric,
    MessageSize,
    JsonParse,
    JsonArraySize,
    JsonArrayContains,
    IsValidIp,
    IsValidIpv4,
    IsValidIpv6,
    IsIpInSubnet,
    IsIpv4InSubnet,
    IsIpv6InSubnet,
    Ipv4ToNumber,
    IsPrivateIp,
    IsEmpty,
    IsBlank,
    Concat,
    LeftTrim,
    RightTrim,
    Trim,
    Length,
    ToUpper,
    ToLower,
    Substring,
    Replace,
    RegexReplace,
    Contains,
    StartsWith,
    EndsWith,
    UrlEncode,
    UrlDecode,
    Base64Encode,
    Base64Decode,
    Split,
    HexToAscii,
    HexToDecimal,
    DecimalToHex,
    FromMillis,
    ToMillis,
    FormatDate,
    ParseDate,
}

/// Every function and its name.
pub const FUNCTIONS: &[(Function, &str)] = &[
    (Function::Abs, "abs"),
    (Function::Ceil, "ceil"),
    (Function::Floor, "floor"),
    (Function::Greatest, "greatest"),
    (Function::Least, "least"),
    (Function::Log, "log"),
    (Function::Round, "round"),
    (Function::Sqrt, "sqrt"),
    (Function::Haversine, "haversine"),
    (Function::ToNumber, "toNumber"),
    (Function::ToInt, "toInt"),
    (Function::ToLong, "toLong"),
    (Function::ToDouble, "toDouble"),
    (Function::IsPresent, "ispresent"),
    (Function::Coalesce, "coalesce"),
    (Function::Case, "case"),
    (Function::If, "if"),
    (Function::IsNumeric, "isNumeric"),
    (Function::MessageSize, "messageSize"),
    (Function::JsonParse, "jsonParse"),
    (Function::JsonArraySize, "jsonArraySize"),
    (Function::JsonArrayContains, "jsonArrayContains"),
    (Function::IsValidIp, "isValidIp"),
    (Function::IsValidIpv4, "isValidIpv4"),
    (Function::IsValidIpv6, "isValidIpv6"),
    (Function::IsIpInSubnet, "isIpInSubnet"),
    (Function::IsIpv4InSubnet, "isIpv4InSubnet"),
    (Function::IsIpv6InSubnet, "isIpv6InSubnet"),
    (Function::Ipv4ToNumber, "ipv4ToNumber"),
    (Function::IsPrivateIp, "isPrivateIP"),
    (Function::IsEmpty, "isempty"),
    (Function::IsBlank, "isblank"),
    (Function::Concat, "concat"),
    (Function::LeftTrim, "ltrim"),
    (Function::RightTrim, "rtrim"),
    (Function::Trim, "trim"),
    (Function::Length, "strlen"),
    (Function::ToUpper, "toupper"),
    (Function::ToLower, "tolower"),
    (Function::Substring, "substr"),
    (Function::Replace, "replace"),
    (Function::RegexReplace, "regexReplace"),
    (Function::Contains, "strcontains"),
    (Function::StartsWith, "startsWith"),
    (Function::EndsWith, "endsWith"),
    (Function::UrlEncode, "urlencode"),
    (Function::UrlDecode, "urldecode"),
    (Function::Base64Encode, "base64encode"),
    (Function::Base64Decode, "base64decode"),
    (Function::Split, "split"),
    (Function::HexToAscii, "hexToAscii"),
    (Function::HexToDecimal, "hexToDec"),
    (Function::DecimalToHex, "decToHex"),
    (Function::FromMillis, "fromMillis"),
    (Function::ToMillis, "toMillis"),
    (Function::FormatDate, "strftime"),
    (Function::ParseDate, "parseDate"),
];

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
