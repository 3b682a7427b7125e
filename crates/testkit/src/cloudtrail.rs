//! A CloudTrail in process that knows one operation, `ListPublicKeys`: real HTTP on a free loopback port, and signatures
//! are checked. It keeps a log of what was asked for, and can be told to answer with a trouble first.
//!
//! Requests are signed with [`crate::s3::ACCESS_KEY_ID`] and [`crate::s3::SECRET_ACCESS_KEY`], as described at
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>; any other is refused.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test that cannot start its server must stop")]

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};

use crate::s3::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, lock};
use crate::trail::{Signer, hex};

/// A running server. It stops when it is dropped.
pub struct CloudTrailServer {
    address: String,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// One request that was answered with keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub region: String,
    /// Seconds since 1970.
    pub start: i64,
    pub end: i64,
}

#[derive(Default)]
struct State {
    keys: Mutex<BTreeMap<String, Vec<Value>>>,
    /// Status and body to answer with first.
    troubles: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<Asked>>,
    is_over: AtomicBool,
}

impl CloudTrailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                // Whoever closed early is not answered.
                let _ = stream.and_then(|stream| serve(stream, &shared));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// `http://127.0.0.1:<port>`
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Gives a region a key. Each key is a page of its own.
    pub fn add(&self, region: &str, signer: &Signer) {
        let key = json!({
            "Value": STANDARD.encode(signer.public), "Fingerprint": signer.fingerprint,
            "ValidityStartTime": 1_704_067_200.0, "ValidityEndTime": 1_735_689_600.0,
        });
        lock(&self.state.keys).entry(region.to_owned()).or_default().push(key);
    }

    /// Answers the next request so, after those that were said before.
    pub fn fail(&self, status: u16, code: &str) {
        let body = json!({ "__type": code, "message": "as the test says" }).to_string();
        lock(&self.state.troubles).push_back((status, body));
    }

    /// What was asked for and answered, in its order; further pages are not counted.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state.asked).clone()
    }
}

impl Drop for CloudTrailServer {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A request of HTTP, header names in lower case.
struct Request {
    first_line: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let request = read(&stream)?;
    let (status, body) = answer(&request, state);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} Told\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut first_line = String::new();
    reader.read_line(&mut first_line)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { first_line: first_line.trim_end().to_owned(), headers, body })
}

fn answer(request: &Request, state: &State) -> (u16, String) {
    let trouble =
        |status, code: &str, message: &str| (status, json!({ "__type": code, "message": message }).to_string());
    if let Some(said) = lock(&state.troubles).pop_front() {
        return said;
    }
    let target = request.headers.get("x-amz-target").map(String::as_str);
    if request.first_line != "POST / HTTP/1.1" || target != Some("CloudTrail_20131101.ListPublicKeys") {
        return trouble(400, "UnknownOperationException", &request.first_line);
    }
    let Some(region) = signed_region(request) else {
        return trouble(403, "InvalidSignatureException", "the signature is not that of the request");
    };
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return trouble(400, "SerializationException", "no JSON");
    };
    let number = |name: &str| body.get(name).and_then(Value::as_i64).unwrap_or_default();
    let page: usize = body.get("NextToken").and_then(Value::as_str).map_or(0, |token| token.parse().unwrap());
    if page == 0 {
        let asked = Asked { region: region.clone(), start: number("StartTime"), end: number("EndTime") };
        lock(&state.asked).push(asked);
    }
    let keys = lock(&state.keys).get(&region).cloned().unwrap_or_default();
    let next = (page + 1 < keys.len()).then(|| (page + 1).to_string());
    let mut answer = json!({ "PublicKeyList": keys.get(page).into_iter().collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    (200, answer.to_string())
}

/// The region a request is signed for; none if it is not signed as it should be.
fn signed_region(request: &Request) -> Option<String> {
    let authorization = request.headers.get("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let part = |name: &str| authorization.split(", ").find_map(|part| part.strip_prefix(name));
    let (credential, signed, signature) = (part("Credential=")?, part("SignedHeaders=")?, part("Signature=")?);
    let (key_id, scope) = credential.split_once('/')?;
    let mut pieces = scope.split('/');
    let (day, region, service) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if key_id != ACCESS_KEY_ID || service != "cloudtrail" || !signed.split(';').any(|name| name == "x-amz-target") {
        return None;
    }
    let mut headers = String::new();
    for name in signed.split(';') {
        headers += &format!("{name}:{}\n", request.headers.get(name)?);
    }
    let hash = |bytes: &[u8]| hex(digest(&SHA256, bytes).as_ref());
    let canonical = format!("POST\n/\n\n{headers}\n{signed}\n{}", hash(&request.body));
    let time = request.headers.get("x-amz-date")?;
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(canonical.as_bytes()));
    let mac = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let mut key = mac(format!("AWS4{SECRET_ACCESS_KEY}").as_bytes(), day);
    for text in [region, service, "aws4_request"] {
        key = mac(key.as_ref(), text);
    }
    (hex(mac(key.as_ref(), &to_sign).as_ref()) == signature).then(|| region.to_owned())
}
