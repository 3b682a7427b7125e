//! Proof that an archive is whole: CloudTrail's digest chains, checked offline; and evidence that others can check.
//!
//! CloudTrail signs, for every account, region and trail, an hourly digest that names each log file with its SHA-256 and
//! the digest before it. Following these chains shows which log files are as they were delivered, which are not, which
//! are gone, and for which nobody ever vouched. It is what `aws cloudtrail validate-logs` does, without the network, in
//! parallel, over all chains at once, and with the links between digests checked too. [`verify_kept`] does the same with
//! what was kept of an archive when it was read.
//!
//! The core is pure: [`digest`] reads a digest, [`keys`] verifies a signature, [`chain`] judges a chain of digests, and
//! [`verdict`] has the words. [`verify`] walks an archive with them. Public keys are given, or asked of a [`key_source`]
//! that is given; where they come from, and whether to believe that they are those of AWS, is for the caller to know.
//! Nothing here asks the network or knows the terminal, and only [`bundle`], which is apart from the rest, writes.
//!
//! The specification is
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>
//! and its neighbours on custom validation.

pub mod bundle;
pub mod chain;
pub mod digest;
mod error;
pub mod kept;
pub mod key_source;
pub mod keys;
pub mod name;
pub mod place;
mod progress;
mod report;
pub mod sidecar;
pub mod verdict;
mod walk;

pub use error::Error;
pub use progress::{Event, Progress, Silent};
pub use report::{ChainSummary, Counts, Report, Row};
pub use verdict::{Subject, Verdict};
pub use walk::recheck::{Known, Recheck, recheck};
pub use walk::{Hashing, Rows, Settings, verify, verify_kept};
