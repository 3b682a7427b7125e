//! A table of the lake as DataFusion scans it: the live parts that the manifest names, pruned before a file is
//! opened.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::{CachedParquetFileReaderFactory, ParquetRowSelection};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, utils::conjunction};
use datafusion::object_store::{ObjectMeta, path::Path};
use datafusion::parquet::arrow::arrow_reader::RowSelection;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use eksamine_lake::PartEntry;
use eksamine_sources::{Kind, Table};

use super::LAKE_URL;
use super::parts::PartStatistics;

/// The key of a column's metadata that marks it as JSON text.
pub const JSON_MARK: &str = "eksamine.json";

#[derive(Clone, Debug)]
pub struct LakeTable {
    table: &'static Table,
    schema: SchemaRef,
    /// Where each part is now, relative to the lake.
    paths: Vec<String>,
    parts: Vec<PartEntry>,
    /// A bit for each row of a part whether it is read, by the part's path in the manifest; all rows of all parts where
    /// this is none.
    rows: Option<HashMap<String, BooleanBuffer>>,
}

impl LakeTable {
    pub fn new(table: &'static Table, parts: Vec<(String, PartEntry)>) -> Self {
        let (paths, parts) = parts.into_iter().unzip();
        Self { table, schema: session_schema(table), paths, parts, rows: None }
    }

    /// The paths of the parts, as the manifest names them.
    pub fn part_paths(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.path.as_str())
    }

    /// The table with these rows of these parts only: by the path of a part a bit for each of its rows, and perhaps some
    /// more. A part of which there are fewer bits than rows is read whole.
    pub fn with_rows(&self, rows: HashMap<String, BooleanBuffer>) -> Self {
        Self { rows: Some(rows), ..self.clone() }
    }

    /// The table with one of its parts only.
    pub fn with_part(&self, part: &str) -> Self {
        let kept = self.paths.iter().zip(&self.parts).filter(|(_, entry)| entry.path == part);
        let (paths, parts) = kept.map(|(path, entry)| (path.clone(), entry.clone())).unzip();
        Self { paths, parts, ..self.clone() }
    }

    /// The parts that the filters can't rule out.
    fn wanted(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<bool>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(vec![true; self.parts.len()]);
        };
        let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
        let predicate = state.create_physical_expr(filter, &schema)?;
        let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&self.schema));
        let Ok(pruning) = builder.try_build(predicate) else {
            return Ok(vec![true; self.parts.len()]);
        };
        pruning.prune(&PartStatistics { parts: &self.parts, by_cluster: self.table.by_cluster })
    }
}

/// The rows of a part that are read, by their bits.
fn selection(bits: &BooleanBuffer, part: &PartEntry) -> Option<RowSelection> {
    let count = usize::try_from(part.rows).ok()?;
    let bits = if bits.len() < count { BooleanBuffer::new_set(count) } else { bits.slice(0, count) };
    Some(RowSelection::from_filters(&[BooleanArray::new(bits, None)]))
}

/// A part as the scan addresses it. Its path is taken as it is: names in it are percent-encoded already.
fn file(path: &str, size_bytes: u64) -> Result<PartitionedFile> {
    let location = Path::parse(path).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let last_modified = DateTime::<Utc>::UNIX_EPOCH;
    let meta = ObjectMeta { location, last_modified, size: size_bytes, e_tag: None, version: None };
    Ok(PartitionedFile::new_from_meta(meta))
}

/// The table's schema in a session: text as views, which Parquet is read into without copying, and JSON marked.
fn session_schema(table: &Table) -> SchemaRef {
    let lake = table.arrow_schema();
    let fields = lake.fields().iter().zip(table.all_columns()).map(|(field, column)| {
        let data_type = match field.data_type() {
            DataType::Utf8 => DataType::Utf8View,
            other => other.clone(),
        };
        let field = Field::new(field.name(), data_type, field.is_nullable());
        if column.kind == Kind::Json {
            field.with_metadata(HashMap::from([(JSON_MARK.to_owned(), "true".to_owned())]))
        } else {
            field
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for LakeTable {
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
        let wanted = self.wanted(state, filters)?;
        let files: Vec<PartitionedFile> = self
            .parts
            .iter()
            .zip(&self.paths)
            .zip(wanted)
            .filter(|(_, wanted)| *wanted)
            .filter_map(|((part, path), _)| {
                let file = file(path, part.size_bytes);
                let Some(rows) = &self.rows else { return Some(file) };
                let own = selection(rows.get(&part.path)?, part).filter(RowSelection::selects_any)?;
                Some(file.map(|file| file.with_extension(ParquetRowSelection::new(own))))
            })
            .collect::<Result<_>>()?;
        if files.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let url = ObjectStoreUrl::parse(LAKE_URL)?;
        let runtime = state.runtime_env();
        let store = runtime.object_store(&url)?;
        let metadata = runtime.cache_manager.get_file_metadata_cache();
        let source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_parquet_file_reader_factory(Arc::new(CachedParquetFileReaderFactory::new(store, metadata)));
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
