//! The `eksamine` program.
#![allow(dead_code)]

mod output;
mod shell;
mod terminal;

fn main() {}
