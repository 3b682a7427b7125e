//! The file itself: policy, head in words, data, script.
//!
//! The head (title, span, accounting, coverage, notes) is plain HTML and can be read without the script. The data
//! stand in `script` elements of types that no browser runs, in base64.

use std::io::Write;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::assets::{PAGE, SCRIPT, STYLE};
use crate::event::{SEVERITIES, TEXT_COLUMNS};
use crate::hours;
use crate::pack;
use crate::raw::Block;
use crate::report::Report;
use crate::text::{HIDDEN_RANGES, html, json_in_html, moment};
use crate::writer::Written;

/// What is to be written.
pub struct Contents<'a> {
    pub report: &'a Report,
    pub written: Written,
    pub columns: Vec<Element>,
    pub blocks: Vec<Block>,
}

/// A column ready to be written: its name, and its bytes compressed.
pub struct Element {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Element {
    pub fn pack(name: &'static str, bytes: &[u8]) -> std::io::Result<Self> {
        Ok(Self { name, bytes: pack::gzip(bytes)? })
    }

    /// Packs columns on all processors, and gives them in the order given.
    pub fn pack_all(columns: Vec<(&'static str, Vec<u8>)>) -> std::io::Result<Vec<Self>> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut packed: Vec<Option<Self>> = columns.iter().map(|_| None).collect();
        // The largest first, so that none is left alone at the end.
        let mut waiting: Vec<_> = columns.into_iter().zip(&mut packed).collect();
        waiting.sort_by_key(|((_, bytes), _)| bytes.len());
        let waiting = Mutex::new(waiting);
        let work = || -> std::io::Result<()> {
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(((name, bytes), place)) = next else { return Ok(()) };
                *place = Some(Self::pack(name, &bytes)?);
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let others = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            others.fold(own, Result::and)
        })?;
        Ok(packed.into_iter().flatten().collect())
    }

    pub fn size_bytes(&self) -> usize {
        pack::base64_length(self.bytes.len()) + 100
    }
}

/// What the page takes without any data; head and the places of raw records are not more than the rest of it.
pub fn fixed_bytes() -> usize {
    2 * (SCRIPT.len() + STYLE.len() + PAGE.len())
}

/// For each row 0, or 1 plus its block followed by its place in the block.
pub fn places(blocks: &[Block], rows: u32) -> Vec<u8> {
    let mut places = vec![(0_u64, 0_u64); rows as usize];
    for (number, block) in blocks.iter().enumerate() {
        for (place, row) in block.rows.iter().enumerate() {
            places[*row as usize] = (number as u64 + 1, place as u64);
        }
    }
    let mut bytes = Vec::with_capacity(places.len() * 2);
    for (block, place) in places {
        pack::varint(&mut bytes, block);
        if block > 0 {
            pack::varint(&mut bytes, place);
        }
    }
    bytes
}

/// Writes the file and says how large it is.
pub fn write(out: impl Write, contents: Contents) -> std::io::Result<u64> {
    let mut out = Counted { out, bytes: 0 };
    head(&mut out, contents.report)?;
    intro(&mut out, contents.report)?;
    out.write_all(PAGE.as_bytes())?;
    element(&mut out, "application/json", "manifest", &manifest(&contents))?;
    for Element { name, bytes } in contents.columns {
        element(&mut out, "application/x-eksamine-column", &format!("column-{name}"), &pack::base64(&bytes))?;
    }
    for (number, block) in contents.blocks.into_iter().enumerate() {
        element(&mut out, "application/x-eksamine-raw", &format!("raw-{number}"), &pack::base64(&block.bytes))?;
    }
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
    out.flush()?;
    Ok(out.bytes)
}

/// What the policy allows: our script and our style by their hash. No request of any kind, no form, no frame, no base,
/// and no making of markup or code from text.
fn policy() -> String {
    let hash = |text: &str| pack::base64(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn head(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{}\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
        policy(),
        html(&report.program),
        html(&report.title)
    )
}

fn intro(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    write!(out, "<body>\n<header id=\"head\">\n<h1>{}</h1>\n<dl class=\"facts\">\n", html(&report.title))?;
    let mut fact = |name: &str, value: Option<String>| match value {
        Some(value) => writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", html(&value)),
        None => Ok(()),
    };
    fact("Cluster", report.cluster.clone())?;
    fact("Asked for", asked(report))?;
    fact("Question", report.question.clone())?;
    fact("Made", report.made_micros.map(moment))?;
    fact("Made by", Some(report.program.clone()).filter(|program| !program.is_empty()))?;
    out.write_all(b"</dl>\n</header>\n<section id=\"proof\" aria-label=\"Accounting, coverage and notes\"")?;
    let is_empty = report.notes.is_empty() && report.coverage.is_empty() && report.accounting.is_empty();
    out.write_all(if is_empty { b" hidden>\n".as_slice() } else { b">\n" })?;
    list(out, "notes", "Notes", &report.notes)?;
    coverage(out, report)?;
    list(out, "accounting", "Accounting", &report.accounting)?;
    out.write_all(b"</section>\n")
}

fn asked(report: &Report) -> Option<String> {
    match (report.since_micros, report.until_micros) {
        (None, None) => None,
        (Some(since), None) => Some(format!("from {}", moment(since))),
        (None, Some(until)) => Some(format!("until {}", moment(until))),
        (Some(since), Some(until)) => Some(format!("{} to {}", moment(since), moment(until))),
    }
}

fn list(out: &mut impl Write, class: &str, heading: &str, lines: &[String]) -> std::io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"{class}\"><h2>{heading}</h2><ul>")?;
    for line in lines {
        writeln!(out, "<li>{}</li>", html(line))?;
    }
    writeln!(out, "</ul></section>")
}

fn coverage(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    if report.coverage.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"coverage\"><h2>What the archive covers</h2><table>")?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Log</th><th scope=\"col\">Is</th><th scope=\"col\">In words</th></tr></thead><tbody>"
    )?;
    for line in &report.coverage {
        let word = line.completeness.word();
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td><span class=\"is is-{word}\">{word}</span></td><td>{}</td></tr>",
            html(&line.log),
            html(&line.said)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    hours::write(out, report)?;
    writeln!(out, "</section>")
}

/// What the script has to know before it reads the columns. Moments are given in milliseconds, as scripts count them.
fn manifest(contents: &Contents) -> String {
    let report = contents.report;
    let gaps: Vec<_> = report
        .coverage
        .iter()
        .flat_map(|line| line.gaps_micros.iter().map(|(from, until)| (&line.log, from, until)))
        .map(|(log, from, until)| json!({"log": log, "from": *from as f64 / 1e3, "until": *until as f64 / 1e3}))
        .collect();
    let texts: Vec<_> = TEXT_COLUMNS.iter().map(|column| json!([column.name, column.label])).collect();
    json_in_html(&json!({
        "format": 1,
        "rows": contents.written.rows + contents.written.members,
        "events": contents.written.events,
        "raw": {
            "blocks": contents.blocks.len(),
            "offered": contents.written.raw_offered,
            "included": contents.written.raw_included,
        },
        "texts": texts,
        "severities": SEVERITIES,
        "hidden": HIDDEN_RANGES,
        "gaps": gaps,
    }))
}

fn element(out: &mut impl Write, kind: &str, id: &str, text: &str) -> std::io::Result<()> {
    writeln!(out, "<script type=\"{kind}\" id=\"{id}\">{text}</script>")
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
