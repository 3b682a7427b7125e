//! Where an object lies, compared with where CloudTrail put it. A digest's own location is signed, so a bucket that was
//! copied can be told from the one it was copied from, and a digest that was put in another's place from both.

/// What the archive's root stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The bucket itself: its name.
    Bucket(String),
    /// A copy on disk. Which bucket it is of is not known, nor how much of the key is left, so only what is there is
    /// compared.
    Copy,
    /// A copy of which it was said what its root was: a bucket, and a key prefix that stands before every key.
    Stated {
        bucket: String,
        prefix: String,
        /// What stands before every key of the copy, and not of the original.
        copy_prefix: String,
    },
}

/// Where an object lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where CloudTrail put it, as far as can be told.
    Original,
    /// In another bucket or folder, under its own name.
    Elsewhere,
    /// Under the name of another.
    OfAnother,
}

impl Origin {
    /// Compares the key an object was found at with the location CloudTrail gave it.
    pub fn place(&self, key: &str, bucket: &str, signed_key: &str) -> Place {
        if file_name(key) != file_name(signed_key) {
            return Place::OfAnother;
        }
        let is_original = match self {
            Self::Bucket(name) => name == bucket && key == signed_key,
            Self::Copy => ends_with_path(key, signed_key) || ends_with_path(signed_key, key),
            Self::Stated { bucket: stated, prefix, copy_prefix } => {
                let rest = key.strip_prefix(copy_prefix.as_str()).unwrap_or(key);
                stated == bucket && signed_key.strip_prefix(prefix.as_str()) == Some(rest)
            }
        };
        if is_original { Place::Original } else { Place::Elsewhere }
    }
}

/// How the keys of a copy differ from the original ones: by what stands before the part they share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    signed_prefix: String,
    found_prefix: String,
}

impl Shift {
    /// Learns it from one object. All the keys share is left, from their ends, in whole names.
    pub fn between(found_key: &str, signed_key: &str) -> Self {
        let shared: usize = found_key
            .rsplit('/')
            .zip(signed_key.rsplit('/'))
            .take_while(|(one, other)| one == other)
            .map(|(name, _)| name.len() + 1)
            .sum();
        let before = |key: &str| key.get(..(key.len() + 1).saturating_sub(shared)).unwrap_or_default().to_owned();
        Self { signed_prefix: before(signed_key), found_prefix: before(found_key) }
    }

    /// The key at which another object of the same copy should be found.
    pub fn expected(&self, signed_key: &str) -> Option<String> {
        let rest = signed_key.strip_prefix(self.signed_prefix.as_str())?;
        Some(format!("{}{rest}", self.found_prefix))
    }
}

fn file_name(key: &str) -> &str {
    crate::name::file_name(key)
}

/// Whether a key ends with another, in whole names.
fn ends_with_path(key: &str, end: &str) -> bool {
    key.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "p/AWSLogs/1/CloudTrail-Digest/x.json.gz";

    #[test]
    fn a_bucket_is_original_only_in_itself() {
        let origin = Origin::Bucket("b".to_owned());
        assert_eq!(origin.place(SIGNED, "b", SIGNED), Place::Original);
        assert_eq!(origin.place(SIGNED, "other", SIGNED), Place::Elsewhere);
        assert_eq!(origin.place("q/x.json.gz", "b", SIGNED), Place::Elsewhere);
        assert_eq!(origin.place("p/AWSLogs/1/CloudTrail-Digest/y.json.gz", "b", SIGNED), Place::OfAnother);
    }

    #[test]
    fn a_copy_may_begin_anywhere() {
        for key in [
            SIGNED,
            "AWSLogs/1/CloudTrail-Digest/x.json.gz",
            "x.json.gz",
            "cases/7/b/p/AWSLogs/1/CloudTrail-Digest/x.json.gz",
        ] {
            assert_eq!(Origin::Copy.place(key, "b", SIGNED), Place::Original, "{key}");
        }
        assert_eq!(Origin::Copy.place("AWSLogs/2/CloudTrail-Digest/x.json.gz", "b", SIGNED), Place::Elsewhere);
    }

    #[test]
    fn a_stated_origin_is_compared_in_full() {
        let stated = |bucket: &str, prefix: &str| Origin::Stated {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            copy_prefix: "copy/".to_owned(),
        };
        let key = "copy/AWSLogs/1/CloudTrail-Digest/x.json.gz";
        assert_eq!(stated("b", "p/").place(key, "b", SIGNED), Place::Original);
        assert_eq!(stated("b", "").place(key, "b", SIGNED), Place::Elsewhere);
        assert_eq!(stated("c", "p/").place(key, "b", SIGNED), Place::Elsewhere);
    }

    #[test]
    fn a_copy_keeps_its_folders_together() {
        let shift = Shift::between("copy/AWSLogs/1/d/x", "p/AWSLogs/1/d/x");
        assert_eq!(shift.expected("p/AWSLogs/1/l/y").as_deref(), Some("copy/AWSLogs/1/l/y"));
        assert_eq!(shift.expected("q/AWSLogs/1/l/y"), None);
        assert_eq!(Shift::between("a/x", "a/x").expected("b/y").as_deref(), Some("b/y"));
        assert_eq!(Shift::between("x", "a/b/x").expected("a/b/y").as_deref(), Some("y"));
    }
}
