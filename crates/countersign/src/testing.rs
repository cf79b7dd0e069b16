//! Signed and forged requests to test an endpoint, and a check to test a store.
//!
//! A test of an endpoint sends a genuine request, which must be accepted, and all forgeries, which must be refused.
//!
//! ```
//! use countersign::testing::{Samples, SignedRequest, forgeries};
//! use countersign::{Massu, Secret, Verified, Verifier, massu};
//!
//! let secret = Secret::new("a secret of the test")?;
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
//!
//! If the provider signs a time, the test sets the clock of the verifier, and [`forgeries_at`] makes times that are wrong by one second:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use countersign::testing::{SignedRequest, forgeries_at};
//! use countersign::{Part, Provider, Raw, Scheme, Secret, Timestamp, Verified, Verifier};
//!
//! struct Acme;
//!
//! impl Provider for Acme {
//!     const NAME: &'static str = "acme";
//!     const SCHEME: Scheme = Scheme::hex("acme-signature")
//!         .list(b',', "v1=")
//!         .timestamp(Timestamp::entry("t="))
//!         .signed(&[Part::Timestamp, Part::Text("."), Part::Body]);
//! }
//!
//! fn now() -> SystemTime {
//!     SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
//! }
//!
//! let secret = Secret::new("a secret of the test")?;
//! let verifier = Verifier::<Acme>::new(secret.clone())?.clock(now);
//! let endpoint = |request: &SignedRequest| -> u16 {
//!     let event: Result<Verified<Raw<Acme>>, _> = verifier.verify(request.headers(), request.body().clone());
//!     event.map_or_else(|rejection| rejection.status(), |_| 204)
//! };
//!
//! assert_eq!(endpoint(&SignedRequest::signed_at::<Acme>(&secret, "{}", now())), 204);
//! for forgery in forgeries_at::<Acme>(&secret, "{}", now()) {
//!     assert_eq!(endpoint(forgery.request()), 401, "{forgery}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To test a whole router, [`SignedRequest::into_axum`] makes a request for `Router::oneshot`, and [`SignedRequest::into_actix`] one for
//! actix-web's `test::call_service`. Turn the feature `testing` on for tests alone, in `[dev-dependencies]`.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
mod comparison;
mod forgeries;
mod providers;
mod request;
mod samples;
mod store;

#[doc(hidden)]
pub use comparison::Comparison;
pub use forgeries::{Forgery, forgeries, forgeries_at, forgeries_with, forgeries_with_at};
#[doc(hidden)]
pub use providers::{Accepted, PROVIDERS, ProviderInfo};
pub use request::{SignedRequest, sign};
pub use samples::{Sample, Samples};
pub use store::check_store;
