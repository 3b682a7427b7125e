//! Where logs come from: an S3 bucket, a folder, or a file.
//!
//! An [`Archive`] can be listed and its objects can be fetched, and that is all. Nothing here writes, deletes, tags or
//! restores anything, so an archive cannot be harmed by reading it. This crate knows nothing of what the bytes mean,
//! decides nothing about what is worth reading, and is the only one that knows the AWS SDK.
//!
//! Beside that it can ask CloudTrail for the public keys of its digests, if it is told to.
//!
//! What is fetched is what was listed: an object that changed, vanished or arrived incomplete is an [`Error`] that
//! says so, never other bytes than those announced.

mod aws;
mod error;
mod local;
mod percent;
mod public_keys;
mod s3;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::mpsc::Sender;

pub use error::{Cause, Error};
pub use public_keys::{PublicKey, list_public_keys};

/// An object as the listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// `s3://bucket/key`, the key as it is; or `file:///abs/path`, with what a URI cannot hold percent-encoded.
    pub uri: String,
    /// Relative to the bucket; for a folder the path within it, with `/` between names; for a file its name. A local
    /// name that is not UTF-8 is percent-encoded.
    pub key: String,
    pub size_bytes: u64,
    /// Without quotes. `None` for local files.
    pub etag: Option<String>,
    /// Only where the listing tells versions apart.
    pub version_id: Option<String>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub last_modified_micros: Option<i64>,
    /// `STANDARD`, `GLACIER`, …; `None` for local files.
    pub storage_class: Option<String>,
}

/// A part of a listing. Keys ascend by their UTF-8 bytes, within a page and from page to page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub objects: Vec<ObjectMeta>,
    /// With [`Depth::Level`]: the folders on this level, as key prefixes that end in `/`.
    pub prefixes: Vec<String>,
}

/// How far a listing goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// One level: what lies up to the next `/`.
    Level,
    /// Everything that begins with the prefix.
    All,
}

/// An object's bytes, all of them.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub bytes: Bytes,
    /// Without quotes. `None` for local files.
    pub etag: Option<String>,
    pub version_id: Option<String>,
    /// What whoever stored the object said of it: the headers `x-amz-meta-…`, by the rest of their name in lower case.
    /// A local file has none.
    pub metadata: BTreeMap<String, String>,
}

/// A place to read logs from.
pub trait Archive: Send + Sync {
    /// What the user gave, normalised: `s3://bucket/prefix`, `file:///abs/folder`, `file:///abs/file`.
    fn root(&self) -> &str;

    /// The key prefix to begin with: empty, or `AWSLogs/…`. For a file its name.
    fn prefix(&self) -> &str;

    /// Lists the objects whose key begins with `prefix`, page by page, and returns after the last. When nobody
    /// receives any more it ends early, without an error. Placeholders of folders (empty objects whose key ends in
    /// `/`) are left out.
    ///
    /// With an error the listing is incomplete, and whatever was sent before is still right.
    fn list<'a>(&'a self, prefix: &'a str, depth: Depth, pages: Sender<Page>) -> BoxFuture<'a, Result<(), Error>>;

    /// Fetches the object that was listed, whole.
    fn get<'a>(&'a self, object: &'a ObjectMeta) -> BoxFuture<'a, Result<Fetched, Error>>;
}

/// What the name of a file ends in that keeps the metadata of another, after the name of that: a copy on disk has no
/// place of its own for it. It holds what `aws s3api head-object` prints.
pub const SIDECAR_ENDING: &str = ".head-object.json";

/// How to reach S3. The default is what the AWS command line would do: credentials, region and endpoint from the
/// environment and the profile.
#[derive(Clone, Debug, Default)]
pub struct S3Settings {
    /// Another S3 than that of AWS. Its buckets are addressed by path.
    pub endpoint_url: Option<String>,
    /// A profile of the AWS configuration files. Its credentials are used even if the environment holds others.
    pub profile: Option<String>,
    /// Where the bucket is. Without it the region S3 itself names is followed.
    pub region: Option<String>,
    /// Read anonymously.
    pub no_sign_request: bool,
    /// Agree to pay for the requests to a requester-pays bucket.
    pub request_payer: bool,
    /// In place of profile and environment.
    pub credentials: Option<S3Credentials>,
    pub patience: Patience,
}

/// How long to wait for an S3. What takes longer is asked for again, and is an error when that was of no use either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands.
    pub connection: Duration,
    /// Until an answer begins.
    pub answer: Duration,
    /// While no byte comes within an answer.
    pub silence: Duration,
    /// Before asking for the second time. Later pauses are longer, up to a hundred times.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(4),
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(20),
            pause: Duration::from_millis(100),
        }
    }
}

/// A key pair for S3, given rather than looked up.
#[derive(Clone)]
pub struct S3Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("S3Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Opens `s3://bucket/prefix`, a folder, or a file.
///
/// For a local path this looks whether it is there. For a bucket nothing is asked over the network yet: the first
/// listing will tell.
pub async fn open(source: &str, settings: &S3Settings) -> Result<Arc<dyn Archive>, Error> {
    match scheme(source) {
        Some(("s3", rest)) => Ok(Arc::new(s3::S3Archive::open(source, rest, settings).await?)),
        Some(("file", _)) => Ok(Arc::new(local::LocalArchive::open_uri(source).await?)),
        Some((other, _)) => Err(Error::BadSource {
            uri: source.to_owned(),
            reason: format!("`{other}` is not a scheme that can be read"),
            hint: Some("give a bucket as `s3://BUCKET/PREFIX`, or the path of a folder or a file".to_owned()),
        }),
        None => Ok(Arc::new(local::LocalArchive::open(source).await?)),
    }
}

/// Splits off `scheme://`, in lower case. A path has none.
fn scheme(source: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = source.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+');
    match scheme {
        _ if !is_scheme => None,
        "S3" => Some(("s3", rest)),
        "FILE" => Some(("file", rest)),
        _ => Some((scheme, rest)),
    }
}
