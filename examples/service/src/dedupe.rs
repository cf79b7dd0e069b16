//! Each delivery once, and how often it went how.

use countersign::dedupe::{Dedupe, MemoryStore, Outcome};
use countersign_redis::RedisStore;

/// How many deliveries are remembered in memory at the most: at some 150 bytes each, 15 MB.
const CAPACITY: usize = 100_000;

/// Remembers deliveries in Redis where there is one, which several machines can share, and else in memory.
pub(crate) fn dedupe(redis: Option<RedisStore>) -> Dedupe {
    match redis {
        Some(redis) => Dedupe::new(redis),
        None => Dedupe::new(MemoryStore::new(CAPACITY)),
    }
}

/// Counts an outcome, for the recorder of the `metrics` crate that is installed. Without one it costs nothing.
pub fn count(outcome: Outcome) {
    let reason = if let Outcome::Refused { reason } = outcome { reason } else { "" };
    metrics::counter!("webhook_deliveries_total", "outcome" => outcome.as_str(), "reason" => reason)
        .increment(1);
}
