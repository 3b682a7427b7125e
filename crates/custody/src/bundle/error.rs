//! Why a bundle could not be written, or not be looked at at all. What is wrong in a bundle is no error but a finding.

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("could not {doing} `{}`", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },

    /// Something has the name already. Nothing is overwritten.
    #[error("`{}` exists already", path.display())]
    Exists { path: PathBuf },

    /// A name that no file of a bundle may have.
    #[error("`{path}` can't be the path of a file in a bundle")]
    Path { path: String },

    /// Two files of a bundle would have one name.
    #[error("the bundle has a file `{path}` already")]
    Twice { path: String },

    /// A file was begun and not finished.
    #[error("the bundle's file `{path}` was not finished")]
    Unfinished { path: String },

    /// A file of a key holds none.
    #[error("no Ed25519 key: {reason}")]
    Key { reason: String },

    /// There is no bundle.
    #[error("`{}` is no evidence bundle: {reason}", path.display())]
    NoBundle { path: PathBuf, reason: String },

    /// A source object is not what was read into the lake.
    #[error("the source object has SHA-256 {found}, and the rows are from one with {expected}")]
    ObjectDiffers { expected: String, found: String },

    /// Rows were given that no table can hold, or in the wrong order.
    #[error("rows of `{table}` can't be written: {reason}")]
    Rows { table: String, reason: String },

    #[error("rows could not be written")]
    Arrow(#[from] ArrowError),

    #[error("rows could not be written")]
    Parquet(#[from] ParquetError),

    /// The manifest could not be made. A defect of ours.
    #[error("the manifest could not be written")]
    Manifest(#[source] serde_json::Error),
}

impl Error {
    /// What the user may try, if there is something to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => Some("give another name, or move away what is there"),
            Self::Key { .. } => Some("`eksamine export --new-key FILE` makes a key, and its public half in `FILE.pub`"),
            Self::NoBundle { .. } => Some(
                "give the zip, or the folder that holds `manifest.json`; a lake is a folder that holds `manifest.sqlite`",
            ),
            Self::ObjectDiffers { .. } => {
                Some("the archive changed since it was read; `eksamine verify SOURCE --lake DIR` says where")
            }
            _ => None,
        }
    }

    /// Whether this is a defect of the program.
    pub fn is_defect(&self) -> bool {
        matches!(
            self,
            Self::Path { .. }
                | Self::Twice { .. }
                | Self::Unfinished { .. }
                | Self::Rows { .. }
                | Self::Arrow(_)
                | Self::Manifest(_)
        )
    }
}

/// Says what was done with which file when it failed.
pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { doing, path: path.to_owned(), source }
}
