//! What a log is: from the bytes of one object to rows of tables, and rejects for what could not be read.
//!
//! Pure: no IO, no clock, no threads. The same bytes give the same rows. Bad data is no error here; decoding returns
//! rows and rejects, and their sum is the number of records seen.

mod authenticator;
pub mod builder;
mod cloudtrail;
mod cloudtrail_insight;
pub mod cluster;
pub mod column;
mod control_plane;
mod cri;
pub mod decode;
pub mod envelope;
pub mod extract;
mod fields;
mod guardduty;
pub mod gunzip;
mod k8s_audit;
mod klog;
mod logfmt;
pub mod proof;
pub mod reject;
pub mod rows;
pub mod sightings;
pub mod source;
pub mod time;
mod truncated;
mod vpc_flow;

pub use column::{Column, Kind, PROVENANCE, Table};
pub use decode::{Decoder, Object, Outcome};
pub use gunzip::Limits;
pub use reject::{Reason, Reject};
pub use rows::{Carrier, Rows};
pub use source::{SOURCES, tables};
