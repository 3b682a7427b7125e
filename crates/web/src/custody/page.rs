//! The page of a [`Custody`] as HTML: sections in the order in which a reader asks.

use std::io::{self, Write};

use super::{Custody, Redaction, Seal};
use crate::assets::CUSTODY_STYLE;
use crate::pack;
use crate::text::{html, lines, moment};
use sha2::{Digest as _, Sha256};

/// Writes the whole file.
pub fn write(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    head(custody, out)?;
    who(custody, out)?;
    selected(custody, out)?;
    held(custody, out)?;
    proof(custody, out)?;
    list(out, "coverage", "What the archive does not cover", COVERAGE, &custody.coverage, COVERED)?;
    list(out, "accounting", "Whether all of the archive was read", ACCOUNTING, &custody.accounting, "")?;
    secrets(custody, out)?;
    files(custody, out)?;
    steps(custody, out)?;
    hands(out)?;
    out.write_all(b"</main>\n</body>\n</html>\n")
}

const COVERAGE: &str = "Where a log is silent, it can be because nothing happened or because nothing was recorded. What \
     was found for the time selected stands here. From the absence of an event in such a span nothing follows.";
const COVERED: &str = "Nothing was found missing.";
const ACCOUNTING: &str = "Every record of every object that was read became a row, was folded into an equal one, or is \
     kept as a reject with the reason. If the sum did not close, this page would say so.";

fn head(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    let hash = pack::base64(&Sha256::digest(CUSTODY_STYLE.as_bytes()));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{}\">\n<title>Chain of custody: {}</title>\n\
         <style>{CUSTODY_STYLE}</style>\n</head>\n<body class=\"custody\">\n<main>\n",
        html(&custody.program),
        html(&custody.bundle)
    )
}

fn who(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<header id=\"head\">\n<h1>Chain of custody</h1>")?;
    match &custody.seal {
        Seal::Signed { fingerprint } => writeln!(
            out,
            "<p class=\"seal\"><b>Signed.</b> The list of all files of this bundle, with their hashes, is signed with \
             the key whose fingerprint is <code>{}</code>. Whoever has the public key from the exporter can prove that \
             no byte has changed since; this page alone proves nothing.</p>",
            html(fingerprint)
        )?,
        Seal::Unsigned => writeln!(
            out,
            "<p class=\"seal unsigned\"><b>Not signed.</b> Nobody has signed this bundle. Its hashes show damage, but \
             whoever changes a file can change its hash too. It proves something only to who has the hash of \
             <code>manifest.json</code> by another way.</p>"
        )?,
    }
    writeln!(out, "<dl class=\"sheet\">")?;
    let mut fact = |name: &str, value: &str| writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", html(value));
    fact("Bundle", &custody.bundle)?;
    fact("Case", custody.case.as_deref().unwrap_or("no number was given"))?;
    fact("Exported by", custody.exporter.as_deref().unwrap_or("no name was given"))?;
    fact("Exported at", &moment(custody.exported_micros))?;
    fact("Made with", &custody.program)?;
    fact("Lake", &custody.lake)?;
    for note in &custody.notes {
        writeln!(out, "<div><dt>Note</dt><dd class=\"words\">{}</dd></div>", lines(note))?;
    }
    writeln!(out, "</dl>\n</header>")
}

fn selected(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "selection", "What was selected")?;
    writeln!(
        out,
        "<p>The rows of this bundle are whole rows of a lake: a copy, made by the program named above, of the log \
         records of an archive. The lake is known by the fingerprint above, a hash over all that it held. The rows were \
         chosen so:</p>\n<ul>"
    )?;
    for line in &custody.selection {
        writeln!(out, "<li>{}</li>", html(line))?;
    }
    writeln!(out, "</ul>")?;
    if let Some(query) = &custody.query {
        writeln!(out, "<pre class=\"words\">{}</pre>", lines(query))?;
    }
    close(out)
}

fn held(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "rows", "What it holds")?;
    columns(out, &["Log", "Table", "First event", "Last event", "Rows"])?;
    for held in &custody.tables {
        let time = |micros: Option<i64>| micros.map_or_else(|| "no time".to_owned(), moment);
        writeln!(
            out,
            "<tr><td>{}</td><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            html(&held.about),
            html(&held.table),
            time(held.first_micros),
            time(held.last_micros),
            grouped(held.rows)
        )?;
    }
    let rows = custody.tables.iter().map(|held| held.rows).sum();
    writeln!(
        out,
        "</tbody><tfoot><tr><th scope=\"row\" colspan=\"4\">in all</th><td class=\"n\">{}</td></tr></tfoot></table>",
        grouped(rows)
    )?;
    writeln!(
        out,
        "<p>Each row is there three times: in a form for programs, in one for spreadsheets, and as the record's own \
         text. <code>provenance.csv</code> names for each row the object it was read from, its version, its hash, and \
         its place in it. {}</p>",
        html(&custody.objects)
    )?;
    close(out)
}

fn proof(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "verdicts", "Whether the records are as they were delivered")?;
    writeln!(
        out,
        "<p>AWS signs the log files of CloudTrail, if it was told to: every hour a digest names them with their hashes. \
         Where these digests were checked, the verdict stands here. AWS signs no other logs; of those, only what happened \
         since they were read can be proved.</p>"
    )?;
    columns(out, &["Verdict", "What it means", "Objects", "Rows"])?;
    for line in &custody.verdicts {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            html(&line.verdict),
            html(&line.meaning),
            grouped(line.objects),
            grouped(line.rows)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    close(out)
}

fn secrets(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "secrets", "Secrets and redactions")?;
    let found: u64 = custody.secrets.iter().map(|secret| secret.found).sum();
    let said = match (custody.redaction, found) {
        (Redaction::Nothing, 0) => {
            "The records were searched for what looks like a secret, such as a password, a token or a private key. \
             Nothing was found, and nothing was changed."
        }
        (Redaction::Secrets, 0) => {
            "The records were searched for what looks like a secret, such as a password, a token or a private key, to \
             redact it. Nothing was found, and nothing was changed."
        }
        (Redaction::Nothing, _) => {
            "These records hold what looks like secrets. Nothing was redacted: whoever gets the bundle gets them. \
             <code>secrets.csv</code> says where each stands."
        }
        (Redaction::Secrets, _) => {
            "These records held what looks like secrets. Each was replaced by a mark with its SHA-256, so that who knows \
             the secret can prove that it stood there. <code>secrets.csv</code> says where. Nothing else was changed, and \
             what was not recognised as a secret is still there."
        }
    };
    writeln!(out, "<p>{said}</p>")?;
    if found > 0 {
        columns(out, &["What it looks like", "Found"])?;
        for secret in &custody.secrets {
            let kind = html(&secret.kind);
            writeln!(out, "<tr><th scope=\"row\">{kind}</th><td class=\"n\">{}</td></tr>", grouped(secret.found))?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    close(out)
}

fn files(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "files", "The files and their hashes")?;
    writeln!(
        out,
        "<p>This page, <code>README.txt</code>, <code>SHA256SUMS</code>, <code>manifest.json</code> and its signature are not in this list, since \
         they are made after it. <code>manifest.json</code> has the hash of this page and of every other file.</p>"
    )?;
    columns(out, &["File", "Bytes", "SHA-256"])?;
    for file in &custody.files {
        let about = if file.about.is_empty() { String::new() } else { format!("<br>{}", html(&file.about)) };
        writeln!(
            out,
            "<tr><th scope=\"row\"><code>{}</code>{about}</th><td class=\"n\">{}</td><td><code>{}</code></td></tr>",
            html(&file.path),
            grouped(file.bytes),
            html(&file.sha256)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    close(out)
}

fn steps(custody: &Custody, out: &mut impl Write) -> io::Result<()> {
    open(out, "check", "How to check it")?;
    writeln!(out, "<ol>")?;
    for step in &custody.steps {
        writeln!(out, "<li>{}<pre>{}</pre></li>", html(&step.what), lines(&step.command))?;
    }
    writeln!(out, "</ol>")?;
    close(out)
}

/// Lines to be filled in by hand, on paper.
fn hands(out: &mut impl Write) -> io::Result<()> {
    open(out, "hands", "From hand to hand")?;
    columns(out, &["Date and time", "Given by", "Received by", "Purpose", "Signatures"])?;
    for _ in 0..4 {
        writeln!(out, "<tr><td></td><td></td><td></td><td></td><td></td></tr>")?;
    }
    writeln!(out, "</tbody></table>")?;
    close(out)
}

fn list(
    out: &mut impl Write,
    id: &str,
    heading: &str,
    about: &str,
    entries: &[String],
    if_none: &str,
) -> io::Result<()> {
    open(out, id, heading)?;
    writeln!(out, "<p>{about}</p>")?;
    if entries.is_empty() {
        writeln!(out, "<p>{if_none}</p>")?;
    } else {
        writeln!(out, "<ul>")?;
        for entry in entries {
            writeln!(out, "<li>{}</li>", html(entry))?;
        }
        writeln!(out, "</ul>")?;
    }
    close(out)
}

fn open(out: &mut impl Write, id: &str, heading: &str) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\">\n<h2>{heading}</h2>")
}

fn close(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</section>")
}

/// Opens a table. Columns of numbers are known by their names.
fn columns(out: &mut impl Write, names: &[&str]) -> io::Result<()> {
    write!(out, "<table><thead><tr>")?;
    for name in names {
        let class = if ["Rows", "Objects", "Bytes", "Found"].contains(name) { " class=\"n\"" } else { "" };
        write!(out, "<th scope=\"col\"{class}>{name}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
