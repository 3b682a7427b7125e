//! Merges sorted rows of one partition and folds those that are the same event: equal in time, identity and every
//! byte. Of several carriers the first by URI and record stays, so the result does not depend on the order of
//! arrival or on how many runs it took.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use eksamine_sources::Table;

use crate::error::Error;
use crate::rows::Rows;

/// Where rows come from: a part of the lake that is rewritten, or the archive. Of rows that are the same in all that
/// orders them (an object read again because its time changed) the live one goes first and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Live,
    New,
}

/// Sorted batches of one origin.
pub struct Input {
    pub origin: Origin,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>,
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
    rows: Arc<Rows>,
    row: usize,
    /// Position of `rows` among the batches held for the output, if it is among them.
    held: Option<usize>,
}

/// Merges the inputs and hands out batches in order; `times` of a batch are its least and greatest.
pub fn merge(
    table: &'static Table,
    inputs: Vec<Input>,
    tally: &mut Tally,
    write: &mut dyn FnMut(RecordBatch, Option<(i64, i64)>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut heap = Heap { cursors: Vec::new() };
    for mut input in inputs {
        if let Some(rows) = next_rows(table, &mut input)? {
            heap.push(Cursor { input, rows, row: 0, held: None });
        }
    }
    let mut output = Output::default();
    let mut last: Option<(Arc<Rows>, usize)> = None;
    while let Some(cursor) = heap.cursors.first_mut() {
        let row = cursor.row;
        let repeats =
            last.as_ref().is_some_and(|(rows, at)| cursor.rows.compare_events(row, rows, *at) == Ordering::Equal);
        tally.count(cursor.rows.carrier(row), cursor.input.origin, repeats);
        if !repeats {
            output.push(cursor);
            last = Some((Arc::clone(&cursor.rows), row));
        }
        cursor.row += 1;
        if cursor.row == cursor.rows.len() {
            match next_rows(table, &mut cursor.input)? {
                Some(rows) => (cursor.rows, cursor.row, cursor.held) = (rows, 0, None),
                None => heap.pop(),
            }
        }
        heap.sift_down(0);
        if output.picks.len() >= OUTPUT_ROWS || output.bytes >= OUTPUT_BYTES {
            output.flush(write)?;
            heap.cursors.iter_mut().for_each(|cursor| cursor.held = None);
        }
    }
    output.flush(write)
}

fn next_rows(table: &'static Table, input: &mut Input) -> Result<Option<Arc<Rows>>, Error> {
    for batch in input.batches.by_ref() {
        let batch = batch?;
        if batch.num_rows() > 0 {
            return Ok(Some(Arc::new(Rows::new(table, batch)?)));
        }
    }
    Ok(None)
}

/// Picked rows that wait to become a batch.
#[derive(Default)]
struct Output {
    held: Vec<RecordBatch>,
    picks: Vec<(usize, usize)>,
    bytes: usize,
    times: Option<(i64, i64)>,
}

impl Output {
    fn push(&mut self, cursor: &mut Cursor) {
        let held = *cursor.held.get_or_insert_with(|| {
            self.held.push(cursor.rows.batch.clone());
            self.held.len() - 1
        });
        self.picks.push((held, cursor.row));
        self.bytes += cursor.rows.size_bytes(cursor.row);
        if let Some(time) = cursor.rows.time(cursor.row) {
            self.times = Some(self.times.map_or((time, time), |(least, most)| (least.min(time), most.max(time))));
        }
    }

    fn flush(
        &mut self,
        write: &mut dyn FnMut(RecordBatch, Option<(i64, i64)>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.picks.is_empty() {
            return Ok(());
        }
        let batches: Vec<&RecordBatch> = self.held.iter().collect();
        write(interleave_record_batch(&batches, &self.picks)?, self.times)?;
        *self = Self::default();
        Ok(())
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
                let order = a.rows.compare(a.row, &b.rows, b.row);
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
