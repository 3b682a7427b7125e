//! The whole ingest, from the listing to the last commit, as the program does it: of a folder, of the same folder
//! again, and of an S3.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use eksamine_archive::{S3Credentials, S3Settings};
use eksamine_ingest::{Report, Settings, Silent};
use eksamine_lake::{Lake, Writer};
use eksamine_testkit::s3::{ACCESS_KEY_ID, S3Server, SECRET_ACCESS_KEY};
use tokio::runtime::Runtime;

use crate::arguments::SERVER;
use crate::bench::Task;
use crate::clock::{Clock, Elapsed, Whose};
use crate::dataset::{self, Dataset};
use crate::failure::Failure;
use crate::sample::Sample;

/// The time of the run, which only `objects` shows. A fixed one makes runs alike.
const NOW_MICROS: i64 = 1_750_000_000_000_000;
const BUCKET: &str = "archive";

pub fn ingest(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let lake = task.dataset.lake();
    dataset::remove(&lake)?;
    let source = task.dataset.folder.to_string_lossy();
    let (report, elapsed) = run(&source, &S3Settings::default(), &lake, task.memory_bytes)?;
    sample("ingest", task.dataset, &lake, &report, elapsed)
}

pub fn again(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let source = task.dataset.folder.to_string_lossy();
    let (report, elapsed) = run(&source, &S3Settings::default(), &task.dataset.lake(), task.memory_bytes)?;
    Failure::unless_equal("objects read again", report.wanted, 0)?;
    Failure::unless_equal("objects known", report.known, task.dataset.facts.objects)?;
    Ok(vec![Sample::new("ingest-again", elapsed, 0)?])
}

pub fn from_s3(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let lake = task.dataset.s3_lake();
    dataset::remove(&lake)?;
    // The server is another process, so that its work is not counted as ours.
    let program = std::env::current_exe().map_err(Failure::io("find", "the running program"))?;
    let mut command = Command::new(program);
    command.arg(SERVER).arg(&task.dataset.folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().map_err(Failure::io("start", "the S3 server"))?;
    let mut endpoint = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut endpoint).map_err(Failure::io("read from", "the S3 server"))?;
    }
    let settings = S3Settings {
        endpoint_url: Some(endpoint.trim().to_owned()),
        region: Some("us-east-1".to_owned()),
        credentials: Some(S3Credentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            session_token: None,
        }),
        ..S3Settings::default()
    };
    let result = run(&format!("s3://{BUCKET}/"), &settings, &lake, task.memory_bytes);
    // It ends when nobody is left to write to it.
    drop(server.stdin.take());
    server.wait().map_err(Failure::io("stop", "the S3 server"))?;
    let (report, elapsed) = result?;
    let samples = sample("ingest-s3", task.dataset, &lake, &report, elapsed);
    dataset::remove(&lake)?;
    samples
}

/// Serves the archive until the standard input ends. The first line of output is the endpoint.
pub fn serve(dataset: &Dataset) -> Result<(), Failure> {
    let server = S3Server::start([BUCKET]);
    server.put_folder(BUCKET, "", &dataset.folder);
    let mut stdout = std::io::stdout();
    let told = writeln!(stdout, "{}", server.endpoint()).and_then(|()| stdout.flush());
    told.map_err(Failure::io("write to", "stdout"))?;
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).map_err(Failure::io("read", "stdin"))?;
    Ok(())
}

fn run(source: &str, s3: &S3Settings, lake: &Path, memory_bytes: Option<u64>) -> Result<(Report, Elapsed), Failure> {
    let clock = Clock::start(Whose::Own)?;
    let mut settings = Settings::new(NOW_MICROS);
    settings.memory_bytes = memory_bytes.unwrap_or(settings.memory_bytes);
    let runtime = Runtime::new().map_err(Failure::io("start", "the runtime"))?;
    let planning = async {
        let archive = eksamine_archive::open(source, s3).await?;
        let known = {
            let existing = match Lake::open(lake) {
                Ok(lake) => Some(lake),
                Err(eksamine_lake::Error::Missing { .. }) => None,
                Err(error) => return Err(Failure::from(error)),
            };
            eksamine_ingest::known(existing.as_ref().map(Lake::manifest))?
        };
        Ok::<_, Failure>(eksamine_ingest::plan(&[archive], &known, &settings, &Silent).await?)
    };
    #[expect(clippy::disallowed_methods, reason = "the program's own runtime")]
    let plan = runtime.block_on(planning)?;
    let mut writer = Writer::open(lake)?;
    let go_on = AtomicBool::new(false);
    let report = eksamine_ingest::execute(plan, &mut writer, &settings, runtime.handle(), &Silent, &go_on)?;
    drop(writer);
    Ok((report, clock.elapsed()?))
}

/// Checks that the lake holds what the archive holds.
fn sample(
    label: &str,
    dataset: &Dataset,
    lake: &Path,
    report: &Report,
    elapsed: Elapsed,
) -> Result<Vec<Sample>, Failure> {
    let facts = &dataset.facts;
    Failure::unless_equal("objects", report.read, facts.objects)?;
    Failure::unless_equal("records", report.records, facts.records)?;
    Failure::unless_equal("rows", report.rows, facts.rows())?;
    Failure::unless_equal("duplicates", report.folded, facts.records - facts.rows())?;
    let sample = Sample::new(label, elapsed, report.rows)?;
    Ok(vec![Sample { output_bytes: dataset::size_bytes(lake)?, ..sample }])
}
