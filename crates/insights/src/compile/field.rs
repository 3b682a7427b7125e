//! What a field's name stands for: a name that the query gave, a column, or a value in the record's JSON.

use super::Compiler;
use super::stage::Stage;
use super::value::{Json, Value};
use crate::ast::dotted;
use crate::error::{Error, Result, Span, nearest};
use crate::lexer::Segment;
use crate::notes::Note;
use crate::schema::{Column, Kind, camel};
use crate::sql;

/// Values of more SQL than this become a column before they are named again, so that SQL grows with the query only.
const NAMED_AGAIN: usize = 240;

impl<'a> Compiler<'a> {
    pub(super) fn field(&mut self, stage: &mut Stage<'a>, path: &[Segment], span: Span) -> Result<Value> {
        let name = dotted(path);
        if stage.binding(&name).is_some() {
            self.materialize(stage, &name);
            if let Some(binding) = stage.binding(&name) {
                return Ok(binding.value.clone());
            }
        }
        let path = match &stage.side {
            // `a.x` after a join is `x` of the left side, if the right side has nothing of that name.
            Some(side) if path.len() > 1 && path.first().is_some_and(|first| first.text == *side) => {
                path.get(1..).unwrap_or_default()
            }
            _ => path,
        };
        let segments: Vec<String> = path.iter().map(|segment| segment.text.clone()).collect();
        if let Some(value) = within_binding(stage, &segments) {
            return Ok(value);
        }
        let stripped = dotted(path);
        if stripped != name && stage.binding(&stripped).is_some() {
            return self.field(stage, path, span);
        }
        match &segments.first() {
            Some(first) if first.starts_with('@') && !first.starts_with("@@") => {
                return self.system_field(stage, &stripped, span);
            }
            _ => {}
        }
        // A key that begins with an at sign is shown with two.
        let segments: Vec<String> = segments
            .iter()
            .enumerate()
            .map(|(index, segment)| match segment.strip_prefix('@') {
                Some(key) if index == 0 && key.starts_with('@') => key.to_owned(),
                _ => segment.clone(),
            })
            .collect();
        if let Some(value) = column_value(stage, &segments) {
            return Ok(value);
        }
        if let Some(raw) = stage.raw.clone() {
            self.note_near_miss(stage, &stripped);
            return Ok(Value::Json(Json::new(raw, segments)));
        }
        if let Some((_, role)) = stage.table
            && let Some(rest) = role.rest
        {
            self.note_near_miss(stage, &stripped);
            return Ok(Value::Json(Json::new(sql::name(rest), segments)));
        }
        let known: Vec<String> = stage.bindings.iter().map(|binding| binding.name.clone()).collect();
        let error = Error::new(span, format!("there is no field `{name}` here"));
        let error = error.nearest(&name, known.iter().map(String::as_str));
        Err(match (&error.hint, stage.is_grouped()) {
            (None, true) => error.hint("after `stats` only what it gives can be named"),
            _ => error,
        })
    }

    /// A field of JSON that no column holds may be meant otherwise.
    fn note_near_miss(&mut self, stage: &Stage<'a>, name: &str) {
        if let Some(near) = near_miss(stage, name) {
            self.note(Note::NearMiss { field: name.to_owned(), near });
        }
    }

    /// What begins with an at sign, and is none of the fields that every event has: misspelt, or of other logs.
    fn system_field(&mut self, stage: &Stage<'a>, name: &str, span: Span) -> Result<Value> {
        // Documented, and in no archive.
        if name.starts_with("@entity") || name.starts_with("@aws") || name == "@data_source_name" {
            return Ok(Value::Missing);
        }
        if name.starts_with("@message.") {
            let error = Error::new(span, "`@message` is a text, which has no fields");
            return Err(error.hint("fields of JSON events are named without it: `user.username`"));
        }
        let known = stage.bindings.iter().map(|binding| binding.name.as_str()).filter(|name| name.starts_with('@'));
        if stage.is_grouped() {
            let error = Error::new(span, format!("after `stats` there is no `{name}`")).nearest(name, known);
            return Err(match &error.hint {
                None => error.hint("name it in `stats`: `latest(@message) as message`, `by bin(1h) as hour`"),
                Some(_) => error,
            });
        }
        if nearest(name, known.clone()).is_some() {
            return Err(Error::new(span, format!("there is no system field `{name}`")).nearest(name, known));
        }
        self.note(Note::Absent { field: name.to_owned() });
        Ok(Value::Missing)
    }

    /// Makes a column of a long value before it is named again.
    pub(super) fn materialize(&mut self, stage: &mut Stage<'a>, name: &str) {
        let Some(binding) = stage.binding(name) else { return };
        let value = binding.value.clone();
        if value.size() <= NAMED_AGAIN || matches!(value, Value::Literal(_) | Value::Numeral(_) | Value::Missing) {
            return;
        }
        let bin = binding.bin;
        let column = stage.column_for(name);
        let column_sql = sql::quoted(&column);
        let statement = stage.select_with(&[format!("{} AS {column_sql}", value.carried())]);
        let from = self.keep("computed", statement);
        stage.moved_to(from);
        stage.bind(name, value.as_column(&column_sql), bin);
    }
}

/// The field that a name is most like, if it is none itself.
fn near_miss(stage: &Stage<'_>, name: &str) -> Option<String> {
    let (table, _) = stage.table?;
    let known: Vec<String> = table.field_names().collect();
    if known.iter().any(|known| known == name) {
        return None;
    }
    let same_letters = known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str);
    let near = same_letters.or_else(|| nearest(name, known.iter().map(String::as_str).filter(|_| name.len() > 4)));
    near.map(str::to_owned)
}

/// A value below a map that has a name: of `jsonParse`, `unnest`, a Json column.
fn within_binding(stage: &Stage<'_>, segments: &[String]) -> Option<Value> {
    (1..segments.len()).rev().find_map(|length| {
        let (head, tail) = segments.split_at(length);
        match &stage.binding(&head.join("."))?.value {
            Value::Json(json) => Some(Value::Json(json.below(tail))),
            // What `unnest` took away is gone with all that was in it.
            Value::Missing => Some(Value::Missing),
            _ => None,
        }
    })
}

/// The value of the table's column for a path, or of the Json column above it.
fn column_value(stage: &Stage<'_>, segments: &[String]) -> Option<Value> {
    let (table, role) = stage.table?;
    if let Some(column) = table.at(segments) {
        let flow_time = table.name == "vpc_flow" && column.kind == Kind::Time;
        return match column.kind {
            // A written time is a text of the event; the column is what it means.
            Kind::Time if role.json => None,
            // Flow logs write their times as epoch seconds.
            Kind::Time if flow_time => Some(Value::whole(format!("to_unixtime({})", sql::name(&column.name)))),
            _ => Some(value_of(column)),
        };
    }
    if let [name] = segments {
        if table.name == "vpc_flow"
            && let Some(column) = table.columns.iter().find(|column| camel(column).as_ref() == Some(name))
        {
            return match column.kind {
                Kind::Time => Some(Value::whole(format!("to_unixtime({})", sql::name(&column.name)))),
                _ => Some(value_of(column)),
            };
        }
        if let Some(column) = table.column(name) {
            return Some(value_of(column));
        }
    }
    let (column, rest) = table.above(segments)?;
    Some(Value::Json(Json::new(sql::name(&column.name), rest.to_vec())))
}

fn value_of(column: &Column) -> Value {
    let name = sql::name(&column.name);
    match column.kind {
        Kind::Time => Value::Time(name),
        Kind::Text => Value::Text(name),
        Kind::Json => Value::Json(Json::column(&name)),
        Kind::Int => Value::whole(name),
        Kind::Float => Value::double(name),
        Kind::Bool => Value::Boolean(name),
    }
}
