//! Merges sorted rows of one partition and folds those that are the same event: equal in time, identity and every
//! byte. Of several carriers the first by URI and record has the row and the others become sightings, so the result
//! does not depend on the order of arrival or on how many runs it took. Rows that share an id and a time but not their
//! bytes are all kept, and marked.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use eksamine_sources::rows::{Pick, gather};
use eksamine_sources::{Rows, Table};

use crate::error::Error;
use crate::rows::{Likeness, Ordered};
use crate::sightings::{self, Live, Place};

/// Where rows come from: a part of the lake that is rewritten, or the archive. Of rows that are the same in all that
/// orders them (an object read again because its time changed) the live one goes first and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Live,
    New,
}

/// Sorted rows of one origin, some at a time.
pub struct Input {
    pub origin: Origin,
    pub blocks: Box<dyn Iterator<Item = Result<Rows, Error>> + Send>,
}

/// What became of the rows of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    new_rows: u64,
    new_folded: u64,
    /// Live rows that are now folded into another carrier's.
    displaced: i64,
}

/// Counts by object: URI, then SHA-256. New and live rows are counted apart, since an object that is read again has
/// both.
#[derive(Debug, Default)]
pub struct Tally {
    objects: HashMap<String, HashMap<String, Counts>>,
}

impl Tally {
    fn change(&mut self, (uri, sha256): (&str, &str), change: impl FnOnce(&mut Counts)) {
        if let Some(counts) = self.objects.get_mut(uri).and_then(|versions| versions.get_mut(sha256)) {
            return change(counts);
        }
        change(self.objects.entry(uri.to_owned()).or_default().entry(sha256.to_owned()).or_default());
    }

    fn count(&mut self, carrier: (&str, &str), origin: Origin, repeats: bool) {
        self.change(carrier, |counts| match (origin, repeats) {
            (Origin::New, false) => counts.new_rows += 1,
            (Origin::New, true) => counts.new_folded += 1,
            // A live row is counted already.
            (Origin::Live, false) => {}
            (Origin::Live, true) => counts.displaced += 1,
        });
    }

    pub fn add(&mut self, other: Self) {
        for (uri, versions) in other.objects {
            for (sha256, counts) in versions {
                self.change((&uri, &sha256), |own| {
                    own.new_rows += counts.new_rows;
                    own.new_folded += counts.new_folded;
                    own.displaced += counts.displaced;
                });
            }
        }
    }

    /// Rows and folded records of an object that was read now.
    pub fn take_new(&mut self, uri: &str, sha256: &str) -> (u64, u64) {
        let Some(counts) = self.objects.get_mut(uri).and_then(|versions| versions.get_mut(sha256)) else {
            return (0, 0);
        };
        (std::mem::take(&mut counts.new_rows), std::mem::take(&mut counts.new_folded))
    }

    /// Objects whose live rows were folded into others': (URI, SHA-256, rows).
    pub fn displaced(self) -> impl Iterator<Item = (String, String, i64)> {
        let versions = self.objects.into_iter().flat_map(|(uri, versions)| {
            versions.into_iter().map(move |(sha256, counts)| (uri.clone(), sha256, counts.displaced))
        });
        versions.filter(|(_, _, rows)| *rows != 0)
    }
}

/// Most rows and bytes of raw text of an output batch.
const OUTPUT_ROWS: usize = 8192;
const OUTPUT_BYTES: usize = 8 << 20;

struct Cursor {
    input: Input,
    rows: Arc<Ordered>,
    row: usize,
    /// [`Ordered::time_key`] of the row: it decides most comparisons.
    time: i64,
    /// Position of `rows` among those held for the output, if they are among them.
    held: Option<usize>,
}

impl Cursor {
    fn new(input: Input, rows: Arc<Ordered>) -> Self {
        Self { input, time: rows.time_key(0), rows, row: 0, held: None }
    }

    fn place(&self) -> Option<Place> {
        let rows = &self.rows.rows;
        rows.carrier(self.row).map(|carrier| Place { carrier: Arc::clone(carrier), record: rows.record(self.row) })
    }

    /// Goes on to the next row; false if there is none.
    fn advance(&mut self) -> Result<bool, Error> {
        self.row += 1;
        if self.row == self.rows.len() {
            let Some(rows) = next_rows(&mut self.input)? else { return Ok(false) };
            (self.rows, self.row, self.held) = (rows, 0, None);
        }
        self.time = self.rows.time_key(self.row);
        Ok(true)
    }
}

/// Takes what a merge makes, in order; `times` of a batch are its least and greatest.
pub trait Sink {
    fn rows(&mut self, batch: RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error>;
    fn sightings(&mut self, batch: RecordBatch, times: Option<(i64, i64)>) -> Result<(), Error>;
}

/// Merges the inputs. `live` are the sightings of the inputs that are [`Origin::Live`].
pub fn merge(
    table: &'static Table,
    inputs: Vec<Input>,
    mut live: Live,
    tally: &mut Tally,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let mut heap = Heap { cursors: Vec::new() };
    for mut input in inputs {
        if let Some(rows) = next_rows(&mut input)? {
            heap.push(Cursor::new(input, rows));
        }
    }
    let mut output = Output::new(table);
    let mut event: Option<Event> = None;
    while let Some(cursor) = heap.cursors.first_mut() {
        let row = cursor.row;
        let last = event.as_ref().map(|event| cursor.rows.compare_to(row, &event.rows, event.row));
        let repeats = last == Some(Likeness::Same);
        let place = cursor.place();
        if let Some(place) = &place {
            tally.count((&place.carrier.uri, &place.carrier.sha256), cursor.input.origin, repeats);
        }
        if !repeats {
            let conflicts = last == Some(Likeness::SameId);
            if let Some(event) = event.take() {
                output.close(event, sink)?;
            }
            // Only between events whose ids differ, so that a row can still be marked when its rival comes.
            if output.is_full() && !conflicts {
                output.flush(sink)?;
                heap.cursors.iter_mut().for_each(|cursor| cursor.held = None);
            }
        }
        let Some(cursor) = heap.cursors.first_mut() else { break };
        if !repeats {
            output.push(cursor, last == Some(Likeness::SameId));
        }
        let event = event.get_or_insert_with(|| Event {
            rows: Arc::clone(&cursor.rows),
            row,
            place: place.clone(),
            others: Vec::new(),
        });
        if let Some(place) = place {
            if cursor.input.origin == Origin::Live {
                event.others.extend(live.take(&place));
            }
            if repeats {
                event.others.push(place);
            }
        }
        if !cursor.advance()? {
            heap.pop();
        }
        heap.sift_down(0);
    }
    if let Some(event) = event.take() {
        output.close(event, sink)?;
    }
    output.flush(sink)?;
    output.flush_sightings(sink)
}

/// The event whose carriers are being gathered.
struct Event {
    rows: Arc<Ordered>,
    row: usize,
    /// The carrier that has the row.
    place: Option<Place>,
    others: Vec<Place>,
}

fn next_rows(input: &mut Input) -> Result<Option<Arc<Ordered>>, Error> {
    for rows in input.blocks.by_ref() {
        let rows = rows?;
        if !rows.is_empty() {
            return Ok(Some(Arc::new(Ordered::new(rows)?)));
        }
    }
    Ok(None)
}

/// Picked rows and sightings that wait to become batches.
struct Output {
    table: &'static Table,
    held: Vec<Arc<Ordered>>,
    picks: Vec<Pick>,
    bytes: usize,
    times: Times,
    sightings: sightings::Builder,
    sighting_times: Times,
}

/// The least and the greatest time of some rows.
#[derive(Clone, Copy, Default)]
struct Times(Option<(i64, i64)>);

impl Times {
    fn add(&mut self, time: Option<i64>) {
        let Some(time) = time else { return };
        self.0 = Some(self.0.map_or((time, time), |(least, most)| (least.min(time), most.max(time))));
    }
}

impl Output {
    fn new(table: &'static Table) -> Self {
        Self {
            table,
            held: Vec::new(),
            picks: Vec::new(),
            bytes: 0,
            times: Times::default(),
            sightings: sightings::Builder::default(),
            sighting_times: Times::default(),
        }
    }

    fn is_full(&self) -> bool {
        self.picks.len() >= OUTPUT_ROWS || self.bytes >= OUTPUT_BYTES
    }

    /// Adds the cursor's row. One that is at odds with the row before it marks both.
    fn push(&mut self, cursor: &mut Cursor, id_conflict: bool) {
        if id_conflict && let Some(rival) = self.picks.last_mut() {
            rival.id_conflict = true;
        }
        let held = *cursor.held.get_or_insert_with(|| {
            self.held.push(Arc::clone(&cursor.rows));
            self.held.len() - 1
        });
        self.picks.push(Pick { part: held, row: cursor.row, id_conflict });
        self.bytes += cursor.rows.rows.raw(cursor.row).len();
        self.times.add(cursor.rows.time(cursor.row));
    }

    /// Writes down the carriers of an event but the first.
    fn close(&mut self, event: Event, sink: &mut dyn Sink) -> Result<(), Error> {
        let Event { rows, row, place, mut others } = event;
        let Some(place) = place.filter(|_| !others.is_empty()) else { return Ok(()) };
        others.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
        let facts = sightings::Event {
            time: rows.time(row),
            table: self.table.name,
            cluster: rows.cluster(row),
            id: rows.identity(row),
        };
        for seen in &others {
            self.sightings.push(&facts, &place, seen);
            self.sighting_times.add(facts.time);
            if self.sightings.rows() >= OUTPUT_ROWS {
                self.flush_sightings(sink)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.picks.is_empty() {
            return Ok(());
        }
        let held: Vec<&Rows> = self.held.iter().map(|ordered| &ordered.rows).collect();
        sink.rows(gather(self.table, &held, &self.picks)?, self.times.0)?;
        self.held.clear();
        self.picks.clear();
        self.bytes = 0;
        self.times = Times::default();
        Ok(())
    }

    fn flush_sightings(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.sightings.rows() == 0 {
            return Ok(());
        }
        let times = std::mem::take(&mut self.sighting_times).0;
        sink.sightings(self.sightings.take()?, times)
    }
}

/// A binary heap of cursors, the least row first.
struct Heap {
    cursors: Vec<Cursor>,
}

impl Heap {
    fn less(&self, a: usize, b: usize) -> bool {
        match (self.cursors.get(a), self.cursors.get(b)) {
            (Some(a), Some(b)) => {
                let order = a.time.cmp(&b.time).then_with(|| a.rows.compare(a.row, &b.rows, b.row));
                order.then_with(|| a.input.origin.cmp(&b.input.origin)) == Ordering::Less
            }
            _ => false,
        }
    }

    fn push(&mut self, cursor: Cursor) {
        self.cursors.push(cursor);
        let mut at = self.cursors.len() - 1;
        while at > 0 && self.less(at, (at - 1) / 2) {
            self.cursors.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// Drops the first cursor, which is exhausted.
    fn pop(&mut self) {
        self.cursors.swap_remove(0);
    }

    fn sift_down(&mut self, mut at: usize) {
        loop {
            let mut least = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if self.less(child, least) {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.cursors.swap(at, least);
            at = least;
        }
    }
}
