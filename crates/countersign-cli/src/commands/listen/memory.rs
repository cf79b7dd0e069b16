//! How much memory the bodies of all connections may take together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of each body that are always there, so that an ordinary delivery passes whatever the others do.
pub(super) const FREE: usize = 64 * 1024;

/// Bytes that are left for what bodies take beyond [`FREE`].
#[derive(Debug)]
pub(super) struct Memory {
    left: AtomicUsize,
}

/// One body's part of it, given back when this is dropped.
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
    /// Takes what a body of so many bytes needs, and says whether it was there. A vector that grows may hold twice its bytes.
    pub(super) fn cover(&mut self, bytes: usize) -> bool {
        let needed = bytes.saturating_sub(FREE).saturating_mul(2);
        let more = needed.saturating_sub(self.held);
        // The number orders nothing else in memory.
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
    fn bodies_share_what_there_is_and_give_it_back() {
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
