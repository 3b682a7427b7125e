//! What a log is: from the bytes of one object to rows of tables, and rejects for what could not be read.
//!
//! Pure: no IO, no clock, no threads. The same bytes give the same rows. Bad data is no error here; decoding returns
//! rows and rejects, and their sum is the number of records seen.

pub mod builder;
mod cloudtrail;
pub mod cluster;
pub mod column;
pub mod decode;
pub mod envelope;
pub mod extract;
pub mod gunzip;
mod k8s_audit;
pub mod reject;
pub mod source;
pub mod time;
mod truncated;

pub use column::{Column, Kind, PROVENANCE, Table};
pub use decode::{Decoder, Object, Outcome};
pub use gunzip::Limits;
pub use reject::{Reason, Reject};
pub use source::{SOURCES, tables};
