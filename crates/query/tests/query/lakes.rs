//! Lakes to ask: the story, a generated archive, an empty one, and lakes of hand-written records. No questions here.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};

use eksamine_archive::S3Settings;
use eksamine_ingest::{Silent, execute, known, plan};
use eksamine_lake::{Lake, Writer};
use eksamine_query::{Session, Settings};
use eksamine_sources::cluster::ClusterMap;
use eksamine_testkit::generate;
use eksamine_testkit::story;
use tempfile::TempDir;

/// 2026-03-02T00:00:00Z: when the tests' ingests say they run.
const NOW_MICROS: i64 = 1_772_409_600_000_000;

/// A lake in a folder that is deleted when nobody asks any more.
pub struct TestLake {
    folder: Arc<TempDir>,
    /// What the generator knows, where the archive was generated.
    pub truth: generate::Truth,
}

impl TestLake {
    pub fn session(&self) -> TestSession {
        self.session_with(&Settings { threads: 2, memory_bytes: 1 << 30 })
    }

    pub fn session_with(&self, settings: &Settings) -> TestSession {
        let session = Session::open(Lake::open(&self.path()).unwrap(), settings).unwrap();
        TestSession { session, _folder: Arc::clone(&self.folder) }
    }

    /// The archive the lake was made of, for archives that were made for it.
    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// The folder of the lake.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { folder: Arc::new(folder), truth: generate::Truth::default() }
    }
}

/// A session that keeps its lake.
pub struct TestSession {
    session: Session,
    _folder: Arc<TempDir>,
}

impl Deref for TestSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// The story of `testdata/bucket`, with the cluster `staging` named.
pub fn story() -> Arc<TestLake> {
    static SHARED: Mutex<Weak<TestLake>> = Mutex::new(Weak::new());
    shared(&SHARED, || {
        let lake = TestLake::new();
        ingest(&story::bucket_folder(), &lake.path(), &[("staging", "k8s/staging/")]);
        lake
    })
}

/// The story in a lake that no other test has.
pub fn own_story() -> TestLake {
    let lake = TestLake::new();
    ingest(&story::bucket_folder(), &lake.path(), &[("staging", "k8s/staging/")]);
    lake
}

/// A generated archive of three days, two clusters and both planes.
pub fn generated() -> Arc<TestLake> {
    static SHARED: Mutex<Weak<TestLake>> = Mutex::new(Weak::new());
    shared(&SHARED, || {
        let mut lake = TestLake::new();
        let settings = generate::Settings { json_bytes: 3_000_000, objects: 24, ..generate::Settings::default() };
        lake.truth = generate::write(&lake.archive(), &settings).unwrap();
        ingest(&lake.archive(), &lake.path(), &[]);
        lake
    })
}

/// A lake without a row.
pub fn empty() -> TestLake {
    let lake = TestLake::new();
    drop(Writer::open(&lake.path()).unwrap());
    lake
}

/// A lake of files written here: key and text of each. Audit logs belong to the clusters that the prefixes name.
pub fn of_files(files: &[(&str, String)], clusters: &[(&str, &str)]) -> TestLake {
    let lake = TestLake::new();
    for (key, text) in files {
        let path = lake.archive().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    ingest(&lake.archive(), &lake.path(), clusters);
    lake
}

/// A lake of one file that held one text after the other.
pub fn of_versions(key: &str, texts: &[String], clusters: &[(&str, &str)]) -> TestLake {
    let lake = TestLake::new();
    let path = lake.archive().join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    for text in texts {
        // Under its name comes another file, as its size and time tell.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, text).unwrap();
        ingest(&lake.archive(), &lake.path(), clusters);
    }
    lake
}

/// A lake of objects that were made elsewhere: key and bytes of each.
pub fn of_objects(objects: &[(&str, &[u8])]) -> TestLake {
    let lake = TestLake::new();
    for (key, bytes) in objects {
        let path = lake.archive().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    ingest(&lake.archive(), &lake.path(), &[]);
    lake
}

/// One lake for all tests that run at the same time.
fn shared(held: &Mutex<Weak<TestLake>>, make: impl FnOnce() -> TestLake) -> Arc<TestLake> {
    let mut held = held.lock().unwrap();
    held.upgrade().unwrap_or_else(|| {
        let made = Arc::new(make());
        *held = Arc::downgrade(&made);
        made
    })
}

/// Ingests a folder as the command line would, in a runtime of its own: tests are asynchronous themselves.
fn ingest(source: &Path, lake: &Path, clusters: &[(&str, &str)]) {
    let mut settings = eksamine_ingest::Settings { threads: 2, ..eksamine_ingest::Settings::new(NOW_MICROS) };
    let mut map = ClusterMap::default();
    for (name, prefix) in clusters {
        map.insert(name, prefix);
    }
    settings.clusters = map;
    let run = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut writer = Writer::open(lake).unwrap();
        let planned = async {
            let archive = eksamine_archive::open(source.to_str().unwrap(), &S3Settings::default()).await.unwrap();
            plan(&[archive], &known(Some(writer.manifest())).unwrap(), &settings, &Silent).await.unwrap()
        };
        let plan = runtime.block_on(planned);
        let never = AtomicBool::new(false);
        let report = execute(plan, &mut writer, &settings, runtime.handle(), &Silent, &never).unwrap();
        assert!(report.accounting.closes(), "{:?}", report.accounting);
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap());
}
