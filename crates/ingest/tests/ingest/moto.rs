//! The ordinary cases over moto, an S3 that was written by others and misunderstands the protocol in other ways than
//! ours may. Behind the feature `moto`, because it needs Python: `.ci/run` makes an environment with moto in it and
//! names the server's program in `EKSAMINE_MOTO_SERVER`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use eksamine_archive::{S3Credentials, S3Settings};

use super::network::ordinary;

/// A running server. It is shared by the tests that run at once, and stops with the last of them.
struct Moto {
    process: Child,
    /// `127.0.0.1:PORT`
    address: String,
}

impl Moto {
    fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Moto>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let moto = Arc::new(Self::start());
            *running = Arc::downgrade(&moto);
            moto
        })
    }

    fn start() -> Self {
        let Some(program) = std::env::var_os("EKSAMINE_MOTO_SERVER") else {
            panic!("EKSAMINE_MOTO_SERVER has to name the program `moto_server`, as it does in `.ci/run`");
        };
        // Port 0 is any that is free; the server says which it was.
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut heard = String::new();
        let address = loop {
            let from = heard.len();
            assert!(said.read_line(&mut heard).unwrap() > 0, "moto does not start: {heard}");
            if let Some((_, address)) = heard[from..].split_once("Running on http://") {
                break address.trim().to_owned();
            }
        };
        // It speaks of every request, and waits until somebody listens.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { process, address }
    }

    /// One request, which has to succeed. It is signed by somebody; moto does not look into it.
    fn request(&self, method: &str, path: &str, headers: &str, body: &[u8]) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, \
             Signature=0\r\n{headers}\r\n"
        );
        socket.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A bucket of its own in the shared server.
struct Bucket {
    moto: Arc<Moto>,
    name: String,
}

impl Bucket {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let moto = Moto::shared();
        let name = format!("logs-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        moto.request("PUT", &format!("/{name}"), "", b"");
        Self { moto, name }
    }

    fn path(&self, key: &str) -> String {
        let encoded = key.bytes().map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        });
        format!("/{}/{}", self.name, encoded.collect::<String>())
    }
}

impl ordinary::Bucket for Bucket {
    fn name(&self) -> &str {
        &self.name
    }

    fn s3(&self) -> S3Settings {
        let credentials = S3Credentials {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        };
        S3Settings {
            endpoint_url: Some(format!("http://{}", self.moto.address)),
            region: Some("us-east-1".to_owned()),
            credentials: Some(credentials),
            ..S3Settings::default()
        }
    }

    fn put(&self, key: &str, bytes: &[u8], storage_class: &str) {
        self.moto.request("PUT", &self.path(key), &format!("x-amz-storage-class: {storage_class}\r\n"), bytes);
    }

    fn remove(&self, key: &str) {
        self.moto.request("DELETE", &self.path(key), "", b"");
    }

    fn restore(&self, key: &str) {
        let days = b"<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>1</Days></RestoreRequest>";
        self.moto.request("POST", &format!("{}?restore", self.path(key)), "", days);
    }
}

ordinary::cases!(Bucket::new);
