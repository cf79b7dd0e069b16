//! Each delivery once.

use countersign::dedupe::{Dedupe, MemoryStore};
use countersign_redis::RedisStore;

/// The most deliveries that the memory of this process holds. They take about 18 MB.
const CAPACITY: usize = 100_000;

/// Remembers deliveries in Redis, which several machines can share, or else in the memory of this process.
pub(crate) fn dedupe(redis: Option<RedisStore>) -> Dedupe {
    match redis {
        Some(redis) => Dedupe::new(redis),
        None => Dedupe::new(MemoryStore::new(CAPACITY)),
    }
}
