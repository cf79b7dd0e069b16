use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const LEASE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A store with a clock of whole seconds that stands still, and a function that advances the clock.
fn store(capacity: usize) -> (MemoryStore, impl Fn(Duration)) {
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let store = MemoryStore::new(capacity).clock(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
    (store, move |time| {
        now.fetch_add(time.as_secs(), Ordering::SeqCst);
    })
}

fn key(n: usize) -> DeliveryKey {
    DeliveryKey::of_event("a", "b", &n.to_string())
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn the_store_keeps_the_contract() {
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
    // The store still serves the deliveries that it holds.
    assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::InFlight { retry_after: LEASE }));
    assert_eq!(store.complete(&key(1), DAY).await, Ok(()));
    assert_eq!(store.claim(&key(1), LEASE).await, Ok(Claim::Done));
    assert_eq!(store.claim(&key(2), LEASE).await, Ok(Claim::Done));
    advance(DAY);
    assert!(matches!(store.claim(&key(3), LEASE).await, Ok(Claim::Claimed(_))));
}

#[tokio::test]
async fn each_call_removes_two_expired_deliveries() {
    // A call takes a tenth of a second under Miri.
    let half = if cfg!(miri) { 5 } else { 500 };
    let (store, advance) = store(2 * half);
    for n in 0..2 * half {
        store.complete(&key(n), DAY).await.unwrap();
    }
    advance(DAY);
    assert_eq!(store.len(), 2 * half);
    // A call adds one and removes two.
    store.complete(&key(10_000), DAY).await.unwrap();
    assert_eq!(store.len(), 2 * half - 1);
    for n in 1..half {
        store.complete(&key(10_000 + n), DAY).await.unwrap();
    }
    assert_eq!(store.len(), half);
}

#[tokio::test]
async fn an_expired_delivery_is_claimed_before_it_is_removed() {
    let (store, advance) = store(1_000);
    for n in 0..10 {
        store.complete(&key(n), DAY).await.unwrap();
    }
    advance(DAY);
    // Deliveries that expire together are removed in the order of their keys, which are hashes. So some are claimed before that.
    for n in 0..10 {
        assert!(matches!(store.claim(&key(n), LEASE).await, Ok(Claim::Claimed(_))), "{n}");
    }
}

/// A delivery that was added later may expire earlier.
#[tokio::test]
async fn the_first_delivery_to_expire_is_removed_first() {
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

#[tokio::test]
async fn a_full_store_has_room_from_the_moment_at_which_a_delivery_expires() {
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let store = MemoryStore::new(1).clock(move || Duration::from_millis(clock.load(Ordering::SeqCst)));
    let lease = Duration::from_millis(1_500);
    for (at, n, claimed) in
        [(0, 1, true), (1_499, 2, false), (1_500, 2, true), (2_999, 1, false), (3_000, 1, true)]
    {
        now.store(at, Ordering::SeqCst);
        assert_eq!(store.claim(&key(n), lease).await.is_ok(), claimed, "{at} {n}");
    }
}

#[tokio::test]
async fn a_forgotten_delivery_is_handled_again() {
    let (store, _) = store(10);
    store.complete(&key(1), DAY).await.unwrap();
    assert!(!store.is_empty());
    assert!(store.clone().forget(&key(1)));
    assert!(!store.forget(&key(1)));
    assert!(store.is_empty());
    assert!(matches!(store.claim(&key(1), LEASE).await, Ok(Claim::Claimed(_))));
}

#[test]
fn exactly_one_of_many_threads_gets_the_claim() {
    // Miri runs one thread at a time.
    let threads = if cfg!(miri) { 4 } else { 100 };
    let store = MemoryStore::new(100);
    let claims: Vec<_> = std::thread::scope(|scope| {
        let claim = || block_on(store.claim(&key(1), LEASE));
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(claim)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    assert_eq!(claims.iter().filter(|claim| matches!(claim, Claim::Claimed(_))).count(), 1);
}

#[test]
fn a_poisoned_lock_does_no_harm() {
    let store = MemoryStore::new(10);
    let poisoner = store.clone();
    let poisoned = std::thread::spawn(move || {
        let _deliveries = poisoner.lock();
        panic!("on purpose");
    });
    assert!(poisoned.join().is_err());
    assert!(store.deliveries.is_poisoned());
    assert!(matches!(block_on(store.claim(&key(1), LEASE)), Ok(Claim::Claimed(_))));
}

#[tokio::test]
async fn the_longest_retention_does_not_overflow() {
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
