//! Evidence bundles as whole files: sound ones are not blamed, of each tampering it is told what it was, and programs of
//! others agree.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Int64Type};
use eksamine_custody::Silent;
use eksamine_custody::bundle::{
    CheckReport, EvidenceWriter, Finding, FindingKind, Finished, Form, ObjectFacts, PublicKey, Redaction, Sighting,
    SigningKey, Statement, Writer, answer, check,
};
use eksamine_sources::cluster::ClusterMap;
use eksamine_sources::{Decoder, Limits, Object, SOURCES, Table};
use sha2::{Digest, Sha256};

mod archive;
mod keys;
mod lies;
mod secrets;
mod sound;
mod tampering;
mod witnesses;
mod zips;

fn signing_key() -> SigningKey {
    SigningKey::generate([7; 32]).unwrap()
}

fn public_key() -> PublicKey {
    signing_key().public()
}

/// The rows of some objects by table, as a lake would have them.
fn rows(objects: &[(String, Vec<u8>)]) -> Vec<(&'static Table, RecordBatch)> {
    let mut decoder = Decoder::default();
    let mut tables: BTreeMap<usize, Vec<RecordBatch>> = BTreeMap::new();
    for (uri, bytes) in objects {
        let (sha256, limits, clusters) = (sha256(bytes), Limits::default(), ClusterMap::default());
        let key = uri.strip_prefix("s3://example-logs/").unwrap();
        let object = Object { uri, key, sha256: &sha256, bytes, clusters: &clusters, limits: &limits };
        let outcome = decoder.decode(&object, &mut |_| {});
        assert_eq!(outcome.rejects, []);
        for rows in decoder.take() {
            let position = SOURCES.iter().position(|source| source.table().name == rows.table().name).unwrap();
            tables.entry(position).or_default().push(rows.expand().unwrap());
        }
    }
    let joined = |batches: &[RecordBatch]| concat_batches(&batches[0].schema(), batches).unwrap();
    tables.iter().map(|(position, batches)| (SOURCES[*position].table(), joined(batches))).collect()
}

fn sha256(bytes: &[u8]) -> String {
    eksamine_custody::digest::hex(&Sha256::digest(bytes))
}

/// How a bundle is made.
#[derive(Clone, Copy)]
struct Recipe {
    form: Form,
    redaction: Redaction,
    has_objects: bool,
    is_signed: bool,
    /// Rows that are handed over at a time.
    batch_rows: usize,
}

impl Recipe {
    const FOLDER: Self =
        Self { form: Form::Folder, redaction: Redaction::Keep, has_objects: true, is_signed: true, batch_rows: 1000 };
    const ZIP: Self = Self { form: Form::Zip, ..Self::FOLDER };

    fn write(self, target: &Path) -> Finished {
        self.write_of(&archive::objects(), target)
    }

    fn write_of(self, objects: &[(String, Vec<u8>)], target: &Path) -> Finished {
        let writer = Writer::create(target, self.form).unwrap();
        let facts = |(uri, bytes): &(String, Vec<u8>)| ObjectFacts {
            uri: uri.clone(),
            sha256: sha256(bytes),
            version: Some("-3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY".to_owned()),
            etag: Some("\"9b2cf535f27731c974343645a3985328\"".to_owned()),
            size_bytes: bytes.len() as u64,
            digest: uri.contains("/CloudTrail/").then(|| "valid".to_owned()),
        };
        let mut evidence =
            EvidenceWriter::create(&writer, objects.iter().map(facts).collect(), self.redaction).unwrap();
        let rows = rows(objects);
        for (table, batch) in &rows {
            for from in (0..batch.num_rows()).step_by(self.batch_rows) {
                evidence.write(table, &batch.slice(from, self.batch_rows.min(batch.num_rows() - from))).unwrap();
            }
        }
        if let [first, second, ..] = objects {
            sightings(&mut evidence, rows[0].0, &rows[0].1, &[facts(first), facts(second)]);
        }
        if self.has_objects {
            for (_, bytes) in objects {
                evidence.object(&sha256(bytes), bytes).unwrap();
            }
        }
        let evidence = evidence.finish().unwrap();
        let (_, calls) = &rows[0];
        let asked = calls.project(&[0, 2]).unwrap();
        answer::write(
            &writer,
            &asked.schema(),
            [Ok::<_, eksamine_custody::bundle::Error>(asked)].into_iter(),
            self.redaction,
        )
        .unwrap();
        writer.text("query.sql", "select event_time, event_name from cloudtrail\n").unwrap();
        writer.text("coverage.json", "{}\n").unwrap();
        writer.text("custody.html", "<!doctype html>\n<title>Chain of custody</title>\n").unwrap();
        let statement = Statement {
            exported_at: "2024-05-20T09:00:00Z".to_owned(),
            exporter: Some("Example Analyst".to_owned()),
            case_number: Some("2024-17".to_owned()),
            evidence,
            ..Statement::default()
        };
        let key = self.is_signed.then(signing_key);
        writer.finish(statement, key.as_ref()).unwrap()
    }
}

/// Says that the first rows were seen elsewhere too.
fn sightings(evidence: &mut EvidenceWriter<'_>, table: &'static Table, batch: &RecordBatch, objects: &[ObjectFacts]) {
    for (row, elsewhere) in [(0, 4), (0, 5), (1, 6)].into_iter().filter(|(row, _)| *row < batch.num_rows()) {
        let column = |name: &str| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
        let text = |name: &str| column(name).as_string::<i32>().value(row).to_owned();
        let (id, uri, sha256) = (text(table.identity[0]), text("source_uri"), text("source_sha256"));
        let records = batch.column_by_name("source_record").unwrap().as_primitive::<Int64Type>();
        let sighting = Sighting {
            table: table.name,
            event_id: Some(&id),
            row_uri: &uri,
            row_sha256: &sha256,
            row_record: records.value(row),
            object: objects.iter().find(|object| object.uri != uri).unwrap(),
            record: elsewhere,
        };
        evidence.sighting(&sighting).unwrap();
    }
}

/// Checks with the key that signs here.
fn checked(at: &Path) -> CheckReport {
    check(at, Some(&public_key()), &Silent).unwrap()
}

/// The kinds and paths of what was found.
fn told(report: &CheckReport) -> Vec<(FindingKind, &str)> {
    report.findings.iter().map(|finding: &Finding| (finding.kind, finding.path.as_str())).collect()
}

/// The files of a folder with their content, by path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Writes files into a new folder.
fn write_files(files: &BTreeMap<String, Vec<u8>>, root: &Path) {
    for (path, content) in files {
        let at = root.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, content).unwrap();
    }
}
