//! Receive webhooks: your handler takes a [`Verified`] event and never sees a request that is forged, altered or too large.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, http::StatusCode, routing::post};
//! use countersign::{Massu, Verified, Verifier, massu};
//!
//! async fn hook(event: Verified<massu::Event>) -> StatusCode {
//!     match event.into_inner() {
//!         massu::Event::SessionCompleted(payload) => println!("{}", payload.as_str()),
//!         massu::Event::Unknown(unknown) => println!("new: {}", unknown.event_type()),
//!         _ => {}
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! fn app(verifier: Verifier<Massu>) -> Router {
//!     Router::new().route("/webhooks/massu", post(hook)).with_state(verifier)
//! }
//! # }
//! ```
//!
//! # The picture
//!
//! ```text
//! headers ─► Verifier<P>::begin     401 bad signature header, 415 encoded, 413 too large
//!              │                    before a byte of the body is read
//! chunk ───► Incoming<P>::update    413 too large, 503 too much memory in use
//!   …          │                    hashed as it arrives
//! end ─────► Incoming<P>::verify    401 signature does not match, or its time is outside the tolerance
//!              │                    400 outside the envelope, or too old
//!            Verified<E>            the bytes are authentic
//!              │
//!            Dedupe::handle         200 handled before, 503 being handled now
//!              │
//!            your handler
//! ```
//!
//! - [`Verifier`] holds the keys of one provider. It is all that a service makes. [`Verifier::verify`] takes a whole request, and
//!   `Verifier::receive` a body that arrives over time, with a read timeout.
//! - [`Provider`] says what the library must know of a provider. Many are [built in](providers). [`events!`] declares the events of a
//!   provider.
//! - [`Rejection`] is the reason why a request is refused, and [`Answer`] is all that its sender learns of it.
//! - `VerifyMiddleware` verifies a request before its handler runs. It is a tower layer for axum and a middleware for actix-web.
//! - [`handshake`] answers the requests by which some providers test an endpoint.
//! - [`dedupe`] runs a handler once for each delivery.
//! - [`verify()`] is one call, for scripts.
//!
//! The crate `countersign-diagnose` finds out why a signature does not match, and `countersign-redis` has a store of handled
//! deliveries for several machines.
//!
//! # Features
//!
//! No feature is on by default, and the core names no HTTP crate.
//!
//! | Feature | Adds |
//! |---|---|
//! | `axum`, `actix` | `Verified<E>` as an extractor, `VerifyMiddleware`, and [`Rejection`] as a response. They turn `async` on |
//! | `async` | `Verifier::receive` and `Dedupe::handle`, for any framework on tokio. It turns `tracing` on |
//! | `http` | [`Headers`] for `http::HeaderMap`. `axum` turns it on |
//! | `sign` | `Signer`, for services that send webhooks. `testing` turns it on |
//! | `testing` | signed requests and forgeries, for your own tests |
//! | `tracing` | the lines of [the log](#the-log) |
//!
//! The adapters are modules called `axum` and `actix`. Import names one by one: after `use countersign::*`, the name `axum` is
//! ambiguous (E0659).
//!
//! # The log
//!
//! With the feature `tracing`, the library logs one event for each request, and another one for each delivery behind a `Dedupe`. Their
//! fields have the same names, so a log that is written as JSON can be joined by them:
//!
//! | Event | Level | Fields |
//! |---|---|---|
//! | `webhook refused` | warn, or error for a misconfigured service | `provider`, `tenant`, `status`, `reason` |
//! | `webhook verified` | debug | `provider`, `tenant`, `event_type`, `event_id`, `secret_label`, `bytes` |
//! | `webhook delivery` | info, or warn if the delivery was not handled | those of `webhook verified` except `bytes`, and `key`, `outcome`, `reason`, `duration_ms` |
//!
//! A field without a value is left out. The key parses into a `DeliveryKey`, by which an operator can forget the delivery. Text of a
//! provider is cut after 256 characters. In it, characters that could break a line or change how a terminal shows it are escaped. No field
//! has a secret, a tag or a body.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
pub mod actix;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod axum;
mod claim;
mod custom;
pub mod dedupe;
mod error;
mod event;
pub mod handshake;
mod headers;
mod incoming;
mod keys;
mod mac;
#[cfg(any(feature = "actix", feature = "axum"))]
mod middleware;
mod plain;
mod provider;
#[macro_use]
pub mod providers;
#[cfg(feature = "async")]
mod receive;
mod report;
#[cfg(any(feature = "actix", feature = "axum"))]
mod resolve;
pub mod scheme;
mod secret;
mod signature;
#[cfg(feature = "sign")]
mod signer;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod verified;
mod verifier;

pub use custom::Custom;
pub use error::{Answer, ConfigError, DecodeError, Rejection, VerifyError};
pub use event::{Event, Message, Payload, Raw, Unknown};
#[doc(hidden)]
pub use event::{Typed as __Typed, assert_typed as __assert_typed};
pub use headers::Headers;
pub use incoming::Incoming;
#[cfg(any(feature = "actix", feature = "axum"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "actix", feature = "axum"))))]
pub use middleware::VerifyMiddleware;
pub use provider::{DedupeBy, Envelope, Provider};
pub use scheme::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};
pub use secret::{Secret, Secrets};
#[doc(hidden)] // for `events!`
pub use serde as __serde;
#[cfg(feature = "sign")]
#[cfg_attr(docsrs, doc(cfg(feature = "sign")))]
pub use signer::Signer;
pub use verified::{Unsigned, Verified};
pub use verifier::Verifier;

/// The type and the module of each provider that has typed events.
macro_rules! root_names {
    ({} $($provider:ident $module:ident,)+) => {$(
        #[doc(no_inline)]
        pub use providers::$module::{self, $provider};
    )+};
}
for_each_provider!(root_names);

/// Verifies a body against a `sha256=…` signature, in one call for scripts. It allocates no memory.
///
/// `header` is the value of the signature header, not its name. [`Scheme::verify`] does the same for other schemes. A service uses a
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
    // The header's name is needed only to find its value. The caller has found it, so any name serves.
    const SCHEME: Scheme = Scheme::sha256("x-signature-256");
    const { SCHEME.assert_valid() };
    const { &SCHEME }.verify_value(secret, body.as_ref(), header.as_ref())
}
