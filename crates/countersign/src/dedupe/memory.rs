//! The memory of one process.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use self::table::{Entry, Spot, Table};
use crate::{Claim, ClaimToken, DedupeStore, DeliveryKey};

mod index;
mod table;

/// Remembers deliveries in the memory of this process: for a receiver that runs on one machine. Clones share it.
///
/// A restart forgets everything; a retry that comes after it is handled again. With more than one process, use `RedisStore`
/// of the crate `countersign-redis`.
///
/// It holds at most `capacity` deliveries, in flight and done ones together, and then **refuses** new ones with
/// [`MemoryStoreFull`] until the second ends in which the first expires: it never forgets one early, since that would let a
/// repeat through. Each takes between 80 and 171 bytes, and up to 235 for the moment in which the table doubles; a store of 100 000
/// takes 17 MB at most. With the default retention of 24 hours that suffices for one delivery a second.
///
/// What has expired is let go by the calls that follow, a few at a time; there is neither a scan nor a background task. No call does
/// more among a million deliveries than among a thousand. But it waits for memory that no cache holds, and so takes 1.4 times as
/// long while they expire in about the order in which they came, and about twice as long where they do not.
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
    // One lock for all: it is held for a microsecond or two, and for some milliseconds when a large table doubles.
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
        let mut table = self.table();
        let spot = table.spot(key);
        table.remove(&spot)
    }

    /// How many deliveries it holds, expired ones that have not been let go among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().len()
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

    fn put(
        &self,
        table: &mut Table,
        spot: &Spot,
        key: &DeliveryKey,
        entry: Entry,
    ) -> Result<(), MemoryStoreFull> {
        let capacity = self.capacity;
        if table.put(spot, key, entry, capacity) { Ok(()) } else { Err(MemoryStoreFull { capacity }) }
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
        table.purge(now, self.capacity);
        let spot = table.spot(key);
        if let Some(held) = table.get(&spot).filter(|held| held.expires > now) {
            let left = Duration::from_nanos(held.expires.saturating_sub(now));
            return Ok(held.owner.map_or(Claim::Done, |_| Claim::InFlight { retry_after: left }));
        }
        let owner = table.next_owner();
        self.put(&mut table, &spot, key, Entry { expires: after(now, lease), owner: Some(owner) })?;
        Ok(Claim::Claimed(token(owner)))
    }

    async fn complete(&self, key: &DeliveryKey, retention: Duration) -> Result<(), MemoryStoreFull> {
        let now = self.now();
        let mut table = self.table();
        table.purge(now, self.capacity);
        let spot = table.spot(key);
        self.put(&mut table, &spot, key, Entry { expires: after(now, retention), owner: None })
    }

    async fn release(&self, key: &DeliveryKey, by: &ClaimToken) -> Result<(), MemoryStoreFull> {
        let mut table = self.table();
        let spot = table.spot(key);
        if table.get(&spot).and_then(|held| held.owner).is_some_and(|owner| token(owner) == *by) {
            table.remove(&spot);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const LEASE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A store with a clock of whole seconds that stands still, and what moves it.
    fn store(capacity: usize) -> (MemoryStore, impl Fn(Duration)) {
        let now = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now);
        let store =
            MemoryStore::new(capacity).clock(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
        (store, move |time| {
            now.fetch_add(time.as_secs(), Ordering::SeqCst);
        })
    }

    fn key(n: usize) -> DeliveryKey {
        DeliveryKey::of_event("a", "b", &n.to_string())
    }

    #[cfg(feature = "testing")]
    #[tokio::test]
    async fn it_keeps_the_contract() {
        let (store, advance) = store(100);
        crate::testing::check_store(&store, async |time| advance(time)).await;
    }

    #[tokio::test]
    async fn a_full_store_refuses_and_forgets_nothing() {
        let (store, advance) = store(2);
        assert!(matches!(store.claim(&key(1), LEASE).await, Ok(Claim::Claimed(_))));
        store.complete(&key(2), DAY).await.unwrap();
        for _ in 0..3 {
            let error = store.claim(&key(3), LEASE).await.unwrap_err();
            assert_eq!(error.to_string(), "memory store is full with 2 deliveries");
        }
        assert_eq!(store.complete(&key(3), DAY).await, Err(MemoryStoreFull { capacity: 2 }));
        // What it has it goes on serving.
        assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::InFlight { retry_after: LEASE }));
        assert_eq!(store.complete(&key(1), DAY).await, Ok(()));
        assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::Done));
        assert_eq!(store.claim(&key(2), LEASE).await, Ok(Claim::Done));
        advance(DAY);
        assert!(matches!(store.claim(&key(3), LEASE).await, Ok(Claim::Claimed(_))));
    }

    #[tokio::test]
    async fn what_has_expired_is_let_go() {
        let (store, advance) = store(1_000);
        for n in 0..1_000 {
            store.complete(&key(n), DAY).await.unwrap();
        }
        advance(DAY);
        assert_eq!(store.len(), 1_000);
        // None pays for many.
        store.complete(&key(10_000), DAY).await.unwrap();
        assert!((980..1_000).contains(&store.len()), "{}", store.len());
        for n in 1..500 {
            store.complete(&key(10_000 + n), DAY).await.unwrap();
        }
        assert_eq!(store.len(), 500);
    }

    /// Whatever came first: a short life behind a long one makes room when it ends, and the long one stays.
    #[tokio::test]
    async fn the_first_to_expire_is_the_first_to_go() {
        let (store, advance) = store(2);
        store.complete(&key(1), DAY * 7).await.unwrap();
        store.complete(&key(2), DAY).await.unwrap();
        assert!(store.claim(&key(3), LEASE).await.is_err());
        advance(DAY);
        assert!(matches!(store.claim(&key(3), LEASE).await, Ok(Claim::Claimed(_))));
        assert!(store.claim(&key(4), LEASE).await.is_err());
        // A lease that ended makes room in the same way.
        advance(LEASE);
        assert!(matches!(store.claim(&key(4), LEASE).await, Ok(Claim::Claimed(_))));
        assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::Done));
    }

    /// An expired delivery is free to the moment; its room is, for others, at the end of that second.
    #[tokio::test]
    async fn room_is_made_by_the_second() {
        let now = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now);
        let store = MemoryStore::new(1).clock(move || Duration::from_millis(clock.load(Ordering::SeqCst)));
        let lease = Duration::from_millis(1_500);
        for (at, n, claimed) in [
            (0, 1, true),
            (1_499, 2, false),
            (1_500, 2, false),
            (1_500, 1, true),
            (2_999, 2, false),
            (3_000, 2, true),
        ] {
            now.store(at, Ordering::SeqCst);
            assert_eq!(store.claim(&key(n), lease).await.is_ok(), claimed, "{at} {n}");
        }
    }

    #[tokio::test]
    async fn an_operator_can_have_it_handled_again() {
        let (store, _) = store(10);
        store.complete(&key(1), DAY).await.unwrap();
        assert!(store.clone().forget(&key(1)));
        assert!(!store.forget(&key(1)));
        assert!(store.is_empty());
        assert!(matches!(store.claim(&key(1), LEASE).await, Ok(Claim::Claimed(_))));
    }

    #[test]
    fn of_many_threads_one_gets_it() {
        let store = MemoryStore::new(100);
        let claims: Vec<_> = std::thread::scope(|scope| {
            let claim = || block_on(store.claim(&key(1), LEASE));
            let threads: Vec<_> = (0..100).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|claim| matches!(claim, Claim::Claimed(_))).count(), 1);
    }

    #[test]
    fn a_poisoned_lock_does_no_harm() {
        let store = MemoryStore::new(10);
        let poisoner = store.clone();
        let poisoned = std::thread::spawn(move || {
            let _table = poisoner.table();
            panic!("on purpose");
        });
        assert!(poisoned.join().is_err());
        assert!(store.shared.is_poisoned());
        assert!(matches!(block_on(store.claim(&key(1), LEASE)), Ok(Claim::Claimed(_))));
    }

    #[tokio::test]
    async fn times_without_end_are_taken() {
        let (store, advance) = store(10);
        advance(DAY);
        store.complete(&key(1), Duration::MAX).await.unwrap();
        advance(DAY * 365);
        assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::Done));
        let debug = format!("{store:?}");
        assert_eq!(debug, "MemoryStore { len: 1, capacity: 10, .. }");
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }
}
