//! The one place where a DataFusion session is built: its settings, tables, functions and views, by name.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemoryCatalogProviderList, TableProvider};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::scalar::ScalarValue;
use eksamine_lake::Lake;

use crate::catalog::{CATALOG, LAKE_URL, LakeSchema, LakeStore, SCHEMA, Tables, lake_tables, manifest_tables};
use crate::derived::Derived;
use crate::distinct_counts::DistinctCounts;
use crate::error::{Error, Names};
use crate::filter_order::FilterOrder;
use crate::identity;
use crate::insights::{Defaults, InsightsFunction};
use crate::sharing_pool::SharingPool;
use crate::timeline::addresses;
use crate::{timeline, udf};

/// How many of those that use most memory an error names.
const LARGEST_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);

/// How a session works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub threads: usize,
    /// Most memory for sorting and grouping; past it they go to disk.
    pub memory_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get), memory_bytes: 2 << 30 }
    }
}

/// A lake with its questions.
pub struct Session {
    context: SessionContext,
    /// What the table function `insights` takes for granted.
    pub(crate) defaults: Defaults,
    /// What is worked out from the lake's rows once and kept beside them.
    pub(crate) derived: Derived,
    pub(crate) kept: Arc<timeline::Kept>,
}

/// Rows on their way.
pub struct Answer {
    pub schema: SchemaRef,
    pub rows: SendableRecordBatchStream,
}

impl Answer {
    /// Rows that are there already.
    pub fn of_batch(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
        Self { schema, rows: Box::pin(rows) }
    }
}

/// A batch with texts of its own. Those of an answer look into the pages that they were read with, and keep all of these.
pub(crate) fn compact(batch: &RecordBatch) -> Result<RecordBatch, DataFusionError> {
    let columns = batch.columns().iter().map(|column| match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()) as ArrayRef,
        None => Arc::clone(column),
    });
    Ok(RecordBatch::try_new(batch.schema(), columns.collect())?)
}

impl Session {
    pub fn open(lake: Lake, settings: &Settings) -> Result<Self, Error> {
        let mut config = SessionConfig::new()
            .with_information_schema(true)
            .with_target_partitions(settings.threads.max(1))
            .with_parquet_bloom_filter_pruning(true);
        let options = config.options_mut();
        // Analysts write `select event_time, cluster from …`; the generic dialect takes `cluster` for a keyword there.
        options.sql_parser.dialect = datafusion::common::config::Dialect::PostgreSQL;
        options.sql_parser.collect_spans = true;
        options.execution.parquet.pushdown_filters = true;
        // `FilterOrder` is better at it.
        options.execution.parquet.reorder_filters = false;
        options.execution.time_zone = Some("UTC".to_owned());
        // DataFusion 55 narrows the scan below `max(a), max(b)` by what it has seen of them; while one of them is null so
        // far, or is no plain column, it leaves that one out and loses rows (`build_dynamic_filter_from_accumulator_bounds`).
        options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        // Where most rows are a group of their own, grouping them in each thread first only takes memory.
        options.execution.skip_partial_aggregation_probe_ratio_threshold = 0.5;
        let pool = TrackConsumersPool::new(SharingPool::new(settings.memory_bytes / 10 * 9), LARGEST_CONSUMERS);
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build_arc();
        let runtime = runtime.map_err(|error| Error::of(error, "", Names::default()))?;
        let context = SessionContext::new_with_config_rt(config, runtime);
        context.add_optimizer_rule(Arc::new(FilterOrder));
        context.add_optimizer_rule(Arc::new(DistinctCounts));
        let (root, lake_tables) = (lake.root().to_path_buf(), lake_tables(&lake)?);
        let mut tables = manifest_tables(&lake);
        tables.extend(lake_tables.iter().map(|(name, table)| (*name, Arc::clone(table) as Arc<dyn TableProvider>)));
        let derived = Derived::of(&lake)?;
        tables.push((identity::TABLE, Arc::new(identity::table(derived.clone()))));
        tables.push((addresses::TABLE, Arc::new(addresses::AddressTable::new(derived.clone()))));
        drop(lake);
        let kept = Arc::new(timeline::Kept::of(&derived, &lake_tables));
        let session = Self { context, defaults: Defaults::of(&root), derived, kept };
        session.prepare(&root, tables).map_err(|error| Error::of(error, "", Names::default()))?;
        Ok(session)
    }

    fn prepare(&self, root: &Path, tables: Tables) -> Result<(), DataFusionError> {
        let store = LakeStore::new(root);
        let store = store.map_err(|error| DataFusionError::ObjectStore(Box::new(error)))?;
        let url = datafusion::datasource::object_store::ObjectStoreUrl::parse(LAKE_URL)?;
        self.context.register_object_store(url.as_ref(), Arc::new(store));
        let schema = Arc::new(LakeSchema::new(&self.context, timeline::VIEW, timeline::view()));
        let catalog = self.context.catalog(CATALOG);
        let catalog = catalog.ok_or_else(|| DataFusionError::Internal("a session without catalog".to_owned()))?;
        catalog.register_schema(SCHEMA, schema)?;
        for (name, table) in tables {
            self.context.register_table(name, table)?;
        }
        let mut context = self.context.clone();
        datafusion_functions_json::register_all(&mut context)?;
        for function in udf::all() {
            self.context.register_udf(function);
        }
        for function in udf::insights::aggregates() {
            self.context.register_udaf(function);
        }
        let inventory = self.kept.inventory_view(&self.context)?;
        self.context.register_table(timeline::inventory::view::TABLE, Arc::new(inventory))?;
        let insights = InsightsFunction { defaults: self.defaults.clone() };
        self.context.register_udtf("insights", Arc::new(insights));
        Ok(())
    }

    /// A session with the functions of this one and none of its tables, for many small questions about a few rows: on one
    /// thread, since to divide such work costs more than it saves.
    pub(crate) fn apart(&self) -> Self {
        let state = self.context.state();
        let mut config = state.config().clone().with_target_partitions(1);
        // Few rows need no clever plan, and to look for one takes longer than they do.
        config.options_mut().optimizer.max_passes = 1;
        let state = SessionStateBuilder::new_from_existing(state)
            .with_config(config.with_create_default_catalog_and_schema(true))
            .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
            .build();
        let context = SessionContext::new_with_state(state);
        let (derived, kept) = (self.derived.clone(), Arc::clone(&self.kept));
        Self { context, defaults: self.defaults.clone(), derived, kept }
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Runs one statement that reads. `parameters` fill `$name` placeholders.
    pub async fn sql(&self, sql: &str, parameters: Vec<(String, ScalarValue)>) -> Result<Answer, Error> {
        let failed = |error| {
            let (tables, functions) = (self.names(), self.functions());
            Error::of(error, sql, Names { tables: &tables, functions: &functions })
        };
        let frame = self.plan(sql, parameters).await.map_err(failed)?;
        let rows = frame.execute_stream().await.map_err(failed)?;
        Ok(Answer { schema: rows.schema(), rows })
    }

    pub(crate) async fn plan(
        &self,
        sql: &str,
        parameters: Vec<(String, ScalarValue)>,
    ) -> Result<DataFrame, DataFusionError> {
        let only_reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let frame = self.context.sql_with_options(sql, only_reading).await?;
        if parameters.is_empty() {
            return Ok(frame);
        }
        frame.with_param_values(parameters)
    }

    /// Tables and views with their columns, in the order to show them.
    pub fn names(&self) -> Vec<(String, Vec<String>)> {
        let Some(schema) = self.context.catalog(CATALOG).and_then(|catalog| catalog.schema(SCHEMA)) else {
            return Vec::new();
        };
        let mut names = schema.table_names();
        names.sort();
        let columns = |name: &String| {
            let table = futures::executor::block_on(schema.table(name)).ok().flatten();
            let fields = table.map(|table| table.schema());
            fields.map_or_else(Vec::new, |schema| schema.fields().iter().map(|field| field.name().clone()).collect())
        };
        names.iter().map(|name| (name.clone(), columns(name))).collect()
    }

    /// Names of the functions SQL can use.
    pub fn functions(&self) -> Vec<String> {
        let state = self.context.state();
        let mut names: Vec<String> = state.scalar_functions().keys().cloned().collect();
        names.extend(state.aggregate_functions().keys().cloned());
        names.extend(state.window_functions().keys().cloned());
        names.sort();
        names.dedup();
        names
    }
}
