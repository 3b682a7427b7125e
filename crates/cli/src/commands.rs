//! The commands, one file each.

pub mod check;
pub mod coverage;
pub mod export;
pub mod ingest;
pub mod insights;
pub mod query;
pub mod sql;
pub mod status;
pub mod tables;
pub mod timeline;
pub mod verify;
pub mod who;
