//! The HTML report: one file that holds a timeline and the page to read it with, made by `eksamine-web`.
//!
//! Responsible for turning rows with a timeline's columns into the report's events. What the report says of itself
//! comes from the command (`commands::timeline`); other commands have no such rows and are refused.

use std::collections::HashMap;
use std::io;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use eksamine_query::timeline::ReadRecords;
use eksamine_web::{Event, Report, ReportWriter, TEXT_COLUMNS, TextColumn};

use super::{Options, Output, RowWriter, Summary};
use crate::numbers::{bytes, counted};

/// Refuses: a report is made of a timeline.
pub fn open(_: SchemaRef, _: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    let text = "an HTML report is made of a timeline: `eksamine timeline CLUSTER --format html --output FILE`";
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
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

    /// Takes rows with a timeline's columns, and their records where they have a column `raw`.
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

    /// Whether the record of a row would be taken. Rows are numbered from 0 as they came.
    pub fn takes_record(&self, row: u32) -> bool {
        self.report.takes_record(row)
    }

    /// Takes records that did not come with their rows.
    pub fn records(&mut self, read: &ReadRecords) -> io::Result<()> {
        read.iter().try_for_each(|(row, record)| self.report.record(row, record).map_err(as_io))
    }

    /// Counts records that were not read, since they would not be taken.
    pub fn skip_records(&mut self, number: u64) {
        self.report.skip_records(number);
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
    identity: Option<StringViewArray>,
    raw: Option<StringViewArray>,
    /// The columns of the report that the batch has.
    texts: Vec<(&'static TextColumn, StringViewArray)>,
}

impl Columns {
    fn of(batch: &RecordBatch) -> io::Result<Self> {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let column = |name: &str, kind: &DataType| -> io::Result<Option<ArrayRef>> {
            batch.column_by_name(name).map(|column| cast(column, kind)).transpose().map_err(io::Error::other)
        };
        let text = |name: &str| -> io::Result<Option<StringViewArray>> {
            Ok(column(name, &DataType::Utf8View)?.map(|column| column.as_string_view().clone()))
        };
        let texts = TEXT_COLUMNS.iter().map(|column| Ok(text(column.name)?.map(|texts| (column, texts))));
        Ok(Self {
            time: column("time", &instant)?,
            last_time: column("last_time", &instant)?,
            count: column("count", &DataType::Int64)?,
            source_record: column("source_record", &DataType::Int64)?,
            member: column("member", &DataType::Boolean)?.map(|column| column.as_boolean().clone()),
            identity: text("identity")?,
            raw: text("raw")?,
            texts: texts.filter_map(io::Result::transpose).collect::<io::Result<_>>()?,
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
        let text = |texts: &'a Option<StringViewArray>| {
            let texts = texts.as_ref()?;
            texts.is_valid(row).then(|| texts.value(row))
        };
        let [chain, candidates, related] = chains.of(text(&self.identity));
        let mut event = Event {
            time_micros: instant(&self.time),
            last_time_micros: instant(&self.last_time),
            count: number(&self.count).and_then(|count| u64::try_from(count).ok()),
            source_record: number(&self.source_record),
            chain,
            candidates,
            related,
            raw: text(&self.raw),
            ..Event::default()
        };
        for (column, texts) in &self.texts {
            if texts.is_valid(row) {
                (column.set)(&mut event, texts.value(row));
            }
        }
        event
    }
}
