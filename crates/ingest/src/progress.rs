//! What an ingest says of itself while it runs. This crate knows no terminal; whoever listens draws.

/// Something that happened. Counts are those of the happening, not totals, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Objects were listed.
    Listed { objects: u64 },
    /// The listing is complete: what will be read.
    Planned { objects: u64, bytes: u64 },
    /// An object was read, or could not be.
    Read { bytes: u64, inflated_bytes: u64, records: u64 },
    /// Rows are being sorted, deduplicated and written; `partitions` in total.
    Settling { partitions: u64 },
    /// One of these is written.
    Settled { rows: u64 },
    /// All so far is committed.
    Committed,
}

/// Listens to an ingest, from several threads.
pub trait Progress: Send + Sync {
    fn event(&self, event: Event);
}

/// Nobody listens.
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _event: Event) {}
}
