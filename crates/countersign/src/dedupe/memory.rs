//! The memory of one process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::{Claim, ClaimToken, DedupeStore, DeliveryKey};

/// Remembers deliveries in the memory of this process: for a receiver that runs on one machine. Clones share it.
///
/// A restart forgets everything; a retry that comes after it is handled again. With more than one process, use `RedisStore`
/// of the crate `countersign-redis`.
///
/// It holds at most `capacity` deliveries, in flight and done ones together, and then **refuses** new ones with
/// [`MemoryStoreFull`] until the oldest expires: it never forgets one early, since that would let a repeat through. Each takes
/// less than 200 bytes (MEASURED), when it is there, so that 100 000 take 20 MB at most. With the default retention
/// of 24 hours that suffices for one delivery a second.
///
/// What has expired is let go by the claims that follow, a few at a time; there is neither a scan nor a background task.
///
/// ```
/// use countersign::{DeliveryKey, MemoryStore};
///
/// let store = MemoryStore::new(100_000);
/// // An operator wants a delivery to be handled again:
/// store.forget(&DeliveryKey::of_event("hook", "hook", "evt_1"));
/// assert!(store.is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    // One lock for all: it is held for less than a microsecond, and no receiver handles a million deliveries a second.
    shared: Arc<Mutex<Table>>,
    capacity: usize,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// A [`MemoryStore`] has as many live deliveries as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("memory store is full with {capacity} deliveries")]
pub struct MemoryStoreFull {
    /// How many it may have.
    pub capacity: usize,
}

impl MemoryStore {
    /// An empty store for at most `capacity` deliveries. Memory is taken as they come.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::default(), capacity, clock: Arc::new(since_first_use) }
    }

    /// What time it is, counted from any fixed moment, for tests and for platforms without a clock. Default: the time since the
    /// process first asked, by [`Instant`]. Set it before cloning.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(now);
        self
    }

    /// Forgets a delivery, in flight or done, so that the next attempt is handled. For operators. Tells whether it was there.
    pub fn forget(&self, key: &DeliveryKey) -> bool {
        self.table().remove(key)
    }

    /// How many deliveries it holds, expired ones that have not been let go among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Whoever poisoned it did so outside of these lines, none of which panics half-way.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nanoseconds: eight bytes that last for 584 years.
    fn now(&self) -> u64 {
        nanos((self.clock)())
    }
}

impl DedupeStore for MemoryStore {
    type Error = MemoryStoreFull;

    async fn claim(&self, key: &DeliveryKey, lease: Duration) -> Result<Claim, MemoryStoreFull> {
        let now = self.now();
        let mut table = self.table();
        table.purge(now);
        if let Some(held) = table.entries.get(key).filter(|held| held.expires > now) {
            let left = Duration::from_nanos(held.expires.saturating_sub(now));
            return Ok(held.owner.map_or(Claim::Done, |_| Claim::InFlight { retry_after: left }));
        }
        table.last_owner = table.last_owner.saturating_add(1);
        let owner = table.last_owner;
        table.put(*key, Entry { expires: after(now, lease), owner: Some(owner) }, self.capacity)?;
        Ok(Claim::Claimed(token(owner)))
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), MemoryStoreFull> {
        let now = self.now();
        let mut table = self.table();
        table.purge(now);
        table.put(*key, Entry { expires: after(now, retention), owner: None }, self.capacity)
    }

    async fn release(&self, key: &DeliveryKey, by: &ClaimToken) -> Result<(), MemoryStoreFull> {
        let mut table = self.table();
        if table.entries.get(key).and_then(|held| held.owner).is_some_and(|owner| token(owner) == *by) {
            table.remove(key);
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

/// The deliveries, and the order in which they expire.
struct Table {
    entries: HashMap<DeliveryKey, Entry>,
    // Only its two ends and the place of the lease are ever touched, so that it is fast at any size.
    by_expiry: BTreeSet<(u64, DeliveryKey)>,
    last_owner: NonZeroU64,
}

#[derive(Clone, Copy)]
struct Entry {
    expires: u64,
    /// The claim that holds it; `None` once it is done.
    owner: Option<NonZeroU64>,
}

impl Default for Table {
    fn default() -> Self {
        Self { entries: HashMap::new(), by_expiry: BTreeSet::new(), last_owner: NonZeroU64::MIN }
    }
}

impl Table {
    /// Lets go of what has expired: two at most, one more than a claim adds, so that no claim pays for many and none is left
    /// over in the long run. After it, a full table is full of live deliveries.
    fn purge(&mut self, now: u64) {
        for _ in 0..2 {
            match self.by_expiry.first() {
                Some(&(expires, key)) if expires <= now => self.remove(&key),
                _ => return,
            };
        }
    }

    fn put(&mut self, key: DeliveryKey, entry: Entry, capacity: usize) -> Result<(), MemoryStoreFull> {
        if self.entries.len() >= capacity && !self.entries.contains_key(&key) {
            return Err(MemoryStoreFull { capacity });
        }
        if let Some(old) = self.entries.insert(key, entry) {
            self.by_expiry.remove(&(old.expires, key));
        }
        self.by_expiry.insert((entry.expires, key));
        Ok(())
    }

    fn remove(&mut self, key: &DeliveryKey) -> bool {
        let Some(old) = self.entries.remove(key) else { return false };
        self.by_expiry.remove(&(old.expires, *key))
    }
}

fn token(owner: NonZeroU64) -> ClaimToken {
    ClaimToken::new(u128::from(owner.get()).to_be_bytes())
}

fn after(now: u64, time: Duration) -> u64 {
    now.saturating_add(nanos(time))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// On `wasm32-unknown-unknown`, which has no clock, this would panic: set another there.
fn since_first_use() -> Duration {
    static FIRST_USE: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST_USE.elapsed()
}
