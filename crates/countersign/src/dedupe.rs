//! Each delivery once: what has been handled is remembered, and what is being handled is not begun again.

#[cfg_attr(not(any(feature = "actix", feature = "axum")), allow(dead_code, reason = "only adapters run it"))]
mod erased;
mod key;
mod memory;
mod outcome;
#[cfg(any(feature = "actix", feature = "axum"))]
mod run;
#[cfg_attr(not(any(feature = "actix", feature = "axum")), allow(dead_code, reason = "only adapters run it"))]
mod settings;
mod store;

pub use key::DeliveryKey;
pub use memory::{MemoryStore, MemoryStoreFull};
pub use outcome::Outcome;
#[cfg(feature = "actix")]
pub(crate) use run::Delivery;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use run::Ran;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use settings::assert_told_apart;
pub use settings::{Dedupe, Outage};
pub use store::{Claim, ClaimToken, DedupeStore};
