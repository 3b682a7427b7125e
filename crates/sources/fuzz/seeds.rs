//! Writes what each target begins with into `corpus/`: the well-formed objects that the tests do damage to, their
//! records, a file of Parquet, and members of gzip. A fuzzer finds such things by itself, but not in minutes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use eksamine_sources::SOURCES;
use eksamine_sources::envelope::{ENVELOPES, detect};
use eksamine_sources_fuzz::{KEYS, gzip};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

#[expect(dead_code, reason = "the tests do more with it")]
#[path = "../tests/sources/hostile/fixtures.rs"]
mod fixtures;

fn main() -> io::Result<()> {
    let fixtures = fixtures::all();
    let parquet = [Compression::SNAPPY, Compression::GZIP(GzipLevel::default())].map(flows);

    let mut seeds = Seeds::of("gunzip")?;
    for whole in [vec![gzip(b"one\n")], vec![gzip(b"one\n"), gzip(b"two\n")], vec![gzip(&gzip(b"one\n"))]] {
        let whole = whole.concat();
        seeds.write(0, &whole)?;
        seeds.write(0, &whole[..whole.len() - 5])?;
        seeds.write(0, &[&whole[..], b"rest"].concat())?;
        seeds.write(0, &[&whole[..], &[0; 8]].concat())?;
    }
    for (layers, cut) in [(1, 0), (2, 0), (3, 0), (1, 0x88), (2, 0xc8)] {
        seeds.write(layers | cut, b"one\ntwo\nthree\nfour")?;
    }

    let mut seeds = Seeds::of("envelopes")?;
    for object in fixtures.iter().map(fixtures::Fixture::object).chain(parquet.clone()) {
        let envelope = detect(&object).map(|found| found.name);
        let choice = ENVELOPES.iter().position(|known| Some(known.name) == envelope);
        seeds.write(choice.unwrap_or_default(), &object)?;
    }

    let mut seeds = Seeds::of("sources")?;
    let mut known: Vec<&str> = Vec::new();
    for (table, raw) in fixtures.iter().flat_map(|f| f.records().map(|record| (f.table, record.raw.as_str()))) {
        let source = SOURCES.iter().position(|source| source.table().name == table).unwrap_or_default();
        if !known.contains(&raw) {
            known.push(raw);
            seeds.write(source, raw.as_bytes())?;
            seeds.write(source + SOURCES.len(), raw.as_bytes())?;
        }
    }
    seeds.write(1, br#"{"kind":"Event","auditID":"a","stage":"Panic","user":{"groups":["a","b[Truncated...]"#)?;

    let mut seeds = Seeds::of("object")?;
    for fixture in &fixtures {
        let folder = |key: &str| key.rsplit('/').nth(1).map(str::to_owned);
        let key = KEYS.iter().position(|key| folder(key) == folder(fixture.key)).unwrap_or_default();
        seeds.write(key, &fixture.object())?;
    }
    for file in &parquet {
        seeds.write(KEYS.len() - 1, file)?;
    }
    for fixture in fixtures.iter().step_by(9) {
        seeds.write(0, &gzip(&fixture.object()))?;
    }
    Ok(())
}

/// The corpus of one target.
struct Seeds {
    folder: PathBuf,
    written: usize,
}

impl Seeds {
    fn of(target: &str) -> io::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, written: 0 })
    }

    fn write(&mut self, choice: usize, bytes: &[u8]) -> io::Result<()> {
        let file = self.folder.join(format!("seed-{:03}", self.written));
        self.written += 1;
        fs::write(file, [&[choice as u8], bytes].concat())
    }
}

/// A flow log in Parquet.
fn flows(compression: Compression) -> Vec<u8> {
    let texts = |values: [Option<&'static str>; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let numbers = |values: [Option<i64>; 3]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("srcaddr", texts([Some("203.0.113.66"), Some("198.51.100.7"), Some("-")])),
        ("dstaddr", texts([Some("192.0.2.14"), Some("192.0.2.14"), None])),
        ("bytes", numbers([Some(4_096), Some(40), None])),
        ("start", numbers([Some(1_715_695_331), Some(1_715_695_340), Some(1_715_695_391)])),
    ]);
    let batch = batch.expect("columns of one length");
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(Some(2));
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties.build())).expect("flat columns");
    writer.write(&batch).expect("a vector takes all");
    writer.close().expect("a vector takes all");
    file
}
