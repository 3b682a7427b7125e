//! The tables a session knows: those of the lake, and the manifest's.

mod lake_store;
mod lake_table;
mod manifest_table;
mod parts;
mod schema;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use eksamine_lake::Lake;
use eksamine_sources::tables;

pub use lake_store::LakeStore;
pub use lake_table::{JSON_MARK, LakeTable};
pub use manifest_table::{MANIFEST_TABLES, ManifestDefinition, telling_objects};
pub use schema::{CATALOG, LakeSchema, SCHEMA};

use crate::error::Error;
use manifest_table::ManifestTable;

/// The URL under which a session finds the files of its lake.
pub const LAKE_URL: &str = "lake://main/";

/// Tables by name.
pub type Tables = Vec<(&'static str, Arc<dyn TableProvider>)>;

/// The tables of rows by name. Those without rows are there too, so that a query never fails for want of logs.
pub fn lake_tables(lake: &Lake) -> Result<Vec<(&'static str, Arc<LakeTable>)>, Error> {
    let parts = lake.manifest().parts()?;
    let mut all = Vec::new();
    for table in tables() {
        let own = parts.iter().filter(|part| part.partition.table == table.name);
        let own = own.map(|part| Ok((lake.current_path(&part.path)?, part.clone())));
        all.push((table.name, Arc::new(LakeTable::new(table, own.collect::<Result<_, eksamine_lake::Error>>()?))));
    }
    Ok(all)
}

/// The tables of the manifest, by name.
pub fn manifest_tables(lake: &Lake) -> Tables {
    let table = |table: &'static ManifestDefinition| {
        (table.name, Arc::new(ManifestTable::new(table, lake.root())) as Arc<dyn TableProvider>)
    };
    MANIFEST_TABLES.iter().map(table).collect()
}
