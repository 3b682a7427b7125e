//! What differs in a file whose hash is wrong, and that other files of the bundle lead from: a table's Parquet file by its
//! CSV, the list of objects by the provenance of the rows.
//!
//! Responsible for saying it to the row and the cell, and for nothing else: what is read here is believed nowhere. The
//! file that it is compared with is as the manifest lists it. Rows that were taken out or put in are told as such as long
//! as not more than some in a row were.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use eksamine_sources::Table;

use super::super::{csv, objects, provenance, tables};
use super::{Bundle, CheckReport, FindingKind, shown};

/// Differences of one file that are told one by one.
const MOST_TOLD: usize = 50;
/// How many rows are looked ahead for the next that both files have.
const LOOK_AHEAD: usize = 32;
/// Longest line that is read.
const MOST_LINE_BYTES: u64 = 64 << 20;

/// Differences, the first of them in words.
#[derive(Default)]
struct Told {
    details: Vec<String>,
    more: u64,
}

impl Told {
    fn add(&mut self, detail: impl FnOnce() -> String) {
        if self.details.len() < MOST_TOLD {
            self.details.push(detail());
        } else {
            self.more += 1;
        }
    }

    fn into_report(mut self, path: &str, none: &str, report: &mut CheckReport) {
        if self.details.is_empty() {
            self.details.push(none.to_owned());
        }
        if self.more > 0 {
            self.details.push(format!("it differs in {} more places", self.more));
        }
        for detail in self.details {
            report.find(path, FindingKind::Disagrees, &detail);
        }
    }
}

/// Says what differs in a table's Parquet file, if it has changed and its CSV has not.
pub fn of_table(bundle: &Bundle<'_>, table: &Table, report: &mut CheckReport) {
    let (path, other) = (format!("rows/{}.parquet", table.name), format!("rows/{}.csv", table.name));
    if bundle.is_intact(&path) || bundle.suspect(&path).is_none() || !bundle.is_intact(&other) {
        return;
    }
    let mut told = Told::default();
    // A library that reads Parquet may panic on bytes that were made to make it do so.
    match catch_unwind(AssertUnwindSafe(|| compare(bundle, &path, &other, &mut told))) {
        Ok(Some(())) => {
            let none = format!("its rows are those of {other}: only its form is another");
            told.into_report(&path, &none, report);
        }
        _ => report.find(&path, FindingKind::Unreadable, "it can't be read as Parquet, and what differs can't be told"),
    }
}

fn compare(bundle: &Bundle<'_>, path: &str, other: &str, told: &mut Told) -> Option<()> {
    let reader = tables::reader(bundle.suspect(path)?.clone()).ok()?;
    let mut expected = Lines::open(bundle, other)?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    if expected.next() != Some(csv::header(&schema).trim_end_matches('\n').to_owned()) {
        told.add(|| format!("its columns are not those of {other}"));
        return Some(());
    }
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut is_whole = true;
    let mut found = reader.map_while(|batch| batch.inspect_err(|_| is_whole = false).ok()).flat_map(|batch| {
        let line = |row: usize| {
            let mut line = String::new();
            csv::row(&batch, row, &mut line);
            line.pop();
            line
        };
        (0..batch.num_rows()).map(line).collect::<Vec<_>>()
    });
    align(&mut found, &mut expected, &names, other, told);
    drop(found);
    is_whole.then_some(())
}

/// Walks through two lists of lines side by side.
fn align(
    found: &mut dyn Iterator<Item = String>,
    expected: &mut dyn Iterator<Item = String>,
    names: &[String],
    other: &str,
    told: &mut Told,
) {
    let (mut own, mut theirs): (VecDeque<String>, VecDeque<String>) = Default::default();
    // Counted from 1: the row that is looked at, in the file and in the other.
    let (mut row, mut number) = (1_u64, 1_u64);
    loop {
        own.extend(own.is_empty().then(|| found.next()).flatten());
        theirs.extend(theirs.is_empty().then(|| expected.next()).flatten());
        if own.is_empty() && theirs.is_empty() {
            return;
        }
        if own.front() != theirs.front() {
            own.extend((&mut *found).take(LOOK_AHEAD.saturating_sub(own.len())));
            theirs.extend((&mut *expected).take(LOOK_AHEAD.saturating_sub(theirs.len())));
            let missing = own.front().map_or(theirs.len(), |line| place(line, &theirs));
            let added = theirs.front().map_or(own.len(), |line| place(line, &own));
            for _ in 0..missing {
                told.add(|| format!("row {number} of {other} is not in it"));
                theirs.pop_front();
                number += 1;
            }
            for _ in 0..(if missing == 0 { added } else { 0 }) {
                told.add(|| format!("row {row} is not in {other}"));
                own.pop_front();
                row += 1;
            }
            if missing + added > 0 {
                continue;
            }
        }
        if let (Some(line), Some(expected)) = (own.pop_front(), theirs.pop_front()) {
            cells(&line, &expected, names, row, other, told);
        }
        row += 1;
        number += 1;
    }
}

/// How many lines stand before this one; none if it is not among them.
fn place(line: &str, among: &VecDeque<String>) -> usize {
    among.iter().position(|other| other == line).unwrap_or(0)
}

/// Says in which cells a row differs.
fn cells(line: &str, expected: &str, names: &[String], row: u64, other: &str, told: &mut Told) {
    if line == expected {
        return;
    }
    let (own, theirs) = (objects::cells(line), objects::cells(expected));
    for ((name, cell), expected) in names.iter().zip(&own).zip(&theirs) {
        if cell != expected {
            told.add(|| {
                let (cell, expected) = (shown(Some(cell)), shown(Some(expected)));
                format!("row {row}: `{name}` is {cell}, and {other} has {expected}")
            });
        }
    }
}

/// Says what differs in the list of objects, if it has changed and the provenance of the rows has not.
pub fn of_objects(bundle: &Bundle<'_>, report: &mut CheckReport) {
    let path = objects::NAME;
    if bundle.is_intact(path) || bundle.suspect(path).is_none() || !bundle.is_intact(provenance::NAME) {
        return;
    }
    let mut told = Told::default();
    let none = "it differs in something that no other file says: a size, a path, or the order of its lines";
    match compare_objects(bundle, &mut told) {
        Some(()) => told.into_report(path, none, report),
        None => report.find(path, FindingKind::Unreadable, "it can't be read as such a list"),
    }
}

/// What the lines of rows say of an object, as it stands there.
#[derive(PartialEq, Eq)]
struct Said {
    version: String,
    etag: String,
    digest: String,
    /// The first row of it.
    row: String,
    is_listed: bool,
}

fn compare_objects(bundle: &Bundle<'_>, told: &mut Told) -> Option<()> {
    let mut said: BTreeMap<(String, String), Said> = BTreeMap::new();
    for line in Lines::open(bundle, provenance::NAME)?.skip(1) {
        let cells = objects::cells(&line);
        let [table, row, _, uri, version, etag, sha256, _, digest, _] = cells.as_slice() else { return None };
        said.entry(((*uri).to_owned(), (*sha256).to_owned())).or_insert_with(|| Said {
            version: (*version).to_owned(),
            etag: (*etag).to_owned(),
            digest: (*digest).to_owned(),
            row: format!("row {row} of `{table}`"),
            is_listed: false,
        });
    }
    let mut lines = Lines::open(bundle, objects::NAME)?;
    if lines.next().is_none_or(|header| format!("{header}\n") != objects::header()) {
        told.add(|| "it has another header".to_owned());
    }
    for (number, line) in (2..).zip(lines) {
        let cells = objects::cells(&line);
        let [uri, sha256, version, etag, _, digest, _] = cells.as_slice() else {
            told.add(|| format!("line {number} is no line of such a list"));
            continue;
        };
        let Some(object) = said.get_mut(&((*uri).to_owned(), (*sha256).to_owned())) else {
            told.add(|| {
                format!("line {number}: no row is of {} with the hash {}", shown(Some(uri)), shown(Some(sha256)))
            });
            continue;
        };
        object.is_listed = true;
        for (name, cell, other) in
            [("version", version, &object.version), ("etag", etag, &object.etag), ("digest", digest, &object.digest)]
        {
            if cell != other {
                let (cell, other) = (shown(Some(cell)), shown(Some(other)));
                told.add(|| format!("line {number}: `{name}` is {cell}, and {} has {other}", provenance::NAME));
            }
        }
    }
    for ((uri, _), object) in said.iter().filter(|(_, object)| !object.is_listed) {
        told.add(|| format!("the object {} is not listed, and {} is of it", shown(Some(uri)), object.row));
    }
    Some(())
}

/// The lines of a CSV file, without their ends; a break within quotes ends none.
pub struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
}

impl Lines {
    /// None if the file is not there.
    pub fn open(bundle: &Bundle<'_>, path: &str) -> Option<Self> {
        let content = bundle.suspect(path)?.content().ok()?;
        // A file that changed may have grown; of that much nothing can be told that is of use.
        let most = bundle.manifest.file(path)?.bytes.saturating_mul(2).saturating_add(1 << 16);
        Some(Self { reader: BufReader::with_capacity(1 << 16, Box::new(content.take(most))) })
    }
}

impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (mut line, mut is_open) = (Vec::new(), false);
        loop {
            let known = line.len();
            let read = self.reader.by_ref().take(MOST_LINE_BYTES).read_until(b'\n', &mut line).ok()?;
            is_open ^= line.iter().skip(known).filter(|byte| **byte == b'"').count() % 2 == 1;
            if read == 0 || !is_open || line.len() as u64 > MOST_LINE_BYTES {
                break;
            }
        }
        if line.is_empty() {
            return None;
        }
        if line.ends_with(b"\n") {
            line.pop();
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(found: &[&str], expected: &[&str]) -> Vec<String> {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>().into_iter();
        let mut told = Told::default();
        let names = ["a".to_owned(), "b".to_owned()];
        align(&mut owned(found), &mut owned(expected), &names, "x.csv", &mut told);
        told.details
    }

    #[test]
    fn rows_that_were_changed_taken_out_or_put_in_are_told_apart() {
        let sound = ["1,a", "2,b", "3,c", "4,\"d,\"\"e\""];
        assert_eq!(told(&sound, &sound), [""; 0]);
        assert_eq!(told(&["1,a", "2,x", "3,c", sound[3]], &sound), ["row 2: `b` is `x`, and x.csv has `b`"]);
        let both = ["row 1: `a` is `9`, and x.csv has `1`", "row 1: `b` is `\"\"`, and x.csv has `a`"];
        assert_eq!(told(&["9,\"\"", "2,b", "3,c", sound[3]], &sound), both);
        let gone = ["row 2 of x.csv is not in it", "row 3 of x.csv is not in it"];
        assert_eq!(told(&["1,a", sound[3]], &sound), gone);
        assert_eq!(told(&["1,a", "2,b", "3,c"], &sound), ["row 4 of x.csv is not in it"]);
        assert_eq!(told(&["0,z", "1,a", "2,b", "3,c", sound[3]], &sound), ["row 1 is not in x.csv"]);
        let longer = [&sound[..], &["5,f", "6,g"]].concat();
        assert_eq!(told(&longer, &sound), ["row 5 is not in x.csv", "row 6 is not in x.csv"]);
        assert_eq!(told(&[], &["1,a"]), ["row 1 of x.csv is not in it"]);
    }

    #[test]
    fn of_very_many_differences_the_rest_is_counted() {
        let rows: Vec<String> = (0..200).map(|row| format!("{row},a")).collect();
        let others: Vec<String> = (0..200).map(|row| format!("{row},b")).collect();
        let mut all = Told::default();
        let names = ["a".to_owned(), "b".to_owned()];
        align(&mut rows.into_iter(), &mut others.into_iter(), &names, "x.csv", &mut all);
        assert_eq!((all.details.len(), all.more), (MOST_TOLD, 150));
    }
}
