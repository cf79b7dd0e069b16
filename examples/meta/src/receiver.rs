//! The receiver: a route with two methods. `GET` is the handshake, and `POST` a delivery.

use axum::extract::{FromRef, RawQuery, State};
use axum::routing::{Router, get};
use countersign::handshake::{self, Refusal, Reply};
use countersign::providers::Meta;
use countersign::{Payload, Secret, Verified, Verifier};
use serde::Deserialize;

pub(crate) const PATH: &str = "/webhooks/meta";

/// The app secret signs the deliveries, and the verifier has it. The verify token is another secret: it proves the handshake.
#[derive(Clone, FromRef)]
pub(crate) struct Receiver {
    pub(crate) verifier: Verifier<Meta>,
    pub(crate) verify_token: Secret,
}

countersign::events! {
    /// The products of Meta that this service uses. `page` is Messenger, and `instagram` is Instagram.
    pub(crate) enum Event for Meta {
        /// A WhatsApp account.
        "whatsapp_business_account" => WhatsApp(Batch),
    }
}

/// One delivery has up to 1000 changes. It is signed as a whole, and answered as a whole: a 2xx counts for all of them.
#[derive(Clone, Deserialize)]
pub(crate) struct Batch {
    entry: Vec<Entry>,
}

#[derive(Clone, Deserialize)]
struct Entry {
    id: String,
    changes: Vec<Change>,
}

#[derive(Clone, Deserialize)]
struct Change {
    field: String,
    value: Payload,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    from: String,
    text: Text,
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

pub(crate) fn router(receiver: Receiver) -> Router {
    Router::new().route(PATH, get(handshake).post(hook)).with_state(receiver)
}

async fn handshake(State(token): State<Secret>, RawQuery(query): RawQuery) -> Result<Reply, Refusal> {
    handshake::meta(query.as_deref().unwrap_or_default(), &token)
}

/// Answers with a line for each change, for this demonstration. A service hands all of them over to a queue and then answers.
async fn hook(event: Verified<Event>) -> String {
    match event.into_inner() {
        Event::WhatsApp(Batch { entry }) => {
            let lines = entry.iter().flat_map(|Entry { id, changes }| {
                changes.iter().map(move |change| format!("account {id}: {}", describe(change)))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Event::Unknown(unknown) => format!("{} is of no use here", unknown.event_type()),
    }
}

fn describe(change: &Change) -> String {
    if change.field != "messages" {
        return change.field.clone();
    }
    match change.value.parse() {
        Ok(Messages { messages }) => {
            let texts = messages.iter().map(|Message { from, text }| format!("{from} writes {}", text.body));
            texts.collect::<Vec<_>>().join(", ")
        }
        // The same field also reports that a message was delivered or read.
        Err(_) => "no message".to_owned(),
    }
}
