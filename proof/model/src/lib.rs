//! A model of the dedupe protocol. A model checker explores every order of its events.
//!
//! The README explains it to readers who have never seen a model checker. The parts:
//!
//! - [`dedupe`]: the state machine, the times and the keys of the library. They are the library's own files.
//! - [`protocol`]: one setting of the model, and the mistakes that can be put into it.
//! - [`world`]: everything that a moment consists of: attempts, replicas, the store, and calls that are on their way.
//! - [`driver`]: the steps of the code around the machine, which is `Dedupe::handle`.
//! - [`store`]: the three verbs.
//! - [`faults`]: crashes, pauses and lost answers.
//! - [`explore`]: which step may come next, and the promises that hold after each step.
//! - [`replay`]: the library's driver takes the same steps as the model's.
//! - [`check`]: the two questions that the tests ask.

mod check;
mod dedupe;
mod driver;
mod explore;
mod faults;
mod mac;
mod protocol;
mod replay;
mod store;
mod world;

use countersign::ConfigError;

pub use check::{breaks, holds};
pub use dedupe::OnStoreError;
pub use explore::Action;
pub use protocol::{Mistake, Protocol};
pub use replay::replay;
pub use world::World;
