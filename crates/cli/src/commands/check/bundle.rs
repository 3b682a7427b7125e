//! The check of an evidence bundle in words: what it is, who vouches for it, what was compared, and the end of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use eksamine_custody::bundle::{self, CheckReport, Manifest, PublicKey, Redaction, Signature};

use super::{Row, Told};
use crate::numbers::{bytes, counted, grouped};
use crate::progress::Bar;
use crate::prose::fitted;
use crate::terminal::sanitise;

pub async fn check(place: PathBuf, key: Option<&Path>) -> anyhow::Result<Told> {
    let key = key.map(read_key).transpose()?;
    let bar = Arc::new(Bar::new());
    let progress = Arc::clone(&bar);
    let checked = tokio::task::spawn_blocking(move || bundle::check(&place, key.as_ref(), progress.as_ref())).await;
    bar.finish();
    let report = checked.context("the check ended unexpectedly")??;
    let (text, is_sound) = (text(&report), report.is_sound());
    let row = |finding: bundle::Finding| Row { path: finding.path, kind: finding.kind.word(), detail: finding.detail };
    Ok(Told { rows: report.findings.into_iter().map(row).collect(), text, is_sound })
}

fn read_key(file: &Path) -> anyhow::Result<PublicKey> {
    let unreadable = || format!("can't read the key in `{}`", file.display());
    let pem = std::fs::read_to_string(file).with_context(unreadable)?;
    PublicKey::from_pem(&pem).with_context(unreadable)
}

/// The lines under the findings. What a bundle says of itself is foreign text.
fn text(report: &CheckReport) -> String {
    let mut lines = Vec::new();
    if let Some(manifest) = &report.manifest {
        lines.extend(about(manifest));
    }
    if let Some(hash) = &report.manifest_sha256 {
        lines.push(format!("SHA-256 of manifest.json: {hash}"));
    }
    lines.push(seal(report));
    lines.push(compared(report));
    lines.push(match report.findings.len() as u64 + report.more_findings {
        0 => "nothing differs".to_owned(),
        1 => "1 thing differs: do not rely on this bundle".to_owned(),
        found => format!("{} things differ: do not rely on this bundle", grouped(found)),
    });
    if report.more_findings > 0 {
        lines.push(format!("of these, {} are counted and not shown", grouped(report.more_findings)));
    }
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", fitted(&sanitise(&line), 2));
    }
    text
}

/// What the bundle says of itself.
fn about(manifest: &Manifest) -> Vec<String> {
    let statement = &manifest.statement;
    let case = statement.case_number.as_ref().map(|case| format!(", case {case}")).unwrap_or_default();
    let exporter = statement.exporter.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let tool = &statement.tool;
    let mut lines = vec![format!(
        "`{}`{case}: says that it was exported{exporter} at {} with {} {}",
        manifest.name, statement.exported_at, tool.name, tool.version
    )];
    let secrets: u64 = statement.evidence.secrets.values().sum();
    if secrets > 0 {
        lines.push(match statement.evidence.redaction {
            Redaction::Keep => format!("{} in it", counted(secrets, "suspected secret")),
            Redaction::Redact => format!("{} redacted", counted(secrets, "suspected secret")),
        });
    }
    lines
}

fn seal(report: &CheckReport) -> String {
    let fingerprint = report.manifest.as_ref().and_then(|manifest| manifest.key.as_deref()).unwrap_or_default();
    match report.signature {
        Signature::Valid => format!("signed with the key {fingerprint}, which is the one that was given"),
        Signature::Wrong => "the signature is not that of the key that was given".to_owned(),
        Signature::Missing => {
            "not signed: it is not known who made it, and whoever changes a file can change its hash \
                               too; compare the hash of the manifest with one that you got by another way"
                .to_owned()
        }
        Signature::NotChecked => format!(
            "the signature was not checked, and it is not known who made it: give the exporter's public key with \
             `--key`; the bundle names the key {fingerprint}"
        ),
    }
}

fn compared(report: &CheckReport) -> String {
    let derived = match report.derived_rows {
        0 if report.rows == 0 => "and so none derived anew".to_owned(),
        0 => "none of them derived anew, since no source objects are included".to_owned(),
        derived => format!("{} of them derived anew from the source objects", grouped(derived)),
    };
    let mapped = match report.clusters_by_mapping {
        0 => String::new(),
        rows => format!("; of {} the cluster was named by whoever read the archive", counted(rows, "row")),
    };
    format!(
        "{} ({}) hashed; {} compared with their records, {derived}{mapped}",
        counted(report.files, "file"),
        bytes(report.bytes),
        counted(report.rows, "row")
    )
}
