//! Objects are fetched, inflated and hashed, many at once: tokio fetches, the threads of a pool do the rest. Bytes in
//! flight are bounded; so is what one object may inflate to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use eksamine_archive::{Archive, Fetched, ObjectMeta};
use eksamine_sources::Limits;
use eksamine_sources::gunzip::one_member;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, oneshot};

use super::{Hashing, Settings};
use crate::digest::{Hash, hex};
use crate::error::Error;
use crate::kept::KeptArchive;
use crate::progress::{Event, Progress};

/// Reads the objects of an archive.
pub struct Reader<'a> {
    archive: &'a Arc<dyn Archive>,
    progress: &'a dyn Progress,
    pool: ThreadPool,
    room: Semaphore,
    room_units: u32,
    limits: Limits,
    /// Where only hashes of log files are there, and not their bytes.
    kept: Option<&'a KeptArchive>,
    hashing: Hashing,
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
        Ok(Self {
            archive,
            progress,
            pool,
            room,
            room_units,
            limits: settings.limits,
            kept: None,
            hashing: settings.hashing,
        })
    }

    /// The same where log files were kept as hashes of their content.
    pub fn of_kept(self, kept: Option<&'a KeptArchive>) -> Self {
        Self { kept, ..self }
    }

    /// Where only hashes of log files are there.
    pub fn kept(&self) -> Option<&'a KeptArchive> {
        self.kept
    }

    /// What gives the SHA-256 of a fetched object as it lies there, if that is asked for.
    pub fn object_hash(&self) -> fn(&Fetched) -> Option<String> {
        match self.hashing {
            Hashing::Contents => |_| None,
            Hashing::ObjectsToo => |fetched| Some(hex(&Sha256::digest(&fetched.bytes))),
        }
    }

    /// What is known of a log file without its bytes: the hash of its content or what is wrong with its form; or why
    /// nothing is known.
    pub fn known(&self, object: &ObjectMeta) -> Option<Result<Result<Hash, String>, String>> {
        let known = self.kept?.content(object)?;
        self.progress.event(Event::Read { bytes: object.size_bytes, inflated_bytes: 0 });
        Some(known.cloned().map_err(ToOwned::to_owned))
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
            let content = one_member(&fetched.bytes, &limits);
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

/// An error of the archive with its causes, in one sentence.
pub fn in_words(error: &eksamine_archive::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
