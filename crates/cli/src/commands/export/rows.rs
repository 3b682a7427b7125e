//! The rows on their way from the lake into the bundle, and the source objects after them.

use eksamine_custody::bundle::{EvidenceSummary, EvidenceWriter, Writer};
use eksamine_query::evidence;
use futures::StreamExt;

use super::{Bundle, objects};
use crate::numbers::{counted, grouped};
use crate::progress::Spinner;

/// Writes rows, raw records, provenance and, if asked for, objects. Gives a line for each object that is not in it.
pub async fn write(
    bundle: &Bundle<'_>,
    writer: &Writer,
    spinner: &Spinner,
) -> anyhow::Result<(EvidenceSummary, Vec<String>)> {
    let (mut written, all) = (0, grouped(bundle.preview.rows()));
    let facts = bundle.preview.objects.clone();
    let mut evidence = EvidenceWriter::create(writer, facts, bundle.command.redaction())?;
    let with_rows: Vec<&str> = bundle.preview.tables.iter().map(|count| count.table.name).collect();
    for table in evidence::tables().filter(|table| with_rows.contains(&table.name)) {
        let mut rows = bundle.chosen.rows(&bundle.opened.session, table).await?.rows;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(eksamine_query::Error::of_rows)?;
            evidence.write(table, &batch)?;
            written += batch.num_rows() as u64;
            spinner.say(|| format!("writing {} of {all} rows", grouped(written)));
        }
    }
    let missing = match &bundle.command.with_objects {
        Some(source) => {
            spinner.say(|| format!("fetching {}", counted(bundle.preview.objects.len() as u64, "object")));
            objects::fetch(&mut evidence, &bundle.preview.objects, source, &bundle.command.reading.s3).await?
        }
        None => Vec::new(),
    };
    Ok((evidence.finish()?, missing))
}
