//! The inventory as it is kept: a row for each cluster and each thing, the access keys last and in the order of the times
//! at which they were handed out, since there can be hundreds of thousands and a timeline asks for those of some days.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::{Confidence, Inventory, Item, Keys, Kind, Proof, Reading};
use crate::identity::columns::{Columns, Numbers, Texts};

/// The kind of a row that names a cluster.
pub const CLUSTER: &str = "cluster";

/// Whether the value of a row belongs to another cluster too.
const SHARED: &str = "shared";

/// Texts and numbers of a row. `handed_out` is the time of the proof, of access keys only.
const TEXTS: [&str; 7] = ["kind", "value", "account", "cluster", "confidence", "event_id", "source_uri"];
const NUMBERS: [&str; 3] = ["handed_out", "time", "source_record"];

/// The columns without which a thing's proof is not known.
const OF_PROOF: [&str; 4] = ["event_id", "source_uri", "time", "source_record"];

pub fn schema() -> SchemaRef {
    let texts = TEXTS.iter().map(|name| Field::new(*name, DataType::Utf8View, false));
    let numbers = NUMBERS.iter().map(|name| Field::new(*name, DataType::Int64, true));
    let shared = Field::new(SHARED, DataType::Boolean, false);
    Arc::new(Schema::new(texts.chain(numbers).chain([shared]).collect::<Vec<_>>()))
}

pub fn batch(inventory: &Inventory) -> Result<RecordBatch> {
    let handed_out = |item: &Item| item.proof.time.filter(|_| item.kind.is_key());
    let mut items: Vec<Item> = inventory.items().collect();
    items.sort_by_key(handed_out);
    let clusters = &inventory.clusters;
    let text = |of: fn(&Item) -> &str| -> ArrayRef {
        let named = clusters.iter().map(|_| Some(""));
        Arc::new(named.chain(items.iter().map(|item| Some(of(item)))).collect::<StringViewArray>())
    };
    let number = |of: &dyn Fn(&Item) -> Option<i64>| -> ArrayRef {
        Arc::new(clusters.iter().map(|_| None).chain(items.iter().map(of)).collect::<Int64Array>())
    };
    let kinds = clusters.iter().map(|_| CLUSTER).chain(items.iter().map(|item| item.kind.name()));
    let names = clusters.iter().map(String::as_str).chain(items.iter().map(|item| item.cluster.as_str()));
    let mut owners: HashMap<&str, (&str, bool)> = HashMap::new();
    for item in &items {
        let (first, is_shared) = owners.entry(&item.value).or_insert((&item.cluster, false));
        *is_shared |= *first != item.cluster;
    }
    let shared = items.iter().map(|item| owners.get(item.value.as_str()).is_some_and(|(_, is_shared)| *is_shared));
    let shared: BooleanArray = clusters.iter().map(|_| false).chain(shared).map(Some).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(kinds.map(Some).collect::<StringViewArray>()),
        text(|item| &item.value),
        text(|item| &item.account),
        Arc::new(names.map(Some).collect::<StringViewArray>()),
        text(|item| item.confidence.name()),
        text(|item| &item.proof.event_id),
        text(|item| &item.proof.source_uri),
        number(&handed_out),
        number(&|item| item.proof.time),
        number(&|item| item.proof.source_record),
        Arc::new(shared),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// What is asked for of the rows of a kept inventory.
pub async fn read(context: &SessionContext, kept: Arc<dyn TableProvider>, reading: Reading<'_>) -> Result<Inventory> {
    let mut rows = context.read_table(kept)?;
    rows = match reading {
        Reading::Clusters => rows.filter(col("kind").eq(lit(CLUSTER)))?,
        Reading::Things(keys) => rows.filter(in_use(keys))?.drop_columns(&OF_PROOF)?,
        Reading::ThingsOf(cluster, keys) => {
            rows.filter(bears_on(cluster).and(in_use(keys)))?.drop_columns(&OF_PROOF)?
        }
        Reading::All => rows,
    };
    let mut batches = rows.execute_stream().await?;
    let (mut inventory, mut items) = (Inventory::default(), Vec::new());
    while let Some(batch) = batches.next().await {
        take(&batch?, &mut inventory, &mut items)?;
    }
    inventory.items = items.into_iter().collect();
    Ok(inventory)
}

fn bears_on(cluster: &str) -> Expr {
    let always = [CLUSTER, Kind::Issuer.name()].map(lit).to_vec();
    col("cluster").eq(lit(cluster)).or(col(SHARED)).or(col("kind").in_list(always, false))
}

fn in_use(keys: Keys) -> Expr {
    let handed_out = || col("handed_out");
    let from = keys.from.map(|from| handed_out().gt_eq(lit(from)));
    let until = keys.until.map(|until| handed_out().lt(lit(until)));
    let times = from.into_iter().chain(until).reduce(Expr::and);
    times.map_or(lit(true), |times| handed_out().is_null().or(times))
}

type Entry = ((Kind, String, String, String), (Confidence, Proof));

fn take(batch: &RecordBatch, inventory: &mut Inventory, items: &mut Vec<Entry>) -> Result<()> {
    let columns = Columns(batch);
    let [kinds, values, accounts, clusters, confidences] = [
        columns.texts("kind")?,
        columns.texts("value")?,
        columns.texts("account")?,
        columns.texts("cluster")?,
        columns.texts("confidence")?,
    ];
    let proofs = match batch.column_by_name("event_id") {
        Some(_) => Some(Proofs {
            event_ids: columns.texts("event_id")?,
            source_uris: columns.texts("source_uri")?,
            times: columns.numbers("time")?,
            source_records: columns.numbers("source_record")?,
        }),
        None => None,
    };
    for row in 0..batch.num_rows() {
        let Some(cluster) = clusters.get(row) else { continue };
        if kinds.text(row) == Some(CLUSTER) {
            inventory.clusters.insert(cluster);
            continue;
        }
        let kind = kinds.text(row).and_then(Kind::from_name);
        let confidence = confidences.text(row).and_then(Confidence::from_name);
        let (Some(kind), Some(confidence), Some(value)) = (kind, confidence, values.get(row)) else { continue };
        let proof = proofs.as_ref().map_or_else(Proof::default, |proofs| proofs.of(row));
        items.push(((kind, value, accounts.get(row).unwrap_or_default(), cluster), (confidence, proof)));
    }
    Ok(())
}

/// The columns of proofs.
struct Proofs {
    event_ids: Texts,
    source_uris: Texts,
    times: Numbers,
    source_records: Numbers,
}

impl Proofs {
    fn of(&self, row: usize) -> Proof {
        Proof {
            time: self.times.known(row),
            event_id: self.event_ids.get(row).unwrap_or_default(),
            source_uri: self.source_uris.get(row).unwrap_or_default(),
            source_record: self.source_records.known(row),
        }
    }
}
