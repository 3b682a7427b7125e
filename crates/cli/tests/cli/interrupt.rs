//! Ctrl-C at moments that are certain: the server holds its answers until the test has sent the signal.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};

use eksamine_testkit::generate::{self, Generator};
use eksamine_testkit::s3::{OperationKind, S3Server};

use super::{Room, parts};

const OBJECTS: usize = 100;

/// Holds requests back until it is opened.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn wait(&self) {
        let mut is_open = self.is_open.lock().unwrap();
        while !*is_open {
            is_open = self.opened.wait(is_open).unwrap();
        }
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

/// A bucket of generated logs.
fn server() -> S3Server {
    let settings = generate::Settings {
        json_bytes: 1_500_000,
        objects: OBJECTS,
        days: 2,
        gzip_level: 1,
        ..generate::Settings::default()
    };
    let generator = Generator::new(&settings).unwrap();
    let server = S3Server::start(["logs"]);
    for index in 0..generator.object_count() {
        let object = generator.object(index).unwrap();
        server.put("logs", &object.key, object.bytes);
    }
    server
}

/// Answers so many requests of a kind and holds back all later ones. The receiver hears of the first that is held.
fn hold_after(server: &S3Server, kind: OperationKind, answered: usize) -> (Arc<Gate>, Receiver<()>) {
    let gate = Arc::new(Gate::default());
    let (held, receiver) = channel();
    let (asked, hook_gate) = (AtomicUsize::new(0), Arc::clone(&gate));
    server.on_request(move |operation| {
        if operation.kind == kind && asked.fetch_add(1, Ordering::SeqCst) >= answered {
            // The test may have heard enough.
            let _ = held.send(());
            hook_gate.wait();
        }
        None
    });
    (gate, receiver)
}

struct Running {
    child: Child,
    notes: BufReader<ChildStderr>,
}

impl Running {
    fn start(room: &Room, arguments: &[&str]) -> Self {
        let mut child = room.process(arguments).spawn().unwrap();
        let notes = BufReader::new(child.stderr.take().unwrap());
        Self { child, notes }
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    fn next_note(&mut self) -> String {
        let mut line = String::new();
        self.notes.read_line(&mut line).unwrap();
        line
    }

    /// Exit status, standard output, and what is left of standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.notes.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stdout, stderr)
    }
}

fn s3(endpoint: &str) -> [&str; 3] {
    ["--endpoint-url", endpoint, "--no-sign-request"]
}

fn count_of_objects(room: &Room) -> usize {
    let ran = room.run(&["sql", "select count(*) as n from objects", "--format", "ndjson"]).expect(0).quiet();
    usize::try_from(ran.lines()[0]["n"].as_u64().unwrap()).unwrap()
}

#[test]
fn an_interrupted_ingest_keeps_what_it_read_and_goes_on_from_there() {
    let (room, server) = (Room::new(), server());
    let endpoint = server.endpoint();
    let arguments = [&["ingest", "s3://logs"], &s3(&endpoint)[..]].concat();
    let (gate, held) = hold_after(&server, OperationKind::Get, 20);
    let mut running = Running::start(&room, &arguments);
    held.recv().unwrap();
    running.interrupt();
    assert!(running.next_note().starts_with("stopping: what was read is being committed"));
    gate.open();
    let (code, stdout, stderr) = running.end();
    assert_eq!((code, stdout.as_str()), (Some(130), ""), "{stderr}");
    assert!(stderr.contains("interrupted: run the same command again to go on from here"), "{stderr}");
    assert!(stderr.contains("(closes)") && !stderr.contains("error"), "{stderr}");

    let committed = count_of_objects(&room);
    assert!((20..OBJECTS).contains(&committed), "{committed}");
    let status = room.run(&["status"]).expect(0).quiet().stdout;
    assert!(status.contains("(closes)"), "{status}");

    let again = room.run(&arguments).expect(0);
    again.says(&[&format!("{committed} objects read by an earlier run"), "(closes)"]);
    let undisturbed = Room::new();
    server.behave();
    undisturbed.run(&arguments).expect(0);
    assert_eq!(parts(&room.path("lake")), parts(&undisturbed.path("lake")));
    let objects = "select uri, sha256, records, rows, folded, rejects from objects order by uri";
    let of = |room: &Room| room.run(&["sql", objects, "--format", "csv"]).expect(0).stdout;
    assert_eq!(of(&room), of(&undisturbed));
}

#[test]
fn asked_twice_an_ingest_ends_at_once() {
    let (room, server) = (Room::new(), server());
    let endpoint = server.endpoint();
    let arguments = [&["ingest", "s3://logs"], &s3(&endpoint)[..]].concat();
    let (gate, held) = hold_after(&server, OperationKind::Get, 20);
    let mut running = Running::start(&room, &arguments);
    held.recv().unwrap();
    running.interrupt();
    assert!(running.next_note().starts_with("stopping: "));
    running.interrupt();
    let (code, stdout, stderr) = running.end();
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(130), "", ""));
    gate.open();
    server.behave();
    assert_eq!(count_of_objects(&room), 0, "nothing was committed, and the lake can be read");
    room.run(&arguments).expect(0);
    let undisturbed = Room::new();
    undisturbed.run(&arguments).expect(0);
    assert_eq!(parts(&room.path("lake")), parts(&undisturbed.path("lake")));
}

#[test]
fn an_interrupted_listing_ends_at_once() {
    let (room, server) = (Room::new(), server());
    let endpoint = server.endpoint();
    for more in [&[][..], &["--dry-run"]] {
        let (gate, held) = hold_after(&server, OperationKind::List, 0);
        let running = Running::start(&room, &[&["ingest", "s3://logs"], &s3(&endpoint)[..], more].concat());
        held.recv().unwrap();
        running.interrupt();
        let (code, stdout, stderr) = running.end();
        gate.open();
        assert_eq!((code, stdout.as_str()), (Some(130), ""), "{stderr}");
        assert!(!stderr.contains("error"), "{stderr}");
        assert!(!room.path("lake").exists(), "no lake is made of nothing");
    }
}

#[test]
fn an_interrupted_answer_leaves_nothing_behind() {
    let (room, server) = (Room::new(), server());
    let endpoint = server.endpoint();
    for command in [&["timeline"][..], &["status"], &["sql", "select 1"], &["query", "exec-into-pods"]] {
        let (gate, held) = hold_after(&server, OperationKind::Get, 20);
        let running = Running::start(&room, &[command, &["--from", "s3://logs"], &s3(&endpoint)[..]].concat());
        held.recv().unwrap();
        assert_eq!(room.temporary_files().len(), 1, "a temporary lake is being filled");
        running.interrupt();
        let (code, stdout, stderr) = running.end();
        gate.open();
        assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(130), "", ""), "{command:?}");
        assert_eq!(room.temporary_files(), Vec::<std::path::PathBuf>::new(), "{command:?}");
    }
}

#[test]
fn an_interrupted_export_leaves_no_bundle() {
    let (room, server) = (Room::new(), server());
    let endpoint = server.endpoint();
    room.run(&[&["ingest", "s3://logs"], &s3(&endpoint)[..]].concat()).expect(0);
    for output in ["case.zip", "case"] {
        let (gate, held) = hold_after(&server, OperationKind::Get, 5);
        let export = ["export", "--since", "2000-01-01", "-o", output, "--with-objects", "s3://logs"];
        let running = Running::start(&room, &[&export[..], &s3(&endpoint)].concat());
        held.recv().unwrap();
        running.interrupt();
        let (code, stdout, _) = running.end();
        gate.open();
        server.behave();
        assert_eq!((code, stdout.as_str()), (Some(130), ""), "{output}");
        let after = std::fs::read_dir(room.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(after.collect::<Vec<_>>(), ["lake"], "neither the bundle nor what was staged for it");
    }
}

#[test]
fn an_interrupted_query_leaves_no_file() {
    let room = Room::new();
    let endless = "select count(*) as n from range(0, 3000000) a, range(0, 3000000) b where a.value + b.value = -1";
    let mut running = Running::start(&room, &["sql", endless, "--lake", super::story_lake(), "-o", "rows.csv"]);
    // The header goes to the file when the query is under way; the file is there before it has its name.
    while std::fs::read_dir(room.path("")).unwrap().count() == 0 {
        assert_eq!(running.child.try_wait().unwrap(), None, "it is still running");
        std::thread::yield_now();
    }
    running.interrupt();
    let (code, stdout, stderr) = running.end();
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(130), "", ""));
    assert_eq!(std::fs::read_dir(room.path("")).unwrap().count(), 0, "nothing is left");
}
