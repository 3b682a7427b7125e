//! Ctrl-C. A reading command ends at once and tidies up; an ingest commits what it has, and ends at once only when
//! asked again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// The user interrupted the program.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Runs a command until it ends or the user interrupts it. What the command holds is dropped then, temporary lakes
/// among it.
pub async fn unless_interrupted<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    // Listening begins before the command does: a signal that finds no listener would end the program on the spot.
    let mut interrupts = signal(SignalKind::interrupt()).context("can't listen for Ctrl-C")?;
    tokio::select! {
        result = command => result,
        _ = interrupts.recv() => Err(Interrupted.into()),
    }
}

/// Whether the user wants an ingest to stop.
#[derive(Default)]
pub struct Stop {
    asked: AtomicBool,
    wake: Notify,
}

impl Stop {
    /// Is asked by the first Ctrl-C from now on; the second ends the program.
    pub fn on_interrupt(on_first: impl Fn() + Send + 'static) -> anyhow::Result<Arc<Self>> {
        let mut interrupts = signal(SignalKind::interrupt()).context("can't listen for Ctrl-C")?;
        let stop = Arc::new(Self::default());
        let set = Arc::clone(&stop);
        tokio::spawn(async move {
            interrupts.recv().await;
            set.asked.store(true, Ordering::Relaxed);
            on_first();
            set.wake.notify_one();
            interrupts.recv().await;
            // Whatever is under way was not committed, and the next run puts the lake right.
            std::process::exit(i32::from(crate::failure::INTERRUPTED));
        });
        Ok(stop)
    }

    pub fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Runs what has nothing to commit: it ends with the first Ctrl-C. Only one may wait at a time.
    pub async fn unless_asked<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        tokio::select! {
            result = work => result,
            () = self.wake.notified() => Err(Interrupted.into()),
        }
    }
}
