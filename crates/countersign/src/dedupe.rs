//! Each delivery once.
//!
//! Providers send a delivery again if they get no 2xx in time. A [`DedupeStore`] remembers the deliveries that were handled or are being
//! handled: [`MemoryStore`] for one process, `RedisStore` of the crate `countersign-redis` for several machines, or your own.
//!
//! `Dedupe` runs a handler once for each delivery. It needs the feature `async`, which the adapters turn on.

#[cfg(feature = "async")]
mod erased;
#[cfg(feature = "async")]
mod handle;
mod key;
#[cfg(feature = "async")]
mod limits;
#[cfg(feature = "async")]
mod machine;
mod memory;
#[cfg(feature = "async")]
mod outcome;
#[cfg(feature = "async")]
mod settings;
mod store;

#[cfg(feature = "axum")]
pub(crate) use handle::Plan;
pub use key::DeliveryKey;
pub use memory::{MemoryStore, MemoryStoreFull};
#[cfg(feature = "async")]
#[cfg_attr(docsrs, doc(cfg(feature = "async")))]
pub use outcome::{Handled, Outcome};
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use settings::assert_told_apart;
#[cfg(feature = "async")]
#[cfg_attr(docsrs, doc(cfg(feature = "async")))]
pub use settings::{Dedupe, OnStoreError};
pub use store::{Claim, ClaimToken, DedupeStore};
