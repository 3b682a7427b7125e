//! Decoding as its callers see it: bytes of an object in, rows and rejects out.

mod decoding;
mod framing;
mod hostile;
mod support;
