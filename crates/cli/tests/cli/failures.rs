//! What goes wrong outside: one error with its cause and a hint, exit 1, nothing on standard output, and a lake that
//! is byte for byte as it was.

use eksamine_testkit::s3::{Fault, OperationKind, S3Server};

use super::{Room, bucket, files, ingest_story, lake_files, story_server, text};

/// An address where nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

#[test]
fn an_unreachable_endpoint() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));
    let s3 = ["--endpoint-url", NOBODY, "--no-sign-request"];
    room.run(&[&["ingest", "s3://logs/x"], &s3[..]].concat()).fails(&[
        "error: no answer from `http://127.0.0.1:1` about `s3://logs/x`\n",
        "caused by: ",
        "\n\nhint: check the address given with `--endpoint-url`",
    ]);
    assert_eq!(lake_files(&room.path("lake")), before);
    room.run(&[&["ingest", "s3://logs", "--lake", "other"], &s3[..]].concat()).expect(1);
    assert!(!room.path("other").exists(), "no lake is made of nothing");
    room.run(&[&["timeline", "--from", "s3://logs"], &s3[..]].concat()).fails(&["error: no answer from", "hint: "]);
    assert!(room.temporary_files().is_empty());
}

#[test]
fn a_denied_bucket() {
    let (room, server) = (Room::new(), story_server());
    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));
    let endpoint = server.endpoint();
    server.on_request(|_| Some(Fault::Denied));
    let s3 = ["--endpoint-url", &endpoint, "--no-sign-request"];
    room.run(&[&["ingest", "s3://logs"], &s3[..]].concat()).fails(&[
        "error: no access to `s3://logs",
        "caused by: ",
        "\n\nhint: ",
    ]);
    assert_eq!(lake_files(&room.path("lake")), before);
    assert_eq!(server.log().gets(), 0);
}

#[test]
fn a_bucket_that_is_not_there() {
    let (room, server) = (Room::new(), S3Server::start(["logs"]));
    let endpoint = server.endpoint();
    let s3 = ["--endpoint-url", &endpoint, "--no-sign-request"];
    room.run(&[&["ingest", "s3://lgos"], &s3[..]].concat()).fails(&["error: there is no `s3://lgos", "\n\nhint: "]);
    assert!(!room.path("lake").exists());
    server.on_request(|operation| (operation.kind == OperationKind::List).then_some(Fault::Denied));
    room.run(&[&["ingest", "s3://logs", "--dry-run"], &s3[..]].concat()).fails(&["error: no access to `s3://logs"]);
}

#[test]
fn credentials_that_are_not_there() {
    let room = Room::new();
    let mut command = room.eksamine(&["ingest", "s3://logs", "--endpoint-url", NOBODY]);
    let ran = super::Ran::of(command.env("AWS_EC2_METADATA_DISABLED", "true"));
    ran.fails(&["error: no access to `s3://logs", "\n\nhint: ", "--no-sign-request"]);
    let mut command = room.eksamine(&["ingest", "s3://logs", "--endpoint-url", NOBODY, "--profile", "nobody"]);
    let ran = super::Ran::of(command.env("AWS_EC2_METADATA_DISABLED", "true"));
    ran.fails(&["error: no access to `s3://logs", "\n\nhint: "]);
}

#[test]
fn a_missing_folder() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let before = lake_files(&room.path("lake"));
    let parts = [
        "error: there is no `/no/such/folder`\n",
        "caused by: No such file or directory",
        "\n\nhint: check the path; a bucket is given as `s3://BUCKET/PREFIX`",
    ];
    room.run(&["ingest", "/no/such/folder"]).fails(&parts);
    // Nor is the half of it that could be read.
    room.run(&["ingest", bucket(), "/no/such/folder"]).fails(&parts);
    assert_eq!(lake_files(&room.path("lake")), before);
    room.run(&["sql", "select 1", "--from", "/no/such/folder"]).fails(&parts);
    assert!(room.temporary_files().is_empty());
}

#[test]
fn a_missing_lake() {
    let room = Room::new();
    for command in [&["status"][..], &["timeline"], &["sql", "select 1"], &["query", "exec-into-pods"]] {
        room.run(command).fails(&[
            "error: there is no lake at `lake`\n",
            "\nhint: make one with `eksamine ingest SOURCE --lake DIR`, or read an archive directly with `--from SOURCE`",
        ]);
    }
    // A folder that is no lake is none either.
    room.run(&["status", "--lake", bucket()]).fails(&["error: there is no lake at `"]);
    assert!(!room.path("lake").exists());
}

#[test]
fn a_folder_of_somebody_else() {
    let room = Room::new();
    room.write("notes/thesis.txt", "years of work");
    let before = files(&room.path("notes"));
    room.run(&["ingest", bucket(), "--lake", "notes"])
        .fails(&["error: `notes` is not a lake\n", "\nhint: choose an empty or new folder with `--lake DIR`"]);
    assert_eq!(files(&room.path("notes")), before);
    // And a file is no folder.
    room.write("file", "");
    room.run(&["ingest", bucket(), "--lake", "file"]).fails(&["error: "]);
}

#[test]
fn a_lake_of_another_version() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let manifest = room.path("lake/manifest.sqlite");
    let mut bytes = std::fs::read(&manifest).unwrap();
    // SQLite keeps the entry ('format', '2') as its two texts side by side.
    let entry = b"format2";
    let places: Vec<usize> = (0..bytes.len() - entry.len()).filter(|at| bytes[*at..].starts_with(entry)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + 6] = b'9';
    }
    std::fs::write(&manifest, bytes).unwrap();
    let before = lake_files(&room.path("lake"));
    for command in [&["status"][..], &["sql", "select 1"], &["ingest", bucket()], &["ingest", bucket(), "--dry-run"]] {
        room.run(command).fails(&[
            "error: the lake at `lake` has format 9, this version reads format 2\n",
            "\nhint: ingest the archive again into a new folder",
        ]);
        assert_eq!(lake_files(&room.path("lake")), before, "{command:?}");
    }
}

#[test]
fn a_damaged_manifest() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let manifest = room.path("lake/manifest.sqlite");
    std::fs::write(&manifest, "this is no database at all, and has not been one for a long time".repeat(100)).unwrap();
    let before = lake_files(&room.path("lake"));
    for command in [&["status"][..], &["ingest", bucket()]] {
        room.run(command).fails(&[
            "error: the manifest of the lake at `lake` is damaged\n",
            "caused by: ",
            "\n\nhint: ",
        ]);
    }
    assert_eq!(lake_files(&room.path("lake")), before);
}

#[test]
fn a_part_that_is_gone() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let part = super::parts(&room.path("lake")).into_keys().next().unwrap();
    std::fs::remove_file(room.path("lake").join(&part)).unwrap();
    let ran = room.run(&["sql", "select count(raw) from timeline"]).expect(1);
    assert_eq!(ran.stdout, "");
    let name = part.file_name().unwrap().to_str().unwrap();
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(name), "{ran:#?}");
    assert!(ran.stderr.contains("\n\nhint: if an ingest changed the lake"), "{ran:#?}");
    assert!(ran.stderr.contains("ingest the archive into a new folder"), "{ran:#?}");
    // A lake that lost rows is not added to, nor its accounting called closed.
    let before = lake_files(&room.path("lake"));
    let ran = room.run(&["ingest", bucket()]);
    ran.fails(&[
        "error: the lake is damaged: its file `lake/",
        "is gone\n\nhint: ingest the archive again into a new folder",
    ]);
    assert_eq!(lake_files(&room.path("lake")), before);
}

#[test]
fn a_part_that_was_cut_short() {
    let room = Room::new();
    ingest_story(&room, "lake");
    let part = super::parts(&room.path("lake")).into_keys().find(|part| part.starts_with("k8s_audit")).unwrap();
    let file = room.path("lake").join(&part);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let hint = "\n\nhint: the lake is damaged: ingest the archive again into a new folder";
    for question in [&["sql", "select count(raw) from k8s_audit"][..], &["timeline", "demo"], &["status"]] {
        room.run(question).fails(&["error: ", part.file_name().unwrap().to_str().unwrap(), hint]);
    }
    let sizes = format!("has {} bytes and had {}", bytes.len() / 2, bytes.len());
    room.run(&["ingest", bucket()]).fails(&["error: the lake is damaged: its file `lake/", &sizes, "\n\nhint: "]);
}

#[test]
fn something_that_is_no_log_at_all() {
    let room = Room::new();
    let file = room.write("shopping.txt", "milk\nbread\n");
    let ran = room.run(&["ingest", text(&file)]).expect(0);
    ran.says(&["1 object of no known kind", "(closes)"]);
    let empty = room.path("empty");
    std::fs::create_dir(&empty).unwrap();
    room.run(&["ingest", text(&empty), "--lake", "other"])
        .expect(0)
        .says(&["nothing was read: there is not one object; check the folder"]);
}
