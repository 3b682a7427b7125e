//! `provenance.csv`, `raw/TABLE.ndjson` and `secrets.csv`: what is written of each row beside the row itself. When a
//! bundle is checked, the same lines are made again from the row and compared.

use std::io::Write;

use sha2::{Digest, Sha256};

use super::csv::{self, Cell};
use super::objects::{self, Known};
use super::secrets::Secret;
use super::tables::Records;
use crate::digest::hex;

pub const NAME: &str = "provenance.csv";
pub const SECRETS: &str = "secrets.csv";

const COLUMNS: [&str; 10] = [
    "table",
    "row",
    "event_id",
    "source_uri",
    "version",
    "etag",
    "source_sha256",
    "source_record",
    "digest",
    "raw_sha256",
];

const SECRET_COLUMNS: [&str; 7] = ["table", "row", "place", "kind", "bytes", "sha256", "redacted"];

/// Whether secrets were taken out, as a word in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Out,
    Kept,
}

pub fn header() -> String {
    header_of(&COLUMNS)
}

pub fn secrets_header() -> String {
    header_of(&SECRET_COLUMNS)
}

fn header_of(columns: &[&str]) -> String {
    let mut line = String::new();
    csv::line(&columns.iter().map(|name| Cell::Text((*name).into())).collect::<Vec<_>>(), &mut line);
    line
}

/// The record's hash as it stands in the archive.
pub fn raw_sha256(raw: &str) -> String {
    hex(&Sha256::digest(raw))
}

/// Appends the line of a row, all but the hash of its record, which ends it. `number` counts from 1.
pub fn begin_line(
    table: &str,
    number: u64,
    records: &Records<'_>,
    row: usize,
    object: Option<&Known>,
    out: &mut String,
) {
    let unknown = Known::default();
    let object = object.unwrap_or(&unknown);
    let id = records.id(row);
    let number = number.to_string();
    out.push_str(table);
    out.push(',');
    out.push_str(&number);
    csv::write(1, &id.map_or(Cell::Null, |id| Cell::Text(id.into())), 2, out);
    csv::write(1, &Cell::Text(records.uri(row).into()), 2, out);
    // The cells of an object are taken as they stand in the list of objects.
    for cell in [&object.version, &object.etag, &objects::cell(records.sha256(row))] {
        out.push(',');
        out.push_str(cell);
    }
    out.push(',');
    out.push_str(&records.record(row).to_string());
    out.push(',');
    out.push_str(&object.digest);
    out.push(',');
}

/// The column that the byte of a line belongs to.
pub fn column_at(line: &str, byte: usize) -> &'static str {
    let before = line.as_bytes().get(..byte).map_or(line, |_| line.get(..byte).unwrap_or(line));
    let column = objects::cells(before).len().saturating_sub(1);
    COLUMNS.get(column).or(COLUMNS.last()).copied().unwrap_or_default()
}

/// Appends the line of a secret without table and row, which stand before it.
pub fn secret_line(secret: &Secret, taken: Taken, out: &mut String) {
    let taken = match taken {
        Taken::Out => "yes",
        Taken::Kept => "no",
    };
    let cells = [
        Cell::Text((&*secret.place).into()),
        Cell::Text(secret.kind.word().into()),
        Cell::Number(secret.span.len().to_string()),
        Cell::Text((&*secret.sha256).into()),
        Cell::Text(taken.into()),
    ];
    csv::line(&cells, out);
}

/// Appends the record as a line of JSON.
pub fn raw_line(records: &Records<'_>, row: usize, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"source_uri\":");
    serde_json::to_writer(&mut *out, records.uri(row))?;
    out.extend_from_slice(b",\"source_sha256\":");
    serde_json::to_writer(&mut *out, records.sha256(row))?;
    // Writing into memory can't fail.
    let _ = write!(out, ",\"source_record\":{},\"raw\":", records.record(row));
    serde_json::to_writer(&mut *out, records.raw(row))?;
    out.extend_from_slice(b"}\n");
    Ok(())
}
