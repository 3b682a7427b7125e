//! What ends an ingest. Bad data never does; an object that can't be fetched never does either.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive can't be listed at all.
    #[error(transparent)]
    Archive(#[from] eksamine_archive::Error),
    #[error(transparent)]
    Lake(#[from] eksamine_lake::Error),
    #[error("can't arrange rows")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("can't {action} the scratch file `{}`", path.display())]
    Scratch { action: &'static str, path: std::path::PathBuf, source: std::io::Error },
    #[error("can't read the live part `{}` again", path.display())]
    Part { path: std::path::PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// A defect of ours: the counts of an object do not add up.
    #[error(
        "the accounting of `{uri}` does not close: {records} records, {rows} rows, {folded} folded, {rejects} rejects"
    )]
    Accounting { uri: String, records: u64, rows: u64, folded: u64, rejects: u64 },
    #[error("a worker stopped unexpectedly")]
    Worker,
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Archive(error) => error.hint(),
            Self::Lake(error) => error.hint(),
            Self::Scratch { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some("the disk is full; free some space or put the lake elsewhere with `--lake DIR`".to_owned())
            }
            Self::Accounting { .. } | Self::Worker => Some("this is a defect of eksamine; please report it".to_owned()),
            _ => None,
        }
    }

    /// Whether it is our fault and nobody else's.
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Accounting { .. } | Self::Worker)
    }
}
