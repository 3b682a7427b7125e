//! A lake where nothing can be written: read-only media, or somebody else's folder.
//!
//! Permissions do not bind the superuser, so the tests run in a process of an ordinary user: this one if it is, else a
//! child that gave its rights up.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use eksamine_lake::check::{FindingKind, check};
use eksamine_lake::{Error, Lake, Writer};

use super::{killed, lake_of_two_rows, one, rows, unsettle};

const NOBODY: u32 = 65_534;

/// Calls `test` as an ordinary user, with a folder to work in.
fn as_ordinary_user(name: &str, test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let probe = folder.path().join("probe");
    fs::create_dir(&probe).unwrap();
    fs::set_permissions(&probe, Permissions::from_mode(0o555)).unwrap();
    if fs::write(probe.join("file"), "").is_err() {
        let work = folder.path().join("work");
        fs::create_dir(&work).unwrap();
        return test(&work);
    }
    // The binary may lie where only we can go, so the child gets a copy, in a folder of its own.
    let copy = folder.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    for (path, mode) in [(folder.path(), 0o755), (&*copy, 0o755), (&*temporary, 0o777)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(&copy);
    command.args([&format!("read_only::{name}"), "--exact", "--nocapture"]).current_dir(&temporary);
    let output = command.env("TMPDIR", &temporary).uid(NOBODY).gid(NOBODY).output().unwrap();
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Takes the right to write from a folder and all below it, or gives it back, so that it can be removed.
fn set_writable(path: &Path, writable: bool) {
    let mode = match (path.is_dir(), writable) {
        (true, true) => 0o755,
        (true, false) => 0o555,
        (false, true) => 0o644,
        (false, false) => 0o444,
    };
    if writable {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            set_writable(&entry.unwrap().path(), writable);
        }
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Calls `test` while a folder is read-only.
fn read_only(folder: &Path, test: impl FnOnce(&Path)) {
    set_writable(folder, false);
    test(folder);
    set_writable(folder, true);
}

#[test]
fn a_lake_at_rest_is_read() {
    as_ordinary_user("a_lake_at_rest_is_read", |folder| {
        let lake = folder.join("lake");
        lake_of_two_rows(&lake);
        read_only(&lake, |lake| {
            assert_eq!(rows(lake), ["one", "two"]);
            assert!(Lake::open(lake).unwrap().manifest().accounting().unwrap().closes());
            assert!(matches!(Writer::open(lake), Err(Error::Io { .. })));
        });
    });
}

#[test]
fn a_lake_whose_writer_was_killed_is_read_with_its_log() {
    as_ordinary_user("a_lake_whose_writer_was_killed_is_read_with_its_log", |folder| {
        let lake = folder.join("lake");
        let mut writer = Writer::open(&lake).unwrap();
        let commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
        writer.commit(commit).unwrap();
        read_only(&killed(&lake, "killed"), |lake| assert_eq!(rows(lake), ["one", "two"]));
        drop(writer);
    });
}

/// SQLite can't read a log without the index beside it, and to pass the log over would hide commits.
#[test]
fn a_log_that_cannot_be_read_is_not_passed_over() {
    as_ordinary_user("a_log_that_cannot_be_read_is_not_passed_over", |folder| {
        let lake = folder.join("lake");
        let mut writer = Writer::open(&lake).unwrap();
        let commit = one(&writer, "a.gz", "2024-05-14", &["one", "two"]);
        writer.commit(commit).unwrap();
        let copy = killed(&lake, "killed");
        drop(writer);
        fs::remove_file(copy.join("manifest.sqlite-shm")).unwrap();
        read_only(&copy, |lake| {
            let error = Lake::open(lake).err().unwrap();
            assert!(matches!(error, Error::NeedsRecovery { .. }), "{error:?}");
            assert!(error.hint().unwrap().contains("copy"));
        });
        assert_eq!(rows(&copy), ["one", "two"], "where it can be written it is put right");
    });
}

#[test]
fn committed_parts_are_read_under_their_staged_names() {
    as_ordinary_user("committed_parts_are_read_under_their_staged_names", |folder| {
        let lake = folder.join("lake");
        let path = lake_of_two_rows(&lake);
        unsettle(&lake, &path, ".staging/part-7.parquet");
        read_only(&lake, |lake| {
            assert_eq!(rows(lake), ["one", "two"]);
            assert_eq!(Lake::open(lake).unwrap().current_path(&path).unwrap(), ".staging/part-7.parquet");
        });
    });
}

#[test]
fn a_lake_that_can_not_be_written_is_checked() {
    as_ordinary_user("a_lake_that_can_not_be_written_is_checked", |folder| {
        let lake = folder.join("lake");
        let path = lake_of_two_rows(&lake);
        unsettle(&lake, &path, ".staging/part-7.parquet");
        read_only(&lake, |lake| {
            let report = check(lake, &|_| {}).unwrap();
            assert!(report.is_sound(), "{report:?}");
            assert_eq!(report.content.unwrap().rows, 2);
        });
        fs::set_permissions(lake.join(".staging/part-7.parquet"), Permissions::from_mode(0o000)).unwrap();
        let report = check(&lake, &|_| {}).unwrap();
        assert_eq!(report.findings[0].kind, FindingKind::Unreadable, "{report:?}");
    });
}
