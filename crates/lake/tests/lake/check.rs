//! A lake against its manifest: one as it was committed is sound, and each way to change it is found and named.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use eksamine_lake::check::{Finding, FindingKind, Report, Step, check};
use eksamine_lake::{Commit, Error, Lake, Writer, fingerprint};

use super::{files, lake_of_two_rows, meddle, one, part, sightings, unsettle};

fn checked(lake: &Path) -> Report {
    check(lake, &|_| {}).unwrap()
}

/// The path and the kind of each finding.
fn found(report: &Report) -> Vec<(String, FindingKind)> {
    report.findings.iter().map(|finding| (finding.path.clone(), finding.kind)).collect()
}

#[track_caller]
fn finds_one(lake: &Path, path: &str, kind: FindingKind, said: &str) {
    let report = checked(lake);
    assert!(!report.is_sound());
    let [finding]: [Finding; 1] = report.findings.try_into().unwrap();
    assert_eq!((finding.path.as_str(), finding.kind), (path, kind), "{}", finding.detail);
    assert!(finding.detail.contains(said), "{}", finding.detail);
}

/// A lake of two days, the second with a row, a repeat and its sighting; returns the paths of its parts.
fn lake_of_two_days(lake: &Path) -> [String; 3] {
    let first = lake_of_two_rows(lake);
    let mut writer = Writer::open(lake).unwrap();
    let mut commit = one(&writer, "b.gz", "2024-05-15", &["three"]);
    commit.parts.push(sightings(&writer.stager(), "2024-05-15", &["three again"]));
    commit.objects[0].0.records = 2;
    commit.objects[0].0.folded = 1;
    let paths = [0, 1].map(|at| commit.parts[at].entry.path.clone());
    writer.commit(commit).unwrap();
    let [second, sighting] = paths;
    [first, second, sighting]
}

#[test]
fn a_lake_as_it_was_committed_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let paths = lake_of_two_days(folder.path());
    let before = files(folder.path());
    let steps = Mutex::new(Vec::new());
    let report = check(folder.path(), &|step| steps.lock().unwrap().push(step)).unwrap();
    assert!(report.is_sound() && report.foreign.is_empty(), "{report:?}");
    let content = report.content.unwrap();
    let bytes: u64 = paths.iter().map(|path| before[path].len() as u64).sum();
    assert_eq!((content.parts, content.rows, content.bytes, content.staged), (3, 4, bytes, 0));
    assert_eq!(content.fingerprint, fingerprint(&Lake::open(folder.path()).unwrap().manifest().parts().unwrap()));
    let steps = steps.into_inner().unwrap();
    assert_eq!(steps[0], Step::Planned { parts: 3, bytes });
    assert_eq!(steps.len(), 4);
}

#[test]
fn an_empty_lake_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    drop(Writer::open(folder.path()).unwrap());
    let report = checked(folder.path());
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.content.unwrap().parts, 0);
}

#[test]
fn no_flipped_bit_goes_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    let place = folder.path().join(&path);
    let whole = fs::read(&place).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&place, &bytes).unwrap();
        finds_one(folder.path(), &path, FindingKind::Changed, "its SHA-256 is ");
    }
    fs::write(&place, &whole).unwrap();
    assert!(checked(folder.path()).is_sound());
}

#[test]
fn what_is_cut_grown_or_gone_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    let place = folder.path().join(&path);
    let whole = fs::read(&place).unwrap();
    let size = whole.len();
    fs::write(&place, &whole[..size - 1]).unwrap();
    let said = format!("it has {} bytes, and the manifest states {size}", size - 1);
    finds_one(folder.path(), &path, FindingKind::Cut, &said);
    fs::write(&place, [&whole[..], b"x"].concat()).unwrap();
    finds_one(folder.path(), &path, FindingKind::Changed, &format!("more than the {size} bytes"));
    fs::remove_file(&place).unwrap();
    finds_one(folder.path(), &path, FindingKind::Missing, "with 2 rows");
    fs::create_dir(&place).unwrap();
    finds_one(folder.path(), &path, FindingKind::Unreadable, "");
}

#[test]
fn two_parts_that_changed_places_are_both_found() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, _] = lake_of_two_days(folder.path());
    let aside = folder.path().join("aside");
    fs::rename(folder.path().join(&first), &aside).unwrap();
    fs::rename(folder.path().join(&second), folder.path().join(&first)).unwrap();
    fs::rename(&aside, folder.path().join(&second)).unwrap();
    let report = checked(folder.path());
    let paths: Vec<String> = report.findings.iter().map(|finding| finding.path.clone()).collect();
    assert_eq!(paths, [first, second], "{report:?}");
    assert_eq!(report.content.unwrap().rows, 1, "only of the sightings");
}

#[test]
fn what_the_manifest_says_of_a_part_is_compared_with_the_part() {
    for (change, kind, said) in [
        ("rows = rows + 1", FindingKind::Disagrees, "it has 2 rows, and the manifest states 3"),
        ("least_time = 2", FindingKind::Disagrees, "from 1 to 2, and the manifest says from 2 to 2"),
        ("greatest_time = NULL", FindingKind::Disagrees, "and the manifest says unknown"),
        ("sha256 = '00' || substr(sha256, 3)", FindingKind::Manifest, "not named after"),
        ("sha256 = substr(sha256, 1, 62) || 'zz'", FindingKind::Changed, "its SHA-256 is "),
        ("day = '2024-05-15'", FindingKind::Manifest, "not named after"),
        ("cluster = 'demo'", FindingKind::Manifest, "not named after"),
        ("path = '../' || path, table_name = '../' || table_name", FindingKind::Manifest, "not named after"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        lake_of_two_rows(&folder.path().join("lake"));
        let lake = folder.path().join("lake");
        meddle(&lake, &format!("UPDATE parts SET {change}"));
        let report = checked(&lake);
        let of_part: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.kind != FindingKind::Accounting).collect();
        assert_eq!(of_part.len(), 1, "{change}: {report:?}");
        assert_eq!(of_part[0].kind, kind, "{change}: {report:?}");
        assert!(of_part[0].detail.contains(said), "{change}: {report:?}");
        // A row more or less also leaves the sum open.
        assert_eq!(report.findings.len() - 1, usize::from(change.starts_with("rows")), "{change}: {report:?}");
    }
}

#[test]
fn an_accounting_that_does_not_close_is_said_in_numbers() {
    for (change, said) in [
        (
            "UPDATE objects SET records = 5 WHERE rows = 1",
            &["of 1 objects the records", "7 records are not 3 rows"][..],
        ),
        (
            "UPDATE objects SET rows = 1, records = 1 WHERE rows = 2",
            &["the objects gave 2 rows, and the parts are said to have 3"],
        ),
        ("DELETE FROM parts WHERE table_name = 'sightings'", &["1 records were folded, and there are said to be 0"]),
        ("UPDATE objects SET rejects = 2, records = 4 WHERE rows = 2", &["the objects gave 2 rejects, and 0 are kept"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        lake_of_two_days(folder.path());
        meddle(folder.path(), change);
        let report = checked(folder.path());
        assert!(report.findings.iter().all(|finding| finding.kind == FindingKind::Accounting), "{report:?}");
        assert_eq!(report.findings.len(), said.len(), "{report:?}");
        for (finding, said) in report.findings.iter().zip(said) {
            assert_eq!(finding.path, "manifest.sqlite");
            assert!(finding.detail.contains(said), "{change}: {}", finding.detail);
        }
    }
}

#[test]
fn what_no_manifest_names_is_foreign_and_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path();
    let path = lake_of_two_rows(lake);
    let beside = |name: &str| format!("{}/{name}", path.rsplit_once('/').unwrap().0);
    fs::copy(lake.join(&path), lake.join(beside("part-0.parquet"))).unwrap();
    fs::write(lake.join(beside("notes.txt")), "mine").unwrap();
    fs::create_dir_all(lake.join("k8s_audit/cluster=demo/day=2024-05-14")).unwrap();
    fs::write(lake.join("k8s_audit/cluster=demo/day=2024-05-14/part-1.parquet"), "?").unwrap();
    // What readers work out, what is in the making, and what lies beside the tables is nobody's business here.
    fs::create_dir(lake.join("derived")).unwrap();
    fs::write(lake.join("derived/identities.parquet"), "?").unwrap();
    fs::write(lake.join(".staging/part-0.parquet"), "?").unwrap();
    fs::write(lake.join("README"), "mine").unwrap();
    let report = checked(lake);
    assert!(report.is_sound(), "{report:?}");
    let told: Vec<(&str, bool)> = report
        .foreign
        .iter()
        .map(|foreign| (foreign.path.as_str(), foreign.detail.contains("the next ingest removes it")))
        .collect();
    let expected = [beside("notes.txt"), beside("part-0.parquet")];
    assert_eq!(
        told,
        [
            (expected[0].as_str(), false),
            (expected[1].as_str(), true),
            ("k8s_audit/cluster=demo/day=2024-05-14/part-1.parquet", true)
        ]
    );
    assert!(lake.join(beside("part-0.parquet")).exists(), "a check removes nothing");
}

#[cfg(unix)]
#[test]
fn a_link_is_foreign_unless_parts_lie_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    lake_of_two_rows(&lake);
    fs::rename(lake.join("cloudtrail"), folder.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("../moved", lake.join("cloudtrail")).unwrap();
    std::os::unix::fs::symlink("/", lake.join("vpc_flow")).unwrap();
    let report = checked(&lake);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.foreign.iter().map(|foreign| foreign.path.as_str()).collect::<Vec<_>>(), ["vpc_flow"]);
}

#[test]
fn what_a_killed_run_left_is_checked_where_it_lies_and_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = lake_of_two_rows(folder.path());
    unsettle(folder.path(), &path, ".staging/part-7.parquet");
    let report = checked(folder.path());
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.content.unwrap().staged, 1);
    let staged = folder.path().join(".staging/part-7.parquet");
    let mut bytes = fs::read(&staged).unwrap();
    bytes[20] ^= 1;
    fs::write(&staged, bytes).unwrap();
    assert_eq!(found(&checked(folder.path())), [(path.clone(), FindingKind::Changed)]);
    assert!(!folder.path().join(&path).exists(), "a check puts nothing in place");
}

#[test]
fn a_damaged_manifest_is_a_finding_or_an_error_and_never_sound() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    meddle(folder.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let manifest = folder.path().join("manifest.sqlite");
    let whole = fs::read(&manifest).unwrap();
    // The pages after the first hold the tables and their indexes; a page of zeros is none that SQLite writes.
    let mut findings = 0;
    for page in 1..whole.len() / 4_096 {
        let mut bytes = whole.clone();
        bytes[page * 4_096..(page + 1) * 4_096].fill(0);
        fs::write(&manifest, bytes).unwrap();
        let Ok(report) = check(folder.path(), &|_| {}) else { continue };
        assert!(!report.is_sound(), "page {page}");
        assert!(report.findings.iter().all(|finding| finding.kind == FindingKind::Manifest), "{report:?}");
        assert!(report.content.is_none());
        findings += 1;
    }
    assert!(findings > 0);
}

#[test]
fn a_lake_that_is_written_meanwhile_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    lake_of_two_rows(folder.path());
    let writer = Mutex::new(Some(Writer::open(folder.path()).unwrap()));
    let ended = check(folder.path(), &|step| {
        if matches!(step, Step::Read { .. }) {
            let mut writer = writer.lock().unwrap().take().unwrap();
            let more = part(&writer.stager(), "2024-05-15", &["three"]);
            writer.commit(Commit { parts: vec![more], ..Commit::default() }).unwrap();
        }
    });
    assert!(matches!(&ended, Err(Error::Busy { path }) if path == folder.path()), "{ended:?}");
}

#[test]
fn where_no_lake_is_none_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(check(folder.path(), &|_| {}), Err(Error::Missing { .. })));
    assert!(files(folder.path()).is_empty());
}
