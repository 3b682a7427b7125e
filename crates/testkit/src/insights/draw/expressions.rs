//! Draws expressions over the fields that drawn events have and the names that commands before made.

use super::conditions::condition;
use super::{DIRT, one};
use crate::generate::Random;
use crate::insights::json;
use crate::insights::model::{Aggregate, Edge, Expression, Function, Operator, Path, Period, Unit};
use crate::insights::value::{Value, numeric, render};

/// What can be named where an expression is drawn.
pub(super) struct Sight {
    /// Fields of events, until `stats` hides them.
    pub(super) events: bool,
    /// Names that commands made, of texts and of numbers.
    pub(super) texts: Vec<String>,
    pub(super) numbers: Vec<String>,
}

/// Fields of the events, those that columns hold first.
const FIELDS: &[&str] = &[
    "verb",
    "stage",
    "level",
    "requestURI",
    "user.username",
    "user.groups.0",
    "sourceIPs.0",
    "userAgent",
    "objectRef.resource",
    "objectRef.namespace",
    "objectRef.name",
    "responseStatus.code",
    "responseStatus.reason",
    "user.groups",
    "sourceIPs",
    "requestReceivedTimestamp",
    "user.extra.arn.0",
    "a",
    "b",
    "n",
    "t",
    "ip",
    "line",
    "list.0",
    "list.1",
    "list",
    "deep.er.est",
    "deep.l.0.m",
    "deep.er",
    "foo-bar",
    "with space",
    "tick`y",
    "@@own",
    "as",
    "Ünicode",
    "quo\"te",
    "twice",
    "nowhere",
    "nowhere.at.all",
    "@logStream",
    "@log",
];
/// Paths in which a segment has a dot of its own.
const DOTTED: &[&[&str]] = &[&["dot.key"], &["deep", "k.v"], &["annotations", "authorization.k8s.io/decision"]];

pub(super) fn path(random: &mut Random, sight: &Sight) -> Path {
    let made = sight.texts.len() + sight.numbers.len();
    if made > 0 && (!sight.events || random.percent(30)) {
        let names: Vec<&String> = sight.texts.iter().chain(&sight.numbers).collect();
        return Path(vec![(*random.pick(&names)).clone()]);
    }
    if random.percent(6) {
        return Path(random.pick(DOTTED).iter().map(|segment| (*segment).to_owned()).collect());
    }
    // Fields with often equal, often numeric and hostile values come up more often.
    let common = ["n", "t", "a", "b", "verb", "responseStatus.code", "user.username", "ip"];
    Path::of(if random.percent(40) { one(random, &common) } else { one(random, FIELDS) })
}

/// A field that rows can be ordered or grouped by: columns that are known to hold maps and lists are none.
pub(super) fn key_path(random: &mut Random, sight: &Sight) -> Path {
    loop {
        let path = path(random, sight);
        if !["user.groups", "sourceIPs"].contains(&path.name().as_str()) {
            return path;
        }
    }
}

/// A text that some event holds, or almost.
pub(super) fn literal(random: &mut Random) -> String {
    if random.percent(55) {
        let known = [
            "get",
            "GET",
            "create",
            "alice",
            "system:anonymous",
            "pods",
            "secrets",
            "red",
            "Red",
            "200",
            "403",
            "5",
            "12",
            "10.0.0.1",
            "ResponseComplete",
            "kube-system",
            "web-2",
            "",
            "x",
        ];
        return one(random, &known).to_owned();
    }
    match json::scalar(one(random, DIRT)) {
        Value::Text(text) | Value::Structure(text) => text,
        _ => "null".to_owned(),
    }
}

/// A number in the notation it is printed in.
pub(super) fn number(random: &mut Random) -> Expression {
    Expression::Number(match random.below(5) {
        0 => "0".to_owned(),
        1 => format!("{}.5", random.below(20)),
        2 => one(random, &["200", "400", "403", "9007199254740993"]).to_owned(),
        _ => random.below(30).to_string(),
    })
}

/// What stands at the right of a comparison.
pub(super) fn operand(random: &mut Random, sight: &Sight) -> Expression {
    match random.below(10) {
        0..=3 => number(random),
        4..=7 => Expression::Text(literal(random)),
        8 => Expression::Number(format!("-{}", 1 + random.below(5))),
        _ => Expression::Field(path(random, sight)),
    }
}

/// An expression of any kind of value.
pub(super) fn any(random: &mut Random, sight: &Sight, depth: usize) -> Expression {
    if depth == 0 {
        return Expression::Field(path(random, sight));
    }
    match random.below(10) {
        0..=3 => text(random, sight, depth),
        4..=7 => numeric_expression(random, sight, depth),
        8 => {
            let (one, other) = (any(random, sight, depth - 1), operand(random, sight));
            Expression::Call(Function::Coalesce, vec![one, other])
        }
        _ => choice(random, sight, depth),
    }
}

fn choice(random: &mut Random, sight: &Sight, depth: usize) -> Expression {
    let (one, other) = (any(random, sight, depth - 1), operand(random, sight));
    if random.percent(50) {
        return Expression::Call(Function::If, vec![condition(random, sight, 0), one, other]);
    }
    let mut arguments = vec![condition(random, sight, 0), one, condition(random, sight, 0), other];
    if random.percent(60) {
        arguments.push(operand(random, sight));
    }
    Expression::Call(Function::Case, arguments)
}

fn text(random: &mut Random, sight: &Sight, depth: usize) -> Expression {
    // Sums depend on the order of their parts in their last digits, which letters would show.
    if !sight.events && !sight.numbers.is_empty() {
        if sight.texts.is_empty() {
            return numeric_expression(random, sight, depth);
        }
        let texts = Sight { events: false, texts: sight.texts.clone(), numbers: Vec::new() };
        return text(random, &texts, depth);
    }
    let value = if random.percent(70) { Expression::Field(path(random, sight)) } else { any(random, sight, depth - 1) };
    let position = |random: &mut Random| Expression::Number(random.below(6).to_string());
    match random.below(18) {
        16 => date(random, sight),
        0 => Expression::Call(Function::ToUpper, vec![value]),
        1 => Expression::Call(Function::ToLower, vec![value]),
        2 | 3 => {
            let functions = [Function::Trim, Function::LeftTrim, Function::RightTrim];
            let mut arguments = vec![value];
            if random.percent(50) {
                arguments.push(Expression::text(one(random, &["a", "abc", "17", "\" ", "é"])));
            }
            Expression::Call(*random.pick(&functions), arguments)
        }
        4 | 5 => {
            let mut arguments = vec![value, position(random)];
            if random.percent(60) {
                arguments.push(position(random));
            }
            Expression::Call(Function::Substring, arguments)
        }
        6 => {
            let (from, to) = (one(random, &["a", "e", "1", "", "\\", "'"]), one(random, &["", "X", "日", "''"]));
            Expression::Call(Function::Replace, vec![value, Expression::text(from), Expression::text(to)])
        }
        7 => {
            let regex = one(random, &["[aeiou]", r"\d+", "^.", "(?i)R"]);
            Expression::Call(Function::RegexReplace, vec![value, Expression::text(regex), Expression::text("#")])
        }
        8 | 9 => Expression::Call(Function::Concat, vec![value, Expression::text("-"), operand(random, sight)]),
        10 => {
            let functions = [Function::UrlEncode, Function::Base64Encode, Function::Md5, Function::Sha256];
            Expression::Call(*random.pick(&functions), vec![value])
        }
        11 => {
            let functions = [Function::UrlDecode, Function::Base64Decode, Function::HexToAscii];
            Expression::Call(*random.pick(&functions), vec![value])
        }
        12 => Expression::Call(Function::DecimalToHex, vec![Expression::Call(Function::Length, vec![value])]),
        13 => Expression::Call(Function::Coalesce, vec![value, Expression::Field(path(random, sight))]),
        14 => {
            let encoded = Expression::Call(Function::Base64Encode, vec![value]);
            Expression::Call(Function::Base64Decode, vec![encoded])
        }
        15 => Expression::Call(Function::JsonParse, vec![value]),
        _ => Expression::Call(Function::Split, vec![value, Expression::text(one(random, &[",", "a", ":"]))]),
    }
}

pub(super) fn numeric_expression(random: &mut Random, sight: &Sight, depth: usize) -> Expression {
    if depth == 0 {
        let fields = ["n", "a", "b", "responseStatus.code", "twice"];
        return match random.below(4) {
            0 => number(random),
            1 if !sight.numbers.is_empty() => Expression::Field(Path(vec![random.pick(&sight.numbers).clone()])),
            _ if sight.events => Expression::field(one(random, &fields)),
            _ => Expression::Field(path(random, sight)),
        };
    }
    let inner = numeric_expression(random, sight, depth - 1);
    match random.below(17) {
        14 => {
            let places = [inner, numeric_expression(random, sight, 0), number(random), number(random)];
            Expression::Call(Function::Haversine, places.into())
        }
        15 => {
            let functions = [Function::Now, Function::QueryStartTime, Function::QueryEndTime, Function::QueryTimeRange];
            let asked = Expression::Call(*random.pick(&functions), Vec::new());
            Expression::Arithmetic(Box::new(asked), Operator::Subtract, Box::new(inner))
        }
        0..=5 => {
            let operators = [
                Operator::Add,
                Operator::Subtract,
                Operator::Multiply,
                Operator::Divide,
                Operator::Remainder,
                Operator::Power,
            ];
            let right = numeric_expression(random, sight, depth - 1);
            Expression::Arithmetic(Box::new(inner), *random.pick(&operators), Box::new(right))
        }
        6 | 7 => {
            let functions = [
                Function::Abs,
                Function::Ceil,
                Function::Floor,
                Function::Round,
                Function::Sqrt,
                Function::Log,
                Function::ToNumber,
                Function::ToInt,
                Function::ToLong,
                Function::ToDouble,
            ];
            Expression::Call(*random.pick(&functions), vec![inner])
        }
        8 => {
            let functions = [Function::Greatest, Function::Least];
            let other = numeric_expression(random, sight, depth - 1);
            Expression::Call(*random.pick(&functions), vec![inner, other])
        }
        9 => Expression::Call(Function::Round, vec![inner, Expression::Number(random.below(4).to_string())]),
        10 => Expression::Call(Function::Length, vec![Expression::Field(path(random, sight))]),
        11 => Expression::Call(Function::JsonArraySize, vec![Expression::Field(path(random, sight))]),
        12 => Expression::Call(Function::HexToDecimal, vec![Expression::Field(path(random, sight))]),
        _ if sight.events && random.percent(30) => Expression::Call(Function::MessageSize, Vec::new()),
        _ => Expression::Call(Function::Ipv4ToNumber, vec![Expression::Field(path(random, sight))]),
    }
}

/// A time by a format, or read back from one.
fn date(random: &mut Random, sight: &Sight) -> Expression {
    if sight.events && random.percent(60) {
        let format = one(random, &["%Y-%m-%d %H:%M:%S", "%H:%M", "%d.%m.%Y", "day %d"]);
        let time = if random.percent(50) { Expression::field("@timestamp") } else { time(random) };
        return Expression::Call(Function::FormatDate, vec![time, Expression::text(format)]);
    }
    let value = Expression::Field(path(random, sight));
    let cut = Expression::Call(
        Function::Substring,
        vec![value, Expression::Number("0".into()), Expression::Number("10".into())],
    );
    Expression::Call(Function::ParseDate, vec![cut, Expression::text("yyyy-MM-dd")])
}

pub(super) fn time(random: &mut Random) -> Expression {
    let units = [Unit::Minute, Unit::Hour, Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];
    let unit = *random.pick(&units);
    let most = match unit {
        Unit::Minute => 90,
        Unit::Hour => 30,
        Unit::Day => 3,
        _ => 1,
    };
    let period = Period { count: 1 + random.below(most) as u32, unit };
    let edge = match random.below(4) {
        0 => Edge::Floor(Box::new(Expression::field("@timestamp"))),
        1 => Edge::Ceil(Box::new(Expression::field("@timestamp"))),
        _ => Edge::Bin,
    };
    Expression::Edge(edge, period)
}

pub(super) fn aggregate(random: &mut Random, sight: &Sight) -> Expression {
    let of = if random.percent(60) {
        Expression::Field(path(random, sight))
    } else {
        let depth = usize::from(random.percent(40));
        numeric_expression(random, sight, depth)
    };
    let aggregate = match random.below(18) {
        0..=2 => Aggregate::CountRows,
        3 => Aggregate::Count(of),
        4 => Aggregate::CountDistinct(of),
        5 => Aggregate::CountOverTime(of),
        6 => Aggregate::SumOverTime(of),
        16 if sight.events => {
            let unit = *random.pick(&[Unit::Second, Unit::Minute, Unit::Hour, Unit::Day]);
            Aggregate::Rate(of, Period { count: 1 + random.below(90) as u32, unit })
        }
        17 => Aggregate::Histogram(of, 1 + random.below(5) as u16),
        7 => Aggregate::Average(of),
        8 => Aggregate::Least(of),
        9 => Aggregate::Greatest(of),
        10 => Aggregate::Deviation(of),
        11 => Aggregate::Percentile(of, *random.pick(&[0, 25, 50, 90, 99, 100])),
        12 if sight.events => Aggregate::Earliest(of),
        13 if sight.events => Aggregate::Latest(of),
        14 => Aggregate::SortsFirst(of),
        15 => Aggregate::SortsLast(of),
        _ => Aggregate::Sum(of),
    };
    let aggregate = Expression::aggregate(aggregate);
    if !random.percent(15) {
        return aggregate;
    }
    let divisor = if random.percent(50) {
        Expression::aggregate(Aggregate::CountRows)
    } else {
        Expression::Number(render(numeric("1024").unwrap_or_default()))
    };
    Expression::Arithmetic(Box::new(aggregate), Operator::Divide, Box::new(divisor))
}
