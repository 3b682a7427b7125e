//! The same archive gives the same lake, byte for byte: whatever the threads, the memory, the waves, the number of
//! runs and their order.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use eksamine_ingest::{Event, KeyFilter, Progress, Settings};
use eksamine_testkit::generate;
use jiff::civil::date;
use tempfile::TempDir;

use super::{Counting, Ingest, archive, lake, rows_of, settings};

fn small() -> (TempDir, PathBuf, generate::Truth) {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("archive");
    let settings = generate::Settings { json_bytes: 1_500_000, objects: 90, ..generate::Settings::default() };
    let truth = archive(&logs, &settings);
    (folder, logs, truth)
}

/// The lake of an archive, ingested in one go with the tests' usual settings.
fn reference(logs: &Path) -> lake::Whole {
    let folder = tempfile::tempdir().unwrap();
    Ingest::of_folder(logs).run(folder.path());
    lake::whole(folder.path())
}

#[test]
fn threads_and_fetches_do_not_matter() {
    let (_folder, logs, truth) = small();
    let expected = reference(&logs);
    for (threads, fetches) in [(1, 1), (4, 1), (1, 32), (4, 32)] {
        let folder = tempfile::tempdir().unwrap();
        let report = Ingest::of_folder(&logs).with(Settings { threads, fetches, ..settings() }).run(folder.path());
        assert_eq!(report.rows, rows_of(&truth));
        lake::assert_same(&expected, &lake::whole(folder.path()), &format!("{threads} threads, {fetches} fetches"));
    }
}

#[test]
fn waves_do_not_matter() {
    let (_folder, logs, _) = small();
    let expected = reference(&logs);
    for (wave_bytes, least_commits) in [(1, 90), (20_000, 5)] {
        let (folder, counting) = (tempfile::tempdir().unwrap(), Counting::default());
        let ingest = Ingest::of_folder(&logs).with(Settings { wave_bytes, ..settings() }).telling(&counting);
        ingest.run(folder.path());
        let commits = counting.commits.load(Ordering::Relaxed);
        assert!(commits >= least_commits, "{commits} commits");
        lake::assert_same(&expected, &lake::whole(folder.path()), &format!("waves of {wave_bytes} bytes"));
    }
}

#[test]
fn slices_do_not_matter() {
    let (_folder, logs, _) = small();
    let expected = reference(&logs);
    let slice = |since: Option<i8>, until: Option<i8>| KeyFilter {
        since: since.map(|day| date(2025, 3, day)),
        until: until.map(|day| date(2025, 3, day)),
        ..KeyFilter::default()
    };
    let (early, middle, late) = (slice(None, Some(3)), slice(Some(4), Some(4)), slice(Some(5), None));
    let east = KeyFilter { regions: vec!["us-east-1".to_owned()], ..KeyFilter::default() };
    let all = KeyFilter::default();
    let orders: [&[&KeyFilter]; 4] =
        [&[&early, &late], &[&late, &middle, &early], &[&east, &all], &[&middle, &east, &all]];
    for (number, slices) in orders.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = 0;
        for filter in *slices {
            let settings = Settings { filter: (*filter).clone(), ..settings() };
            let report = Ingest::of_folder(&logs).with(settings).run(folder.path());
            assert!(report.wanted > 0, "order {number}");
            wanted += report.wanted;
        }
        assert_eq!(wanted, 90, "the slices of order {number} cover the archive");
        lake::assert_same(&expected, &lake::whole(folder.path()), &format!("order {number} of slices"));
    }
}

/// Counts the scratch files there are when a wave is settled.
struct Spills {
    staging: PathBuf,
    files: AtomicUsize,
}

impl Progress for Spills {
    fn event(&self, event: Event) {
        if let Event::Settling { .. } = event {
            let names = std::fs::read_dir(&self.staging).unwrap().map(|entry| entry.unwrap().file_name());
            let runs = names.filter(|name| name.to_string_lossy().starts_with("run-")).count();
            self.files.fetch_add(runs, Ordering::Relaxed);
        }
    }
}

/// An archive that takes more memory than the smallest setting gives to sorted runs.
pub fn large(folder: &Path) -> PathBuf {
    let logs = folder.join("archive");
    let settings =
        generate::Settings { json_bytes: 14_000_000, objects: 60, gzip_level: 1, ..generate::Settings::default() };
    archive(&logs, &settings);
    logs
}

#[test]
fn memory_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let logs = large(folder.path());
    let mut lakes = Vec::new();
    for (memory_bytes, threads, spills) in [(64 << 20, 3, true), (1 << 30, 2, false)] {
        let lake = folder.path().join(format!("lake-{threads}"));
        let watching = Spills { staging: lake.join(".staging"), files: AtomicUsize::new(0) };
        let settings = Settings { memory_bytes, threads, ..settings() };
        Ingest::of_folder(&logs).with(settings).telling(&watching).run(&lake);
        let files = watching.files.load(Ordering::Relaxed);
        assert_eq!(files > 0, spills, "{files} scratch files with {memory_bytes} bytes");
        lakes.push(lake::whole(&lake));
    }
    lake::assert_same(&lakes[0], &lakes[1], "memory");
}
