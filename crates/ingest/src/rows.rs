//! Rows with what decides their order at hand: partition, time, identity, bytes, carrier.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::UInt32Array;
use arrow::error::ArrowError;
use eksamine_lake::Partition;
use eksamine_sources::Rows;

/// Rows with their key columns found.
#[derive(Clone)]
pub struct Ordered {
    pub rows: Rows,
    /// Text columns by their position in the table.
    identity: Vec<usize>,
    apart: Vec<usize>,
    cluster: Option<usize>,
}

/// Rows in order: as they lie, or in an order of their own.
pub struct Block {
    pub rows: Arc<Ordered>,
    order: Option<UInt32Array>,
}

impl Block {
    /// Rows that lie in order.
    pub fn of(rows: Rows) -> Result<Self, ArrowError> {
        Ok(Self { rows: Arc::new(Ordered::new(rows)?), order: None })
    }

    /// Rows of which these are read, in this order.
    pub fn ordered(rows: Arc<Ordered>, order: UInt32Array) -> Self {
        Self { rows, order: Some(order) }
    }

    pub fn len(&self) -> usize {
        self.order.as_ref().map_or_else(|| self.rows.len(), UInt32Array::len)
    }

    /// Where the row lies that comes at this place.
    pub fn row(&self, at: usize) -> usize {
        self.order.as_ref().map_or(at, |order| order.value(at) as usize)
    }
}

/// How one row is like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same event: equal in time, identity and every byte.
    Same,
    /// The same time and identity, but other bytes.
    SameId,
    Other,
}

/// Days and times of rows without a readable time: before all others, as null is in SQL's ascending order here.
const NO_TIME: i64 = i64::MIN;

const DAY_MICROS: i64 = 86_400_000_000;

impl Ordered {
    pub fn new(rows: Rows) -> Result<Self, ArrowError> {
        let table = rows.table();
        let missing = |name: &str| ArrowError::SchemaError(format!("`{}` has no `{name}` to order by", table.name));
        let text = |name: &str| table.position(name).ok_or_else(|| missing(name));
        Ok(Self {
            identity: table.identity.iter().map(|name| text(name)).collect::<Result<_, _>>()?,
            apart: table.apart.iter().map(|name| text(name)).collect::<Result<_, _>>()?,
            cluster: if table.by_cluster { Some(text("cluster")?) } else { None },
            rows,
        })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Microseconds since 1970; none for rows without a readable time.
    pub fn time(&self, row: usize) -> Option<i64> {
        self.rows.event_time(row)
    }

    /// The time as a number that orders rows, those without one first.
    pub fn time_key(&self, row: usize) -> i64 {
        self.time(row).unwrap_or(NO_TIME)
    }

    pub fn partition(&self, row: usize) -> Partition {
        Partition {
            table: self.rows.table().name.to_owned(),
            cluster: self.cluster(row).map(str::to_owned),
            day: self.time(row).and_then(eksamine_sources::time::day),
        }
    }

    pub fn cluster(&self, row: usize) -> Option<&str> {
        self.cluster.map(|cluster| self.text(cluster, row).unwrap_or_default())
    }

    /// How a row is like another one of its partition.
    pub fn compare_to(&self, row: usize, other: &Self, other_row: usize) -> Likeness {
        if self.time_key(row) != other.time_key(other_row) {
            return Likeness::Other;
        }
        if self.compare_same_time(row, other, other_row).is_eq() {
            return Likeness::Same;
        }
        let same_id = self.compare_texts(&self.identity, row, other, other_row).is_eq();
        let has_id = self.identity.first().is_some_and(|first| self.rows.text(*first, row).is_some());
        if same_id && has_id { Likeness::SameId } else { Likeness::Other }
    }

    /// The event's id, its parts joined by a space.
    pub fn identity(&self, row: usize) -> Option<String> {
        let parts = self.identity.iter().filter_map(|column| self.text(*column, row));
        let id = parts.collect::<Vec<_>>().join(" ");
        (!id.is_empty()).then_some(id)
    }

    /// The order of rows of one time: identity, bytes, what the bytes are read by. Equal means the same event.
    fn compare_same_time(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let identity = self.compare_texts(&self.identity, row, other, other_row);
        let bytes = identity.then_with(|| self.rows.raw(row).cmp(other.rows.raw(other_row)));
        bytes.then_with(|| self.compare_texts(&self.apart, row, other, other_row))
    }

    /// The order by some columns of rows of the same table.
    fn compare_texts(&self, columns: &[usize], row: usize, other: &Self, other_row: usize) -> Ordering {
        let mut orders = columns.iter().map(|at| self.rows.text(*at, row).cmp(&other.rows.text(*at, other_row)));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn text(&self, column: usize, row: usize) -> Option<&str> {
        std::str::from_utf8(self.rows.text(column, row)?).ok()
    }

    /// The order of everything: the event, then its carrier, so that of several carriers the first is always the same.
    pub fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let time = self.time_key(row).cmp(&other.time_key(other_row));
        let event = time.then_with(|| self.compare_same_time(row, other, other_row));
        event.then_with(|| self.compare_carriers(row, other, other_row))
    }

    fn compare_carriers(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let (own, others) = (self.rows.carrier(row), other.rows.carrier(other_row));
        let uri = own.map(|own| &own.uri).cmp(&others.map(|others| &others.uri));
        let record = uri.then_with(|| self.rows.record(row).cmp(&other.rows.record(other_row)));
        record.then_with(|| own.map(|own| &own.sha256).cmp(&others.map(|others| &others.sha256)))
    }

    /// The positions of the rows in order of partition and event, and where each partition begins.
    pub fn order(&self) -> (UInt32Array, Vec<usize>) {
        let mut clusters: Vec<Option<&str>> = (0..self.len()).map(|row| self.cluster(row)).collect();
        clusters.sort_unstable();
        clusters.dedup();
        let mut keys: Vec<(u32, i64, u32)> = (0..self.len())
            .map(|row| {
                let cluster = clusters.binary_search(&self.cluster(row)).unwrap_or(0);
                (cluster as u32, self.time_key(row), row as u32)
            })
            .collect();
        keys.sort_unstable_by(|a, b| {
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| {
                let (a, b) = (a.2 as usize, b.2 as usize);
                self.compare_same_time(a, self, b).then_with(|| self.compare_carriers(a, self, b))
            })
        });
        let place = |key: &(u32, i64, u32)| (key.0, key.1.div_euclid(DAY_MICROS));
        let mut begins = Vec::new();
        let mut last = None;
        for (at, key) in keys.iter().enumerate() {
            if last.replace(place(key)) != Some(place(key)) {
                begins.push(at);
            }
        }
        (keys.into_iter().map(|key| key.2).collect(), begins)
    }
}
