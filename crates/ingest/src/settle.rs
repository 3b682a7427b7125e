//! From sorted runs to parts: each partition touched is merged with the parts it has, and written anew, sorted and
//! deduplicated. Partitions are independent of each other and are settled in parallel.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use eksamine_lake::{PartEntry, PartWriter, Partition, Staged, Stager};
use eksamine_sources::{Kind, Rows, Table, sightings};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use crate::error::Error;
use crate::merge::{Input, Origin, Sink, Tally, merge};
use crate::progress::{Event, Progress};
use crate::rows::Block;
use crate::run::Run;
use crate::sightings::Live;

/// Rows of a row group, and of a part. Both are fixed, so that a part's bytes depend on its rows alone.
const ROW_GROUP_ROWS: usize = 131_072;
const PART_ROWS: u64 = 8 * ROW_GROUP_ROWS as u64;
/// Most bytes of a page before it is compressed. Just below a mebibyte, so that what the compressor may need at worst
/// still fits into the mebibyte that was set aside for the page: it would be copied to make room for the last bytes.
const PAGE_BYTES: usize = (1 << 20) - (8 << 10);
/// Most bytes of a dictionary of JSON: a day's sessions, each told in half a kibibyte.
const JSON_DICTIONARY_BYTES: usize = 4 << 20;

/// What settling made.
#[derive(Default)]
pub struct Settled {
    pub parts: Vec<Staged>,
    pub replaced: Vec<String>,
    pub tally: Tally,
}

/// Writes every partition the runs touch.
pub fn settle(stager: &Stager, parts: Vec<PartEntry>, runs: &[Run], progress: &dyn Progress) -> Result<Settled, Error> {
    let mut live: BTreeMap<Partition, Vec<PartEntry>> = BTreeMap::new();
    for part in parts {
        live.entry(part.partition.clone()).or_default().push(part);
    }
    let mut partitions: BTreeMap<&Partition, (&'static Table, usize)> = BTreeMap::new();
    for run in runs {
        for slice in &run.slices {
            partitions.entry(&slice.partition).or_insert((run.table, 0)).1 += slice.rows;
        }
    }
    // The largest first, so that no thread is left alone with it at the end.
    let mut order: Vec<_> = partitions.into_iter().collect();
    order.sort_by_key(|(_, (_, rows))| std::cmp::Reverse(*rows));
    progress.event(Event::Settling { partitions: order.len() as u64 });

    let settled: Vec<Settled> = order
        .into_par_iter()
        .with_max_len(1)
        .map(|(partition, (table, _))| {
            let parts = |partition: &Partition| live.get(partition).map_or(&[][..], Vec::as_slice);
            let live = LiveParts { rows: parts(partition), sightings: parts(&partition.sightings()) };
            let settled = settle_partition(stager, table, partition, runs, live)?;
            let rows = settled.parts.iter().filter(|part| part.entry.partition == *partition);
            let rows = rows.map(|part| part.entry.rows).sum();
            progress.event(Event::Settled { rows });
            Ok(settled)
        })
        .collect::<Result<_, Error>>()?;
    let mut whole = Settled::default();
    for part in settled {
        whole.parts.extend(part.parts);
        whole.replaced.extend(part.replaced);
        whole.tally.add(part.tally);
    }
    Ok(whole)
}

/// What a partition has already.
#[derive(Clone, Copy)]
struct LiveParts<'a> {
    rows: &'a [PartEntry],
    sightings: &'a [PartEntry],
}

fn settle_partition(
    stager: &Stager,
    table: &'static Table,
    partition: &Partition,
    runs: &[Run],
    live: LiveParts<'_>,
) -> Result<Settled, Error> {
    let mut inputs = Vec::new();
    for run in runs.iter().filter(|run| run.table.name == table.name) {
        for slice in run.slices.iter().filter(|slice| slice.partition == *partition) {
            inputs.push(Input { origin: Origin::New, blocks: run.read(slice)? });
        }
    }
    for part in live.rows {
        let batches = read_part(&stager.path(&part.path))?;
        let blocks = Box::new(batches.map(move |batch| Ok(Block::of(Rows::of_part(table, &batch?)?)?)));
        inputs.push(Input { origin: Origin::Live, blocks });
    }
    let mut seen = Live::default();
    for part in live.sightings {
        for batch in read_part(&stager.path(&part.path))? {
            seen.add(&batch?)?;
        }
    }
    let mut writer = Writer {
        rows: PartSeries::new(stager, table, partition.clone()),
        sightings: PartSeries::new(stager, &sightings::TABLE, partition.sightings()),
    };
    let mut tally = Tally::default();
    merge(table, inputs, seen, &mut tally, &mut writer)?;
    let mut parts = writer.rows.finish()?;
    parts.extend(writer.sightings.finish()?);
    let replaced = live.rows.iter().chain(live.sightings).map(|part| part.path.clone()).collect();
    Ok(Settled { parts, replaced, tally })
}

struct Writer<'a> {
    rows: PartSeries<'a>,
    sightings: PartSeries<'a>,
}

impl Sink for Writer<'_> {
    fn rows(&mut self, batch: RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error> {
        self.rows.write(batch, times)
    }

    fn sightings(&mut self, batch: RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error> {
        self.sightings.write(batch, times)
    }
}

/// The parts of one partition, one after another, each of at most [`PART_ROWS`].
struct PartSeries<'a> {
    stager: &'a Stager,
    table: &'static Table,
    partition: Partition,
    open: Option<PartWriter>,
    done: Vec<Staged>,
}

impl<'a> PartSeries<'a> {
    fn new(stager: &'a Stager, table: &'static Table, partition: Partition) -> Self {
        Self { stager, table, partition, open: None, done: Vec::new() }
    }

    fn write(&mut self, mut batch: RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error> {
        loop {
            let mut writer = if let Some(writer) = self.open.take() {
                writer
            } else {
                let schema = self.table.arrow_schema();
                self.stager.part(self.partition.clone(), schema, &batch.schema(), properties(self.table))?
            };
            let room = (PART_ROWS - writer.rows()) as usize;
            writer.write(&batch.slice(0, room.min(batch.num_rows())), times)?;
            if batch.num_rows() <= room {
                self.open = Some(writer);
                return Ok(());
            }
            self.done.push(writer.finish()?);
            batch = batch.slice(room, batch.num_rows() - room);
        }
    }

    fn finish(mut self) -> Result<Vec<Staged>, Error> {
        if let Some(writer) = self.open {
            self.done.push(writer.finish()?);
        }
        Ok(self.done)
    }
}

/// Reads a live part in small batches, so that many can be merged at once.
fn read_part(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + Send + 'static, Error> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Part { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(1024).build())
        .map_err(|error| failed(error.into()))?;
    Ok(reader.map(|batch| Ok(batch?)))
}

/// How parts are written: zstd, no dictionary where values rarely repeat, instants as differences, page statistics
/// where they can leave out pages, bloom filters on what is looked up.
fn properties(table: &Table) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("eksamine".to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::Page);
    for column in table.all_columns() {
        let path = ColumnPath::from(column.name);
        if column.distinct {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.lookup {
            // Sized by the rows of a row group; a size for all columns would give all of them a filter.
            properties = properties.set_column_bloom_filter_enabled(path.clone(), true);
        }
        if column.kind == Kind::Time {
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
        }
        if column.kind == Kind::Json {
            properties = properties.set_column_dictionary_page_size_limit(path.clone(), JSON_DICTIONARY_BYTES);
        }
        if column.mixed {
            // Every value would be compared with two others, and no page left out for it.
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    properties.build()
}
