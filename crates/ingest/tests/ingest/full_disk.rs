//! A disk that takes no more: one error that names the file and what to do, and the lake as it was.

use std::fs;
use std::process::Stdio;

use eksamine_ingest::{Error, Settings};
use eksamine_lake::Writer;
use eksamine_testkit::generate::{self, Planes};
use eksamine_testkit::story;

use super::{Ingest, archive, child, determinism, lake, settings};

/// Scratch files go where the kernel itself says that there is no space.
#[cfg(target_os = "linux")]
#[test]
fn no_space_for_scratch_files() {
    let folder = tempfile::tempdir().unwrap();
    let logs = determinism::large(folder.path());
    let lake = folder.path().join("lake");
    Ingest::of_folder(&story::bucket_folder()).run(&lake);
    let before = lake::whole(&lake);
    let ingest = Ingest::of_folder(&logs).with(Settings { memory_bytes: 64 << 20, ..settings() });
    {
        let mut writer = Writer::open(&lake).unwrap();
        std::os::unix::fs::symlink("/dev/full", writer.scratch().join("run-0.rows")).unwrap();
        let error = ingest.try_run_with(&mut writer).unwrap_err();
        let Error::Scratch { path, source, .. } = &error else { panic!("{error:?}") };
        assert!(path.ends_with("run-0.rows"));
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        assert!(error.hint().unwrap().contains("--lake DIR"));
        assert!(!error.is_defect());
    }
    drop(Writer::open(&lake).unwrap());
    lake::check(&lake);
    lake::assert_same(&before, &lake::whole(&lake), "no space for scratch files");
}

const TEST: &str = "full_disk::no_space_for_parts";

/// A process that may not write files beyond a size meets its limit in the middle of a part. (The kernel says "file
/// too large" where a full disk says "no space left"; the way from there on is the same.)
#[test]
fn no_space_for_parts() {
    if let Some(paths) = child::role() {
        let error = Ingest::of_folder(&paths[0]).try_run(&paths[1]).unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        assert!(matches!(error, Error::Lake(_)), "{text}");
        assert!(text.contains("File too large"), "{text}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (logs, lake) = (folder.path().join("archive"), folder.path().join("lake"));
    let settings = generate::Settings {
        json_bytes: 10_000_000,
        objects: 12,
        days: 1,
        clusters: 1,
        duplicate_share: 0.0,
        planes: Planes::Kubernetes,
        gzip_level: 1,
        ..generate::Settings::default()
    };
    archive(&logs, &settings);
    Ingest::of_folder(&story::bucket_folder()).run(&lake);
    let before = lake::whole(&lake);

    let confined = ["-c", "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\"", &child::binary()];
    let mut command = child::command("sh", &confined, TEST, &[logs.clone(), lake.clone()]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the child ran the test");
    drop(Writer::open(&lake).unwrap());
    lake::check(&lake);
    lake::assert_same(&before, &lake::whole(&lake), "no space for parts");

    Ingest::of_folder(&logs).run(&lake);
    let largest = lake::files(&lake).into_values().map(|bytes| bytes.len()).max().unwrap();
    assert!(largest > 512 << 10, "a part that meets the limit: {largest} bytes");
    fs::remove_dir_all(&lake).unwrap();
}
