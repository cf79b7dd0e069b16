//! The table of cases, and the doors that each goes through.
//!
//! A new door is a function in [`doors`] and a line in its list. A new case is a line in `vectors/source.json`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "a package of tests may fail loudly"
)]

pub mod case;
#[cfg(doctest)]
pub mod compile_fail;
pub mod doors;
pub mod live;
pub mod receiver;
pub mod seen;
pub mod tcp;

pub use case::Case;
pub use doors::{DOORS, Door, Outcome};
pub use seen::{Seen, Shown};

/// The README's snippets compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
