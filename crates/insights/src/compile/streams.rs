//! Which of the tables of an EKS log group a query can be about. In CloudWatch they are streams of one group; here each
//! has typed columns, which are worth choosing one table for. A table is left out only if no row of it could match.

use crate::ast::{
    Command, CommandKind, Comparison, Expression, ExpressionKind, Parse, ParseHow, Pattern, Query, Set, dotted,
};
use crate::schema::Role;

/// Whether the filters of a query can hold for a row of a table, by what they say of `@logStream`.
pub(super) fn may_be(role: &Role, commands: &[Command]) -> bool {
    filters(commands).all(|condition| stream_may_match(role, condition) != Some(false))
}

/// Whether the filters can hold only for rows that have some field of their own, which text does not.
pub(super) fn needs_json(commands: &[Command]) -> bool {
    let aliases = aliases(commands);
    filters(commands).any(|condition| needs_field(condition, &aliases))
}

/// Conditions on events: those before rows become something else.
fn filters(commands: &[Command]) -> impl Iterator<Item = &Expression> {
    let events = commands.iter().take_while(|command| {
        !matches!(
            command.kind,
            CommandKind::Stats { .. } | CommandKind::CountFrequent(_) | CommandKind::Pattern(_) | CommandKind::Diff(_)
        )
    });
    events.filter_map(|command| match &command.kind {
        CommandKind::Filter(condition) => Some(condition),
        _ => None,
    })
}

fn is_stream(expression: &Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Field(path) if dotted(path) == "@logStream")
}

/// None where the condition says nothing of the stream.
fn stream_may_match(role: &Role, condition: &Expression) -> Option<bool> {
    match &condition.kind {
        ExpressionKind::All(parts) => {
            let said: Vec<bool> = parts.iter().filter_map(|part| stream_may_match(role, part)).collect();
            if said.is_empty() { None } else { Some(said.iter().all(|may| *may)) }
        }
        ExpressionKind::Any(parts) => {
            let said: Option<Vec<bool>> = parts.iter().map(|part| stream_may_match(role, part)).collect();
            said.map(|said| said.iter().any(|may| *may))
        }
        ExpressionKind::Like { value, pattern, negated: false } if is_stream(value) => match pattern {
            Pattern::Text(text) => match &text.kind {
                ExpressionKind::Text(text) => Some(holds(role, text)),
                _ => None,
            },
            Pattern::Regex { pattern, .. } => matches_regex(role, pattern),
        },
        ExpressionKind::Compare(Comparison::Equal, value, text) if is_stream(value) => match &text.kind {
            ExpressionKind::Text(text) => Some(begins(role, text)),
            _ => None,
        },
        ExpressionKind::In { value, set: Set::List(items), negated: false } if is_stream(value) => {
            let texts: Option<Vec<&String>> = items
                .iter()
                .map(|item| match &item.kind {
                    ExpressionKind::Text(text) => Some(text),
                    _ => None,
                })
                .collect();
            texts.map(|texts| texts.iter().any(|text| begins(role, text)))
        }
        _ => None,
    }
}

/// Whether a stream of the table can hold a text: its prefix, a dash, and hexadecimal digits.
fn holds(role: &Role, text: &str) -> bool {
    role.streams.iter().any(|stream| {
        let prefix = format!("{stream}-");
        prefix.contains(text)
            || (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)).any(|cut| {
                let (head, tail) = text.split_at(cut);
                prefix.ends_with(head) && is_hexadecimal(tail)
            })
    })
}

/// Whether a stream of the table can begin with a text.
fn begins(role: &Role, text: &str) -> bool {
    role.streams.iter().any(|stream| {
        let prefix = format!("{stream}-");
        prefix.starts_with(text) || text.strip_prefix(&prefix).is_some_and(is_hexadecimal)
    })
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A regular expression says something if it begins with letters that mean themselves, as `^kube-apiserver-audit` does.
fn matches_regex(role: &Role, pattern: &str) -> Option<bool> {
    let (anchored, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    if rest.contains('|') {
        return None;
    }
    let length = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).unwrap_or(rest.len());
    let (literal, after) = rest.split_at(length);
    // What may occur no time at all does not count.
    let literal = match after.chars().next() {
        Some('?' | '*' | '{') => literal.get(..literal.len().saturating_sub(1))?,
        _ => literal,
    };
    if literal.is_empty() {
        return None;
    }
    Some(if anchored { begins(role, literal) } else { holds(role, literal) })
}

/// Names the query gives itself.
fn aliases(commands: &[Command]) -> Vec<String> {
    let mut names = Vec::new();
    for command in commands {
        match &command.kind {
            CommandKind::Fields(fields) | CommandKind::Display(fields) => {
                names.extend(fields.iter().filter_map(|field| Some(field.alias.as_ref()?.text.clone())));
            }
            CommandKind::Parse(Parse { how, .. }) => match how {
                ParseHow::Glob { aliases, .. } | ParseHow::Csv { aliases } => {
                    names.extend(aliases.iter().map(|alias| alias.text.clone()));
                }
                ParseHow::Regex { pattern, .. } => names.extend(crate::runtime::regex::group_names(pattern)),
                ParseHow::Every { pattern, alias, .. } => {
                    names.extend(crate::runtime::regex::group_names(pattern));
                    names.extend(alias.iter().map(|alias| alias.text.clone()));
                }
                ParseHow::Logfmt { alias } => names.push(alias.text.clone()),
                ParseHow::Json { path, alias, .. } => {
                    names.push(alias.as_ref().map_or_else(|| path.clone(), |alias| alias.text.clone()));
                }
            },
            CommandKind::Unnest { into: Some(name), .. } => names.push(name.text.clone()),
            CommandKind::Join(join) => names.push(join.right.clone()),
            CommandKind::Lookup(lookup) => {
                names.extend(lookup.outputs.iter().map(|(name, alias)| alias.as_ref().unwrap_or(name).text.clone()));
            }
            _ => {}
        }
    }
    names
}

/// Whether a condition is false for every row that has no field of its own.
fn needs_field(condition: &Expression, aliases: &[String]) -> bool {
    let is_field = |expression: &Expression| match &expression.kind {
        ExpressionKind::Field(path) => {
            let name = dotted(path);
            let first = path.first().map_or("", |first| first.text.as_str());
            let own = aliases.iter().any(|alias| *alias == name || alias == first);
            !own && (!name.starts_with('@') || name.starts_with("@@"))
        }
        _ => false,
    };
    match &condition.kind {
        ExpressionKind::All(parts) => parts.iter().any(|part| needs_field(part, aliases)),
        ExpressionKind::Any(parts) => parts.iter().all(|part| needs_field(part, aliases)),
        ExpressionKind::Compare(comparison, left, right) => {
            *comparison != Comparison::Unequal && (is_field(left) || is_field(right))
        }
        ExpressionKind::Like { value, negated: false, .. } | ExpressionKind::In { value, negated: false, .. } => {
            is_field(value)
        }
        ExpressionKind::Call { name, arguments } => {
            name.text.eq_ignore_ascii_case("ispresent") && arguments.first().is_some_and(is_field)
        }
        _ => false,
    }
}

/// Every field that a query names.
pub(super) fn fields_of(query: &Query) -> Vec<Vec<String>> {
    let mut fields = Vec::new();
    commands_fields(&query.commands, &mut fields);
    fields
}

pub(super) fn commands_fields(commands: &[Command], fields: &mut Vec<Vec<String>>) {
    for expression in commands.iter().flat_map(expressions_of) {
        expression_fields(expression, fields);
    }
}

/// The expressions that a command is made of.
fn expressions_of(command: &Command) -> Vec<&Expression> {
    match &command.kind {
        CommandKind::Fields(named) | CommandKind::Display(named) | CommandKind::CountFrequent(named) => {
            named.iter().map(|named| &named.expression).collect()
        }
        CommandKind::Filter(expression)
        | CommandKind::Expand(expression)
        | CommandKind::Unnest { field: expression, .. }
        | CommandKind::Pattern(expression)
        | CommandKind::Accumulate { field: expression, .. }
        | CommandKind::Autoregress { field: expression, .. } => vec![expression],
        CommandKind::Stats { aggregates, by, .. } => {
            aggregates.iter().chain(by).map(|named| &named.expression).collect()
        }
        CommandKind::Sort(keys) => keys.iter().map(|key| &key.expression).collect(),
        CommandKind::FillMissing(fillings) => fillings.iter().filter_map(|filling| filling.field.as_ref()).collect(),
        CommandKind::Dedup(expressions)
        | CommandKind::AddTotals { fields: expressions, .. }
        | CommandKind::Outlier { fields: expressions, .. }
        | CommandKind::Sessionize { fields: expressions, .. } => expressions.iter().collect(),
        CommandKind::Parse(parse) => parse.field.iter().collect(),
        CommandKind::Join(join) => vec![&join.condition],
        CommandKind::Lookup(lookup) => lookup.keys.iter().map(|(_, key)| key).collect(),
        CommandKind::Source(_)
        | CommandKind::Limit { .. }
        | CommandKind::Unmask
        | CommandKind::Diff(_)
        | CommandKind::FillDown(_)
        | CommandKind::AppendColumns { .. } => Vec::new(),
    }
}

fn expression_fields(expression: &Expression, fields: &mut Vec<Vec<String>>) {
    let inner: Vec<&Expression> = match &expression.kind {
        ExpressionKind::Field(path) => {
            fields.push(path.iter().map(|segment| segment.text.clone()).collect());
            return;
        }
        ExpressionKind::Within(inner, _) | ExpressionKind::Negative(inner) | ExpressionKind::Not(inner) => vec![inner],
        ExpressionKind::Call { arguments, .. } => arguments.iter().collect(),
        ExpressionKind::Arithmetic(_, left, right) | ExpressionKind::Compare(_, left, right) => vec![left, right],
        ExpressionKind::Like { value, pattern: Pattern::Text(text), .. } => vec![value, text],
        ExpressionKind::In { value, set: Set::List(items), .. } => {
            std::iter::once(&**value).chain(items.iter()).collect()
        }
        ExpressionKind::Like { value, .. } | ExpressionKind::In { value, .. } => vec![value],
        ExpressionKind::All(parts) | ExpressionKind::Any(parts) => parts.iter().collect(),
        ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Boolean(_)
        | ExpressionKind::Period(_)
        | ExpressionKind::Star => Vec::new(),
    };
    for expression in inner {
        expression_fields(expression, fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ROLES;

    fn tables(query: &str) -> Vec<&'static str> {
        let query = crate::parser::parse(query).unwrap();
        let eks = ROLES.iter().filter(|role| !role.streams.is_empty());
        eks.filter(|role| may_be(role, &query.commands)).map(|role| role.table).collect()
    }

    #[test]
    fn a_stream_prefix_chooses_its_table() {
        assert_eq!(tables("filter @logStream like /^kube-apiserver-audit/"), ["k8s_audit"]);
        assert_eq!(tables("filter @logStream like \"kube-apiserver-audit\""), ["k8s_audit"]);
        assert_eq!(tables("filter @logStream =~ /authenticator/ and x = 1"), ["authenticator"]);
        assert_eq!(tables("filter @logStream = \"kube-scheduler-0a1b\""), ["control_plane"]);
        assert_eq!(
            tables("filter @logStream like \"audit-0a\" or @logStream like \"auth\""),
            ["k8s_audit", "authenticator"]
        );
    }

    #[test]
    fn what_may_match_is_not_left_out() {
        let all = ["k8s_audit", "authenticator", "control_plane"];
        assert_eq!(tables("filter @logStream like \"kube-apiserver\""), ["k8s_audit", "control_plane"]);
        assert_eq!(tables("filter @logStream like \"0a1b\""), all);
        assert_eq!(tables("filter @logStream like /audit|scheduler/"), all);
        assert_eq!(tables("filter @logStream not like \"audit\""), all);
        assert_eq!(tables("filter @logStream like \"audit\" or verb = \"get\""), all);
        assert_eq!(tables("stats count(*) as @logStream by verb | filter @logStream like \"audit\""), all);
    }

    #[test]
    fn only_a_condition_that_needs_a_field_needs_json() {
        let needs = |query: &str| needs_json(&crate::parser::parse(query).unwrap().commands);
        assert!(needs("filter verb = \"get\""));
        assert!(needs("filter @message like \"x\" and (a > 1 or ispresent(b))"));
        assert!(!needs("filter verb != \"get\""));
        assert!(!needs("filter verb = \"get\" or @message like \"x\""));
        assert!(!needs("parse @message \"user=*\" as user | filter user = \"x\""));
        assert!(!needs("stats count(*) as c by verb | filter c > 1"));
    }
}
