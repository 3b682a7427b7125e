//! Threads that read files: as many as have something to do, and each goes on to the next file by itself. Waking a thread
//! for each of many small files takes longer than reading it. What is read, and what may be, is not decided here.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Most threads that read at once; a disk has its own queue.
const MOST_THREADS: usize = 8;

type Work = Box<dyn FnOnce() + Send>;

/// Work that waits, and the threads that do it.
#[derive(Default)]
pub(super) struct Readers {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    threads: usize,
}

impl Readers {
    /// Does some work on one of the threads. None if that ended without a result, which is a panic or the runtime's end.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        let begins = {
            let mut state = self.state();
            // Whoever asked may be gone; then nobody misses the result.
            state.waiting.push_back(Box::new(move || drop(done.send(work()))));
            let begins = state.threads < MOST_THREADS.min(state.waiting.len());
            state.threads += usize::from(begins);
            begins
        };
        if begins {
            let readers = Arc::clone(self);
            drop(spawn_blocking(move || readers.work()));
        }
        result.await.ok()
    }

    /// What one thread does, until nothing waits.
    fn work(&self) {
        loop {
            let next = {
                let mut state = self.state();
                let next = state.waiting.pop_front();
                // Under the same lock, so that work that comes from now on begins another thread.
                state.threads -= usize::from(next.is_none());
                next
            };
            let Some(next) = next else { return };
            // What panics has no result; the thread has others to see to.
            drop(catch_unwind(AssertUnwindSafe(next)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_work_is_done_and_a_panic_takes_only_its_own_with_it() {
        let readers = Arc::new(Readers::default());
        let work = (0..100_usize).map(|number| {
            readers.run(move || {
                assert!(number % 10 != 3, "this one fails");
                number
            })
        });
        let results = futures::future::join_all(work).await;
        for (number, result) in results.into_iter().enumerate() {
            assert_eq!(result, (number % 10 != 3).then_some(number));
        }
        assert_eq!(readers.run(|| 7).await, Some(7));
    }
}
