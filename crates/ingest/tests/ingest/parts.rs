//! What a Parquet reader finds in the parts: order, compression, statistics, filters, and nothing but the table.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use eksamine_lake::{Lake, PartEntry, SIGHTINGS};
use eksamine_sources::{Kind, Table, tables};
use eksamine_testkit::generate;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};
use tempfile::TempDir;

use super::{Ingest, archive, lake};

/// A lake of both tables, and the parts of their events with their paths.
fn generated() -> (TempDir, Vec<(PartEntry, PathBuf)>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = generate::Settings { json_bytes: 1_500_000, objects: 24, ..generate::Settings::default() };
    archive(&folder.path().join("archive"), &settings);
    let lake = folder.path().join("lake");
    Ingest::of_folder(&folder.path().join("archive")).run(&lake);
    let parts = Lake::open(&lake).unwrap().manifest().parts().unwrap();
    let parts = parts.into_iter().filter(|part| part.partition.table != SIGHTINGS);
    let parts = parts.map(|part| (part.clone(), lake.join(&part.path)));
    let parts = parts.collect();
    (folder, parts)
}

fn table(part: &PartEntry) -> &'static Table {
    tables().find(|table| table.name == part.partition.table).unwrap()
}

fn metadata(path: &PathBuf) -> ParquetMetaData {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader.parse_and_finish(&File::open(path).unwrap()).unwrap()
}

fn chunk<'a>(metadata: &'a ParquetMetaData, column: &str) -> &'a ColumnChunkMetaData {
    let columns = metadata.row_group(0).columns();
    columns.iter().find(|chunk| chunk.column_path().string() == column).unwrap()
}

#[test]
fn a_partition_is_one_part_of_its_day_and_cluster() {
    let (folder, parts) = generated();
    let partitions: BTreeSet<_> = parts.iter().map(|(part, _)| part.partition.clone()).collect();
    assert_eq!(partitions.len(), parts.len());
    assert_eq!(partitions.iter().map(|partition| &partition.table).collect::<BTreeSet<_>>().len(), 2);
    for row in lake::rows(&folder.path().join("lake")) {
        let cluster = (row.table == "k8s_audit").then(|| row.text("cluster").to_owned());
        let day = Some(row.text("event_time")[..10].to_owned());
        assert!(partitions.contains(&eksamine_lake::Partition { table: row.table, cluster, day }));
    }
}

#[test]
fn rows_are_sorted_by_time() {
    let (folder, parts) = generated();
    let rows = lake::rows(&folder.path().join("lake"));
    let mut rest = rows.as_slice();
    for (part, _) in &parts {
        let (own, later) = rest.split_at(usize::try_from(part.rows).unwrap());
        rest = later;
        let id = table(part).identity[0];
        let order =
            |row: &lake::Row| (row.text("event_time").parse::<jiff::Timestamp>().unwrap(), row.text(id).to_owned());
        assert!(own.is_sorted_by_key(order), "{}", part.path);
        let times = [own.first(), own.last()].map(|row| order(row.unwrap()).0.as_microsecond());
        assert_eq!([part.least_time, part.greatest_time], times.map(Some), "{}", part.path);
    }
    assert!(rest.is_empty());
}

#[test]
fn columns_are_compressed_and_described_as_their_use_asks() {
    let (_folder, parts) = generated();
    for (part, path) in &parts {
        let (table, metadata) = (table(part), metadata(path));
        let schema: Vec<&str> = metadata.file_metadata().schema_descr().columns().iter().map(|c| c.name()).collect();
        assert_eq!(schema, table.all_columns().map(|column| column.name).collect::<Vec<_>>());
        assert_eq!(metadata.file_metadata().created_by(), Some("eksamine"));
        for (at, column) in table.all_columns().enumerate() {
            let chunk = chunk(&metadata, column.name);
            assert!(matches!(chunk.compression(), Compression::ZSTD(_)), "{}", column.name);
            let has_dictionary = chunk.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
            assert!(!(column.distinct && has_dictionary), "{}", column.name);
            assert_eq!(chunk.bloom_filter_offset().is_some(), column.lookup, "{}", column.name);
            let is_bulk = column.kind == Kind::Json || column.name == "raw";
            let is_text = column.kind == Kind::Text;
            assert!(column.mixed || !(is_bulk || column.distinct), "{}", column.name);
            assert!(is_text || is_bulk || !column.mixed, "{}", column.name);
            let leaves_out = ["cluster", "aws_region", "recipient_account_id", "error_code", "source_uri"];
            assert!(!(leaves_out.contains(&column.name) && column.mixed), "{}", column.name);
            assert_eq!(chunk.statistics().is_some(), !column.mixed, "{}", column.name);
            assert!(metadata.offset_index().is_some_and(|index| !index[0][at].page_locations().is_empty()));
        }
        assert!(metadata.column_index().is_some());
    }
}

#[test]
fn ids_are_found_by_their_filters() {
    let (folder, parts) = generated();
    let rows = lake::rows(&folder.path().join("lake"));
    let mut rest = rows.as_slice();
    for (part, path) in &parts {
        let (own, later) = rest.split_at(usize::try_from(part.rows).unwrap());
        rest = later;
        let properties = ReaderProperties::builder().set_read_bloom_filter(true).build();
        let options = ReadOptionsBuilder::new().with_reader_properties(properties).build();
        let reader = SerializedFileReader::new_with_options(File::open(path).unwrap(), options).unwrap();
        let group = reader.get_row_group(0).unwrap();
        let id = table(part).identity[0];
        assert!(table(part).columns.iter().any(|column| column.name == id && column.lookup));
        let at = table(part).position(id).unwrap();
        let filter = group.get_column_bloom_filter(at).unwrap();
        assert!(own.iter().all(|row| filter.check(&row.text(id))), "an id the filter does not know");
        let strangers = (0..1_000).filter(|number| filter.check(&format!("stranger {number}").as_str())).count();
        assert!(strangers < 100, "{strangers} strangers of 1000 pass the filter");
    }
}
