//! What can go wrong with a lake, by what the caller can do about it.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no lake at `{}`", path.display())]
    Missing { path: PathBuf },
    #[error("`{}` is not a lake", path.display())]
    NotALake { path: PathBuf },
    #[error("the lake at `{}` has format {found}, this version reads format {expected}", path.display())]
    OtherFormat { path: PathBuf, found: String, expected: u32 },
    #[error("the lake at `{}` is being written by another process", path.display())]
    Busy { path: PathBuf },
    #[error("can't {action} `{}`", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("the manifest of the lake at `{}` is damaged", path.display())]
    Damaged { path: PathBuf, source: rusqlite::Error },
    /// A killed run left changes beside the manifest that SQLite can only take in where it can write.
    #[error("the lake at `{}` was left by a run that was killed, and it can't be put right where it can't be written", path.display())]
    NeedsRecovery { path: PathBuf, source: rusqlite::Error },
    #[error("can't {action} the manifest of the lake")]
    Manifest { action: &'static str, source: rusqlite::Error },
    /// A part is not as it was committed.
    #[error("the lake is damaged: its file `{}` {what}", path.display())]
    DamagedPart { path: PathBuf, what: String },
    #[error("can't write a Parquet part")]
    Parquet(#[from] parquet::errors::ParquetError),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => {
                "make one with `eksamine ingest SOURCE --lake DIR`, or read an archive directly with `--from SOURCE`"
            }
            Self::NotALake { .. } => "choose an empty or new folder with `--lake DIR`",
            Self::OtherFormat { .. } | Self::Damaged { .. } | Self::DamagedPart { .. } => {
                "ingest the archive again into a new folder; the archive itself is untouched"
            }
            Self::NeedsRecovery { .. } => "copy the lake to a folder that can be written, and open the copy",
            Self::Busy { .. } => "wait for the other `eksamine ingest` to finish, or use another `--lake DIR`",
            _ if self.is_full_disk() => {
                "the disk is full; free some space or put the lake elsewhere with `--lake DIR`, then run the same command again: what was committed is kept"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    fn is_full_disk(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::Manifest { source, .. } => source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Parquet(error) => error.to_string().contains("No space left on device"),
            _ => false,
        }
    }
}

pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { action, path, source }
}

pub(crate) fn manifest(action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |source| Error::Manifest { action, source }
}
