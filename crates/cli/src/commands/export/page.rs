//! The chain-of-custody page of a bundle: what is known of it, in words. The form of the page is in `eksamine-web`.

use eksamine_custody::bundle::{EvidenceSummary, Redaction, SigningKey, Writer};
use eksamine_query::coverage::Coverage;
use eksamine_web::{Custody, FileLine, Held, Seal, SecretCount, Step, VerdictCount};
use jiff::Timestamp;

use super::{Bundle, redaction, words};
use crate::commands::timeline::report::notes;
use crate::numbers::counted;

/// What each file of a bundle holds, by how its path begins; the first that fits.
const ABOUT: [(&str, &str); 11] = [
    ("rows/", "the rows of this log"),
    ("raw/", "the records of this log as they were written, with the place of each"),
    ("objects.csv", "the source objects: where they lie, their hashes, what their digests say"),
    ("sightings.csv", "where else in the archive the records of rows lie, byte for byte"),
    ("provenance.csv", "for each row where it was read from, and the hash of its record"),
    ("secrets.csv", "where something looks like a secret"),
    ("answer.", "the answer of the query"),
    ("query.sql", "the query"),
    ("timeline.html", "the rows as a timeline, to be opened in a browser"),
    ("coverage.json", "what the archive does not cover"),
    ("accounting.json", "how the records of the archive add up"),
];

/// The folder of the source objects.
const OBJECTS: &str = "objects/";

/// The page of a bundle whose other files are written.
pub fn custody(
    bundle: &Bundle<'_>,
    writer: &Writer,
    key: Option<&SigningKey>,
    exported: Timestamp,
    found: &Coverage,
    evidence: &EvidenceSummary,
) -> Custody {
    let command = bundle.command;
    let text = |text: &String| redaction::text(command.redaction(), text).into_owned();
    let seal = match key {
        Some(key) => Seal::Signed { fingerprint: key.public().fingerprint() },
        None => Seal::Unsigned,
    };
    Custody {
        bundle: writer.name().to_owned(),
        case: command.case.clone(),
        exporter: command.exporter.clone(),
        exported_micros: exported.as_microsecond(),
        program: format!("eksamine {}", env!("CARGO_PKG_VERSION")),
        lake: bundle.facts.fingerprint.clone(),
        seal,
        notes: command.notes.iter().map(text).collect(),
        selection: bundle.asked.in_words().iter().map(text).collect(),
        query: bundle.asked.sql.as_ref().map(text),
        tables: held(bundle),
        verdicts: verdicts(bundle),
        accounting: vec![bundle.facts.accounting_line.clone()],
        coverage: notes(found),
        secrets: secrets(bundle),
        redaction: match command.redaction() {
            Redaction::Keep => eksamine_web::Redaction::Nothing,
            Redaction::Redact => eksamine_web::Redaction::Secrets,
        },
        objects: objects(bundle, evidence),
        files: files(writer),
        steps: steps(bundle, writer, key.is_some()),
    }
}

fn held(bundle: &Bundle<'_>) -> Vec<Held> {
    let tables = bundle.preview.tables.iter();
    let held = tables.map(|count| Held {
        table: count.table.name.to_owned(),
        about: count.table.about.to_owned(),
        rows: count.rows,
        first_micros: count.span.map(|(first, _)| first),
        last_micros: count.span.map(|(_, last)| last),
    });
    held.collect()
}

fn verdicts(bundle: &Bundle<'_>) -> Vec<VerdictCount> {
    let counts = bundle.preview.verdicts.iter();
    let lines = counts.map(|(word, (objects, rows))| VerdictCount {
        verdict: words::plain(word),
        meaning: words::meaning(word).to_owned(),
        objects: *objects,
        rows: *rows,
    });
    lines.collect()
}

fn secrets(bundle: &Bundle<'_>) -> Vec<SecretCount> {
    let counts = bundle.preview.secrets.iter();
    counts.map(|(kind, found)| SecretCount { kind: words::plain(kind), found: *found }).collect()
}

fn objects(bundle: &Bundle<'_>, evidence: &EvidenceSummary) -> String {
    let all = counted(bundle.preview.objects.len() as u64, "object");
    if bundle.command.with_objects.is_none() {
        return format!(
            "The {all} themselves are not in the bundle; who has the archive can compare their hashes with \
             objects.csv."
        );
    }
    format!(
        "Of the {all}, {} are in the bundle as they were fetched, so that their rows can be derived anew.",
        evidence.included_objects
    )
}

/// The files written so far. Source objects can be many, and each is named after its hash: they are one line.
fn files(writer: &Writer) -> Vec<FileLine> {
    let about = |path: &str| {
        let known = ABOUT.iter().find(|(beginning, _)| path.starts_with(beginning));
        known.map_or_else(String::new, |(_, about)| (*about).to_owned())
    };
    let (objects, others): (Vec<_>, Vec<_>) =
        writer.files().into_iter().partition(|file| file.path.starts_with(OBJECTS));
    let lines = others.into_iter();
    let mut lines: Vec<FileLine> = lines
        .map(|file| FileLine { about: about(&file.path), path: file.path, bytes: file.bytes, sha256: file.sha256 })
        .collect();
    if !objects.is_empty() {
        lines.push(FileLine {
            path: OBJECTS.to_owned(),
            about: format!("{} as fetched; objects.csv lists them", counted(objects.len() as u64, "source object")),
            bytes: objects.iter().map(|file| file.bytes).sum(),
            sha256: "each is named after its hash".to_owned(),
        });
    }
    lines
}

fn steps(bundle: &Bundle<'_>, writer: &Writer, is_signed: bool) -> Vec<Step> {
    let name = writer.name();
    let is_zip = bundle
        .command
        .output
        .as_ref()
        .is_some_and(|path| eksamine_custody::bundle::Form::of(path) == eksamine_custody::bundle::Form::Zip);
    let step = |what: &str, command: String| Step { what: what.to_owned(), command };
    let mut steps = Vec::new();
    if is_zip {
        steps.push(step("Extract the bundle and go into it.", format!("unzip {name}.zip\ncd {name}")));
    } else {
        steps.push(step("Go into the folder of the bundle.", format!("cd {name}")));
    }
    if is_signed {
        steps.push(step(
            "Get the public key from the exporter by another way than the bundle, and see that its fingerprint is the \
             one above. Then check the signature of the manifest with OpenSSL 3; the answer has to be that it is \
             verified.",
            "openssl pkey -pubin -in KEY.pub -outform DER | sha256sum\nopenssl pkeyutl -verify -pubin -inkey KEY.pub \
             -rawin -in manifest.json -sigfile manifest.json.sig"
                .to_owned(),
        ));
    } else {
        steps.push(step(
            "The bundle is not signed. Compare the hash of the manifest with the one that you were told by another way.",
            "sha256sum manifest.json".to_owned(),
        ));
    }
    steps.push(step(
        "See that the list of hashes is the one that the manifest names.",
        "sha256sum SHA256SUMS\ngrep -A 2 '\"path\": \"SHA256SUMS\"' manifest.json".to_owned(),
    ));
    steps.push(step("Check every file against the list.", "sha256sum --strict -c SHA256SUMS".to_owned()));
    let key = if is_signed { " --key KEY.pub" } else { "" };
    steps.push(step(
        "Or let eksamine do all of it and more: it also compares every row with its record, and derives rows anew from \
         the source objects that are included.",
        format!("eksamine check .{key}"),
    ));
    steps
}
