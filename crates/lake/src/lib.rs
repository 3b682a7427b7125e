//! Where rows lie: the layout of a lake, its manifest, and the protocol that changes both at once or not at all.
//!
//! A lake is a folder of Parquet parts and one SQLite manifest that says which objects were read, with what result,
//! and which parts are live. This crate knows no source and no SQL engine.
//!
//! The commit: parts are written under a staging name and synced; one SQLite transaction records them, the objects
//! and their counts; then they are renamed into place. Opening a lake for writing finishes the renames of committed
//! parts and deletes what no commit names, so a run killed at any moment leaves a lake as it was before or after a
//! commit, never between.

pub mod check;
mod commit;
mod error;
mod layout;
mod manifest;
mod part;

pub use commit::{Change, Commit, Lake, Stager, Writer};
pub use error::Error;
pub use layout::{DERIVED, FORMAT, Partition, SIGHTINGS, hex};
pub use manifest::{
    Accounting, Content, ContentEntry, KeptEntry, Manifest, ObjectEntry, ObjectStatus, PartEntry, RejectEntry,
    RejectTotal, Totals, fingerprint,
};
pub use part::{PartWriter, Staged};
