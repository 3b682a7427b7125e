//! What lies in the folders of the tables and is no part of the lake. A question reads what the manifest names and never
//! meets it; a program that reads whatever a folder holds does. Links are named and not followed.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Bound;
use std::path::Path;

use super::{Finding, FindingKind};
use crate::commit::is_named_as_part;
use crate::error::{Error, io};
use crate::layout::{DERIVED, STAGING};
use crate::manifest::PartEntry;

/// Files and links in the folders of a lake, but for its parts, in the order of their paths.
pub fn find(root: &Path, parts: &[PartEntry]) -> Result<Vec<Finding>, Error> {
    let live: BTreeSet<&str> = parts.iter().map(|part| part.path.as_str()).collect();
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let place = root.join(&folder);
        for entry in fs::read_dir(&place).map_err(io("read", &place))? {
            let entry = entry.map_err(io("read", &place))?;
            let kind = entry.file_type().map_err(io("read", entry.path()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_top = folder.is_empty();
            if is_top && (kind.is_file() || name == STAGING || name == DERIVED) {
                continue;
            }
            let path = if is_top { name.clone() } else { format!("{folder}/{name}") };
            if kind.is_dir() {
                folders.push(path);
            } else if !live.contains(path.as_str()) && !holds_parts(&live, &path) {
                let detail = if kind.is_file() && is_named_as_part(&name) {
                    "named like a part, and the manifest does not name it: the next ingest removes it"
                } else {
                    "it is there, and the manifest does not name it"
                };
                found.push(Finding { path, kind: FindingKind::Foreign, detail: detail.to_owned() });
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether parts lie below a path: a table's folder may be a link to another disk.
fn holds_parts(live: &BTreeSet<&str>, path: &str) -> bool {
    let below = format!("{path}/");
    let from = (Bound::Included(below.as_str()), Bound::Unbounded);
    live.range::<str, _>(from).next().is_some_and(|first| first.starts_with(&below))
}
