//! Every format on rows that a log can hold: nulls, hostile texts, all shapes of values, no rows, many batches.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int64Array, ListArray,
    MapBuilder, NullArray, RecordBatch, RunArray, StringArray, StringBuilder, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UnionFields};
use clap::ValueEnum;
use serde_json::Value as Json;

use super::*;

mod hostile;
mod readers;
mod shapes;
mod tables;
mod timelines;

/// The formats that hold any rows.
fn of_any_rows() -> impl Iterator<Item = &'static FormatEntry> {
    FORMATS.iter().filter(|entry| !matches!(entry.format, Format::Timesketch | Format::Html))
}

/// A destination whose bytes can be looked at afterwards.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// What hangs on a terminal's edge, a spreadsheet, a page or a line.
const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "=cmd|'/C calc'!A0",
    "  \u{feff}=1+1",
    "＝1+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "a|b\\|c",
    "<script>alert(1)</script>&amp;",
    "one\r\ntwo\nthree",
    "x\u{202e}gpj.exe\u{2066}",
    "quote \" comma , and 'single'",
    "![i](https://attacker.example/x.png) `code` *b* ~s~ $m$ @user www.attacker.example",
    "\u{9b}31m\u{7f}\u{2028}zero\u{200b}width",
    "",
    " padded ",
];

fn print_with(options: Options, format: Format, schema: &SchemaRef, batches: &[RecordBatch]) -> (Vec<u8>, Summary) {
    let kept = Kept::default();
    let mut rows = writer(format, Arc::clone(schema), Box::new(kept.clone()), options).unwrap();
    for batch in batches {
        rows.batch(batch).unwrap();
    }
    let summary = rows.finish().unwrap();
    let bytes = kept.0.lock().unwrap().clone();
    (bytes, summary)
}

fn print_bytes(format: Format, schema: &SchemaRef, batches: &[RecordBatch]) -> Vec<u8> {
    print_with(Options::default(), format, schema, batches).0
}

fn print(format: Format, batch: &RecordBatch) -> String {
    String::from_utf8(print_bytes(format, &batch.schema(), std::slice::from_ref(batch))).unwrap()
}

fn print_on_terminal(format: Format, width_columns: u16, batch: &RecordBatch) -> (String, Summary) {
    let destination = Destination::Terminal { width_columns, colour: false };
    let options = Options { destination, ..Options::default() };
    let (bytes, summary) = print_with(options, format, &batch.schema(), std::slice::from_ref(batch));
    (String::from_utf8(bytes).unwrap(), summary)
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// A small result with times, texts, numbers and nulls.
fn sample() -> RecordBatch {
    let times = TimestampMicrosecondArray::from(vec![Some(1_715_695_331_000_000), Some(1_715_695_331_123_400), None])
        .with_timezone("UTC");
    batch(vec![
        ("event_time", Arc::new(times)),
        ("event_name", Arc::new(StringViewArray::from(vec![Some("DeleteCluster"), None, Some("GetObject")]))),
        ("count", Arc::new(Int64Array::from(vec![Some(-5), Some(i64::MAX), None]))),
    ])
}

/// A union as the JSON operator `->` returns it.
fn json_union() -> UnionArray {
    let json = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
    let json_field = |name: &str| Field::new(name, DataType::Utf8, false).with_metadata(json.clone().into());
    let fields: UnionFields = [
        (0, Arc::new(Field::new("null", DataType::Null, true))),
        (1, Arc::new(Field::new("bool", DataType::Boolean, false))),
        (2, Arc::new(Field::new("int", DataType::Int64, false))),
        (3, Arc::new(Field::new("float", DataType::Float64, false))),
        (4, Arc::new(Field::new("str", DataType::Utf8, false))),
        (5, Arc::new(json_field("array"))),
        (6, Arc::new(json_field("object"))),
    ]
    .into_iter()
    .collect();
    let text_at = |row: usize, text: &str| {
        let values: Vec<Option<&str>> = (0..7).map(|index| (index == row).then_some(text)).collect();
        Arc::new(StringArray::from(values)) as ArrayRef
    };
    let children: Vec<ArrayRef> = vec![
        Arc::new(NullArray::new(7)),
        Arc::new(BooleanArray::from(vec![None, Some(true), None, None, None, None, None])),
        Arc::new(Int64Array::from(vec![None, None, Some(-7), None, None, None, None])),
        Arc::new(Float64Array::from(vec![None, None, None, Some(0.5), None, None, None])),
        text_at(4, "=a\"b"),
        text_at(5, "[1, {\"a\": 2}]"),
        text_at(6, "{\"k\": \"v\"}"),
    ];
    UnionArray::try_new(fields, ScalarBuffer::from(vec![0_i8, 1, 2, 3, 4, 5, 6]), None, children).unwrap()
}

#[test]
fn the_list_of_formats_is_the_command_lines() {
    assert_eq!(FORMATS.len(), Format::value_variants().len());
    for format in Format::value_variants() {
        let value = format.to_possible_value().unwrap();
        assert_eq!(format.entry().format, *format);
        assert_eq!(value.get_name(), format.entry().name);
        assert_eq!(value.get_help().unwrap().to_string(), format.entry().about);
        assert_eq!(Format::from_name(&format.entry().name.to_uppercase()), Some(*format));
    }
    assert_eq!(Format::from_name("xml"), None);
}

#[test]
fn summaries_count_in_words() {
    let line = |rows| Summary { rows, notices: Vec::new() }.line();
    assert_eq!([line(0), line(1), line(12)], ["(0 rows)", "(1 row)", "(12 rows)"]);
}

#[test]
fn a_closed_pipe_is_told_by_its_kind() {
    let sample = sample();
    for entry in of_any_rows() {
        let opened = writer(entry.format, sample.schema(), Box::new(Closed), Options::default());
        let result = opened.and_then(|mut rows| {
            rows.batch(&sample)?;
            rows.finish()
        });
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{}", entry.name);
    }
}

#[test]
fn parquet_does_not_go_to_a_terminal() {
    let destination = Destination::Terminal { width_columns: 80, colour: false };
    let options = Options { destination, ..Options::default() };
    let refused = writer(Format::Parquet, sample().schema(), Box::new(Kept::default()), options);
    assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::InvalidInput);
}
