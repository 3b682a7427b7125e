//! `eksamine check` of a lake: what is told of one that is whole, and of one that is not. What each finding means is
//! tested where the check is.

use std::fs;
use std::path::Path;

use super::{Ran, Room, ingest_story, lake_files, parts, story_accounting, story_lake, text};

fn check(room: &Room, more: &[&str]) -> Ran {
    room.run(&[&["check", "lake"], more].concat())
}

/// The path of the first part of a lake, relative to it.
fn first_part(lake: &Path) -> String {
    parts(lake).into_keys().find(|path| !path.starts_with("derived")).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_lake_as_it_was_ingested_is_found_sound_and_left_alone() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));
    let ran = check(&room, &[]).expect(0).quiet();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("lake `lake`: ") && lines[0].contains(" parts ("), "{ran:?}");
    assert_eq!(lines[1], story_accounting());
    assert!(lines[2].starts_with("fingerprint of the parts: ") && lines[2].contains("not signed"), "{ran:?}");
    assert_eq!(lines[3..], ["nothing differs"]);
    let rows = check(&room, &["--format", "ndjson"]).expect(0).says(&["lake `lake`", "nothing differs"]);
    assert_eq!(rows.stdout, "");
    assert!(lake_files(&room.path("lake")) == before, "a check changes nothing");
}

#[test]
fn a_lake_that_was_asked_is_still_sound() {
    let room = Room::new();
    assert!(Path::new(story_lake()).is_dir());
    room.run(&["timeline", "demo", "--lake", story_lake()]).expect(0);
    let ran = room.run(&["check", story_lake(), "--format", "ndjson"]).expect(0);
    assert_eq!(ran.stdout, "", "{ran:?}");
}

#[test]
fn the_fingerprint_is_the_one_an_export_states() {
    let room = Room::new();
    ingest_story(&room, "lake");
    room.run(&["export", "demo", "-o", "case", "--lake", "lake"]).expect(0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(room.path("case/manifest.json")).unwrap()).unwrap();
    let stated = manifest["statement"]["lake"]["fingerprint"].as_str().unwrap();
    let told = check(&room, &[]).expect(0).stdout;
    assert!(told.contains(&format!("fingerprint of the parts: {stated};")), "{told}");
}

#[test]
fn each_change_of_a_lake_is_told_with_its_path() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let part = first_part(&room.path("lake"));
    let place = room.path("lake").join(&part);
    let whole = fs::read(&place).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    for (content, kind) in [(Some(&flipped[..]), "changed"), (Some(&whole[1..]), "cut"), (None, "missing")] {
        match content {
            Some(content) => fs::write(&place, content).unwrap(),
            None => fs::remove_file(&place).unwrap(),
        }
        let found = check(&room, &["--format", "ndjson"]).expect(3).lines();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0]["path"], &found[0]["kind"]), (&part.as_str().into(), &kind.into()), "{found:?}");
        let told = check(&room, &[]).expect(3).quiet().stdout;
        assert!(told.contains(kind) && told.ends_with("1 thing differs: do not rely on this lake\n"), "{told}");
    }
    let csv = check(&room, &["--output", "found.csv"]).expect(3).says(&["1 thing differs"]);
    assert_eq!(csv.stdout, "");
    assert!(fs::read_to_string(room.path("found.csv")).unwrap().starts_with("path,kind,detail\n"));
}

#[test]
fn a_foreign_file_is_told_and_differs_from_nothing() {
    let room = Room::new();
    ingest_story(&room, "lake");
    room.write("lake/cloudtrail/day=2024-05-14/\u{1b}[2Jx.parquet", "?");
    let ran = check(&room, &[]).expect(0).quiet();
    assert!(ran.stdout.contains("foreign") && ran.stdout.contains("1 file is not of the lake"), "{ran:?}");
    assert!(ran.stdout.ends_with("nothing differs\n") && !ran.stdout.contains('\u{1b}'), "{ran:?}");
    assert_eq!(check(&room, &["--format", "ndjson"]).expect(0).lines()[0]["kind"], "foreign");
}

#[test]
fn a_key_is_for_bundles_and_a_bundle_is_never_taken_for_a_lake() {
    let room = Room::new();
    let ran = room.run(&["check", story_lake(), "--key", "case.pem.pub"]).expect(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("a lake is not signed"), "{ran:?}");
    room.run(&["export", "demo", "-o", "case", "--lake", story_lake()]).expect(0);
    fs::copy(Path::new(story_lake()).join("manifest.sqlite"), room.path("case/manifest.sqlite")).unwrap();
    let found = room.run(&["check", "case", "--format", "ndjson"]).expect(3).lines();
    assert_eq!((&found[0]["path"], &found[0]["kind"]), (&"manifest.sqlite".into(), &"unlisted".into()), "{found:?}");
    fs::create_dir(room.path("empty")).unwrap();
    room.run(&["check", text(&room.path("empty"))]).fails(&["is no evidence bundle", "a lake is a folder"]);
}
