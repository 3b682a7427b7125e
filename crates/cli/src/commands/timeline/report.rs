//! What the HTML report of a timeline says of itself: the question, the accounting of the lake, and what it does not
//! cover; and how the records come into it.

use anyhow::Context;
use eksamine_lake::Lake;
use eksamine_query::Session;
use eksamine_query::coverage::{self, Scope};
use eksamine_query::timeline::{Cut, ReadRecords, Records};
use eksamine_web::{Completeness, Coverage, HourMap, Report};

use crate::lake::Opened;
use crate::output::html::ReportRows;
use crate::printing::QUERY_FAILED;
use crate::summary::{accounting_line, in_shell};
use crate::times;

/// The head of a report on a cut.
pub async fn head(opened: &Opened, cut: &Cut) -> anyhow::Result<Report> {
    let scope = Scope { since: cut.since, until: cut.until, cluster: cut.cluster.clone() };
    let found = coverage::coverage(&opened.session, &scope).await?;
    let accounting = accounting_line(&Lake::open(opened.root())?.manifest().accounting()?);
    let title = cut.cluster.as_ref().map_or_else(|| "Timeline".to_owned(), |cluster| format!("Timeline of {cluster}"));
    let words = std::env::args_os().skip(1).map(|word| in_shell(&word.to_string_lossy()));
    let question: Vec<String> = std::iter::once("eksamine".to_owned()).chain(words).collect();
    Ok(Report {
        title,
        cluster: cut.cluster.clone(),
        since_micros: cut.since,
        until_micros: cut.until,
        made_micros: Some(times::now().as_microsecond()),
        program: format!("eksamine {}", env!("CARGO_PKG_VERSION")),
        question: Some(question.join(" ")),
        accounting: vec![opened.origin().to_owned(), accounting],
        coverage: logs(&found),
        hours: hours(&found, &scope),
        notes: notes(&found),
    })
}

/// Fills in the records of a report's rows, as far as it takes them: the most severe, and of the others those of the
/// earliest events. While some are compressed, the next are read.
pub async fn with_records(
    mut report: ReportRows,
    mut records: Records,
    session: &Session,
) -> anyhow::Result<ReportRows> {
    let mut read = ReadRecords::default();
    loop {
        let chosen = records.choose(|row| report.takes_record(row));
        let is_last = chosen.is_none();
        let packing = tokio::task::spawn_blocking(move || report.records(&read).map(|()| report));
        let next = match chosen {
            Some(chosen) => records.read(session, chosen).await.context(QUERY_FAILED)?,
            None => ReadRecords::default(),
        };
        report = packing.await??;
        if is_last {
            break;
        }
        read = next;
    }
    report.skip_records(records.unread());
    Ok(report)
}

/// Each log of the archive, with the gaps that were found in it.
pub fn logs(found: &coverage::Coverage) -> Vec<Coverage> {
    let of = |stream: &coverage::Stream| {
        let own = |finding: &&coverage::Finding| {
            finding.source.as_deref() == Some(stream.source.as_str())
                && finding.cluster == stream.cluster
                && finding.account_id == stream.account_id
                && finding.region == stream.region
        };
        let own: Vec<&coverage::Finding> = found.findings.iter().filter(own).collect();
        let gaps: Vec<(i64, i64)> = own
            .iter()
            .filter(|finding| matches!(finding.check, "silence" | "begins_late" | "ends_early"))
            .filter_map(|finding| Some((finding.since?, finding.until?)))
            .collect();
        let silent = stream.silent_hours();
        let said: Vec<String> = own.iter().map(|finding| finding.what.clone()).collect();
        let said = if said.is_empty() { format!("{silent} hours without an event") } else { said.join("; ") };
        Coverage {
            log: name(stream),
            completeness: if gaps.is_empty() { Completeness::Unknown } else { Completeness::Gaps },
            said: format!("{} events; {said}", stream.events()),
            gaps_micros: gaps,
        }
    };
    found.streams.iter().map(of).collect()
}

/// Most marks of a log on the page.
const MOST_MARKS: usize = 168;

/// In which hours each log has events.
pub fn hours(found: &coverage::Coverage, scope: &Scope) -> Option<HourMap> {
    let map = coverage::HourMap::of(&found.streams, scope, MOST_MARKS)?;
    let lines = found.streams.iter().map(name).zip(map.lines).collect();
    Some(HourMap { since_micros: map.begin, until_micros: map.end, hours_of_mark: map.hours_of_mark, lines })
}

/// What a log is called.
fn name(stream: &coverage::Stream) -> String {
    let parts = [
        Some(stream.source.as_str()),
        stream.cluster.as_deref(),
        stream.account_id.as_deref(),
        stream.region.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What else was found, and the share of clusters with a validated trail.
pub fn notes(found: &coverage::Coverage) -> Vec<String> {
    let of_a_log =
        |finding: &&coverage::Finding| !matches!(finding.check, "silence" | "begins_late" | "ends_early" | "truncated");
    let note = |finding: &coverage::Finding| {
        let since = finding.since.map(|micros| format!("{}: ", times::instant(micros))).unwrap_or_default();
        let cluster = finding.cluster.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        format!("{since}{cluster}{}", finding.what)
    };
    let mut notes: Vec<String> = found.findings.iter().filter(of_a_log).map(note).collect();
    notes.push(found.indicator());
    notes
}
