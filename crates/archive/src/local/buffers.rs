//! Room to read files into, used for one after another: memory that is touched for the first time costs more than
//! reading into it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// How many rooms are kept, and how large each may be.
const MOST_KEPT: usize = 64;
const LARGEST_KEPT_BYTES: usize = 256 << 10;

/// Rooms nobody uses.
#[derive(Default)]
pub(super) struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
}

impl Buffers {
    /// Reads what should have so many bytes, and at most one more. The room comes back when the bytes are dropped.
    pub(super) fn fill(self: &Arc<Self>, file: impl Read, size_bytes: u64) -> io::Result<Bytes> {
        let limit = size_bytes.saturating_add(1);
        let mut room = Room { bytes: self.take(usize::try_from(limit).unwrap_or(0)), home: Arc::clone(self) };
        file.take(limit).read_to_end(&mut room.bytes)?;
        Ok(Bytes::from_owner(room))
    }

    fn take(&self, size: usize) -> Vec<u8> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.filter(|room| room.capacity() >= size).unwrap_or_else(|| {
            // Most that are small have room for each other.
            let rounded = if size <= LARGEST_KEPT_BYTES { size.next_power_of_two() } else { size };
            Vec::with_capacity(rounded)
        })
    }
}

struct Room {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl AsRef<[u8]> for Room {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() > LARGEST_KEPT_BYTES {
            return;
        }
        let mut free = self.home.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MOST_KEPT {
            bytes.clear();
            free.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_used_again_and_shows_nothing_of_what_was_in_it() {
        let buffers = Arc::new(Buffers::default());
        let first = buffers.fill(&b"the first one"[..], 13).unwrap();
        let (kept, place) = (first.slice(4..9), first.as_ptr());
        drop(first);
        let second = buffers.fill(&b"second"[..], 6).unwrap();
        assert_ne!(second.as_ptr(), place, "what is still looked at is not written over");
        assert_eq!((&kept[..], &second[..]), (&b"first"[..], &b"second"[..]));
        drop(kept);
        let third = buffers.fill(&b"3"[..], 1).unwrap();
        assert_eq!((third.as_ptr(), &third[..]), (place, &b"3"[..]));
    }

    #[test]
    fn no_more_is_read_than_shows_that_a_file_has_grown() {
        let buffers = Arc::new(Buffers::default());
        assert_eq!(&buffers.fill(&b"longer than it was"[..], 6).unwrap()[..], b"longer ");
        assert_eq!(&buffers.fill(&b"less"[..], 6).unwrap()[..], b"less");
        assert!(buffers.fill(&b""[..], 0).unwrap().is_empty());
    }

    #[test]
    fn large_rooms_are_given_back_to_the_system() {
        let buffers = Arc::new(Buffers::default());
        let large = vec![1; LARGEST_KEPT_BYTES + 1];
        assert_eq!(buffers.fill(&large[..], large.len() as u64).unwrap().len(), large.len());
        assert!(buffers.free.lock().unwrap().is_empty());
    }
}
