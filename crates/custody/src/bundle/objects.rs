//! `objects.csv`: the source objects that the rows of a bundle were read from.
//!
//! The line of an object is made from what the lake knows of it. When a bundle is checked, its cells are looked up as
//! they stand there, so nothing has to be taken back that the spreadsheet form changed.

use std::collections::{BTreeSet, HashMap};

use super::csv::{self, Cell};

pub const NAME: &str = "objects.csv";

/// What the lake knows of a source object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectFacts {
    pub uri: String,
    /// Hex SHA-256 of its bytes as fetched.
    pub sha256: String,
    /// Version id, where the bucket keeps versions.
    pub version: Option<String>,
    pub etag: Option<String>,
    pub size_bytes: u64,
    /// The verdict of CloudTrail's digests about it; none if it was not asked for.
    pub digest: Option<String>,
}

const COLUMNS: [&str; 7] = ["source_uri", "source_sha256", "version", "etag", "size_bytes", "digest", "path"];

/// The path of an object in a bundle. Hashes alone become names, never keys.
pub fn path(sha256: &str) -> Option<String> {
    is_hash(sha256).then(|| format!("objects/{sha256}"))
}

pub fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

pub fn header() -> String {
    let mut line = String::new();
    csv::line(&COLUMNS.map(|name| Cell::Text(name.into())), &mut line);
    line
}

/// The line of an object. `path` is where it lies in the bundle, if it does.
pub fn line(object: &ObjectFacts, path: Option<&str>) -> String {
    let mut line = String::new();
    let cells = [
        text(Some(&object.uri)),
        text(Some(&object.sha256)),
        text(object.version.as_deref()),
        text(object.etag.as_deref()),
        Cell::Number(object.size_bytes.to_string()),
        text(object.digest.as_deref()),
        text(path),
    ];
    csv::line(&cells, &mut line);
    line
}

fn text(value: Option<&str>) -> Cell<'_> {
    value.map_or(Cell::Null, |value| Cell::Text(value.into()))
}

/// Cells of objects as they stand in a line: those that the line of a row repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub version: String,
    pub etag: String,
    pub digest: String,
    /// Position of the object in the list.
    pub number: u32,
    pub is_included: bool,
}

/// The objects by the cells of their URI and hash.
#[derive(Default)]
pub struct KnownObjects {
    by_place: HashMap<(String, String), Known>,
    /// Paths of the objects that are included.
    included: BTreeSet<String>,
    included_objects: u64,
}

impl KnownObjects {
    /// Reads the list as it was written.
    ///
    /// # Errors
    /// The number of the line that is no line of the list.
    pub fn read(list: &str) -> Result<Self, usize> {
        let mut known = Self::default();
        let mut lines = Cells { rest: list };
        if lines.line().is_none_or(|cells| cells != COLUMNS) {
            return Err(1);
        }
        let mut number = 0;
        while !lines.rest.is_empty() {
            let cells = lines.line().ok_or(number as usize + 2)?;
            let [uri, sha256, version, etag, _, digest, path] = cells.as_slice() else {
                return Err(number as usize + 2);
            };
            let facts = Known {
                version: (*version).to_owned(),
                etag: (*etag).to_owned(),
                digest: (*digest).to_owned(),
                number,
                is_included: !path.is_empty(),
            };
            if !path.is_empty() {
                known.included.insert((*path).to_owned());
                known.included_objects += 1;
            }
            known.by_place.insert(((*uri).to_owned(), (*sha256).to_owned()), facts);
            number += 1;
        }
        Ok(known)
    }

    /// What is known of an object.
    pub fn get(&self, uri: &str, sha256: &str) -> Option<&Known> {
        self.by_place.get(&(cell(uri), cell(sha256)))
    }

    pub fn included(&self) -> &BTreeSet<String> {
        &self.included
    }

    /// Objects of the list that are included. Those of the same bytes share a path.
    pub fn included_objects(&self) -> u64 {
        self.included_objects
    }

    pub fn len(&self) -> usize {
        self.by_place.len()
    }
}

/// A text as it stands in a line.
pub fn cell(value: &str) -> String {
    let mut out = String::new();
    csv::write(0, &Cell::Text(value.into()), 2, &mut out);
    out
}

/// The cells of a line, as they stand.
pub fn cells(line: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let split = |character: char| {
        is_quoted ^= character == '"';
        !is_quoted && character == ','
    };
    line.split(split).collect()
}

/// Cells as they stand, with their quotes.
struct Cells<'a> {
    rest: &'a str,
}

impl<'a> Cells<'a> {
    fn line(&mut self) -> Option<Vec<&'a str>> {
        let mut cells = Vec::new();
        loop {
            let mut is_quoted = false;
            let end = self.rest.bytes().position(|byte| {
                is_quoted ^= byte == b'"';
                !is_quoted && matches!(byte, b',' | b'\n')
            })?;
            let (cell, rest) = self.rest.split_at_checked(end)?;
            cells.push(cell);
            let is_last = rest.starts_with('\n');
            self.rest = rest.get(1..)?;
            if is_last {
                return Some(cells);
            }
        }
    }
}
