//! `parse` and `json`: fields made of parts of a text. Rows that don't match stay.

use super::Compiler;
use super::stage::Stage;
use super::value::{Json, Value};
use crate::ast::{Parse, ParseHow};
use crate::error::{Error, Result};
use crate::sql;

impl<'a> Compiler<'a> {
    pub(super) fn parsed(&mut self, stage: &mut Stage<'a>, parse: &Parse) -> Result<()> {
        let (value, span) = match &parse.field {
            Some(field) => (self.value(stage, field)?, field.span),
            None => (message(stage, &parse.how)?, crate::error::Span::default()),
        };
        // A map or list is no text to parse.
        let text = value.scalar();
        match &parse.how {
            ParseHow::Glob { pattern, aliases, .. } => {
                for (position, alias) in aliases.iter().enumerate() {
                    let call = format!("insights_parse_glob({text}, {}, {position})", sql::literal(pattern));
                    stage.bind(&alias.text, Value::Text(call).checked(span)?, false);
                }
            }
            ParseHow::Regex { pattern, .. } => {
                for name in crate::runtime::regex::group_names(pattern) {
                    let call =
                        format!("insights_parse_regex({text}, {}, {})", sql::literal(pattern), sql::literal(&name));
                    stage.bind(&name, Value::Text(call).checked(span)?, false);
                }
            }
            ParseHow::Every { pattern, alias, .. } => {
                let names = crate::runtime::regex::group_names(pattern);
                let (pattern, names) = match (names.is_empty(), alias) {
                    // Without a group the whole match is what is meant.
                    (true, Some(alias)) => {
                        (format!("(?P<whole>{pattern})"), vec![("whole".to_owned(), alias.text.clone())])
                    }
                    (true, None) => (format!("(?P<whole>{pattern})"), Vec::new()),
                    (false, _) => (pattern.clone(), names.iter().map(|name| (name.clone(), name.clone())).collect()),
                };
                let list = format!("insights_parse_regex_all({text}, {})", sql::literal(&pattern));
                let wanted = alias.as_ref().map_or("match", |alias| alias.text.as_str());
                let column = self.one_row_each(stage, &list, wanted);
                let value = Json::new(column, Vec::new());
                if let Some(alias) = alias {
                    stage.bind(&alias.text, Value::Json(value.clone()), false);
                }
                for (group, name) in names {
                    let call = format!("insights_field({}, {})", value.base, sql::literal(&group));
                    stage.bind(&name, Value::Text(call), false);
                }
            }
            ParseHow::Logfmt { alias } => {
                let value = Json::new(format!("insights_logfmt({text})"), Vec::new());
                stage.bind(&alias.text, Value::Json(value).checked(span)?, false);
            }
            ParseHow::Csv { aliases } => {
                for (position, alias) in aliases.iter().enumerate() {
                    let call = format!("insights_csv({text}, {position})");
                    stage.bind(&alias.text, Value::Text(call).checked(span)?, false);
                }
            }
            ParseHow::Json { path, alias, .. } => {
                let segments: Vec<String> = path.split('.').map(str::to_owned).collect();
                // A map or list is its JSON text, and a text is read as JSON: both as they are shown.
                let value = Json::new(value.text(), segments);
                let name = alias.as_ref().map_or(path.as_str(), |alias| alias.text.as_str());
                stage.bind(name, Value::Json(value).checked(span)?, false);
            }
        }
        Ok(())
    }
}

/// `@message`, which is parsed where no field is named.
fn message(stage: &Stage<'_>, how: &ParseHow) -> Result<Value> {
    if let Some(message) = stage.binding("@message") {
        return Ok(message.value.clone());
    }
    let span = match how {
        ParseHow::Glob { span, .. }
        | ParseHow::Regex { span, .. }
        | ParseHow::Every { span, .. }
        | ParseHow::Json { span, .. } => *span,
        ParseHow::Logfmt { alias } => alias.span,
        ParseHow::Csv { aliases } => aliases.first().map_or_else(Default::default, |alias| alias.span),
    };
    Err(Error::new(span, "there is no `@message` here").hint("name a field: parse field \"…\""))
}
