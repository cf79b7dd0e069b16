//! The memory for the bodies of all connections together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of each body that do not count, so that an ordinary delivery always passes.
pub(super) const FREE: usize = 64 * 1024;

/// The bytes that are left. Only the part of a body beyond [`FREE`] takes some.
#[derive(Debug)]
pub(super) struct Memory {
    left: AtomicUsize,
}

/// The part of one body. It is given back on drop.
#[derive(Debug)]
pub(super) struct Share<'a> {
    memory: &'a Memory,
    held: usize,
}

impl Memory {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { left: AtomicUsize::new(bytes) }
    }

    pub(super) const fn share(&self) -> Share<'_> {
        Share { memory: self, held: 0 }
    }
}

impl Share<'_> {
    /// Takes the memory for a body of this size, and returns whether enough was left. It counts twice the size, because a growing vector
    /// may allocate twice its bytes.
    pub(super) fn cover(&mut self, bytes: usize) -> bool {
        let needed = bytes.saturating_sub(FREE).saturating_mul(2);
        let more = needed.saturating_sub(self.held);
        // No other memory depends on this number, so it needs no ordering.
        let taken = self
            .memory
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(more))
            .is_ok();
        if taken {
            self.held = self.held.saturating_add(more);
        }
        taken
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.memory.left.fetch_add(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_the_memory_and_give_it_back() {
        let memory = Memory::new(1000);
        let (mut first, mut second) = (memory.share(), memory.share());
        assert!(first.cover(FREE + 400) && first.cover(FREE + 100), "it holds 800");
        assert!(!second.cover(FREE + 101));
        assert!(second.cover(FREE + 100) && second.cover(FREE));
        assert!(!first.cover(FREE + 401));
        drop(first);
        assert!(second.cover(FREE + 500) && !second.cover(FREE + 501) && !second.cover(usize::MAX));
        drop(second);
        assert_eq!(memory.left.into_inner(), 1000);
    }
}
