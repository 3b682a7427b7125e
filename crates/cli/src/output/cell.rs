//! One cell of a record batch as a value that every text format can print.
//!
//! Responsible for all Arrow types: views, dictionaries, runs, lists, structs, maps and unions are resolved here and
//! nowhere else. Not responsible for any format's escaping.
//!
//! Times are UTC. A timestamp without a zone is read as UTC, because every session of ours runs in UTC.

use std::borrow::Cow;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, UnionArray};
use arrow::datatypes::{
    DataType, Field, Fields, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    RunEndIndexType, Schema, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};
use jiff::Timestamp;

use super::json_text;

/// Our mark on a column of JSON text.
const JSON_MARK: &str = "eksamine.json";
/// Arrow's own mark: <https://arrow.apache.org/docs/format/CanonicalExtensions.html#json>.
const ARROW_EXTENSION_NAME: &str = "ARROW:extension:name";
const ARROW_JSON: &str = "arrow.json";

/// The value of a cell. Nested values are read when they are written.
pub enum Value<'a> {
    Null,
    Boolean(bool),
    /// The text of a finite number, in a form that JSON has too.
    Number(String),
    /// A float that is no number: `NaN`, `inf`, `-inf`.
    NotANumber(&'static str),
    Text(Cow<'a, str>),
    /// Text from a column of JSON. It need not parse.
    Json(&'a str),
    Binary(&'a [u8]),
    List(ArrayRef, IsJson),
    Struct(&'a StructArray, usize),
    /// The entries of a map: a struct array of keys and values.
    Map(StructArray),
}

/// Whether a text column holds JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsJson {
    Yes,
    No,
}

impl IsJson {
    /// Reads the marks on a field.
    pub fn of(field: &Field) -> Self {
        let ours = field.metadata().get(JSON_MARK).is_some_and(|mark| mark == "true");
        let arrows = field.metadata().get(ARROW_EXTENSION_NAME).is_some_and(|name| name == ARROW_JSON);
        if ours || arrows { Self::Yes } else { Self::No }
    }
}

/// The value of a row of an array.
pub fn value(array: &dyn Array, row: usize, is_json: IsJson) -> Value<'_> {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Boolean(array.as_boolean().value(row)),
        DataType::Int8 => Value::number(array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => Value::number(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => Value::number(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => Value::number(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Value::number(array.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => Value::number(array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => Value::number(array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => Value::number(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float16 => single(array.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => single(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::text(array.as_string::<i32>().value(row), is_json),
        DataType::LargeUtf8 => Value::text(array.as_string::<i64>().value(row), is_json),
        DataType::Utf8View => Value::text(array.as_string_view().value(row), is_json),
        DataType::Binary => Value::Binary(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Value::Binary(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Value::Binary(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => Value::Binary(array.as_fixed_size_binary().value(row)),
        DataType::Timestamp(unit, _) => timestamp(array, row, *unit),
        DataType::List(field) => Value::List(array.as_list::<i32>().value(row), IsJson::of(field)),
        DataType::LargeList(field) => Value::List(array.as_list::<i64>().value(row), IsJson::of(field)),
        DataType::FixedSizeList(field, _) => Value::List(array.as_fixed_size_list().value(row), IsJson::of(field)),
        DataType::ListView(field) => Value::List(array.as_list_view::<i32>().value(row), IsJson::of(field)),
        DataType::LargeListView(field) => Value::List(array.as_list_view::<i64>().value(row), IsJson::of(field)),
        DataType::Struct(_) => Value::Struct(array.as_struct(), row),
        DataType::Map(_, _) => Value::Map(array.as_map().value(row)),
        DataType::Dictionary(_, _) => dictionary(array, row, is_json),
        DataType::RunEndEncoded(_, _) => run(array, row, is_json),
        DataType::Union(_, _) => union(array.as_union(), row),
        DataType::Decimal32(_, _)
        | DataType::Decimal64(_, _)
        | DataType::Decimal128(_, _)
        | DataType::Decimal256(_, _) => Value::Number(formatted(array, row)),
        _ => Value::Text(Cow::Owned(formatted(array, row))),
    }
}

impl<'a> Value<'a> {
    fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    fn text(text: &'a str, is_json: IsJson) -> Self {
        match is_json {
            IsJson::Yes => Self::Json(text),
            IsJson::No => Self::Text(Cow::Borrowed(text)),
        }
    }

    /// Whether the cell is typed as a number, so that no text of an attacker can stand in it.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::NotANumber(_))
    }

    /// Appends the value as plain text, without escapes: null as nothing, bytes as hex, nested values as JSON.
    pub fn write_text(&self, out: &mut String) {
        match self {
            Self::Null => {}
            Self::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::NotANumber(name) => out.push_str(name),
            Self::Text(text) => out.push_str(text),
            Self::Json(text) => out.push_str(text),
            Self::Binary(bytes) => write_hex(bytes, out),
            Self::List(..) | Self::Struct(..) | Self::Map(_) => self.write_json(out),
        }
    }

    /// Appends the value as JSON on one line. A float that is no number is null, since JSON has no word for it.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Self::Null | Self::NotANumber(_) => out.push_str("null"),
            Self::Boolean(_) | Self::Number(_) => self.write_text(out),
            Self::Text(text) => json_text::write_string(text, out),
            Self::Json(text) => json_text::write_embedded(text, out),
            Self::Binary(bytes) => {
                out.push('"');
                write_hex(bytes, out);
                out.push('"');
            }
            Self::List(items, is_json) => write_list(items, *is_json, out),
            Self::Struct(array, row) => write_struct(array, *row, out),
            Self::Map(entries) => write_map(entries, out),
        }
    }
}

/// The names of a schema's columns, each made unique by a number: formats with keyed rows would lose the second `name`.
pub fn unique_names(schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut number = 1;
        // A made-up name must meet neither a name given before nor a real one still to come.
        while names.contains(&name) || (number > 1 && schema.fields().iter().any(|other| *other.name() == name)) {
            number += 1;
            name = format!("{}_{number}", field.name());
        }
        names.push(name);
    }
    names
}

/// Whether columns of this type are numbers, to be set to the right.
pub fn is_numeric(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_numeric(values),
        DataType::RunEndEncoded(_, values) => is_numeric(values.data_type()),
        _ => data_type.is_numeric(),
    }
}

/// The JSON marks of a schema's columns.
pub fn json_marks(fields: &Fields) -> Vec<IsJson> {
    fields.iter().map(|field| IsJson::of(field)).collect()
}

fn single(number: f32) -> Value<'static> {
    if number.is_finite() { Value::Number(format!("{number:?}")) } else { double(f64::from(number)) }
}

fn double(number: f64) -> Value<'static> {
    if number.is_finite() {
        return Value::Number(format!("{number:?}"));
    }
    if number.is_nan() {
        return Value::NotANumber("NaN");
    }
    Value::NotANumber(if number.is_sign_positive() { "inf" } else { "-inf" })
}

fn timestamp(array: &dyn Array, row: usize, unit: TimeUnit) -> Value<'_> {
    let (count, instant) = match unit {
        TimeUnit::Second => {
            let seconds = array.as_primitive::<TimestampSecondType>().value(row);
            (seconds, Timestamp::from_second(seconds))
        }
        TimeUnit::Millisecond => {
            let milliseconds = array.as_primitive::<TimestampMillisecondType>().value(row);
            (milliseconds, Timestamp::from_millisecond(milliseconds))
        }
        TimeUnit::Microsecond => {
            let microseconds = array.as_primitive::<TimestampMicrosecondType>().value(row);
            (microseconds, Timestamp::from_microsecond(microseconds))
        }
        TimeUnit::Nanosecond => {
            let nanoseconds = array.as_primitive::<TimestampNanosecondType>().value(row);
            (nanoseconds, Timestamp::from_nanosecond(i128::from(nanoseconds)))
        }
    };
    // A time past the year 9999 has no RFC 3339 text; its count since 1970 is still the value.
    Value::Text(Cow::Owned(instant.map_or_else(|_| count.to_string(), |instant| instant.to_string())))
}

fn dictionary(array: &dyn Array, row: usize, is_json: IsJson) -> Value<'_> {
    let dictionary = array.as_any_dictionary();
    let Value::Number(key) = value(dictionary.keys(), row, IsJson::No) else {
        return Value::Null;
    };
    match key.parse() {
        Ok(key) => value(dictionary.values().as_ref(), key, is_json),
        Err(_) => Value::Null,
    }
}

fn run(array: &dyn Array, row: usize, is_json: IsJson) -> Value<'_> {
    let DataType::RunEndEncoded(run_ends, _) = array.data_type() else {
        return Value::Null;
    };
    match run_ends.data_type() {
        DataType::Int16 => run_of::<Int16Type>(array, row, is_json),
        DataType::Int32 => run_of::<Int32Type>(array, row, is_json),
        _ => run_of::<Int64Type>(array, row, is_json),
    }
}

fn run_of<R: RunEndIndexType>(array: &dyn Array, row: usize, is_json: IsJson) -> Value<'_> {
    let runs = array.as_run::<R>();
    value(runs.values().as_ref(), runs.get_physical_index(row), is_json)
}

fn union(array: &UnionArray, row: usize) -> Value<'_> {
    let type_id = array.type_id(row);
    let DataType::Union(fields, _) = array.data_type() else {
        return Value::Null;
    };
    let is_json = fields.iter().find(|(id, _)| *id == type_id).map_or(IsJson::No, |(_, field)| IsJson::of(field));
    value(array.child(type_id).as_ref(), array.value_offset(row), is_json)
}

/// Arrow's own text, for the types that need nothing of ours: dates, times of day, durations, intervals, decimals.
fn formatted(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::new().with_duration_format(DurationFormat::ISO8601);
    ArrayFormatter::try_new(array, &options)
        .and_then(|formatter| formatter.value(row).try_to_string())
        .unwrap_or_else(|error| format!("<{error}>"))
}

fn write_hex(bytes: &[u8], out: &mut String) {
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
}

fn write_list(items: &ArrayRef, is_json: IsJson, out: &mut String) {
    out.push('[');
    for row in 0..items.len() {
        if row > 0 {
            out.push(',');
        }
        value(items.as_ref(), row, is_json).write_json(out);
    }
    out.push(']');
}

fn write_struct(array: &StructArray, row: usize, out: &mut String) {
    out.push('{');
    for (index, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
        if index > 0 {
            out.push(',');
        }
        json_text::write_string(field.name(), out);
        out.push(':');
        value(column.as_ref(), row, IsJson::of(field)).write_json(out);
    }
    out.push('}');
}

fn write_map(entries: &StructArray, out: &mut String) {
    let [keys, values] = entries.columns() else {
        out.push_str("{}");
        return;
    };
    let is_json = entries.fields().get(1).map_or(IsJson::No, |field| IsJson::of(field));
    out.push('{');
    for row in 0..entries.len() {
        if row > 0 {
            out.push(',');
        }
        let mut key = String::new();
        value(keys.as_ref(), row, IsJson::No).write_text(&mut key);
        json_text::write_string(&key, out);
        out.push(':');
        value(values.as_ref(), row, is_json).write_json(out);
    }
    out.push('}');
}
