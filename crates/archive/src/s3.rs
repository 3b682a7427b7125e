//! A bucket as an [`Archive`]: `ListObjectsV2` and `GetObject`, and no other operation of S3.
//!
//! It upholds that a listing is either whole or an error, and that what is fetched is what was listed: the listed
//! ETag goes along as `If-Match`, and the length is checked against both the head of the answer and the listing.
//! Below it the SDK retries single requests; what it gives up on, and bodies that break off, are tried a few times
//! more here.

mod client;
mod fault;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{EncodingType, Object, RequestPayer};
use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc::Sender;

use crate::aws::Signing;
use crate::{Archive, Depth, Error, Fetched, ObjectMeta, Page, Patience, S3Settings, percent};
use client::Connection;
use fault::{Fault, Outlook, Place};

/// How many pauses to make before each further attempt of ours.
const PAUSES: [u32; 3] = [1, 5, 20];
/// No more than this is set aside on the word of a header.
const MAX_PREALLOCATED_BYTES: u64 = 64 << 20;

pub(crate) struct S3Archive {
    root: String,
    bucket: String,
    prefix: String,
    client: RwLock<Client>,
    /// The region was not prescribed: the one S3 names is followed.
    follows_region: bool,
    request_payer: Option<RequestPayer>,
    endpoint: String,
    endpoint_is_given: bool,
    signing: Signing,
    patience: Patience,
    region: RwLock<String>,
    has_answered: AtomicBool,
}

impl S3Archive {
    /// `rest` is what follows `s3://` in `source`.
    pub(crate) async fn open(source: &str, rest: &str, settings: &S3Settings) -> Result<Self, Error> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        check_bucket(source, bucket)?;
        check_endpoint(settings.endpoint_url.as_deref())?;
        let Connection { client, endpoint, endpoint_is_given, signing, region } = client::connect(settings).await;
        Ok(Self {
            root: uri(bucket, prefix),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            client: RwLock::new(client),
            follows_region: settings.region.is_none(),
            request_payer: settings.request_payer.then_some(RequestPayer::Requester),
            endpoint,
            endpoint_is_given,
            signing,
            patience: settings.patience,
            region: RwLock::new(region),
            has_answered: AtomicBool::new(false),
        })
    }

    async fn list_pages(&self, prefix: &str, depth: Depth, pages: Sender<Page>) -> Result<(), Error> {
        let mut token: Option<String> = None;
        loop {
            let output = self.persist(|| self.list_page(prefix, depth, token.as_deref())).await?;
            // A page that loses its place is still a page.
            let next = self.next_token(&output, token.as_deref(), prefix);
            let page = self.page(output);
            let is_empty = page.objects.is_empty() && page.prefixes.is_empty();
            if !is_empty && pages.send(page).await.is_err() {
                return Ok(());
            }
            token = next?;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn list_page(&self, prefix: &str, depth: Depth, token: Option<&str>) -> Result<ListObjectsV2Output, Fault> {
        let request = self
            .client()
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter((depth == Depth::Level).then(|| "/".to_owned()))
            .set_continuation_token(token.map(ToOwned::to_owned))
            // Keys may hold characters that XML cannot.
            .encoding_type(EncodingType::Url)
            .set_request_payer(self.request_payer.clone());
        let sent = request.customize().config_override(self.retries()).send().await;
        sent.map_err(|error| fault::translate(&error, self.place(&uri(&self.bucket, prefix), None)))
    }

    /// Where the listing goes on. A page that claims more but does not say where would lose objects silently.
    fn next_token(
        &self,
        output: &ListObjectsV2Output,
        current: Option<&str>,
        prefix: &str,
    ) -> Result<Option<String>, Error> {
        if !output.is_truncated().unwrap_or(false) {
            return Ok(None);
        }
        match output.next_continuation_token() {
            Some(next) if current != Some(next) => Ok(Some(next.to_owned())),
            _ => Err(Error::Other {
                uri: uri(&self.bucket, prefix),
                hint: None,
                source: Some(
                    format!("`{}` cut the listing short without saying where it goes on", self.endpoint).into(),
                ),
            }),
        }
    }

    fn page(&self, output: ListObjectsV2Output) -> Page {
        let is_encoded = output.encoding_type() == Some(&EncodingType::Url);
        let plain = |text: String| if is_encoded { decoded(text) } else { text };
        let prefixes = output.common_prefixes.unwrap_or_default().into_iter();
        let objects = output.contents.unwrap_or_default().into_iter().filter_map(|object| self.meta(object, plain));
        Page {
            objects: objects.filter(|object| object.size_bytes > 0 || !object.key.ends_with('/')).collect(),
            prefixes: prefixes.filter_map(|prefix| prefix.prefix.map(plain)).collect(),
        }
    }

    fn meta(&self, object: Object, plain: impl Fn(String) -> String) -> Option<ObjectMeta> {
        let key = plain(object.key?);
        Some(ObjectMeta {
            uri: uri(&self.bucket, &key),
            key,
            size_bytes: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: object.e_tag.as_deref().map(unquoted),
            version_id: None,
            last_modified_micros: object.last_modified.as_ref().map(micros),
            storage_class: object.storage_class.map(|class| class.as_str().to_owned()),
        })
    }

    async fn fetch(&self, object: &ObjectMeta) -> Result<Fetched, Fault> {
        let place = self.place(&object.uri, object.storage_class.as_deref());
        // A weak ETag never matches, by definition.
        let if_match = object.etag.as_deref().filter(|etag| !etag.starts_with("W/")).map(|etag| format!("\"{etag}\""));
        let request = self
            .client()
            .get_object()
            .bucket(&self.bucket)
            .key(&object.key)
            .set_version_id(object.version_id.clone())
            .set_if_match(if_match)
            .set_request_payer(self.request_payer.clone());
        let sent = request.customize().config_override(self.retries()).send().await;
        let mut output = sent.map_err(|error| fault::translate(&error, place))?;
        let etag = output.e_tag().map(unquoted);
        check_head(object, &output, etag.as_deref())?;
        let bytes = read_body(&mut output, object, place).await?;
        let metadata = output.metadata.unwrap_or_default().into_iter();
        let metadata = metadata.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        Ok(Fetched { bytes, etag, version_id: output.version_id, metadata })
    }

    /// Attempts until it succeeds, or until there is no point in going on.
    async fn persist<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let mut waits = PAUSES.into_iter().map(|pauses| self.patience.pause * pauses);
        let mut has_moved = false;
        loop {
            let fault = match attempt().await {
                Ok(value) => {
                    self.has_answered.store(true, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(fault) => fault,
            };
            if let Some(region) = fault.bucket_region.as_deref()
                && !has_moved
                && self.follows_region
            {
                has_moved = true;
                self.move_to(region);
                continue;
            }
            let may_pass = match fault.outlook {
                Outlook::Same => false,
                Outlook::MayPass => true,
                Outlook::Silent => self.has_answered.load(Ordering::Relaxed),
            };
            match waits.next() {
                Some(wait) if may_pass => tokio::time::sleep(wait).await,
                _ => return Err(fault.error),
            }
        }
    }

    fn client(&self) -> Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Talks to another region from now on.
    fn move_to(&self, region: &str) {
        let mut current = self.region.write().unwrap_or_else(PoisonError::into_inner);
        if *current != region {
            let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
            *client = client::in_region(&client, region);
            region.clone_into(&mut current);
        }
    }

    fn retries(&self) -> aws_sdk_s3::config::Builder {
        client::retries(self.has_answered.load(Ordering::Relaxed), self.patience)
    }

    fn place<'a>(&'a self, uri: &'a str, storage_class: Option<&'a str>) -> Place<'a> {
        Place {
            uri,
            bucket: &self.bucket,
            endpoint: &self.endpoint,
            endpoint_is_given: self.endpoint_is_given,
            has_answered: self.has_answered.load(Ordering::Relaxed),
            signing: self.signing,
            storage_class,
        }
    }
}

impl Archive for S3Archive {
    fn root(&self) -> &str {
        &self.root
    }

    fn prefix(&self) -> &str {
        &self.prefix
    }

    fn list<'a>(&'a self, prefix: &'a str, depth: Depth, pages: Sender<Page>) -> BoxFuture<'a, Result<(), Error>> {
        self.list_pages(prefix, depth, pages).boxed()
    }

    fn get<'a>(&'a self, object: &'a ObjectMeta) -> BoxFuture<'a, Result<Fetched, Error>> {
        self.persist(|| self.fetch(object)).boxed()
    }
}

/// Whether the object that answers is the one that was listed.
fn check_head(object: &ObjectMeta, output: &GetObjectOutput, etag: Option<&str>) -> Result<(), Fault> {
    if let (Some(listed), Some(etag)) = (object.etag.as_deref(), etag)
        && listed != etag
    {
        return Err(Fault::last(changed(object, &format!("its ETag was `{listed}` and is now `{etag}`"))));
    }
    let Some(length_bytes) = output.content_length().and_then(|length| u64::try_from(length).ok()) else {
        return Ok(());
    };
    if length_bytes == object.size_bytes {
        return Ok(());
    }
    if object.etag.is_some() && etag.is_some() {
        return Err(Fault::passing(short(object, length_bytes)));
    }
    let sizes = format!("it had {} bytes and now has {length_bytes}", object.size_bytes);
    Err(Fault::last(changed(object, &sizes)))
}

async fn read_body(output: &mut GetObjectOutput, object: &ObjectMeta, place: Place<'_>) -> Result<Bytes, Fault> {
    let capacity = object.size_bytes.min(MAX_PREALLOCATED_BYTES);
    let mut bytes = BytesMut::with_capacity(usize::try_from(capacity).unwrap_or(0));
    loop {
        match output.body.try_next().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                let received = bytes.len();
                let total = object.size_bytes;
                let why = fault::why_broken(&error);
                let cause = format!("the answer broke off after {received} of {total} bytes: {why}");
                return Err(Fault::passing(fault::unreachable(&cause, place)));
            }
        }
        if bytes.len() as u64 > object.size_bytes {
            break;
        }
    }
    if bytes.len() as u64 == object.size_bytes {
        return Ok(bytes.freeze());
    }
    Err(Fault::passing(short(object, bytes.len() as u64)))
}

fn changed(object: &ObjectMeta, how: &str) -> Error {
    Error::Changed { uri: object.uri.clone(), source: Some(how.into()) }
}

fn short(object: &ObjectMeta, received_bytes: u64) -> Error {
    Error::Short { uri: object.uri.clone(), expected_bytes: object.size_bytes, received_bytes }
}

fn check_bucket(source: &str, bucket: &str) -> Result<(), Error> {
    let is_name = |name: &str| {
        name.len() >= 3 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    if is_name(bucket) {
        return Ok(());
    }
    Err(Error::BadSource {
        uri: source.to_owned(),
        reason: format!("`{bucket}` is not the name of a bucket"),
        hint: Some("give a bucket as `s3://BUCKET/PREFIX`".to_owned()),
    })
}

fn check_endpoint(endpoint_url: Option<&str>) -> Result<(), Error> {
    let Some(endpoint) = endpoint_url else { return Ok(()) };
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with('/')) {
        return Ok(());
    }
    Err(Error::BadSource {
        uri: endpoint.to_owned(),
        reason: "it is not the address of a server".to_owned(),
        hint: Some("give `--endpoint-url` as `https://HOST` or `http://HOST:PORT`".to_owned()),
    })
}

fn uri(bucket: &str, key: &str) -> String {
    if key.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{key}") }
}

fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// A key is UTF-8 by definition of S3; what is not stays as it was sent.
fn decoded(text: String) -> String {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return text;
    }
    String::from_utf8(percent::decode_form(&text)).unwrap_or(text)
}

fn micros(time: &DateTime) -> i64 {
    time.secs().saturating_mul(1_000_000).saturating_add(i64::from(time.subsec_nanos() / 1000))
}
