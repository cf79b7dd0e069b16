//! Signed and forged requests for the tests of those who use this library, and a check for those who write a store.
//!
//! A test of an endpoint is one loop: what is genuine gets in, and nothing else does.
//!
//! ```
//! use countersign::testing::{Samples, SignedRequest, forgeries};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! let secret = Secret::new("a secret of the test's own")?;
//! let verifier = Verifier::<Massu>::new(secret.clone())?;
//! let endpoint = |request: &SignedRequest| -> u16 {
//!     let event: Result<Verified<massu::Event>, _> = verifier.verify(request.headers(), request.body().clone());
//!     event.map_or_else(|rejection| rejection.status(), |_| 204)
//! };
//!
//! let body = Massu::SAMPLES[0].body;
//! assert_eq!(endpoint(&SignedRequest::new::<Massu>(&secret, body)), 204);
//! for forgery in forgeries::<Massu>(&secret, body) {
//!     assert_eq!(endpoint(forgery.request()), 401, "{forgery}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
mod forgeries;
mod request;
mod samples;
mod store;

pub use forgeries::{Forgery, forgeries, forgeries_with};
pub use request::{SignedRequest, sign};
pub use samples::{Sample, Samples};
pub use store::check_store;
