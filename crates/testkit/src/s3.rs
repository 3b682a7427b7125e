//! An S3 in process: real HTTP on a free loopback port, the real protocol through `s3s`, objects in memory.
//!
//! It serves what a reader of an archive needs (list, get, head), pages as S3 does, honours `If-Match`, refuses what
//! is in Glacier, keeps a log of every request so that a test can prove that nothing was fetched, and asks a hook
//! before each answer so that a test can make it misbehave. It is not a place to write to over HTTP, knows no object
//! versions, and keeps nothing after it is dropped.
//!
//! Requests may be anonymous, or signed with [`ACCESS_KEY_ID`] and [`SECRET_ACCESS_KEY`]; any other key is refused.
#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a test that cannot start its server must stop")]

mod fault;
mod service;
mod store;

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

pub use fault::{Fault, Operation, OperationKind, always, deny_prefix, first, first_of_each};
use service::Service;
use store::Store;

/// The access key id the server knows.
pub const ACCESS_KEY_ID: &str = "test";
/// The secret that goes with [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "test";

/// Asked before each answer; what it returns happens instead of the answer.
pub(crate) type Hook = Arc<dyn Fn(&Operation) -> Option<Fault> + Send + Sync>;

/// A running server. It stops when it is dropped.
pub struct S3Server {
    endpoint: String,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

/// What the server and its handle share.
#[derive(Default)]
pub(crate) struct State {
    pub store: Mutex<Store>,
    pub requests: Mutex<Vec<Operation>>,
    pub hook: Mutex<Option<Hook>>,
}

/// The requests answered so far, in the order of their arrival. A request that met a fault is counted too.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    pub operations: Vec<Operation>,
}

impl RequestLog {
    /// How many pages were asked for.
    pub fn lists(&self) -> usize {
        self.of_kind(OperationKind::List).count()
    }

    /// How many times an object's bytes were asked for, attempts and repetitions included.
    pub fn gets(&self) -> usize {
        self.of_kind(OperationKind::Get).count()
    }

    /// The keys whose bytes were asked for, with repetitions.
    pub fn keys_got(&self) -> Vec<String> {
        self.of_kind(OperationKind::Get).map(|operation| operation.key.clone()).collect()
    }

    fn of_kind(&self, kind: OperationKind) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(move |operation| operation.kind == kind)
    }
}

impl S3Server {
    /// Starts a server with the given buckets, all empty.
    pub fn start<B: AsRef<str>>(buckets: impl IntoIterator<Item = B>) -> Self {
        let state = Arc::new(State::default());
        for bucket in buckets {
            lock(&state.store).create_bucket(bucket.as_ref());
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let endpoint = format!("http://{}", listener.local_addr().expect("the port just bound"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("testkit-s3")
            .enable_all()
            .build()
            .expect("a runtime for the server");
        runtime.spawn(serve(listener, protocol(Service::new(Arc::clone(&state)))));
        Self { endpoint, state, runtime: Some(runtime) }
    }

    /// `http://127.0.0.1:<port>`
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Stores an object, in place of the one under that key if there is one.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        self.put_in_class(bucket, key, bytes, "STANDARD");
    }

    /// Stores an object in a storage class, such as `GLACIER`.
    pub fn put_in_class(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>, storage_class: &str) {
        lock(&self.state.store).put(bucket, key, bytes.into(), storage_class);
    }

    /// Stores an object with user metadata, names without `x-amz-meta-`.
    pub fn put_with_metadata(
        &self,
        bucket: &str,
        key: &str,
        bytes: impl Into<Bytes>,
        metadata: impl IntoIterator<Item = (String, String)>,
    ) {
        let mut store = lock(&self.state.store);
        store.put(bucket, key, bytes.into(), "STANDARD");
        store.describe(bucket, key, metadata.into_iter().collect());
    }

    /// Stores every file below a folder under `prefix` followed by its path within the folder.
    pub fn put_folder(&self, bucket: &str, prefix: &str, folder: &Path) {
        let entries = std::fs::read_dir(folder).expect("a readable folder");
        for entry in entries {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a UTF-8 file name");
            if path.is_dir() {
                self.put_folder(bucket, &format!("{prefix}{name}/"), &path);
            } else {
                self.put(bucket, &format!("{prefix}{name}"), std::fs::read(&path).expect("a readable file"));
            }
        }
    }

    /// Removes an object. A key that is not there is no error, as in S3.
    pub fn remove(&self, bucket: &str, key: &str) {
        lock(&self.state.store).remove(bucket, key);
    }

    /// Restores an object from the storage class it is archived in, at once. It can be read from now on; its class
    /// and its ETag stay as they are.
    pub fn restore(&self, bucket: &str, key: &str) {
        assert!(lock(&self.state.store).restore(bucket, key), "no `{key}` in `{bucket}`");
    }

    /// How many entries a page of a listing has at most. S3's own limit, and the default, is 1,000.
    pub fn set_page_size(&self, entries: usize) {
        lock(&self.state.store).page_size = entries;
    }

    /// Asks `hook` before each answer from now on. The former hook, if any, is forgotten.
    pub fn on_request(&self, hook: impl Fn(&Operation) -> Option<Fault> + Send + Sync + 'static) {
        *lock(&self.state.hook) = Some(Arc::new(hook));
    }

    /// Answers as it should from now on.
    pub fn behave(&self) {
        *lock(&self.state.hook) = None;
    }

    /// What was asked so far.
    pub fn log(&self) -> RequestLog {
        RequestLog { operations: lock(&self.state.requests).clone() }
    }

    /// Forgets what was asked so far.
    pub fn clear_log(&self) {
        lock(&self.state.requests).clear();
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // An ordinary drop of a runtime waits for its threads, and must not happen inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Takes a lock even when a test panicked while holding it: the data is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets everybody in. Who may read what is the hook's affair.
struct Everybody;

impl S3Access for Everybody {
    fn check<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        _context: &'life1 mut S3AccessContext<'life2>,
    ) -> service::Boxed<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn protocol(service: Service) -> S3Service {
    let mut builder = S3ServiceBuilder::new(service);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    builder.set_access(Everybody);
    builder.build()
}

tokio::task_local! {
    /// Whether the connection that the running task serves is to end with a reset.
    static ENDS_WITH_RESET: Arc<AtomicBool>;
}

/// Makes the connection that is being answered end with a reset instead of a proper close.
pub(crate) fn reset_this_connection() {
    ENDS_WITH_RESET.with(|reset| reset.store(true, Ordering::Relaxed));
}

async fn serve(listener: TcpListener, service: S3Service) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener in the server's runtime");
    let connections = auto::Builder::new(TokioExecutor::new());
    while let Ok((socket, _)) = listener.accept().await {
        let (connections, service) = (connections.clone(), service.clone());
        tokio::spawn(async move {
            let (socket, handle) = twice(socket).expect("a second handle of a socket");
            let reset = Arc::new(AtomicBool::new(false));
            let served = connections.serve_connection(TokioIo::new(socket), service);
            // A connection that the client broke off is no concern of the server.
            let _ = ENDS_WITH_RESET.scope(Arc::clone(&reset), served).await;
            if reset.load(Ordering::Relaxed) {
                handle.set_zero_linger().expect("a socket to reset");
            }
        });
    }
}

/// Two handles of one socket: it is closed with the second of them, after what served the first.
fn twice(socket: TcpStream) -> std::io::Result<(TcpStream, TcpStream)> {
    let socket = socket.into_std()?;
    let handle = socket.try_clone()?;
    Ok((TcpStream::from_std(socket)?, TcpStream::from_std(handle)?))
}

#[cfg(test)]
mod tests;
