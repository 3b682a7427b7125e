//! Which AWS calls concern which cluster: for each part of the table `cloudtrail` and each cluster the rows, worked out
//! once for each state of the lake, so that a timeline reads and judges these alone.
//!
//! Asked with everything that the lake knows of all clusters. A timeline, which knows of the keys that were in use in its
//! time, asks again and has the word: a row too many is left out there; a row too few would be a call lost.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryArray, RecordBatch, StringViewArray};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::SessionContext;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::attribution::{Lookup, RULES, Things, clusters_of};
use super::inventory::{self, Keys, Reading, of_table};
use super::planes;
use crate::catalog::LakeTable;
use crate::derived::{Derived, Holding, KeptTable, Rows, in_memory};
use crate::session::Session;

/// The table of the calls that can concern the cluster of a timeline.
pub const CANDIDATES: &str = "cloudtrail_of_cluster";

/// To be raised with what is looked for in a call beside the rules, and with the form.
const VERSION: u32 = 2;

/// Rows that were found by other rules, or in another inventory, are not those in question.
const HOLDING: Holding =
    Holding { name: "candidates", version: checksum(RULES, VERSION + 100 * inventory::VERSION), ending: "parquet" };

/// FNV-1a of a text.
const fn checksum(text: &str, begin: u32) -> u32 {
    let (bytes, mut sum, mut at) = (text.as_bytes(), 0x811c_9dc5 ^ begin, 0);
    while at < bytes.len() {
        sum = (sum ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    sum
}

/// A column of the calls as text.
const ARGUMENTS: usize = 13;

/// The table that the rows are kept in: a bit for each row of a part, the first of a byte the least.
pub fn table(derived: Derived, calls: Option<Arc<LakeTable>>, inventory: Arc<KeptTable>) -> KeptTable {
    KeptTable::new(derived, HOLDING, schema(), move |context| {
        work_out(context, calls.clone(), Arc::clone(&inventory)).boxed()
    })
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("cluster", DataType::Utf8View, false),
        Field::new("part", DataType::Utf8View, false),
        Field::new("rows", DataType::Binary, false),
    ]))
}

/// Makes the table of a cluster's candidates known under its name, in place of that of the cluster before.
pub async fn register(session: &Session, cluster: &str) -> Result<()> {
    let kept = Arc::clone(&session.kept.candidates) as Arc<dyn TableProvider>;
    let of_cluster = session.context().read_table(kept)?.filter(col("cluster").eq(lit(cluster)))?;
    let mut rows = HashMap::new();
    let mut batches = of_cluster.select_columns(&["part", "rows"])?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let (parts, bits) = (text(batch.column(0))?, cast(batch.column(1), &DataType::Binary)?);
        for (part, bits) in parts.iter().zip(bits.as_binary::<i32>()) {
            let (Some(part), Some(bits)) = (part, bits) else { continue };
            rows.insert(part.to_owned(), BooleanBuffer::new(Buffer::from(bits), 0, bits.len() * 8));
        }
    }
    let calls = session.kept.calls.as_ref().ok_or_else(no_table)?;
    let table = Arc::new(calls.with_rows(rows));
    session.context().deregister_table(CANDIDATES)?;
    session.context().register_table(CANDIDATES, table)?;
    Ok(())
}

fn no_table() -> DataFusionError {
    DataFusionError::Internal("a lake without the table `cloudtrail`".to_owned())
}

async fn work_out(context: SessionContext, calls: Option<Arc<LakeTable>>, inventory: Arc<KeptTable>) -> Result<Rows> {
    let calls = calls.ok_or_else(no_table)?;
    let inventory = of_table(&context, inventory, Reading::Things(Keys::default())).await?;
    let things = Arc::new(Things::of(&inventory));
    let lookup = |cluster: &String| (cluster.clone(), Lookup::new(cluster, Arc::clone(&things)));
    let lookups = Arc::new(inventory.clusters.iter().map(lookup).collect());
    let parts: Vec<String> = calls.part_paths().map(str::to_owned).collect();
    let at_once = context.state().config().target_partitions();
    let found = futures::stream::iter(parts.into_iter().enumerate().map(|(number, part)| {
        let task = of_part(context.clone(), calls.with_part(&part), number, Arc::clone(&lookups));
        async move {
            let task = datafusion::common::runtime::SpawnedTask::spawn(task);
            let found = task.join().await.map_err(|error| DataFusionError::External(Box::new(error)))??;
            Ok::<_, DataFusionError>((part, found))
        }
    }));
    let found: Vec<_> = found.buffer_unordered(at_once).try_collect().await?;
    let mut rows: Vec<(String, String, Vec<u8>)> = Vec::new();
    for (part, clusters) in found {
        rows.extend(clusters.into_iter().map(|(cluster, bits)| (cluster, part.clone(), bits)));
    }
    rows.sort();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(cluster, ..)| Some(cluster)).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|(_, part, _)| Some(part)).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|(.., bits)| Some(bits)).collect::<BinaryArray>()),
    ];
    Ok(in_memory(vec![RecordBatch::try_new(schema(), columns)?]))
}

/// The bits of each cluster, by the rows of a part in their order. Bits after the last row are not set.
async fn of_part(
    context: SessionContext,
    part: LakeTable,
    number: usize,
    lookups: Arc<BTreeMap<String, Lookup>>,
) -> Result<BTreeMap<String, Vec<u8>>> {
    // In one stream, in which the rows come as they lie in the part. Its table has a name that no other has at this time.
    let mut state = context.state();
    state.config_mut().options_mut().execution.target_partitions = 1;
    let context = SessionContext::new_with_state(state);
    let name = format!("cloudtrail_part_{number}");
    context.deregister_table(name.as_str())?;
    context.register_table(name.as_str(), Arc::new(part))?;
    let planned = context.sql(&planes::asked(&name)).await;
    context.deregister_table(name.as_str())?;
    let mut batches = planned?.execute_stream().await?;
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut before = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns: Vec<StringViewArray> = batch.columns().iter().map(text).collect::<Result<_>>()?;
        let columns: [StringViewArray; ARGUMENTS] =
            columns.try_into().map_err(|_| DataFusionError::Internal("a call with other columns".to_owned()))?;
        for row in 0..batch.num_rows() {
            let call = columns.each_ref().map(|column| if column.is_valid(row) { column.value(row) } else { "" });
            for cluster in clusters_of(&lookups, &call) {
                let (byte, bit) = ((before + row) / 8, (before + row) % 8);
                let bits = match found.get_mut(cluster) {
                    Some(bits) => bits,
                    None => found.entry(cluster.to_owned()).or_default(),
                };
                if bits.len() <= byte {
                    bits.resize(byte + 1, 0);
                }
                bits[byte] |= 1 << bit;
            }
        }
        before += batch.num_rows();
    }
    // The table of a part is told about each of its rows.
    for bits in found.values_mut() {
        bits.resize(before.div_ceil(8), 0);
    }
    Ok(found)
}

fn text(column: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}
