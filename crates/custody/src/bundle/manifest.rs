//! What `manifest.json` says: the statement of whoever exported, and the hash of every file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Error;
use super::evidence::EvidenceSummary;

/// The form of bundles that this version writes, and the only one it reads.
pub const FORMAT: &str = "eksamine.evidence.1";

/// The files that are about the others. They are no entries of [`Manifest::files`].
pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.json.sig";
/// The list for `sha256sum`. It is an entry itself.
pub const SUMS: &str = "SHA256SUMS";

/// All that is signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Name of the bundle: the folder at the top of a zip.
    pub name: String,
    /// Fingerprint of the key that signed, or none if nobody did.
    pub key: Option<String>,
    pub statement: Statement,
    /// Every file but this one and its signature, in the order of their paths.
    pub files: Vec<FileEntry>,
}

/// What is stated by whoever exported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub tool: Tool,
    /// When, as RFC 3339.
    pub exported_at: String,
    pub exporter: Option<String>,
    pub case_number: Option<String>,
    pub notes: Vec<String>,
    /// What was chosen: cluster, span, actor, events.
    pub selection: Value,
    /// The query by which it was chosen.
    pub query: Option<String>,
    pub settings: Value,
    pub lake: Value,
    pub accounting: Value,
    pub coverage: Value,
    pub digests: Value,
    /// What the bundle holds, as [`super::EvidenceWriter::finish`] counted it.
    pub evidence: EvidenceSummary,
}

/// The program that wrote the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: "eksamine".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// How it lies in the zip, if the bundle was written as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
}

/// A file as it lies in a zip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    pub packing: Packing,
    pub bytes: u64,
    /// Hex SHA-256 of the packed bytes.
    pub sha256: String,
}

/// The two ways that every program that reads zips knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    Stored,
    Deflated,
}

impl Manifest {
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let mut json = serde_json::to_vec_pretty(self).map_err(Error::Manifest)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads a manifest of this form.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let head: Head = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if head.format != FORMAT {
            return Err(format!("it is of the form `{}`, and this version knows `{FORMAT}`", head.format));
        }
        serde_json::from_slice(json).map_err(|error| error.to_string())
    }

    /// The entry of a file. Entries are in the order of their paths; of a list in disorder, which is a finding, one may
    /// not be found.
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }
}
