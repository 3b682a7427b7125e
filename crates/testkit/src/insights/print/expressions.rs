//! Expressions as text: parentheses where they are needed, and sometimes where they are not.

use super::Style;
use crate::insights::model::{
    Aggregate, Comparison, Edge, Expression, FUNCTIONS, Function, Operator, Pattern, Period, Sense, Unit,
};

/// How tightly the place of an expression binds; what binds less gets parentheses there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Loosest,
    And,
    Not,
    Operand,
    Sum,
    Product,
    Power,
    Atom,
}

impl Style {
    pub(super) fn expression(&mut self, expression: &Expression, place: Binding) {
        let own = binding(expression);
        let enclosed = own < place || (own < Binding::Atom && self.chance(15));
        if enclosed {
            self.text.push('(');
        }
        self.bare(expression);
        if enclosed {
            self.text.push(')');
        }
    }

    fn bare(&mut self, expression: &Expression) {
        match expression {
            Expression::Field(path) => self.path(path),
            Expression::Text(text) => self.quoted(text),
            Expression::Number(number) => self.text.push_str(number),
            Expression::Arithmetic(left, operator, right) => {
                let own = binding(expression);
                // Of equal operators the left one comes first, but of powers the right one.
                let tighter = if own == Binding::Sum { Binding::Product } else { Binding::Power };
                let (at_left, at_right) =
                    if own == Binding::Power { (Binding::Atom, Binding::Power) } else { (own, tighter) };
                self.expression(left, at_left);
                // Spaces stay: a minus without them could be part of a name.
                self.text.push_str(&format!(" {} ", sign(*operator)));
                self.expression(right, at_right);
            }
            Expression::Compare(left, comparison, right) => {
                self.expression(left, Binding::Sum);
                self.room();
                self.text.push_str(match comparison {
                    Comparison::Equal => "=",
                    Comparison::Unequal => "!=",
                    Comparison::Less => "<",
                    Comparison::AtMost => "<=",
                    Comparison::Greater => ">",
                    Comparison::AtLeast => ">=",
                });
                self.room();
                self.expression(right, Binding::Sum);
            }
            Expression::In { value, list, sense } => {
                self.expression(value, Binding::Sum);
                self.gap();
                self.sense(*sense);
                self.word("in");
                self.room();
                self.text.push('[');
                self.list(list, |style, item| style.expression(item, Binding::Sum));
                self.text.push(']');
            }
            Expression::InQuery { value, source, sense } => {
                self.expression(value, Binding::Sum);
                self.gap();
                self.sense(*sense);
                self.word("in");
                self.gap();
                self.within(source);
            }
            Expression::Like { value, pattern, sense } => {
                self.expression(value, Binding::Sum);
                self.gap();
                match pattern {
                    Pattern::Regex(regex) if *sense == Sense::Plain && self.chance(50) => {
                        self.text.push_str("=~ ");
                        self.regex(regex);
                    }
                    Pattern::Regex(regex) => {
                        self.sense(*sense);
                        self.word("like");
                        self.gap();
                        self.regex(regex);
                    }
                    Pattern::Substring(text) => {
                        self.sense(*sense);
                        self.word("like");
                        self.gap();
                        self.quoted(text);
                    }
                }
            }
            Expression::And(left, right) => self.junction(left, "and", right, Binding::And),
            Expression::Or(left, right) => self.junction(left, "or", right, Binding::Loosest),
            Expression::Not(inner) => {
                if self.chance(20) {
                    self.text.push('!');
                    self.expression(inner, Binding::Atom);
                } else {
                    self.word("not");
                    self.gap();
                    // `not a = b` is read by some as `(not a) = b`, so it is never written.
                    self.expression(inner, Binding::Atom);
                }
            }
            Expression::Call(function, arguments) => {
                self.text.push_str(name_of(*function));
                self.text.push('(');
                self.list(arguments, |style, argument| style.expression(argument, Binding::Loosest));
                self.text.push(')');
            }
            Expression::Edge(Edge::Bin, period) => {
                self.text.push_str("bin(");
                self.period(*period);
                self.text.push(')');
            }
            Expression::Edge(Edge::Floor(time), period) => self.edge("datefloor", time, *period),
            Expression::Edge(Edge::Ceil(time), period) => self.edge("dateceil", time, *period),
            Expression::Aggregate(aggregate) => self.aggregate(aggregate),
        }
    }

    fn junction(&mut self, left: &Expression, word: &str, right: &Expression, own: Binding) {
        let tighter = if own == Binding::And { Binding::Not } else { Binding::And };
        self.expression(left, own);
        self.gap();
        self.word(word);
        self.gap();
        self.expression(right, tighter);
    }

    fn sense(&mut self, sense: Sense) {
        if sense == Sense::Negated {
            self.word("not");
            self.gap();
        }
    }

    fn edge(&mut self, name: &str, time: &Expression, period: Period) {
        self.text.push_str(name);
        self.text.push('(');
        self.expression(time, Binding::Loosest);
        self.comma();
        self.period(period);
        self.text.push(')');
    }

    pub(super) fn period(&mut self, period: Period) {
        let (short, long) = match period.unit {
            Unit::Millisecond => ("ms", "millisecond"),
            Unit::Second => ("s", "sec"),
            Unit::Minute => ("m", "min"),
            Unit::Hour => ("h", "hour"),
            Unit::Day => ("d", "day"),
            Unit::Week => ("w", "week"),
            Unit::Month => ("mo", "month"),
            Unit::Quarter => ("q", "quarter"),
            Unit::Year => ("y", "year"),
        };
        let unit = if self.chance(20) { long } else { short };
        self.text.push_str(&format!("{}{unit}", period.count));
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        let (name, of) = match aggregate {
            Aggregate::CountRows => ("count", None),
            Aggregate::Count(of) => ("count", Some(of)),
            Aggregate::CountDistinct(of) => ("count_distinct", Some(of)),
            Aggregate::Sum(of) => ("sum", Some(of)),
            Aggregate::Average(of) => ("avg", Some(of)),
            Aggregate::Least(of) => ("min", Some(of)),
            Aggregate::Greatest(of) => ("max", Some(of)),
            Aggregate::Deviation(of) => ("stddev", Some(of)),
            Aggregate::Percentile(of, _) => ("pct", Some(of)),
            Aggregate::Earliest(of) => ("earliest", Some(of)),
            Aggregate::Latest(of) => ("latest", Some(of)),
            Aggregate::SortsFirst(of) => ("sortsFirst", Some(of)),
            Aggregate::SortsLast(of) => ("sortsLast", Some(of)),
            Aggregate::CountOverTime(of) if self.chance(30) => ("count_over_time", Some(of)),
            Aggregate::CountOverTime(of) => ("countOverTime", Some(of)),
            Aggregate::SumOverTime(of) if self.chance(30) => ("sum_over_time", Some(of)),
            Aggregate::SumOverTime(of) => ("sumOverTime", Some(of)),
            Aggregate::Rate(of, _) => ("rate", Some(of)),
            Aggregate::Histogram(of, _) => ("histogram", Some(of)),
        };
        self.text.push_str(name);
        self.text.push('(');
        match of {
            Some(of) => self.expression(of, Binding::Loosest),
            None if self.random.is_none() || self.chance(50) => self.text.push('*'),
            None => {}
        }
        match aggregate {
            Aggregate::Percentile(_, percent) => self.text.push_str(&format!(", {percent}")),
            Aggregate::Histogram(_, ranges) => self.text.push_str(&format!(", {ranges}")),
            Aggregate::Rate(_, period) => {
                self.comma();
                self.period(*period);
            }
            _ => {}
        }
        self.text.push(')');
    }
}

fn binding(expression: &Expression) -> Binding {
    match expression {
        Expression::Or(..) => Binding::Loosest,
        Expression::And(..) => Binding::And,
        Expression::Not(..) => Binding::Not,
        Expression::Compare(..) | Expression::In { .. } | Expression::InQuery { .. } | Expression::Like { .. } => {
            Binding::Operand
        }
        Expression::Arithmetic(_, Operator::Add | Operator::Subtract, _) => Binding::Sum,
        Expression::Arithmetic(_, Operator::Multiply | Operator::Divide | Operator::Remainder, _) => Binding::Product,
        Expression::Arithmetic(_, Operator::Power, _) => Binding::Power,
        _ => Binding::Atom,
    }
}

fn sign(operator: Operator) -> char {
    match operator {
        Operator::Add => '+',
        Operator::Subtract => '-',
        Operator::Multiply => '*',
        Operator::Divide => '/',
        Operator::Remainder => '%',
        Operator::Power => '^',
    }
}

fn name_of(function: Function) -> &'static str {
    FUNCTIONS.iter().find(|(candidate, _)| *candidate == function).map_or("", |(_, name)| name)
}
