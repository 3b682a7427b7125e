//! Flow logs in Parquet: read by their columns, and never more trusted than they deserve.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};

use crate::support::{Decoded, decode};

/// Flow log rows as AWS types them.
fn flows(rows: i32) -> RecordBatch {
    let texts = |value: fn(i32) -> Option<String>| Arc::new((0..rows).map(value).collect::<StringArray>()) as ArrayRef;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("version", Arc::new((0..rows).map(|_| Some(5)).collect::<Int32Array>())),
        ("account_id", texts(|_| Some("111122223333".to_owned()))),
        ("interface_id", texts(|_| Some("eni-0a1b2c3d".to_owned()))),
        ("srcaddr", texts(|row| Some(format!("192.0.2.{}", row % 200)))),
        ("dstaddr", texts(|_| Some("203.0.113.66".to_owned()))),
        ("srcport", Arc::new((0..rows).map(|row| Some(1024 + row)).collect::<Int32Array>())),
        ("packets", Arc::new((0..rows).map(|row| (row % 5 > 0).then_some(i64::from(row))).collect::<Int64Array>())),
        ("start", Arc::new((0..rows).map(|row| Some(1_715_695_331 + i64::from(row))).collect::<Int64Array>())),
        ("end", Arc::new((0..rows).map(|row| Some(1_715_695_390 + i64::from(row))).collect::<Int64Array>())),
        ("pkt_dst_aws_service", texts(|row| (row % 2 == 0).then(|| "-".to_owned()))),
        ("log_status", texts(|_| Some("OK".to_owned()))),
        ("novelty", texts(|_| Some("a \"b\"\n".to_owned()))),
    ];
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, array)| array).collect()).unwrap()
}

fn written(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut file = Vec::new();
    // The reader passes over Arrow's own schema, which would be half of a small file.
    let options = ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(&mut file, batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    file
}

fn properties(compression: Compression) -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(compression).set_statistics_enabled(EnabledStatistics::Page)
}

fn column(decoded: &Decoded, name: &str) -> Vec<String> {
    decoded.column("vpc_flow", name)
}

#[test]
fn a_flow_log_in_parquet() {
    let decoded = decode("x.log.parquet", &written(&flows(2), properties(Compression::SNAPPY)));
    decoded.assert_closed();
    assert_eq!(decoded.outcome.envelope, Some("parquet"));
    assert_eq!(
        decoded.raws("vpc_flow")[1],
        r#"{"version":5,"account_id":"111122223333","interface_id":"eni-0a1b2c3d","srcaddr":"192.0.2.1","dstaddr":"203.0.113.66","srcport":1025,"packets":1,"start":1715695332,"end":1715695391,"pkt_dst_aws_service":null,"log_status":"OK","novelty":"a \"b\"\n"}"#
    );
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn every_compression_and_version_gives_the_same_rows() {
    let batch = flows(1_200);
    let expected = decode("x", &written(&batch, properties(Compression::UNCOMPRESSED)));
    assert_eq!((expected.outcome.records, expected.reasons().len()), (1_200, 0));
    for compression in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        for properties in [
            properties(compression),
            properties(compression).set_max_row_group_row_count(Some(700)),
            properties(compression).set_data_page_row_count_limit(100).set_write_batch_size(100),
            properties(compression).set_dictionary_enabled(false),
            properties(compression).set_writer_version(WriterVersion::PARQUET_2_0),
        ] {
            let decoded = decode("x", &written(&batch, properties));
            decoded.assert_closed();
            assert_eq!(decoded.reasons(), Vec::<&str>::new(), "{compression}");
            assert_eq!(decoded.raws("vpc_flow"), expected.raws("vpc_flow"), "{compression}");
        }
    }
    assert_eq!(column(&expected, "source_record")[1_199], "1199");
    assert_eq!(column(&expected, "packets")[..3], ["∅", "1", "2"]);
}

#[test]
fn parquet_in_gzip_is_read_as_well() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&written(&flows(3), properties(Compression::SNAPPY))).unwrap();
    let decoded = decode("x.parquet.gz", &encoder.finish().unwrap());
    assert_eq!((decoded.raws("vpc_flow").len(), decoded.outcome.envelope), (3, Some("parquet")));
}

#[test]
fn parquet_of_another_kind_is_unknown() {
    let named = |names: &[&str]| {
        let fields: Vec<_> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        let columns = names.iter().map(|_| Arc::new(StringArray::from(vec!["x"])) as ArrayRef).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        decode("x.parquet", &written(&batch, properties(Compression::SNAPPY)))
    };
    for names in [
        &["name", "age", "town"][..],
        &["version", "type", "region", "action"],
        &["srcaddr", "dstaddr", "bytes", "a", "b", "c", "d"],
        &["srcaddr", "dstaddr", "bytes", "raw", "source_uri", "source_record", "source_sha256"],
    ] {
        let decoded = named(names);
        assert_eq!((decoded.outcome.envelope, decoded.outcome.records), (None, 0), "{names:?}");
    }
    assert_eq!(named(&["srcaddr", "dstaddr", "bytes"]).outcome.total_rows(), 1);
}

#[test]
fn nested_columns_are_no_flow_log() {
    let inner = Field::new("srcaddr", DataType::Utf8, true);
    let values = arrow::array::StructArray::new(
        vec![inner].into(),
        vec![Arc::new(StringArray::from(vec!["x"])) as ArrayRef],
        None::<NullBuffer>,
    );
    let schema = Schema::new(vec![Field::new("flow", values.data_type().clone(), true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(values)]).unwrap();
    assert_eq!(decode("x", &written(&batch, properties(Compression::SNAPPY))).outcome.envelope, None);
}

#[test]
fn a_file_that_was_cut_is_one_reject_with_its_bytes() {
    let whole = written(&flows(50), properties(Compression::SNAPPY));
    for end in (4..whole.len()).step_by(7) {
        let decoded = decode("x.parquet", &whole[..end]);
        decoded.assert_closed();
        assert_eq!((decoded.outcome.total_rows(), decoded.reasons()), (0, vec!["bad_parquet"]), "cut at {end}");
        assert_eq!(decoded.outcome.rejects[0].bytes, &whole[..end]);
    }
}

#[test]
fn a_damaged_row_group_takes_none_before_it_along() {
    let whole = written(&flows(2_000), properties(Compression::SNAPPY).set_max_row_group_row_count(Some(500)));
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(whole.clone())).unwrap();
    let start = |group: usize| metadata.row_group(group).column(0).byte_range().0 as usize;
    let mut damaged = whole.clone();
    damaged[start(3)..][..8].fill(0xff);
    let decoded = decode("x.parquet", &damaged);
    decoded.assert_closed();
    assert_eq!((decoded.outcome.total_rows(), decoded.reasons()), (1_500, vec!["bad_parquet"]));
    let reject = &decoded.outcome.rejects[0];
    assert_eq!((reject.record, reject.offset_bytes as usize), (1_500, start(3)));
    assert_eq!(reject.bytes, &damaged[start(3)..]);
}

/// Every position is flipped once, in one way of three, in one of three files: what is behind it (a size, a count, a
/// type, a value) has to be survived, whatever becomes of the rows. A column of each type will do.
#[test]
fn flipped_bytes_never_stop_the_reading_of_other_objects() {
    let columns = ["version", "srcaddr", "dstaddr", "packets", "start"];
    let batch = flows(12);
    let batch = batch.project(&columns.map(|name| batch.schema().index_of(name).unwrap())).unwrap();
    let files = [
        written(&batch, properties(Compression::SNAPPY).set_max_row_group_row_count(Some(6))),
        written(&batch, properties(Compression::GZIP(GzipLevel::default()))),
        written(&batch, properties(Compression::UNCOMPRESSED).set_writer_version(WriterVersion::PARQUET_2_0)),
    ];
    for (number, whole) in files.iter().enumerate() {
        for position in (4 + number..whole.len() - 4).step_by(3) {
            let mut damaged = whole.clone();
            damaged[position] ^= [0xff, 0x01, 0x80][position / 3 % 3];
            let decoded = decode("x.parquet", &damaged);
            decoded.assert_closed();
            assert!(decoded.outcome.total_rows() <= 12, "byte {position} of file {number}");
        }
    }
}

#[test]
fn encodings_that_name_lengths_apart_are_refused_in_words() {
    let properties = properties(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_column_encoding("srcaddr".into(), Encoding::DELTA_BYTE_ARRAY);
    let decoded = decode("x.parquet", &written(&flows(10), properties));
    decoded.assert_closed();
    assert_eq!(decoded.reasons(), ["bad_parquet"]);
    assert_eq!(decoded.outcome.rejects[0].detail, "encoding 7 of Parquet is not read");
}
