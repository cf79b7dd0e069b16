//! The bytes that a `MemoryStore` allocates for a delivery.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allocation_counter::measure;
use countersign::dedupe::DedupeStore as _;
use countersign::dedupe::{Claim, DeliveryKey, MemoryStore};

const LEASE: Duration = Duration::from_secs(60);

/// Each delivery is claimed and completed, all of them at one moment or one every two seconds. Retentions are equal, or differ by up to
/// a factor of eight. Twice as many deliveries arrive as the store has room for, so that half of them arrive while others expire.
#[test]
fn a_delivery_takes_at_most_300_bytes() {
    for count in [1_000_u64, 20_000] {
        for (pause, lives) in [(0, 1), (2, 1), (2, 8)] {
            let clock = Arc::new(AtomicU64::new(0));
            let now = Arc::clone(&clock);
            let store = MemoryStore::new(usize::try_from(count).unwrap())
                .clock(move || Duration::from_secs(now.load(Ordering::Relaxed)));
            let mut most = 0;
            let taken = measure(|| {
                block_on(async {
                    for n in 0..count * 2 {
                        let life = Duration::from_secs(2 * count * (1 + n % lives) / lives);
                        if store.claim(&key(n), LEASE).await.is_ok() {
                            store.complete(&key(n), life).await.unwrap();
                        }
                        most = most.max(store.len());
                        clock.fetch_add(pause, Ordering::Relaxed);
                    }
                });
            });
            let bytes = taken.bytes_max / u64::try_from(most).unwrap();
            println!("{most} deliveries, one in {pause} s, {lives} different lives: {bytes} bytes each");
            assert!((80..=300).contains(&bytes), "{most} deliveries: {bytes} bytes each");
        }
    }
}

#[test]
fn a_delivery_that_is_tried_ten_thousand_times_takes_the_memory_of_one() {
    let store = MemoryStore::new(10);
    let taken = measure(|| {
        block_on(async {
            for _ in 0..10_000 {
                let Ok(Claim::Claimed(token)) = store.claim(&key(1), LEASE).await else { panic!("free") };
                store.release(&key(1), &token).await.unwrap();
            }
        });
    });
    assert!(taken.bytes_max < 10_000, "{} bytes", taken.bytes_max);
}

fn key(n: u64) -> DeliveryKey {
    DeliveryKey::of_event("a", "b", &n.to_string())
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
}
