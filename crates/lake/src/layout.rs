//! Where things lie in a lake's folder. Paths are relative and names are made safe here, and nowhere else.

use sha2::{Digest, Sha256};

/// The format of the manifest and the layout. A lake of another format is refused.
pub const FORMAT: u32 = 2;

pub const MANIFEST: &str = "manifest.sqlite";
pub const LOCK: &str = "lake.lock";
pub const STAGING: &str = ".staging";
/// What readers worked out from the rows and keep beside them. No part of the lake, and not in the manifest.
pub const DERIVED: &str = "derived";

/// The slice of a table that one part belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    pub table: String,
    /// Only for tables divided by cluster; of sightings, the table and cluster they speak of.
    pub cluster: Option<String>,
    /// The UTC day, `2024-05-14`; none for records without a readable time.
    pub day: Option<String>,
}

/// The table of further carriers of events; its parts are divided by the table and cluster they speak of.
pub const SIGHTINGS: &str = "sightings";

/// What Hive, Spark and DuckDB read as null.
const NO_DAY: &str = "__HIVE_DEFAULT_PARTITION__";

/// Names longer than this when encoded are replaced by their hash: file systems allow 255 bytes.
const LONGEST_NAME_BYTES: usize = 200;

impl Partition {
    /// The folder of the partition's parts, `k8s_audit/cluster=demo/day=2024-05-14`.
    pub fn folder(&self) -> String {
        let mut folder = self.table.clone();
        if let Some(cluster) = &self.cluster {
            folder += if self.table == SIGHTINGS { "/of=" } else { "/cluster=" };
            folder += &encode(cluster);
        }
        folder + "/day=" + self.day.as_deref().unwrap_or(NO_DAY)
    }

    /// Where a part of these bytes lies, `cloudtrail/day=2024-05-14/part-285e….parquet`: its name is the first half of
    /// their SHA-256, which is given in hexadecimal.
    pub fn part(&self, sha256: &str) -> String {
        format!("{}/part-{}.parquet", self.folder(), sha256.get(..32).unwrap_or(sha256))
    }

    /// The partition of the sightings of this one's events.
    #[must_use]
    pub fn sightings(&self) -> Self {
        let of = match &self.cluster {
            Some(cluster) => format!("{}/{cluster}", self.table),
            None => self.table.clone(),
        };
        Self { table: SIGHTINGS.to_owned(), cluster: Some(of), day: self.day.clone() }
    }
}

/// Percent-encodes what could leave a folder, confuse a reader of partitions, or upset a file system.
fn encode(name: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let encoded: String = name
        .bytes()
        .map(|byte| if safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    match encoded.len() {
        1..=LONGEST_NAME_BYTES => encoded,
        _ => format!("%23{}", hex(&Sha256::digest(name.as_bytes()))),
    }
}

/// Bytes as lower case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(cluster: &str) -> String {
        Partition { table: "k8s_audit".into(), cluster: Some(cluster.into()), day: Some("2024-05-14".into()) }.folder()
    }

    #[test]
    fn folders_are_hive_partitions() {
        assert_eq!(folder("demo"), "k8s_audit/cluster=demo/day=2024-05-14");
        let undated = Partition { table: "cloudtrail".into(), cluster: None, day: None };
        assert_eq!(undated.folder(), "cloudtrail/day=__HIVE_DEFAULT_PARTITION__");
    }

    #[test]
    fn no_name_leaves_its_folder() {
        assert_eq!(folder("../../etc"), "k8s_audit/cluster=%2E%2E%2F%2E%2E%2Fetc/day=2024-05-14");
        assert_eq!(folder(".."), "k8s_audit/cluster=%2E%2E/day=2024-05-14");
        assert_eq!(folder("a\0b"), "k8s_audit/cluster=a%00b/day=2024-05-14");
        assert_eq!(folder(&"/".repeat(1_000)).split('/').count(), 3);
        assert!(folder("").contains("cluster=%23"));
    }
}
