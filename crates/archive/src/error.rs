//! Why an archive could not be read, told by what the reader can do about it.
//!
//! Each error names its place as a URI, keeps the cause as the other side told it, and may give a hint in plain words.
//! Whether a run goes on after it is not decided here.

/// What the other side (S3, the network, the file system) said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such bucket, folder or file.
    #[error("there is no `{uri}`")]
    NoSuchSource { uri: String, hint: Option<String>, source: Option<Cause> },

    /// It is there, or may be, but these credentials or this user may not read it, or there are no credentials.
    #[error("no access to `{uri}`")]
    Denied { uri: String, hint: Option<String>, source: Option<Cause> },

    /// The object was listed and is gone.
    #[error("object `{uri}` has vanished since it was listed")]
    NotFound { uri: String, source: Option<Cause> },

    /// The object is not the one that was listed.
    #[error("object `{uri}` has changed since it was listed")]
    Changed { uri: String, source: Option<Cause> },

    /// No proper answer came, after several attempts.
    #[error("no answer from `{endpoint}` about `{uri}`")]
    Unreachable { uri: String, endpoint: String, hint: Option<String>, source: Option<Cause> },

    /// The object lies in an archive tier. It is never restored unasked.
    #[error("object `{uri}` has to be restored before it can be read (storage class `{storage_class}`)")]
    NeedsRestore { uri: String, storage_class: String, source: Option<Cause> },

    /// The bytes that arrived are not as many as announced, after several attempts.
    #[error("object `{uri}` is incomplete: {received_bytes} of {expected_bytes} bytes arrived")]
    Short { uri: String, expected_bytes: u64, received_bytes: u64 },

    /// What was given does not name a bucket, a folder or a file.
    #[error("`{uri}` cannot be a source: {reason}")]
    BadSource { uri: String, reason: String, hint: Option<String> },

    /// Something else; the cause says what.
    #[error("`{uri}` could not be read")]
    Other { uri: String, hint: Option<String>, source: Option<Cause> },
}

impl Error {
    /// The object, bucket, folder or file it is about.
    pub fn uri(&self) -> &str {
        match self {
            Self::NoSuchSource { uri, .. }
            | Self::Denied { uri, .. }
            | Self::NotFound { uri, .. }
            | Self::Changed { uri, .. }
            | Self::Unreachable { uri, .. }
            | Self::NeedsRestore { uri, .. }
            | Self::Short { uri, .. }
            | Self::BadSource { uri, .. }
            | Self::Other { uri, .. } => uri,
        }
    }

    /// One word for tables and counts: `denied`, `changed`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoSuchSource { .. } => "no_such_source",
            Self::Denied { .. } => "denied",
            Self::NotFound { .. } => "not_found",
            Self::Changed { .. } => "changed",
            Self::Unreachable { .. } => "unreachable",
            Self::NeedsRestore { .. } => "needs_restore",
            Self::Short { .. } => "short",
            Self::BadSource { .. } => "bad_source",
            Self::Other { .. } => "other",
        }
    }

    /// What the user may try, if there is something to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchSource { hint, .. }
            | Self::Denied { hint, .. }
            | Self::Unreachable { hint, .. }
            | Self::BadSource { hint, .. }
            | Self::Other { hint, .. } => hint.clone(),
            Self::NotFound { .. } => {
                Some("a lifecycle rule or a person may have deleted it; the next run lists the archive anew".to_owned())
            }
            Self::Changed { .. } => {
                Some("something writes to the archive; run again to read the object as it is now".to_owned())
            }
            Self::NeedsRestore { .. } => Some(
                "restore it with `aws s3api restore-object`, wait until that is done, and run again; nothing is \
                 restored unasked"
                    .to_owned(),
            ),
            Self::Short { .. } => {
                Some("run again; if it stays incomplete, the copy in the archive is damaged".to_owned())
            }
        }
    }
}
