//! The tables of the lake, as the reference page lists them.

use std::sync::LazyLock;

use eksamine_insights::schema::{Column, Kind, Table};

/// Keys with dots in them, which the page does not mark.
const DOTTED: [&str; 2] = ["authorization.k8s.io/decision", "authorization.k8s.io/reason"];

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let page = include_str!("../../../../docs/reference/tables.md");
    let mut tables: Vec<Table> = Vec::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            tables.push(Table { name: name.to_owned(), columns: Vec::new() });
        }
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, name, kind, path, ..] = cells.as_slice() else { continue };
        let kind = match *kind {
            "timestamp" => Kind::Time,
            "text" => Kind::Text,
            "json" => Kind::Json,
            "int" => Kind::Int,
            "float" => Kind::Float,
            "bool" => Kind::Bool,
            _ => continue,
        };
        let column = Column { name: (*name).to_owned(), kind, path: segments(path) };
        tables.last_mut().unwrap().columns.push(column);
    }
    tables
});

fn segments(path: &str) -> Vec<String> {
    if path.is_empty() {
        return Vec::new();
    }
    match DOTTED.iter().find_map(|key| Some((path.strip_suffix(key)?, key))) {
        Some((head, key)) => head.split('.').filter(|part| !part.is_empty()).chain([*key]).map(str::to_owned).collect(),
        None => path.split('.').map(str::to_owned).collect(),
    }
}

pub fn all() -> &'static [Table] {
    &TABLES
}
