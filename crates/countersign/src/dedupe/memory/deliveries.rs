//! Deliveries by key and by expiry.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::Duration;

use super::MemoryStoreFull;
use crate::dedupe::DeliveryKey;

/// The state behind the lock. Both trees hold the same deliveries.
///
/// They are B-trees, because a B-tree grows and shrinks by one small node at a time. A hash map finds a key among a million about twice as
/// fast, but it grows by moving all entries at once. That takes a tenth of a second, and all threads would wait for the lock. A hash map
/// may also double its table when many entries come and go.
#[derive(Default)]
pub(super) struct Deliveries {
    /// Answers a claim. A balanced tree is equally fast for all keys, so nobody can slow the store down by choosing event ids.
    pub(super) by_key: BTreeMap<DeliveryKey, Entry>,
    /// Finds the delivery that expires first. This is not the oldest one, because a lease is shorter than a retention, and two routes that
    /// share a store may have different retentions. The key is a part of the element, because two deliveries may expire at the same time.
    ///
    /// An element is removed as soon as its delivery is released, completed or claimed again. It would save a search to leave the element
    /// here and to skip it later. But a delivery that keeps failing would then add an element for each attempt, without bound.
    by_expiry: BTreeSet<(Duration, DeliveryKey)>,
    /// The number of claims so far. The next claim takes the next number.
    pub(super) claims: u64,
}

/// A delivery that is in flight or handled.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The end of the lease or of the retention, by the store's clock. The delivery has expired from this moment on.
    pub(super) expires: Duration,
    /// The number of the claim that holds the delivery. `None` if the delivery was handled.
    pub(super) owner: Option<NonZeroU64>,
}

impl Deliveries {
    /// Adds a delivery or replaces it. Replacing needs no room, so a full store still serves the deliveries that it holds.
    pub(super) fn insert(
        &mut self,
        key: &DeliveryKey,
        entry: Entry,
        capacity: usize,
    ) -> Result<(), MemoryStoreFull> {
        if self.by_key.len() >= capacity && !self.by_key.contains_key(key) {
            return Err(MemoryStoreFull { capacity });
        }
        if let Some(replaced) = self.by_key.insert(*key, entry) {
            self.by_expiry.remove(&(replaced.expires, *key));
        }
        self.by_expiry.insert((entry.expires, *key));
        Ok(())
    }

    /// Removes a delivery. Returns whether it was there.
    pub(super) fn remove(&mut self, key: &DeliveryKey) -> bool {
        self.by_key.remove(key).is_some_and(|entry| self.by_expiry.remove(&(entry.expires, *key)))
    }

    /// Removes at most two expired deliveries. A call adds at most one, so removing two is enough to remove all of them over time. If a
    /// call removed all of them at once, the first call after a quiet day would have to remove thousands.
    pub(super) fn remove_expired(&mut self, now: Duration) {
        for _ in 0..2 {
            let Some((_, key)) = self.by_expiry.first().filter(|(expires, _)| *expires <= now) else {
                return;
            };
            self.by_key.remove(key);
            self.by_expiry.pop_first();
        }
    }
}

#[cfg(test)]
mod tests;
