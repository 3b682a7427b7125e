//! Draws conditions: comparisons, lists, patterns, predicates, and what is among the values of another query.

use super::expressions::{Sight, any, literal, number, operand, path};
use super::{GROUP, one};
use crate::generate::Random;
use crate::insights::model::{Command, Comparison, Expression, Function, Pattern, Query, Sense, Source};

pub(super) fn condition(random: &mut Random, sight: &Sight, depth: usize) -> Expression {
    if depth > 0 && random.percent(40) {
        let left = Box::new(condition(random, sight, depth - 1));
        return match random.below(5) {
            0 => Expression::Not(left),
            1 => Expression::And(left, Box::new(condition(random, sight, depth - 1))),
            _ => Expression::Or(left, Box::new(condition(random, sight, depth - 1))),
        };
    }
    let sense = if random.percent(40) { Sense::Negated } else { Sense::Plain };
    let depth = usize::from(random.percent(25));
    let value = Box::new(any(random, sight, depth));
    match random.below(10) {
        0..=4 => {
            let comparisons = [
                Comparison::Equal,
                Comparison::Equal,
                Comparison::Unequal,
                Comparison::Less,
                Comparison::AtMost,
                Comparison::Greater,
                Comparison::AtLeast,
            ];
            let comparison = *random.pick(&comparisons);
            Expression::Compare(value, comparison, Box::new(operand(random, sight)))
        }
        5 | 6 => {
            let item = |random: &mut Random| {
                if random.percent(40) { number(random) } else { Expression::Text(literal(random)) }
            };
            let list = (0..=random.below(4)).map(|_| item(random)).collect();
            Expression::In { value, list, sense }
        }
        7 => {
            let letters: String = literal(random).chars().take(1 + random.below(4) as usize).collect();
            Expression::Like { value, pattern: Pattern::Substring(letters), sense }
        }
        8 => {
            let regexes = [
                "^a",
                "(?i)red",
                r"\d\d",
                r"^\d+$",
                "[a-c]{2}",
                r"/api/v\d",
                "e$",
                "secrets|pods",
                r"^$",
                r"\.",
                "ü|é",
                r"4\d\d",
                "\"",
                "'",
                "`",
            ];
            Expression::Like { value, pattern: Pattern::Regex(one(random, &regexes).to_owned()), sense }
        }
        _ => predicate(random, sight),
    }
}

/// Whether a field is among the values that another query finds.
pub(super) fn among(random: &mut Random) -> Expression {
    let name = one(random, &["t", "ip", "n"]);
    // The columns of other tables of the group are not the fields that are asked for here.
    let free = ["n", "a", "b", "foo-bar"];
    let value = Box::new(Expression::field(one(random, &free)));
    let filter = Expression::Compare(value, Comparison::Greater, Box::new(number(random)));
    let commands = vec![Command::Filter(filter), Command::Fields(vec![Expression::field(name).unnamed()])];
    let source = Source { group: GROUP.to_owned(), query: Query(commands) };
    let sense = if random.percent(40) { Sense::Negated } else { Sense::Plain };
    Expression::InQuery { value: Box::new(Expression::field(name)), source, sense }
}

/// A function that is a condition of itself.
fn predicate(random: &mut Random, sight: &Sight) -> Expression {
    let value = Expression::Field(path(random, sight));
    let networks = ["10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32", "0.0.0.0/0"];
    match random.below(12) {
        0..=2 => Expression::Call(Function::IsPresent, vec![value]),
        3 => Expression::Call(Function::IsEmpty, vec![value]),
        4 => Expression::Call(Function::IsBlank, vec![value]),
        5 => {
            let functions = [Function::StartsWith, Function::EndsWith, Function::Contains];
            let part: String = literal(random).chars().take(2).collect();
            Expression::Call(*random.pick(&functions), vec![value, Expression::Text(part)])
        }
        6 => Expression::Call(Function::IsNumeric, vec![value]),
        7 => {
            let functions = [
                Function::IsValidIp,
                Function::IsValidIpv4,
                Function::IsValidIpv6,
                Function::IsPrivateIp,
                Function::IsPublicIp,
                Function::IsReservedIp,
            ];
            Expression::Call(*random.pick(&functions), vec![address(random, sight)])
        }
        8 => {
            let functions = [Function::IsIpInSubnet, Function::IsIpv4InSubnet, Function::IsIpv6InSubnet];
            let network = Expression::text(one(random, &networks));
            Expression::Call(*random.pick(&functions), vec![address(random, sight), network])
        }
        9 => Expression::Call(Function::JsonArrayContains, vec![value, Expression::Text(literal(random))]),
        _ => Expression::Compare(Box::new(value), Comparison::Equal, Box::new(operand(random, sight))),
    }
}

fn address(random: &mut Random, sight: &Sight) -> Expression {
    if sight.events { Expression::field("ip") } else { Expression::Field(path(random, sight)) }
}
