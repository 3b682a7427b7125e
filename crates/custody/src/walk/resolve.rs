//! Finds the log file that a digest names, in a copy that may lie elsewhere than the original.

use std::collections::HashMap;

use super::listing::FoundLog;
use crate::name::file_name;
use crate::place::{Origin, Shift};

/// The log files of an archive, by name.
pub struct LogIndex<'a> {
    logs: &'a [FoundLog],
    first: HashMap<&'a str, u32>,
    /// Of names that occur more than once: all but the first.
    others: HashMap<&'a str, Vec<u32>>,
    scope: &'a Scope<'a>,
}

/// Where a named log file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Beside the digest, as in the original.
    Here(u32),
    /// Only under another key than the one it should have.
    Elsewhere(u32),
    Missing,
    /// It can't be here: it is of another bucket, or of a part of the bucket that was not asked for.
    Outside(&'static str),
}

impl<'a> LogIndex<'a> {
    pub fn new(logs: &'a [FoundLog], scope: &'a Scope<'a>) -> Self {
        let mut first = HashMap::with_capacity(logs.len());
        let mut others: HashMap<&str, Vec<u32>> = HashMap::new();
        for (at, log) in logs.iter().enumerate() {
            let (name, at) = (file_name(&log.object.key), at as u32);
            if let Some(earlier) = first.insert(name, at) {
                first.insert(name, earlier);
                others.entry(name).or_default().push(at);
            }
        }
        Self { logs, first, others, scope }
    }

    /// Finds what a digest names. `shift` is how far the digest itself has moved.
    pub fn find(&self, bucket: &str, key: &str, shift: &Shift) -> Resolved {
        let name = file_name(key);
        let expected = shift.expected(key);
        let others = self.others.get(name).map_or(&[][..], Vec::as_slice);
        let mut candidates = self.first.get(name).into_iter().chain(others);
        let lies_at = |at: &&u32| {
            let log = self.logs.get(**at as usize);
            log.is_some_and(|log| expected.as_deref() == Some(log.object.key.as_str()))
        };
        if let Some(at) = candidates.clone().find(lies_at) {
            return Resolved::Here(*at);
        }
        if let Some(at) = candidates.next() {
            return Resolved::Elsewhere(*at);
        }
        match self.scope.outside(bucket, key) {
            Some(why) => Resolved::Outside(why),
            None => Resolved::Missing,
        }
    }
}

/// What was looked at. What lies elsewhere can't be called missing.
pub struct Scope<'a> {
    pub origin: &'a Origin,
    /// What every key listed begins with.
    pub listed_prefix: &'a str,
    /// Places that could not be listed, and why.
    pub unlisted: &'a [(String, String)],
}

impl Scope<'_> {
    /// Why an object can't be among those listed, though it may well exist.
    pub fn outside(&self, bucket: &str, key: &str) -> Option<&'static str> {
        const UNLISTED: &str = "it may lie where nothing could be listed";
        let Origin::Bucket(name) = self.origin else {
            return (!self.unlisted.is_empty()).then_some(UNLISTED);
        };
        if name != bucket {
            return Some("it lies in another bucket, which was not looked at");
        }
        if !key.starts_with(self.listed_prefix) {
            return Some("it lies outside of the prefix that was looked at");
        }
        let uri = format!("s3://{bucket}/{key}");
        self.unlisted.iter().any(|(place, _)| uri.starts_with(place.as_str())).then_some(UNLISTED)
    }
}
