//! Each delivery once: a store remembers the deliveries that are handled or being handled.
//!
//! `Dedupe` runs a handler once for each delivery, by feature `async`. A [`DedupeStore`] is its memory: [`MemoryStore`] for one process,
//! `RedisStore` of the crate `countersign-redis` for several machines, or your own.

#[cfg(feature = "async")]
mod erased;
#[cfg(feature = "async")]
mod handle;
mod key;
#[cfg(feature = "async")]
mod machine;
mod memory;
#[cfg(feature = "async")]
mod outcome;
#[cfg(feature = "async")]
mod settings;
mod store;

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
