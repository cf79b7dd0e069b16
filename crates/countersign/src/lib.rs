//! Receive webhooks: your handler takes a [`Verified`] event and never sees a request that is forged, altered or too large.
//!
//! ```
//! use countersign::{Verified, massu};
//!
//! async fn hook(event: Verified<massu::Event>) {
//!     match event.into_inner() {
//!         massu::Event::SessionCompleted(data) => println!("{}", data.as_str()),
//!         massu::Event::Unknown(unknown) => println!("new to us: {}", unknown.event_type()),
//!         _ => {}
//!     }
//! }
//! ```
//!
//! # The picture
//!
//! ```text
//! request ──► Verifier<P>::begin(headers) ──► Incoming::push(chunk)… ──► Incoming::finish::<E>() ──► Verified<E>
//!               │ 401, 415, 413 before         │ 413 / 408 / 503          │ 401
//!               │ a byte is hashed or kept     │ hashed as it arrives     │ 400 outside the envelope
//! ```
//!
//! - [`Verifier`] holds the secrets of one sender. It is all that a service makes.
//! - [`Provider`] says what the library must know of a sender. Five are built in: [`massu`], [`hook`], [`mutx`], [`muchaw`] and
//!   [`workspace`]; [`events!`] declares the events of your own.
//! - [`Rejection`] is the answer to a request that is refused: uniform outside, precise inside.
//! - [`DedupeStore`] remembers what has been handled, so that the layer and the middleware run a handler once for each delivery.
//! - [`verify()`] is all of it in one call, for scripts.
//!
//! The crate `countersign-diagnose` says why a signature does not match.
//!
//! # Features
//!
//! None is on by default, and the core names no HTTP crate. Import names one by one: the adapters are modules called `axum` and `actix`,
//! so that after `use countersign::*` the name `axum` is ambiguous (E0659).
//!
//! - `axum` and `actix`: `Verified<E>` is an extractor, `Rejection` a response, and there is a layer or middleware.
//! - `testing`: signed requests, for your own tests.
//! - `tracing`: one event for each verdict. The adapters turn it on.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
pub mod actix;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod axum;
pub mod dedupe;
mod error;
mod event;
mod headers;
mod incoming;
mod keys;
mod mac;
#[cfg(any(feature = "actix", feature = "axum"))]
mod middleware;
mod provider;
pub mod providers;
#[cfg(feature = "async")]
mod receive;
mod report;
mod scheme;
mod secret;
mod signature;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod verified;
mod verifier;

pub use error::{Answer, ConfigError, DecodeError, Rejection, VerifyError};
pub use event::{Event, Message, Payload, Raw, Unknown};
pub use headers::Headers;
pub use incoming::Incoming;
#[cfg(any(feature = "actix", feature = "axum"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "actix", feature = "axum"))))]
pub use middleware::VerifyMiddleware;
pub use provider::{DedupeBy, Envelope, Provider};
pub use scheme::{Format, Scheme};
pub use secret::{Secret, Secrets};
pub use verified::{Unsigned, Verified};
pub use verifier::Verifier;

/// Each built-in provider's type and module.
macro_rules! root_names {
    ({} $($provider:ident $module:ident,)+) => {$(
        #[doc(no_inline)]
        pub use providers::$module::{self, $provider};
    )+};
}
for_each_provider!(root_names);

/// Verifies a body against a `sha256=…` signature, in one call for scripts. It allocates no memory.
///
/// `header` is the value of the signature header, not its name. [`Scheme::verify`] does the same for hex without a prefix. A service uses a
/// [`Verifier`], which also refuses a header that is missing or sent twice.
///
/// ```
/// use countersign::Secret;
///
/// let secret = Secret::new("It's a Secret to Everybody")?;
/// let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
/// countersign::verify(&secret, "Hello, World!", header)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The value is malformed, or does not match the body.
pub fn verify(secret: &Secret, body: impl AsRef<[u8]>, header: impl AsRef<[u8]>) -> Result<(), VerifyError> {
    // The header's name is needed only to find its value. The caller has found it.
    Scheme::sha256("").verify(secret, body, header)
}
