//! The pages that leave the house as files: the HTML report, one file that holds a timeline and the page to read it
//! with, and the chain-of-custody page of an evidence bundle ([`Custody`]).
//!
//! Responsible for the file: its data (columns, dictionary-coded and compressed), its page (`assets/`, whose script
//! and style are part of the program) and the locks that keep what an attacker wrote into a log from acting in it.
//! Not responsible for what is in a timeline, for words like the accounting, or for where the file lies: a
//! [`Report`] and [`Event`]s come in, bytes go out. There is no clock; the moment of making is given.
//!
//! ```
//! use eksamine_web::{Event, Report, ReportWriter};
//!
//! let report = Report { title: "Timeline of demo".to_owned(), program: "eksamine".to_owned(), ..Report::default() };
//! let mut writer = ReportWriter::new(report);
//! writer.row(&Event {
//!     time_micros: Some(1_715_695_711_000_000),
//!     plane: Some("kubernetes"),
//!     actor: Some("dana@example.com"),
//!     severity: Some("high"),
//!     summary: Some("opened a shell in pod payments-api-0"),
//!     ..Event::default()
//! })?;
//! let mut file = Vec::new();
//! let written = writer.finish(&mut file)?;
//! assert_eq!(written.rows, 1);
//! assert!(file.starts_with(b"<!doctype html>"));
//! # Ok::<(), eksamine_web::Error>(())
//! ```
//!
//! Invariants: the same report and events give the same bytes; the file names no other file and its policy forbids
//! every request; no text of an event stands in it except compressed and in base64; and text of the report itself is
//! escaped, with controls and invisible characters made visible.

mod assets;
mod columns;
mod custody;
mod event;
mod hours;
mod pack;
mod page;
mod raw;
mod report;
mod text;
mod writer;

pub use custody::{Custody, FileLine, Held, Redaction, Seal, SecretCount, Step, VerdictCount};
pub use event::{Event, TEXT_COLUMNS, TextColumn};
pub use report::{Completeness, Coverage, HourMap, Report};
pub use text::{HIDDEN_RANGES, is_hidden, visible};
pub use writer::{DEFAULT_FILE_BUDGET_BYTES, Error, FIELD_LIMIT_BYTES, RAW_LIMIT_BYTES, ReportWriter, Written};
