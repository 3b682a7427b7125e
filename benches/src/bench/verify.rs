//! `verify` of a trail whose log files hold what the objects of the archive hold, signed with a key of our own, so that
//! it stands beside the inflater of the same bytes. The trail lies beside the archive and is made once.

use std::path::{Path, PathBuf};

use eksamine_custody::keys::KeySet;
use eksamine_custody::{Settings, Silent};
use eksamine_sources::Limits;
use eksamine_sources::gunzip::inflate;
use eksamine_testkit::trail::{self, Metadata, Objects, Signer, Trail, Writer};
use tokio::runtime::Runtime;

use crate::bench::Task;
use crate::clock::{Clock, Whose};
use crate::dataset::{self, Dataset};
use crate::failure::Failure;
use crate::sample::Sample;

/// Log files of one digest, which is what a busy account has in an hour.
const LOGS_OF_A_DIGEST: usize = 100;
/// The end of the first digest, in seconds since 1970: 2024-05-14T01:00:00Z.
const FIRST_END_SECONDS: i64 = 1_715_648_400;

pub fn verify(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let (folder, logs) = prepare(task.dataset)?;
    let clock = Clock::start(Whose::Own)?;
    let settings = Settings { keys: keys()?, ..Settings::default() };
    let runtime = Runtime::new().map_err(Failure::io("start", "the runtime"))?;
    let verifying = async {
        let source = folder.to_string_lossy();
        let archive = eksamine_archive::open(&source, &eksamine_archive::S3Settings::default()).await?;
        eksamine_custody::verify(&archive, &settings, &Silent).await.map_err(|error| unverified(&error))
    };
    #[expect(clippy::disallowed_methods, reason = "the program's own runtime")]
    let report = runtime.block_on(verifying)?;
    if !report.is_whole() {
        return Err(unverified(&"something in the trail is not valid"));
    }
    Failure::unless_equal("log files", report.logs().total(), logs)?;
    Ok(vec![Sample::new("verify", clock.elapsed()?, logs)?])
}

fn keys() -> Result<KeySet, Failure> {
    let mut keys = KeySet::default();
    let json = trail::list_public_keys(&[&Signer::first()]);
    keys.add_json(json.as_bytes()).map_err(|error| unverified(&error))?;
    Ok(keys)
}

/// The trail's folder, and how many log files are in it.
fn prepare(dataset: &Dataset) -> Result<(PathBuf, u64), Failure> {
    let folder = dataset.trail();
    let done = folder.join("logs");
    if let Ok(text) = std::fs::read_to_string(&done)
        && let Ok(logs) = text.trim().parse()
    {
        return Ok((folder.join("bucket"), logs));
    }
    dataset::remove(&folder)?;
    let logs = sign(dataset, &folder.join("bucket"))?;
    std::fs::write(&done, logs.to_string()).map_err(Failure::io("write", &done))?;
    Ok((folder.join("bucket"), logs))
}

fn sign(dataset: &Dataset, bucket: &Path) -> Result<u64, Failure> {
    let signer = Signer::first();
    let mut writer = Writer::new(Trail::default(), &signer);
    let files: Vec<PathBuf> = dataset.files()?.into_iter().map(|file| file.path).collect();
    let mut logs = 0;
    for (number, some) in files.chunks(LOGS_OF_A_DIGEST).enumerate() {
        let end = FIRST_END_SECONDS + 3600 * number as i64;
        let mut objects = Objects::new();
        for path in some {
            let bytes = std::fs::read(path).map_err(Failure::io("read", path))?;
            let content = inflate(&bytes, &Limits::default()).bytes;
            writer.log(&mut objects, &time(end - 1800), &String::from_utf8_lossy(&content));
            logs += 1;
        }
        writer.digest(&mut objects, &time(end - 3600), &time(end));
        trail::write_folder(&objects, bucket, Metadata::Beside).map_err(Failure::io("write", bucket))?;
    }
    Ok(logs)
}

/// RFC 3339 of seconds since 1970.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

fn unverified(problem: &dyn std::fmt::Display) -> Failure {
    Failure::Answer { question: "verify".to_owned(), problem: problem.to_string() }
}
