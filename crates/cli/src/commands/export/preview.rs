//! What a bundle will hold, counted before it is written and told: rows, their time, the objects they were read from
//! with their verdicts, and what looks like a secret.

use std::collections::BTreeMap;

use anyhow::Context;
use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use eksamine_custody::bundle::secrets::{self, Secret};
use eksamine_custody::bundle::{ObjectFacts, Redaction};
use eksamine_query::evidence::{self, Chosen};
use eksamine_query::{Error, Session};
use eksamine_sources::Table;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{Command, objects, words};
use crate::numbers::{counted, grouped};
use crate::printing::tell;
use crate::progress::Spinner;
use crate::terminal::sanitise;

/// What a bundle will hold.
pub struct Preview {
    /// Of each table with a row in it, in the order of the sources.
    pub tables: Vec<TableCount>,
    /// Of each kind of secret, how many there are.
    pub secrets: BTreeMap<String, u64>,
    /// What was found, each value once; kept only where it is to be redacted.
    pub secret_values: Vec<Secret>,
    /// The objects that rows name, by URI and hash.
    pub objects: Vec<ObjectFacts>,
    /// By verdict: objects and rows.
    pub verdicts: BTreeMap<String, (u64, u64)>,
}

/// The rows of one table.
pub struct TableCount {
    pub table: &'static Table,
    pub rows: u64,
    /// Microseconds since 1970 of the first and the last event with a time.
    pub span: Option<(i64, i64)>,
    /// Rows without a time that could be read.
    pub undated: u64,
}

impl Preview {
    pub async fn of(
        session: &Session,
        chosen: &Chosen,
        redaction: Redaction,
        spinner: &Spinner,
    ) -> anyhow::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (mut tables, mut secrets) = (Vec::new(), BTreeMap::new());
        let (mut carriers, mut values) = (BTreeMap::new(), BTreeMap::new());
        for table in evidence::tables() {
            let mut count = TableCount { table, rows: 0, span: None, undated: 0 };
            let records = chosen.records(session, table).await?.rows;
            let mut looked =
                records.map(|batch| looked_through(table, batch.map_err(Error::of_rows))).buffered(threads);
            while let Some(looked) = looked.next().await {
                let (batch, found) = looked?;
                count.rows += batch.num_rows() as u64;
                spinner.say(|| format!("looking through {} of {}", counted(count.rows, "row"), table.name));
                count.widen(&batch)?;
                for secret in found {
                    *secrets.entry(secret.kind.word().to_owned()).or_default() += 1;
                    if redaction == Redaction::Redact {
                        values.entry(secret.sha256.clone()).or_insert(secret);
                    }
                }
                let (uris, hashes) = (texts(&batch, "source_uri")?, texts(&batch, "source_sha256")?);
                for (uri, hash) in uris.iter().zip(&hashes) {
                    let (uri, hash) = (uri.unwrap_or_default(), hash.unwrap_or_default());
                    objects::count(&mut carriers, uri, hash);
                }
            }
            if count.rows > 0 {
                tables.push(count);
            }
        }
        let objects = objects::facts(session, &carriers).await?;
        let verdicts = objects::verdicts(&objects, &carriers);
        Ok(Self { tables, secrets, secret_values: values.into_values().collect(), objects, verdicts })
    }

    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|count| count.rows).sum()
    }

    /// The times of the first and the last event.
    pub fn span(&self) -> Option<(i64, i64)> {
        let spans = self.tables.iter().filter_map(|count| count.span);
        spans.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
    }

    pub fn has_undated(&self) -> bool {
        self.tables.iter().any(|count| count.undated > 0)
    }

    pub fn secrets_found(&self) -> u64 {
        self.secrets.values().sum()
    }

    pub fn verdicts_as_json(&self) -> Value {
        let counts = self.verdicts.iter();
        counts.map(|(word, (objects, rows))| (word.clone(), json!({"objects": objects, "rows": rows}))).collect()
    }

    /// Says on standard error what the bundle will hold, before it is written.
    pub fn tell(&self, command: &Command) {
        let held: Vec<String> =
            self.tables.iter().map(|count| format!("{} of {}", grouped(count.rows), count.table.name)).collect();
        tell(&format!("the bundle will hold {}: {}", counted(self.rows(), "row"), held.join(", ")));
        if let Some((first, last)) = self.span() {
            tell(&format!("  events from {} to {}", words::moment(first), words::moment(last)));
        }
        let verdicts: Vec<String> = self
            .verdicts
            .iter()
            .map(|(word, (objects, _))| format!("{} {}", grouped(*objects), words::plain(word)))
            .collect();
        let objects = counted(self.objects.len() as u64, "object");
        tell(&sanitise(&format!(
            "  read from {objects} of the archive; by CloudTrail's digests: {}",
            verdicts.join(", ")
        )));
        tell(&sanitise(&self.of_secrets(command)));
        if command.key.is_none() {
            tell("  it will not be signed: `--key` signs it, `eksamine export --new-key FILE` makes a key");
        }
    }

    fn of_secrets(&self, command: &Command) -> String {
        let kinds: Vec<String> =
            self.secrets.iter().map(|(kind, found)| format!("{} {}", grouped(*found), words::plain(kind))).collect();
        let kinds = kinds.join(", ");
        match (self.secrets_found(), command.redact) {
            (0, _) => "  nothing in it looks like a secret".to_owned(),
            (found, true) => {
                format!("  {} like a secret and will be redacted ({kinds})", of_values(found))
            }
            (found, false) => format!(
                "  {} like a secret ({kinds}), and whoever gets the bundle gets them: `--redact` puts a \
                 hash in its place",
                of_values(found)
            ),
        }
    }
}

/// Looks through the records of a batch, beside the reading of the next.
async fn looked_through(
    table: &'static Table,
    batch: Result<RecordBatch, Error>,
) -> anyhow::Result<(RecordBatch, Vec<Secret>)> {
    let batch = batch?;
    let raws = texts(&batch, "raw")?;
    let find = move || raws.iter().flatten().flat_map(|raw| secrets::find(table, raw)).collect();
    let found = tokio::task::spawn_blocking(find).await.context("the search for secrets ended unexpectedly")?;
    Ok((batch, found))
}

/// `1 value looks`, `2 values look`: the beginning of a sentence.
fn of_values(number: u64) -> String {
    format!("{} look{}", counted(number, "value"), if number == 1 { "s" } else { "" })
}

impl TableCount {
    fn widen(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let Some(times) = batch.column_by_name("event_time") else { return Ok(()) };
        let times = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
        self.undated += times.null_count() as u64;
        for time in times.as_primitive::<TimestampMicrosecondType>().iter().flatten() {
            self.span = Some(self.span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        }
        Ok(())
    }
}

/// A column of text; of one that is not there all are none.
pub fn texts(batch: &RecordBatch, name: &str) -> anyhow::Result<StringViewArray> {
    let Some(column) = batch.column_by_name(name) else {
        return Ok(StringViewArray::new_null(batch.num_rows()));
    };
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}
