//! A store in the memory of one process.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use self::deliveries::{Deliveries, Entry};
use crate::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};

mod deliveries;

/// Remembers deliveries in the memory of this process, for a receiver that runs on one machine. Clones share one store.
///
/// A restart forgets everything, so a retry that comes after it is handled again. With more than one process, use `RedisStore`
/// of the crate `countersign-redis`.
///
/// The store holds at most `capacity` deliveries. Deliveries in flight and handled ones both count. A full store **refuses** new
/// deliveries with [`MemoryStoreFull`] until one that it holds expires. It never forgets a delivery early, because its repeat
/// would then be handled again.
///
/// A delivery takes about 180 bytes, and at most 240 in a store of many. A store of 100 000 deliveries takes about 18 MB. It has
/// room for one delivery a second with the default retention of 24 hours.
///
/// There is no background task and no scan: each claim and each completion removes up to two expired deliveries. A call takes
/// less than a microsecond in a store of 100 000. A million entries do not fit the CPU cache: a call takes three to five times as
/// long there as in a store of a thousand.
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
    // The mutex is the one of `std`, as tokio's docs advise where no lock is held across an `.await`. A call holds it for about a
    // microsecond. An asynchronous mutex would cost more than that wait, and would tie the store to a runtime.
    deliveries: Arc<Mutex<Deliveries>>,
    capacity: usize,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// A [`MemoryStore`] holds as many deliveries as it may, and none of them has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("memory store is full with {capacity} deliveries")]
pub struct MemoryStoreFull {
    /// The number of deliveries that the store may hold.
    pub capacity: usize,
}

impl MemoryStore {
    /// An empty store for at most `capacity` deliveries. It allocates memory as deliveries come, and frees it as they go.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        // The clock starts when it is first read, because `Instant::now` panics on `wasm32-unknown-unknown`.
        let start = LazyLock::new(Instant::now);
        Self { deliveries: Arc::default(), capacity, clock: Arc::new(move || start.elapsed()) }
    }

    /// Sets the clock, for tests and for platforms without one, such as `wasm32-unknown-unknown`. It returns the time since any
    /// fixed moment. Default: the time since the store was first used, by [`Instant`]. Set the clock before you clone the store.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(now);
        self
    }

    /// Forgets a delivery, in flight or handled, so that the next attempt is handled. For operators. Returns whether the store
    /// held it.
    pub fn forget(&self, key: &DeliveryKey) -> bool {
        self.lock().remove(key)
    }

    /// The number of deliveries that the store holds. Expired deliveries that no call has removed yet count too.
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
        // No code of this module panics while it holds the lock, so the trees are consistent even if the lock is poisoned.
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
        // A late owner's token is not the token of the claim that holds the delivery now.
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
