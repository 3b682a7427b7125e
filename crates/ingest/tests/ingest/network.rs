//! An S3 and a network that misbehave, one fault at a time, under whole ingests. A fault that passes leaves no trace in
//! the lake. One that lasts ends in an entry of `objects` that says what happened, in a report that is not complete
//! (exit status 3), and in the same lake as ever once the fault is gone and the ingest is run again.
//!
//! What a single request makes of a fault is tested in `archive`; an ingest that is denied something, stopped or
//! killed in `failures` and `kill`.

mod changing;
mod lasting;
mod listing;
pub mod ordinary;
mod passing;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use eksamine_archive::{Patience, S3Settings};
use eksamine_ingest::Report;
use eksamine_testkit::generate::{Generator, Planes, Settings};
use eksamine_testkit::s3::S3Server;

use super::{Ingest, anonymous, lake};

/// Less patience than for a real network, so that a body that stalls is soon given up, and pauses are short.
const PATIENCE: Patience = Patience {
    connection: Duration::from_secs(4),
    answer: Duration::from_secs(4),
    silence: Duration::from_millis(50),
    pause: Duration::from_millis(1),
};

/// So little that a server that says nothing is given up two dozen times within seconds.
const NO_PATIENCE: Patience = Patience { answer: Duration::from_millis(200), ..PATIENCE };

/// Keys and bytes of an archive of both planes that can be read to the last record.
fn archive() -> &'static [(String, Vec<u8>)] {
    static ARCHIVE: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let settings =
            Settings { json_bytes: 150_000, objects: 16, clusters: 1, planes: Planes::Both, ..Settings::default() };
        let generator = Generator::new(&settings).unwrap();
        let objects = (0..generator.object_count()).map(|index| generator.object(index).unwrap());
        objects.map(|object| (object.key, object.bytes)).collect()
    })
}

fn server() -> S3Server {
    server_of(|_| true)
}

/// A server that has only some of the objects.
fn server_of(keys: impl Fn(&str) -> bool) -> S3Server {
    let server = S3Server::start(["logs"]);
    for (key, bytes) in archive().iter().filter(|(key, _)| keys(key)) {
        server.put("logs", key, bytes.clone());
    }
    server
}

/// The object that the faults meet: one of many records.
fn victim() -> &'static str {
    &archive().iter().max_by_key(|(_, bytes)| bytes.len()).unwrap().0
}

fn ingest(server: &S3Server, lake: &Path) -> Report {
    ingest_with(PATIENCE, server, lake)
}

fn ingest_with(patience: Patience, server: &S3Server, lake: &Path) -> Report {
    let s3 = S3Settings { patience, ..anonymous(server) };
    Ingest { s3, ..Ingest::of_server(server, "s3://logs") }.run(lake)
}

fn lake_of(server: &S3Server) -> lake::Whole {
    let folder = tempfile::tempdir().unwrap();
    assert!(ingest(server, folder.path()).is_complete());
    lake::whole(folder.path())
}

/// The archive's lake, without any fault.
fn reference() -> &'static lake::Whole {
    static REFERENCE: OnceLock<lake::Whole> = OnceLock::new();
    REFERENCE.get_or_init(|| lake_of(&server()))
}

/// The S3 in process, one server for each bucket.
struct InProcess(S3Server);

impl InProcess {
    fn bucket() -> Self {
        Self(S3Server::start(["logs"]))
    }
}

impl ordinary::Bucket for InProcess {
    fn name(&self) -> &'static str {
        "logs"
    }

    fn s3(&self) -> S3Settings {
        anonymous(&self.0)
    }

    fn put(&self, key: &str, bytes: &[u8], storage_class: &str) {
        self.0.put_in_class("logs", key, bytes.to_vec(), storage_class);
    }

    fn remove(&self, key: &str) {
        self.0.remove("logs", key);
    }

    fn restore(&self, key: &str) {
        self.0.restore("logs", key);
    }
}

ordinary::cases!(InProcess::bucket);
