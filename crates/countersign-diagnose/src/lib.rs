//! Why the signature of a webhook does not match, and who can repair it.
//!
//! [`diagnose()`] takes what a receiver has: the provider's scheme, its own secrets, and the headers and body of a request. It tries the
//! known mistakes until one of them makes the tag that came. It is for the person who sets up an endpoint; no service calls it.
//!
//! ```
//! use countersign::{Massu, Provider};
//! use countersign_diagnose::{SecretBytes, diagnose};
//!
//! let secret = SecretBytes::new("It's a Secret to Everybody")?;
//! let headers = [(
//!     "x-massu-signature-256",
//!     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
//! )];
//! let diagnosis = diagnose(&Massu::SCHEME, [secret], &headers, b"Hello, World!\n");
//! assert_eq!(
//!     diagnosis.to_string(),
//!     "the body ends in a newline that was not signed\n  \
//!        repair: keep the raw bytes (an editor or 'echo' adds one, 'printf %s' does not)\n  \
//!        by: unclear"
//! );
//! # Ok::<(), countersign::ConfigError>(())
//! ```
//!
//! # How it works
//!
//! Each [`Mistake`] is one row of a table: its machine name, its [`Blame`], its fact, its remedy, and the experiment that tests it. An
//! experiment looks at what came, or makes what may have been signed, a key that may have been used, or a tag that may have been meant. One
//! search for all schemes then tries all keys on all texts, the likely ones first, within one budget of hashed bytes.
//!
//! At the end, the library's own verifier judges the request without its mistakes. So the causes name everything for which the verifier
//! refuses the request, such as an old time.
//!
//! A cause is proven by the tag or by the verifier. [`Diagnosis::suspicions`] are the likely causes that nothing proves.
//!
//! The module [`json`] writes JSON again as other languages write it. It knows nothing of webhooks.

mod bytes;
mod cause;
mod content;
mod diagnose;
mod diagnosis;
mod dialects;
mod dump;
mod edits;
mod encoding;
mod evidence;
mod explain;
mod form;
mod frame;
pub mod json;
mod mac;
mod mangled;
mod members;
mod request;
mod rewritten;
mod search;
mod secret;
mod signature;
mod text;
mod value;
mod verdict;

pub use cause::{Blame, BodyCause, Cause, HeaderCause, Mistake, SecretCause, TextCause, TimeCause};
pub use diagnose::{Diagnose, diagnose};
pub use diagnosis::Diagnosis;
pub use dump::Language;
pub use secret::SecretBytes;

#[cfg(test)]
mod tests;
