//! The table `addresses` of SQL: whose each private address was, and when.
//!
//! Responsible for its form. What is in it is gathered in `gather`, at the first question that asks for it, and kept.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::{MemTable, TableType};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::gather;
use super::holders::Tenure;
use crate::derived::Derived;

/// The table's name.
pub const TABLE: &str = "addresses";

/// What the table is.
pub const ABOUT: &str = "whose each private address was, and when: pods, nodes, instances and interfaces; worked out \
                         once for each state of the lake";

/// The columns, in order.
pub const COLUMNS: [(&str, &str); 7] = [
    ("address", "the address"),
    ("kind", "what had it: `pod`, `node`, `instance` or `interface`"),
    ("name", "`NAMESPACE/NAME` of a pod, name of a node, id of an instance or interface"),
    ("also", "what it is called besides: instance of a node, name of an instance, description of an interface"),
    ("cluster", "of pods and nodes; whose an instance or interface is, `inventory` tells"),
    ("since", "from when on it is known to have had the address; null where no log tells"),
    (
        "until",
        "when it had it no longer, or of a node when it was last seen; null where no log tells an end: addresses are used \
         again",
    ),
];

/// The table in a session.
pub struct AddressTable {
    derived: Derived,
    schema: SchemaRef,
}

impl AddressTable {
    pub fn new(derived: Derived) -> Self {
        let kind = |name: &str| match name {
            "since" | "until" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8View,
        };
        let fields = COLUMNS.iter().map(|(name, _)| Field::new(*name, kind(name), true));
        Self { derived, schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())) }
    }

    fn batch(&self, tenures: &[Tenure]) -> Result<RecordBatch> {
        let text = |of: fn(&Tenure) -> Option<&str>| -> ArrayRef {
            Arc::new(tenures.iter().map(of).collect::<StringViewArray>())
        };
        let time = |of: fn(&Tenure) -> Option<i64>| -> ArrayRef {
            Arc::new(tenures.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        };
        let columns = vec![
            text(|one| Some(&one.address)),
            text(|one| Some(one.kind.name())),
            text(|one| Some(&one.id)),
            text(|one| one.also.as_deref()),
            text(|one| one.cluster.as_deref()),
            time(|one| one.from),
            time(|one| one.until),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

impl fmt::Debug for AddressTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AddressTable").finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for AddressTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let own = state.as_any().downcast_ref::<SessionState>();
        let own = own.ok_or_else(|| DataFusionError::Internal("no session state".to_owned()))?;
        let tenures = gather::of_context(&SessionContext::new_with_state(own.clone()), &self.derived).await?;
        let rows = MemTable::try_new(self.schema(), vec![vec![self.batch(&tenures)?]])?;
        rows.scan(state, projection, filters, limit).await
    }
}
