//! What the engine says, in words for the person who asked: a message, and a hint where one can be given.

use datafusion::common::SchemaError;

use super::{Place, nearest};

/// What there is to ask: tables with their columns, and functions.
#[derive(Clone, Copy, Default)]
pub struct Names<'a> {
    pub tables: &'a [(String, Vec<String>)],
    pub functions: &'a [String],
}

/// A translated error.
#[derive(Debug, Default)]
pub struct Told {
    pub message: String,
    pub hint: Option<String>,
    /// A place that the engine did not give.
    pub place: Option<Place>,
}

impl Told {
    fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint, place: None }
    }

    fn at(self, name: &str, query: &str) -> Self {
        Self { place: Place::of_name(name, query), ..self }
    }
}

pub fn schema(error: &SchemaError, query: &str, names: Names<'_>) -> Told {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let mut valid: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            if valid.is_empty() {
                valid = names.tables.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str)).collect();
            }
            let near = nearest(&field.name, valid.iter().copied());
            let elsewhere = || {
                let holders = names.tables.iter().filter(|(_, columns)| columns.contains(&field.name));
                let holders: Vec<String> = holders.map(|(table, _)| format!("`{table}`")).collect();
                (!holders.is_empty()).then(|| format!("`{}` is a column of {}", field.name, holders.join(", ")))
            };
            let text = || {
                let quoted = query.contains(&format!("\"{}\"", field.name)) && !field.name.is_empty();
                quoted.then(|| format!("text stands in single quotes, names in double ones: write `'{}'`", field.name))
            };
            let listed = || Some("`eksamine tables TABLE` lists the columns of a table".to_owned());
            let hint = near.map(|name| format!("did you mean `{name}`?"));
            let hint = hint.or_else(elsewhere).or_else(text).or_else(listed);
            Told::new(format!("there is no column `{}`", field.name), hint).at(&field.name, query)
        }
        SchemaError::AmbiguousReference { field } => {
            let hint = format!("write `TABLE.{}`", field.name);
            let message = format!("the column `{}` could be of several tables", field.name);
            Told::new(message, Some(hint)).at(&field.name, query)
        }
        other => Told::new(other.to_string(), None),
    }
}

pub fn parser(text: &str, query: &str) -> Told {
    let (message, place) = Place::split(text.trim_start_matches("sql parser error: "), query);
    let message = match message.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
        Some((wanted, "EOF")) => format!("expected {wanted}, found the end of the query"),
        Some((wanted, found)) => format!("expected {wanted}, found `{found}`"),
        None => lower_first(&message),
    };
    Told { message, hint: None, place }
}

pub fn plan(text: &str, query: &str, names: Names<'_>) -> Told {
    let missing = text.strip_prefix("table '").and_then(|rest| rest.split_once("' not found"));
    if let Some((path, _)) = missing {
        return no_table(path.rsplit('.').next().unwrap_or(path), query, names);
    }
    for what in ["DDL", "DML", "Statement"] {
        if text.starts_with(&format!("{what} not supported")) {
            let hint = "a lake is changed by `eksamine ingest` only; save results with `--format parquet`";
            return Told::new("only queries that read are allowed", Some(hint.to_owned()));
        }
    }
    if let Some((name, rest)) = text.strip_prefix("Invalid function '").and_then(|rest| rest.split_once('\'')) {
        return no_function(name, rest, query, names);
    }
    if let Some((_, call)) = text.split_once("No function matches the given name and argument types '") {
        return wrong_arguments(call, query);
    }
    if let Some((_, rest)) = text.split_once("While expanding wildcard, column \"")
        && let Some((column, _)) = rest.split_once("\" must appear in the GROUP BY")
    {
        return Told::new(format!("`{column}` must stand in GROUP BY or in an aggregate function"), None);
    }
    if text.starts_with("No SQL statements") {
        return Told::new("there is no query", None);
    }
    Told::new(lower_first(text), None)
}

/// What fails while a query is prepared or runs: mostly values that are not what the query takes them for.
pub fn value(text: &str, query: &str) -> Option<Told> {
    if let Some((_, rest)) = text.split_once("Placeholder '$")
        && let Some((name, _)) = rest.split_once('\'')
    {
        let told = Told::new(format!("the parameter `${name}` has no value"), None);
        return Some(told.at(name, query));
    }
    if let Some((_, rest)) = text.split_once("Error parsing timestamp from '")
        && let Some((value, _)) = rest.rsplit_once("': ")
    {
        let hint = "times are written `'2024-05-14T14:00:00Z'` or `'2024-05-14'`".to_owned();
        return Some(Told::new(format!("`{value}` is not a time"), Some(hint)).at(value, query));
    }
    let (_, cast) = text.split_once("Cast error: ")?;
    let hint = "`try_cast(VALUE AS TYPE)` gives null for what can't be cast".to_owned();
    Some(Told::new(lower_first(cast), Some(hint)))
}

fn no_table(name: &str, query: &str, names: Names<'_>) -> Told {
    let near = nearest(name, names.tables.iter().map(|(table, _)| table.as_str()));
    let all = || {
        let names: Vec<String> = names.tables.iter().map(|(table, _)| format!("`{table}`")).collect();
        format!("the tables are {}", names.join(", "))
    };
    let hint = near.map_or_else(all, |name| format!("did you mean `{name}`?"));
    Told::new(format!("there is no table `{name}`"), Some(hint)).at(name, query)
}

/// The engine's own guess counts letters only, so ours goes before it.
fn no_function(name: &str, rest: &str, query: &str, names: Names<'_>) -> Told {
    let near = nearest(name, names.functions.iter().map(String::as_str));
    let theirs = || rest.split_once("Did you mean '").and_then(|(_, rest)| Some(rest.split_once('\'')?.0));
    let hint = near.or_else(theirs).map(|name| format!("did you mean `{name}`?"));
    Told::new(format!("there is no function `{name}`"), hint).at(name, query)
}

/// `date_bin(Utf8)'. You might need … Candidate functions:\n\tdate_bin(…)\n\t…`
fn wrong_arguments(call: &str, query: &str) -> Told {
    const MOST_FORMS: usize = 3;
    let (call, rest) = call.split_once("'.").unwrap_or((call, ""));
    let name = call.split('(').next().unwrap_or(call);
    let own = crate::udf::FUNCTIONS.iter().find(|function| function.name == name);
    let insights = crate::udf::insights::functions().find(|function| function.name == name);
    let forms: Vec<String> = if let Some(function) = own {
        vec![format!("`{name}({})`", function.arguments.join(", "))]
    } else if let Some(function) = insights {
        vec![format!("`{}`", function.usage())]
    } else {
        let forms = rest.lines().filter_map(|line| line.strip_prefix('\t'));
        forms.filter(|form| form.starts_with(name)).map(|form| format!("`{}`", form.trim())).collect()
    };
    let more = if forms.len() > MOST_FORMS { ", …" } else { "" };
    let listed = forms.iter().take(MOST_FORMS).cloned().collect::<Vec<_>>().join(", ");
    let hint = (!listed.is_empty()).then(|| format!("it is called as {listed}{more}"));
    Told::new(format!("`{name}` can't be called as `{call}`"), hint).at(name, query)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let (first, second) = (letters.next(), letters.clone().next());
    match first {
        // Not of an abbreviation.
        Some(first) if second.is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.trim_end_matches('.').to_owned(),
    }
}
