//! Comma-separated values after RFC 4180, made so that no cell runs in a spreadsheet.
//!
//! The form is that of `eksamine … --format csv`: a header, `\n` at the end of a line, null as an empty cell and the
//! empty text as `""`. A text that a spreadsheet might run as a formula gets a `'` before it
//! (<https://owasp.org/www-community/attacks/CSV_Injection>). What is written here is written the same way when a bundle
//! is checked, and compared byte by byte.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};
use jiff::Timestamp;

/// A cell as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    Null,
    /// Typed as a number, so that no text of an attacker can stand in it.
    Number(String),
    Text(Cow<'a, str>),
}

impl Cell<'_> {
    /// The text alone; of null there is none.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Null => None,
            Self::Number(text) => Some(text),
            Self::Text(text) => Some(text),
        }
    }
}

/// The cell of a row of a column.
pub fn cell(array: &dyn Array, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).into()),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).into()),
        DataType::Boolean => Cell::Text(if array.as_boolean().value(row) { "true" } else { "false" }.into()),
        DataType::Int32 => Cell::Number(array.as_primitive::<Int32Type>().value(row).to_string()),
        DataType::Int64 => Cell::Number(array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::UInt64 => Cell::Number(array.as_primitive::<UInt64Type>().value(row).to_string()),
        DataType::Float64 => Cell::Number(format!("{:?}", array.as_primitive::<Float64Type>().value(row))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            // A time past the year 9999 has no text of its own; its count since 1970 is still the value.
            let text = Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string());
            Cell::Text(text.into())
        }
        data_type => {
            let options = FormatOptions::new().with_duration_format(DurationFormat::ISO8601);
            let text = ArrayFormatter::try_new(array, &options)
                .and_then(|formatter| formatter.value(row).try_to_string())
                .unwrap_or_else(|error| format!("<{error}>"));
            if data_type.is_numeric() { Cell::Number(text) } else { Cell::Text(text.into()) }
        }
    }
}

/// The header, as a line.
pub fn header(schema: &SchemaRef) -> String {
    let mut line = String::new();
    for (index, field) in schema.fields().iter().enumerate() {
        write(index, &Cell::Text(field.name().into()), schema.fields().len(), &mut line);
    }
    line.push('\n');
    line
}

/// Appends a row as a line.
pub fn row(batch: &RecordBatch, row: usize, line: &mut String) {
    for (index, column) in batch.columns().iter().enumerate() {
        write(index, &cell(column.as_ref(), row), batch.num_columns(), line);
    }
    line.push('\n');
}

/// Appends a line of these cells.
pub fn line(cells: &[Cell<'_>], out: &mut String) {
    for (index, cell) in cells.iter().enumerate() {
        write(index, cell, cells.len(), out);
    }
    out.push('\n');
}

/// Appends a cell as it stands in a line of so many columns.
pub fn write(index: usize, cell: &Cell<'_>, columns: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    match cell {
        // An empty line would be no row.
        Cell::Null if columns == 1 => out.push_str("\"\""),
        Cell::Null => {}
        Cell::Number(text) => out.push_str(text),
        Cell::Text(text) if starts_like_a_formula(text) => quoted(&format!("'{text}"), out),
        Cell::Text(text) => quoted(text, out),
    }
}

/// Whether a spreadsheet might run the text. Blanks and characters that are no letters or digits of any script are looked
/// through, among them all that can't be seen; and so are the letters that show nothing.
pub fn starts_like_a_formula(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let is_seen = |character: &char| {
        is_sign(*character)
            || character.is_ascii_graphic()
            || (character.is_alphanumeric() && !shows_nothing(*character))
    };
    text.chars().find(is_seen).is_some_and(is_sign)
}

/// Letters by their kind, and blanks to the eye: the fillers of Hangul, the vowels of Khmer that are always silent.
fn shows_nothing(character: char) -> bool {
    matches!(character, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}')
}

fn is_sign(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{2212}')
}

/// The bytes with which a character for whose sake a text is quoted can begin: separators, quotes, control characters.
const MAY_BE_ODD: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        bytes[byte] = true;
        byte += 1;
    }
    bytes[b',' as usize] = true;
    bytes[b';' as usize] = true;
    bytes[b'"' as usize] = true;
    bytes[0x7f] = true;
    // The control characters beyond ASCII, U+0080 to U+009F, begin so in UTF-8.
    bytes[0xc2] = true;
    bytes
};

/// Appends a text as a cell, in quotes where it needs them.
pub fn quoted(text: &str, out: &mut String) {
    let is_odd = |character: char| matches!(character, ',' | ';' | '"') || character.is_control();
    let needs_quotes = text.is_empty()
        || text.starts_with(' ')
        || text.ends_with(' ')
        || (text.bytes().any(|byte| MAY_BE_ODD[usize::from(byte)]) && text.contains(is_odd));
    if !needs_quotes {
        out.push_str(text);
        return;
    }
    out.push('"');
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_runs_in_a_spreadsheet() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u{200b}=1", "＝1", "\r", "−1", "\u{3164}=1", "€ =1"]
        {
            let mut out = String::new();
            write(0, &Cell::Text(text.into()), 2, &mut out);
            assert!(out.trim_start_matches('"').starts_with('\''), "{out}");
        }
    }

    #[test]
    fn every_character_that_needs_quotes_has_them_and_no_other() {
        for character in '\0'..=char::MAX {
            let (text, mut out) = (format!("a{character}b"), String::new());
            quoted(&text, &mut out);
            let is_odd = matches!(character, ',' | ';' | '"') || character.is_control();
            assert_eq!(out != text, is_odd, "{character:?}");
        }
    }

    #[test]
    fn lines_are_as_rfc_4180_has_them() {
        let cells = [Cell::Null, Cell::Text("".into()), Cell::Text("a,\"b\"".into()), Cell::Number("-1".into())];
        let mut out = String::new();
        line(&cells, &mut out);
        assert_eq!(out, ",\"\",\"a,\"\"b\"\"\",-1\n");
    }
}
