//! A real ingest in a process of its own, killed at many moments and run again: the lake is as if nothing had happened.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::Ordering;

use eksamine_ingest::{Event, Progress, Settings};
use eksamine_lake::{Lake, Writer};
use eksamine_testkit::generate;

use super::{Counting, Ingest, archive, child, lake, settings};

const TEST: &str = "kill::a_killed_ingest_converges";

/// How many times the ingest is killed, at moments spread over its events.
const MOMENTS: u64 = 100;

fn tiny_waves() -> Settings {
    Settings { wave_bytes: 12_000, ..settings() }
}

/// Tells each event to the parent and waits for its leave to go on.
struct Asking;

impl Progress for Asking {
    fn event(&self, _event: Event) {
        // Held until the answer is there, so that one event is told at a time.
        let mut output = std::io::stdout().lock();
        writeln!(output, "event").unwrap();
        output.flush().unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
}

/// How the child is killed after an event.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// While it waits: the moment is exactly after the event.
    Waiting,
    /// While it runs on: the moment is whatever comes after the event.
    Running,
}

/// Runs the child until it has told so many events, and kills it. Returns whether it lived that long.
fn kill_after(events: u64, death: Death, paths: &[PathBuf]) -> bool {
    let mut command = child::command(&child::binary(), &[], TEST, paths);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut leave: ChildStdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let next_event = |lines: &mut std::io::Lines<BufReader<ChildStdout>>| {
        lines.by_ref().map_while(Result::ok).any(|line| line.ends_with("event"))
    };
    let mut told = 0;
    while told < events && next_event(&mut lines) {
        told += 1;
        if told < events || matches!(death, Death::Running) {
            // The child may be gone already; then there is nobody to tell.
            let _ = leave.write_all(b"go\n").and_then(|()| leave.flush());
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    told == events
}

#[test]
fn a_killed_ingest_converges() {
    if let Some(paths) = child::role() {
        Ingest::of_folder(&paths[0]).with(tiny_waves()).telling(&Asking).try_run(&paths[1]).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("archive");
    archive(&logs, &generate::Settings { json_bytes: 500_000, objects: 36, days: 2, ..generate::Settings::default() });
    let (undisturbed, counting) = (folder.path().join("undisturbed"), Counting::default());
    Ingest::of_folder(&logs).with(tiny_waves()).telling(&counting).run(&undisturbed);
    let expected = lake::whole(&undisturbed);
    let events = counting.events.load(Ordering::Relaxed);
    assert!(counting.commits.load(Ordering::Relaxed) >= 5, "a run that can be killed between commits");

    let mut interrupted_between_commits = 0;
    for moment in 1..=MOMENTS {
        let death = if moment % 2 == 0 { Death::Waiting } else { Death::Running };
        let lake = folder.path().join(format!("killed-{moment}"));
        assert!(kill_after(events * moment / (MOMENTS + 1), death, &[logs.clone(), lake.clone()]));
        interrupted_between_commits += u64::from(is_part_of_the_way(&lake));
        finish(&logs, &lake, &expected, &format!("killed at moment {moment}, {death:?}"));
    }
    assert!(interrupted_between_commits >= MOMENTS / 2, "{interrupted_between_commits}");

    // Again and again in one lake; a run that goes on has fewer events than one that begins.
    let lake = folder.path().join("killed-often");
    for _ in 0..4 {
        assert!(kill_after(events / 6, Death::Running, &[logs.clone(), lake.clone()]));
    }
    finish(&logs, &lake, &expected, "killed four times");
}

/// Whether the killed run has committed something, but not all. What it committed can be read and is accounted for.
fn is_part_of_the_way(lake: &Path) -> bool {
    if !lake.join("manifest.sqlite").is_file() {
        return false;
    }
    let Ok(opened) = Lake::open(lake) else { return false };
    assert!(opened.manifest().accounting().unwrap().closes());
    let objects = opened.manifest().objects().unwrap().len();
    drop(opened);
    lake::rows(lake);
    objects > 0 && objects < 36
}

fn finish(logs: &Path, lake: &Path, expected: &lake::Whole, what: &str) {
    // Nothing that the killed process held is in the way.
    drop(Writer::open(lake).unwrap());
    Ingest::of_folder(logs).run(lake);
    lake::assert_same(expected, &lake::whole(lake), what);
}
