//! Each delivery once, and a counter of the outcomes.

use countersign::dedupe::{Dedupe, MemoryStore, Outcome};
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

/// Counts an outcome in the recorder that the service has installed for the crate `metrics`. If there is none, nothing is counted.
pub fn count(outcome: Outcome) {
    let reason = if let Outcome::Refused { reason } = outcome { reason } else { "" };
    metrics::counter!("webhook_deliveries_total", "outcome" => outcome.as_str(), "reason" => reason)
        .increment(1);
}
