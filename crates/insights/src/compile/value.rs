//! What an expression is once it is compiled: a piece of SQL with what is known of its values.

use crate::error::Result;
use crate::runtime::numbers;
use crate::sql;

/// A condition as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Predicate {
    pub sql: String,
    /// Whether it may be null, which stands for false.
    pub nullable: bool,
    pub rank: Rank,
}

/// How tightly a condition's outermost operator binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Or,
    And,
    Not,
    Comparison,
    Atom,
}

impl Predicate {
    pub fn new(sql: impl Into<String>, rank: Rank) -> Self {
        Self { sql: sql.into(), nullable: true, rank }
    }

    pub fn constant(value: bool) -> Self {
        Self { sql: if value { "true" } else { "false" }.to_owned(), nullable: false, rank: Rank::Atom }
    }

    #[must_use]
    pub fn certain(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// In brackets where an operator of this rank would tear it apart.
    pub fn within(&self, rank: Rank) -> String {
        if self.rank < rank { format!("({})", self.sql) } else { self.sql.clone() }
    }

    pub fn all(parts: &[Self]) -> Self {
        Self::joined(parts, Rank::And, "true", "false", " AND ")
    }

    pub fn any(parts: &[Self]) -> Self {
        Self::joined(parts, Rank::Or, "false", "true", " OR ")
    }

    /// `neutral` changes nothing, `decisive` decides.
    fn joined(parts: &[Self], rank: Rank, neutral: &str, decisive: &str, operator: &str) -> Self {
        if parts.iter().any(|part| part.sql == decisive) {
            return Self::constant(decisive == "true");
        }
        let parts: Vec<&Self> = parts.iter().filter(|part| part.sql != neutral).collect();
        match parts.as_slice() {
            [] => Self::constant(neutral == "true"),
            [only] => (*only).clone(),
            _ => Self {
                sql: parts.iter().map(|part| part.within(rank)).collect::<Vec<_>>().join(operator),
                nullable: parts.iter().any(|part| part.nullable),
                rank,
            },
        }
    }

    /// The complement: true where this is false or null.
    pub fn complement(&self) -> Self {
        match self.sql.as_str() {
            "true" => Self::constant(false),
            "false" => Self::constant(true),
            _ if self.nullable => {
                Self { sql: format!("({}) IS NOT TRUE", self.sql), nullable: false, rank: Rank::Comparison }
            }
            _ => Self { sql: format!("NOT ({})", self.sql), nullable: false, rank: Rank::Not },
        }
    }

    /// True or false, never null.
    pub fn exact(&self) -> Self {
        if !self.nullable {
            return self.clone();
        }
        Self { sql: format!("({}) IS TRUE", self.sql), nullable: false, rank: Rank::Comparison }
    }
}

/// A value within JSON text, of which only the rows know whether it is a scalar, a map or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Json {
    /// SQL of JSON text.
    pub base: String,
    pub segments: Vec<String>,
    /// SQL that tells more cheaply whether it is there.
    pub present: Option<String>,
}

impl Json {
    pub fn new(base: impl Into<String>, segments: Vec<String>) -> Self {
        Self { base: base.into(), segments, present: None }
    }

    /// The value of a Json column itself.
    pub fn column(column: &str) -> Self {
        Self { base: column.to_owned(), segments: Vec::new(), present: Some(format!("{column} IS NOT NULL")) }
    }

    /// A value below this one.
    pub fn below(&self, segments: &[String]) -> Self {
        let mut path = self.segments.clone();
        path.extend_from_slice(segments);
        Self::new(self.base.clone(), path)
    }

    fn call(&self, function: &str) -> String {
        let segments = self.segments.iter().map(|segment| format!(", {}", sql::literal(segment)));
        format!("{function}({}{})", self.base, segments.collect::<String>())
    }

    /// As text; a map or list is its JSON text.
    pub fn text(&self) -> String {
        self.call("insights_field")
    }

    /// As JSON text, a text in quotes, so that nothing is lost when it is carried on.
    pub fn json(&self) -> String {
        if self.segments.is_empty() { self.base.clone() } else { self.call("insights_json") }
    }

    /// As text; a map or list is null.
    pub fn scalar(&self) -> String {
        self.call("insights_scalar")
    }

    pub fn is_structure(&self) -> String {
        self.call("insights_is_structure")
    }
}

/// A compiled expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Never there.
    Missing,
    /// A text that is written out.
    Literal(String),
    /// A number that is written out, as it is written.
    Numeral(String),
    /// SQL of text that is never a map or list.
    Text(String),
    Json(Json),
    /// SQL of a number: BIGINT if it is `whole`, else DOUBLE.
    Number {
        sql: String,
        whole: bool,
    },
    /// 1 or 0, and a condition where one is needed.
    Truth(Predicate),
    /// A field that says true or false.
    Boolean(String),
    Time(String),
}

impl Value {
    pub fn double(sql: impl Into<String>) -> Self {
        Self::Number { sql: sql.into(), whole: false }
    }

    pub fn whole(sql: impl Into<String>) -> Self {
        Self::Number { sql: sql.into(), whole: true }
    }

    /// The text of a literal that looks like a number.
    pub fn numeral(&self) -> Option<&str> {
        match self {
            Self::Numeral(text) => Some(text),
            Self::Literal(text) => Some(text.as_str()).filter(|text| numbers::looks_numeric(text)),
            _ => None,
        }
    }

    /// The text of a literal.
    pub fn literal(&self) -> Option<String> {
        match self {
            Self::Literal(text) => Some(text.clone()),
            Self::Numeral(text) => Some(rendered(text)),
            _ => None,
        }
    }

    /// As SQL text; a map or list is its JSON text.
    pub fn text(&self) -> String {
        match self {
            Self::Json(json) => json.text(),
            other => other.scalar(),
        }
    }

    /// As SQL text; a map or list is null.
    pub fn scalar(&self) -> String {
        match self {
            Self::Missing => "CAST(NULL AS VARCHAR)".to_owned(),
            Self::Literal(text) => sql::literal(text),
            Self::Numeral(text) => sql::literal(&rendered(text)),
            Self::Text(sql) => sql.clone(),
            Self::Json(json) => json.scalar(),
            Self::Number { sql, whole: true } | Self::Boolean(sql) => format!("CAST({sql} AS VARCHAR)"),
            Self::Number { sql, whole: false } | Self::Time(sql) => format!("insights_text({sql})"),
            Self::Truth(predicate) => format!("CASE WHEN {} THEN '1' ELSE '0' END", predicate.sql),
        }
    }

    /// As SQL double; null for what is no number.
    pub fn number(&self) -> String {
        match self {
            Self::Missing | Self::Boolean(_) => "CAST(NULL AS DOUBLE)".to_owned(),
            Self::Literal(text) | Self::Numeral(text) => match numbers::number(text) {
                Some(number) => sql::double(number),
                None => "CAST(NULL AS DOUBLE)".to_owned(),
            },
            Self::Text(sql) => format!("insights_number({sql})"),
            Self::Json(json) => format!("insights_number({})", json.scalar()),
            Self::Number { sql, whole: false } => sql.clone(),
            Self::Number { sql, whole: true } => format!("CAST({sql} AS DOUBLE)"),
            Self::Truth(predicate) => format!("CASE WHEN {} THEN 1.0 ELSE 0.0 END", predicate.sql),
            Self::Time(sql) => format!("insights_to_millis({sql})"),
        }
    }

    /// As SQL timestamp; a number is epoch milliseconds.
    pub fn time(&self) -> String {
        match self {
            Self::Time(sql) => sql.clone(),
            other => format!("insights_from_millis({})", other.number()),
        }
    }

    /// As a condition: true for numbers other than 0 and for the text `true`.
    pub fn truth(&self) -> Predicate {
        match self {
            Self::Missing | Self::Time(_) => Predicate::constant(false),
            Self::Literal(text) | Self::Numeral(text) => {
                Predicate::constant(text == "true" || numbers::number(text).is_some_and(|number| number != 0.0))
            }
            Self::Text(_) | Self::Json(_) => {
                let scalar = self.scalar();
                Predicate::new(format!("insights_is_true({scalar})"), Rank::Atom)
            }
            Self::Number { sql, .. } => Predicate::new(format!("{sql} <> 0"), Rank::Comparison),
            Self::Truth(predicate) => predicate.clone(),
            Self::Boolean(sql) => Predicate::new(sql.clone(), Rank::Atom),
        }
    }

    /// Whether it is there.
    pub fn present(&self) -> Predicate {
        match self {
            Self::Missing => Predicate::constant(false),
            Self::Literal(_) | Self::Numeral(_) | Self::Truth(_) => Predicate::constant(true),
            Self::Json(Json { present: Some(sql), .. }) => Predicate::new(sql.clone(), Rank::Comparison).certain(),
            Self::Number { sql, .. } | Self::Boolean(sql) | Self::Time(sql) | Self::Text(sql) => {
                Predicate::new(format!("{sql} IS NOT NULL"), Rank::Comparison).certain()
            }
            Self::Json(json) => Predicate::new(format!("{} IS NOT NULL", json.text()), Rank::Comparison).certain(),
        }
    }

    /// A condition that holds where it is a map or list, if it can be one.
    pub fn is_structure(&self) -> Option<String> {
        match self {
            Self::Json(json) => Some(json.is_structure()),
            _ => None,
        }
    }

    /// As it is shown, with the type it has.
    pub fn output(&self) -> String {
        match self {
            Self::Number { sql, .. } | Self::Boolean(sql) | Self::Time(sql) => sql.clone(),
            Self::Numeral(text) => number(text),
            Self::Truth(predicate) => format!("CAST({} AS BIGINT)", predicate.exact().sql),
            other => other.text(),
        }
    }

    /// As it is carried in a column of a common table expression; see [`Value::as_column`].
    pub fn carried(&self) -> String {
        match self {
            Self::Json(json) => json.json(),
            other => other.output(),
        }
    }

    /// As JSON text.
    pub fn json(&self) -> String {
        match self {
            Self::Json(json) => json.json(),
            Self::Missing => "CAST(NULL AS VARCHAR)".to_owned(),
            other => match other.literal() {
                Some(text) => sql::literal(&crate::runtime::json::string(&text)),
                None => format!("insights_json_string({})", other.text()),
            },
        }
    }

    /// Whether it is the same for all rows, so that it orders nothing; in ORDER BY a number would be a position.
    pub fn is_constant(&self) -> bool {
        let plain = |sql: &str| sql.trim_matches(['(', ')']).parse::<f64>().is_ok() || sql.starts_with("CAST(NULL");
        match self {
            Self::Missing | Self::Literal(_) | Self::Numeral(_) => true,
            Self::Number { sql, .. } => plain(sql),
            Self::Truth(predicate) => matches!(predicate.sql.as_str(), "true" | "false"),
            Self::Text(_) | Self::Json(_) | Self::Boolean(_) | Self::Time(_) => false,
        }
    }

    /// What orders rows as the language does.
    pub fn sort_key(&self) -> String {
        match self {
            Self::Number { sql, .. } | Self::Boolean(sql) | Self::Time(sql) => sql.clone(),
            Self::Truth(_) => self.output(),
            other => format!("insights_sort_key({})", other.scalar()),
        }
    }

    /// The value as a column, of this name, of what [`Value::carried`] gave.
    pub fn as_column(&self, column: &str) -> Self {
        let sql = column.to_owned();
        match self {
            Self::Missing | Self::Literal(_) | Self::Text(_) => Self::Text(sql),
            Self::Json(_) => Self::Json(Json::new(sql, Vec::new())),
            Self::Numeral(text) => Self::Number { sql, whole: text.parse::<i64>().is_ok() },
            Self::Number { whole, .. } => Self::Number { sql, whole: *whole },
            Self::Truth(_) => Self::whole(sql),
            Self::Boolean(_) => Self::Boolean(sql),
            Self::Time(_) => Self::Time(sql),
        }
    }

    /// Bytes of SQL it takes each time it is named.
    pub fn size(&self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Literal(text) | Self::Numeral(text) | Self::Text(text) => text.len(),
            Self::Json(json) => json.base.len() + json.segments.iter().map(String::len).sum::<usize>(),
            Self::Number { sql, .. } | Self::Boolean(sql) | Self::Time(sql) => sql.len(),
            Self::Truth(predicate) => predicate.sql.len(),
        }
    }

    /// Checks that it did not become too large to be named again and again.
    pub fn checked(self, span: crate::error::Span) -> Result<Self> {
        if self.size() > LARGEST {
            let error = crate::error::Error::new(span, "this expression is too large");
            return Err(error.hint("name parts of it with `fields … as`"));
        }
        Ok(self)
    }
}

/// Most bytes of SQL that one expression may become.
const LARGEST: usize = 64 * 1024;

/// A number that is written out as SQL, a BIGINT where it is whole and fits.
pub(crate) fn number(text: &str) -> String {
    // The least of them has no literal in SQL: its sign is an operator, and without it the number does not fit.
    if let Ok(whole) = text.strip_prefix('+').unwrap_or(text).parse::<i64>()
        && whole != i64::MIN
    {
        return whole.to_string();
    }
    numbers::number(text).map_or_else(|| "CAST(NULL AS DOUBLE)".to_owned(), |number| format!("{number:?}"))
}

/// A number that is written out as the text it stands for.
fn rendered(text: &str) -> String {
    if let Ok(whole) = text.strip_prefix('+').unwrap_or(text).parse::<i128>() {
        return whole.to_string();
    }
    numbers::number(text).and_then(numbers::render).unwrap_or_else(|| text.to_owned())
}
