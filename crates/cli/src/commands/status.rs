//! `eksamine status`: the lake at a glance. Here is what the tables hold; what became of the objects is in `objects`.

mod objects;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eksamine_lake::{Lake, PartEntry};
use eksamine_query::Session;
use eksamine_sources::{Table, sightings, tables};

use crate::arguments::Reading;
use crate::numbers::{bytes, counted, grouped};
use crate::printing::print_text;
use crate::prose::fitted;
use crate::summary::accounting_line;
use crate::terminal::sanitise;
use crate::{failure, lake};

#[derive(Args)]
pub struct Command {
    #[command(flatten)]
    reading: Reading,
}

/// What divides events, and the columns that say it. A table has a line for each of these columns that it has, and so
/// has the table of a source that is yet to come.
const DIVISIONS: [(&str, &[&str]); 4] = [
    ("clusters", &["cluster", "eks_cluster_name"]),
    ("accounts", &["recipient_account_id", "account_id"]),
    ("accounts of the log group", &["log_account_id"]),
    ("regions", &["aws_region", "region"]),
];

/// How many names of one division are shown.
const NAMES_SHOWN: usize = 20;

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let opened = lake::open(&command.reading).await?;
    let (parts, tail, accounting) = {
        let lake = Lake::open(opened.root())?;
        let manifest = lake.manifest();
        (manifest.parts()?, objects::text(manifest, &lake::place(&command.reading))?, manifest.accounting()?)
    };
    let mut text = format!("{}\n\n", sanitise(opened.origin()));
    let folded = folded(&opened.session).await?;
    let mut vacant = Vec::new();
    // Sightings are further carriers of events of the other tables, where they are counted.
    for table in tables().filter(|table| table.name != sightings::NAME) {
        let own: Vec<&PartEntry> = parts.iter().filter(|part| part.partition.table == table.name).collect();
        if own.is_empty() {
            vacant.push(table.name);
            continue;
        }
        text += &about_parts(table.name, &own)?;
        text += &about_rows(&opened.session, table, folded.get(table.name).copied().unwrap_or(0)).await?;
        text += "\n";
    }
    if !vacant.is_empty() {
        let _ = writeln!(text, "{}\n", fitted(&format!("no events: {}", vacant.join(", ")), 4));
    }
    text += &tail;
    let _ = writeln!(text, "{}", accounting_line(&accounting));
    print_text(&text)?;
    if !accounting.closes() {
        return Ok(ExitCode::from(failure::DEFECT));
    }
    Ok(opened.status())
}

/// Events and their span, as the parts of a table tell.
fn about_parts(table: &str, parts: &[&PartEntry]) -> anyhow::Result<String> {
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
    Ok(text)
}

/// Clusters, accounts and regions, repeats and disputed ids of a table.
async fn about_rows(session: &Session, table: &'static Table, folded: u64) -> anyhow::Result<String> {
    let mut text = String::new();
    for (noun, column) in divisions(table) {
        let sql = format!(
            "SELECT name, rows, count(*) OVER () AS names FROM \
             (SELECT {0}.{column} AS name, count(*) AS rows FROM {0} WHERE {0}.{column} IS NOT NULL GROUP BY 1) \
             ORDER BY rows DESC, name LIMIT {NAMES_SHOWN}",
            table.name
        );
        let found = counts(session, &sql).await?;
        let mut names: Vec<String> =
            found.iter().map(|found| format!("{} ({})", sanitise(&found.name), grouped(found.rows))).collect();
        let unnamed = found.first().map_or(0, |first| first.of.saturating_sub(found.len() as u64));
        if unnamed > 0 {
            names.push(format!("and {} more", grouped(unnamed)));
        }
        if !names.is_empty() {
            let _ = writeln!(text, "{}", fitted(&format!("  {noun}: {}", names.join(", ")), 4));
        }
    }
    if folded > 0 {
        let _ = writeln!(text, "  {} folded, see the table `{}`", counted(folded, "duplicate"), sightings::NAME);
    }
    let sql = format!("SELECT 'id_conflict', count(*), 1 FROM {} WHERE id_conflict", table.name);
    let disputed = counts(session, &sql).await?.first().map_or(0, |found| found.rows);
    if disputed > 0 {
        let line = format!("  {} whose id another has with other bytes (`id_conflict`)", counted(disputed, "event"));
        let _ = writeln!(text, "{}", fitted(&line, 4));
    }
    Ok(text)
}

/// The columns of a table that divide its events, with what they say.
fn divisions(table: &'static Table) -> impl Iterator<Item = (&'static str, &'static str)> {
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    DIVISIONS.iter().flat_map(move |(noun, columns)| {
        columns.iter().filter(move |column| has(column)).map(move |column| (*noun, *column))
    })
}

/// Folded duplicates of each table.
async fn folded(session: &Session) -> anyhow::Result<BTreeMap<String, u64>> {
    let sql = format!("SELECT table_name, count(*), 1 FROM {} GROUP BY 1", sightings::NAME);
    Ok(counts(session, &sql).await?.into_iter().map(|found| (found.name, found.rows)).collect())
}

/// One name of a division.
struct Found {
    name: String,
    rows: u64,
    /// How many names there are in all.
    of: u64,
}

/// The rows of a query for a name and two numbers.
async fn counts(session: &Session, sql: &str) -> anyhow::Result<Vec<Found>> {
    use arrow::array::AsArray;
    use arrow::datatypes::{DataType, Int64Type};
    use futures::TryStreamExt;

    let answer = session.sql(sql, Vec::new()).await?;
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(eksamine_query::Error::of_rows)?;
    let mut all = Vec::new();
    for batch in &batches {
        let names = arrow::compute::cast(batch.column(0), &DataType::Utf8View)?;
        let (names, rows) = (names.as_string_view(), batch.column(1).as_primitive::<Int64Type>());
        let of = batch.column(2).as_primitive::<Int64Type>();
        all.extend((0..batch.num_rows()).map(|at| Found {
            name: names.value(at).to_owned(),
            rows: rows.value(at).unsigned_abs(),
            of: of.value(at).unsigned_abs(),
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns that name an account, a region or a cluster, but not the one the log is of.
    const OF_OTHERS: [&str; 3] = ["user_account_id", "tgw_src_vpc_account_id", "tgw_dst_vpc_account_id"];

    #[test]
    fn every_table_of_events_is_divided() {
        for table in tables().filter(|table| table.name != sightings::NAME) {
            assert!(divisions(table).next().is_some(), "{}: nothing says where its events belong", table.name);
            for column in table.columns {
                let tells = ["cluster", "account_id", "region"].iter().any(|part| column.name.ends_with(part));
                let is_shown = divisions(table).any(|(_, name)| name == column.name);
                assert!(!tells || is_shown || OF_OTHERS.contains(&column.name), "{}.{}", table.name, column.name);
            }
        }
    }
}
