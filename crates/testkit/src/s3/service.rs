//! The S3 operations over the [`Store`](super::store::Store): the log, the hook, then the answer.
//!
//! `s3s` declares its trait through `async_trait`; the signatures here are what that macro makes of it, so that the
//! macro is not needed.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use s3s::dto::{
    Bucket, CommonPrefix, ETag, ETagCondition, EncodingType, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object as ListedObject, ObjectStorageClass, StorageClass, StreamingBlob,
};
use s3s::{Body, S3, S3Request, S3Response, S3Result, s3_error};

use super::fault::{Fault, Operation, OperationKind, is_silence};
use super::store::{After, Listed, Object, Query, Resume};
use super::{State, lock, reset_this_connection};

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = S3Result<T>> + Send + 'a>>;
type Answer<'a, T> = Boxed<'a, S3Response<T>>;

pub(crate) struct Service {
    state: Arc<State>,
}

impl Service {
    pub fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// Logs the request and asks the hook. A fault that is an error document is returned as the error it is; one
    /// that lies in the rest of the answer is handed to the caller.
    fn admit<T>(
        &self,
        kind: OperationKind,
        bucket: &str,
        key: &str,
        request_payer: bool,
        request: &S3Request<T>,
    ) -> S3Result<Option<Fault>> {
        let operation = Operation {
            kind,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            access_key_id: request.credentials.as_ref().map(|credentials| credentials.access_key.clone()),
            region: request.region.as_ref().map(|region| region.as_str().to_owned()),
            request_payer,
        };
        let hook = lock(&self.state.hook).clone();
        let fault = hook.and_then(|hook| hook(&operation));
        lock(&self.state.requests).push(operation);
        match fault.as_ref().and_then(Fault::error) {
            Some(error) => Err(error),
            None => Ok(fault),
        }
    }

    fn list(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let prefix = request.input.prefix.clone().unwrap_or_default();
        let payer = request.input.request_payer.is_some();
        let fault = self.admit(OperationKind::List, &request.input.bucket, &prefix, payer, &request)?;
        let input = request.input;
        let after = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => {
                let after = After::from_token(token);
                Some(after.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))?)
            }
            (None, Some(key)) => Some(After::Key(key)),
            (None, None) => None,
        };
        let entries = input.max_keys.map_or(1000, |most| usize::try_from(most).unwrap_or(0));
        let resume = if fault == Some(Fault::RepeatedEntry) { Resume::Same } else { Resume::Next };
        let query = Query { prefix: &prefix, delimiter: input.delimiter.as_deref(), after, resume, entries };
        let page = lock(&self.state.store).list(&input.bucket, &query);
        let page = page.ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))?;
        let mut answer = listed(input, page);
        if fault == Some(Fault::LostPlace) {
            answer.next_continuation_token = None;
        }
        Ok(S3Response::new(answer))
    }

    fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        let store = lock(&self.state.store);
        if !store.has_bucket(bucket) {
            return Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"));
        }
        store.object(bucket, key).ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    fn get(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &request.input;
        let payer = input.request_payer.is_some();
        let fault = self.admit(OperationKind::Get, &input.bucket, &input.key, payer, &request)?;
        if input.range.is_some() || input.version_id.is_some() {
            return Err(s3_error!(NotImplemented, "ranges and versions are not served here"));
        }
        let object = self.object(&input.bucket, &input.key)?;
        let is_other = matches!(&input.if_match, Some(ETagCondition::ETag(etag)) if etag.value() != object.etag);
        if is_other && fault != Some(Fault::Unconditional) {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
        }
        if matches!(&input.if_none_match, Some(ETagCondition::ETag(etag)) if etag.value() == object.etag) {
            return Err(s3_error!(NotModified));
        }
        let is_archived = matches!(object.storage_class.as_str(), StorageClass::GLACIER | StorageClass::DEEP_ARCHIVE);
        if is_archived && !object.is_restored {
            return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
        }
        let (body, length_bytes) = body(object.bytes, fault);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body),
            content_length: Some(length_bytes as i64),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.last_modified.into()),
            metadata: (!object.metadata.is_empty()).then_some(object.metadata),
            ..GetObjectOutput::default()
        }))
    }

    fn head(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &request.input;
        let payer = input.request_payer.is_some();
        self.admit(OperationKind::Head, &input.bucket, &input.key, payer, &request)?;
        let object = self.object(&input.bucket, &input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(object.bytes.len() as i64),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.last_modified.into()),
            storage_class: Some(StorageClass::from(object.storage_class)),
            metadata: (!object.metadata.is_empty()).then_some(object.metadata),
            ..HeadObjectOutput::default()
        }))
    }

    fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.admit(OperationKind::HeadBucket, &request.input.bucket, "", false, &request)?;
        if !lock(&self.state.store).has_bucket(&request.input.bucket) {
            return Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"));
        }
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        self.admit(OperationKind::ListBuckets, "", "", false, &request)?;
        let names = lock(&self.state.store).bucket_names();
        let buckets = names.into_iter().map(|name| Bucket { name: Some(name), ..Bucket::default() }).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), ..ListBucketsOutput::default() }))
    }
}

impl S3 for Service {
    fn list_objects_v2<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answer<'async_trait, ListObjectsV2Output>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        answer(self.list(request))
    }

    fn get_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<GetObjectInput>,
    ) -> Answer<'async_trait, GetObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        answer(self.get(request))
    }

    fn head_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<HeadObjectInput>,
    ) -> Answer<'async_trait, HeadObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        answer(self.head(request))
    }

    fn head_bucket<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<HeadBucketInput>,
    ) -> Answer<'async_trait, HeadBucketOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        answer(Service::head_bucket(self, request))
    }

    fn list_buckets<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<ListBucketsInput>,
    ) -> Answer<'async_trait, ListBucketsOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        answer(Service::list_buckets(self, request))
    }
}

/// The answer, or silence for as long as the client bears it.
fn answer<'a, T: Send + 'a>(answer: S3Result<S3Response<T>>) -> Answer<'a, T> {
    match answer {
        Err(error) if is_silence(&error) => Box::pin(std::future::pending()),
        answer => Box::pin(std::future::ready(answer)),
    }
}

fn listed(input: ListObjectsV2Input, page: Listed) -> ListObjectsV2Output {
    let url = input.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let encoded = |text: String| if url { url_encoded(&text) } else { text };
    let count = page.objects.len() + page.prefixes.len();
    let contents: Vec<ListedObject> = page
        .objects
        .into_iter()
        .map(|(key, object)| ListedObject {
            key: Some(encoded(key)),
            e_tag: Some(ETag::Strong(object.etag)),
            size: Some(object.bytes.len() as i64),
            last_modified: Some(object.last_modified.into()),
            storage_class: Some(ObjectStorageClass::from(object.storage_class)),
            ..ListedObject::default()
        })
        .collect();
    let prefixes: Vec<CommonPrefix> =
        page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(encoded(prefix)) }).collect();
    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(encoded),
        delimiter: input.delimiter.map(encoded),
        start_after: input.start_after.map(encoded),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        max_keys: Some(input.max_keys.unwrap_or(1000)),
        key_count: Some(count as i32),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next,
        contents: (!contents.is_empty()).then_some(contents),
        common_prefixes: (!prefixes.is_empty()).then_some(prefixes),
        ..ListObjectsV2Output::default()
    }
}

/// The body of a get and the length it claims to have.
fn body(bytes: Bytes, fault: Option<Fault>) -> (StreamingBlob, usize) {
    let whole = bytes.len();
    match fault {
        Some(Fault::Short { bytes: kept }) => {
            let kept = kept.min(whole);
            (StreamingBlob::from(Body::from(bytes.slice(..kept))), kept)
        }
        Some(Fault::HangUp) => (StreamingBlob::wrap(stream::iter([Err(broken())])), whole),
        Some(fault @ (Fault::Cut { after_bytes } | Fault::Reset { after_bytes })) => {
            if matches!(fault, Fault::Reset { .. }) {
                reset_this_connection();
            }
            let part = stream::iter([Ok(bytes.slice(..after_bytes.min(whole)))]);
            // What was written so far goes out while the body has nothing ready.
            let breaks = stream::once(async {
                tokio::task::yield_now().await;
                Err(broken())
            });
            (StreamingBlob::wrap(part.chain(breaks)), whole)
        }
        Some(Fault::Stall { after_bytes }) => {
            let part = stream::iter([Ok::<_, std::io::Error>(bytes.slice(..after_bytes.min(whole)))]);
            (StreamingBlob::wrap(part.chain(stream::pending())), whole)
        }
        _ => (StreamingBlob::from(Body::from(bytes)), whole),
    }
}

fn broken() -> std::io::Error {
    std::io::ErrorKind::ConnectionReset.into()
}

/// As S3 encodes a key under `encoding-type=url`: a space becomes `+`, a slash stays.
fn url_encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            // Writing to a string cannot fail.
            other => _ = write!(encoded, "%{other:02X}"),
        }
        encoded
    })
}
