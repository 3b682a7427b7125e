//! The table `identities`: every credential that the lake shows in use, with who is behind it.
//!
//! Responsible for gathering the facts by SQL, for the table's form, and for when it is worked out: at the first
//! question that asks for it, once for each state of the lake (see `derived`). The rules are those of
//! `eksamine-identity`.

mod callers;
pub(crate) mod columns;
mod configuration;
mod gather;
mod logins;
mod mints;
mod rows;
pub mod who;

use datafusion::prelude::SessionContext;
use futures::FutureExt;

use crate::derived::{Derived, Holding, KeptTable, Rows, Take};

pub use rows::COLUMNS;

/// The table's name.
pub const TABLE: &str = "identities";

/// What the table is.
pub const ABOUT: &str =
    "every credential seen in the lake, and who is behind it; worked out once for each state of the lake";

/// The form of the kept file. With the version of the rules it makes the version of the holding.
const FORM: u32 = 2;

const HOLDING: Holding =
    Holding { name: "identities", version: FORM * 1_000 + eksamine_identity::RULES, ending: "parquet" };

/// The table in a session: worked out at the first question that asks for it.
pub fn table(derived: Derived) -> KeptTable {
    let work_out = |context: SessionContext| {
        async move {
            let facts = gather::facts(&context).await?;
            Ok(Box::new(|take: Take<'_>| rows::of_facts(facts, take)) as Rows)
        }
        .boxed()
    };
    KeptTable::new(derived, HOLDING, rows::schema(), work_out)
}
