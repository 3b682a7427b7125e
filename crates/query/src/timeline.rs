//! The timeline: the events of all planes in one order and one shape, and those of one cluster with the reason why
//! each concerns it.
//!
//! The planes are one SQL file each (`planes/`). Which events of planes that name no cluster concern one is in
//! `attribution`, from what `inventory` gathers; what an action means in `catalogue`; the words of a cut become SQL in
//! `cut`; rows are folded and marked in `rows`.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::datasource::ViewTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use crate::catalog::LakeTable;
use crate::derived::{Derived, KeptTable};
use crate::error::{Error, Names, nearest};
use crate::session::{Answer, Session};

mod attribution;
mod candidates;
pub mod catalogue;
mod cut;
mod flows;
mod history;
pub mod inventory;
mod pipelines;
mod planes;
mod records;
mod rows;

pub use catalogue::{CATEGORIES, Severity};
pub use cut::{Cut, Details, Folding, PLANES};
pub(crate) use flows::{held, table as addresses};
pub use records::{Limits, ReadRecords, Records};

use inventory::{Inventory, Keys, Reading};

/// The name of the view.
pub const VIEW: &str = "timeline";

/// The columns of a timeline, in order.
pub const COLUMNS: [&str; 30] = [
    "time",
    "plane",
    "cluster",
    "actor",
    "actor_kind",
    "via",
    "confidence",
    "action",
    "target",
    "namespace",
    "outcome",
    "address",
    "user_agent",
    "severity",
    "category",
    "technique",
    "summary",
    "reason",
    "reason_confidence",
    "count",
    "last_time",
    "first_seen",
    "access_key_id",
    "identity",
    "account_id",
    "region",
    "event_id",
    "stage",
    "source_uri",
    "source_record",
];

/// The columns a person reads; the others are for programs.
pub const READING_COLUMNS: [&str; 10] =
    ["time", "plane", "severity", "actor", "action", "target", "outcome", "address", "summary", "count"];

/// The view over the lake's tables that SQL knows as `timeline`.
pub fn view() -> String {
    planes::view()
}

/// The names of the clusters in a lake, from all planes, in order.
pub async fn clusters(session: &Session) -> Result<Vec<String>, Error> {
    Ok(inventory_of(session, Reading::Clusters).await?.clusters.into_iter().collect())
}

/// What belongs to the clusters of a lake, as its logs show it.
pub async fn inventory(session: &Session) -> Result<Inventory, Error> {
    inventory_of(session, Reading::All).await
}

async fn inventory_of(session: &Session, reading: Reading<'_>) -> Result<Inventory, Error> {
    inventory::of_session(session, reading).await.map_err(|error| Error::of(error, "", Names::default()))
}

/// What is worked out for timelines once for each state of a lake.
pub(crate) struct Kept {
    inventory: Arc<KeptTable>,
    firsts: Arc<KeptTable>,
    candidates: Arc<KeptTable>,
    /// The table `cloudtrail`.
    calls: Option<Arc<LakeTable>>,
    /// The tables of the lake that have rows.
    filled: BTreeSet<&'static str>,
}

impl Kept {
    /// The table `inventory` of SQL.
    pub(crate) fn inventory_view(&self, context: &SessionContext) -> Result<ViewTable, DataFusionError> {
        inventory::view::view(context, Arc::clone(&self.inventory))
    }

    pub(crate) fn of(derived: &Derived, tables: &[(&'static str, Arc<LakeTable>)]) -> Self {
        let filled = tables.iter().filter(|(_, table)| table.part_paths().next().is_some());
        let calls = tables.iter().find(|(name, _)| *name == "cloudtrail").map(|(_, table)| Arc::clone(table));
        let inventory = Arc::new(inventory::table(derived.clone()));
        Self {
            firsts: Arc::new(history::table(derived.clone())),
            candidates: Arc::new(candidates::table(derived.clone(), calls.clone(), Arc::clone(&inventory))),
            inventory,
            calls,
            filled: filled.map(|(name, _)| *name).collect(),
        }
    }
}

/// The events of a cut, in the order of time.
pub async fn timeline(session: &Session, cut: &Cut) -> Result<Answer, Error> {
    let inventory = match &cut.cluster {
        Some(cluster) => {
            let keys = Keys::in_use(cut.since, cut.until);
            Some(inventory_of(session, Reading::ThingsOf(cluster, keys)).await?)
        }
        None => None,
    };
    let mut parameters = Vec::new();
    if let (Some(cluster), Some(inventory)) = (&cut.cluster, &inventory) {
        if !inventory.clusters.contains(cluster) {
            let known: Vec<String> = inventory.clusters.iter().cloned().collect();
            return Err(no_such_cluster(cluster, &known));
        }
        let things = Arc::new(attribution::Things::of(inventory));
        let lookup = Arc::new(attribution::Lookup::new(cluster, things));
        for function in attribution::functions(lookup) {
            session.context().register_udf(function);
        }
        for function in flows::functions(session, cluster, inventory).await? {
            session.context().register_udf(function);
        }
        parameters.push(("cluster".to_owned(), ScalarValue::from(cluster.as_str())));
        if cut.wants_plane("aws") {
            candidates::register(session, cluster).await.map_err(|error| Error::of(error, "", Names::default()))?;
        }
    }
    let mut conditions = cut.conditions(&mut parameters);
    if let Some(of) = &cut.flows {
        conditions.extend(flows::conditions(session, cut, of, &mut parameters).await?);
    }
    if let Some(pipelines) = &cut.by_hand {
        conditions.extend(pipelines::conditions(session, cut, pipelines).await?);
    }
    let sql = planes::statement(cut, &conditions, &session.kept.filled);
    let history = history::of(session, cut).await?;
    if cut.folding != Folding::Folded {
        let answer = session.sql(&sql, parameters).await?;
        return Ok(rows::worked(answer, cut.folding, history));
    }
    let failed = |error| Error::of(error, &sql, Names::default());
    let frame = session.plan(&sql, parameters).await.map_err(failed)?;
    let (mut state, plan) = frame.into_parts();
    // One table of identities for all streams of events, which then need not be divided by them.
    let optimizer = &mut state.config_mut().options_mut().optimizer;
    optimizer.hash_join_single_partition_threshold = usize::MAX;
    optimizer.hash_join_single_partition_threshold_rows = usize::MAX;
    let plan = state.create_physical_plan(&plan).await.map_err(failed)?;
    let schema = plan.schema();
    let rows = rows::sorted(session.context(), plan, history).await.map_err(failed)?;
    Ok(rows::worked(Answer { schema, rows }, cut.folding, None))
}

/// The chain behind each identity, who else it may have been, and who had the opportunity, as JSON: what the rows of a
/// timeline lead to by their `identity`.
pub async fn chains(session: &Session) -> Result<Answer, Error> {
    let sql = "SELECT identity, chain, candidates, related FROM identities \
               WHERE chain <> '[]' OR candidates IS NOT NULL OR related IS NOT NULL";
    session.sql(sql, Vec::new()).await
}

pub(crate) fn no_such_cluster(name: &str, known: &[String]) -> Error {
    Error::NoSuchCluster { name: name.to_owned(), hint: Some(known_clusters(name, known)) }
}

/// Which clusters there are, and which was probably meant by a name that is none of them.
pub(crate) fn known_clusters(name: &str, known: &[String]) -> String {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match nearest(name, known.iter().map(String::as_str)) {
        _ if known.is_empty() => "no event of this lake names a cluster".to_owned(),
        Some(near) => format!("did you mean `{near}`? the clusters are {list}"),
        None => format!("the clusters are {list}"),
    }
}
