//! From sorted runs to parts: each partition touched is merged with the parts it has, and written anew, sorted and
//! deduplicated. Partitions are independent of each other and are settled in parallel.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use eksamine_lake::{PartEntry, PartWriter, Partition, Staged, Stager};
use eksamine_sources::{PROVENANCE, Table};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use crate::error::Error;
use crate::merge::{Input, Origin, Tally, merge};
use crate::progress::{Event, Progress};
use crate::run::Run;

/// Rows of a row group, and of a part. Both are fixed, so that a part's bytes depend on its rows alone.
const ROW_GROUP_ROWS: usize = 131_072;
const PART_ROWS: u64 = 8 * ROW_GROUP_ROWS as u64;

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
            let parts = live.get(partition).map_or(&[][..], Vec::as_slice);
            let settled = settle_partition(stager, table, partition, runs, parts)?;
            let rows = settled.parts.iter().map(|part| part.entry.rows).sum();
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

fn settle_partition(
    stager: &Stager,
    table: &'static Table,
    partition: &Partition,
    runs: &[Run],
    live: &[PartEntry],
) -> Result<Settled, Error> {
    let mut inputs = Vec::new();
    for run in runs.iter().filter(|run| run.table.name == table.name) {
        for slice in run.slices.iter().filter(|slice| slice.partition == *partition) {
            inputs.push(Input { origin: Origin::New, batches: run.read(slice)? });
        }
    }
    for part in live {
        inputs.push(Input { origin: Origin::Live, batches: read_part(&stager.path(&part.path))? });
    }
    let schema = table.arrow_schema();
    let mut tally = Tally::default();
    let mut parts = Vec::new();
    let mut open: Option<PartWriter> = None;
    merge(table, inputs, &mut tally, &mut |batch, times| {
        let mut batch = batch;
        loop {
            let mut writer = match open.take() {
                Some(writer) => writer,
                None => stager.part(partition.clone(), schema.clone(), properties(table))?,
            };
            let room = (PART_ROWS - writer.rows()) as usize;
            writer.write(&batch.slice(0, room.min(batch.num_rows())), times)?;
            if batch.num_rows() <= room {
                open = Some(writer);
                return Ok(());
            }
            parts.push(writer.finish()?);
            batch = batch.slice(room, batch.num_rows() - room);
        }
    })?;
    if let Some(writer) = open {
        parts.push(writer.finish()?);
    }
    Ok(Settled { parts, replaced: live.iter().map(|part| part.path.clone()).collect(), tally })
}

/// Reads a live part in small batches, so that many can be merged at once.
fn read_part(path: &Path) -> Result<Box<dyn Iterator<Item = Result<arrow::array::RecordBatch, Error>> + Send>, Error> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Part { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(1024).build())
        .map_err(|error| failed(error.into()))?;
    Ok(Box::new(reader.map(|batch| Ok(batch?))))
}

/// How parts are written: zstd, no dictionary where values rarely repeat, page statistics where they prune, bloom
/// filters on what is looked up.
fn properties(table: &Table) -> WriterProperties {
    let zstd = ZstdLevel::try_new(1).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(zstd))
        .set_created_by("eksamine".to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page);
    for column in table.columns.iter().chain(&PROVENANCE) {
        let path = ColumnPath::from(column.name);
        if column.distinct {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.lookup {
            // Sized by the rows of a row group; a size for all columns would give all of them a filter.
            properties = properties.set_column_bloom_filter_enabled(path.clone(), true);
        }
        let is_bulk = column.kind == eksamine_sources::Kind::Json || column.name == "raw";
        if is_bulk {
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    properties.build()
}
