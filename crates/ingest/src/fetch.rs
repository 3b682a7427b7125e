//! The network side of a wave: objects are fetched ahead of the workers, as many bytes at a time as memory allows.
//! What the bytes mean is not looked at here.

use std::sync::Arc;

use eksamine_archive::Fetched;
use futures::{FutureExt, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::plan::Wanted;

/// An object on its way from the archive to a worker.
pub struct Delivery {
    pub wanted: Wanted,
    pub result: Result<Fetched, eksamine_archive::Error>,
    /// Bytes in flight, given back when the object is decoded.
    _room: Option<OwnedSemaphorePermit>,
}

/// How much may be under way at once.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    pub objects: usize,
    pub bytes: u64,
}

/// Small objects that are ready are delivered together, up to so many bytes: waking a worker for each takes longer than
/// reading it.
const TOGETHER_BYTES: u64 = 128 << 10;

/// The semaphore counts in 32 bits, so it counts KiB.
const ROOM_UNIT_BYTES: u64 = 1024;

/// Fetches objects in their order and delivers them as they arrive. Blocks the calling thread until the last one is
/// delivered, nobody receives any more, or `stopped` says so; what is under way then is still delivered.
pub fn fetch(
    runtime: &Handle,
    wave: &[Wanted],
    flight: Flight,
    deliveries: mpsc::Sender<Vec<Delivery>>,
    stopped: &(dyn Fn() -> bool + Sync),
) {
    let units = (flight.bytes / ROOM_UNIT_BYTES).clamp(1, u64::from(u32::MAX)) as u32;
    let room = Arc::new(Semaphore::new(units as usize));
    // The one place where a thread waits for tokio.
    runtime.block_on(async {
        let mut fetched = futures::stream::iter(wave)
            .take_while(|_| futures::future::ready(!stopped()))
            .map(|wanted| {
                let room = Arc::clone(&room);
                async move {
                    let size = (wanted.object.size_bytes / ROOM_UNIT_BYTES + 1).min(u64::from(units)) as u32;
                    let permit = room.acquire_many_owned(size).await.ok();
                    let result = wanted.archive.get(&wanted.object).await;
                    Delivery { wanted: wanted.clone(), result, _room: permit }
                }
            })
            .buffer_unordered(flight.objects.max(1));
        while let Some(delivery) = fetched.next().await {
            let mut bytes = delivery.wanted.object.size_bytes;
            let mut together = vec![delivery];
            while bytes < TOGETHER_BYTES
                && let Some(Some(next)) = fetched.next().now_or_never()
            {
                bytes += next.wanted.object.size_bytes;
                together.push(next);
            }
            if deliveries.send(together).await.is_err() {
                return;
            }
        }
    });
}
