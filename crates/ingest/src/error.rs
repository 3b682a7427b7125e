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

/// What an error says, with its causes: `no access to …: … answered 403 …`.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        let answer: Box<dyn std::error::Error + Send + Sync> = "answered 403".into();
        let denied = eksamine_archive::Error::Denied { uri: "s3://b/x".into(), hint: None, source: Some(answer) };
        assert_eq!(with_causes(&denied), "no access to `s3://b/x`: answered 403");
        let alone = eksamine_archive::Error::NotFound { uri: "s3://b/x".into(), source: None };
        assert_eq!(with_causes(&alone), alone.to_string());
    }
}
