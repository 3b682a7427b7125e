//! What the report says of itself: title, span, accounting, coverage, notes, all given by the caller in words.

/// The head of the report. Everything is shown as it is given; an empty list has no section.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The heading and the name of the page, such as `Timeline of demo`.
    pub title: String,
    /// The cluster, if the timeline is that of one.
    pub cluster: Option<String>,
    /// What was asked for, in microseconds since 1970-01-01T00:00:00Z: from (inclusive), until (exclusive).
    pub since_micros: Option<i64>,
    pub until_micros: Option<i64>,
    /// When the report was made, in microseconds since 1970-01-01T00:00:00Z.
    pub made_micros: Option<i64>,
    /// Name and version of the program.
    pub program: String,
    /// The question, as it was typed.
    pub question: Option<String>,
    /// How the records of the archive add up, one statement a line.
    pub accounting: Vec<String>,
    /// Which logs the archive covers and where it has gaps.
    pub coverage: Vec<Coverage>,
    /// In which hours each log has events.
    pub hours: Option<HourMap>,
    /// What a reader has to know, one statement a line.
    pub notes: Vec<String>,
}

/// What the archive has of one log.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The log, such as `Kubernetes audit log`.
    pub log: String,
    pub completeness: Completeness,
    /// What is there and what is not, in words.
    pub said: String,
    /// Spans without events where events would be expected: from (inclusive), until (exclusive), in microseconds.
    /// The plot marks them.
    pub gaps_micros: Vec<(i64, i64)>,
}

/// The hours of each log as marks, each for so many hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourMap {
    /// Beginning of the first mark and end of the last hour, in microseconds since 1970-01-01T00:00:00Z.
    pub since_micros: i64,
    pub until_micros: i64,
    pub hours_of_mark: usize,
    /// Each log with its marks: 0 is no event, 1 few, 4 many.
    pub lines: Vec<(String, Vec<u8>)>,
}

/// How much of a log is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing is known to be missing.
    Whole,
    /// Parts are missing.
    Gaps,
    /// The archive has nothing of it.
    Absent,
    /// It can't be told.
    Unknown,
}

impl Completeness {
    /// The word on the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Gaps => "gaps",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}
