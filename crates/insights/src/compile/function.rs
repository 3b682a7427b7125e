//! Calls of functions.

use super::Compiler;
use super::stage::Stage;
use super::value::{Json, Predicate, Rank, Value};
use crate::ast::{Expression, ExpressionKind, Name, Period};
use crate::error::{Error, Result, Span};
use crate::functions::{self, Function, Gives, How, Special, Takes};
use crate::runtime::{dates, regex};
use crate::sql;

/// What functions of other languages are called here.
const ELSEWHERE: [(&str, &str); 18] = [
    ("contains", "strcontains(text, search), or text like \"search\""),
    ("lower", "tolower(text)"),
    ("lcase", "tolower(text)"),
    ("upper", "toupper(text)"),
    ("ucase", "toupper(text)"),
    ("len", "strlen(text)"),
    ("length", "strlen(text)"),
    ("substring", "substr(text, start, length)"),
    ("regexp_like", "text like /regex/"),
    ("regex_match", "text like /regex/"),
    ("matches", "text like /regex/"),
    ("isnull", "not ispresent(field)"),
    ("isnotnull", "ispresent(field)"),
    ("ifnull", "coalesce(field, other)"),
    ("mean", "avg(field)"),
    ("median", "pct(field, 50)"),
    ("percentile", "pct(field, 95)"),
    ("cidrmatch", "isIpInSubnet(address, network)"),
];

impl<'a> Compiler<'a> {
    pub(super) fn call(
        &mut self,
        stage: &mut Stage<'a>,
        name: &Name,
        arguments: &[Expression],
        span: Span,
    ) -> Result<Value> {
        let Some(function) = functions::find(&name.text) else {
            let error = Error::new(name.span, format!("there is no function `{}`", name.text));
            if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(&name.text)) {
                return Err(error.hint(format!("in Logs Insights that is {ours}")));
            }
            return Err(error.nearest(&name.text, functions::all().map(|function| function.name)));
        };
        match function.how {
            How::Call { sql, takes, optional, gives } => {
                check_count(function, arguments, takes.len() - optional, takes.len(), span)?;
                let mut given = Vec::new();
                for (argument, takes) in arguments.iter().zip(takes) {
                    given.push(self.argument(stage, function, argument, *takes)?);
                }
                let call = format!("{sql}({})", given.join(", "));
                // The engine's own functions know a zero with a sign.
                let own = !sql.starts_with("insights_") && gives == Gives::Number;
                Ok(of_shape(if own { format!("insights_number({call})") } else { call }, gives))
            }
            How::Special(special) => self.special(stage, function, special, arguments, span),
            How::Aggregate(which) => {
                if self.grouping.is_none() {
                    let error = Error::new(span, format!("`{}` stands in `stats` only", function.name));
                    return Err(error.hint(format!("stats {} by …", self.written(span))));
                }
                self.aggregate(stage, function, which, arguments, span)
            }
        }
    }

    fn argument(
        &mut self,
        stage: &mut Stage<'a>,
        function: &Function,
        argument: &Expression,
        takes: Takes,
    ) -> Result<String> {
        Ok(match takes {
            Takes::Text => self.value(stage, argument)?.scalar(),
            Takes::Json => self.value(stage, argument)?.text(),
            Takes::Number => self.value(stage, argument)?.number(),
            Takes::Time => self.value(stage, argument)?.time(),
            Takes::Flag => match &argument.kind {
                ExpressionKind::Boolean(value) => value.to_string(),
                ExpressionKind::Number(number) => (number != "0").to_string(),
                _ => return Err(Error::new(argument.span, "here true or false is needed")),
            },
            Takes::Regex | Takes::Constant => {
                let ExpressionKind::Text(text) = &argument.kind else {
                    let error = Error::new(argument.span, format!("`{}` needs a text in quotes here", function.name));
                    return Err(error);
                };
                let wrong = match (takes, function.name) {
                    (Takes::Regex, _) => regex::check(text).err(),
                    (_, "parseDate") => dates::check_pattern(text).err().filter(|_| !is_zone(text)),
                    (_, _) => dates::check_format(text).err().filter(|_| !is_zone(text)),
                };
                if let Some(reason) = wrong {
                    return Err(Error::new(argument.span, format!("`{}` can't take this: {reason}", function.name)));
                }
                sql::literal(text)
            }
        })
    }

    fn special(
        &mut self,
        stage: &mut Stage<'a>,
        function: &Function,
        special: Special,
        arguments: &[Expression],
        span: Span,
    ) -> Result<Value> {
        let settings = self.settings;
        Ok(match special {
            Special::Bin => {
                check_count(function, arguments, 1, 1, span)?;
                let period = period_of(arguments.first(), span)?;
                let timestamp = timestamp(stage, span)?;
                let (count, unit) = self.period(period, self.written(span));
                Value::Time(match self.offset {
                    None | Some(0) => format!("insights_bin({timestamp}, {count}, '{unit}')"),
                    Some(millis) => {
                        let offset = format!("INTERVAL '{millis} milliseconds'");
                        format!("insights_bin({timestamp} - {offset}, {count}, '{unit}') + {offset}")
                    }
                })
            }
            Special::DateFloor | Special::DateCeil => {
                check_count(function, arguments, 2, 2, span)?;
                let period = period_of(arguments.get(1), span)?;
                let (count, unit) = self.period(period, self.written(span));
                let time = self.values(stage, arguments.get(..1).unwrap_or_default())?.remove(0).time();
                let name = if special == Special::DateFloor { "insights_bin" } else { "insights_date_ceil" };
                Value::Time(format!("{name}({time}, {count}, '{unit}')"))
            }
            Special::Case => self.case(stage, function, arguments, span)?,
            Special::If => {
                check_count(function, arguments, 3, 3, span)?;
                self.case(stage, function, arguments, span)?
            }
            Special::Coalesce => {
                check_count(function, arguments, 1, usize::MAX, span)?;
                let values = self.values(stage, arguments)?;
                let shape = Self::one_of(&values.iter().collect::<Vec<_>>());
                let parts: Vec<String> = values.iter().map(|value| shape.sql(value)).collect();
                shape.value(format!("coalesce({})", parts.join(", ")))
            }
            Special::Concat => {
                check_count(function, arguments, 1, usize::MAX, span)?;
                let parts: Vec<String> = self.values(stage, arguments)?.iter().map(Value::scalar).collect();
                match parts.as_slice() {
                    [only] => Value::Text(only.clone()),
                    _ => Value::Text(format!("({})", parts.join(" || "))),
                }
            }
            Special::Greatest | Special::Least => {
                check_count(function, arguments, 1, usize::MAX, span)?;
                let name = if special == Special::Greatest { "greatest" } else { "least" };
                let values = self.values(stage, arguments)?;
                let numbers: Vec<String> = values.iter().map(Value::number).collect();
                let known: Vec<&String> = numbers
                    .iter()
                    .zip(&values)
                    .filter(|(_, value)| value.numeral().is_none())
                    .map(|(sql, _)| sql)
                    .collect();
                let call = format!("{name}({})", numbers.join(", "));
                if known.is_empty() {
                    return Ok(Value::double(call));
                }
                let known: Vec<String> = known.iter().map(|number| format!("{number} IS NOT NULL")).collect();
                Value::double(format!("CASE WHEN {} THEN {call} END", known.join(" AND ")))
            }
            Special::IsPresent => {
                check_count(function, arguments, 1, 1, span)?;
                let value = self.values(stage, arguments)?.remove(0);
                Value::Truth(value.present())
            }
            Special::JsonParse => {
                check_count(function, arguments, 1, 1, span)?;
                let text = self.values(stage, arguments)?.remove(0).text();
                Value::Json(Json::new(format!("insights_json_parse({text})"), Vec::new()))
            }
            Special::MessageSize => {
                check_count(function, arguments, 0, 1, span)?;
                match stage.binding("@message") {
                    Some(message) => Value::double(format!("insights_message_size({})", message.value.text())),
                    None => return Err(Error::new(span, "there is no `@message` here")),
                }
            }
            Special::ToNumber => {
                check_count(function, arguments, 1, 1, span)?;
                Value::double(self.values(stage, arguments)?.remove(0).number())
            }
            Special::Now => whole_or_missing(Some(settings.now.div_euclid(1_000_000))),
            Special::QueryStartTime => whole_or_missing(self.since.map(|micros| micros.div_euclid(1000))),
            Special::QueryEndTime => whole_or_missing(Some(self.until.unwrap_or(settings.now).div_euclid(1000))),
            Special::QueryTimeRange => whole_or_missing(
                self.since.map(|since| self.until.unwrap_or(settings.now).saturating_sub(since).div_euclid(1000)),
            ),
        })
    }

    fn values(&mut self, stage: &mut Stage<'a>, arguments: &[Expression]) -> Result<Vec<Value>> {
        arguments.iter().map(|argument| self.value(stage, argument)).collect()
    }

    /// Pairs of condition and value, and perhaps a last value.
    fn case(
        &mut self,
        stage: &mut Stage<'a>,
        function: &Function,
        arguments: &[Expression],
        span: Span,
    ) -> Result<Value> {
        check_count(function, arguments, 2, 21, span)?;
        let mut branches = Vec::new();
        let mut values = Vec::new();
        for pair in arguments.chunks(2) {
            match pair {
                [condition, value] => {
                    branches.push(Some(self.predicate(stage, condition)?));
                    values.push(self.value(stage, value)?);
                }
                [value] => {
                    branches.push(None);
                    values.push(self.value(stage, value)?);
                }
                _ => {}
            }
        }
        let shape = Self::one_of(&values.iter().collect::<Vec<_>>());
        let mut text = "CASE".to_owned();
        for (branch, value) in branches.iter().zip(&values) {
            match branch {
                Some(condition) => text += &format!(" WHEN {} THEN {}", condition.sql, shape.sql(value)),
                None => text += &format!(" ELSE {}", shape.sql(value)),
            }
        }
        Ok(shape.value(format!("{text} END")))
    }
}

/// `@timestamp` of the rows, for what means it without naming it.
pub(super) fn timestamp(stage: &Stage<'_>, span: Span) -> Result<String> {
    stage.timestamp.clone().ok_or_else(|| {
        let error = Error::new(span, "there is no `@timestamp` after `stats`");
        error.hint("name the period before: `by bin(5m) as time`, and here datefloor(time, 1h)")
    })
}

pub(super) fn check_count(
    function: &Function,
    arguments: &[Expression],
    least: usize,
    most: usize,
    span: Span,
) -> Result<()> {
    if (least..=most).contains(&arguments.len()) {
        return Ok(());
    }
    let given = match arguments.len() {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        count => format!("{count} arguments"),
    };
    let error = Error::new(span, format!("`{}` has {given} here", function.name));
    Err(error.hint(format!("it is {}({})", function.name, function.arguments)))
}

pub(super) fn period_of(argument: Option<&Expression>, span: Span) -> Result<Period> {
    match argument {
        Some(Expression { kind: ExpressionKind::Period(period), .. }) => Ok(*period),
        Some(other) => Err(Error::new(other.span, "here a period is needed").hint("5m, 1h, 1d")),
        None => Err(Error::new(span, "here a period is missing").hint("bin(5m)")),
    }
}

fn of_shape(text: String, gives: Gives) -> Value {
    match gives {
        Gives::Text => Value::Text(text),
        Gives::Number => Value::double(text),
        Gives::Truth => Value::Truth(Predicate::new(text, Rank::Atom)),
        Gives::Time => Value::Time(text),
        Gives::Json => Value::Json(Json::new(text, Vec::new())),
    }
}

fn whole_or_missing(number: Option<i64>) -> Value {
    number.map_or(Value::Missing, |number| Value::Numeral(number.to_string()))
}

/// Whether a text may be a time zone rather than a pattern, in the last place of a function of times.
fn is_zone(text: &str) -> bool {
    text.parse::<chrono_tz::Tz>().is_ok() || text.starts_with(['+', '-']) || text.eq_ignore_ascii_case("utc")
}
