//! What can be made to go wrong: the request as the hook sees it, and the ways in which the answer can fail.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use s3s::{S3Error, S3ErrorCode};

/// A request, as logged and as shown to the hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: OperationKind,
    pub bucket: String,
    /// The key of a get or a head, the prefix of a list.
    pub key: String,
    /// Who signed the request; `None` if nobody did.
    pub access_key_id: Option<String>,
    /// For which region it was signed; `None` if it was not.
    pub region: Option<String>,
    /// Whether the reader agreed to pay for it.
    pub request_payer: bool,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    ListBuckets,
    HeadBucket,
    /// One page of a listing.
    List,
    Head,
    Get,
}

/// What happens instead of the proper answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 403 `AccessDenied`
    Denied,
    /// 404 `NoSuchKey`, though the listing had it
    NotFound,
    /// 503 `SlowDown`
    SlowDown,
    /// 500 `InternalError`
    InternalError,
    /// 301 `PermanentRedirect`, naming the region where the bucket is
    WrongRegion { region: String },
    /// No answer at all, on an open connection.
    Silence,
    /// The connection closes before any answer. Only for a get.
    HangUp,
    /// The proper head, then the connection breaks after so many bytes of the body. Only for a get.
    Cut { after_bytes: usize },
    /// The same, but the connection is not closed, it is reset: the client's own system says so. Only for a get.
    Reset { after_bytes: usize },
    /// Success and a consistent `Content-Length`, but only the first bytes of the object. Only for a get.
    Short { bytes: usize },
    /// The proper head and some bytes of the body, then silence on an open connection. Only for a get.
    Stall { after_bytes: usize },
    /// The object as it is now, whatever `If-Match` asked for. Only for a get.
    Unconditional,
    /// The page begins with the entry that ended the one before. Only for a list, with pages of two and more.
    RepeatedEntry,
    /// The page says that more follows, but not where. Only for a list; a last page is as it should be.
    LostPlace,
}

/// The code by which the service knows that it must not answer. No client ever sees it.
const SILENCE: &str = "Silence";

/// Whether this is no error document but the absence of one.
pub(crate) fn is_silence(error: &S3Error) -> bool {
    matches!(error.code(), S3ErrorCode::Custom(code) if &**code == SILENCE)
}

impl Fault {
    /// The error document to answer with, or `None` where the fault lies in an answer that looks like success.
    pub(crate) fn error(&self) -> Option<S3Error> {
        let error = match self {
            Self::Denied => S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied"),
            Self::NotFound => S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist."),
            Self::SlowDown => S3Error::with_message(S3ErrorCode::SlowDown, "Please reduce your request rate."),
            Self::InternalError => {
                S3Error::with_message(S3ErrorCode::InternalError, "We encountered an internal error.")
            }
            Self::WrongRegion { region } => wrong_region(region),
            Self::Silence => S3Error::new(S3ErrorCode::Custom(SILENCE.into())),
            Self::HangUp
            | Self::Cut { .. }
            | Self::Reset { .. }
            | Self::Short { .. }
            | Self::Stall { .. }
            | Self::Unconditional
            | Self::RepeatedEntry
            | Self::LostPlace => return None,
        };
        Some(error)
    }
}

/// A hook that denies every request for a key or a listing below `prefix`.
pub fn deny_prefix(prefix: &str) -> impl Fn(&Operation) -> Option<Fault> + Send + Sync + use<> {
    let prefix = prefix.to_owned();
    move |operation| operation.key.starts_with(&prefix).then_some(Fault::Denied)
}

/// A hook that fails the first `times` requests of one kind and lets all others pass.
pub fn first(
    times: usize,
    kind: OperationKind,
    fault: Fault,
) -> impl Fn(&Operation) -> Option<Fault> + Send + Sync + use<> {
    let left = AtomicUsize::new(times);
    move |operation| {
        if operation.kind != kind {
            return None;
        }
        let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.ok().map(|_| fault.clone())
    }
}

/// A hook that fails every request of one kind for a key or a listing below `prefix`.
pub fn always(
    kind: OperationKind,
    prefix: &str,
    fault: Fault,
) -> impl Fn(&Operation) -> Option<Fault> + Send + Sync + use<> {
    let prefix = prefix.to_owned();
    move |operation| (operation.kind == kind && operation.key.starts_with(&prefix)).then(|| fault.clone())
}

/// A hook that fails the first `times` requests of one kind for each key or prefix, and lets all others pass.
pub fn first_of_each(
    times: usize,
    kind: OperationKind,
    fault: Fault,
) -> impl Fn(&Operation) -> Option<Fault> + Send + Sync + use<> {
    let met = Mutex::new(HashMap::<String, usize>::new());
    move |operation| {
        if operation.kind != kind {
            return None;
        }
        let mut met = super::lock(&met);
        let met = met.entry(operation.key.clone()).or_default();
        *met += 1;
        (*met <= times).then(|| fault.clone())
    }
}

fn wrong_region(region: &str) -> S3Error {
    let mut error = S3Error::with_message(
        S3ErrorCode::PermanentRedirect,
        "The bucket you are attempting to access must be addressed using the specified endpoint.",
    );
    // The header map is the one of a response of the protocol crate, so that its type need not be named here.
    let mut headers = s3s::HttpResponse::new(s3s::Body::empty()).headers().clone();
    if let Ok(value) = region.parse() {
        headers.insert("x-amz-bucket-region", value);
    }
    error.set_headers(headers);
    error
}
