//! The contract of a store.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::dedupe::DeliveryKey;

/// Remembers deliveries. Use [`MemoryStore`](crate::dedupe::MemoryStore) for one process, `RedisStore` of the crate `countersign-redis` for
/// several, or your own.
///
/// A store is more than a set of ids that were seen. A delivery may have been seen without having been handled, so a store knows three
/// states, and three verbs lead from one to the next:
///
/// ```text
/// free ── claim ──► in flight ── complete ──► done ── its retention ends ──► free
///                       └── release by its owner, or its lease ends ──► free
/// ```
///
/// Many tasks call a store at once. `testing::check_store`, with the feature `testing`, tests an implementation against this contract.
///
/// ```
/// use std::time::Duration;
/// use countersign::dedupe::{Claim, DedupeStore, DeliveryKey, MemoryStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new(1_000);
/// let key = DeliveryKey::of_event("hook", "hook", "evt_1");
/// let lease = Duration::from_secs(60);
///
/// let Claim::Claimed(token) = store.claim(&key, lease).await? else { panic!("the store was empty") };
/// assert!(matches!(store.claim(&key, lease).await?, Claim::InFlight { .. }));
/// store.release(&key, &token).await?; // The handler failed. The next attempt may claim again.
///
/// assert!(matches!(store.claim(&key, lease).await?, Claim::Claimed(_)));
/// store.complete(&key, Duration::from_secs(86_400)).await?; // The handler succeeded.
/// assert!(matches!(store.claim(&key, lease).await?, Claim::Done));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait DedupeStore: Send + Sync + 'static {
    /// The error of a verb. Its text is logged, so it must not hold a password.
    type Error: Error + Send + Sync + 'static;

    /// Claims a free delivery for the time `lease`. If many callers claim it at once, exactly one of them gets it.
    ///
    /// The store must not forget a claim before its lease ends. A full store returns an error instead.
    ///
    /// # Errors
    ///
    /// The store failed, and may or may not have taken the claim. A claim that it has taken ends with its lease.
    fn claim(
        &self,
        key: &DeliveryKey,
        lease: Duration,
    ) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// Records that the delivery was handled, and remembers it for the time `retention`.
    ///
    /// This needs no claim. An owner may be slower than its lease, and another attempt may have claimed the delivery by then. The first
    /// owner has still handled it, so the record counts, and no [`release`](Self::release) undoes it.
    ///
    /// # Errors
    ///
    /// The store failed, and may or may not have recorded the delivery.
    fn complete(
        &self,
        key: &DeliveryKey,
        retention: Duration,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Frees the delivery, if the claim with this token still holds it. Otherwise it does nothing, because a slow owner must not free the
    /// claim of its successor.
    ///
    /// # Errors
    ///
    /// The store failed, and may or may not have freed the delivery. If it has not, the claim ends with its lease.
    fn release(
        &self,
        key: &DeliveryKey,
        token: &ClaimToken,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// The delivery was free, and the caller has claimed it. The token is needed to release it.
    Claimed(ClaimToken),
    /// Another attempt has claimed the delivery.
    InFlight {
        /// The time until that claim's lease ends.
        retry_after: Duration,
    },
    /// The delivery was handled.
    Done,
}

/// The identity of one claim: 16 bytes that the store chooses. No other claim on the same delivery has them, on any machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimToken([u8; 16]);

impl ClaimToken {
    /// A token of these bytes. Take random bytes, or a counter if the store belongs to one process.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimToken({:032x})", u128::from_be_bytes(self.0))
    }
}
