//! One log of one account, region and cluster, and how many events it has in each hour.

use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;

use super::finding::{numbers, texts, times};

pub const HOUR_MICROS: i64 = 3_600_000_000;

/// A log as it lies in the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// The table, or the component of a control plane.
    pub source: String,
    pub cluster: Option<String>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    /// Events of the hours that have any; an hour is named by its beginning, in microseconds since 1970.
    pub hours: BTreeMap<i64, i64>,
    /// Events without a readable time.
    pub undated: i64,
    pub truncated: i64,
}

impl Stream {
    pub fn events(&self) -> i64 {
        self.hours.values().sum::<i64>() + self.undated
    }

    /// From the beginning of the first hour with an event to the end of the last.
    pub fn span_micros(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.hours.keys().next()?, self.hours.keys().next_back()?);
        Some((*first, last + HOUR_MICROS))
    }

    /// Hours without an event within the span.
    pub fn silent_hours(&self) -> i64 {
        self.span_micros().map_or(0, |(first, end)| (end - first) / HOUR_MICROS - self.hours.len() as i64)
    }
}

/// Source, cluster, account and region, in the order in which streams are shown.
type Place = (String, Option<String>, Option<String>, Option<String>);

/// The streams in the rows of `hours.sql`, in order.
pub(super) fn streams(batches: &[RecordBatch]) -> Vec<Stream> {
    let mut all: BTreeMap<Place, Stream> = BTreeMap::new();
    for batch in batches {
        let (sources, clusters) = (texts(batch, "source"), texts(batch, "cluster"));
        let (accounts, regions) = (texts(batch, "account_id"), texts(batch, "region"));
        let (hours, events, truncated) = (times(batch, "hour"), numbers(batch, "events"), numbers(batch, "truncated"));
        for row in 0..batch.num_rows() {
            let text = |column: &[Option<String>]| column.get(row).cloned().flatten();
            let number = |column: &[Option<i64>]| column.get(row).copied().flatten();
            let source = text(&sources).unwrap_or_default();
            let (cluster, account_id, region) = (text(&clusters), text(&accounts), text(&regions));
            let key = (source.clone(), cluster.clone(), account_id.clone(), region.clone());
            let stream =
                all.entry(key).or_insert_with(|| Stream { source, cluster, account_id, region, ..Stream::default() });
            let count = number(&events).unwrap_or(0);
            match number(&hours) {
                Some(hour) => *stream.hours.entry(hour).or_insert(0) += count,
                None => stream.undated += count,
            }
            stream.truncated += number(&truncated).unwrap_or(0);
        }
    }
    all.into_values().collect()
}
