//! What ends a measurement.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("can't {action} `{}`", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("`{}` is not what was expected: {problem}", path.display())]
    Unreadable { path: PathBuf, problem: String },
    /// The work was not the work to be measured.
    #[error("{what}: found {found}, and the archive has {expected}")]
    Wrong { what: String, found: u64, expected: u64 },
    #[error("`{bench}` ended without a result")]
    Child { bench: &'static str },
    #[error("can't answer `{question}`: {problem}")]
    Answer { question: String, problem: String },
    #[error(transparent)]
    Archive(#[from] eksamine_archive::Error),
    #[error(transparent)]
    Ingest(#[from] eksamine_ingest::Error),
    #[error(transparent)]
    Lake(#[from] eksamine_lake::Error),
    #[error(transparent)]
    Query(#[from] eksamine_query::Error),
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
}

impl Failure {
    /// Names the file an operation failed on.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// Fails unless a count is the archive's.
    pub fn unless_equal(what: &str, found: u64, expected: u64) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::Wrong { what: what.to_owned(), found, expected })
    }
}
