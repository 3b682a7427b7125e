//! The HTML report: one file that holds a timeline and the page to read it with, made by `eksamine-web`.
//!
//! Responsible for turning rows with a timeline's columns into the report's events. What the report says of itself
//! comes from the command (`commands::timeline`); other commands have no such rows and are refused.

use std::collections::HashMap;
use std::io;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use eksamine_web::{Event, Report, ReportWriter};

use super::{Options, Output, RowWriter, Summary};
use crate::numbers::{bytes, counted};

/// Refuses: a report is made of a timeline.
pub fn open(_: SchemaRef, _: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    let text = "an HTML report is made of a timeline: `eksamine timeline CLUSTER --format html --output FILE`";
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// Opens a report of a timeline's rows, with the chains that their identities lead to.
pub fn open_report(report: Report, chains: Chains, output: Output) -> Box<dyn RowWriter> {
    Box::new(HtmlWriter { rows: Some(ReportRows::new(report, chains)), output })
}

/// What stands behind each identity: chain, candidates and opportunities, as JSON.
#[derive(Default)]
pub struct Chains {
    batches: Vec<[StringViewArray; 3]>,
    /// Batch and row of an identity.
    places: HashMap<String, (usize, usize)>,
}

impl Chains {
    /// Adds rows of `identity, chain, candidates, related`.
    pub fn add(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let text = |at: usize| -> io::Result<StringViewArray> {
            let column = cast(batch.column(at), &DataType::Utf8View).map_err(io::Error::other)?;
            Ok(column.as_string_view().clone())
        };
        let places =
            text(0)?.iter().enumerate().filter_map(|(row, name)| Some((name?.to_owned(), row))).collect::<Vec<_>>();
        let batch = self.batches.len();
        self.places.extend(places.into_iter().map(|(name, row)| (name, (batch, row))));
        self.batches.push([text(1)?, text(2)?, text(3)?]);
        Ok(())
    }

    fn of(&self, identity: Option<&str>) -> [Option<&str>; 3] {
        let place = identity.and_then(|identity| self.places.get(identity));
        let Some((texts, row)) = place.and_then(|(batch, row)| Some((self.batches.get(*batch)?, *row))) else {
            return [None; 3];
        };
        texts.each_ref().map(|column| column.is_valid(row).then(|| column.value(row)))
    }
}

/// The rows of a report that is being made, and the chains that their identities lead to.
pub struct ReportRows {
    report: ReportWriter,
    chains: Chains,
    rows: u64,
}

impl ReportRows {
    pub fn new(report: Report, chains: Chains) -> Self {
        Self { report: ReportWriter::new(report), chains, rows: 0 }
    }

    /// Takes rows with a timeline's columns.
    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::of(batch)?;
        for row in 0..batch.num_rows() {
            if columns.is_member(row) {
                self.report.member(&columns.event(row, &self.chains)).map_err(as_io)?;
            } else {
                self.report.row(&columns.event(row, &self.chains)).map_err(as_io)?;
                self.rows += 1;
            }
        }
        Ok(())
    }

    /// Writes the file.
    pub fn finish(self, output: &mut impl io::Write) -> io::Result<Summary> {
        let written = self.report.finish(&mut *output).map_err(as_io)?;
        let mut notices = Vec::new();
        if written.raw_included < written.raw_offered {
            notices.push(format!(
                "the report holds {} of {} raw records, the most severe first; of the others it says where they lie",
                written.raw_included, written.raw_offered
            ));
        }
        notices.push(format!("{} of {}", bytes(written.bytes), counted(written.events, "event")));
        output.flush()?;
        Ok(Summary { rows: self.rows, notices })
    }
}

struct HtmlWriter {
    /// Taken when it is finished.
    rows: Option<ReportRows>,
    output: Output,
}

impl RowWriter for HtmlWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.rows.as_mut().map_or(Ok(()), |rows| rows.batch(batch))
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.rows.take().map_or_else(|| Ok(Summary::default()), |rows| rows.finish(&mut self.output))
    }
}

fn as_io(error: eksamine_web::Error) -> io::Error {
    match error {
        eksamine_web::Error::Write(error) => error,
        other => io::Error::other(other),
    }
}

/// The columns of a batch of a timeline; those it lacks are none.
struct Columns {
    time: Option<ArrayRef>,
    last_time: Option<ArrayRef>,
    count: Option<ArrayRef>,
    source_record: Option<ArrayRef>,
    /// True for an event that the row before it stands for.
    member: Option<BooleanArray>,
    texts: Vec<Option<StringViewArray>>,
}

/// The columns of text, in the order of [`Columns::event`].
const TEXTS: [&str; 27] = [
    "plane",
    "cluster",
    "actor",
    "actor_kind",
    "via",
    "confidence",
    "action",
    "target",
    "namespace",
    "outcome",
    "address",
    "user_agent",
    "severity",
    "category",
    "technique",
    "summary",
    "reason",
    "reason_confidence",
    "first_seen",
    "access_key_id",
    "identity",
    "account_id",
    "region",
    "event_id",
    "stage",
    "source_uri",
    "raw",
];

impl Columns {
    fn of(batch: &RecordBatch) -> io::Result<Self> {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let column = |name: &str, kind: &DataType| -> io::Result<Option<ArrayRef>> {
            batch.column_by_name(name).map(|column| cast(column, kind)).transpose().map_err(io::Error::other)
        };
        let text = |name: &&str| -> io::Result<Option<StringViewArray>> {
            Ok(column(name, &DataType::Utf8View)?.map(|column| column.as_string_view().clone()))
        };
        Ok(Self {
            time: column("time", &instant)?,
            last_time: column("last_time", &instant)?,
            count: column("count", &DataType::Int64)?,
            source_record: column("source_record", &DataType::Int64)?,
            member: column("member", &DataType::Boolean)?.map(|column| column.as_boolean().clone()),
            texts: TEXTS.iter().map(text).collect::<io::Result<_>>()?,
        })
    }

    fn is_member(&self, row: usize) -> bool {
        self.member.as_ref().is_some_and(|column| column.is_valid(row) && column.value(row))
    }

    fn event<'a>(&'a self, row: usize, chains: &'a Chains) -> Event<'a> {
        let instant = |column: &Option<ArrayRef>| {
            let column = column.as_ref()?.as_primitive::<TimestampMicrosecondType>();
            column.is_valid(row).then(|| column.value(row))
        };
        let number = |column: &Option<ArrayRef>| {
            let column = column.as_ref()?.as_primitive::<Int64Type>();
            column.is_valid(row).then(|| column.value(row))
        };
        let text = |name: &str| {
            let at = TEXTS.iter().position(|column| *column == name)?;
            let column = self.texts.get(at)?.as_ref()?;
            column.is_valid(row).then(|| column.value(row))
        };
        let [chain, candidates, related] = chains.of(text("identity"));
        Event {
            time_micros: instant(&self.time),
            last_time_micros: instant(&self.last_time),
            count: number(&self.count).and_then(|count| u64::try_from(count).ok()),
            source_record: number(&self.source_record),
            plane: text("plane"),
            cluster: text("cluster"),
            actor: text("actor"),
            actor_kind: text("actor_kind"),
            via: text("via"),
            confidence: text("confidence"),
            action: text("action"),
            target: text("target"),
            namespace: text("namespace"),
            outcome: text("outcome"),
            address: text("address"),
            user_agent: text("user_agent"),
            severity: text("severity"),
            category: text("category"),
            technique: text("technique"),
            summary: text("summary"),
            reason: text("reason"),
            reason_confidence: text("reason_confidence"),
            first_seen: text("first_seen"),
            access_key_id: text("access_key_id"),
            identity: text("identity"),
            account_id: text("account_id"),
            region: text("region"),
            event_id: text("event_id"),
            stage: text("stage"),
            source_uri: text("source_uri"),
            chain,
            candidates,
            related,
            raw: text("raw"),
        }
    }
}
