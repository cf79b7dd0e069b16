//! How much memory a delivery takes in a `MemoryStore`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail loudly, and shows what it measured"
)]

use std::time::Duration;

use allocation_counter::measure;
use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};

/// Claimed and completed one after the other, as deliveries are; among the counts are those right before and after the tables
/// double.
#[test]
fn a_delivery_takes_less_than_200_bytes() {
    for count in [28_672, 28_673, 32_769, 50_000, 65_537, 100_000] {
        let mut store = MemoryStore::new(count);
        let taken = measure(|| block_on(fill(&mut store, count)));
        assert_eq!(store.len(), count);
        let bytes = taken.bytes_current / i64::try_from(count).unwrap();
        println!("{count} deliveries: {bytes} bytes each");
        assert!((40..200).contains(&bytes), "{count} deliveries: {bytes} bytes each");
    }
}

async fn fill(store: &mut MemoryStore, count: usize) {
    for n in 0..count {
        let key = DeliveryKey::of_event("a", "b", &n.to_string());
        let claim = store.claim(&key, Duration::from_secs(60)).await.unwrap();
        assert!(matches!(claim, Claim::Claimed(_)));
        store.complete(&key, Duration::from_secs(86_400)).await.unwrap();
    }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
}
