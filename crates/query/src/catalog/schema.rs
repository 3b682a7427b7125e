//! The schema of a session: its tables, and views that are planned when they are first asked for. To plan the timeline
//! takes longer than many a question.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::prelude::SessionContext;

/// The name under which a session knows the schema.
pub const SCHEMA: &str = "public";

/// The catalog it is in.
pub const CATALOG: &str = "datafusion";

/// Makes a context for planning; none once the session is gone.
type Planner = Box<dyn Fn() -> Option<SessionContext> + Send + Sync>;

pub struct LakeSchema {
    tables: MemorySchemaProvider,
    view_name: &'static str,
    view_sql: String,
    planner: Planner,
    view: OnceLock<Arc<dyn TableProvider>>,
}

impl LakeSchema {
    /// An empty schema with one view, whose SQL may name the tables to come.
    pub fn new(context: &SessionContext, view_name: &'static str, view_sql: String) -> Self {
        // The session owns the schema; it must not own the session.
        let state = context.state_weak_ref();
        let planner = move || Some(SessionContext::new_with_state(state.upgrade()?.read().clone()));
        let tables = MemorySchemaProvider::new();
        Self { tables, view_name, view_sql, planner: Box::new(planner), view: OnceLock::new() }
    }
}

impl fmt::Debug for LakeSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LakeSchema").field("tables", &self.tables).finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.tables.table_names();
        names.push(self.view_name.to_owned());
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name != self.view_name {
            return self.tables.table(name).await;
        }
        if let Some(view) = self.view.get() {
            return Ok(Some(Arc::clone(view)));
        }
        let Some(context) = (self.planner)() else { return Ok(None) };
        let view = context.sql(&self.view_sql).await?.into_view();
        Ok(Some(Arc::clone(self.view.get_or_init(|| view))))
    }

    fn register_table(&self, name: String, table: Arc<dyn TableProvider>) -> Result<Option<Arc<dyn TableProvider>>> {
        self.tables.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.tables.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        name == self.view_name || self.tables.table_exist(name)
    }
}
