//! The writer: takes rows in the order of time and writes the file at the end.
//!
//! Responsible for order, limits and counts. Rows are held as columns until [`ReportWriter::finish`], because the head
//! of the file says what is in it; a row costs some 50 bytes and whatever texts it has that no other had.

use std::io::Write;

use crate::columns::{Numbers, Texts, Times};
use crate::event::{Event, TEXT_COLUMNS};
use crate::page::{self, Contents, Element};
use crate::raw::{self, Raw};
use crate::report::Report;

/// How large a file may become by raw records, if nothing else is said.
pub const DEFAULT_FILE_BUDGET_BYTES: usize = 28_000_000;

/// A longer text is cut here, at a whole character, with a mark that says how much is missing.
pub const FIELD_LIMIT_BYTES: usize = 32 << 10;

/// A longer raw record is not included, whatever the budget.
pub const RAW_LIMIT_BYTES: usize = 1 << 20;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be written.
    #[error("the report could not be written")]
    Write(#[from] std::io::Error),
    /// Rows must come in the order of time, those without one last. A defect of the caller.
    #[error("row {row} of the report is earlier than the row before it")]
    OutOfOrder { row: u64 },
    /// A folded event came before any row. A defect of the caller.
    #[error("the report was given a folded event before any row")]
    MemberWithoutRow,
    /// A record was given for a row that was not. A defect of the caller.
    #[error("the report was given the record of row {row}, which it does not have")]
    NoSuchRow { row: u32 },
    /// A report has room for 2^32 - 2 rows.
    #[error("the report has no room for more rows")]
    TooManyRows,
}

/// What a finished report holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows of the timeline, and events folded into them that can be unfolded.
    pub rows: u64,
    pub members: u64,
    /// The events that the rows stand for.
    pub events: u64,
    /// How many raw records were offered, and how many are in the file.
    pub raw_offered: u64,
    pub raw_included: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// Makes one report.
pub struct ReportWriter {
    report: Report,
    texts: Vec<Texts>,
    times: Times,
    last_times: Times,
    counts: Numbers,
    records: Numbers,
    is_member: Numbers,
    file_budget_bytes: usize,
    raw: Raw,
    /// The rank of each row's record.
    ranks: Vec<u8>,
    rows: u32,
    members: u32,
    events: u64,
    last: Last,
}

#[derive(Clone, Copy)]
enum Last {
    Nothing,
    At(i64),
    WithoutTime,
}

impl ReportWriter {
    /// A report of up to [`DEFAULT_FILE_BUDGET_BYTES`].
    pub fn new(report: Report) -> Self {
        Self::with_file_budget(report, DEFAULT_FILE_BUDGET_BYTES)
    }

    /// A report in which raw records take what the rows leave of so many bytes, and at most two thirds; 0 leaves
    /// them out. Rows are never left out: they alone may make the file larger.
    pub fn with_file_budget(report: Report, file_budget_bytes: usize) -> Self {
        Self {
            report,
            texts: TEXT_COLUMNS.iter().map(|_| Texts::default()).collect(),
            times: Times::default(),
            last_times: Times::default(),
            counts: Numbers::default(),
            records: Numbers::default(),
            is_member: Numbers::default(),
            file_budget_bytes,
            raw: Raw::new(file_budget_bytes / 3 * 2),
            ranks: Vec::new(),
            rows: 0,
            members: 0,
            events: 0,
            last: Last::Nothing,
        }
    }

    /// Adds a row of the timeline.
    pub fn row(&mut self, event: &Event) -> Result<(), Error> {
        let is_in_order = match (self.last, event.time_micros) {
            (Last::Nothing, _) | (_, None) => true,
            (Last::At(last), Some(time)) => last <= time,
            (Last::WithoutTime, Some(_)) => false,
        };
        if !is_in_order {
            return Err(Error::OutOfOrder { row: u64::from(self.rows - self.members) + 1 });
        }
        self.last = event.time_micros.map_or(Last::WithoutTime, Last::At);
        self.events = self.events.saturating_add(event.count.unwrap_or(1));
        self.push(event, None)
    }

    /// Adds an event that the row added last stands for: the page shows it when that row is unfolded. It is counted
    /// by the row's `count`, not by itself. Members of one row come in the order of time.
    pub fn member(&mut self, event: &Event) -> Result<(), Error> {
        if matches!(self.last, Last::Nothing) {
            return Err(Error::MemberWithoutRow);
        }
        self.push(event, Some(1))?;
        self.members += 1;
        Ok(())
    }

    /// Whether the record of a row would still be taken. If not, nobody needs to fetch it: [`Self::skip_records`] counts it.
    /// Rows are numbered from 0 as they were added, members among them.
    pub fn takes_record(&self, row: u32) -> bool {
        self.ranks.get(row as usize).is_some_and(|rank| self.raw.takes(usize::from(*rank)))
    }

    /// Offers the record of a row that was added without it.
    pub fn record(&mut self, row: u32, record: &str) -> Result<(), Error> {
        let rank = *self.ranks.get(row as usize).ok_or(Error::NoSuchRow { row })?;
        if record.len() > RAW_LIMIT_BYTES {
            self.raw.refuse(1);
            return Ok(());
        }
        Ok(self.raw.offer(row, usize::from(rank), record)?)
    }

    /// Counts records that are there and were not fetched, since they would not be taken.
    pub fn skip_records(&mut self, number: u64) {
        self.raw.refuse(number);
    }

    /// Writes the file.
    pub fn finish(self, out: impl Write) -> Result<Written, Error> {
        let mut columns: Vec<(&'static str, Vec<u8>)> = vec![
            ("time", self.times.into_bytes()),
            ("last_time", self.last_times.into_bytes()),
            ("count", self.counts.into_bytes()),
            ("source_record", self.records.into_bytes()),
            ("member", self.is_member.into_bytes()),
        ];
        columns.extend(TEXT_COLUMNS.iter().zip(self.texts).map(|(column, texts)| (column.name, texts.into_bytes())));
        let mut columns = Element::pack_all(columns)?;
        let used_bytes = page::fixed_bytes() + columns.iter().map(Element::size_bytes).sum::<usize>();
        let raw_offered = self.raw.offered();
        let blocks = self.raw.finish(self.file_budget_bytes.saturating_sub(used_bytes))?;
        columns.push(Element::pack("raw", &page::places(&blocks, self.rows))?);
        let mut written = Written {
            rows: u64::from(self.rows - self.members),
            members: u64::from(self.members),
            events: self.events,
            raw_offered,
            raw_included: blocks.iter().map(|block| block.rows.len() as u64).sum(),
            bytes: 0,
        };
        let contents = Contents { report: &self.report, written, columns, blocks };
        written.bytes = page::write(out, contents)?;
        Ok(written)
    }

    fn push(&mut self, event: &Event, member: Option<i64>) -> Result<(), Error> {
        let row = self.rows;
        self.rows = row.checked_add(1).filter(|rows| *rows < u32::MAX).ok_or(Error::TooManyRows)?;
        for (column, texts) in TEXT_COLUMNS.iter().zip(&mut self.texts) {
            match (column.of)(event) {
                Some(text) if text.len() > FIELD_LIMIT_BYTES => texts.push(Some(&cut(text))),
                text => texts.push(text),
            }
        }
        self.times.push(event.time_micros);
        self.last_times.push(event.last_time_micros);
        self.counts.push(event.count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
        self.records.push(event.source_record);
        self.is_member.push(member);
        self.ranks.push(raw::rank(event.severity, member.is_some()) as u8);
        event.raw.map_or(Ok(()), |record| self.record(row, record))
    }
}

fn cut(text: &str) -> String {
    let kept = &text[..text.floor_char_boundary(FIELD_LIMIT_BYTES)];
    format!("{kept} … [{} more bytes stand in the source record]", text.len() - kept.len())
}
