//! Each delivery once: what has been handled is remembered, and what is being handled is not begun again.

#[cfg(any(feature = "actix", feature = "axum"))]
mod erased;
mod key;
mod memory;
#[cfg(any(feature = "actix", feature = "axum"))]
mod outcome;
#[cfg(any(feature = "actix", feature = "axum"))]
mod run;
#[cfg(any(feature = "actix", feature = "axum"))]
mod settings;
mod store;

pub use key::DeliveryKey;
pub use memory::{MemoryStore, MemoryStoreFull};
#[cfg(any(feature = "actix", feature = "axum"))]
pub use outcome::Outcome;
#[cfg(feature = "actix")]
pub(crate) use run::Delivery;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use run::Ran;
#[cfg(any(feature = "actix", feature = "axum"))]
pub use settings::{Dedupe, Outage};
pub use store::{Claim, ClaimToken, DedupeStore};
