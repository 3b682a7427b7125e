//! Draws queries and dirty events from a seed. The same seed gives the same, for ever.

mod conditions;
mod events;
mod expressions;
mod others;
mod queries;

use crate::generate::Random;

pub use self::events::{Drawn, events};
pub use self::queries::query;

/// The log group that queries within queries name.
pub const GROUP: &str = "/aws/eks/lab/cluster";

/// What stands where a scalar is expected, as JSON: numbers as texts and in every notation, texts that almost are
/// numbers, hostile letters, and structures.
pub const DIRT: &[&str] = &[
    "7",
    "\"7\"",
    "\"007\"",
    "7.0",
    "\"7.0\"",
    "-3",
    "\"-3\"",
    "1.50",
    "1e3",
    "\"1E3\"",
    "0",
    "-0",
    "\"-0.0\"",
    "0.1",
    "9007199254740992",
    "9007199254740993",
    "\"9007199254740993\"",
    "123456789012345678901234567890",
    "\"+5\"",
    "\".5\"",
    "\"5.\"",
    "\" 5\"",
    "\"5 \"",
    "\"0x1f\"",
    "\"1e999\"",
    "\"NaN\"",
    "\"Infinity\"",
    "\"1_000\"",
    "true",
    "false",
    "\"true\"",
    "null",
    "\"null\"",
    "\"\"",
    "\" \"",
    "\"abc\"",
    "\"ABC\"",
    "\"Abc\"",
    "\"abcabc\"",
    "\"5A\"",
    "\"111A\"",
    "\"a5\"",
    "\"a!\"",
    "\"a12\"",
    "\"a9\"",
    "\"01\"",
    "\"1\"",
    "\"2\"",
    "\"10\"",
    "\"10.0.0.1\"",
    "\"192.168.1.5\"",
    "\"2001:db8::1\"",
    "\"203.0.113.9\"",
    "\"a\\\"b\"",
    "\"it's\"",
    "\"back\\\\slash\"",
    "\"tab\\there\"",
    "\"line\\nbreak\"",
    "\"nul\\u0000.\"",
    "\"ünï\"",
    "\"日本 7\"",
    "\"\\u00e9\"",
    "\"e\\u0301\"",
    "\"\\ud83d\\ude00\"",
    "\"100%\"",
    "\"_\"",
    "\"a*b\"",
    "\"$1\"",
    "\"--\"",
    "\"x=1 y=two\"",
    "\"k=v; n=42 end\"",
    "\"x=\\\"two words\\\"y= k x=3\"",
    "\"n=\\\"un ended =5 user=\\\"a\\\\n\\\"\"",
    "{}",
    "[]",
    "{\"x\": 1}",
    "[\"x\", 1, null]",
    "[[1], {\"y\":[2]}]",
    "\"[1, 2]\"",
    "\"{\\\"k\\\": \\\"v\\\"}\"",
];

/// One of the texts.
fn one<'t>(random: &mut Random, texts: &[&'t str]) -> &'t str {
    let position = random.below(texts.len() as u64) as usize;
    texts.get(position).copied().unwrap_or_default()
}
