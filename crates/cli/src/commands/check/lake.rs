//! The check of a lake in words: what was compared, whether the accounting closes, one hash for it, and the end of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use eksamine_custody::{Event, Progress as _};
use eksamine_lake::Lake;
use eksamine_lake::check::{self, Content, Finding, Report, Step};

use super::{Row, Told};
use crate::numbers::{bytes, counted, grouped};
use crate::progress::Bar;
use crate::prose::fitted;
use crate::summary::accounting_line;
use crate::terminal::sanitise;

/// Whether a lake lies there. A bundle stays one when somebody has put a lake's manifest into it.
pub fn is_at(place: &Path) -> bool {
    Lake::is_at(place) && !place.join("manifest.json").exists()
}

pub async fn check(place: PathBuf) -> anyhow::Result<Told> {
    let bar = Arc::new(Bar::new());
    let (root, progress) = (place.clone(), Arc::clone(&bar));
    let listener = move |step| {
        progress.event(match step {
            Step::Planned { parts, bytes } => Event::Planned { objects: parts, bytes },
            Step::Read { bytes } => Event::Read { bytes, inflated_bytes: bytes },
        });
    };
    let checked = tokio::task::spawn_blocking(move || check::check(&root, &listener)).await;
    bar.finish();
    let report = checked.context("the check ended unexpectedly")??;
    let (text, is_sound) = (text(&place, &report), report.is_sound());
    let row = |finding: Finding| Row { path: finding.path, kind: finding.kind.word(), detail: finding.detail };
    Ok(Told { rows: report.findings.into_iter().chain(report.foreign).map(row).collect(), text, is_sound })
}

/// The lines under the findings.
fn text(place: &Path, report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(content) = &report.content {
        lines.extend(about(place, content));
    }
    if !report.foreign.is_empty() {
        let (verb, lie) = if report.foreign.len() == 1 { ("is", "lies") } else { ("are", "lie") };
        lines.push(format!(
            "{} {verb} not of the lake and {lie} among its parts: no answer of eksamine has them, and programs that read \
             whole folders do",
            counted(report.foreign.len() as u64, "file")
        ));
    }
    lines.push(match (report.findings.len() as u64, &report.content) {
        (_, None) => "the manifest is damaged, and nothing was compared with it: do not rely on this lake".to_owned(),
        (0, _) => "nothing differs".to_owned(),
        (1, _) => "1 thing differs: do not rely on this lake".to_owned(),
        (found, _) => format!("{} things differ: do not rely on this lake", grouped(found)),
    });
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", fitted(&sanitise(&line), 2));
    }
    text
}

fn about(place: &Path, content: &Content) -> Vec<String> {
    let mut lines = vec![
        format!(
            "lake `{}`: {} ({}) hashed, {} in them counted, and compared with the manifest",
            place.display(),
            counted(content.parts, "part"),
            bytes(content.bytes),
            counted(content.rows, "row"),
        ),
        accounting_line(&content.accounting),
    ];
    if content.staged > 0 {
        lines.push(format!(
            "{} of a run that was killed, not yet in place: the next ingest puts them there",
            counted(content.staged, "part")
        ));
    }
    lines.push(format!(
        "fingerprint of the parts: {}; the manifest is not signed, and whoever changes a part can change it too, so \
         compare this with one that was noted before, in another place",
        content.fingerprint
    ));
    lines
}
