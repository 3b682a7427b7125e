//! The chain-of-custody page: that it says what it was given, and that nothing given can act in it.

use base64::Engine as _;
use eksamine_web::{Custody, FileLine, Held, Redaction, Seal, SecretCount, Step, VerdictCount};
use sha2::{Digest as _, Sha256};

const HOSTILE: &str = "</title></style><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\">\u{202e}\0";

fn made_up() -> Custody {
    Custody {
        bundle: "case-17".to_owned(),
        case: Some("2024-17".to_owned()),
        exporter: Some("Dana Example".to_owned()),
        exported_micros: 1_715_781_600_000_000,
        program: "eksamine 0.1.0".to_owned(),
        lake: "cd".repeat(32),
        seal: Seal::Signed { fingerprint: "0123456789abcdef".repeat(4) },
        notes: vec!["first line\nsecond line".to_owned()],
        selection: vec!["events that concern the cluster `demo`".to_owned()],
        query: Some("select *\nfrom cloudtrail".to_owned()),
        tables: vec![
            Held {
                table: "cloudtrail".to_owned(),
                about: "calls to AWS".to_owned(),
                rows: 1_234,
                first_micros: Some(1_715_695_711_000_000),
                last_micros: Some(1_715_695_711_120_004),
            },
            Held { table: "authenticator".to_owned(), rows: 1, ..Held::default() },
        ],
        verdicts: vec![VerdictCount {
            verdict: "valid".to_owned(),
            meaning: "as AWS signed it".to_owned(),
            objects: 3,
            rows: 1_235,
        }],
        accounting: vec!["1,235 records = 1,235 rows".to_owned()],
        coverage: Vec::new(),
        secrets: vec![SecretCount { kind: "session token".to_owned(), found: 2 }],
        redaction: Redaction::Secrets,
        objects: "The source objects are not in the bundle.".to_owned(),
        files: vec![FileLine {
            path: "rows/cloudtrail.parquet".to_owned(),
            about: "for programs".to_owned(),
            bytes: 4_096,
            sha256: "ab".repeat(32),
        }],
        steps: vec![Step { what: "Compare the hashes.".to_owned(), command: "sha256sum -c SHA256SUMS".to_owned() }],
    }
}

fn written(custody: &Custody) -> String {
    let mut file = Vec::new();
    custody.write(&mut file).unwrap();
    String::from_utf8(file).unwrap()
}

fn between<'a>(file: &'a str, begin: &str, end: &str) -> &'a str {
    let from = &file[file.find(begin).unwrap() + begin.len()..];
    &from[..from.find(end).unwrap()]
}

#[test]
fn the_page_says_what_it_was_given() {
    insta::assert_snapshot!(between(&written(&made_up()), "<main>", "</main>"));
}

#[test]
fn an_unsigned_bundle_says_so_first() {
    let file = written(&Custody { seal: Seal::Unsigned, ..made_up() });
    let warning = file.find("Not signed.").unwrap();
    assert!(warning < file.find("<dl").unwrap());
    assert!(!file.contains("<b>Signed.</b>"));
}

#[test]
fn secrets_left_in_are_not_called_redacted() {
    let left = written(&Custody { redaction: Redaction::Nothing, ..made_up() });
    assert!(left.contains("Nothing was redacted") && left.contains("session token"));
    let none = written(&Custody { redaction: Redaction::Nothing, secrets: Vec::new(), ..made_up() });
    assert!(none.contains("Nothing was found, and nothing was changed."));
}

#[test]
fn what_is_given_does_not_act() {
    let hostile = || HOSTILE.to_owned();
    let file = written(&Custody {
        bundle: hostile(),
        case: Some(hostile()),
        exporter: Some(hostile()),
        program: hostile(),
        lake: hostile(),
        seal: Seal::Signed { fingerprint: hostile() },
        notes: vec![hostile()],
        selection: vec![hostile()],
        query: Some(hostile()),
        tables: vec![Held { table: hostile(), about: hostile(), ..Held::default() }],
        verdicts: vec![VerdictCount { verdict: hostile(), meaning: hostile(), ..VerdictCount::default() }],
        accounting: vec![hostile()],
        coverage: vec![hostile()],
        secrets: vec![SecretCount { kind: hostile(), found: 1 }],
        objects: hostile(),
        files: vec![FileLine { path: hostile(), about: hostile(), sha256: hostile(), bytes: 0 }],
        steps: vec![Step { what: hostile(), command: hostile() }],
        ..made_up()
    });
    for way in ["<script", "<img", "</title></style>", "\u{202e}", "\0", " href=", "url(", "@import", "<link"] {
        assert!(!file.contains(way), "{way:?}");
    }
    assert_eq!(file.matches("<style>").count(), 1);
}

#[test]
fn the_policy_allows_our_style_and_nothing_else() {
    let file = written(&made_up());
    let hash = Sha256::digest(between(&file, "<style>", "</style>"));
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let expected = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    assert_eq!(between(&file, "Content-Security-Policy\" content=\"", "\">"), expected);
    assert!(file.find("Content-Security-Policy").unwrap() < file.find("<style>").unwrap());
}
