//! `lookup` and `cidrlookup`: columns of a table that the caller registered, of the first of its rows that fits.

use super::Compiler;
use super::stage::{ROWS, Stage};
use super::value::Value;
use crate::ast::LookUp;
use crate::error::{Error, Result, Span};
use crate::lexer::Segment;
use crate::sql;

/// The column that tells rows apart while they are looked up.
const LOOKUP_ROW: &str = "lookup row";

impl<'a> Compiler<'a> {
    pub(super) fn lookup(&mut self, stage: &mut Stage<'a>, lookup: &LookUp) -> Result<()> {
        let settings = self.settings;
        let Some(table) = settings.lookups.iter().find(|table| table.name == lookup.table.text) else {
            let error = Error::new(lookup.table.span, format!("there is no lookup table `{}`", lookup.table.text));
            let names = settings.lookups.iter().map(|table| table.name.as_str());
            let error = error.nearest(&lookup.table.text, names);
            return Err(match error.hint {
                None => error.hint(format!("give its CSV file: --lookup {}=FILE.csv", lookup.table.text)),
                Some(_) => error,
            });
        };
        for name in lookup.keys.iter().map(|(column, _)| column).chain(lookup.outputs.iter().map(|(name, _)| name)) {
            if !table.columns.contains(&name.text) {
                let error =
                    Error::new(name.span, format!("the lookup table `{}` has no column `{}`", table.name, name.text));
                return Err(error.nearest(&name.text, table.columns.iter().map(String::as_str)));
            }
        }
        // The first row of the table for each key, in the order of its file.
        let number = sql::quoted("lookup position");
        let mut numbered: Vec<String> = table.columns.iter().map(|column| sql::quoted(column)).collect();
        numbered.push(format!("row_number() OVER () AS {number}"));
        let rows = format!("SELECT\n{}\nFROM {}", sql::lines(&numbered), sql::name(&table.name));
        let rows = self.keep("lookup_rows", rows);
        let (ours, conditions) =
            if lookup.networks { self.network_keys(stage, lookup)? } else { self.equal_keys(stage, lookup)? };
        let rows = if lookup.networks {
            rows
        } else {
            let keys: Vec<String> = lookup
                .keys
                .iter()
                .map(|(column, _)| format!("insights_equality({})", sql::quoted(&column.text)))
                .collect();
            let first = format!(
                "SELECT *\nFROM {rows}\nQUALIFY row_number() OVER (PARTITION BY {} ORDER BY {number} {ROWS}) = 1",
                keys.join(", ")
            );
            self.keep("lookup_first", first)
        };
        let mut taken = vec!["ours.*".to_owned()];
        let mut bound = Vec::new();
        for (name, alias) in &lookup.outputs {
            let shown = alias.as_ref().unwrap_or(name).text.clone();
            let column = sql::quoted(&stage.column_for(&shown));
            taken.push(format!("theirs.{} AS {column}", sql::quoted(&name.text)));
            bound.push((shown, column));
        }
        let mut statement = format!(
            "SELECT\n{}\nFROM {ours} AS ours\nLEFT JOIN {rows} AS theirs ON {}",
            sql::lines(&taken),
            conditions.join(" AND ")
        );
        if lookup.networks {
            // An address may be in several networks.
            let row = sql::quoted(LOOKUP_ROW);
            statement += &format!(
                "\nQUALIFY row_number() OVER (PARTITION BY ours.{row} ORDER BY theirs.{number} NULLS LAST {ROWS}) = 1"
            );
        }
        let from = self.keep("looked_up", statement);
        stage.moved_to(from);
        for (name, column) in bound {
            let before = if lookup.only_new { self.known_by(stage, &name) } else { None };
            let value = match before {
                // What is there stays; an empty text is filled as what is missing.
                Some(before) => Value::Text(format!("coalesce(nullif({}, ''), {column})", before.text())),
                None => Value::Text(column),
            };
            stage.bind(&name, value, false);
            stage.show(&name);
        }
        Ok(())
    }

    /// What a name stands for already: something the query made, or a field of the events.
    fn known_by(&mut self, stage: &mut Stage<'a>, name: &str) -> Option<Value> {
        let path: Vec<Segment> = name.split('.').map(|text| Segment { text: text.to_owned(), quoted: true }).collect();
        let notes = self.notes.len();
        let known = self.field(stage, &path, Span::default()).ok();
        // A name that is being made can't be misspelt.
        self.notes.truncate(notes);
        known
    }

    /// The rows with what they are looked up by, and the conditions of the join.
    fn equal_keys(&mut self, stage: &mut Stage<'a>, lookup: &LookUp) -> Result<(String, Vec<String>)> {
        let (mut items, mut conditions) = (Vec::new(), Vec::new());
        for (index, (column, field)) in lookup.keys.iter().enumerate() {
            let value = self.value(stage, field)?;
            let name = sql::quoted(&stage.column_for(&format!("lookup key {}", index + 1)));
            items.push(format!("insights_equality({}) AS {name}", value.scalar()));
            conditions.push(format!("ours.{name} = insights_equality(theirs.{})", sql::quoted(&column.text)));
        }
        Ok((self.keep("lookup_left", stage.select_with(&items)), conditions))
    }

    fn network_keys(&mut self, stage: &mut Stage<'a>, lookup: &LookUp) -> Result<(String, Vec<String>)> {
        let (mut items, mut conditions) = (Vec::new(), Vec::new());
        for (column, field) in &lookup.keys {
            let value = self.value(stage, field)?;
            let name = sql::quoted(&stage.column_for("lookup address"));
            items.push(format!("{} AS {name}", value.scalar()));
            conditions.push(format!("insights_is_ip_in_subnet(ours.{name}, theirs.{})", sql::quoted(&column.text)));
        }
        stage.column_for(LOOKUP_ROW);
        items.push(format!("row_number() OVER ({}) AS {}", stage.along(), sql::quoted(LOOKUP_ROW)));
        Ok((self.keep("lookup_left", stage.select_with(&items)), conditions))
    }
}
