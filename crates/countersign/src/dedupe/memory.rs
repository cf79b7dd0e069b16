//! The store in the memory of one process.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use self::deliveries::{Deliveries, Entry};
use crate::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};

mod deliveries;

/// Remembers deliveries in the memory of one process. Clones share the store.
///
/// A restart forgets all deliveries, so a retry after a restart is handled again. If more than one process receives the deliveries, use
/// `RedisStore` of the crate `countersign-redis`.
///
/// The store holds at most `capacity` deliveries, in flight or handled. A full store **refuses** new deliveries with [`MemoryStoreFull`]
/// until one of its deliveries expires. It never forgets a delivery early, because a repeat would then be handled again.
///
/// A delivery takes about 180 bytes, and at most 240 bytes in a large store. A store of 100 000 deliveries takes about 18 MB. That is
/// enough for one delivery a second with the default retention of 24 hours.
///
/// The store has no background task. Each claim and each completion removes up to two expired deliveries. A call takes less than one
/// microsecond in a store of 100 000. A million deliveries do not fit the CPU cache, so a call takes three to five times as long there as
/// in a store of a thousand.
///
/// ```
/// use countersign::dedupe::{DeliveryKey, MemoryStore};
///
/// let store = MemoryStore::new(100_000);
/// // An operator wants a delivery to be handled again:
/// store.forget(&DeliveryKey::of_event("hook", "hook", "evt_1"));
/// assert!(store.is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    // This is a mutex of `std` and not of tokio, because no task holds it across an `.await`. A call holds it for about one microsecond,
    // and a tokio mutex would cost more than that wait. It would also tie the store to a runtime.
    deliveries: Arc<Mutex<Deliveries>>,
    capacity: usize,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// The [`MemoryStore`] is full, and none of its deliveries has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("memory store is full with {capacity} deliveries")]
pub struct MemoryStoreFull {
    /// The number of deliveries that the store may hold.
    pub capacity: usize,
}

impl MemoryStore {
    /// Makes an empty store for at most `capacity` deliveries. Its memory grows and shrinks with the number of deliveries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        // The clock is started by its first reading, because `Instant::now` panics on `wasm32-unknown-unknown`. A user of that target sets
        // another clock before that.
        let start = LazyLock::new(Instant::now);
        Self { deliveries: Arc::default(), capacity, clock: Arc::new(move || start.elapsed()) }
    }

    /// Sets the clock, for tests and for platforms without one, such as `wasm32-unknown-unknown`. It returns the time since some fixed
    /// moment. Default: the time since the store was first used, by [`Instant`]. Set the clock before you clone the store.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(now);
        self
    }

    /// Forgets a delivery, in flight or handled, so that the next attempt is handled. It is for operators. Returns whether the store held
    /// the delivery.
    pub fn forget(&self, key: &DeliveryKey) -> bool {
        self.lock().remove(key)
    }

    /// The number of deliveries that the store holds. It counts expired deliveries that no call has removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    /// Whether the store holds no delivery.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Deliveries> {
        // A lock is poisoned if a thread panics while it holds the lock. No code between locking and unlocking panics, so the trees are
        // always consistent, and poison is ignored.
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DedupeStore for MemoryStore {
    type Error = MemoryStoreFull;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> Result<Claim, MemoryStoreFull> {
        let now = (self.clock)();
        let mut deliveries = self.lock();
        deliveries.remove_expired(now);
        if let Some(entry) = deliveries.by_key.get(key).filter(|entry| entry.expires > now) {
            let retry_after = entry.expires.saturating_sub(now);
            return Ok(entry.owner.map_or(Claim::Done, |_| Claim::InFlight { retry_after }));
        }
        let owner = NonZeroU64::MIN.saturating_add(deliveries.claims);
        deliveries.claims = owner.get();
        let entry = Entry { expires: now.saturating_add(lease), owner: Some(owner) };
        deliveries.insert(key, entry, self.capacity)?;
        Ok(Claim::Claimed(token(owner)))
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), MemoryStoreFull> {
        let now = (self.clock)();
        let mut deliveries = self.lock();
        deliveries.remove_expired(now);
        deliveries.insert(key, Entry { expires: now.saturating_add(retention), owner: None }, self.capacity)
    }

    async fn release(&self, key: &DeliveryKey, by: &ClaimToken) -> Result<(), MemoryStoreFull> {
        let mut deliveries = self.lock();
        // The owner may be late, and another attempt may have claimed the delivery since. The tokens then differ, and nothing is released.
        if deliveries.by_key.get(key).and_then(|entry| entry.owner).is_some_and(|owner| token(owner) == *by) {
            deliveries.remove(key);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

fn token(owner: NonZeroU64) -> ClaimToken {
    ClaimToken::new(u128::from(owner.get()).to_be_bytes())
}

#[cfg(test)]
mod tests;
