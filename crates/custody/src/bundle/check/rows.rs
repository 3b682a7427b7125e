//! What the files of a bundle say of the same rows: Parquet, CSV, raw records, provenance, secrets. All are read side by
//! side, and what is not the same is told by row and column.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{RecordBatch, RecordBatchReader};
use eksamine_sources::Table;

use super::super::evidence::{EvidenceSummary, Redaction, TableRows};
use super::super::objects::{self, KnownObjects};
use super::super::provenance::{self, Taken};
use super::super::secrets::{self, MARK, Secret};
use super::super::tables::{self, Records};
use super::super::{csv, manifest::Manifest, sightings};
use super::changed;
use super::compare::Expected;
use super::derive::{self, Mark, Marks};
use super::sightings::Sightings;
use super::{Bundle, CheckReport, FindingKind};
use crate::progress::{Event, Progress};

/// Compares the rows and gives back what they have to be read anew.
pub fn check(bundle: &Bundle<'_>, progress: &dyn Progress, report: &mut CheckReport) -> Marks {
    let mut marks = Marks::default();
    let summary = &bundle.manifest.statement.evidence;
    expected_files(bundle.manifest, report);
    changed::of_objects(bundle, report);
    for table in summary.tables.iter().filter_map(|rows| tables::table(&rows.table)) {
        changed::of_table(bundle, table, report);
    }
    let Some(known) = known_objects(bundle, report) else { return marks };
    let mut shared = Shared::open(bundle, report);
    let mut seen = Sightings::read(bundle, report);
    progress.event(Event::Comparing { rows: summary.tables.iter().map(|rows| rows.rows).fold(0, u64::saturating_add) });
    let mut last = None;
    for rows in &summary.tables {
        let Some(table) = tables::table(&rows.table).filter(|table| last < Some(tables::position(table))) else {
            let detail = format!("the table {} is none, or stands in the wrong place", super::shown(Some(&rows.table)));
            report.find("manifest.json", FindingKind::Manifest, &detail);
            return marks;
        };
        last = Some(tables::position(table));
        let mut check = TableCheck {
            bundle,
            table,
            known: &known,
            rows: TableRows::default(),
            report,
            marks: &mut marks,
            sightings: &mut seen,
            progress,
        };
        // A library that reads Parquet may panic on bytes that were made to make it do so.
        let done = catch_unwind(AssertUnwindSafe(|| check.run(&mut shared)));
        let found = std::mem::take(&mut check.rows);
        match done {
            Ok(Ok(())) if found.rows != rows.rows || (shared.secrets.is_intact && found != *rows) => {
                let detail = format!(
                    "the manifest states {} rows of `{}`, {} with secrets, and there are {} and {}",
                    rows.rows, rows.table, rows.rows_with_secrets, found.rows, found.rows_with_secrets
                );
                report.find("manifest.json", FindingKind::Manifest, &detail);
            }
            Ok(Ok(())) => {}
            Ok(Err(Stop::Told)) => return marks,
            Ok(Err(Stop::Unreadable(why))) => {
                report.find(&format!("rows/{}.parquet", table.name), FindingKind::Unreadable, &why);
                return marks;
            }
            Err(_) => {
                let path = format!("rows/{}.parquet", table.name);
                report.find(&path, FindingKind::Unreadable, "it can't be read as Parquet");
                return marks;
            }
        }
    }
    shared.finish(summary, report);
    seen.finish(report);
    marks
}

/// Why a table was not compared to its end.
enum Stop {
    /// A file of it is not as listed, which was told.
    Told,
    Unreadable(String),
}

/// The files in the folders of the evidence have to be those of the tables that the manifest names, and no others.
fn expected_files(manifest: &Manifest, report: &mut CheckReport) {
    let of_table = |rows: &TableRows| {
        let name = &rows.table;
        [format!("rows/{name}.parquet"), format!("rows/{name}.csv"), format!("raw/{name}.ndjson")]
    };
    let mut expected: BTreeSet<String> = manifest.statement.evidence.tables.iter().flat_map(of_table).collect();
    expected.extend([provenance::NAME, provenance::SECRETS, objects::NAME, sightings::NAME].map(str::to_owned));
    for file in &manifest.files {
        let is_evidence = file.path.starts_with("rows/") || file.path.starts_with("raw/");
        if !expected.remove(&file.path) && is_evidence {
            report.find(&file.path, FindingKind::Manifest, "it is of no table that the manifest names");
        }
    }
    for path in expected {
        report.find(&path, FindingKind::Manifest, "the manifest does not list it");
    }
}

/// Reads the list of objects, and compares it with the objects that are included.
fn known_objects(bundle: &Bundle<'_>, report: &mut CheckReport) -> Option<KnownObjects> {
    let file = bundle.manifest.file(objects::NAME)?;
    bundle.section(objects::NAME)?;
    let list = bundle.tree.small(objects::NAME, file.bytes).ok().flatten()?;
    let known = match std::str::from_utf8(&list).map_err(|_| 1).and_then(KnownObjects::read) {
        Ok(known) => known,
        Err(line) => {
            report.find(objects::NAME, FindingKind::Unreadable, &format!("line {line} is no line of such a list"));
            return None;
        }
    };
    let mut listed = BTreeSet::new();
    for file in bundle.manifest.files.iter().filter(|file| file.path.starts_with("objects/")) {
        listed.insert(file.path.clone());
        if objects::path(&file.sha256).as_ref() != Some(&file.path) {
            report.find(&file.path, FindingKind::Object, "its content has another hash than its name");
        }
    }
    for path in known.included().symmetric_difference(&listed) {
        report.find(path, FindingKind::Disagrees, "objects.csv and the files of the bundle do not agree about it");
    }
    let summary = &bundle.manifest.statement.evidence;
    if known.len() as u64 != summary.objects || known.included_objects() != summary.included_objects {
        let detail = "it has another number of objects than the manifest states";
        report.find(objects::NAME, FindingKind::Disagrees, detail);
    }
    Some(known)
}

/// The files that all tables share.
struct Shared {
    provenance: Expected,
    secrets: Secrets,
    /// What was listed as a secret, by kind.
    kinds: BTreeMap<String, u64>,
}

impl Shared {
    fn open(bundle: &Bundle<'_>, report: &mut CheckReport) -> Self {
        let mut provenance = Expected::open(bundle.suspect(provenance::NAME));
        let mut secrets = Expected::open(bundle.suspect(provenance::SECRETS));
        for (path, file, header) in [
            (provenance::NAME, &mut provenance, provenance::header()),
            (provenance::SECRETS, &mut secrets, provenance::secrets_header()),
        ] {
            if file.expect(header.as_bytes()).is_err() {
                report.find(path, FindingKind::Disagrees, "it has another header");
            }
        }
        let is_intact = bundle.is_intact(provenance::SECRETS);
        let next = secrets.line();
        Self {
            provenance,
            secrets: Secrets { is_told: secrets.is_lost(), file: secrets, next, is_intact },
            kinds: BTreeMap::new(),
        }
    }

    fn finish(mut self, summary: &EvidenceSummary, report: &mut CheckReport) {
        if !self.provenance.is_at_end() {
            report.find(provenance::NAME, FindingKind::Disagrees, "it has lines that are of no row");
        }
        if !self.secrets.is_told && (self.secrets.next.is_some() || !self.secrets.file.is_at_end()) {
            report.find(provenance::SECRETS, FindingKind::Disagrees, "it has lines that are of no row");
        }
        if self.secrets.is_intact && self.kinds != summary.secrets {
            report.find("manifest.json", FindingKind::Manifest, "it counts other secrets than secrets.csv lists");
        }
    }
}

/// The list of secrets, line by line.
struct Secrets {
    file: Expected,
    next: Option<String>,
    /// Whether its bytes are those listed. Else its first difference is told, and nothing more of it believed.
    is_intact: bool,
    is_told: bool,
}

impl Secrets {
    /// The lines of a row, without table and row.
    fn of(&mut self, table: &str, number: u64) -> Vec<String> {
        let prefix = format!("{table},{number},");
        let mut lines = Vec::new();
        while let Some(rest) = self.next.as_ref().and_then(|line| line.strip_prefix(&prefix)) {
            lines.push(rest.to_owned());
            self.next = self.file.line();
        }
        lines
    }
}

/// A table whose files are compared.
struct TableCheck<'a> {
    bundle: &'a Bundle<'a>,
    table: &'static Table,
    known: &'a KnownObjects,
    rows: TableRows,
    report: &'a mut CheckReport,
    marks: &'a mut Marks,
    sightings: &'a mut Sightings,
    progress: &'a dyn Progress,
}

impl TableCheck<'_> {
    fn run(&mut self, shared: &mut Shared) -> Result<(), Stop> {
        let name = self.table.name;
        name.clone_into(&mut self.rows.table);
        let (csv_path, raw_path) = (format!("rows/{name}.csv"), format!("raw/{name}.ndjson"));
        let open = |path: &str| Expected::open(self.bundle.suspect(path));
        let (mut csv, mut raw) = (open(&csv_path), open(&raw_path));
        let parquet = self.bundle.section(&format!("rows/{name}.parquet")).ok_or(Stop::Told)?;
        let unreadable = |error: &dyn std::error::Error| Stop::Unreadable(error.to_string());
        let reader = tables::reader(parquet.clone()).map_err(|error| unreadable(&error))?;
        let schema = self.table.arrow_schema();
        if reader.schema().fields() != schema.fields() {
            return Err(Stop::Unreadable(format!("its columns are not those of `{name}`")));
        }
        if csv.expect(csv::header(&schema).as_bytes()).is_err() {
            self.report.find(&csv_path, FindingKind::Disagrees, "its header is not that of the Parquet file");
        }
        let (mut line, mut lines) = (String::new(), Vec::new());
        for batch in reader {
            let batch = batch.map_err(|error| unreadable(&error))?;
            let records = Records::of(self.table, &batch).map_err(|error| unreadable(&error))?;
            for row in 0..batch.num_rows() {
                self.rows.rows += 1;
                line.clear();
                csv::row(&batch, row, &mut line);
                if let Err(parting) = csv.expect(line.as_bytes()) {
                    let column = column_at(&batch, row, parting.at);
                    let detail = format!("row {}: column `{column}` is not that of the Parquet file", self.rows.rows);
                    self.report.find(&csv_path, FindingKind::Disagrees, &detail);
                }
                lines.clear();
                let written = provenance::raw_line(&records, row, &mut lines);
                if written.is_err() || raw.expect(&lines).is_err() {
                    let detail = format!("line {} is not the record of the row", self.rows.rows);
                    self.report.find(&raw_path, FindingKind::Disagrees, &detail);
                }
                self.row(shared, &batch, &records, row);
                self.sightings.see(name, &records, row);
            }
            self.progress.event(Event::Compared { rows: batch.num_rows() as u64 });
        }
        for (path, file) in [(&csv_path, &mut csv), (&raw_path, &mut raw)] {
            if !file.is_at_end() {
                self.report.find(path, FindingKind::Disagrees, "it has more rows than the Parquet file");
            }
        }
        self.report.rows += self.rows.rows;
        Ok(())
    }

    /// Secrets and provenance of a row.
    fn row(&mut self, shared: &mut Shared, batch: &RecordBatch, records: &Records<'_>, row: usize) {
        let number = self.rows.rows;
        let listed = shared.secrets.of(self.table.name, number);
        self.rows.rows_with_secrets += u64::from(!listed.is_empty());
        for line in &listed {
            let kind = line.rsplit(',').nth(3).unwrap_or_default();
            *shared.kinds.entry(kind.to_owned()).or_default() += 1;
        }
        let is_redacted = self.bundle.manifest.statement.evidence.redaction == Redaction::Redact;
        let found = secrets::find(self.table, records.raw(row));
        let made = if is_redacted { listed.clone() } else { derive::lines(&found, Taken::Kept) };
        if !shared.secrets.is_told {
            let is_wrong =
                if is_redacted { self.redacted(records.raw(row), &found, &listed) } else { self.kept(&made, &listed) };
            shared.secrets.is_told = is_wrong && !shared.secrets.is_intact;
        }

        let known = self.known.get(records.uri(row), records.sha256(row));
        if known.is_none() {
            let detail = format!("row {number} of `{}` is of an object that is not listed", self.table.name);
            self.report.find(objects::NAME, FindingKind::Disagrees, &detail);
        }
        let mut line = String::new();
        provenance::begin_line(self.table.name, number, records, row, known, &mut line);
        let was_lost = shared.provenance.is_lost();
        let parting = shared.provenance.expect(line.as_bytes()).err();
        let begins = parting.is_none();
        let stated = shared.provenance.line();
        let has_mark = !shared.secrets.is_intact && records.raw(row).contains(MARK);
        let is_touched = is_redacted && (!listed.is_empty() || has_mark);
        let own = provenance::raw_sha256(records.raw(row));
        // The hash of a record that was redacted is that of the record as it was; only its object can show that.
        let is_right =
            stated.as_ref().is_some_and(|stated| if is_touched { objects::is_hash(stated) } else { *stated == own });
        let is_same = begins && is_right;
        if !was_lost && !is_same {
            let column = provenance::column_at(&line, parting.map_or(line.len(), |parting| parting.at));
            let detail = format!("row {number} of `{}`: `{column}` is not that of the row", self.table.name);
            self.report.find(provenance::NAME, FindingKind::Disagrees, &detail);
        }
        // A row that was redacted can only be made again with the lines about it.
        let can_be_made = !is_touched || (shared.secrets.is_intact && stated.is_some());
        if let Some(known) = known.filter(|known| known.is_included && can_be_made) {
            let raw_sha256 = if is_touched { stated.unwrap_or(own) } else { own };
            let mark = Mark::of(self.table, batch, row, number, records.record(row), &made, &raw_sha256);
            self.marks.add(mark, known.number, records.uri(row), records.sha256(row));
        }
    }

    /// After a redaction nothing is found, and what is listed has its mark. Whether the list is wrong.
    fn redacted(&mut self, raw: &str, found: &[Secret], listed: &[String]) -> bool {
        let (table, number) = (self.table.name, self.rows.rows);
        if let Some(secret) = found.first() {
            let (kind, place) = (secret.kind.word(), super::shown(Some(&secret.place)));
            let detail = format!("row {number} of `{table}`: something at {place} still looks like {kind}");
            self.report.find(&format!("rows/{table}.parquet"), FindingKind::Secret, &detail);
        }
        let has_mark = |line: &String| {
            let mut cells = line.rsplit(',');
            let (taken, sha256) = (cells.next(), cells.next().unwrap_or_default());
            taken == Some("yes") && objects::is_hash(sha256) && raw.contains(&format!("{MARK}{sha256}]"))
        };
        let is_wrong = !listed.iter().all(has_mark);
        if is_wrong {
            let detail = format!("row {number} of `{table}`: a secret is listed whose mark is not in the record");
            self.report.find(provenance::SECRETS, FindingKind::Secret, &detail);
        }
        is_wrong
    }

    /// Without a redaction, what is found is listed. Whether the list is wrong.
    fn kept(&mut self, made: &[String], listed: &[String]) -> bool {
        let is_wrong = made != listed;
        if is_wrong {
            let (table, number) = (self.table.name, self.rows.rows);
            let detail = format!("row {number} of `{table}`: other secrets are listed than its record seems to hold");
            self.report.find(provenance::SECRETS, FindingKind::Secret, &detail);
        }
        is_wrong
    }
}

/// The column that the byte of a line belongs to.
fn column_at(batch: &RecordBatch, row: usize, byte: usize) -> String {
    let mut line = String::new();
    for (index, (column, field)) in batch.columns().iter().zip(batch.schema().fields()).enumerate() {
        csv::write(index, &csv::cell(column.as_ref(), row), batch.num_columns(), &mut line);
        if line.len() > byte {
            return field.name().clone();
        }
    }
    batch.schema().fields().last().map(|field| field.name().clone()).unwrap_or_default()
}
