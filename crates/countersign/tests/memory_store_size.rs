//! How much memory a delivery takes in a `MemoryStore`: alone in its process, since every allocation counts.

use std::time::Duration;

use countersign::{Claim, DedupeStore as _, DeliveryKey, MemoryStore};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Handled one after the other, as deliveries are, and counted where the hash map has just doubled, and before.
#[test]
fn a_delivery_takes_less_than_200_bytes() {
    for count in [28_672, 28_673, 50_000, 100_000] {
        let region = Region::new(ALLOCATOR);
        let store = MemoryStore::new(count);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            for n in 0..count {
                let key = DeliveryKey::of_event("a", "b", &n.to_string());
                let Ok(Claim::Claimed(_)) = store.claim(&key, Duration::from_secs(60)).await else {
                    panic!()
                };
                store.complete(&key, Duration::from_secs(86_400)).await.unwrap();
            }
        });
        let change = region.change();
        let bytes = (change.bytes_allocated - change.bytes_deallocated) / count;
        println!("{count} deliveries: {bytes} bytes each");
        assert!((40..200).contains(&bytes), "{count} deliveries: {bytes} bytes each");
    }
}
