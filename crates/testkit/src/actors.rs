//! A seeded archive with known truth: the generator decides who really does what, writes the logs of it, and says for
//! every event who it was, by which steps, whether the logs prove it, and which clusters it concerns.
//!
//! It shares nothing with what resolves identities, and is there to measure that. The same settings give the same
//! bytes; there is no clock. `scenes` holds what happens, `mints` the calls that hand out credentials, `holder` and
//! `kubernetes` how credentials look in records, `ledger` writes down both logs and truth, `packing` makes objects.
//! Many things are made to mislead: names used by two, mints whose record is lost, sessions named like others.

mod aws;
mod holder;
mod kubernetes;
mod ledger;
mod mints;
mod packing;
mod scenes;
mod stage;
#[cfg(test)]
mod tests;
mod time;
mod truth;
mod world;

use std::io;
use std::path::Path;

pub use self::packing::Object;
pub use self::truth::{
    Concern, Demand, Holder as FlowHolder, Join, Kind, KnownEvent, KnownFlow, Proof, Table, Truth, Who, Why,
};

use self::stage::Stage;

/// The clusters of every archive.
pub const CLUSTERS: [&str; 4] = ["shop-prod", "shop-staging", "data-prod", "shop"];

/// What an archive is like.
#[derive(Clone, Debug)]
pub struct Settings {
    pub seed: u64,
    /// Days from 3 March 2025 on, at least two.
    pub days: i64,
}

/// An archive and what is true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Sorted by key.
    pub objects: Vec<Object>,
    pub truth: Truth,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, days: 3 }
    }
}

/// Makes an archive.
pub fn make(settings: &Settings) -> Archive {
    let mut stage = Stage::new(settings.seed, settings.days.max(2));
    scenes::play(&mut stage);
    let truth = stage.ledger.finish();
    let objects = packing::pack(&mut stage.ledger);
    Archive { objects, truth }
}

/// Makes an archive and writes it into a folder.
///
/// # Errors
/// If a file can't be written.
pub fn write(folder: &Path, settings: &Settings) -> io::Result<Truth> {
    let archive = make(settings);
    for object in &archive.objects {
        let path = folder.join(&object.key);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, &object.bytes)?;
    }
    Ok(archive.truth)
}
