//! Tables for `lookup` and `cidrlookup`, and what they add to rows.

use std::cmp::Ordering;

use super::evaluate::Run;
use super::expression::Row;
use super::model::{Command, Expression, Fills, Fits, Path};
use super::strings::is_within;
use super::value::{Kind, Value, compare};

/// Tables by name, as CSV with a header.
pub const TABLES: &[(&str, &str)] = &[
    ("teams", "key,team,tier\nred,crimson,1\ngreen,,2\n7,seven,3\nred,late,9\n007,bond,4\n,empty,0\nget,verbs\n"),
    (
        "nets",
        "net,zone\n10.0.0.0/16,inner\n10.0.0.0/8,outer\n2001:db8::/32,six\nno network,none\n198.51.100.4/32,\n10.0.0.0/33,wide\n",
    ),
];

/// What a lookup needs to know of a row of its table: the cells by the names of their columns.
struct Entry<'t>(Vec<(&'t str, &'t str)>);

impl Entry<'_> {
    /// A row that is too short lacks its last cells.
    fn cell(&self, column: &str) -> Value {
        let cell = self.0.iter().find(|(name, _)| *name == column);
        cell.map_or(Value::Missing, |(_, cell)| Value::Text((*cell).to_owned()))
    }
}

impl Run<'_> {
    pub(super) fn look_up(&mut self, command: &Command) {
        match command {
            Command::Lookup { table, fits, keys, fills, columns } => self.lookup(table, *fits, keys, *fills, columns),
            other => self.beside(other),
        }
    }

    fn lookup(
        &mut self,
        table: &str,
        fits: Fits,
        keys: &[(String, Path)],
        fills: Fills,
        columns: &[(String, Option<String>)],
    ) {
        let text = TABLES.iter().find(|(name, _)| *name == table).map_or("", |(_, text)| text);
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap_or_default();
        let entries: Vec<Entry<'_>> = lines.map(|line| Entry(header.iter().copied().zip(line).collect())).collect();
        let scope = &self.scope;
        for row in &mut self.rows {
            let value = |path: &Path, row: &Row<'_>| scope.evaluate(&Expression::Field(path.clone()), row);
            let found = entries
                .iter()
                .find(|entry| keys.iter().all(|(column, path)| fitting(fits, &value(path, row), &entry.cell(column))));
            for (column, name) in columns {
                let name = name.as_ref().unwrap_or(column);
                let known = value(&Path::of(name), row);
                let is_there = known.rendered().is_some_and(|text| !text.is_empty());
                let new = match fills {
                    Fills::Empty if is_there => Value::of_text(known.rendered()),
                    _ => found.map_or(Value::Missing, |entry| entry.cell(column)),
                };
                row.columns.insert(name.clone(), new);
            }
        }
        for (column, name) in columns {
            let name = name.as_ref().unwrap_or(column).clone();
            self.scope.kinds.insert(name.clone(), Kind::Dynamic);
            self.beside.push(name);
        }
    }
}

fn fitting(fits: Fits, value: &Value, cell: &Value) -> bool {
    match fits {
        Fits::Equal => compare(value, cell) == Some(Ordering::Equal),
        Fits::Network => {
            let address = value.text().and_then(|text| text.parse().ok());
            address.is_some() && cell.text().is_some_and(|network| is_within(address, &network))
        }
    }
}
