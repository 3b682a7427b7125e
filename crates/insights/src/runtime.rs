//! What the SQL of a translated query calls at run time: plain functions on text, numbers and times.
//!
//! One file for each matter. None of them knows Arrow or DataFusion; `eksamine-query` wraps them. Null in is null out
//! unless a function says otherwise, and nothing here fails on bad data: what can't be answered is none.

pub mod addresses;
pub mod dates;
pub mod encodings;
pub mod glob;
pub mod histogram;
pub mod json;
pub mod numbers;
pub mod order;
pub mod patterns;
pub mod records;
pub mod regex;
pub mod text;
pub mod time;
