//! Values of every shape, in every format.

use arrow::array::{
    BinaryViewArray, Date32Array, Decimal128Array, DurationSecondArray, FixedSizeBinaryArray, Float32Array,
    IntervalMonthDayNanoArray, LargeListArray, LargeStringArray, TimestampSecondArray,
};
use arrow::datatypes::{IntervalMonthDayNano, UInt16Type};

use super::*;

/// The cell of the only column and row, as JSON and as text.
fn cell(array: impl Array + 'static) -> (String, String) {
    let array = Arc::new(array) as ArrayRef;
    let batch = batch(vec![("v", array.slice(array.len() - 1, 1))]);
    let json = print(Format::Ndjson, &batch);
    let json = json.trim_end().strip_prefix("{\"v\":").unwrap().strip_suffix('}').unwrap().to_owned();
    serde_json::from_str::<Json>(&json).unwrap();
    let table = print(Format::Table, &batch);
    let text = table.lines().nth(3).unwrap().trim_matches('│').trim().to_owned();
    // The other formats must take the type too.
    for format in [Format::Csv, Format::Markdown, Format::Parquet] {
        assert!(!print_bytes(format, &batch.schema(), std::slice::from_ref(&batch)).is_empty());
    }
    (json, text)
}

fn both(json: &str, text: &str) -> (String, String) {
    (json.to_owned(), text.to_owned())
}

#[test]
fn plain_values() {
    assert_eq!(cell(UInt64Array::from(vec![u64::MAX])), both("18446744073709551615", "18446744073709551615"));
    assert_eq!(cell(BooleanArray::from(vec![false])), both("false", "false"));
    assert_eq!(cell(Float64Array::from(vec![1.0])), both("1.0", "1.0"));
    assert_eq!(cell(Float64Array::from(vec![1e300])), both("1e300", "1e300"));
    assert_eq!(cell(Float64Array::from(vec![f64::NAN])), both("null", "NaN"));
    assert_eq!(cell(Float32Array::from(vec![0.1])), both("0.1", "0.1"));
    assert_eq!(cell(LargeStringArray::from(vec!["é"])), both("\"é\"", "é"));
    assert_eq!(cell(NullArray::new(1)), both("null", ""));
    let decimal = Decimal128Array::from(vec![-12_345]).with_precision_and_scale(10, 2).unwrap();
    assert_eq!(cell(decimal), both("-123.45", "-123.45"));
    assert_eq!(cell(Date32Array::from(vec![19_857])), both("\"2024-05-14\"", "2024-05-14"));
    assert_eq!(cell(DurationSecondArray::from(vec![90])), both("\"PT90S\"", "PT90S"));
    let (json, text) = cell(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(0, 2, 0)]));
    assert_eq!((json, text.as_str()), (format!("\"{text}\""), "2 days"));
}

#[test]
fn binary_is_hex() {
    let bytes: &[u8] = &[0x00, 0xff, 0x1b];
    assert_eq!(cell(BinaryArray::from(vec![bytes])), both("\"00ff1b\"", "00ff1b"));
    assert_eq!(cell(BinaryViewArray::from(vec![bytes])), both("\"00ff1b\"", "00ff1b"));
    let fixed = FixedSizeBinaryArray::try_from_iter([bytes].into_iter()).unwrap();
    assert_eq!(cell(fixed), both("\"00ff1b\"", "00ff1b"));
}

#[test]
fn times_are_utc_with_a_fraction_only_if_there_is_one() {
    let time = |array: TimestampNanosecondArray| cell(array).1;
    assert_eq!(time(TimestampNanosecondArray::from(vec![0])), "1970-01-01T00:00:00Z");
    assert_eq!(time(TimestampNanosecondArray::from(vec![1])), "1970-01-01T00:00:00.000000001Z");
    // The zone of the type is how a time is shown elsewhere; the instant is the same.
    let elsewhere = TimestampNanosecondArray::from(vec![500_000_000]).with_timezone("+02:00");
    assert_eq!(time(elsewhere), "1970-01-01T00:00:00.5Z");
    assert_eq!(cell(TimestampSecondArray::from(vec![-1])).1, "1969-12-31T23:59:59Z");
    assert_eq!(cell(TimestampSecondArray::from(vec![i64::MAX])).1, i64::MAX.to_string());
}

#[test]
fn nested_values_are_json() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None, Some(3)])]);
    assert_eq!(cell(list), both("[1,null,3]", "[1,null,3]"));
    let empty = LargeListArray::from_iter_primitive::<Int64Type, _, _>([Some(Vec::<Option<i64>>::new())]);
    assert_eq!(cell(empty), both("[]", "[]"));
    let null = ListArray::from_iter_primitive::<Int64Type, _, _>([None::<Vec<Option<i64>>>]);
    assert_eq!(cell(null), both("null", ""));

    let object = StructArray::from(vec![
        (Arc::new(Field::new("name", DataType::Utf8, true)), texts(&["a\u{1b}"])),
        (Arc::new(Field::new("none", DataType::Int64, true)), Arc::new(Int64Array::from(vec![None])) as ArrayRef),
    ]);
    assert_eq!(cell(object).0, "{\"name\":\"a\\u001b\",\"none\":null}");

    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    assert_eq!(cell(map.finish()), both("{\"k\":\"v\"}", "{\"k\":\"v\"}"));
}

#[test]
fn encoded_columns_show_their_values() {
    let dictionary: DictionaryArray<Int32Type> = vec![Some("b"), Some("a")].into_iter().collect();
    assert_eq!(cell(dictionary), both("\"a\"", "a"));
    let null: DictionaryArray<UInt16Type> = vec![Some("b"), None].into_iter().collect();
    assert_eq!(cell(null), both("null", ""));
    let runs: RunArray<Int32Type> = vec![Some("b"), Some("b"), Some("a")].into_iter().collect();
    assert_eq!(cell(runs), both("\"a\"", "a"));
}

#[test]
fn json_columns_are_embedded() {
    let column = StringArray::from(vec![Some("{\"a\": [1, null]}"), None, Some("not json"), Some("\"text\"")]);
    let mark = |key: &str, value: &str| {
        let metadata = [(key.to_owned(), value.to_owned())];
        let field = Field::new("v", DataType::Utf8, true).with_metadata(metadata.into());
        RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(column.clone())]).unwrap()
    };
    let expected = "{\"v\":{\"a\":[1,null]}}\n{\"v\":null}\n{\"v\":\"not json\"}\n{\"v\":\"text\"}\n";
    assert_eq!(print(Format::Ndjson, &mark("eksamine.json", "true")), expected);
    assert_eq!(print(Format::Ndjson, &mark("ARROW:extension:name", "arrow.json")), expected);
    let unmarked = print(Format::Ndjson, &mark("eksamine.json", "false"));
    assert!(unmarked.starts_with("{\"v\":\"{\\\"a\\\": [1, null]}\"}\n"), "{unmarked}");
    // In a table the text stands as it was.
    assert!(print(Format::Table, &mark("eksamine.json", "true")).contains("│ {\"a\": [1, null]} │"));
}

#[test]
fn the_union_of_the_json_operator_is_its_value() {
    let batch = batch(vec![("v", Arc::new(json_union()))]);
    let text = print(Format::Ndjson, &batch);
    let values = ["null", "true", "-7", "0.5", "\"=a\\\"b\"", "[1,{\"a\":2}]", "{\"k\":\"v\"}"];
    let expected = values.map(|value| format!("{{\"v\":{value}}}"));
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    let csv = "v\n\"\"\ntrue\n-7\n0.5\n\"'=a\"\"b\"\n\"[1, {\"\"a\"\": 2}]\"\n\"{\"\"k\"\": \"\"v\"\"}\"\n";
    assert_eq!(print(Format::Csv, &batch), csv);
    assert!(print(Format::Table, &batch).contains("│ [1, {\"a\": 2}] │"));
    assert!(print(Format::Markdown, &batch).contains("| {\"k\": \"v\"} |"));

    let read = readers::read_parquet(&print_bytes(Format::Parquet, &batch.schema(), std::slice::from_ref(&batch)));
    let column = read[0].column(0).as_string::<i32>();
    let stored: Vec<Option<&str>> = column.iter().collect();
    let expected =
        [None, Some("true"), Some("-7"), Some("0.5"), Some("=a\"b"), Some("[1, {\"a\": 2}]"), Some("{\"k\": \"v\"}")];
    assert_eq!(stored, expected);
}

#[test]
fn a_union_within_a_list_is_stored_as_json_text() {
    let union = json_union();
    let item = Arc::new(Field::new("item", union.data_type().clone(), true));
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([3, 4]);
    let list = ListArray::try_new(item, offsets, Arc::new(union), None).unwrap();
    let batch = batch(vec![("v", Arc::new(list))]);
    let read = readers::read_parquet(&print_bytes(Format::Parquet, &batch.schema(), std::slice::from_ref(&batch)));
    assert_eq!(read[0].column(0).as_string::<i32>().value(0), "[null,true,-7]");
    assert!(print(Format::Ndjson, &batch).ends_with("{\"v\":[0.5,\"=a\\\"b\",[1,{\"a\":2}],{\"k\":\"v\"}]}\n"));
}
