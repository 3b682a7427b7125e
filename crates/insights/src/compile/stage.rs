//! Rows on their way through the commands: where they come from, what is known of them, and what is still to be done.

use std::collections::HashSet;

use super::Bins;
use super::value::{Predicate, Value};
use crate::ast::{Command, CommandKind, SortKey};
use crate::error::{Error, Result};
use crate::schema::{Role, Table};
use crate::sql;

/// An item of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub sql: String,
    pub descending: bool,
}

impl Order {
    pub fn ascending(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), descending: false }
    }

    pub fn sql(&self) -> String {
        let direction = if self.descending { " DESC" } else { "" };
        format!("{}{direction} NULLS LAST", self.sql)
    }
}

/// What a user's `sort` asks for.
#[derive(Clone, Debug)]
pub(crate) struct Sort {
    pub keys: Vec<SortKey>,
    pub order: Vec<Order>,
}

/// The frame of a window that ends with the row itself.
pub(crate) const ROWS: &str = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";

/// A name that stands for a value.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub name: String,
    pub value: Value,
    /// The begin of a period.
    pub bin: bool,
}

/// Rows as they are after some commands.
#[derive(Clone, Debug)]
pub(crate) struct Stage<'a> {
    /// What stands after FROM.
    pub from: String,
    /// Whether rows are still the events of FROM, each once, so that they can be found again by object and record.
    pub untouched: bool,
    /// The table whose columns the rows have, if they are events.
    pub table: Option<(&'a Table, &'static Role)>,
    /// SQL of the record's JSON, where rows have one beside or without a table.
    pub raw: Option<String>,
    pub bindings: Vec<Binding>,
    pub conditions: Vec<Predicate>,
    /// The order without `sort`.
    pub order: Vec<Order>,
    pub sort: Option<Sort>,
    pub limit: Option<u64>,
    /// `@timestamp` as SQL, for `bin`, `earliest` and `latest`.
    pub timestamp: Option<String>,
    /// Names of what is shown.
    pub shown: Vec<String>,
    /// Whether a `fields` since the last `stats` chose what is shown.
    pub chosen: bool,
    /// What the last `display` shows; nothing else counts.
    pub displayed: Option<Vec<String>>,
    /// How many `stats` there were.
    pub grouped: usize,
    /// The command after which only `limit` may stand.
    pub closed: bool,
    /// Names of columns that FROM has.
    pub columns: HashSet<String>,
    /// The name of the left side of a join.
    pub side: Option<String>,
    /// The period of `by bin(…)`, for `fillmissing`.
    pub period: Option<Bins>,
    /// How many of the bindings are keys of groups.
    pub keys: usize,
}

impl Stage<'_> {
    pub fn of(from: String) -> Self {
        Self {
            from,
            untouched: false,
            table: None,
            raw: None,
            bindings: Vec::new(),
            conditions: Vec::new(),
            order: Vec::new(),
            sort: None,
            limit: None,
            timestamp: None,
            shown: Vec::new(),
            chosen: false,
            displayed: None,
            grouped: 0,
            closed: false,
            columns: HashSet::new(),
            side: None,
            period: None,
            keys: 0,
        }
    }

    /// Rows of a statement with these columns, in the order given.
    pub fn of_columns(from: String, columns: Vec<Binding>) -> Self {
        let mut stage = Self::of(from);
        stage.columns = columns.iter().map(|binding| binding.name.clone()).collect();
        stage.shown = columns.iter().map(|binding| binding.name.clone()).collect();
        stage.bindings = columns;
        stage
    }

    pub fn check_open(&self, command: &Command) -> Result<()> {
        if self.closed && !matches!(command.kind, CommandKind::Limit { .. }) {
            let error = Error::new(command.span, "after `dedup` only `limit` may follow");
            return Err(error.hint("move this command before `dedup`"));
        }
        Ok(())
    }

    pub fn filter(&mut self, predicate: Predicate) {
        self.conditions.push(predicate);
    }

    pub fn binding(&self, name: &str) -> Option<&Binding> {
        self.bindings.iter().rev().find(|binding| binding.name == name)
    }

    pub fn bind(&mut self, name: &str, value: Value, bin: bool) {
        let binding = Binding { name: name.to_owned(), value, bin };
        match self.bindings.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = binding,
            None => self.bindings.push(binding),
        }
    }

    /// Shows a name, once.
    pub fn show(&mut self, name: &str) {
        if !self.shown.iter().any(|shown| shown == name) {
            self.shown.push(name.to_owned());
        }
    }

    /// A column name that FROM does not have.
    pub fn column_for(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while self.columns.contains(&name) {
            count += 1;
            name = format!("{wanted} {count}");
        }
        self.columns.insert(name.clone());
        name
    }

    pub fn is_grouped(&self) -> bool {
        self.grouped > 0
    }

    /// The order that holds now: that of `sort`, ties by the one without it.
    pub fn current_order(&self) -> Vec<Order> {
        let sorted = self.sort.iter().flat_map(|sort| sort.order.iter());
        let mut all: Vec<Order> = Vec::new();
        for order in sorted.chain(&self.order) {
            if all.iter().all(|known| known.sql != order.sql) {
                all.push(order.clone());
            }
        }
        all
    }

    pub fn order_by(&self) -> String {
        let order: Vec<String> = self.current_order().iter().map(Order::sql).collect();
        if order.is_empty() { String::new() } else { format!("ORDER BY {}", order.join(", ")) }
    }

    /// What stands in OVER for what looks along the rows. The frame is said, since the engine's own, by ranges of
    /// values, knows no keys of bytes.
    pub fn along(&self) -> String {
        format!("{} {ROWS}", self.order_by()).trim_start().to_owned()
    }

    /// `WHERE …` with a line for each condition, or nothing.
    pub fn where_clause(&self) -> String {
        // The parts of a conjunction are conditions of their own.
        let all = Predicate::all(&self.conditions);
        if all.sql == "true" {
            return String::new();
        }
        let parts: Vec<String> = match self.conditions.as_slice() {
            _ if all.sql == "false" => vec![all.sql],
            conditions => conditions
                .iter()
                .filter(|condition| condition.sql != "true")
                .map(|condition| condition.within(super::value::Rank::And))
                .collect(),
        };
        format!("\nWHERE {}", parts.join("\n  AND "))
    }

    /// `SELECT items FROM … WHERE …`.
    pub fn select(&self, items: &[String]) -> String {
        format!("SELECT\n{}\nFROM {}{}", sql::lines(items), self.from, self.where_clause())
    }

    /// `SELECT *` with further columns.
    pub fn select_with(&self, items: &[String]) -> String {
        if items.is_empty() {
            return format!("SELECT *\nFROM {}{}", self.from, self.where_clause());
        }
        let mut all = vec!["*".to_owned()];
        all.extend_from_slice(items);
        self.select(&all)
    }

    /// The rows are now those of a statement that has all columns they had.
    pub fn moved_to(&mut self, from: String) {
        self.from = from;
        self.untouched = false;
        self.conditions.clear();
    }
}
