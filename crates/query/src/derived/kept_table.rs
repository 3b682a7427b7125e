//! A table that is worked out from the lake once for each state of it, and kept as Parquet beside it.
//!
//! Responsible for when that is done, and for reading what is kept. What is in it, and how it is worked out, is its
//! maker's. Where the lake can't be written the rows stay in memory, for as long as the session does.

use std::fmt;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::{MemTable, TableType};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::file::reader::{FileReader, SerializedFileReader};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use futures::future::BoxFuture;
use futures::lock::Mutex;

use super::{Derived, Holding};
use crate::catalog::LAKE_URL;

/// Takes rows, a piece at a time.
pub type Take<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<()>;

/// Rows that are handed on a piece at a time, since there can be more of them than should be in memory at once.
pub type Rows = Box<dyn FnOnce(Take<'_>) -> Result<()> + Send>;

/// Rows that are in memory.
pub fn in_memory(batches: Vec<RecordBatch>) -> Rows {
    Box::new(|take| batches.into_iter().try_for_each(take))
}

/// Works out the rows.
type WorkOut = Box<dyn Fn(SessionContext) -> BoxFuture<'static, Result<Rows>> + Send + Sync>;

/// Small groups, since most questions are about little of a table.
const GROUP_ROWS: usize = 8_192;

/// The table in a session.
pub struct KeptTable {
    derived: Derived,
    holding: Holding,
    schema: SchemaRef,
    work_out: WorkOut,
    kept: Mutex<Option<Kept>>,
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptTable").field("holding", &self.holding).finish_non_exhaustive()
    }
}

/// Where the rows are.
#[derive(Clone, Debug)]
enum Kept {
    /// In the lake's folder.
    File { relative_path: String, size_bytes: u64, rows: usize },
    /// Here, because the lake can't be written.
    Memory(Vec<RecordBatch>),
}

impl KeptTable {
    pub fn new(
        derived: Derived,
        holding: Holding,
        schema: SchemaRef,
        work_out: impl Fn(SessionContext) -> BoxFuture<'static, Result<Rows>> + Send + Sync + 'static,
    ) -> Self {
        Self { derived, holding, schema, work_out: Box::new(work_out), kept: Mutex::new(None) }
    }

    /// Works the table out, unless that is done.
    async fn kept(&self, state: &dyn Session) -> Result<Kept> {
        let mut known = self.kept.lock().await;
        if let Some(kept) = &*known {
            return Ok(kept.clone());
        }
        let kept = match self.stored() {
            Some(kept) => kept,
            None => self.worked_out(state).await?,
        };
        Ok(known.insert(kept).clone())
    }

    /// The file in the lake's folder, if there is one that can be read.
    fn stored(&self) -> Option<Kept> {
        let file = std::fs::File::open(self.derived.path(&self.holding)).ok()?;
        let size_bytes = file.metadata().ok()?.len();
        let reader = SerializedFileReader::new(file).ok()?;
        let file = reader.metadata().file_metadata();
        let names = file.schema_descr().columns().iter().map(|column| column.name().to_owned());
        let complete = names.eq(self.schema.fields().iter().map(|field| field.name().clone()));
        let rows = usize::try_from(file.num_rows()).ok().filter(|_| complete)?;
        Some(Kept::File { relative_path: self.derived.relative_path(&self.holding), size_bytes, rows })
    }

    async fn worked_out(&self, state: &dyn Session) -> Result<Kept> {
        let state = state.as_any().downcast_ref::<SessionState>();
        let state = state.ok_or_else(|| DataFusionError::Internal("no session state".to_owned()))?;
        let work_out = || (self.work_out)(SessionContext::new_with_state(state.clone()));
        let mut rows = Some(work_out().await?);
        let kept = self.derived.keep_rows(&self.holding, &self.schema, |take| match rows.take() {
            Some(rows) => rows(take),
            None => Ok(()),
        });
        if let Some(kept) = kept.ok().and_then(|()| self.stored()) {
            return Ok(kept);
        }
        // Rows that were on their way to the file when it could not be written are worked out again.
        let rows = match rows {
            Some(rows) => rows,
            None => work_out().await?,
        };
        let mut batches = Vec::new();
        rows(&mut |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(Kept::Memory(batches))
    }
}

impl Derived {
    /// Keeps rows as Parquet, under the rules of [`Derived::keep`].
    pub fn keep_rows(
        &self,
        holding: &Holding,
        schema: &SchemaRef,
        rows: impl FnOnce(Take<'_>) -> Result<()>,
    ) -> io::Result<()> {
        self.keep(holding, |file| {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
                .set_max_row_group_row_count(Some(GROUP_ROWS))
                .build();
            let mut writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))?;
            rows(&mut |batch| Ok(writer.write(&batch)?)).map_err(io::Error::other)?;
            writer.close()?;
            Ok(())
        })
    }
}

#[async_trait]
impl TableProvider for KeptTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (relative_path, size_bytes, rows) = match self.kept(state).await? {
            Kept::Memory(batches) => {
                let table = MemTable::try_new(self.schema(), vec![batches])?;
                return table.scan(state, projection, filters, limit).await;
            }
            Kept::File { relative_path, size_bytes, rows } => (relative_path, size_bytes, rows),
        };
        let source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(state.default_table_options().parquet);
        let statistics = Statistics { num_rows: Precision::Inexact(rows), ..Statistics::new_unknown(&self.schema) };
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(LAKE_URL)?, Arc::new(source))
            .with_file(PartitionedFile::new(relative_path, size_bytes))
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
