//! Rows made of lists: `unnest`, `expand`, and every match of a regular expression.

use super::Compiler;
use super::stage::{Order, Stage};
use super::value::{Json, Value};
use crate::ast::{Expression, Name};
use crate::error::{Error, Result};
use crate::sql;

impl<'a> Compiler<'a> {
    /// A row for each element. Rows of one event stay in the order of its list.
    pub(super) fn unnest(&mut self, stage: &mut Stage<'a>, field: &Expression, into: Option<&Name>) -> Result<()> {
        let own = crate::parser::field_name(field);
        let Some(name) = into.map(|into| into.text.clone()).or(own.clone()) else {
            return Err(Error::new(field.span, "what is made rows of needs a name").hint("unnest … into name"));
        };
        let value = self.value(stage, field)?;
        let list = format!("insights_json_elements({})", value.json());
        let column = self.one_row_each(stage, &list, &name);
        stage.bind(&name, Value::Json(Json::new(column, Vec::new())), false);
        // The list itself is gone.
        if let Some(own) = own.filter(|own| *own != name && into.is_some()) {
            stage.bind(&own, Value::Missing, false);
        }
        Ok(())
    }

    /// Makes rows of an SQL list; gives the column of its elements.
    pub(super) fn one_row_each(&mut self, stage: &mut Stage<'a>, list: &str, wanted: &str) -> String {
        let list_column = sql::quoted(&stage.column_for(&format!("{wanted} list")));
        let inner = self.keep("lists", stage.select_with(&[format!("{list} AS {list_column}")]));
        stage.moved_to(inner);
        let column = sql::quoted(&stage.column_for(wanted));
        let position = sql::quoted(&stage.column_for(&format!("{wanted} position")));
        let items = [
            format!("unnest({list_column}) AS {column}"),
            format!("unnest(range(CAST(array_length({list_column}) AS BIGINT))) AS {position}"),
        ];
        let from = self.keep("elements", stage.select_with(&items));
        stage.moved_to(from);
        stage.order.push(Order::ascending(position));
        column
    }
}
