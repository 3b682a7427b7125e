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

/// Where rows come from: the archive, or a part of the lake that is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    New,
    Live,
}

/// Sorted batches of one origin.
pub struct Input {
    pub origin: Origin,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>,
}

/// How many rows of an object stayed and how many were folded. For live rows these are changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: i64,
    pub folded: i64,
}

/// Counts by object: URI, then SHA-256.
#[derive(Debug, Default)]
pub struct Tally {
    objects: HashMap<String, HashMap<String, Counts>>,
}

impl Tally {
    fn of(&mut self, (uri, sha256): (&str, &str)) -> &mut Counts {
        if !self.objects.contains_key(uri) {
            self.objects.insert(uri.to_owned(), HashMap::new());
        }
        let versions = self.objects.entry(uri.to_owned()).or_default();
        if !versions.contains_key(sha256) {
            versions.insert(sha256.to_owned(), Counts::default());
        }
        versions.entry(sha256.to_owned()).or_default()
    }

    pub fn add(&mut self, other: Self) {
        for (uri, versions) in other.objects {
            for (sha256, counts) in versions {
                let own = self.of((&uri, &sha256));
                own.rows += counts.rows;
                own.folded += counts.folded;
            }
        }
    }

    pub fn take(&mut self, uri: &str, sha256: &str) -> Counts {
        self.objects.get_mut(uri).and_then(|versions| versions.remove(sha256)).unwrap_or_default()
    }

    /// What is left: (URI, SHA-256, counts).
    pub fn rest(self) -> impl Iterator<Item = (String, String, Counts)> {
        self.objects
            .into_iter()
            .flat_map(|(uri, versions)| versions.into_iter().map(move |(sha256, counts)| (uri.clone(), sha256, counts)))
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
        count(tally.of(cursor.rows.carrier(row)), cursor.input.origin, repeats);
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

fn count(counts: &mut Counts, origin: Origin, repeats: bool) {
    match (origin, repeats) {
        (Origin::New, false) => counts.rows += 1,
        (Origin::New, true) => counts.folded += 1,
        // A live row is counted already.
        (Origin::Live, false) => {}
        (Origin::Live, true) => {
            counts.rows -= 1;
            counts.folded += 1;
        }
    }
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
            (Some(a), Some(b)) => a.rows.compare(a.row, &b.rows, b.row) == Ordering::Less,
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
