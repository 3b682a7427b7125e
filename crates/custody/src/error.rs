//! Why a verification could not be made at all. What is wrong with an archive is no error but a verdict.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive could not be listed.
    #[error(transparent)]
    Archive(#[from] eksamine_archive::Error),

    /// A file of public keys is not what `list-public-keys` prints.
    #[error("no list of public keys: {reason}")]
    Keys { reason: String },

    /// There is nothing of CloudTrail in the archive, or nothing that was asked for.
    #[error("there is nothing to verify in `{root}`: no digest and no log file of CloudTrail")]
    Nothing { root: String },

    /// Nothing that was read before lies in the archive.
    #[error("nothing of `{root}` was read before")]
    Unrelated { root: String },

    /// A thread that hashes could not be started, or panicked. A defect of ours.
    #[error("a worker failed: {reason}")]
    Worker { reason: String },
}

impl Error {
    /// What the user may try, if there is something to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Keys { .. } => Some(
                "save the keys with `aws cloudtrail list-public-keys --region REGION --start-time T --end-time T > FILE`"
                    .to_owned(),
            ),
            Self::Nothing { .. } => Some(
                "give the bucket, or the folder that holds `AWSLogs/`; digests lie in `CloudTrail-Digest/` beside \
                 `CloudTrail/`"
                    .to_owned(),
            ),
            Self::Unrelated { .. } => Some(
                "objects are compared by their full names: give the bucket or the folder that the lake was made from; \
                 `select distinct uri from objects` shows them"
                    .to_owned(),
            ),
            Self::Archive(error) => error.hint(),
            Self::Worker { .. } => None,
        }
    }

    /// Whether this is a defect of the program.
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Worker { .. })
    }
}
