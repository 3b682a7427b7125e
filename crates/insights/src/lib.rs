//! CloudWatch Logs Insights without CloudWatch: the language compiled to SQL, and the functions that the SQL calls.
//!
//! Pure: text in, SQL text out. No Arrow, no DataFusion, no IO, no clock.

#![allow(clippy::unnecessary_box_returns, reason = "errors are boxed, so that results stay small")]

mod ast;
pub mod commands;
mod compile;
mod error;
pub mod functions;
mod lexer;
mod notes;
mod parser;
pub mod reference;
pub mod runtime;
pub mod schema;
pub mod sql;

pub use compile::{BinCap, Bins, Missing, OutputColumn, Settings, Translation, translate};
pub use error::{Error, Result, Span, nearest};
pub use notes::Note;
