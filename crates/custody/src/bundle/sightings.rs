//! `sightings.csv`: the further places of the archive where the record of a row lies, byte for byte, with what the lake
//! knows of the object there. An event that two trails delivered is one row; here is the other delivery.
//!
//! When a bundle is checked, each line has to be of a row of the bundle, and to name another place than that of the row.
//! Whether the object there holds the record is not checked: these objects are not included.

use super::csv::{self, Cell};
use super::objects::{ObjectFacts, cells};

pub const NAME: &str = "sightings.csv";

const COLUMNS: [&str; 11] = [
    "table",
    "event_id",
    "row_source_uri",
    "row_source_sha256",
    "row_source_record",
    "source_uri",
    "source_sha256",
    "source_record",
    "version",
    "etag",
    "digest",
];

/// Columns that say which row a line is of.
const OF_ROW: usize = 5;

/// A further place of the record of a row.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Name of the row's table.
    pub table: &'a str,
    /// The event's id, its parts joined by a space.
    pub event_id: Option<&'a str>,
    /// Where the row was read from.
    pub row_uri: &'a str,
    pub row_sha256: &'a str,
    pub row_record: i64,
    /// The object that carries the record too, and the record's position in it.
    pub object: &'a ObjectFacts,
    pub record: i64,
}

pub fn header() -> String {
    let mut line = String::new();
    csv::line(&COLUMNS.map(|name| Cell::Text(name.into())), &mut line);
    line
}

/// The line of a sighting.
pub fn line(sighting: &Sighting<'_>) -> String {
    let text = |value: Option<&'_ str>| value.map_or(Cell::Null, |value| Cell::Text(value.to_owned().into()));
    let object = sighting.object;
    let mut line =
        of_row(sighting.table, sighting.event_id, sighting.row_uri, sighting.row_sha256, sighting.row_record);
    line.push(',');
    csv::line(
        &[
            text(Some(&object.uri)),
            text(Some(&object.sha256)),
            Cell::Number(sighting.record.to_string()),
            text(object.version.as_deref()),
            text(object.etag.as_deref()),
            text(object.digest.as_deref()),
        ],
        &mut line,
    );
    line
}

/// The part of a line that says which row it is of.
pub fn of_row(table: &str, event_id: Option<&str>, uri: &str, sha256: &str, record: i64) -> String {
    let text = |value: &str| Cell::Text(value.to_owned().into());
    let mut line = String::new();
    let row =
        [text(table), event_id.map_or(Cell::Null, text), text(uri), text(sha256), Cell::Number(record.to_string())];
    csv::line(&row, &mut line);
    line.pop();
    line
}

/// Why a line is none, or the part of it that says which row it is of.
pub fn row_of(line: &str) -> Result<&str, &'static str> {
    let cells = cells(line);
    if cells.len() != COLUMNS.len() {
        return Err("is no line of such a list");
    }
    let (row, place) = (cells.get(2..OF_ROW), cells.get(OF_ROW..OF_ROW + 3));
    if row == place {
        return Err("names the place of the row itself");
    }
    let length: usize = cells.iter().take(OF_ROW).map(|cell| cell.len() + 1).sum();
    Ok(line.get(..length - 1).unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_which_row_it_is_of() {
        let object =
            ObjectFacts { uri: "s3://b/a,\"b\"".to_owned(), sha256: "00".to_owned(), ..ObjectFacts::default() };
        let (event_id, row_uri) = (Some("=1,\n2"), "s3://b/\"x\",y");
        let sighting = Sighting {
            table: "cloudtrail",
            event_id,
            row_uri,
            row_sha256: "01",
            row_record: 7,
            object: &object,
            record: 3,
        };
        let line = line(&sighting);
        let own = row_of(line.trim_end_matches('\n')).unwrap();
        assert_eq!(own, of_row("cloudtrail", event_id, row_uri, "01", 7));
        let same = ObjectFacts { uri: row_uri.to_owned(), sha256: "01".to_owned(), ..ObjectFacts::default() };
        let own_place = super::line(&Sighting { object: &same, record: 7, ..sighting });
        assert_eq!(row_of(own_place.trim_end_matches('\n')), Err("names the place of the row itself"));
        assert_eq!(row_of("a,b"), Err("is no line of such a list"));
    }
}
