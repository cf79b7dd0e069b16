//! The receiver: the events that the service reads, a route and a handler.

use axum::routing::{Router, post};
use countersign::providers::Stripe;
use countersign::{Verified, Verifier};
use serde::Deserialize;

countersign::events! {
    /// The events that this service reads.
    pub(crate) enum Event for Stripe {
        /// An invoice was paid.
        "invoice.paid" => InvoicePaid(Data<Invoice>),
    }
}

/// Stripe puts the object of an event into one more object.
#[derive(Clone, Deserialize)]
pub(crate) struct Data<T> {
    object: T,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Invoice {
    id: String,
    amount_paid: u64,
    currency: String,
}

pub(crate) fn router(verifier: Verifier<Stripe>) -> Router {
    Router::new().route("/webhooks/stripe", post(hook)).with_state(verifier)
}

/// Answers with a line for this demonstration. A service hands the event over to a queue of its own.
async fn hook(event: Verified<Event>) -> String {
    // The label shows when the old secret can be removed.
    let (id, label) =
        (event.event_id().unwrap_or("without an id").to_owned(), event.secret_label().to_owned());
    match event.into_inner() {
        Event::InvoicePaid(Data { object: Invoice { id: invoice, amount_paid, currency } }) => {
            format!("invoice {invoice} paid: {amount_paid} {currency}, event {id}, secret {label}")
        }
        Event::Unknown(unknown) => format!("{} is of no use here", unknown.event_type()),
    }
}
