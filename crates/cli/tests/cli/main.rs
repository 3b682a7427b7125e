//! The program as a user meets it: the real binary, its exit status, its standard output and its standard error. What
//! a number or a row means is tested where it is made; here it matters that it comes out, where, and in which form.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use assert_cmd::Command;
use eksamine_testkit::s3::S3Server;
use eksamine_testkit::story;
use serde_json::Value;

mod architecture;
mod check_lake;
mod coverage;
mod curated;
mod export;
mod failures;
mod formats;
mod full_disk;
mod help;
mod hostile;
mod ingest;
mod insights;
mod interrupt;
mod network;
mod pipes;
#[cfg(unix)]
mod progress;
mod readme;
mod s3;
mod sql;
mod status;
mod timeline;
mod usage;
mod verify;
mod verify_kept;
mod who;

/// A place of its own for one test: home, temporary files and working folder lie in it, and it is gone afterwards.
struct Room {
    folder: tempfile::TempDir,
}

/// How a command ended, and what it said.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout_bytes: Vec<u8>,
    stdout: String,
    stderr: String,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "tmp", "work"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// A path in the working folder.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// Writes a file in the working folder.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// What is left in the folder for temporary files.
    fn temporary_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// A program in this room: nothing of the environment of the test reaches it.
    fn program(&self, program: &str) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path().join("home")).env("TMPDIR", self.folder.path().join("tmp"));
        command.current_dir(self.folder.path().join("work"));
        command
    }

    fn eksamine(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(binary());
        command.args(arguments);
        Command::from_std(command)
    }

    /// The same as a process to talk to.
    fn process(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.program(binary());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.eksamine(arguments))
    }
}

impl Ran {
    fn of(command: &mut Command) -> Self {
        Self::from_output(command.output().unwrap())
    }

    fn from_output(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stdout_bytes: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// A failure of exit status 1: nothing on standard output, and on standard error the parts of the error, in order.
    #[track_caller]
    fn fails(self, parts: &[&str]) -> Self {
        let ran = self.expect(1);
        assert_eq!(ran.stdout, "", "{ran:#?}");
        assert!(ran.stderr.starts_with("error: "), "{ran:#?}");
        let errors = ran.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{ran:#?}");
        ran.says(parts)
    }

    /// Standard error has these parts, in this order.
    #[track_caller]
    fn says(self, parts: &[&str]) -> Self {
        let mut rest = self.stderr.as_str();
        for part in parts {
            let Some(at) = rest.find(part) else { panic!("no `{part}` in order in {self:#?}") };
            rest = &rest[at + part.len()..];
        }
        self
    }

    #[track_caller]
    fn quiet(self) -> Self {
        assert_eq!(self.stderr, "", "{self:#?}");
        self
    }

    /// Standard error has what a timeline says of the coverage of its span, and nothing else.
    #[track_caller]
    fn tells_coverage(self) -> Self {
        let mut lines = self.stderr.lines();
        let head = lines.next().unwrap_or_default();
        assert!(head.starts_with("not covered: ") || head.starts_with("coverage: "), "{self:#?}");
        assert!(lines.all(|line| line.starts_with("  ")), "{self:#?}");
        self
    }

    /// Standard output as JSON lines.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_eksamine")
}

/// The root of the workspace.
fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// `testdata/bucket`, as an argument.
fn bucket() -> &'static str {
    static BUCKET: OnceLock<String> = OnceLock::new();
    BUCKET.get_or_init(|| text(&workspace().join("testdata/bucket")).to_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A lake of the story that tests read, and no test changes. It is made once for each build of the program, by whichever
/// process of tests is first, and renamed into place when it is whole.
fn story_lake() -> &'static str {
    static LAKE: OnceLock<String> = OnceLock::new();
    LAKE.get_or_init(|| {
        let built = std::fs::metadata(binary()).unwrap().modified().unwrap();
        let stamp = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let lake = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-story-lake-{stamp}"));
        if !lake.exists() {
            let own = lake.with_extension(std::process::id().to_string());
            ingest_story(&Room::new(), text(&own));
            if std::fs::rename(&own, &lake).is_err() {
                // Another process was faster.
                std::fs::remove_dir_all(&own).unwrap();
            }
        }
        text(&lake).to_owned()
    })
}

fn ingest_story(room: &Room, lake: &str) -> Ran {
    room.run(&["ingest", bucket(), "--lake", lake, "--cluster", "staging=k8s/staging/"]).expect(3)
}

/// How the accounting of the story's lake reads: records, rows, folded duplicates, rejects.
fn story_accounting() -> String {
    let truth = story::truth();
    let (rows, folded, rejects) = (truth.distinct_events(), truth.folded(), truth.rejects());
    let records = rows + folded + rejects;
    format!("accounting: {records} records = {rows} rows + {folded} folded duplicates + {rejects} rejects (closes)")
}

/// An S3 with the story in the bucket `logs`.
fn story_server() -> S3Server {
    let server = S3Server::start(["logs"]);
    for object in story::objects() {
        server.put("logs", &object.key, object.bytes);
    }
    server
}

/// Every file below a folder, with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, files);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(folder, folder, &mut all);
    all
}

/// Every file of a lake, but for the working files that SQLite leaves beside a manifest that was read.
fn lake_files(lake: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(lake);
    files.retain(|path, content| match path.to_str() {
        Some("manifest.sqlite-shm") => false,
        Some("manifest.sqlite-wal") => !content.is_empty(),
        _ => true,
    });
    files
}

/// The Parquet files of a lake.
fn parts(lake: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(lake);
    files.retain(|path, _| path.extension().is_some_and(|ending| ending == "parquet"));
    files
}
