//! How the operators of a question share the memory it may use.
//!
//! DataFusion has two pools with a limit. One gives to whoever asks first, and the others fail where they could have
//! gone to disk. The other divides by the number of those that could ask, and a question has a dozen of them of which
//! two ask for much: these go to disk while nine tenths lie idle. Here an operator may have more than its share while
//! half of the memory is unused, and may always have a little. Not responsible for what an operator does when it gets no more.

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The pool. Never gives out more than its size to those that can go to disk.
#[derive(Debug)]
pub struct SharingPool {
    size_bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many could go to disk, whether they have memory or not.
    spilling: usize,
    /// What those have.
    spillable_bytes: usize,
    /// What the others have, who fail without it.
    fixed_bytes: usize,
}

impl State {
    fn reserved_bytes(&self) -> usize {
        self.spillable_bytes + self.fixed_bytes
    }

    fn kind_bytes(&mut self, reservation: &MemoryReservation) -> &mut usize {
        if reservation.consumer().can_spill() { &mut self.spillable_bytes } else { &mut self.fixed_bytes }
    }
}

impl SharingPool {
    pub fn new(size_bytes: usize) -> Self {
        Self { size_bytes, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of those that can go to disk may have so much in all.
    fn may_have(&self, state: &State, wanted_bytes: usize, additional_bytes: usize) -> bool {
        let for_spilling_bytes = self.size_bytes.saturating_sub(state.fixed_bytes);
        let used_bytes = state.spillable_bytes + additional_bytes;
        let share_bytes = for_spilling_bytes / state.spilling.max(1);
        // A quarter is kept so that nobody is left without the little that going to disk takes.
        let for_all_bytes = for_spilling_bytes / 4 * 3;
        wanted_bytes <= share_bytes / 4
            || used_bytes <= for_all_bytes && wanted_bytes <= share_bytes
            || used_bytes <= for_spilling_bytes / 2
    }
}

impl fmt::Display for SharingPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sharing(size: {} bytes)", self.size_bytes)
    }
}

impl MemoryPool for SharingPool {
    fn name(&self) -> &'static str {
        "sharing"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.state().spilling += 1;
        }
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            let mut state = self.state();
            state.spilling = state.spilling.saturating_sub(1);
        }
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.state().kind_bytes(reservation) += additional;
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        let mut state = self.state();
        let kind_bytes = state.kind_bytes(reservation);
        *kind_bytes = kind_bytes.saturating_sub(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut state = self.state();
        let allowed = if reservation.consumer().can_spill() {
            self.may_have(&state, reservation.size() + additional, additional)
        } else {
            state.reserved_bytes() + additional <= self.size_bytes
        };
        if !allowed {
            return Err(DataFusionError::ResourcesExhausted(format!(
                "`{}` has {} bytes and can't have {additional} more; {} of {} bytes are in use",
                reservation.consumer().name(),
                reservation.size(),
                state.reserved_bytes(),
                self.size_bytes,
            )));
        }
        *state.kind_bytes(reservation) += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.state().reserved_bytes()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.size_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SIZE: usize = 1_000;

    /// A pool, and so many who could go to disk.
    fn pool_with(spilling: usize) -> (Arc<dyn MemoryPool>, Vec<MemoryReservation>) {
        let pool: Arc<dyn MemoryPool> = Arc::new(SharingPool::new(SIZE));
        let register = |index| MemoryConsumer::new(format!("sort {index}")).with_can_spill(true).register(&pool);
        let reservations = (0..spilling).map(register).collect();
        (pool, reservations)
    }

    #[test]
    fn half_of_the_memory_goes_to_whoever_asks() {
        let (pool, reservations) = pool_with(10);
        reservations[0].try_grow(SIZE / 2).unwrap();
        assert!(reservations[0].try_grow(1).is_err());
        assert_eq!(pool.reserved(), SIZE / 2);
    }

    #[test]
    fn whoever_comes_late_has_a_share_still() {
        let (_pool, reservations) = pool_with(10);
        reservations[0].try_grow(SIZE / 2).unwrap();
        reservations[1].try_grow(SIZE / 10).unwrap();
        assert!(reservations[1].try_grow(1).is_err());
    }

    #[test]
    fn a_little_is_left_for_each_and_never_more_than_there_is() {
        let (pool, reservations) = pool_with(10);
        for reservation in &reservations {
            while reservation.try_grow(1).is_ok() {}
        }
        assert!(reservations.iter().all(|reservation| reservation.size() >= SIZE / 40), "{reservations:?}");
        assert!(pool.reserved() <= SIZE, "{}", pool.reserved());
    }

    #[test]
    fn what_cannot_go_to_disk_may_take_the_rest() {
        let (pool, reservations) = pool_with(2);
        reservations[0].try_grow(SIZE / 2).unwrap();
        let fixed = MemoryConsumer::new("join").register(&pool);
        fixed.try_grow(SIZE / 2).unwrap();
        let error = fixed.try_grow(1).unwrap_err().to_string();
        assert!(error.contains("`join` has 500 bytes and can't have 1 more; 1000 of 1000 bytes are in use"), "{error}");
        drop(fixed);
        reservations[1].try_grow(SIZE / 4).unwrap();
    }
}
