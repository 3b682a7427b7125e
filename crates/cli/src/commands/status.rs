//! `eksamine status`: the lake at a glance.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_lake::{Lake, Manifest, ObjectStatus, PartEntry};
use eksamine_query::Session;
use eksamine_sources::tables;

use crate::arguments::Reading;
use crate::commands::ingest::accounting_line;
use crate::numbers::{bytes, counted, grouped};
use crate::printing::print_text;
use crate::prose::fitted;
use crate::terminal::sanitise;
use crate::{failure, lake};

#[derive(Args)]
pub struct Command {
    #[command(flatten)]
    reading: Reading,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let opened = lake::open(&command.reading).await?;
    let (parts, tail, accounting) = {
        let lake = Lake::open(opened.root())?;
        let manifest = lake.manifest();
        (manifest.parts()?, objects(manifest)?, manifest.accounting()?)
    };
    let mut text = format!("{}\n\n", sanitise(opened.origin()));
    for table in tables() {
        let own: Vec<&PartEntry> = parts.iter().filter(|part| part.partition.table == table.name).collect();
        text += &table_lines(&opened.session, table.name, &own).await?;
    }
    text += &tail;
    let _ = writeln!(text, "{}", accounting_line(&accounting));
    print_text(&text)?;
    if !accounting.closes() {
        return Ok(ExitCode::from(failure::DEFECT));
    }
    Ok(opened.status())
}

/// Rows, span, clusters, accounts and regions of one table.
async fn table_lines(session: &Session, table: &str, parts: &[&PartEntry]) -> anyhow::Result<String> {
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    let size: u64 = parts.iter().map(|part| part.size_bytes).sum();
    let many = counted(parts.len() as u64, "part");
    let mut text = format!("{table}: {} in {many}, {}\n", counted(rows, "event"), bytes(size));
    let least = parts.iter().filter_map(|part| part.least_time).min();
    let greatest = parts.iter().filter_map(|part| part.greatest_time).max();
    if let (Some(least), Some(greatest)) = (least, greatest) {
        let instant = |micros| jiff::Timestamp::from_microsecond(micros).map(|instant| instant.to_string());
        let _ = writeln!(text, "  from {} to {}", instant(least)?, instant(greatest)?);
    }
    let undated: u64 = parts.iter().filter(|part| part.partition.day.is_none()).map(|part| part.rows).sum();
    if undated > 0 {
        let _ = writeln!(text, "  {} without a readable time", counted(undated, "event"));
    }
    for (_, noun, column) in DIVISIONS.iter().filter(|(of, _, _)| *of == table && rows > 0) {
        let sql = format!(
            "SELECT {table}.{column}, count(*) FROM {table} WHERE {table}.{column} IS NOT NULL \
             GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50"
        );
        let found = counts(session, &sql).await?;
        if !found.is_empty() {
            let _ = writeln!(text, "{}", fitted(&format!("  {noun}: {}", found.join(", ")), 4));
        }
    }
    Ok(text + "\n")
}

/// What divides each table: (table, noun, column).
const DIVISIONS: [(&str, &str, &str); 3] = [
    ("cloudtrail", "accounts", "recipient_account_id"),
    ("cloudtrail", "regions", "aws_region"),
    ("k8s_audit", "clusters", "cluster"),
];

async fn counts(session: &Session, sql: &str) -> anyhow::Result<Vec<String>> {
    use arrow::array::AsArray;
    use futures::TryStreamExt;

    let answer = session.sql(sql, Vec::new()).await?;
    let batches: Vec<_> = answer.rows.try_collect().await?;
    let lines = batches.iter().flat_map(|batch| {
        let names = batch.column(0).as_string_view();
        let counts = batch.column(1).as_primitive::<arrow::datatypes::Int64Type>();
        let pairs = names.iter().flatten().zip(counts.values());
        pairs.map(|(name, count)| format!("{} ({})", sanitise(name), grouped(count.unsigned_abs()))).collect::<Vec<_>>()
    });
    Ok(lines.collect())
}

fn objects(manifest: &Manifest) -> anyhow::Result<String> {
    let mut text = String::new();
    for total in manifest.totals()? {
        let what = match total.status {
            ObjectStatus::Read => "read whole",
            ObjectStatus::Partial => "read in part, with rejects",
            ObjectStatus::Unknown => "of no known kind of log",
            ObjectStatus::Failed => "could not be fetched",
        };
        let _ = writeln!(text, "{} {what} ({})", counted(total.objects, "object"), bytes(total.size_bytes));
    }
    for total in manifest.reject_totals()? {
        let _ = writeln!(text, "{}: {}", counted(total.rejects, "reject"), total.reason);
    }
    for object in manifest.objects()?.iter().filter(|object| object.status == ObjectStatus::Failed).take(10) {
        let _ = writeln!(text, "  {}: {}", sanitise(&object.uri), sanitise(object.detail.as_deref().unwrap_or("")));
    }
    Ok(text + "\n")
}
