//! How questions are answered: a DataFusion session over a lake, with the lake's tables, the manifest as tables, the
//! timeline, the curated queries, and Logs Insights.
//!
//! Reads only: no statement can change the lake, and nothing here touches the network, the clock or the terminal.

mod catalog;
pub mod coverage;
pub mod curated;
mod derived;
pub mod describe;
mod distinct_counts;
mod error;
pub mod evidence;
mod filter_order;
pub mod identity;
pub mod insights;
pub mod reference;
mod session;
mod sharing_pool;
pub mod timeline;
mod udf;
pub mod verdicts;

pub use error::{Error, Place};
pub use session::{Answer, Session, Settings};
