//! A disk that takes no more, in the middle of an ingest: one error, exit 1, the lake as it was, and the same command
//! goes on when there is room.

use eksamine_testkit::generate::{self, Planes};

use super::{Ran, Room, binary, ingest_story, lake_files, story_accounting, text};

/// A process that may not write files beyond a size meets its limit where a full disk would stop it. (The kernel says
/// "file too large" there and "no space left" here; the way from there on is the same.)
#[test]
fn no_room_for_a_part() {
    let room = Room::new();
    let logs = room.path("logs");
    let settings = generate::Settings {
        json_bytes: 6_000_000,
        objects: 8,
        days: 1,
        clusters: 1,
        duplicate_share: 0.0,
        planes: Planes::Kubernetes,
        gzip_level: 1,
        ..generate::Settings::default()
    };
    generate::write(&logs, &settings).unwrap();
    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));

    // In blocks of 512 bytes: the manifest of the story fits, a part of these logs does not.
    let mut confined = room.program("sh");
    confined.args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\"", binary(), "ingest", text(&logs)]);
    let ran = Ran::from_output(confined.output().unwrap());
    let ran = ran.fails(&["error: can't ", "caused by: ", "File too large"]);
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");

    // What could not be finished lies apart, and the next run clears it away.
    let mut after = lake_files(&room.path("lake"));
    after.retain(|path, _| !path.starts_with(".staging"));
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(after, before);
    let status = room.run(&["status"]).expect(0).quiet();
    assert!(status.stdout.contains(&story_accounting()), "{}", status.stdout);

    room.run(&["ingest", text(&logs)]).expect(0).says(&["read 8 objects", "(closes)"]);
    let largest = super::parts(&room.path("lake")).into_values().map(|part| part.len()).max().unwrap();
    assert!(largest > 400 * 1024, "a part that meets the limit: {largest} bytes");
}
