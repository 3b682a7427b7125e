//! What a verification found of the objects of a lake, kept beside the lake and shown in the column `digest` of the table
//! `objects`.
//!
//! A verdict belongs to the bytes it was given on: it is kept under the object's URI and the SHA-256 that the manifest has
//! of it, and is nobody else's. So it stays true when the lake takes in other objects, and is gone when an object is read
//! again with other bytes. The words are those of whoever verifies; here they are only kept. Like all derived data this is
//! no evidence, and can be deleted: see `derived`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::derived::{Derived, Holding};

const HOLDING: Holding = Holding { name: "verdicts", version: 1, ending: "tsv" };

/// The words for what is proved. `eksamine verify` explains them.
pub const PROVED: [&str; 2] = ["valid", "relocated"];
/// The word for what is known not to be as it was delivered.
const REFUTED: &str = "altered";

/// The first line, and the last: a file that was cut is without it.
const HEAD: &str = "uri\tsha256\tdigest";
const END: &str = "end";

/// The verdict on one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVerdict {
    pub uri: String,
    /// Of the object as it lies in the archive, as the manifest has it.
    pub sha256: String,
    /// One word.
    pub verdict: String,
}

/// The verdicts that are kept beside a lake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// By URI and SHA-256.
    words: BTreeMap<(String, String), String>,
}

impl Verdicts {
    /// Reads what is kept beside a lake: nothing, if that can't be read.
    pub fn of(lake: &Path) -> Self {
        fs::read_to_string(place(lake).path(&HOLDING)).ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// The word on these bytes of an object. None if they were not verified.
    pub fn word(&self, uri: &str, sha256: &str) -> Option<&str> {
        if self.words.is_empty() {
            return None;
        }
        self.words.get(&(uri.to_owned(), sha256.to_owned())).map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Takes a verdict in. What was proved or refuted stays so where a later verification merely lacked something, a key
    /// or a digest; only another proof takes its place.
    pub fn add(&mut self, found: ObjectVerdict) {
        let is_decided = |word: &str| PROVED.contains(&word) || word == REFUTED;
        let word = self.words.entry((found.uri, found.sha256)).or_default();
        if !is_decided(word) || is_decided(&found.verdict) {
            *word = found.verdict;
        }
    }

    /// Keeps them beside a lake. An error means that they are not kept: no room, or a lake that can't be written.
    pub fn keep(&self, lake: &Path) -> io::Result<()> {
        place(lake).keep(&HOLDING, |file| {
            writeln!(file, "{HEAD}")?;
            for ((uri, sha256), word) in &self.words {
                writeln!(file, "{}\t{sha256}\t{word}", escaped(uri))?;
            }
            writeln!(file, "{END}")
        })
    }

    /// The verdicts of a text; none where it is no whole list of them.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEAD || lines.next_back()? != END {
            return None;
        }
        let verdict = |line: &str| {
            let mut fields = line.split('\t');
            let (uri, sha256, word) = (fields.next()?, fields.next()?, fields.next()?);
            fields.next().is_none().then(|| ((unescaped(uri), sha256.to_owned()), word.to_owned()))
        };
        Some(Self { words: lines.map(verdict).collect::<Option<_>>()? })
    }
}

fn place(lake: &Path) -> Derived {
    Derived::of_objects(lake)
}

/// A key can hold any character.
fn escaped(uri: &str) -> String {
    uri.replace('%', "%25").replace('\t', "%09").replace('\n', "%0A")
}

fn unescaped(uri: &str) -> String {
    uri.replace("%0A", "\n").replace("%09", "\t").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uri: &str, sha256: &str, verdict: &str) -> ObjectVerdict {
        ObjectVerdict { uri: uri.to_owned(), sha256: sha256.to_owned(), verdict: verdict.to_owned() }
    }

    #[test]
    fn verdicts_are_kept_with_the_bytes_they_were_given_on() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Verdicts::of(folder.path()), Verdicts::default());
        let mut verdicts = Verdicts::default();
        for uri in ["s3://b/a\tb\nc%09", "s3://b/x"] {
            verdicts.add(found(uri, "01", "valid"));
        }
        verdicts.keep(folder.path()).unwrap();
        let kept = Verdicts::of(folder.path());
        assert_eq!(kept, verdicts);
        assert_eq!(kept.word("s3://b/a\tb\nc%09", "01"), Some("valid"));
        assert_eq!((kept.word("s3://b/x", "02"), kept.word("s3://b/y", "01")), (None, None));
    }

    #[test]
    fn what_was_decided_is_taken_back_only_by_another_proof() {
        let word = |said: &[&str]| {
            let mut verdicts = Verdicts::default();
            for verdict in said {
                verdicts.add(found("s3://b/x", "01", verdict));
            }
            verdicts.word("s3://b/x", "01").unwrap().to_owned()
        };
        assert_eq!(word(&["unknown_key", "valid"]), "valid");
        assert_eq!(word(&["valid", "unknown_key"]), "valid");
        assert_eq!(word(&["valid", "unattested"]), "valid");
        assert_eq!(word(&["valid", "relocated"]), "relocated");
        assert_eq!(word(&["valid", "altered"]), "altered");
        assert_eq!(word(&["altered", "valid"]), "valid");
        assert_eq!(word(&["altered", "unattested"]), "altered");
        assert_eq!(word(&["unattested", "unknown_key"]), "unknown_key");
    }

    #[test]
    fn a_file_that_is_not_whole_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut verdicts = Verdicts::default();
        verdicts.add(found("s3://b/x", "01", "valid"));
        verdicts.keep(folder.path()).unwrap();
        let path = place(folder.path()).path(&HOLDING);
        let whole = fs::read_to_string(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(Verdicts::of(folder.path()), Verdicts::default(), "{length}");
        }
    }
}
