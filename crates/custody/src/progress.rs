//! What a verification says of itself while it runs. This crate knows no terminal; whoever listens draws.

/// Something that happened. Counts are those of the happening, not totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Objects were listed.
    Listed { objects: u64 },
    /// It is known what is read next: all digests first, then the log files.
    Planned { objects: u64, bytes: u64 },
    /// Rows of an evidence bundle will be compared with the files that say the same of them.
    Comparing { rows: u64 },
    /// Some of them were.
    Compared { rows: u64 },
    /// An object was read and hashed, or could not be.
    Read { bytes: u64, inflated_bytes: u64 },
}

/// Listens to a verification, from several threads.
pub trait Progress: Send + Sync {
    fn event(&self, event: Event);
}

/// Nobody listens.
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _event: Event) {}
}
