//! Evidence bundles: rows of a lake with their raw records, where they came from and what vouches for them, in a form
//! that a stranger can check.
//!
//! A bundle is a tree of files, as a folder or packed into one zip. [`Writer`] makes the tree, [`EvidenceWriter`] puts
//! the rows and what proves them into it, [`answer::write`] the answer of a query, and [`Writer::finish`] the list of
//! hashes and the signature over it. [`check()`] reads all of it again and says what differs. What may not leave the
//! house is found by [`secrets`].
//!
//! The same rows give the same bytes; times stand in the manifest alone, and whoever calls says which. Nothing here
//! knows the lake, asks a query, reads the clock or makes up a key: rows, words and random bytes are given.
//!
//! The form is described in `docs/concepts/evidence-bundle.md`.

pub mod answer;
mod check;
mod csv;
mod error;
mod evidence;
pub mod key;
mod manifest;
mod objects;

mod path;
mod provenance;
mod readme;
pub mod secrets;
mod sightings;
mod tables;
mod tree;
mod write;
mod zip;

pub use check::{CheckReport, Finding, FindingKind, Signature, check};
pub use csv::{quoted, starts_like_a_formula};
pub use error::Error;
pub use evidence::{EvidenceSummary, EvidenceWriter, Redaction, TableRows};
pub use key::{PublicKey, SigningKey};
pub use manifest::{FORMAT, FileEntry, Manifest, Packed, Packing, Statement, Tool};
pub use objects::ObjectFacts;
pub use sightings::Sighting;
pub use write::{FileWriter, Finished, Form, Writer};
