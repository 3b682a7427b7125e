//! Wrong usage: exit 2, nothing on standard output, and on standard error what was wrong and where help is.

use super::{Room, files};

#[test]
fn wrong_usage_is_2() {
    let room = Room::new();
    for (arguments, said) in [
        (&[][..], "Usage: eksamine"),
        (&["bogus"], "unrecognized subcommand 'bogus'"),
        (&["timelime"], "a similar subcommand exists: 'timeline'"),
        (&["ingest"], "<SOURCE>"),
        (&["ingest", "x", "--bogus"], "unexpected argument '--bogus'"),
        (&["ingest", "x", "--memory", "much"], "`much` is no size: give `512MiB` or `2GiB`"),
        (&["ingest", "x", "--threads", "0"], "--threads"),
        (&["ingest", "x", "--since", "yesterday"], "`yesterday` is no time: give `2024-05-14`"),
        (&["ingest", "x", "--account", "abc"], "expected the twelve digits of an account, like `111122223333`"),
        (&["ingest", "x", "--account", "111122223333", "--account", "11112222333"], "'11112222333'"),
        (&["ingest", "x", "--log-region", "Ohio"], "expected the code of a region, like `us-east-1`"),
        (&["verify", "x", "--account", "root"], "expected the twelve digits of an account"),
        (&["verify", "x", "--log-region", "us-east"], "expected the code of a region"),
        (&["ingest", "x", "--cluster", "staging"], "expected `NAME=KEY-PREFIX`"),
        (&["timeline", "--until", "2024-13-01"], "`2024-13-01` is no time"),
        (&["timeline", "--since", "2024-05-15", "--until", "2024-05-14"], "no time lies between `--since`"),
        (&["coverage", "--since", "-1d", "--until", "-2d"], "no time lies between `--since`"),
        (&["insights", "fields x", "--since", "-1d", "--until", "-2d"], "no time lies between `--since`"),
        (&["export", "-o", "x.zip", "--since", "-1d", "--until", "-2d"], "no time lies between `--since`"),
        (&["verify", "x", "--since", "-1d", "--until", "-2d"], "no time lies between `--since`"),
        (&["ingest", "x", "--since", "-1d", "--until", "-2d"], "no time lies between `--since`"),
        (&["timeline", "a", "b"], "unexpected argument 'b'"),
        (&["sql", "select 1", "--format", "xml"], "possible values: table, json, ndjson, csv, parquet, markdown"),
        (&["sql", "select 1", "-f", "x.sql"], "cannot be used with"),
        (&["insights", "fields x", "-f", "q.txt"], "cannot be used with"),
        (&["insights", "fields x", "--missing", "maybe"], "possible values: match, skip"),
        (&["insights", "fields x", "--sql", "--plot"], "cannot be used with"),
        (&["insights", "fields x", "--lookup", "x"], "expected `NAME=FILE`"),
        (&["export", "demo", "-o", "case.tar"], "no `.tar` is written: a bundle is a folder, or a zip"),
        (&["export", "demo", "-o", "case.tar.GZ"], "no `.gz` is written"),
        (&["export", "demo", "-o", "a/case.7z", "--dry-run"], "no `.7z` is written"),
        (&["query", "--explain"], "<NAME>"),
        (&["query", "x", "--search", "y"], "cannot be used with"),
        (&["query", "--param", "limit=1"], "<NAME>"),
        (&["query", "x", "--param", "limit"], "expected `NAME=VALUE`"),
        (&["status", "more"], "unexpected argument 'more'"),
        (&["tables", "a", "b"], "unexpected argument 'b'"),
    ] {
        let ran = room.run(arguments).expect(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--help") || ran.stderr.contains("Usage:"), "{arguments:?}: {}", ran.stderr);
    }
    assert!(files(room.folder.path()).is_empty(), "nothing is begun");
}

#[test]
fn the_version_is_0() {
    let ran = Room::new().run(&["--version"]).expect(0).quiet();
    assert_eq!(ran.stdout, format!("eksamine {}\n", env!("CARGO_PKG_VERSION")));
}
