//! What can be measured. A new bench is an entry in [`BENCHES`].

pub mod decode;
pub mod ingest;
pub mod insights;
pub mod question;
pub mod verify;
pub mod zcat;

use crate::dataset::Dataset;
use crate::failure::Failure;
use crate::sample::Sample;

/// What a bench is given.
pub struct Task<'a> {
    pub dataset: &'a Dataset,
    /// How often to measure; for benches that are measured in rounds this is the rounds' affair.
    pub runs: usize,
    /// The memory setting of an ingest; the program's own if there is none.
    pub memory_bytes: Option<u64>,
}

/// When a bench runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Once in each round, beside the others, so that a passing trouble of the machine does not hit it alone.
    EachRound,
    /// Once after all rounds, on the lake they left, and repeats by itself.
    AtTheEnd,
}

pub struct Bench {
    pub name: &'static str,
    pub about: &'static str,
    pub schedule: Schedule,
    /// Whether it reads the lake that `ingest` makes.
    pub needs_lake: bool,
    /// No samples at all means that it can't be measured here.
    pub run: fn(&Task<'_>) -> Result<Vec<Sample>, Failure>,
}

/// The bench that the others are compared with.
pub const INFLATE: &str = "inflate";
/// The bench that makes the lake.
pub const INGEST: &str = "ingest";

/// Every bench, in the order they run.
pub static BENCHES: [Bench; 12] = [
    in_rounds("zcat", "the system's `zcat` of the same files, as an outside reference", zcat::zcat),
    in_rounds(INFLATE, "all objects through our gunzip, one thread", decode::inflate),
    in_rounds("frame", "inflate, and split into records", decode::frame),
    in_rounds("decode", "inflate, split, and decode into Arrow, one thread", decode::decode),
    in_rounds(INGEST, "the whole ingest of the folder into a new lake", ingest::ingest),
    Bench {
        needs_lake: true,
        ..in_rounds("ingest-again", "a second run over the same folder, which finds nothing new", ingest::again)
    },
    in_rounds("ingest-s3", "the whole ingest from an S3 in another process on this machine", ingest::from_s3),
    in_rounds("verify", "CloudTrail's digests over as many log files as the archive has objects", verify::verify),
    at_the_end("queries", "the curated queries and some others, warm", question::queries),
    at_the_end(
        "insights",
        "each curated query beside the Logs Insights query it stands for, warm",
        insights::originals,
    ),
    at_the_end("translate", "Logs Insights to SQL: published and curated queries, in process", insights::translations),
    at_the_end("timeline", "the timeline of a cluster, of a day and whole, warm", question::timelines),
];

const fn in_rounds(
    name: &'static str,
    about: &'static str,
    run: fn(&Task<'_>) -> Result<Vec<Sample>, Failure>,
) -> Bench {
    Bench { name, about, schedule: Schedule::EachRound, needs_lake: false, run }
}

const fn at_the_end(
    name: &'static str,
    about: &'static str,
    run: fn(&Task<'_>) -> Result<Vec<Sample>, Failure>,
) -> Bench {
    Bench { name, about, schedule: Schedule::AtTheEnd, needs_lake: true, run }
}

pub fn find(name: &str) -> Result<&'static Bench, Failure> {
    let found = BENCHES.iter().find(|bench| bench.name == name);
    found.ok_or_else(|| Failure::Usage(format!("there is nothing named `{name}` to measure")))
}
