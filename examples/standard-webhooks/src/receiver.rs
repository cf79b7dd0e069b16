//! The receiver: the events that the service reads, a route and a handler behind a `Dedupe`.
//!
//! `StandardWebhooks` fits every provider that follows the specification. A provider with other header names has a type of its own.

use axum::routing::{Router, post};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::providers::StandardWebhooks;
use countersign::{Verified, Verifier, VerifyMiddleware};
use serde::Deserialize;

countersign::events! {
    /// The events that this service reads.
    pub(crate) enum Event for StandardWebhooks {
        /// Somebody has signed up.
        "contact.created" => ContactCreated(Contact),
    }
}

/// `Clone`, because a middleware hands on a clone of the event.
#[derive(Clone, Deserialize)]
pub(crate) struct Contact {
    email: String,
}

/// The header `webhook-id` is signed, and every retry of a message has the same. So it tells a repeat from a new message.
pub(crate) fn router(verifier: Verifier<StandardWebhooks>) -> Router {
    let verify =
        VerifyMiddleware::<Event>::new(verifier.clone()).dedupe(Dedupe::new(MemoryStore::new(100_000)));
    Router::new().route("/webhooks", post(hook).layer(verify)).with_state(verifier)
}

/// Answers with a line for this demonstration. A service hands the event over to a queue of its own.
async fn hook(event: Verified<Event>) -> String {
    let id = event.event_id().unwrap_or("without an id").to_owned();
    match event.into_inner() {
        Event::ContactCreated(contact) => format!("{id}: welcome {}", contact.email),
        Event::Unknown(unknown) => format!("{id}: {} is of no use here", unknown.event_type()),
    }
}
