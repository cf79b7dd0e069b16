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
pub mod doors;
pub mod live;
pub mod receiver;
pub mod seen;
pub mod tcp;

pub use case::Case;
pub use doors::{DOORS, Door, Outcome};
pub use seen::{Seen, Shown};

/// What is refused only when code is made of it, each beside what is accepted.
///
/// `max_age` needs a sender with a time:
///
/// ```
/// # use countersign::{Massu as Sender, Secret, Verifier};
/// let _ = Verifier::<Sender>::new(Secret::new("s").unwrap()).max_age(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail
/// # use countersign::{Mutx as Sender, Secret, Verifier};
/// let _ = Verifier::<Sender>::new(Secret::new("s").unwrap()).max_age(std::time::Duration::MAX);
/// ```
///
/// ```compile_fail
/// # use countersign::{Secret, Verifier, Workspace as Sender};
/// let _ = Verifier::<Sender>::new(Secret::new("s").unwrap()).max_age(std::time::Duration::MAX);
/// ```
///
/// `events!` needs a sender with an envelope:
///
/// ```
/// # use countersign::{Massu as Sender, Secret, Verifier};
/// countersign::events! { pub enum Event for Sender { "made" => Made } }
/// let _ = Verifier::<Sender>::new(Secret::new("s").unwrap()).verify::<Event>(&[("a", "b")], "");
/// ```
///
/// ```compile_fail
/// # use countersign::{Secret, Verifier, Workspace as Sender};
/// countersign::events! { pub enum Event for Sender { "made" => Made } }
/// let _ = Verifier::<Sender>::new(Secret::new("s").unwrap()).verify::<Event>(&[("a", "b")], "");
/// ```
#[cfg(doctest)]
pub struct CompileFail;

/// The README's snippets compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
