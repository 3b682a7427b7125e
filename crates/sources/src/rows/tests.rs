#![allow(clippy::unwrap_used)]

use super::*;
use crate::builder::{Provenance, TableBuilder};
use crate::extract::{PathTree, Slots};

fn table() -> &'static Table {
    crate::tables().find(|table| table.name == "cloudtrail").unwrap()
}

/// Rows of records, all of one object.
fn rows(uri: &str, records: &[&str]) -> Rows {
    let paths = PathTree::of(table());
    let carrier = Arc::new(Carrier { uri: uri.to_owned(), sha256: "00ff".to_owned() });
    let mut builder = TableBuilder::new(table());
    for (position, record) in records.iter().enumerate() {
        let slots = Slots::read(table(), &paths, record).unwrap();
        builder.append(&slots, record, &Provenance { carrier: &carrier, record: position as u64 });
    }
    builder.take().unwrap()
}

const PLAIN: &str = r#"{"eventID":"e1","eventName":"ListClusters","requestParameters":{"a":[1,"ä"]},"userAgent":""}"#;
const ESCAPED: &str = r#"{"eventID":"e2","eventName":"Creat\u0065Cluster","errorMessage":null,"readOnly":true}"#;

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let text = Text::of(batch.column_by_name(name).unwrap()).unwrap();
    (0..batch.num_rows()).map(|row| text.get(row).map(str::to_owned)).collect()
}

#[test]
fn texts_are_the_same_whether_they_stand_in_the_record_or_beside_it() {
    let batch = rows("s3://b/k", &[PLAIN, ESCAPED]).expand().unwrap();
    assert_eq!(texts(&batch, "event_name"), [Some("ListClusters".to_owned()), Some("CreateCluster".to_owned())]);
    assert_eq!(texts(&batch, "request_parameters"), [Some(r#"{"a":[1,"ä"]}"#.to_owned()), None]);
    assert_eq!(texts(&batch, "user_agent"), [Some(String::new()), None]);
    assert_eq!(texts(&batch, "error_message"), [None, None]);
    assert_eq!(texts(&batch, "raw"), [Some(PLAIN.to_owned()), Some(ESCAPED.to_owned())]);
    assert_eq!(texts(&batch, "source_uri"), [Some("s3://b/k".to_owned()), Some("s3://b/k".to_owned())]);
}

fn pick(part: usize, row: usize) -> Pick {
    Pick { part, row, id_conflict: part == 0 && row == 0 }
}

#[test]
fn gathering_keeps_each_row_with_its_own_carrier() {
    let (first, second) = (rows("s3://b/1", &[PLAIN, ESCAPED]), rows("s3://b/2", &[ESCAPED]));
    let second = second.take(&UInt32Array::from(vec![0, 0])).unwrap();
    let batch =
        as_texts(&gather(table(), &[&first, &second], &[pick(1, 1), pick(0, 0), pick(1, 0), pick(0, 1)]).unwrap())
            .unwrap();
    let expected = ["s3://b/2", "s3://b/1", "s3://b/2", "s3://b/1"].map(|uri| Some(uri.to_owned()));
    assert_eq!(texts(&batch, "source_uri"), expected);
    assert_eq!(texts(&batch, "event_id"), ["e2", "e1", "e2", "e2"].map(|id| Some(id.to_owned())));
    assert_eq!(texts(&batch, "source_sha256"), vec![Some("00ff".to_owned()); 4]);
    let conflicts: Vec<bool> = batch.column_by_name("id_conflict").unwrap().as_boolean().values().iter().collect();
    assert_eq!(conflicts, [false, true, false, false]);
}

#[test]
fn rows_read_from_a_part_are_those_that_were_written() {
    let written = rows("s3://b/k", &[PLAIN, ESCAPED]).expand().unwrap();
    let read = Rows::of_part(table(), &written).unwrap();
    assert_eq!(read.expand().unwrap(), written);
    assert_eq!(read.text(read.spans("event_name").unwrap(), 1), Some("CreateCluster"));
    assert_eq!(read.carriers().len(), 1);
}

#[test]
fn a_text_of_another_allocation_is_no_piece_of_the_record() {
    let record = String::from("abcdef");
    let other = String::from("cd");
    assert_eq!(Span::within(&record, &other), None);
    let piece = Span::within(&record, &record[2..4]).unwrap();
    assert_eq!(piece.place(), Some((false, 2, 2)));
}
