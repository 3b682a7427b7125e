//! Decoding as its callers see it: bytes of an object in, rows and rejects out.

#![allow(clippy::unwrap_used, reason = "in tests a surprise is a failure")]

mod authenticator;
mod cloudtrail_insight;
mod cloudwatch;
mod control_plane;
mod decoding;
mod framing;
mod guardduty;
mod hostile;
mod irregular;
mod lines;
mod parquet;
mod support;
mod vpc_flow;
