//! Receive webhooks: your handler takes a [`Verified`] event and never sees a request that is forged, altered or too large.
//!
//! ```
//! use countersign::{Verified, massu};
//!
//! async fn hook(event: Verified<massu::Event>) {
//!     match event.into_inner() {
//!         massu::Event::SessionCompleted(data) => println!("{}", data.as_str()),
//!         massu::Event::Unknown(unknown) => println!("new to us: {}", unknown.kind()),
//!         _ => {}
//!     }
//! }
//! ```
//!
//! # The picture
//!
//! ```text
//! request ──► Verifier<P>::begin(headers) ──► Incoming::push(chunk)… ──► Incoming::finish::<E>() ──► Verified<E>
//!               │ 401 before the body          │ 413 / 408                │ 401
//!               │ is read; 415, 413            │ hashed as it arrives     │ 400 outside the envelope
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
//! None is on by default, and the core names no HTTP crate.
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
mod dedupe;
mod error;
mod event;
mod headers;
mod incoming;
mod keys;
mod mac;
mod provider;
pub mod providers;
#[cfg(any(feature = "actix", feature = "axum"))]
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

pub use dedupe::{
    Claim, ClaimToken, Dedupe, DedupeStore, DeliveryKey, MemoryStore, MemoryStoreFull, Outage, Outcome,
};
pub use error::{ConfigError, DecodeError, Rejection, VerifyError};
pub use event::{Data, Event, Message, Raw, Unknown};
pub use headers::Headers;
pub use incoming::Incoming;
pub use provider::{DedupeBy, Envelope, Provider};
#[doc(no_inline)]
pub use providers::{
    hook::{self, Hook},
    massu::{self, Massu},
    muchaw::{self, Muchaw},
    mutx::{self, Mutx},
    workspace::{self, Workspace},
};
pub use scheme::{Format, Scheme, verify};
pub use secret::{Secret, Secrets};
pub use verified::{Unsigned, Verified};
pub use verifier::Verifier;
