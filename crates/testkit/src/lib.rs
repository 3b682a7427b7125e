//! What tests and benches stand on: the incident of `testdata/bucket`, a seeded generator of realistic archives, and
//! an S3 server in process. Never part of the shipped program.

pub mod generate;
pub mod s3;
pub mod story;
