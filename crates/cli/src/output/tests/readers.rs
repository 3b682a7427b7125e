//! What is written can be read back by the readers of each format.

use std::fs::File;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn open_parquet(bytes: &[u8]) -> ParquetRecordBatchReaderBuilder<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap()
}

pub fn read_parquet(bytes: &[u8]) -> Vec<RecordBatch> {
    open_parquet(bytes).build().unwrap().map(Result::unwrap).collect()
}

/// A strict reader of RFC 4180 with `\n`: cells, and whether each was quoted.
pub fn read_csv(text: &str) -> Vec<Vec<(String, bool)>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = match rest.strip_prefix('"') {
            None => {
                let end = rest.find([',', '\n']).unwrap();
                assert!(!rest[..end].contains('"'), "a bare quote in {rest:?}");
                ((rest[..end].to_owned(), false), &rest[end..])
            }
            Some(quoted) => {
                let mut cell = String::new();
                let mut remaining = quoted;
                loop {
                    let end = remaining.find('"').unwrap();
                    cell.push_str(&remaining[..end]);
                    remaining = &remaining[end + 1..];
                    let Some(after) = remaining.strip_prefix('"') else { break };
                    cell.push('"');
                    remaining = after;
                }
                ((cell, true), remaining)
            }
        };
        row.push(cell);
        if let Some(after) = after.strip_prefix(',') {
            rest = after;
        } else {
            rest = after.strip_prefix('\n').unwrap();
            rows.push(std::mem::take(&mut row));
        }
    }
    rows
}

#[test]
fn json_reads_back() {
    let expected = serde_json::json!([
        {"event_time": "2024-05-14T14:02:11Z", "event_name": "DeleteCluster", "count": -5},
        {"event_time": "2024-05-14T14:02:11.1234Z", "event_name": null, "count": i64::MAX},
        {"event_time": null, "event_name": "GetObject", "count": null},
    ]);
    let text = print(Format::Json, &sample());
    assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), expected);
    assert_eq!(text.lines().count(), 5);

    let text = print(Format::Ndjson, &sample());
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Json::Array(lines), expected);
}

#[test]
fn csv_reads_back() {
    let expected = "event_time,event_name,count\n\
                    2024-05-14T14:02:11Z,DeleteCluster,-5\n\
                    2024-05-14T14:02:11.1234Z,,9223372036854775807\n\
                    ,GetObject,\n";
    assert_eq!(print(Format::Csv, &sample()), expected);

    let hostile = batch(vec![("text", texts(HOSTILE)), ("same", texts(HOSTILE))]);
    let options = Options { csv_cells: CsvCells::Exact, ..Options::default() };
    let (bytes, summary) = print_with(options, Format::Csv, &hostile.schema(), &[hostile]);
    let rows = read_csv(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(summary.rows, HOSTILE.len() as u64);
    assert_eq!(rows.len(), HOSTILE.len() + 1);
    for (row, text) in rows[1..].iter().zip(HOSTILE) {
        assert_eq!((row[0].0.as_str(), row[1].0.as_str()), (*text, *text));
    }
}

#[test]
fn csv_tells_null_from_the_empty_text() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("")]));
    assert_eq!(print(Format::Csv, &batch(vec![("a", values.clone()), ("b", values.clone())])), "a,b\n,\n\"\",\"\"\n");
    // An empty line would be no row.
    assert_eq!(print(Format::Csv, &batch(vec![("a", values)])), "a\n\"\"\n\"\"\n");
}

#[test]
fn parquet_reads_back() {
    let sample = sample();
    let read = read_parquet(&print_bytes(Format::Parquet, &sample.schema(), &[sample.clone(), sample.clone()]));
    let rows: usize = read.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 6);
    assert_eq!(read[0].schema(), sample.schema());
    assert_eq!(read[0].slice(0, 3), sample);
    assert_eq!(read[0].slice(3, 3), sample);
}

#[test]
fn markdown_is_a_github_table() {
    let expected = "| event_time | event_name | count |\n\
                    | --- | --- | ---: |\n\
                    | 2024-05-14T14:02:11Z | DeleteCluster | -5 |\n\
                    | 2024-05-14T14:02:11.1234Z |  | 9223372036854775807 |\n\
                    |  | GetObject |  |\n";
    assert_eq!(print(Format::Markdown, &sample()), expected);
}

#[test]
fn an_empty_result_is_a_whole_document() {
    let schema = sample().schema();
    let empty = |format| String::from_utf8(print_bytes(format, &schema, &[])).unwrap();
    assert_eq!(empty(Format::Json), "[]\n");
    assert_eq!(empty(Format::Ndjson), "");
    assert_eq!(empty(Format::Csv), "event_time,event_name,count\n");
    assert_eq!(empty(Format::Markdown), "| event_time | event_name | count |\n| --- | --- | ---: |\n");
    let table = "┌────────────┬────────────┬───────┐\n\
                 │ event_time │ event_name │ count │\n\
                 ├────────────┼────────────┼───────┤\n\
                 └────────────┴────────────┴───────┘\n";
    assert_eq!(empty(Format::Table), table);
    let parquet = print_bytes(Format::Parquet, &schema, &[]);
    let reader = open_parquet(&parquet);
    assert_eq!(reader.schema(), &schema);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    // A batch without rows changes nothing.
    let no_rows = RecordBatch::new_empty(Arc::clone(&schema));
    assert_eq!(print_bytes(Format::Json, &schema, &[no_rows.clone(), no_rows]), b"[]\n");
}

#[test]
fn batches_join_without_a_seam() {
    let sample = sample();
    let parts = [sample.slice(0, 1), sample.slice(1, 0), sample.slice(1, 2)];
    for format in [Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Markdown] {
        let (bytes, summary) = print_with(Options::default(), format, &sample.schema(), &parts);
        assert_eq!(String::from_utf8(bytes).unwrap(), print(format, &sample), "{format:?}");
        assert_eq!(summary, Summary { rows: 3, notices: Vec::new() });
    }
}

#[test]
fn repeated_names_stay_apart_where_rows_are_keyed() {
    let column = |number: i64| Arc::new(Int64Array::from(vec![number])) as ArrayRef;
    let fields: Vec<Field> =
        ["n", "n", "n_2", "n"].iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column(1), column(2), column(3), column(4)]).unwrap();
    assert_eq!(print(Format::Ndjson, &batch), "{\"n\":1,\"n_3\":2,\"n_2\":3,\"n_4\":4}\n");
    let read = read_parquet(&print_bytes(Format::Parquet, &schema, std::slice::from_ref(&batch)));
    let names: Vec<String> = read[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["n", "n_3", "n_2", "n_4"]);
    assert!(print(Format::Csv, &batch).starts_with("n,n,n_2,n\n"));
}
