//! Ctrl-C. A reading command ends at once and tidies up; an ingest commits what it has, and ends at once only when
//! asked again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The user interrupted the program.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Runs a command until it ends or the user interrupts it. What the command holds is dropped then, temporary lakes
/// among it.
pub async fn unless_interrupted<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::select! {
        result = command => result,
        _ = tokio::signal::ctrl_c() => Err(Interrupted.into()),
    }
}

/// A flag that the first Ctrl-C sets; the second ends the program.
pub fn stop_flag(on_first: impl Fn() + Send + 'static) -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            set.store(true, Ordering::Relaxed);
            on_first();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            // Whatever is under way was not committed, and the next run puts the lake right.
            std::process::exit(i32::from(crate::failure::INTERRUPTED));
        }
    });
    flag
}
