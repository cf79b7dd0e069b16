//! What a memory of deliveries has to do.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::dedupe::DeliveryKey;

/// Remembers deliveries: [`MemoryStore`](crate::dedupe::MemoryStore) for one process, `RedisStore` of the crate `countersign-redis` for
/// many, or your own.
///
/// Not a set of ids that were seen, but three verbs, since a delivery that was seen need not have been handled:
///
/// ```text
/// free ── claim ──► in flight ── complete ──► done ── its retention ends ──► free
///                       └── release by its owner, or its lease ends ──► free
/// ```
///
/// An implementation is used from many tasks at once. `testing::check_store` puts one through its paces.
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
/// let Claim::Claimed(token) = store.claim(&key, lease).await? else { panic!("nobody had it") };
/// assert!(matches!(store.claim(&key, lease).await?, Claim::InFlight { .. }));
/// store.release(&key, &token).await?; // it failed: the next attempt may try
///
/// assert!(matches!(store.claim(&key, lease).await?, Claim::Claimed(_)));
/// store.complete(&key, Duration::from_secs(86_400)).await?; // it succeeded
/// assert!(matches!(store.claim(&key, lease).await?, Claim::Done));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait DedupeStore: Send + Sync + 'static {
    /// What can go wrong with it. Its text is logged: it must not hold a password.
    type Error: Error + Send + Sync + 'static;

    /// Takes the delivery for `lease`, unless somebody has it or it is done. Of any number of callers at once, one gets it.
    ///
    /// A claim must not be forgotten before its lease ends: a store that is full refuses instead.
    ///
    /// # Errors
    ///
    /// It is not known whether the claim was taken. If it was, its lease ends it.
    fn claim(
        &self,
        key: &DeliveryKey,
        lease: Duration,
    ) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// Records that the delivery has been handled, and remembers it for `retention`.
    ///
    /// Unconditional: an owner whose lease has ended, and even whose successor is at work, has handled it all the same. No
    /// [`release`](Self::release) undoes it.
    ///
    /// # Errors
    ///
    /// It is not known whether it was recorded.
    fn complete(
        &self,
        key: &DeliveryKey,
        retention: Duration,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Gives the delivery back, if the claim with this very token still holds it; otherwise does nothing.
    ///
    /// # Errors
    ///
    /// It is not known whether it was given back. If it was not, its lease ends it.
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
    /// The caller has it now, and the token to give it back with.
    Claimed(ClaimToken),
    /// Somebody else has it.
    InFlight {
        /// What is left of the lease.
        retry_after: Duration,
    },
    /// It has been handled.
    Done,
}

/// Tells one claim from every other on the same delivery, be it on another machine: 16 bytes of the store's choice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimToken([u8; 16]);

impl ClaimToken {
    /// A token of bytes that no other claim has or will have: random ones, or those of a counter where one process counts.
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
