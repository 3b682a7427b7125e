//! Merges sorted rows of one partition and folds those that are the same event: equal in time, identity and every
//! byte. Of several carriers the first by URI and record has the row and the others become sightings, so the result
//! does not depend on the order of arrival or on how many runs it took. Rows that share an id and a time but not their
//! bytes are all kept, and marked.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use eksamine_sources::rows::{Pick, gather};
use eksamine_sources::{Carrier, Rows, Table};

use crate::error::Error;
use crate::rows::{Block, Likeness, Ordered};
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
    pub blocks: Box<dyn Iterator<Item = Result<Block, Error>> + Send>,
}

/// What became of the rows of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    new_rows: u64,
    new_folded: u64,
    /// Live rows that are now folded into another carrier's.
    displaced: i64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.new_rows += other.new_rows;
        self.new_folded += other.new_folded;
        self.displaced += other.displaced;
    }
}

/// Counts by object: URI, then SHA-256. New and live rows are counted apart, since an object that is read again has
/// both.
#[derive(Debug, Default)]
pub struct Tally {
    objects: HashMap<String, HashMap<String, Counts>>,
    /// What one merge has counted so far, by the address of a carrier, which is held and so keeps its address: rows come
    /// in an order that has another carrier each time, and names are long.
    counted: HashMap<usize, (Arc<Carrier>, Counts)>,
}

impl Tally {
    fn change(&mut self, (uri, sha256): (&str, &str), change: impl FnOnce(&mut Counts)) {
        if let Some(counts) = self.objects.get_mut(uri).and_then(|versions| versions.get_mut(sha256)) {
            return change(counts);
        }
        change(self.objects.entry(uri.to_owned()).or_default().entry(sha256.to_owned()).or_default());
    }

    fn count(&mut self, carrier: &Arc<Carrier>, origin: Origin, repeats: bool) {
        // A live row is counted already.
        if (origin, repeats) == (Origin::Live, false) {
            return;
        }
        let place = self.counted.entry(Arc::as_ptr(carrier).addr());
        let (_, counts) = place.or_insert_with(|| (Arc::clone(carrier), Counts::default()));
        match (origin, repeats) {
            (Origin::New, false) => counts.new_rows += 1,
            (Origin::New, true) => counts.new_folded += 1,
            (Origin::Live, _) => counts.displaced += 1,
        }
    }

    /// Writes down by name what was counted.
    fn name_counted(&mut self) {
        for (_, (carrier, counts)) in std::mem::take(&mut self.counted) {
            self.change((&carrier.uri, &carrier.sha256), |own| own.add(counts));
        }
    }

    pub fn add(&mut self, other: Self) {
        for (uri, versions) in other.objects {
            for (sha256, counts) in versions {
                self.change((&uri, &sha256), |own| own.add(counts));
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

/// Most rows and bytes of raw text of an output batch. Columns are written one after another, and each looks into every
/// record of the batch: with few of them, they are still at hand for the next column.
const OUTPUT_ROWS: usize = 512;
const OUTPUT_BYTES: usize = 8 << 20;

struct Cursor {
    input: Input,
    block: Block,
    /// Place in the block, and where the row lies that comes there.
    at: usize,
    row: usize,
    /// [`Ordered::time_key`] of the row: it decides most comparisons.
    time: i64,
    /// Position of the block's rows among those held for the output, if they are among them.
    held: Option<usize>,
}

impl Cursor {
    fn new(input: Input, block: Block) -> Self {
        let row = block.row(0);
        Self { input, time: block.rows.time_key(row), block, at: 0, row, held: None }
    }

    fn place(&self) -> Option<Place> {
        let rows = &self.block.rows.rows;
        rows.carrier(self.row).map(|carrier| Place { carrier: Arc::clone(carrier), record: rows.record(self.row) })
    }

    /// Goes on to the next row; false if there is none.
    fn advance(&mut self) -> Result<bool, Error> {
        self.at += 1;
        if self.at == self.block.len() {
            let Some(block) = next_block(&mut self.input)? else { return Ok(false) };
            (self.block, self.at, self.held) = (block, 0, None);
        }
        self.row = self.block.row(self.at);
        self.time = self.block.rows.time_key(self.row);
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
        if let Some(block) = next_block(&mut input)? {
            heap.push(Cursor::new(input, block));
        }
    }
    let mut output = Output::new(table);
    let mut event: Option<Event> = None;
    while let Some(cursor) = heap.cursors.first_mut() {
        let row = cursor.row;
        let last = event.as_ref().map(|event| cursor.block.rows.compare_to(row, &event.rows, event.row));
        let repeats = last == Some(Likeness::Same);
        let place = cursor.place();
        if let Some(place) = &place {
            tally.count(&place.carrier, cursor.input.origin, repeats);
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
            rows: Arc::clone(&cursor.block.rows),
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
    tally.name_counted();
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

fn next_block(input: &mut Input) -> Result<Option<Block>, Error> {
    for block in input.blocks.by_ref() {
        let block = block?;
        if block.len() > 0 {
            return Ok(Some(block));
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
            self.held.push(Arc::clone(&cursor.block.rows));
            self.held.len() - 1
        });
        self.picks.push(Pick { part: held, row: cursor.row, id_conflict });
        let rows = &cursor.block.rows;
        self.bytes += rows.rows.raw(cursor.row).len();
        self.times.add(rows.time(cursor.row));
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
                let order = a.time.cmp(&b.time).then_with(|| a.block.rows.compare(a.row, &b.block.rows, b.row));
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
