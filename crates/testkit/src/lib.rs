//! What tests and benches stand on: the incident of `testdata/bucket`, a seeded generator of realistic archives, an S3
//! server in process, and a second evaluator of Logs Insights. Never part of the shipped program.

pub mod actors;
pub mod cloudtrail;
pub mod generate;
pub mod insights;
pub mod s3;
pub mod story;
pub mod trail;
