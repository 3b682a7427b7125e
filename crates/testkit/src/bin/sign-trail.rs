//! Writes a signed trail: a folder `bucket` with log files and digests of a day on, their metadata in sidecars, and
//! `keys.json` as `list-public-keys` would print it. What a verification is tried on, and measured with.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use eksamine_testkit::trail::{self, Metadata, Objects, Signer, Trail, Writer};
use jiff::{SignedDuration, Timestamp};

const USAGE: &str = "usage: sign-trail DIR HOURS LOG-FILES-AN-HOUR BYTES-OF-A-LOG-FILE\n";
/// The end of the first digest.
const BEGIN: &str = "2024-05-14T00:01:31Z";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, numbers @ ..] = arguments.as_slice() else { return usage() };
    let numbers: Option<Vec<u32>> = numbers.iter().map(|number| number.parse().ok()).collect();
    let Some([hours, logs, bytes]) = numbers.as_deref() else { return usage() };
    match write(&PathBuf::from(folder), *hours, *logs, *bytes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    let _ = io::stderr().write_all(USAGE.as_bytes());
    ExitCode::from(2)
}

fn write(folder: &Path, hours: u32, logs: u32, bytes: u32) -> io::Result<()> {
    let bucket = folder.join("bucket");
    let signer = Signer::first();
    let mut writer = Writer::new(Trail::default(), &signer);
    let mut start: Timestamp = BEGIN.parse().map_err(io::Error::other)?;
    let later = |time: Timestamp, seconds: u32| {
        time.checked_add(SignedDuration::from_secs(seconds.into())).map_err(io::Error::other)
    };
    let mut number = 0;
    for _ in 0..hours {
        let mut objects = Objects::new();
        for log in 0..logs {
            number += 1;
            let at = later(start, 60 + log * 3300 / logs.max(1))?.to_string();
            writer.log(&mut objects, &at, &trail::log_content(&at, number, bytes as usize));
        }
        let end = later(start, 3600)?;
        writer.digest(&mut objects, &start.to_string(), &end.to_string());
        trail::write_folder(&objects, &bucket, Metadata::Beside)?;
        start = end;
    }
    fs::write(folder.join("keys.json"), trail::list_public_keys(&[&signer]))
}
