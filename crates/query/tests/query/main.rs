//! Questions as their askers see them: a lake on disk in, rows and errors out.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "tests own their runtimes; `tokio::test` blocks on them")]

mod accounting;
mod coverage;
mod curated;
mod curated_originals;
mod errors;
mod evidence;
mod folding;
mod functions;
mod grouping;
mod hostile;
mod identity;
mod insights;
mod insights_agree;
mod insights_commands;
mod insights_runs;
mod inventory;
mod lakes;
mod logic;
mod parity;
mod pruning;
mod reading;
mod relations;
mod timeline;
mod truth;
