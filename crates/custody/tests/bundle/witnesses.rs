//! Programs of others check the same bundles: sha256sum, OpenSSL, unzip. They are part of every system that this is built
//! on; where one is missing, these tests fail.

use std::process::{Command, Output};

use super::*;

fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

#[track_caller]
fn succeeds(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = run(program, arguments, folder);
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const VERIFY: [&str; 9] =
    ["pkeyutl", "-verify", "-pubin", "-inkey", "../case.pub", "-rawin", "-in", "manifest.json", "-sigfile"];

#[test]
fn sha256sum_and_openssl_agree() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe::FOLDER.write(&at);
    fs::write(folder.path().join("case.pub"), public_key().to_pem()).unwrap();
    let verify = [VERIFY.as_slice(), &["manifest.json.sig"]].concat();

    let listed = succeeds("sha256sum", &["-c", "SHA256SUMS"], &at);
    assert_eq!(listed.lines().filter(|line| line.ends_with(": OK")).count(), files(&at).len() - 3);
    succeeds("openssl", &verify, &at);

    let mut manifest = fs::read(at.join("manifest.json")).unwrap();
    manifest.push(b'\n');
    fs::write(at.join("manifest.json"), manifest).unwrap();
    assert!(!run("openssl", &verify, &at).status.success());
    fs::write(at.join("coverage.json"), "{ }\n").unwrap();
    assert!(!run("sha256sum", &["-c", "SHA256SUMS"], &at).status.success());
}

/// The commands of the page: what is set in by five blanks, below the list of files.
fn commands(readme: &str) -> String {
    let how = readme.split_once("HOW TO CHECK IT").unwrap().1;
    let lines = how.lines().filter_map(|line| line.strip_prefix("     "));
    format!("set -e\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_commands_of_the_readme_work_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe::FOLDER.write(&at);
    fs::write(folder.path().join("KEY.pub"), public_key().to_pem()).unwrap();
    let readme = fs::read_to_string(at.join("README.txt")).unwrap();
    let commands = commands(&readme).replace("KEY.pub", "../KEY.pub");

    let said = succeeds("sh", &["-c", &commands], &at);

    assert!(said.contains("Signature Verified Successfully"), "{said}");
    let sums = sha256(&fs::read(at.join("SHA256SUMS")).unwrap());
    assert_eq!(said.matches(&sums).count(), 2, "{said}");
    assert!(!said.contains("not listed"), "{said}");

    fs::write(at.join("added.txt"), "x").unwrap();
    let said = succeeds("sh", &["-c", &commands], &at);
    assert!(said.contains("not listed: added.txt"), "{said}");
}

#[test]
fn the_readme_of_an_unsigned_bundle_works_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe { is_signed: false, ..Recipe::FOLDER }.write(&at);
    let readme = fs::read_to_string(at.join("README.txt")).unwrap();
    let said = succeeds("sh", &["-c", &commands(&readme)], &at);
    assert_eq!(said.matches(&sha256(&fs::read(at.join("SHA256SUMS")).unwrap())).count(), 2, "{said}");
}

#[test]
fn unzip_takes_out_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    Recipe::ZIP.write(&folder.path().join("case.zip"));
    succeeds("unzip", &["-t", "case.zip"], folder.path());
    succeeds("unzip", &["case.zip"], folder.path());
    assert_eq!(checked(&folder.path().join("case")).findings, []);
    succeeds("sha256sum", &["-c", "SHA256SUMS"], &folder.path().join("case"));
}

#[test]
fn keys_of_openssl_are_read_and_ours_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    succeeds("openssl", &["genpkey", "-algorithm", "ed25519", "-out", "made.pem"], folder.path());
    let public = succeeds("openssl", &["pkey", "-in", "made.pem", "-pubout"], folder.path());
    let made = SigningKey::from_pem(&fs::read_to_string(folder.path().join("made.pem")).unwrap()).unwrap();
    assert_eq!(made.public().to_pem(), public);
    assert_eq!(made.to_pem(), fs::read_to_string(folder.path().join("made.pem")).unwrap());

    fs::write(folder.path().join("ours.pem"), signing_key().to_pem()).unwrap();
    assert_eq!(succeeds("openssl", &["pkey", "-in", "ours.pem", "-pubout"], folder.path()), public_key().to_pem());
    fs::write(folder.path().join("ours.pub"), public_key().to_pem()).unwrap();
    let fingerprint = "openssl pkey -pubin -in ours.pub -outform DER | sha256sum";
    assert!(succeeds("sh", &["-c", fingerprint], folder.path()).starts_with(&public_key().fingerprint()));
}
