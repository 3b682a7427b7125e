//! `eksamine export` and `eksamine check` as they are used: a bundle is made, handed over, checked with our program and
//! with others, and tampered with. What each finding means is tested where the check is; here it matters that it is told.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use eksamine_testkit::trail::Trail;
use serde_json::Value;

use super::{Ran, Room, bucket, files, story_lake, text};

const SPAN: [&str; 4] = ["--since", "2024-05-14T14:00:00Z", "--until", "2024-05-14T15:00:00Z"];
const STATED: [&str; 2] = ["--exported-at", "2024-06-01T12:00:00Z"];

/// Exports an hour of the story's cluster.
fn export(room: &Room, output: &str, more: &[&str]) -> Ran {
    let arguments = ["export", "demo", "--lake", story_lake(), "-o", output];
    room.run(&[&arguments[..], &SPAN, &STATED, more].concat())
}

fn with_key(room: &Room) {
    room.run(&["export", "--new-key", "case.pem"]).expect(0);
}

fn check(room: &Room, bundle: &str, more: &[&str]) -> Ran {
    room.run(&[&["check", bundle, "--format", "ndjson"], more].concat())
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The files of a folder as one text, for looking for what must not be in it; Parquet is searched as bytes.
fn holds(bundle: &Path, needle: &str) -> Vec<PathBuf> {
    let found = |content: &Vec<u8>| content.windows(needle.len()).any(|window| window == needle.as_bytes());
    files(bundle).into_iter().filter(|(_, content)| found(content)).map(|(path, _)| path).collect()
}

#[test]
fn a_bundle_is_made_told_about_and_found_sound() {
    let room = Room::new();
    with_key(&room);
    let ran = export(&room, "case.zip", &["--key", "case.pem", "--case", "2024-17", "--exporter", "Dana Example"]);
    let ran = ran.expect(0).says(&["the bundle will hold", "of cloudtrail", "of k8s_audit", "secret"]);
    assert!(ran.stdout.contains("SHA-256 of manifest.json: ") && ran.stdout.contains("signed with the key"), "{ran:?}");
    assert!(ran.stdout.contains("eksamine check case.zip --key case.pem.pub"), "{ran:?}");
    assert!(!ran.stderr.contains("not be signed"), "{ran:?}");

    let sound = room.run(&["check", "case.zip", "--key", "case.pem.pub"]).expect(0).quiet();
    assert!(sound.stdout.contains("2024-17") && sound.stdout.contains("Dana Example"), "{sound:?}");
    let hash = ran.stdout.lines().find_map(|line| line.strip_prefix("SHA-256 of manifest.json: ")).unwrap();
    assert!(sound.stdout.contains(hash), "the same hash is told again: {sound:?}");
    assert_eq!(check(&room, "case.zip", &["--key", "case.pem.pub"]).expect(0).stdout, "");
}

#[test]
fn every_further_carrier_of_a_chosen_event_is_in_the_bundle() {
    let room = Room::new();
    let everything = ["export", "--since", "2024-01-01", "--lake", story_lake(), "-o", "case"];
    room.run(&[&everything[..], &STATED].concat()).expect(0);
    let query = "select table_name, event_id, row_source_uri, row_source_sha256, row_source_record, s.source_uri, \
                 s.source_sha256, s.source_record, o.version_id, o.etag, o.digest from sightings s \
                 join objects o on o.uri = s.source_uri and o.sha256 = s.source_sha256 order by 1, 2, 3, 5, 6, 8";
    let told = room.run(&["sql", query, "--lake", story_lake(), "--format", "csv"]).expect(0).stdout;
    let mut expected: Vec<&str> = told.lines().skip(1).collect();
    let written = std::fs::read_to_string(room.path("case/sightings.csv")).unwrap();
    let mut lines: Vec<&str> = written.lines().skip(1).collect();
    expected.sort_unstable();
    lines.sort_unstable();
    assert_eq!(lines, expected);
    assert_eq!(lines.len(), eksamine_testkit::story::truth().folded());
    assert_eq!(json(&room.path("case/manifest.json"))["statement"]["evidence"]["sightings"], lines.len());
    check(&room, "case", &[]).expect(0);
    // Those of other events are not.
    export(&room, "hour", &["--actor", "nobody at all"]).fails(&["error: "]);
    let one = ["export", "--event", lines[0].split(',').nth(1).unwrap(), "--lake", story_lake(), "-o", "one"];
    room.run(&one).expect(0);
    assert_eq!(std::fs::read_to_string(room.path("one/sightings.csv")).unwrap().lines().nth(1), Some(lines[0]));
}

#[test]
fn the_same_export_gives_the_same_bytes() {
    let room = Room::new();
    with_key(&room);
    let signed = ["--key", "case.pem"];
    for folder in ["a", "b"] {
        std::fs::create_dir(room.path(folder)).unwrap();
        export(&room, &format!("{folder}/case.zip"), &signed).expect(0);
        export(&room, &format!("{folder}/case"), &signed).expect(0);
    }
    assert_eq!(files(&room.path("a")), files(&room.path("b")));
    let arguments = ["export", "demo", "--lake", story_lake(), "-o", "later/case", "--key", "case.pem"];
    std::fs::create_dir(room.path("later")).unwrap();
    room.run(&[&arguments[..], &SPAN, &["--exported-at", "2024-06-01T13:00:00Z"]].concat()).expect(0);
    let (stated, later) = (files(&room.path("a/case")), files(&room.path("later/case")));
    let differ: Vec<&str> = stated
        .iter()
        .filter(|(path, content)| later.get(*path) != Some(content))
        .map(|(path, _)| path.to_str().unwrap())
        .collect();
    assert_eq!(differ, ["SHA256SUMS", "custody.html", "manifest.json", "manifest.json.sig"]);
    assert_eq!(stated.len(), later.len());
}

#[test]
fn a_zip_holds_what_the_folder_holds() {
    let room = Room::new();
    with_key(&room);
    std::fs::create_dir(room.path("folder")).unwrap();
    export(&room, "case.zip", &["--key", "case.pem"]).expect(0);
    export(&room, "folder/case", &["--key", "case.pem"]).expect(0);
    let unpacked = room.program("python3").args(["-m", "zipfile", "-e", "case.zip", "unpacked"]).status().unwrap();
    assert!(unpacked.success());
    let names = |folder: &str| files(&room.path(folder)).into_keys().collect::<Vec<_>>();
    assert_eq!(names("unpacked/case"), names("folder/case"));
    check(&room, "unpacked/case", &["--key", "case.pem.pub"]).expect(0);
    check(&room, "folder/case", &["--key", "case.pem.pub"]).expect(0);
}

#[test]
fn what_the_guide_says_about_other_programs_holds() {
    let room = Room::new();
    with_key(&room);
    export(&room, "case", &["--key", "case.pem"]).expect(0);
    let run = |program: &str, arguments: &[&str]| {
        let output = room.program(program).args(arguments).current_dir(room.path("case")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
        said
    };
    let key = ["pkeyutl", "-verify", "-pubin", "-inkey", "../case.pem.pub", "-rawin"];
    let signature = ["-in", "manifest.json", "-sigfile", "manifest.json.sig"];
    assert!(run("openssl", &[&key[..], &signature].concat()).contains("Signature Verified Successfully"));
    let sums = run("sha256sum", &["--strict", "-c", "SHA256SUMS"]);
    assert!(sums.lines().count() > 15 && sums.lines().all(|line| line.ends_with(": OK")), "{sums}");
    let manifest = std::fs::read_to_string(room.path("case/manifest.json")).unwrap();
    let hash = run("sha256sum", &["SHA256SUMS"]);
    assert!(manifest.contains(hash.split(' ').next().unwrap()));
    let der = run("openssl", &["pkey", "-pubin", "-in", "../case.pem.pub", "-outform", "PEM"]);
    assert_eq!(der, std::fs::read_to_string(room.path("case.pem.pub")).unwrap());
}

#[test]
fn tampering_is_found_and_named() {
    let room = Room::new();
    with_key(&room);
    export(&room, "case.zip", &["--key", "case.pem"]).expect(0);
    let zip = std::fs::read(room.path("case.zip")).unwrap();
    for at in [0, zip.len() / 3, zip.len() / 2, zip.len() - 1] {
        let mut changed = zip.clone();
        changed[at] ^= 1;
        room.write("changed.zip", &changed);
        let ran = room.run(&["check", "changed.zip", "--key", "case.pem.pub"]);
        assert!([Some(1), Some(3)].contains(&ran.code), "byte {at}: {ran:?}");
    }
    export(&room, "case", &["--key", "case.pem"]).expect(0);
    let csv = room.path("case/rows/cloudtrail.csv");
    let rows = std::fs::read_to_string(&csv).unwrap();
    std::fs::write(&csv, rows.replacen("203.0.113.66", "203.0.113.67", 1)).unwrap();
    let found = check(&room, "case", &["--key", "case.pem.pub"]).expect(3).lines();
    assert!(found.iter().any(|finding| finding["path"] == "rows/cloudtrail.csv"), "{found:?}");
    let told = room.run(&["check", "case", "--key", "case.pem.pub"]).expect(3).stdout;
    assert!(told.contains("rows/cloudtrail.csv"), "{told}");

    std::fs::write(&csv, rows).unwrap();
    check(&room, "case", &["--key", "case.pem.pub"]).expect(0);
    room.write("case/added.txt", "nobody listed me");
    let found = check(&room, "case", &["--key", "case.pem.pub"]).expect(3).lines();
    assert!(found.iter().any(|finding| finding["path"] == "added.txt"), "{found:?}");
}

#[test]
fn another_key_is_not_the_exporters() {
    let room = Room::new();
    with_key(&room);
    room.run(&["export", "--new-key", "other.pem"]).expect(0);
    export(&room, "case", &["--key", "case.pem"]).expect(0);
    let ran = check(&room, "case", &["--key", "other.pem.pub"]).expect(3);
    assert!(!ran.lines().is_empty());
    let without = room.run(&["check", "case"]).expect(0);
    assert!(without.stdout.contains("--key"), "that the signature was not checked is said: {without:?}");
    room.run(&["check", "case", "--key", "case.pem"]).fails(&["secret key"]);
}

#[test]
fn keys_are_private_never_overwritten_and_in_no_bundle() {
    let room = Room::new();
    let ran = room.run(&["export", "--new-key", "case.pem"]).expect(0).quiet();
    let mode = |name: &str| std::fs::metadata(room.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("case.pem"), 0o600);
    let pem = std::fs::read_to_string(room.path("case.pem")).unwrap();
    let secret = pem.lines().nth(1).unwrap().to_owned();
    assert!(!ran.stdout.contains(&secret));
    room.run(&["export", "--new-key", "case.pem"]).fails(&["`case.pem", "exists"]);
    assert_eq!(std::fs::read_to_string(room.path("case.pem")).unwrap(), pem);

    let ran = export(&room, "case", &["--key", "case.pem"]).expect(0);
    assert!(!ran.stdout.contains(&secret) && !ran.stderr.contains(&secret));
    assert_eq!(holds(&room.path("case"), &secret), Vec::<PathBuf>::new());
    room.run(&["export", "--new-key", "again.pem"]).expect(0);
    assert_ne!(std::fs::read_to_string(room.path("again.pem")).unwrap(), pem, "no two keys are the same");

    std::fs::set_permissions(room.path("case.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    export(&room, "told", &["--key", "case.pem"]).expect(0).says(&["note: others", "`case.pem`"]);
    room.write("none.pem", "no key");
    export(&room, "none", &["--key", "none.pem"]).fails(&["`none.pem`"]);
    export(&room, "none", &["--key", "case.pem.pub"]).fails(&["`case.pem.pub`"]);
}

#[test]
fn an_unsigned_bundle_says_so_everywhere() {
    let room = Room::new();
    let ran = export(&room, "case", &[]).expect(0).says(&["not be signed", "--new-key"]);
    assert!(ran.stdout.contains("not signed"), "{ran:?}");
    let page = std::fs::read_to_string(room.path("case/custody.html")).unwrap();
    assert!(page.contains("Not signed."));
    assert_eq!(json(&room.path("case/manifest.json"))["key"], Value::Null);
    assert!(!room.path("case/manifest.json.sig").exists());
    let checked = room.run(&["check", "case"]).expect(0);
    assert!(checked.stdout.contains("not signed"), "{checked:?}");
    with_key(&room);
    check(&room, "case", &["--key", "case.pem.pub"]).expect(3);
}

#[test]
fn every_choice_leads_to_its_rows() {
    let room = Room::new();
    let lake = ["--lake", story_lake()];
    let rows = |name: &str, choice: &[&str]| -> BTreeMap<String, usize> {
        room.run(&[&["export", "-o", name], &lake[..], choice].concat()).expect(0);
        check(&room, name, &[]).expect(0);
        let folder = room.path(name).join("raw");
        let count = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
        let tables = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        tables.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), count(&path))).collect()
    };
    let cluster = rows("cluster", &[&["demo"], &SPAN[..]].concat());
    assert!(["cloudtrail", "k8s_audit", "authenticator"].iter().all(|table| cluster[*table] > 0), "{cluster:?}");
    let span = rows("span", &SPAN);
    assert!(cluster.iter().all(|(table, count)| span[table] >= *count) && span != cluster, "{span:?} {cluster:?}");
    let actor = rows("actor", &["demo", "--actor", "ci-deploy"]);
    assert!(actor.values().sum::<usize>() > 5);

    let query = "select * from cloudtrail where event_name = 'CreateAccessEntry' order by event_time limit 1";
    let by_sql = rows("sql", &["--sql", query]);
    let id = room.run(&["sql", &query.replace('*', "event_id"), "--lake", story_lake(), "--format", "ndjson"]);
    let id = id.expect(0).lines()[0]["event_id"].as_str().unwrap().to_owned();
    assert_eq!(by_sql, BTreeMap::from([("cloudtrail".to_owned(), 1)]));
    assert_eq!(rows("event", &["--event", &id]), by_sql);
    assert_eq!(std::fs::read_to_string(room.path("sql/query.sql")).unwrap().trim(), query);
    assert!(room.path("sql/answer.csv").exists() && room.path("sql/answer.parquet").exists());
    assert_eq!(json(&room.path("event/manifest.json"))["statement"]["selection"]["events"][0], id.as_str());
}

#[test]
fn what_can_not_be_chosen_is_told_and_leaves_nothing() {
    let room = Room::new();
    let fails = |choice: &[&str], parts: &[&str]| {
        room.run(&[&["export", "-o", "case", "--lake", story_lake()], choice].concat()).fails(parts);
        assert_eq!(files(&room.path("")), BTreeMap::new(), "{choice:?} left something");
    };
    fails(&["--since", "2030-01-01"], &["nothing in this lake", "hint: the lake has", "`demo`, `staging`"]);
    fails(&["demi"], &["no cluster `demi`", "did you mean `demo`?"]);
    fails(&["--event", "none"], &["no event `none`", "hint: ", "auditID"]);
    fails(&["--sql", "select count(*) from cloudtrail"], &["leads to no events", "source_uri"]);
    fails(&["--sql", "select nothing from cloudtrail"], &["nothing"]);
    fails(&["--query", "no-such-query"], &["no curated query"]);
    for usage in [
        &["export", "-o", "case"][..],
        &["export", "demo"],
        &["export", "demo", "-o", "case", "--sql", "select 1"],
        &["export", "demo", "-o", "case", "--redact", "--with-objects", "logs"],
        &["export", "--new-key", "a.pem", "demo"],
        &["check"],
    ] {
        room.run(usage).expect(2);
    }
    room.write("case/mine.txt", "mine");
    export(&room, "case", &[]).fails(&["`case`", "exists"]);
    room.run(&["check", "nowhere"]).fails(&["`nowhere`"]);
    room.run(&["check", "case"]).fails(&["`case`"]);
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let room = Room::new();
    let ran = room.run(&[&["export", "demo", "--lake", story_lake(), "--dry-run"], &SPAN[..]].concat()).expect(0);
    assert_eq!(ran.stdout, "");
    ran.says(&["the bundle will hold", "events from 2024-05-14 14:", "read from", "secret", "not be signed"]);
    assert_eq!(files(&room.path("")), BTreeMap::new());
}

#[test]
fn objects_are_put_in_and_rows_derived_from_them() {
    let room = Room::new();
    let ran = export(&room, "case", &["--with-objects", bucket()]).expect(0);
    let objects = files(&room.path("case/objects"));
    assert!(objects.len() > 3, "{ran:?}");
    let hex = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(objects.keys().all(|name| hex(name.to_str().unwrap())));
    check(&room, "case", &[]).expect(0);

    // A copy of the archive elsewhere has the same bytes under other URIs, and lacks one.
    for (path, content) in files(Path::new(bucket())) {
        room.write(&format!("copy/{}", path.display()), content);
    }
    let gone = files(&room.path("copy")).into_keys().find(|path| text(path).contains("us-east-1_20240514T1405Z"));
    std::fs::remove_file(room.path("copy").join(gone.unwrap())).unwrap();
    let ran = export(&room, "copied", &["--with-objects", "copy"]).expect(3).says(&["is not in the bundle"]);
    assert_eq!(files(&room.path("copied/objects")).len() + 1, objects.len(), "{ran:?}");
    check(&room, "copied", &[]).expect(0);
}

const PASSWORD: &str = "correct-horse-battery";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKENEXAMPLETOKENEXAMPLETOKENEXAMPLE";

/// A lake whose records hold secrets, formulas and markup.
fn hostile_lake(room: &Room) {
    let aws = format!(
        r#"{{"eventVersion":"1.09","eventID":"00000000-0000-0000-0000-000000000001","eventTime":"2024-05-14T14:00:01Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"=HYPERLINK(\"http://192.0.2.9/\")","userIdentity":{{"type":"IAMUser","userName":"</script><script>alert(1)</script>"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLEEXAMPLE12","sessionToken":"{TOKEN}"}}}},"recipientAccountId":"111122223333"}}"#
    );
    room.write("logs/CloudTrail/..%2f..%2f\u{202e}evil.json", format!("[{aws}]"));
    let audit = format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"00000000-0000-0000-0000-000000000002","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/payments/secrets","verb":"create","user":{{"username":"alex"}},"sourceIPs":["192.0.2.1"],"objectRef":{{"resource":"secrets","namespace":"payments","name":"db","apiVersion":"v1"}},"responseStatus":{{"code":201}},"requestObject":{{"kind":"Secret","apiVersion":"v1","stringData":{{"password":"{PASSWORD}"}}}},"requestReceivedTimestamp":"2024-05-14T14:00:02.000000Z","stageTimestamp":"2024-05-14T14:00:02.001000Z"}}"#
    );
    room.write("logs/audit.log", audit + "\n");
    room.run(&["ingest", "logs", "--cluster", "demo=", "--lake", "hostile"]).expect(0);
}

#[test]
fn secrets_are_told_and_redacted_out_of_every_file() {
    let room = Room::new();
    hostile_lake(&room);
    let all = ["--lake", "hostile", "--since", "2024-05-14"];
    let export = |name: &str, more: &[&str]| room.run(&[&["export", "-o", name], &all[..], more].concat());
    export("kept", &[]).expect(0).says(&["values look like a secret", "--redact"]);
    let kept = room.path("kept");
    assert!(holds(&kept, PASSWORD).iter().any(|path| path.starts_with("raw")), "nothing is changed unasked");
    check(&room, "kept", &[]).expect(0);

    export("redacted", &["--redact"]).expect(0).says(&["will be redacted"]);
    let answered = ["export", "-o", "answered", "--redact", "--lake", "hostile", "--sql"];
    let query = "select source_uri, source_record, raw, request_object, request_object -> 'stringData' as data, \
                 request_object -> 'stringData' ->> 'password' as bare from k8s_audit order by event_time";
    room.run(&[&answered[..], &[query]].concat()).expect(0);
    for name in ["redacted", "answered"] {
        let bundle = room.path(name);
        for secret in [PASSWORD, TOKEN] {
            assert_eq!(holds(&bundle, secret), Vec::<PathBuf>::new(), "{name}");
        }
        check(&room, name, &[]).expect(0);
        let list = std::fs::read_to_string(bundle.join("secrets.csv")).unwrap();
        assert!(list.lines().count() > 1, "{list}");
    }
    let lists = "select source_uri, source_record, array_agg(raw) as all from k8s_audit group by 1, 2";
    room.run(&[&["export", "-o", "lists", "--redact", "--lake", "hostile", "--sql"], &[lists][..]].concat())
        .fails(&["`all`", "cast it to text"]);
    assert!(!room.path("lists").exists());
    let raw = std::fs::read_to_string(room.path("redacted/raw/k8s_audit.ndjson")).unwrap();
    assert!(raw.contains("[redacted sha256:"), "{raw}");
}

#[test]
fn what_was_written_into_logs_does_not_act_in_a_bundle() {
    let room = Room::new();
    hostile_lake(&room);
    let notes = ["--note", "<img src=x onerror=alert(1)>\u{202e}", "--case", "=cmd|' /C calc'!A0"];
    room.run(&[&["export", "-o", "case", "--lake", "hostile", "--since", "2024-05-14"], &notes[..]].concat()).expect(0);
    let bundle = room.path("case");
    for path in files(&bundle).into_keys() {
        let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
        assert!(text(&path).chars().all(plain) && !text(&path).contains(".."), "{path:?}");
    }
    for page in ["custody.html", "timeline.html"] {
        let page = std::fs::read_to_string(bundle.join(page)).unwrap();
        assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains('\u{202e}'));
    }
    for (path, content) in
        files(&bundle).iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "csv"))
    {
        let content = String::from_utf8(content.clone()).unwrap();
        for cell in content.split([',', '\n']).map(|cell| cell.trim_start_matches('"')) {
            assert!(!cell.starts_with(['=', '+', '@']), "{path:?}: {cell}");
        }
    }
    check(&room, "case", &[]).expect(0);
    let told = room.run(&["check", "case"]).expect(0).stdout;
    assert!(told.chars().all(|character| !character.is_control() || character == '\n'), "{told:?}");
    assert!(!told.contains('\u{202e}'), "{told:?}");
}

#[test]
fn nothing_of_the_machine_is_in_a_bundle() {
    let room = Room::new();
    with_key(&room);
    export(&room, "case", &["--key", "case.pem"]).expect(0);
    let folder = room.path("");
    for place in [text(&folder), story_lake(), "case.pem"] {
        assert_eq!(holds(&room.path("case"), place), Vec::<PathBuf>::new(), "{place}");
    }
}

#[test]
fn the_verdicts_of_digests_are_told_and_stand_beside_the_rows() {
    let room = Room::new();
    super::verify::copy_in(&room, &super::verify::three_hours(Trail::default()));
    room.run(&["ingest", "copy"]).expect(0);
    room.run(&["export", "--since", "2024-05-14", "-o", "before"]).expect(0).says(&["3 unchecked"]);
    room.run(&["verify", "copy", "--lake", "lake", "--keys", "keys.json"]).expect(0);
    room.run(&["export", "--since", "2024-05-14", "-o", "case"]).expect(0).says(&["3 valid"]);
    let digests = &json(&room.path("case/manifest.json"))["statement"]["digests"];
    assert_eq!(digests["valid"]["objects"], 3, "{digests}");
    let page = std::fs::read_to_string(room.path("case/custody.html")).unwrap();
    assert!(page.contains("The bytes are those that AWS signed, and lie where AWS put them."), "{page}");
    let provenance = std::fs::read_to_string(room.path("case/provenance.csv")).unwrap();
    assert!(provenance.lines().skip(1).all(|line| line.contains(",valid,")), "{provenance}");
    check(&room, "case", &[]).expect(0);
}
