//! What a bundle says of the lake that it was made of, as JSON: which lake, how its records add up, what the archive does
//! not cover, and the settings of the export. No path of this machine is among it.

use eksamine_custody::bundle::{Form, Redaction};
use eksamine_lake::{Accounting, Lake};
use eksamine_query::coverage::Coverage;
use eksamine_query::evidence;
use serde_json::{Value, json};

use super::Command;
use crate::summary::accounting_line;

/// The lake, for the manifest and for people.
pub struct Facts {
    pub lake: Value,
    pub accounting: Value,
    /// The accounting in one line.
    pub accounting_line: String,
    pub fingerprint: String,
}

impl Facts {
    pub fn of(lake: &Lake) -> anyhow::Result<Self> {
        let fingerprint = evidence::fingerprint(lake)?;
        let accounting = lake.manifest().accounting()?;
        let totals = lake.manifest().totals()?;
        let objects: Value =
            totals.iter().map(|total| (total.status.name().to_owned(), Value::from(total.objects))).collect();
        Ok(Self {
            lake: json!({"fingerprint": fingerprint, "objects": objects, "rows": accounting.rows}),
            accounting: as_json(&accounting),
            accounting_line: accounting_line(&accounting),
            fingerprint,
        })
    }
}

fn as_json(accounting: &Accounting) -> Value {
    json!({
        "records": accounting.records,
        "rows": accounting.rows,
        "folded": accounting.folded,
        "rejects": accounting.rejects,
        "objects_that_do_not_close": accounting.open_objects,
        "closes": accounting.closes(),
    })
}

/// The settings that made the bundle what it is.
pub fn settings(command: &Command) -> Value {
    let form = match command.output.as_deref().map(Form::of) {
        Some(Form::Zip) => "zip",
        _ => "folder",
    };
    json!({
        "form": form,
        "redact": command.redaction() == Redaction::Redact,
        "with_objects": command.with_objects.is_some(),
    })
}

/// What was found about the coverage in short, for the manifest; `coverage.json` has all of it.
pub fn coverage_summary(found: &Coverage) -> Value {
    let mut checks = serde_json::Map::new();
    for finding in &found.findings {
        let count = checks.get(finding.check).and_then(Value::as_u64).unwrap_or(0);
        checks.insert(finding.check.to_owned(), Value::from(count + 1));
    }
    json!({"findings": checks, "logs": found.streams.len(), "indicator": found.indicator()})
}

/// JSON as a file of its own.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
