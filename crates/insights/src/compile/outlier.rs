//! `outlier`: numbers that are far from the middle half of all.

use super::Compiler;
use super::stage::Stage;
use super::value::{Json, Predicate, Rank, Value};
use crate::ast::Expression;
use crate::error::Result;
use crate::sql;

/// How `outlier` treats values that are far out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlier {
    pub remove: bool,
    pub parameter: f64,
    pub lower: bool,
    pub mark: bool,
}

impl<'a> Compiler<'a> {
    /// Values further from the middle half than so many times its width are cut to that, or their rows removed. All
    /// quartiles are those of the rows before.
    pub(super) fn outlier(&mut self, stage: &mut Stage<'a>, how: Outlier, fields: &[Expression]) -> Result<()> {
        let mut values = Vec::new();
        for field in fields {
            values.push((self.name_of_field(field), self.value(stage, field)?));
        }
        let mut quartiles = Vec::new();
        let mut bounds = vec!["rows.*".to_owned()];
        let mut bounded = Vec::new();
        let width = sql::double(how.parameter);
        for (place, (name, value)) in values.into_iter().enumerate() {
            let number = value.number();
            let (low, high) = (format!("low_{}", place + 1), format!("high_{}", place + 1));
            quartiles.push(format!("insights_pct({number}, 25.0) AS {low}"));
            quartiles.push(format!("insights_pct({number}, 75.0) AS {high}"));
            let least = sql::quoted(&stage.column_for(&format!("{name} least")));
            let greatest = sql::quoted(&stage.column_for(&format!("{name} greatest")));
            bounds.push(format!("{low} - {width} * ({high} - {low}) AS {least}"));
            bounds.push(format!("{high} + {width} * ({high} - {low}) AS {greatest}"));
            bounded.push((name, value, least, greatest));
        }
        let quartiles = self.keep("quartiles", stage.select(&quartiles));
        let rows = sql::indented(&stage.select_with(&[]));
        let statement = format!("SELECT\n{}\nFROM (\n{rows}\n) AS rows\nCROSS JOIN {quartiles}", sql::lines(&bounds));
        let from = self.keep("bounded", statement);
        stage.moved_to(from);
        for (name, value, least, greatest) in bounded {
            let number = value.number();
            let above = format!("{number} > {greatest}");
            let outside = if how.lower {
                Predicate::new(format!("{above} OR {number} < {least}"), Rank::Or)
            } else {
                Predicate::new(above.clone(), Rank::Comparison)
            };
            if how.mark {
                let marker = format!("{name}_outlier");
                stage.bind(&marker, Value::Truth(outside.exact()), false);
                stage.show(&marker);
            }
            if how.remove {
                stage.filter(outside.complement());
                continue;
            }
            // What is no number is not far out, and stays.
            let of_bound = |bound: &str| match &value {
                Value::Number { .. } => bound.to_owned(),
                Value::Json(_) => format!("insights_json_string(insights_text({bound}))"),
                _ => format!("insights_text({bound})"),
            };
            let mut cut = format!("CASE WHEN {above} THEN {}", of_bound(&greatest));
            if how.lower {
                cut += &format!(" WHEN {number} < {least} THEN {}", of_bound(&least));
            }
            let cut = match &value {
                Value::Number { .. } => Value::double(format!("{cut} ELSE {number} END")),
                Value::Json(json) => Value::Json(Json::new(format!("{cut} ELSE {} END", json.json()), Vec::new())),
                other => Value::Text(format!("{cut} ELSE {} END", other.text())),
            };
            stage.bind(&name, cut, false);
        }
        Ok(())
    }
}
