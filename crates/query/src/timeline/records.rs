//! The records of a timeline's rows, read after the rows.
//!
//! Records are most of what a row weighs, and a report has room for some of them only. So its rows come without them and
//! are sorted and folded light; here is remembered where each record lies, and those that are wanted are read some
//! thousand at a time, in the order of time, straight from the parts. Not responsible for which are wanted.
//!
//! Invariant: a record given for a row is that of the row: object, version of the object and position are the same.
//! What is read at once takes little more than [`Limits`] say.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType, UInt32Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::scalar::ScalarValue;
use eksamine_sources::Table;
use futures::TryStreamExt;

use crate::error::Error;
use crate::evidence;
use crate::session::Session;

mod named;

use named::{NAME, Place, Wanted};

/// The tables of each plane.
const TABLES: [(&str, &str); 7] = [
    ("aws", "cloudtrail"),
    ("kubernetes", "k8s_audit"),
    ("kubernetes", "control_plane"),
    ("authenticator", "authenticator"),
    ("network", "vpc_flow"),
    ("finding", "guardduty"),
    ("finding", "cloudtrail_insight"),
];

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many records, if they are not too large.
    pub rows: usize,
    /// How many bytes of records; past it, half as many records are read, down to one.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 16_384, bytes: 128 << 20 }
    }
}

/// Where the records of a timeline's rows lie.
#[derive(Default)]
pub struct Records {
    limits: Limits,
    cluster: Option<String>,
    /// Names of planes, actions, actors, objects and versions of objects, each once.
    names: Arc<HashMap<Box<str>, u32>>,
    rows: Vec<Row>,
    /// The rows in the order of time, once somebody chose.
    order: Vec<u32>,
    /// How many in that order are read or passed over.
    done: usize,
    read: u64,
}

struct Row {
    time: Option<i64>,
    plane: u32,
    /// Names of action and actor: records that agree in them resemble each other.
    kind: (u32, u32),
    place: Place,
}

/// Positions of rows in the order of time.
pub struct Chosen(Vec<usize>);

/// Records that were read, those that resemble each other side by side: they compress to half of what they do in the
/// order of time.
#[derive(Default)]
pub struct ReadRecords {
    text: String,
    /// Row, and where its record is in the text.
    records: Vec<(u32, std::ops::Range<usize>)>,
}

impl ReadRecords {
    /// Each row, by its number, and its record.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.records.iter().filter_map(|(row, range)| Some((*row, self.text.get(range.clone())?)))
    }
}

/// Why records were not read.
enum Stopped {
    TooLarge,
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Records {
    /// The records of a timeline of a cluster, or of everything.
    pub fn of(cluster: Option<String>) -> Self {
        Self { cluster, ..Self::default() }
    }

    /// The same, read by so many at once.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Takes rows with [`Details::Version`](super::Details::Version). Rows are numbered from 0 as they come.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let (times, numbers) = (column(batch, "time", &instant)?, column(batch, "source_record", &DataType::Int64)?);
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let numbers = numbers.as_primitive::<Int64Type>();
        let [planes, actions, actors, uris, versions] =
            ["plane", "action", "actor", "source_uri", "source_sha256"].map(|name| texts(batch, name));
        let (planes, actions, actors, uris, versions) = (planes?, actions?, actors?, uris?, versions?);
        for row in 0..batch.num_rows() {
            let place = Place {
                uri: self.name(text(&uris, row))?,
                version: self.name(text(&versions, row))?,
                record: numbers.value(row),
            };
            let time = times.is_valid(row).then(|| times.value(row));
            let plane = self.name(text(&planes, row))?;
            let kind = (self.name(text(&actions, row))?, self.name(text(&actors, row))?);
            self.rows.push(Row { time, plane, kind, place });
        }
        Ok(())
    }

    fn name(&mut self, name: &str) -> Result<u32, Error> {
        if let Some(at) = self.names.get(name) {
            return Ok(*at);
        }
        let names = Arc::make_mut(&mut self.names);
        let at = u32::try_from(names.len()).map_err(|_| Error::too_much("more objects than can be told apart"))?;
        names.insert(name.into(), at);
        Ok(at)
    }

    /// How many records were not read.
    pub fn unread(&self) -> u64 {
        self.rows.len() as u64 - self.read
    }

    /// The next rows whose records are to be read at once, of those wanted; none at the end.
    pub fn choose(&mut self, is_wanted: impl Fn(u32) -> bool) -> Option<Chosen> {
        if self.order.len() < self.rows.len() {
            let mut order: Vec<u32> = (0..).take(self.rows.len()).collect();
            // Rows without a time come last.
            order.sort_by_key(|row| self.rows.get(*row as usize).map(|row| (row.time.is_none(), row.time)));
            self.order = order;
        }
        let left = self.order.iter().enumerate().skip(self.done);
        let chosen: Vec<usize> =
            left.filter(|(_, row)| is_wanted(**row)).map(|(at, _)| at).take(self.limits.rows).collect();
        (!chosen.is_empty()).then_some(Chosen(chosen))
    }

    /// Reads the records of chosen rows, or so many of them as are not too large at once. The others are chosen again.
    pub async fn read(&mut self, session: &Session, chosen: Chosen) -> Result<ReadRecords, Error> {
        let mut positions = chosen.0.as_slice();
        let mut read = loop {
            let rows: Vec<u32> = positions.iter().filter_map(|at| self.order.get(*at).copied()).collect();
            match self.of_rows(session, &rows).await {
                Ok(read) => break read,
                Err(Stopped::Failed(error)) => return Err(error),
                Err(Stopped::TooLarge) => positions = positions.get(..positions.len().div_ceil(2)).unwrap_or(&[]),
            }
        };
        self.done = positions.last().map_or(self.done, |last| last + 1);
        self.read += positions.len() as u64;
        read.records.sort_by_key(|(row, _)| (self.row(*row).kind, *row));
        Ok(read)
    }

    async fn of_rows(&self, session: &Session, rows: &[u32]) -> Result<ReadRecords, Stopped> {
        let wanted: HashMap<Place, u32> = rows.iter().map(|row| (self.row(*row).place, *row)).collect();
        let wanted = Arc::new(Wanted { names: Arc::clone(&self.names), rows: wanted });
        let mut read = ReadRecords::default();
        let mut found = 0;
        for (plane, name) in TABLES {
            let Some(table) = evidence::tables().find(|table| table.name == name) else { continue };
            let Some(plane) = self.names.get(plane) else { continue };
            let times: Vec<Option<i64>> =
                rows.iter().map(|row| self.row(*row)).filter(|row| row.plane == *plane).map(|row| row.time).collect();
            if !times.is_empty() {
                found += self.of_table(session, table, times, &wanted, &mut read).await?;
            }
        }
        match wanted.rows.len().abs_diff(found) {
            0 => Ok(read),
            missing => Err(Error::too_much(&format!("{missing} records of a timeline were not found again")).into()),
        }
    }

    /// Adds the records that lie in one table and at these times, and says how many there are, those that are null among
    /// them.
    async fn of_table(
        &self,
        session: &Session,
        table: &Table,
        mut times: Vec<Option<i64>>,
        wanted: &Arc<Wanted>,
        read: &mut ReadRecords,
    ) -> Result<usize, Stopped> {
        let (mut conditions, mut parameters) = (Vec::new(), Vec::new());
        times.sort_unstable();
        let undated = times.partition_point(Option::is_none);
        if let (Some(Some(first)), Some(Some(last))) = (times.get(undated), times.last()) {
            let or_undated = if undated > 0 { " OR event_time IS NULL" } else { "" };
            conditions.push(format!("(event_time BETWEEN $first AND $last{or_undated})"));
            for (name, time) in [("first", *first), ("last", *last)] {
                let time = ScalarValue::TimestampMicrosecond(Some(time), Some("UTC".into()));
                parameters.push((name.to_owned(), time));
            }
        } else {
            conditions.push("event_time IS NULL".to_owned());
        }
        if let Some(cluster) = self.cluster.as_ref().filter(|_| table.by_cluster) {
            conditions.push("cluster = $cluster".to_owned());
            parameters.push(("cluster".to_owned(), ScalarValue::from(cluster.as_str())));
        }
        let row = format!("{NAME}(source_uri, source_sha256, source_record)");
        let sql = format!(
            "SELECT {row} AS row, raw FROM \"{}\" WHERE {} AND {row} IS NOT NULL",
            table.name,
            conditions.join(" AND ")
        );
        session.context().register_udf(named::function(Arc::clone(wanted)));
        // The plan holds the function; the name is free again for others.
        let answer = session.sql(&sql, parameters).await;
        session.context().deregister_udf(NAME);
        let mut batches = answer?.rows;
        let mut found = 0;
        while let Some(batch) = batches.try_next().await.map_err(Error::of_rows)? {
            found += batch.num_rows();
            let (rows, raws) = (column(&batch, "row", &DataType::UInt32)?, texts(&batch, "raw")?);
            for (row, raw) in rows.as_primitive::<UInt32Type>().iter().zip(&raws) {
                let (Some(row), Some(raw)) = (row, raw) else { continue };
                let begin = read.text.len();
                read.text.push_str(raw);
                read.records.push((row, begin..read.text.len()));
            }
            if read.text.len() > self.limits.bytes && wanted.rows.len() > 1 {
                return Err(Stopped::TooLarge);
            }
        }
        Ok(found)
    }

    fn row(&self, row: u32) -> &Row {
        const NONE: Row =
            Row { time: None, plane: u32::MAX, kind: (0, 0), place: Place { uri: 0, version: 0, record: 0 } };
        self.rows.get(row as usize).unwrap_or(&NONE)
    }
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, Error> {
    let column = batch.column_by_name(name);
    let column = column.ok_or_else(|| Error::too_much(&format!("records of a timeline without `{name}`")))?;
    cast(column, kind).map_err(|error| Error::of_rows(error.into()))
}

fn texts(batch: &RecordBatch, name: &str) -> Result<StringViewArray, Error> {
    Ok(column(batch, name, &DataType::Utf8View)?.as_string_view().clone())
}

fn text(texts: &StringViewArray, row: usize) -> &str {
    if texts.is_valid(row) { texts.value(row) } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_events_is_looked_through() {
        let mut known: Vec<&str> = TABLES.iter().map(|(_, table)| *table).collect();
        let mut all: Vec<&str> = evidence::tables().map(|table| table.name).collect();
        known.sort_unstable();
        all.sort_unstable();
        assert_eq!(known, all);
    }
}
