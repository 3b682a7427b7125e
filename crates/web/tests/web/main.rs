//! The report as a file: its structure, what can't be in it, its bytes and its size. What the page does is tested in a
//! browser (`tests/browser`).

#![allow(clippy::unwrap_used)]

mod custody;
mod file;
mod hostile;
mod made_up;
mod reading;
