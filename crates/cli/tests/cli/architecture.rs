//! The architecture as `docs/architecture.md` states it: which crate may use which, and what only `cli` may touch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::workspace;

/// Which of our crates a crate may use. The tests of each may use `testkit` besides.
const ARROWS: [(&str, &[&str]); 11] = [
    ("archive", &[]),
    ("sources", &[]),
    ("lake", &[]),
    ("ingest", &["archive", "sources", "lake"]),
    ("insights", &[]),
    ("identity", &[]),
    ("query", &["sources", "lake", "identity", "insights"]),
    ("cli", &["archive", "custody", "sources", "lake", "ingest", "query", "web"]),
    ("custody", &["archive", "sources"]),
    ("web", &[]),
    ("testkit", &[]),
];

/// What tests may use besides: a lake to ask is made by ingesting.
const ARROWS_OF_TESTS: [(&str, &[&str]); 1] = [("query", &["archive", "ingest"])];

/// Dependencies of the one crate that may have them, by prefix.
const ONLY: [(&str, &str); 7] = [
    ("aws-", "archive"),
    ("rusqlite", "lake"),
    ("datafusion", "query"),
    ("clap", "cli"),
    ("indicatif", "cli"),
    ("anyhow", "cli"),
    ("rustyline", "cli"),
];

/// What only `cli` may do in what is shipped.
const ONLY_IN_CLI: [&str; 7] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::env::",
    "std::io::stdout",
    "std::process::exit",
];

#[derive(Default)]
struct Manifest {
    dependencies: BTreeSet<String>,
    dev_dependencies: BTreeSet<String>,
    build_dependencies: BTreeSet<String>,
}

impl Manifest {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut manifest = Self::default();
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_matches(['[', ']']);
                // `[dependencies.name]` would escape the reading by lines.
                assert!(
                    !section.contains("dependencies.") && !section.starts_with("target."),
                    "{}: {line}",
                    path.display()
                );
                continue;
            }
            let Some((name, _)) = line.split_once(['.', '=', ' ']) else { continue };
            let set = match section {
                "dependencies" => &mut manifest.dependencies,
                "dev-dependencies" => &mut manifest.dev_dependencies,
                "build-dependencies" => &mut manifest.build_dependencies,
                _ => continue,
            };
            set.insert(name.trim_matches('"').to_owned());
        }
        manifest
    }
}

fn crates() -> BTreeMap<String, Manifest> {
    let folders = std::fs::read_dir(workspace().join("crates")).unwrap();
    folders
        .map(|folder| {
            let folder = folder.unwrap().path();
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            (name, Manifest::read(&folder.join("Cargo.toml")))
        })
        .collect()
}

fn ours(dependencies: &BTreeSet<String>) -> BTreeSet<&str> {
    dependencies.iter().filter_map(|name| name.strip_prefix("eksamine-")).collect()
}

#[test]
fn crates_use_only_what_the_arrows_allow() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    for (name, manifest) in crates() {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("crate `{name}` has no arrows yet"));
        let of_tests = ARROWS_OF_TESTS.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, more)| more);
        for used in ours(&manifest.dependencies) {
            assert!(allowed.contains(&used), "`{name}` may not use `{used}`");
        }
        for used in ours(&manifest.dev_dependencies) {
            let is_allowed = allowed.contains(&used) || used == "testkit" || of_tests.contains(&used);
            assert!(is_allowed, "the tests of `{name}` may not use `{used}`");
        }
        assert!(ours(&manifest.build_dependencies).is_empty(), "{name}");
    }
}

#[test]
fn some_dependencies_belong_to_one_crate() {
    for (name, manifest) in crates() {
        for dependency in manifest.dependencies.iter().chain(&manifest.build_dependencies) {
            for (prefix, owner) in ONLY {
                assert!(!dependency.starts_with(prefix) || name == owner, "`{name}` may not use `{dependency}`");
            }
        }
    }
}

/// The source files of what is shipped, without its unit tests.
fn sources() -> Vec<(String, PathBuf)> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != "tests" {
                    collect(&path, files);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") && path.file_stem().unwrap() != "tests" {
                files.push(path);
            }
        }
    }
    let mut all = Vec::new();
    for name in crates().into_keys() {
        let mut files = Vec::new();
        collect(&workspace().join("crates").join(&name).join("src"), &mut files);
        assert!(!files.is_empty(), "{name}");
        all.extend(files.into_iter().map(|file| (name.clone(), file)));
    }
    all
}

/// A source's text up to its unit tests, without comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_cli_reads_clock_and_environment() {
    for (name, path) in sources().into_iter().filter(|(name, _)| name != "cli" && name != "testkit") {
        let code = code(&path);
        for call in ONLY_IN_CLI {
            assert!(!code.contains(call), "{}: `{call}` in `{name}`", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut long = Vec::new();
    for (_, path) in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not say what it is for", path.display());
        if text.lines().count() > 600 {
            long.push(path);
        }
    }
    assert!(long.is_empty(), "asking to be two: {long:?}");
}

#[test]
fn the_archive_is_only_read() {
    for (_, path) in sources().into_iter().filter(|(name, _)| name == "archive") {
        let code = code(&path);
        for call in [
            "put_object",
            "delete_object",
            "copy_object",
            "create_bucket",
            "restore_object",
            "upload_part",
            "File::create",
            "fs::write",
            "fs::remove",
            "fs::rename",
        ] {
            assert!(!code.contains(call), "{}: `{call}`", path.display());
        }
    }
}
