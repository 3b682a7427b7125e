//! The timeline of a bundle as a report, and the coverage of its span. A report in a bundle says nothing of the moment
//! or the machine it was made on, so that it is the same each time.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int64Type};
use eksamine_custody::bundle::Writer;
use eksamine_query::coverage::{self, Coverage, Scope};
use eksamine_query::timeline::{self, Cut, Details, Folding};
use eksamine_web::Report;
use futures::StreamExt;

use super::preview::texts;
use super::{Bundle, redaction};
use crate::commands::timeline::FIRST_SEEN_DAYS;
use crate::commands::timeline::report::{hours, logs, notes};
use crate::output::html::{Chains, ReportRows};

/// What the archive does not cover in the span of the bundle: the span asked for, else that of its rows.
pub async fn coverage(bundle: &Bundle<'_>) -> anyhow::Result<Coverage> {
    Ok(coverage::coverage(&bundle.opened.session, &scope(bundle)).await?)
}

fn scope(bundle: &Bundle<'_>) -> Scope {
    let (since, until) = span(bundle);
    Scope { since, until, cluster: bundle.asked.wanted.cluster.clone() }
}

/// From when (inclusive) until when (exclusive) the bundle speaks.
fn span(bundle: &Bundle<'_>) -> (Option<i64>, Option<i64>) {
    let (wanted, rows) = (&bundle.asked.wanted, bundle.preview.span());
    let since = wanted.since.or(rows.map(|(first, _)| first));
    (since, wanted.until.or(rows.map(|(_, last)| last.saturating_add(1))))
}

/// Writes `timeline.html`.
pub async fn write_timeline(bundle: &Bundle<'_>, writer: &Writer, found: &Coverage) -> anyhow::Result<()> {
    let session = &bundle.opened.session;
    let redaction = bundle.command.redaction();
    let mut chains = Chains::default();
    let mut known = timeline::chains(session).await?.rows;
    while let Some(batch) = known.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows)?;
        chains.add(&redaction::of_timeline(redaction, &batch)?)?;
    }
    let cut = cut(bundle);
    let mut report = ReportRows::new(head(bundle, &cut, found), chains);
    let mut rows = timeline::timeline(session, &cut).await?.rows;
    while let Some(batch) = rows.next().await {
        let mut batch = batch.map_err(eksamine_query::Error::of_rows)?;
        if !bundle.asked.is_a_cut() {
            batch = chosen_of(bundle, &batch)?;
        }
        report.batch(&redaction::of_timeline(redaction, &batch)?)?;
    }
    let mut file = writer.file("timeline.html")?;
    report.finish(&mut file)?;
    file.finish()?;
    Ok(())
}

/// The timeline to look through: where the rows are a cut of it that cut, as `eksamine timeline` folds and marks it; else
/// every event of the span, of which those chosen stay.
fn cut(bundle: &Bundle<'_>) -> Cut {
    let wanted = &bundle.asked.wanted;
    if bundle.asked.is_a_cut() {
        return Cut {
            cluster: wanted.cluster.clone(),
            since: wanted.since,
            until: wanted.until,
            actor: wanted.actor.clone(),
            folding: Folding::WithMembers,
            details: Details::Record,
            first_seen_days: Some(FIRST_SEEN_DAYS),
            ..Cut::default()
        };
    }
    // Events without a time lie in no span.
    let (since, until) = if bundle.preview.has_undated() { (None, None) } else { span(bundle) };
    Cut { cluster: wanted.cluster.clone(), since, until, details: Details::Record, ..Cut::default() }
}

fn head(bundle: &Bundle<'_>, cut: &Cut, found: &Coverage) -> Report {
    let title = cut.cluster.as_ref().map_or_else(|| "Timeline".to_owned(), |cluster| format!("Timeline of {cluster}"));
    Report {
        title,
        cluster: cut.cluster.clone(),
        since_micros: bundle.asked.wanted.since,
        until_micros: bundle.asked.wanted.until,
        made_micros: None,
        program: format!("eksamine {}", env!("CARGO_PKG_VERSION")),
        question: Some(redaction::text(bundle.command.redaction(), &bundle.asked.in_words().join("; ")).into_owned()),
        accounting: vec![format!("lake {}", bundle.facts.fingerprint), bundle.facts.accounting_line.clone()],
        coverage: logs(found),
        hours: hours(found, &scope(bundle)),
        notes: notes(found),
    }
}

/// The rows of a timeline whose records were chosen.
fn chosen_of(bundle: &Bundle<'_>, batch: &RecordBatch) -> anyhow::Result<RecordBatch> {
    let uris = texts(batch, "source_uri")?;
    let records = batch.column_by_name("source_record").map(|records| cast(records, &DataType::Int64)).transpose()?;
    let is_chosen = |row: usize| {
        let record = records.as_ref().filter(|records| records.is_valid(row));
        let record = record.map(|records| records.as_primitive::<Int64Type>().value(row))?;
        Some(uris.is_valid(row) && bundle.chosen.holds(uris.value(row), record))
    };
    let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(is_chosen(row).unwrap_or(false))).collect();
    Ok(filter_record_batch(batch, &mask)?)
}
