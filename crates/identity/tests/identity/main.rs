//! The rules, on facts made by hand and on facts made at random.
#![allow(clippy::unwrap_used)]

mod chains;
mod configured;
mod kubernetes;
mod scene;
mod total;
