//! Where chosen records lie: object and position, and as far as known the object's hash and the event's time. Gathered
//! from rows of answers, and asked for as a table.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::builder::StringViewBuilder;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use crate::coverage::{numbers, texts, times};
use crate::error::Error;

/// Columns of an answer that name events by id.
const ID_COLUMNS: [&str; 3] = ["event_id", "audit_id", "finding_id"];

/// Places of records.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Names of objects and hashes, each once.
    names: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
    all: Vec<Place>,
    /// Object and position of each, made when [`Places::holds`] is first asked.
    known: OnceLock<HashSet<(u32, i64)>>,
    /// Ids of events whose places are not known yet, in the order in which they came.
    ids: Vec<String>,
    known_ids: HashSet<String>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    uri: u32,
    record: i64,
    sha256: Option<u32>,
    time: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    /// Nobody said; any will do.
    Any,
    /// The event's own, which may be none.
    Of(Option<i64>),
}

impl Places {
    /// Whether rows of this schema lead to events: by `source_uri` and `source_record`, or by an id.
    pub fn are_in(schema: &SchemaRef) -> bool {
        let has = |name: &str| schema.index_of(name).is_ok();
        (has("source_uri") && has("source_record")) || ID_COLUMNS.iter().any(|name| has(name))
    }

    /// Adds what the rows of an answer lead to.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if batch.column_by_name("source_uri").is_some() && batch.column_by_name("source_record").is_some() {
            return self.add_where(batch, |_, _| true);
        }
        for name in ID_COLUMNS {
            for id in texts(batch, name).into_iter().flatten() {
                if self.known_ids.insert(id.clone()) {
                    self.ids.push(id);
                }
            }
        }
        Ok(())
    }

    /// Adds the places in rows with `source_uri` and `source_record`, and if they have it `source_sha256` and the event's
    /// time as `time`; those that fit.
    pub(super) fn add_where(&mut self, batch: &RecordBatch, fits: impl Fn(&str, i64) -> bool) -> Result<(), Error> {
        let (uris, hashes) = (texts(batch, "source_uri"), texts(batch, "source_sha256"));
        let (records, instants) = (numbers(batch, "source_record"), times(batch, "time"));
        for (row, (uri, record)) in uris.into_iter().zip(records).enumerate() {
            let (Some(uri), Some(record)) = (uri, record) else { continue };
            if !fits(&uri, record) {
                continue;
            }
            let sha256 = hashes.get(row).and_then(Option::as_deref).map(|hash| self.name(hash)).transpose()?;
            let time = instants.get(row).map_or(Time::Any, |time| Time::Of(*time));
            let uri = self.name(&uri)?;
            self.push(Place { uri, record, sha256, time });
        }
        Ok(())
    }

    fn push(&mut self, place: Place) {
        self.known.take();
        self.all.push(place);
    }

    fn name(&mut self, name: &str) -> Result<u32, Error> {
        if let Some(at) = self.names.get(name) {
            return Ok(*at);
        }
        let at = u32::try_from(self.list.len()).map_err(|_| Error::too_much("more objects than can be told apart"))?;
        let name: Arc<str> = name.into();
        self.list.push(Arc::clone(&name));
        self.names.insert(name, at);
        Ok(at)
    }

    /// The ids whose places are not known, which are no more to be looked up after that.
    pub(super) fn take_ids(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ids)
    }

    /// Takes over the places of another.
    pub(super) fn append(&mut self, other: Self) {
        if self.all.is_empty() {
            let ids = std::mem::take(&mut self.ids);
            *self = Self { ids, ..other };
            return;
        }
        for place in other.all {
            let name = |at: u32| other.list.get(at as usize).cloned().unwrap_or_default();
            let uri = self.name(&name(place.uri)).unwrap_or_default();
            let sha256 = place.sha256.and_then(|at| self.name(&name(at)).ok());
            self.push(Place { uri, sha256, ..place });
        }
    }

    /// Whether a record lies at one of the places.
    pub fn holds(&self, uri: &str, record: i64) -> bool {
        let known = || self.all.iter().map(|place| (place.uri, place.record)).collect();
        self.names.get(uri).is_some_and(|uri| self.known.get_or_init(known).contains(&(*uri, record)))
    }

    /// The first and the last time, if every place has one.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let mut span: Option<(i64, i64)> = None;
        for place in &self.all {
            let Time::Of(Some(time)) = place.time else { return None };
            span = Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        }
        span
    }

    /// The places as a table.
    pub(super) fn batch(&self) -> Result<RecordBatch, Error> {
        let text = |of: &dyn Fn(&Place) -> Option<u32>| -> ArrayRef {
            let mut texts = StringViewBuilder::with_capacity(self.all.len()).with_deduplicate_strings();
            for place in &self.all {
                texts.append_option(of(place).and_then(|at| self.list.get(at as usize)));
            }
            Arc::new(texts.finish())
        };
        let time = |place: &Place| if let Time::Of(time) = place.time { time } else { None };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("source_uri", text(&|place| Some(place.uri))),
            ("source_record", Arc::new(self.all.iter().map(|place| Some(place.record)).collect::<Int64Array>())),
            ("source_sha256", text(&|place| place.sha256)),
            (
                "event_time",
                Arc::new(self.all.iter().map(time).collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            ),
            (
                "any_time",
                Arc::new(self.all.iter().map(|place| Some(place.time == Time::Any)).collect::<BooleanArray>()),
            ),
        ];
        let fields = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        RecordBatch::try_new(schema, columns).map_err(|error| Error::too_much(&error.to_string()))
    }
}
