//! The answer of a query: its CSV against its Parquet.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::AsArray;
use arrow::datatypes::DataType;

use super::super::answer::{CSV, PARQUET};
use super::super::evidence::Redaction;
use super::super::{csv, secrets, tables};
use super::compare::Expected;
use super::{Bundle, CheckReport, FindingKind};

pub fn check(bundle: &Bundle<'_>, report: &mut CheckReport) {
    if bundle.lists(CSV) != bundle.lists(PARQUET) {
        report.find(CSV, FindingKind::Disagrees, "an answer has both a CSV and a Parquet file, and one is not listed");
    }
    let mut findings = Vec::new();
    // A library that reads Parquet may panic on bytes that were made to make it do so.
    let done = catch_unwind(AssertUnwindSafe(|| compare(bundle, &mut findings)));
    if !matches!(done, Ok(Some(()))) && bundle.section(PARQUET).is_some() {
        report.find(PARQUET, FindingKind::Unreadable, "it can't be read as Parquet");
    }
    for (kind, detail) in findings {
        report.find(CSV, kind, &detail);
    }
}

fn compare(bundle: &Bundle<'_>, findings: &mut Vec<(FindingKind, String)>) -> Option<()> {
    let mut csv = Expected::open(bundle.suspect(CSV));
    let reader = tables::reader(bundle.section(PARQUET)?.clone()).ok()?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    if csv.expect(csv::header(&schema).as_bytes()).is_err() {
        findings.push((FindingKind::Disagrees, "its header is not that of answer.parquet".to_owned()));
    }
    let mut number = 0_u64;
    let mut line = String::new();
    for batch in reader {
        let batch = batch.ok()?;
        for row in 0..batch.num_rows() {
            number += 1;
            line.clear();
            csv::row(&batch, row, &mut line);
            if csv.expect(line.as_bytes()).is_err() {
                findings.push((FindingKind::Disagrees, format!("row {number} is not that of answer.parquet")));
            }
        }
        if bundle.manifest.statement.evidence.redaction == Redaction::Redact {
            let texts = batch.columns().iter().filter(|column| *column.data_type() == DataType::Utf8);
            let mut texts = texts.flat_map(|column| column.as_string::<i32>().iter().flatten());
            if texts.any(|text| matches!(secrets::redact_text(text), Cow::Owned(_))) {
                let detail = format!("something in or before row {number} looks like a secret that was not redacted");
                findings.push((FindingKind::Secret, detail));
            }
        }
    }
    if !csv.is_at_end() {
        findings.push((FindingKind::Disagrees, "it has more rows than answer.parquet".to_owned()));
    }
    Some(())
}
