//! Objects are fetched, inflated and hashed, many at once: tokio fetches, the threads of a pool do the rest. Bytes in
//! flight are bounded; so is what one object may inflate to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use eksamine_archive::{Archive, Fetched, ObjectMeta};
use eksamine_sources::Limits;
use eksamine_sources::gunzip::inflate_layer;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, oneshot};

use super::Settings;
use crate::digest::hex;
use crate::error::Error;
use crate::progress::{Event, Progress};

/// Reads the objects of an archive.
pub struct Reader<'a> {
    archive: &'a Arc<dyn Archive>,
    progress: &'a dyn Progress,
    pool: ThreadPool,
    room: Semaphore,
    room_units: u32,
    limits: Limits,
}

/// The semaphore counts in 32 bits, so it counts KiB.
const ROOM_UNIT_BYTES: u64 = 1024;

/// What came of reading an object.
pub enum Seen<T> {
    Done {
        value: T,
        inflated_bytes: u64,
    },
    /// It could not be fetched, and why.
    Unread(String),
}

impl<'a> Reader<'a> {
    pub fn new(archive: &'a Arc<dyn Archive>, settings: &Settings, progress: &'a dyn Progress) -> Result<Self, Error> {
        let pool = ThreadPoolBuilder::new().num_threads(settings.threads).thread_name(|at| format!("hash-{at}"));
        let pool = pool.build().map_err(|error| Error::Worker { reason: error.to_string() })?;
        let room_units = (settings.flight_bytes / ROOM_UNIT_BYTES).clamp(1, u64::from(u32::MAX >> 3)) as u32;
        let room = Semaphore::new(room_units as usize);
        Ok(Self { archive, progress, pool, room, room_units, limits: settings.limits })
    }

    /// Fetches an object whole and gives what `work` makes of it. `work` runs on the pool, and gets what was fetched
    /// together with its content, or with what is wrong with its form.
    pub async fn read<T: Send + 'static>(
        &self,
        object: &ObjectMeta,
        work: impl FnOnce(&Fetched, Result<&[u8], String>) -> T + Send + 'static,
    ) -> Result<Seen<T>, Error> {
        let limits = self.limits;
        let inflate = move |fetched: &Fetched| {
            let content = content(&fetched.bytes, &limits);
            let inflated_bytes = content.as_ref().map_or(0, Vec::len) as u64;
            (work(fetched, content.as_deref().map_err(Clone::clone)), inflated_bytes)
        };
        self.fetch(object, inflate).await
    }

    /// The SHA-256 of an object as it lies there, in hexadecimal.
    pub async fn hash(&self, object: &ObjectMeta) -> Result<Seen<String>, Error> {
        self.fetch(object, |fetched| (hex(&Sha256::digest(&fetched.bytes)), fetched.bytes.len() as u64)).await
    }

    async fn fetch<T: Send + 'static>(
        &self,
        object: &ObjectMeta,
        work: impl FnOnce(&Fetched) -> (T, u64) + Send + 'static,
    ) -> Result<Seen<T>, Error> {
        let units = (object.size_bytes / ROOM_UNIT_BYTES + 1).min(u64::from(self.room_units)) as u32;
        let Ok(_room) = self.room.acquire_many(units).await else {
            return Err(Error::Worker { reason: "the room for bytes is closed".to_owned() });
        };
        let fetched = match self.archive.get(object).await {
            Ok(fetched) => fetched,
            Err(error) => {
                self.progress.event(Event::Read { bytes: object.size_bytes, inflated_bytes: 0 });
                return Ok(Seen::Unread(in_words(&error)));
            }
        };
        let (sender, receiver) = oneshot::channel();
        self.pool.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(&fetched)));
            // Nobody waits any more if the verification was given up.
            let _ = sender.send(done.ok());
        });
        let done = receiver.await.ok().flatten();
        let (value, inflated_bytes) =
            done.ok_or_else(|| Error::Worker { reason: format!("a thread stopped while it read `{}`", object.uri) })?;
        self.progress.event(Event::Read { bytes: object.size_bytes, inflated_bytes });
        Ok(Seen::Done { value, inflated_bytes })
    }

    /// Says what is read next.
    pub fn plan(&self, objects: u64, bytes: u64) {
        self.progress.event(Event::Planned { objects, bytes });
    }

    /// The bytes of a small file beside an object.
    pub async fn plain(&self, object: &ObjectMeta) -> Result<Fetched, String> {
        self.archive.get(object).await.map_err(|error| in_words(&error))
    }
}

/// The content of a gzip object as CloudTrail writes it: one member, and nothing after it. Anything else says in words
/// what is wrong.
fn content(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
    let inflated = inflate_layer(bytes, limits);
    if inflated.members == 0 && inflated.faults.first().is_none_or(|fault| fault.offset_bytes == 0) && !is_gzip(bytes) {
        return Err(if bytes.is_empty() { "it is empty" } else { "it is no gzip" }.to_owned());
    }
    if let Some(fault) = inflated.faults.first() {
        return Err(format!("its gzip is damaged: {}", fault.detail));
    }
    if inflated.padding_bytes > 0 {
        return Err(format!("{} zero bytes follow its gzip", inflated.padding_bytes));
    }
    if inflated.members > 1 {
        return Err(format!("it has {} gzip members where CloudTrail writes one", inflated.members));
    }
    Ok(inflated.bytes.into_owned())
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// An error of the archive with its causes, in one sentence.
pub fn in_words(error: &eksamine_archive::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
