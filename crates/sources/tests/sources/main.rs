//! Decoding as its callers see it: bytes of an object in, rows and rejects out.

#![allow(clippy::unwrap_used, reason = "in tests a surprise is a failure")]

mod decoding;
mod framing;
mod hostile;
mod support;
