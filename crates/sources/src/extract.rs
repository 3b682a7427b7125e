//! From one JSON record to one slot per column, in a single walk that borrows from the record.
//!
//! The column list says which paths are wanted; they are compiled once into a tree of keys. The walk visits the
//! record's members, keeps the JSON text of those wanted, and skips the rest without building anything. It knows
//! nothing of Arrow: typing a slot is the table builder's business.
//!
//! There are two walks: that of `usual`, which is fast and knows JSON as logs write it, and the parser's here, which has
//! the last word on everything else.

mod names;
mod usual;

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::names::Names;
use crate::column::{Kind, Table};
use crate::source::RecordContext;
use crate::time;

/// What was found for one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Slot<'a> {
    /// The record has nothing at this path.
    #[default]
    Missing,
    /// The value as JSON text, borrowed from the record.
    Json(&'a str),
    /// A text as it is. Of columns of [`Kind::Text`] strings without escapes are taken out of their quotes at once.
    Text(&'a str),
    Owned(String),
    Bool(bool),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

/// The slots of one record, in the order of the table's columns.
pub struct Slots<'a> {
    paths: &'a PathTree,
    record: &'a str,
    values: Vec<Slot<'a>>,
}

impl<'a> Slots<'a> {
    /// Reads a record.
    ///
    /// # Errors
    /// The parser's complaint, if the record is not one well-formed JSON object.
    pub fn read(paths: &'a PathTree, record: &'a str) -> Result<Self, serde_json::Error> {
        let mut values = vec![Slot::Missing; paths.table.columns.len()];
        if usual::walk(&paths.root, record, &mut values).is_none() {
            values.fill(Slot::Missing);
            walk(&paths.root, record, &mut values)?;
        }
        Ok(Self { paths, record, values })
    }

    /// Reads the record that a text begins with, if it is a usual one: neither its end nor whether it is well-formed has
    /// to be known before.
    pub fn read_first(paths: &'a PathTree, text: &'a str) -> Option<Self> {
        let mut values = vec![Slot::Missing; paths.table.columns.len()];
        let length = usual::walk_first(&paths.root, text, &mut values)?;
        Some(Self { paths, record: text.get(..length)?, values })
    }

    /// A text record of which nothing was read yet.
    pub fn empty(paths: &'a PathTree, record: &'a str) -> Self {
        Self { paths, record, values: vec![Slot::Missing; paths.table.columns.len()] }
    }

    /// The table and the paths of its columns.
    pub fn paths(&self) -> &'a PathTree {
        self.paths
    }

    pub fn values(&self) -> &[Slot<'a>] {
        &self.values
    }

    /// The record as it is read.
    pub fn record(&self) -> &'a str {
        self.record
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.paths.columns.position(name)
    }

    fn slot(&self, name: &str) -> &Slot<'a> {
        self.index(name).and_then(|index| self.values.get(index)).unwrap_or(&Slot::Missing)
    }

    /// Whether the record has a value other than null for the column.
    pub fn is_present(&self, name: &str) -> bool {
        !matches!(self.slot(name), Slot::Missing | Slot::Json("null"))
    }

    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text_of(self.slot(name))
    }

    /// The column's value as microseconds since 1970, whatever of the known time formats it has.
    pub fn time(&self, name: &str) -> Option<i64> {
        match self.slot(name) {
            Slot::Time(micros) => Some(*micros),
            Slot::Json(json) => time::from_json(json),
            _ => None,
        }
    }

    pub fn set(&mut self, name: &str, value: Slot<'a>) {
        if let Some(slot) = self.index(name).and_then(|index| self.values.get_mut(index)) {
            *slot = value;
        }
    }

    /// Sets a column by its position in the table.
    pub fn set_at(&mut self, index: usize, value: Slot<'a>) {
        if let Some(slot) = self.values.get_mut(index) {
            *slot = value;
        }
    }

    pub fn set_time(&mut self, name: &str, micros: Option<i64>) {
        self.set(name, micros.map_or(Slot::Missing, Slot::Time));
    }

    /// Fills the columns every table of a cluster's logs has from what carried the record.
    pub fn set_cluster(&mut self, context: &RecordContext<'a>) {
        self.set("cluster", Slot::Text(&context.cluster.name));
        self.set("cluster_assumed", Slot::Bool(context.cluster.assumed));
        self.set_stream(context);
    }

    /// Fills the columns every CloudWatch table has from the record's stream.
    pub fn set_stream(&mut self, context: &RecordContext<'a>) {
        let Some(stream) = context.stream else { return };
        let text = |value: &'a str| if value.is_empty() { Slot::Missing } else { Slot::Text(value) };
        self.set("log_group", text(&stream.log_group));
        self.set("log_stream", text(&stream.log_stream));
        self.set("log_account_id", text(&stream.account_id));
        self.set_time("log_time", context.log_time_micros);
    }

    /// JSON text at a path that is no column; walks the record again, so for rare questions only.
    pub fn probe(&self, path: &[&str]) -> Option<&'a str> {
        let mut node = Node::default();
        node.insert(path, (0, Kind::Json));
        let mut found = vec![Slot::Missing];
        walk(&node, self.record, &mut found).ok()?;
        match found.first() {
            Some(Slot::Json(json)) => Some(json),
            _ => None,
        }
    }
}

/// The text a slot stands for; null and missing give none.
pub fn text_of<'a>(slot: &Slot<'a>) -> Option<Cow<'a, str>> {
    match slot {
        Slot::Missing | Slot::Json("null") | Slot::Time(_) => None,
        Slot::Json(json) => Some(unquote(json)),
        Slot::Text(text) => Some(Cow::Borrowed(text)),
        Slot::Owned(text) => Some(Cow::Owned(text.clone())),
        Slot::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
    }
}

/// A JSON string without quotes and escapes; any other JSON as its text. A string whose escapes are no Unicode text
/// (a lone surrogate) stays as it is written, without its quotes.
pub fn unquote(json: &str) -> Cow<'_, str> {
    let Some(inner) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(json);
    };
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// A table's columns by name, and their wanted paths as a tree of keys.
pub struct PathTree {
    table: &'static Table,
    columns: Names,
    root: Node,
}

impl PathTree {
    pub fn of(table: &'static Table) -> Self {
        let mut root = Node::default();
        for (index, column) in table.columns.iter().enumerate().filter(|(_, column)| !column.path.is_empty()) {
            root.insert(column.path, (index, column.kind));
        }
        root.index();
        Self { table, columns: Names::of(table.columns.iter().map(|column| column.name)), root }
    }
}

#[derive(Default)]
struct Node {
    column: Option<(usize, Kind)>,
    children: Vec<(String, Node)>,
    /// The keys of the children, once all are there; none in a tree that is asked once.
    keys: Option<Names>,
    /// Children whose keys are positions in an array, by position.
    elements: Vec<(usize, usize)>,
}

impl Node {
    fn insert(&mut self, path: &[&str], column: (usize, Kind)) {
        let Some((first, rest)) = path.split_first() else {
            self.column = Some(column);
            return;
        };
        let at = self.children.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
            self.children.push(((*first).to_owned(), Node::default()));
            self.children.len() - 1
        });
        if let Some((_, child)) = self.children.get_mut(at) {
            child.insert(rest, column);
        }
    }

    fn child(&self, key: &str) -> Option<usize> {
        match &self.keys {
            Some(keys) => keys.position(key),
            None => self.children.iter().position(|(name, _)| name == key),
        }
    }

    /// Makes the children quick to find.
    fn index(&mut self) {
        self.keys = Some(Names::of(self.children.iter().map(|(key, _)| key.as_str())));
        for (at, (key, child)) in self.children.iter_mut().enumerate() {
            child.index();
            self.elements.extend(key.parse().ok().map(|position: usize| (position, at)));
        }
    }
}

fn walk<'a>(node: &Node, json: &'a str, slots: &mut [Slot<'a>]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Walk { node, slots }.deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Walk<'n, 's, 'a> {
    node: &'n Node,
    slots: &'s mut [Slot<'a>],
}

impl<'a> Walk<'_, '_, 'a> {
    /// Keeps a wanted value, and goes on into it where columns lie below it.
    fn keep(&mut self, child: &Node, value: &'a RawValue) {
        let json = value.get();
        if let Some((column, kind)) = child.column
            && let Some(slot) = self.slots.get_mut(column)
        {
            let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            *slot = match text.filter(|text| kind == Kind::Text && !text.contains('\\')) {
                Some(text) => Slot::Text(text),
                None => Slot::Json(json),
            };
        }
        if !child.children.is_empty() && json.starts_with(['{', '[']) {
            // The value was read once already, so it is well-formed and this can't fail.
            let _ = walk(child, json, self.slots);
        }
    }
}

impl<'a> DeserializeSeed<'a> for Walk<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(Key(self.node))? {
            match found.and_then(|index| self.node.children.get(index)) {
                // Nothing wants the value itself, so it is gone through as it is read.
                Some((_, child)) if child.column.is_none() => {
                    map.next_value_seed(Inside(Walk { node: child, slots: &mut *self.slots }))?;
                }
                Some((_, child)) => self.keep(child, map.next_value::<&'a RawValue>()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut position = 0_usize;
        while let Some(value) = items.next_element::<&'a RawValue>()? {
            let wanted = self.node.children.iter().find(|(key, _)| key.parse() == Ok(position));
            if let Some((_, child)) = wanted {
                self.keep(child, value);
            }
            position += 1;
        }
        Ok(())
    }
}

/// A walk within a record, where any kind of value may stand.
struct Inside<'n, 's, 'a>(Walk<'n, 's, 'a>);

impl<'a> DeserializeSeed<'a> for Inside<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Inside<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, items: A) -> Result<(), A::Error> {
        self.0.visit_seq(items)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Looks a key up without allocating it.
struct Key<'n>(&'n Node);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.child(key))
    }
}
