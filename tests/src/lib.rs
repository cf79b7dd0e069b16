//! The table of cases and the doors that each case goes through, and the servers and clients of the other tests.
//!
//! A new door is a function in [`doors`] and a line in its list. A new case is a line in `vectors/source.json`.

pub mod case;
pub mod catalogue;
#[cfg(doctest)]
pub mod compile_fail;
pub mod doors;
pub mod live;
pub mod log;
pub mod providers;
pub mod receiver;
pub mod redis_server;
pub mod seen;
pub mod tcp;

pub use case::Case;
pub use doors::{DOORS, Door, Outcome};
pub use log::Log;
pub use seen::Seen;

/// The README's snippets compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
