//! What the SDK reports, translated into what the reader can do: the [`Error`], and whether another attempt may help.
//!
//! The codes are those of <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>. The cause keeps the
//! server's own words; the SDK's layers around them are left out.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::Error;
use crate::aws::Signing;

/// A failed request.
pub(super) struct Fault {
    pub error: Error,
    pub outlook: Outlook,
    /// The region S3 says the bucket is in, if that was what went wrong.
    pub bucket_region: Option<String>,
}

/// What may come of another attempt, after the client's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// The same.
    Same,
    /// Somebody answered, but was too busy, or the answer broke off: it may pass.
    MayPass,
    /// Nobody answered: it may pass if somebody did before.
    Silent,
}

/// Where the request went and what it was about.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The object, or the bucket and the prefix.
    pub uri: &'a str,
    pub bucket: &'a str,
    pub endpoint: &'a str,
    pub endpoint_is_given: bool,
    /// Somebody answered there before.
    pub has_answered: bool,
    pub signing: Signing,
    pub storage_class: Option<&'a str>,
}

impl Fault {
    pub fn last(error: Error) -> Self {
        Self { error, outlook: Outlook::Same, bucket_region: None }
    }

    pub fn passing(error: Error) -> Self {
        Self { error, outlook: Outlook::MayPass, bucket_region: None }
    }
}

pub(super) fn translate<E>(error: &SdkError<E, HttpResponse>, place: Place<'_>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => answered(answer.err(), answer.raw(), place),
        SdkError::ResponseError(_) => Fault::passing(Error::Other {
            uri: place.uri.to_owned(),
            hint: Some("the answer is not what S3 would say; check the address given with `--endpoint-url`".to_owned()),
            source: Some(format!("`{}` gave an unreadable answer: {}", place.endpoint, innermost(error)).into()),
        }),
        // Never sent: something about the request or its signature could not be made. A connection that closed in the
        // middle is of this kind too, but is marked as passing.
        SdkError::DispatchFailure(failure) if failure.is_other() && failure.as_other().is_none() => {
            if !mentions_credentials(error) {
                return Fault::last(other(error, place));
            }
            Fault::last(Error::Denied {
                uri: place.uri.to_owned(),
                hint: Some(no_credentials(place.signing)),
                source: Some(why_no_credentials(&innermost(error)).into()),
            })
        }
        SdkError::DispatchFailure(failure) if failure.is_user() => Fault::last(other(error, place)),
        // The client has waited its full time at each of its attempts. Going on from here would be minutes an object.
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Fault::last(unreachable(&innermost(error), place))
        }
        SdkError::TimeoutError(_) => Fault::last(unreachable(&innermost(error), place)),
        SdkError::DispatchFailure(_) => {
            Fault { error: unreachable(&innermost(error), place), outlook: Outlook::Silent, bucket_region: None }
        }
        _ => Fault::last(other(error, place)),
    }
}

/// No answer, or one that broke off.
pub(super) fn unreachable(cause: &str, place: Place<'_>) -> Error {
    let hint = if place.has_answered {
        "the connection was lost; run again to read what is missing"
    } else if place.endpoint_is_given {
        "check the address given with `--endpoint-url`, and that a server is listening there"
    } else {
        "check the network connection; an S3 other than that of AWS needs `--endpoint-url URL`"
    };
    Error::Unreachable {
        uri: place.uri.to_owned(),
        endpoint: place.endpoint.to_owned(),
        hint: Some(hint.to_owned()),
        source: Some(cause.into()),
    }
}

/// Why a body ended before its end. The SDK speaks of throughput where nothing came any more.
pub(super) fn why_broken(error: &(dyn std::error::Error + 'static)) -> String {
    let why = innermost(error);
    if why.starts_with("minimum throughput") {
        return "nothing more came, and the wait was given up".to_owned();
    }
    why
}

/// The text of the last error of the chain, which is the one that says what happened; of a timeout that of the last
/// but one, which says how long the wait was.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source().filter(|source| source.to_string() != "timed out") {
        last = source;
    }
    last.to_string()
}

fn answered(error: &impl ProvideErrorMetadata, response: &HttpResponse, place: Place<'_>) -> Fault {
    let status = response.status().as_u16();
    let code = error.code().unwrap_or_default();
    let uri = place.uri.to_owned();
    let source = Some(words(error, status, place.endpoint).into());
    if is_misdirected(code, status) {
        let bucket_region = response.headers().get("x-amz-bucket-region").map(ToOwned::to_owned);
        let hint = match &bucket_region {
            Some(region) => format!("the bucket is in another region: give `--region {region}`"),
            None => "name the bucket's region with `--region REGION`".to_owned(),
        };
        return Fault { error: Error::Other { uri, hint: Some(hint), source }, outlook: Outlook::Same, bucket_region };
    }
    let error = match (code, status) {
        ("NoSuchBucket", _) => {
            Error::NoSuchSource { uri: format!("s3://{}", place.bucket), hint: Some(no_such_bucket(place)), source }
        }
        ("NoSuchKey" | "NoSuchVersion" | "NotFound", _) => Error::NotFound { uri, source },
        ("PreconditionFailed", _) | (_, 412) => Error::Changed { uri, source },
        ("InvalidObjectState", _) => {
            Error::NeedsRestore { uri, storage_class: place.storage_class.unwrap_or("unknown").to_owned(), source }
        }
        (_, 401 | 403) | ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => {
            Error::Denied { uri, hint: Some(denied(code, place.signing)), source }
        }
        (_, 429 | 500..) => {
            let hint = Some("the server is overloaded or in trouble; run again later".to_owned());
            let error = Error::Unreachable { uri, endpoint: place.endpoint.to_owned(), hint, source };
            return Fault::passing(error);
        }
        ("", _) if place.endpoint_is_given => Error::Other {
            uri,
            hint: Some("does an S3 answer there? Check the address given with `--endpoint-url`".to_owned()),
            source,
        },
        _ => Error::Other { uri, hint: None, source },
    };
    Fault::last(error)
}

/// Whether the request went to another region than the bucket's.
fn is_misdirected(code: &str, status: u16) -> bool {
    status == 301 || matches!(code, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")
}

fn words(error: &impl ProvideErrorMetadata, status: u16, endpoint: &str) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("`{endpoint}` answered {status} `{code}`: {message}"),
        (Some(code), None) => format!("`{endpoint}` answered {status} `{code}`"),
        _ => format!("`{endpoint}` answered {status} without saying why"),
    }
}

fn denied(code: &str, signing: Signing) -> String {
    let hint = match (code, signing) {
        ("ExpiredToken" | "TokenRefreshRequired" | "RequestExpired", _) => {
            "the session has expired; sign in again, with `aws sso login` or as you did before"
        }
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "NotSignedUp", _) => {
            "these credentials are not known here; choose others with `--profile NAME`"
        }
        ("RequestTimeTooSkewed", _) => "the clock of this machine is wrong; set it and run again",
        (_, Signing::Anonymous) => {
            "the bucket does not let everybody read; leave out `--no-sign-request` to use your credentials"
        }
        (_, Signing::Signed { .. }) => {
            "reading needs `s3:ListBucket` on the bucket, `s3:GetObject` on its objects, and `kms:Decrypt` if they are \
             encrypted with a key of your own; other credentials are chosen with `--profile NAME`; a requester-pays \
             bucket needs `--request-payer`; a public one can be read with `--no-sign-request`"
        }
    };
    hint.to_owned()
}

fn no_such_bucket(place: Place<'_>) -> String {
    if place.endpoint_is_given {
        format!("check the spelling of the bucket; it was looked for at `{}`", place.endpoint)
    } else {
        "check the spelling of the bucket; if it is not on AWS, give its `--endpoint-url URL`".to_owned()
    }
}

fn no_credentials(signing: Signing) -> String {
    match signing {
        Signing::Signed { by_profile: true } => {
            "check the name given with `--profile`; `aws configure list-profiles` shows those there are, and \
             `aws sso login --profile NAME` signs in again"
        }
        _ => {
            "sign in (`aws sso login`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`), choose credentials with \
             `--profile NAME`, or read a public bucket with `--no-sign-request`"
        }
    }
    .to_owned()
}

/// Where the providers merely had nothing to give, their last words tell only why the last of them had nothing.
fn why_no_credentials(last_words: &str) -> String {
    let had_nothing = ["no providers in chain", "was not enabled", "IMDS"];
    if had_nothing.iter().any(|words| last_words.contains(words)) {
        return "no credentials were found to sign the request with".to_owned();
    }
    format!("no credentials could be had to sign the request with: {last_words}")
}

fn other(error: &(dyn std::error::Error + 'static), place: Place<'_>) -> Error {
    Error::Other { uri: place.uri.to_owned(), hint: None, source: Some(innermost(error).into()) }
}

/// The SDK reports missing credentials as a failure to dispatch, told apart only by the words of its chain.
fn mentions_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).any(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("credential") || text.contains("profile") || text.contains("identity")
    })
}
