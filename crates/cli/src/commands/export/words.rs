//! Times and verdicts in the words of a bundle.

use crate::times::instant;
use eksamine_custody::verdict::{VERDICTS, Verdict};

/// What stands for an object that was not checked.
pub const UNCHECKED: &str = "unchecked";

/// A moment as people read it: `2024-05-14 14:08:31 UTC`.
pub fn moment(micros: i64) -> String {
    instant(micros).replace('T', " ").replace('Z', " UTC")
}

/// A word of a column as people read it: `aws_session_token` as `AWS session token`.
pub fn plain(word: &str) -> String {
    let words = word.split('_').map(|word| match word {
        "aws" => "AWS",
        "eks" => "EKS",
        "api" => "API",
        "jwt" => "JWT",
        other => other,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a verdict about an object means, for who never heard of digests.
pub fn meaning(word: &str) -> &'static str {
    match VERDICTS.into_iter().find(|verdict| verdict.word() == word) {
        Some(Verdict::Valid) => "The bytes are those that AWS signed, and lie where AWS put them.",
        Some(Verdict::Relocated) => "The bytes are those that AWS signed; they lie in another place than AWS put them.",
        Some(Verdict::Altered) => "The bytes are not those that AWS signed. Do not rely on these rows.",
        Some(Verdict::Missing) => "AWS signed such an object, and it was not there when it was looked for.",
        Some(Verdict::Unattested) => {
            "No signed digest that can be believed names the object. It may be sound; nothing proves it."
        }
        Some(Verdict::UnknownKey) => "The digest is signed with a key that was not given to the check.",
        Some(Verdict::Gap | Verdict::Unread) => "It could not be checked.",
        None => {
            "Not checked, or of a log that AWS does not sign. What proves it is the hash taken when it was read, and \
             nothing before that."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_meaning() {
        let unchecked = meaning(UNCHECKED);
        assert!(VERDICTS.into_iter().all(|verdict| meaning(verdict.word()) != unchecked));
    }

    #[test]
    fn words_of_columns_become_plain() {
        assert_eq!(plain("aws_session_token"), "AWS session token");
        assert_eq!(plain("unknown_key"), "unknown key");
    }

    #[test]
    fn moments_are_exact() {
        assert_eq!(moment(1_715_695_711_120_004), "2024-05-14 14:08:31.120004 UTC");
        assert_eq!(instant(1_715_695_711_000_000), "2024-05-14T14:08:31Z");
    }
}
