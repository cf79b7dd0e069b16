//! The library's own files. They are compiled here once more, so that the model explores them and not a copy of them.
//!
//! rustfmt skips them, because it looks for their unit tests in the wrong folder. The library formats them.

pub use countersign::dedupe::OnStoreError;
pub(crate) use key::{DeliveryKey, Place};
pub(crate) use store::{Claim, ClaimToken};

#[allow(dead_code, reason = "the model needs the key of one delivery at two routes, and no other")]
#[path = "../../../crates/countersign/src/dedupe/key.rs"]
#[rustfmt::skip]
mod key;
#[allow(dead_code, reason = "the model needs no shortest timeout")]
#[path = "../../../crates/countersign/src/dedupe/limits.rs"]
#[rustfmt::skip]
pub(crate) mod limits;
#[allow(dead_code, reason = "no handler of the model panics, because a panic is a failure like any other")]
#[path = "../../../crates/countersign/src/dedupe/machine.rs"]
#[rustfmt::skip]
pub(crate) mod machine;
#[allow(dead_code, reason = "the model has a store of its own, which takes part in the state")]
#[path = "../../../crates/countersign/src/dedupe/store.rs"]
#[rustfmt::skip]
mod store;
