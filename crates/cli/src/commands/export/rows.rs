//! The rows on their way from the lake into the bundle, where else their records lie, and the source objects after them.

use std::collections::BTreeMap;

use anyhow::Context;
use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use eksamine_custody::bundle::{EvidenceSummary, EvidenceWriter, ObjectFacts, Sighting, Writer};
use eksamine_query::evidence;
use futures::StreamExt;

use super::preview::texts;
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
    spinner.say(|| "writing sightings".to_owned());
    sightings(bundle, &mut evidence).await?;
    let missing = match &bundle.command.with_objects {
        Some(source) => {
            spinner.say(|| format!("fetching {}", counted(bundle.preview.objects.len() as u64, "object")));
            objects::fetch(&mut evidence, &bundle.preview.objects, source, &bundle.command.reading.s3).await?
        }
        None => Vec::new(),
    };
    Ok((evidence.finish()?, missing))
}

/// Writes where else in the archive the records of the rows lie.
async fn sightings(bundle: &Bundle<'_>, evidence: &mut EvidenceWriter<'_>) -> anyhow::Result<()> {
    let (session, chosen) = (&bundle.opened.session, &bundle.chosen);
    let mut carriers = objects::Carriers::default();
    let mut rows = chosen.sightings(session).await?.rows;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows)?;
        let (uris, hashes) = (texts(&batch, "carrier_uri")?, texts(&batch, "carrier_sha256")?);
        for (uri, hash) in uris.iter().zip(&hashes) {
            objects::count(&mut carriers, uri.unwrap_or_default(), hash.unwrap_or_default());
        }
    }
    if carriers.is_empty() {
        return Ok(());
    }
    let facts = objects::facts(session, &carriers).await?;
    let known: BTreeMap<(&str, &str), &ObjectFacts> =
        facts.iter().map(|object| ((object.uri.as_str(), object.sha256.as_str()), object)).collect();
    let mut rows = chosen.sightings(session).await?.rows;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(eksamine_query::Error::of_rows)?;
        let text = |name: &str| texts(&batch, name);
        let (tables, ids) = (text("table_name")?, text("event_id")?);
        let (uris, hashes) = (text("source_uri")?, text("source_sha256")?);
        let (carrier_uris, carrier_hashes) = (text("carrier_uri")?, text("carrier_sha256")?);
        let (records, carrier_records) = (numbers(&batch, "source_record")?, numbers(&batch, "carrier_record")?);
        for row in 0..batch.num_rows() {
            let place = (carrier_uris.value(row), carrier_hashes.value(row));
            let unknown = || format!("the lake does not know the object `{}` of a sighting", place.0);
            evidence.sighting(&Sighting {
                table: tables.value(row),
                event_id: ids.is_valid(row).then(|| ids.value(row)),
                row_uri: uris.value(row),
                row_sha256: hashes.value(row),
                row_record: records.value(row),
                object: known.get(&place).with_context(unknown)?,
                record: carrier_records.value(row),
            })?;
        }
    }
    Ok(())
}

fn numbers(batch: &RecordBatch, name: &str) -> anyhow::Result<Int64Array> {
    let column = batch.column_by_name(name).with_context(|| format!("there is no column `{name}`"))?;
    Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}
