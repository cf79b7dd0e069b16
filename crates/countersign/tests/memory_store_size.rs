//! How much memory a delivery takes in a `MemoryStore`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail loudly, and shows what it measured"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allocation_counter::measure;
use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};

/// Claimed and completed one after the other, as deliveries are: all at once, or one in two seconds. The entries double after 32 768
/// and 65 536, the index after 40 960 and 81 920.
#[test]
fn a_delivery_takes_less_than_200_bytes() {
    for count in [32_768, 32_769, 40_960, 40_961, 65_536, 65_537, 81_920, 81_921, 100_000] {
        for pause in [0, 2] {
            let clock = Arc::new(AtomicU64::new(0));
            let now = Arc::clone(&clock);
            let store =
                MemoryStore::new(count).clock(move || Duration::from_secs(now.load(Ordering::Relaxed)));
            let taken =
                measure(|| block_on(fill(&store, count, || clock.fetch_add(pause, Ordering::Relaxed))));
            assert_eq!(store.len(), count);
            let bytes = taken.bytes_current / i64::try_from(count).unwrap();
            println!("{count} deliveries, one in {pause} s: {bytes} bytes each");
            assert!((80..180).contains(&bytes), "{count} deliveries: {bytes} bytes each");
        }
    }
}

async fn fill(store: &MemoryStore, count: usize, pause: impl Fn() -> u64) {
    for n in 0..count {
        let key = DeliveryKey::of_event("a", "b", &n.to_string());
        let claim = store.claim(&key, Duration::from_secs(60)).await.unwrap();
        assert!(matches!(claim, Claim::Claimed(_)));
        store.complete(&key, Duration::from_secs(86_400 * 7)).await.unwrap();
        pause();
    }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
}
