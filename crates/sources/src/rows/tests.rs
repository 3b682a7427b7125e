#![allow(clippy::unwrap_used)]

use super::gather::as_texts;
use super::*;
use crate::builder::{Provenance, TableBuilder};
use crate::extract::{PathTree, Slots};

fn table() -> &'static Table {
    crate::tables().find(|table| table.name == "cloudtrail").unwrap()
}

/// Rows of records, all of one object.
fn rows(uri: &str, records: &[&str]) -> Rows {
    rows_by(&mut TableBuilder::new(table()), uri, records)
}

fn rows_by(builder: &mut TableBuilder, uri: &str, records: &[&str]) -> Rows {
    let paths = PathTree::of(table());
    let carrier = Arc::new(Carrier { uri: uri.to_owned(), sha256: "00ff".to_owned() });
    for (position, record) in records.iter().enumerate() {
        let slots = Slots::read(&paths, record).unwrap();
        builder.append(&slots, record, &Provenance { carrier: &carrier, record: position as u64 });
    }
    builder.take()
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

#[test]
fn rows_in_memory_that_was_used_before_are_as_in_new_memory() {
    let mut builder = TableBuilder::new(table());
    let before = rows_by(&mut builder, "s3://b/before", &[ESCAPED, PLAIN, ESCAPED]);
    let still_read = before.clone();
    // Someone looks at these, so their memory is left alone; at those that come after, nobody does.
    builder.reuse(before);
    let second = rows_by(&mut builder, "s3://b/second", &[PLAIN]);
    let place = second.raw(0).as_ptr();
    builder.reuse(second);
    let third = rows_by(&mut builder, "s3://b/k", &[ESCAPED]);
    assert_eq!(third.raw(0).as_ptr(), place);
    assert_eq!(third.expand().unwrap(), rows("s3://b/k", &[ESCAPED]).expand().unwrap());
    let expected = rows("s3://b/before", &[ESCAPED, PLAIN, ESCAPED]).expand().unwrap();
    assert_eq!(still_read.expand().unwrap(), expected);
}

fn pick(part: usize, row: usize) -> Pick {
    Pick { part, row, id_conflict: part == 0 && row == 0 }
}

#[test]
fn gathering_keeps_each_row_with_its_own_carrier() {
    let (first, second) = (rows("s3://b/1", &[PLAIN, ESCAPED]), rows("s3://b/2", &[ESCAPED]));
    let second = second.take(&[0, 0]);
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
    assert_eq!(read.text(table().position("event_name").unwrap(), 1), Some(&b"CreateCluster"[..]));
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

#[test]
fn rows_read_from_a_scratch_file_are_those_that_were_written() {
    let records = [ESCAPED, PLAIN, r#"{"eventID":"e3","eventTime":"2025-03-03T00:00:00Z"}"#];
    let rows = rows("s3://b/k", &records);
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = stored::BlockWriter::new(&mut file);
    let blocks = [&[2, 0][..], &[], &[1]].map(|order| writer.write(&rows, order).unwrap());
    let read = |block| stored::read(&mut file.clone(), block, table(), Arc::clone(rows.carriers())).unwrap();
    assert_eq!(blocks.each_ref().map(|block| read(block).len()), [2, 0, 1]);
    for (block, order) in [(&blocks[2], &[1][..]), (&blocks[0], &[2, 0])] {
        assert_eq!(read(block).expand().unwrap(), rows.take(order).expand().unwrap());
    }
}

/// Takes a few bytes at a time.
struct Slow(Vec<u8>);

impl std::io::Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(7);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_block_is_whole_however_little_the_file_takes_at_once_and_an_error_where_it_is_cut() {
    let rows = rows("s3://b/k", &[PLAIN, ESCAPED]);
    let mut slow = Slow(Vec::new());
    let block = stored::BlockWriter::new(&mut slow).write(&rows, &[1, 0]).unwrap();
    let read = |bytes: &[u8]| {
        let mut file = std::io::Cursor::new(bytes);
        stored::read(&mut file, &block, table(), Arc::clone(rows.carriers()))
    };
    assert_eq!(read(&slow.0).unwrap().expand().unwrap(), rows.take(&[1, 0]).expand().unwrap());
    let cut = read(&slow.0[..slow.0.len() - 1]).unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::UnexpectedEof);
}
