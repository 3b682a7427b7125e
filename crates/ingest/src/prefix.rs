//! Objects gathered by prefix: the folders of a URI down to where days, export tasks or log streams begin, which every
//! delivery names anew. `s3://b/AWSLogs/111122223333/elasticloadbalancing/us-east-1/` stands for years of objects.
//!
//! Only names are looked at. Which objects are gathered, and how they are printed, is decided by the caller.

use std::collections::BTreeMap;

/// Objects below one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixTotal {
    /// A beginning of the objects' URIs that ends in `/`.
    pub prefix: String,
    pub objects: u64,
    pub size_bytes: u64,
}

/// Counts objects by prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    root: String,
    totals: BTreeMap<String, (u64, u64)>,
}

impl Prefixes {
    /// Counts below a folder, as [`common_folder`] finds it. Its own names are part of every prefix, whatever they
    /// look like: a copy that lies in `/cases/2024/05/` is not all one prefix `/cases/`.
    pub fn below(root: &str) -> Self {
        Self { root: root.to_owned(), totals: BTreeMap::new() }
    }

    pub fn add(&mut self, uri: &str, size_bytes: u64) {
        let prefix = prefix_of(uri, &self.root);
        let total = match self.totals.get_mut(prefix) {
            Some(total) => total,
            None => self.totals.entry(prefix.to_owned()).or_default(),
        };
        *total = (total.0 + 1, total.1 + size_bytes);
    }

    /// In the order of the prefixes.
    pub fn totals(&self) -> impl Iterator<Item = PrefixTotal> + '_ {
        self.totals.iter().map(|(prefix, (objects, size_bytes))| PrefixTotal {
            prefix: prefix.clone(),
            objects: *objects,
            size_bytes: *size_bytes,
        })
    }

    /// Those with the most objects first.
    pub fn largest(&self) -> Vec<PrefixTotal> {
        let mut totals: Vec<PrefixTotal> = self.totals().collect();
        totals.sort_by_key(|total| std::cmp::Reverse(total.objects));
        totals
    }
}

/// The longest folder that all these URIs lie in; empty if there are none.
pub fn common_folder<'a>(uris: impl IntoIterator<Item = &'a str>) -> &'a str {
    let shared = |one: &'a str, other: &str| -> &'a str {
        let bytes = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        folder_of(one.get(..one.floor_char_boundary(bytes)).unwrap_or_default())
    };
    let mut uris = uris.into_iter();
    let Some(first) = uris.next() else { return "" };
    uris.fold(folder_of(first), shared)
}

/// The prefix an object is counted under.
pub fn prefix_of<'a>(uri: &'a str, root: &str) -> &'a str {
    let folder = folder_of(uri);
    let mut begin = if folder.starts_with(root) { root.len() } else { bucket_bytes(folder) };
    while let Some(length) = folder.get(begin..).and_then(|rest| rest.find('/')) {
        if folder.get(begin..begin + length).is_some_and(varies) {
            return folder.get(..begin).unwrap_or(folder);
        }
        begin += length + 1;
    }
    folder
}

/// Up to the last `/`, and with it.
fn folder_of(uri: &str) -> &str {
    uri.rfind('/').and_then(|at| uri.get(..=at)).unwrap_or_default()
}

/// Length of `s3://bucket/`.
fn bucket_bytes(folder: &str) -> usize {
    let scheme = folder.find("://").map_or(0, |at| at + 3);
    let bucket = folder.get(scheme..).and_then(|rest| rest.find('/'));
    bucket.map_or(folder.len(), |length| scheme + length + 1)
}

/// Whether a folder is named after a time, an export task, a stream or another thing of which there are ever more.
fn varies(folder: &str) -> bool {
    let value = folder.rsplit_once('=').map_or(folder, |(_, value)| value);
    is_year(value) || is_day(value) || has_long_id(value)
}

/// `2024`
fn is_year(name: &str) -> bool {
    name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit()) && matches!(name.get(..2), Some("19" | "20"))
}

/// `2024-05`, `2024-05-14`, `2024-05-14T14:00Z`, `20240514`, `20240514T1400Z`
fn is_day(name: &str) -> bool {
    let digits: String = name.chars().take(10).filter(|character| *character != '-').collect();
    let is_written_out = name.get(4..5) == Some("-") && digits.len() >= 6;
    let is_run_together = digits.len() >= 8 && name.bytes().take(8).all(|byte| byte.is_ascii_digit());
    // Twelve digits are an account.
    let is_account = crate::key::is_account(name);
    (is_written_out || is_run_together)
        && !is_account
        && is_year(name.get(..4).unwrap_or_default())
        && digits.bytes().take(6).all(|byte| byte.is_ascii_digit())
        && digits.get(4..6).and_then(|month| month.parse().ok()).is_some_and(|month: u8| (1..=12).contains(&month))
}

/// Sixteen hexadecimal digits in a row, a digit among them, or as many as a UUID has.
fn has_long_id(name: &str) -> bool {
    const LEAST_DIGITS: usize = 16;
    let is_long = |run: &str| run.len() >= LEAST_DIGITS && run.bytes().any(|byte| byte.is_ascii_digit());
    let is_uuid = || {
        let lengths = name.split('-').map(str::len);
        name.len() == 36
            && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && lengths.eq([8, 4, 4, 4, 12])
    };
    name.split(|character: char| !character.is_ascii_hexdigit()).any(is_long) || is_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_days_begin() {
        for (uri, prefix) in [
            (
                "s3://b/AWSLogs/111122223333/elasticloadbalancing/us-east-1/2024/05/14/x.log.gz",
                "s3://b/AWSLogs/111122223333/elasticloadbalancing/us-east-1/",
            ),
            (
                "s3://b/aws-account-id=111122223333/aws-region=us-east-1/year=2024/month=05/x.parquet",
                "s3://b/aws-account-id=111122223333/aws-region=us-east-1/",
            ),
            ("s3://b/firehose/demo/2024/05/14/14/x", "s3://b/firehose/demo/"),
            ("s3://b/waf/2024-05-14/x", "s3://b/waf/"),
            ("s3://b/waf/20240514T1400Z/x", "s3://b/waf/"),
            ("s3://b/waf/dt=2024-05/x", "s3://b/waf/"),
            ("s3://b/111122223333/x", "s3://b/111122223333/"),
            ("s3://b/201912345678/x", "s3://b/201912345678/"),
            ("s3://b/2499/x", "s3://b/2499/"),
            ("s3://b/README", "s3://b/"),
            ("s3://b", "s3://"),
        ] {
            assert_eq!(prefix_of(uri, ""), prefix, "{uri}");
        }
    }

    #[test]
    fn a_prefix_ends_where_tasks_and_streams_begin() {
        for (uri, prefix) in [
            (
                "s3://b/exports/demo/31c5490b-bac7-45a9-b967-15d5ae73f156/kube-apiserver-audit-0/000000.gz",
                "s3://b/exports/demo/",
            ),
            ("s3://b/demo/kube-apiserver-audit-06ec0dc7537cbcb803932fc60e2e6de8/000000.gz", "s3://b/demo/"),
            ("s3://b/flow/eni-0123456789abcdef0-all/000000.gz", "s3://b/flow/"),
            ("s3://b/efface-a-decade/deadbeefdeadbeef/x", "s3://b/efface-a-decade/deadbeefdeadbeef/"),
        ] {
            assert_eq!(prefix_of(uri, ""), prefix, "{uri}");
        }
    }

    #[test]
    fn what_all_have_in_common_belongs_to_every_prefix() {
        let uris = ["file:///cases/2024/05/copy/alb/2024/05/14/x", "file:///cases/2024/05/copy/waf/2024/05/14/x"];
        let root = common_folder(uris);
        assert_eq!(root, "file:///cases/2024/05/copy/");
        assert_eq!(prefix_of(uris[0], root), "file:///cases/2024/05/copy/alb/");
        assert_eq!(common_folder(["s3://b/aé/x", "s3://b/aè/x"]), "s3://b/");
        assert_eq!(common_folder(["s3://b/x", "file:///x"]), "");
        assert_eq!(common_folder(["s3://b/a/x"]), "s3://b/a/");
        assert_eq!(common_folder([]), "");
    }

    #[test]
    fn every_object_is_counted_once() {
        let mut prefixes = Prefixes::below("s3://b/");
        for (key, size_bytes) in [("one/2024/05/14/x", 1), ("two/2024/05/14/x", 2), ("two/2024/05/15/x", 4), ("x", 8)] {
            prefixes.add(&format!("s3://b/{key}"), size_bytes);
        }
        let told = |totals: Vec<PrefixTotal>| -> Vec<(String, u64, u64)> {
            totals.into_iter().map(|total| (total.prefix, total.objects, total.size_bytes)).collect()
        };
        let (root, one, two) =
            (("s3://b/".to_owned(), 1, 8), ("s3://b/one/".to_owned(), 1, 1), ("s3://b/two/".to_owned(), 2, 6));
        assert_eq!(told(prefixes.totals().collect()), [root.clone(), one.clone(), two.clone()]);
        assert_eq!(told(prefixes.largest()), [two, root, one]);
    }

    #[test]
    fn no_name_breaks_it() {
        for name in ["", "/", "//", "é", "=", "=2024", "2024é", "20\u{301}24-05", "-----", "....../\u{0}/"] {
            let uri = format!("s3://b/{name}/x");
            assert!(uri.starts_with(prefix_of(&uri, "")), "{name:?}");
            assert!(uri.starts_with(prefix_of(&uri, "s3://b/é")), "{name:?}");
        }
    }
}
