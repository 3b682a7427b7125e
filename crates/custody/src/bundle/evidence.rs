//! Puts rows into a bundle: the rows themselves, their raw records, where each came from, what in them looks like a
//! secret, and the source objects.
//!
//! Rows pass through in chunks of a fixed number, so neither memory nor the bytes that are written depend on how many
//! come at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use eksamine_sources::Table;
use parquet::arrow::ArrowWriter;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv;
use super::error::{Error, io as io_error};
use super::objects::{self, KnownObjects, ObjectFacts};
use super::provenance::{self, Taken};
use super::secrets::{self, Redactor, Secret};
use super::sightings::{self, Sighting};
use super::tables::{self, Records};
use super::write::{FileWriter, Writer};
use crate::digest::hex;

/// Whether secrets stay where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Redaction {
    /// They stay, and are listed.
    #[default]
    Keep,
    /// A mark with their hash stands in their place.
    Redact,
}

/// What evidence a bundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSummary {
    pub tables: Vec<TableRows>,
    /// Source objects of the rows.
    pub objects: u64,
    /// Those whose bytes are in the bundle.
    pub included_objects: u64,
    pub redaction: Redaction,
    /// What looks like a secret, by kind.
    pub secrets: BTreeMap<String, u64>,
    /// Further places of the archive where records of the rows lie.
    pub sightings: u64,
}

/// The rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRows {
    pub table: String,
    pub rows: u64,
    /// Rows in whose record something looks like a secret.
    pub rows_with_secrets: u64,
}

/// Rows that are written at a time.
pub(super) const CHUNK_ROWS: usize = 1_024;
/// Bytes of a row group in the making. One that is larger is closed early.
const GROUP_BYTES: usize = 64 << 20;

/// Writes the evidence of a bundle. What is not finished leaves its files unfinished, and so the bundle.
pub struct EvidenceWriter<'w> {
    writer: &'w Writer,
    redaction: Redaction,
    objects: Vec<ObjectFacts>,
    known: KnownObjects,
    included: BTreeSet<String>,
    provenance: FileWriter,
    secrets: FileWriter,
    sightings: FileWriter,
    open: Option<OpenTable>,
    summary: EvidenceSummary,
}

/// The files of the table that is being written.
struct OpenTable {
    table: &'static Table,
    parquet: ArrowWriter<FileWriter>,
    csv: FileWriter,
    raw: FileWriter,
    /// Rows that wait until they are enough for a chunk.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: TableRows,
}

impl<'w> EvidenceWriter<'w> {
    /// `objects` are all that the rows will name, by URI and hash.
    pub fn create(writer: &'w Writer, objects: Vec<ObjectFacts>, redaction: Redaction) -> Result<Self, Error> {
        let mut objects = objects;
        objects.sort();
        objects.dedup_by(|a, b| a.uri == b.uri && a.sha256 == b.sha256);
        if let Some(wrong) = objects.iter().find(|object| !objects::is_hash(&object.sha256)) {
            let reason = format!("`{}` is no SHA-256", wrong.sha256);
            return Err(Error::Rows { table: "objects".to_owned(), reason });
        }
        let list = objects.iter().map(|object| objects::line(object, None));
        let list: String = std::iter::once(objects::header()).chain(list).collect();
        let known = KnownObjects::read(&list).map_err(|line| Error::Rows {
            table: "objects".to_owned(),
            reason: format!("line {line} of their list can't be read back"),
        })?;
        let mut provenance = writer.file(provenance::NAME)?;
        put(&mut provenance, provenance::header().as_bytes())?;
        let mut secrets = writer.file(provenance::SECRETS)?;
        put(&mut secrets, provenance::secrets_header().as_bytes())?;
        let mut seen_elsewhere = writer.file(sightings::NAME)?;
        put(&mut seen_elsewhere, sightings::header().as_bytes())?;
        let summary = EvidenceSummary { objects: objects.len() as u64, redaction, ..EvidenceSummary::default() };
        Ok(Self {
            writer,
            redaction,
            objects,
            known,
            included: BTreeSet::new(),
            provenance,
            secrets,
            sightings: seen_elsewhere,
            open: None,
            summary,
        })
    }

    /// Writes rows of a table. The batch has all columns of the table under their names; tables come one after another
    /// in the order of [`eksamine_sources::SOURCES`].
    pub fn write(&mut self, table: &'static Table, batch: &RecordBatch) -> Result<(), Error> {
        let position = tables::position(table);
        let last = self.open.as_ref().map(|open| tables::position(open.table));
        if position == usize::MAX || last.is_some_and(|last| position < last) {
            let reason = "it has no records of its own, or its turn is over".to_owned();
            return Err(Error::Rows { table: table.name.to_owned(), reason });
        }
        if last != Some(position) {
            self.close()?;
            self.open = Some(OpenTable::create(self.writer, table)?);
        }
        let batch = tables::canonical(table, batch)?;
        let Some(open) = &mut self.open else { return Ok(()) };
        open.waiting_rows += batch.num_rows();
        open.waiting.push(batch);
        while let Some(chunk) = self.open.as_mut().and_then(|open| open.chunk(CHUNK_ROWS).transpose()) {
            self.chunk(&chunk?)?;
        }
        Ok(())
    }

    /// Writes a further place of the record of a row. They come in an order that does not depend on the moment, each once.
    pub fn sighting(&mut self, sighting: &Sighting<'_>) -> Result<(), Error> {
        self.summary.sightings += 1;
        put(&mut self.sightings, sightings::line(sighting).as_bytes())
    }

    /// Includes a source object, as it was fetched. One that is included already is passed over.
    ///
    /// # Errors
    /// If its bytes are not those that were read into the lake.
    pub fn object(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
        let found = hex(&Sha256::digest(bytes));
        if found != sha256 {
            return Err(Error::ObjectDiffers { expected: sha256.to_owned(), found });
        }
        if self.included.contains(sha256) {
            return Ok(());
        }
        let Some(path) = objects::path(sha256) else { return Err(Error::Path { path: sha256.to_owned() }) };
        let mut file = self.writer.file(&path)?;
        put(&mut file, bytes)?;
        file.finish()?;
        self.included.insert(found);
        Ok(())
    }

    /// Completes the files of the evidence and says what they hold.
    pub fn finish(mut self) -> Result<EvidenceSummary, Error> {
        self.close()?;
        self.provenance.finish()?;
        self.secrets.finish()?;
        self.sightings.finish()?;
        let mut list = self.writer.file(objects::NAME)?;
        put(&mut list, objects::header().as_bytes())?;
        for object in &self.objects {
            let is_included = self.included.contains(&object.sha256);
            let path = if is_included { objects::path(&object.sha256) } else { None };
            self.summary.included_objects += u64::from(is_included);
            put(&mut list, objects::line(object, path.as_deref()).as_bytes())?;
        }
        list.finish()?;
        Ok(self.summary)
    }

    fn close(&mut self) -> Result<(), Error> {
        while let Some(chunk) = self.open.as_mut().and_then(|open| open.chunk(1).transpose()) {
            self.chunk(&chunk?)?;
        }
        let Some(open) = self.open.take() else { return Ok(()) };
        open.parquet.into_inner()?.finish()?;
        open.csv.finish()?;
        open.raw.finish()?;
        self.summary.tables.push(open.rows);
        Ok(())
    }

    fn chunk(&mut self, chunk: &RecordBatch) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let found = found(open.table, chunk)?;
        let written = match self.redaction {
            Redaction::Redact => Cow::Owned(redacted(open.table, chunk, &found)?),
            Redaction::Keep => Cow::Borrowed(chunk),
        };
        let (before, after) = (Records::of(open.table, chunk)?, Records::of(open.table, &written)?);
        let taken = if self.redaction == Redaction::Redact { Taken::Out } else { Taken::Kept };
        let (mut line, mut lines, mut listed) = (String::new(), Vec::new(), String::new());
        for (row, found) in found.iter().enumerate() {
            open.rows.rows += 1;
            let number = open.rows.rows;
            let Some(object) = self.known.get(before.uri(row), before.sha256(row)) else {
                let reason = format!("the object `{}` of a row is not among the objects", before.uri(row));
                return Err(Error::Rows { table: open.table.name.to_owned(), reason });
            };
            line.clear();
            csv::row(&written, row, &mut line);
            put(&mut open.csv, line.as_bytes())?;
            line.clear();
            provenance::begin_line(open.table.name, number, &after, row, Some(object), &mut line);
            line.push_str(&provenance::raw_sha256(before.raw(row)));
            line.push('\n');
            put(&mut self.provenance, line.as_bytes())?;
            lines.clear();
            provenance::raw_line(&after, row, &mut lines).map_err(Error::Manifest)?;
            put(&mut open.raw, &lines)?;
            open.rows.rows_with_secrets += u64::from(!found.is_empty());
            for secret in found {
                *self.summary.secrets.entry(secret.kind.word().to_owned()).or_default() += 1;
                listed.push_str(&format!("{},{number},", open.table.name));
                provenance::secret_line(secret, taken, &mut listed);
            }
        }
        put(&mut self.secrets, listed.as_bytes())?;
        open.parquet.write(&written)?;
        if open.parquet.in_progress_size() > GROUP_BYTES {
            open.parquet.flush()?;
        }
        Ok(())
    }
}

impl OpenTable {
    fn create(writer: &Writer, table: &'static Table) -> Result<Self, Error> {
        let schema = table.arrow_schema();
        let mut csv = writer.file(&format!("rows/{}.csv", table.name))?;
        put(&mut csv, csv::header(&schema).as_bytes())?;
        Ok(Self {
            table,
            parquet: tables::writer(writer.file(&format!("rows/{}.parquet", table.name))?, schema)?,
            csv,
            raw: writer.file(&format!("raw/{}.ndjson", table.name))?,
            waiting: Vec::new(),
            waiting_rows: 0,
            rows: TableRows { table: table.name.to_owned(), ..TableRows::default() },
        })
    }

    /// Takes the next chunk of waiting rows, if at least so many wait.
    fn chunk(&mut self, least_rows: usize) -> Result<Option<RecordBatch>, Error> {
        if self.waiting_rows < least_rows.max(1) {
            return Ok(None);
        }
        let (chunk, rest) = first_rows(std::mem::take(&mut self.waiting), CHUNK_ROWS)?;
        self.waiting_rows -= chunk.num_rows();
        self.waiting = rest;
        Ok(Some(chunk))
    }
}

/// The first rows of some batches as one batch, and what is left of the batches. There is at least one.
pub(super) fn first_rows(batches: Vec<RecordBatch>, rows: usize) -> Result<(RecordBatch, Vec<RecordBatch>), Error> {
    let (mut taken, mut rest, mut missing) = (Vec::new(), Vec::new(), rows);
    for batch in batches {
        let part = batch.num_rows().min(missing);
        if part > 0 {
            taken.push(batch.slice(0, part));
        }
        if part < batch.num_rows() {
            rest.push(batch.slice(part, batch.num_rows() - part));
        }
        missing -= part;
    }
    let none = || Error::Rows { table: "answer".to_owned(), reason: "there are no rows".to_owned() };
    let schema = taken.first().ok_or_else(none)?.schema();
    Ok((concat_batches(&schema, &taken)?, rest))
}

/// For each row of a canonical batch what looks like a secret in its record.
pub(super) fn found(table: &Table, batch: &RecordBatch) -> Result<Vec<Vec<Secret>>, Error> {
    let records = Records::of(table, batch)?;
    Ok((0..batch.num_rows()).into_par_iter().map(|row| secrets::find(table, records.raw(row))).collect())
}

/// A canonical batch without the secrets that were found in the records of its rows.
pub(super) fn redacted(table: &Table, batch: &RecordBatch, found: &[Vec<Secret>]) -> Result<RecordBatch, Error> {
    let columns: Vec<_> = table.all_columns().collect();
    let redactors: Vec<Option<Redactor<'_>>> =
        found.iter().map(|secrets| (!secrets.is_empty()).then(|| Redactor::new(secrets))).collect();
    tables::with_texts(batch, &|column, row, text| {
        let (column, redactor) = (columns.get(column)?, redactors.get(row)?.as_ref()?);
        let redacted = match column.name {
            "raw" => secrets::redact(table, text),
            _ => redactor.cell(column, text),
        };
        match redacted {
            Cow::Borrowed(_) => None,
            Cow::Owned(redacted) => Some(redacted),
        }
    })
}

pub(super) fn put(file: &mut FileWriter, bytes: &[u8]) -> Result<(), Error> {
    file.write_all(bytes).map_err(|error| io_error("write", file.at())(error))
}
