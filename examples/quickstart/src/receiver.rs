//! The receiver, as in a service: a state with the verifiers, and a route and a handler for each provider.
//!
//! No handler runs for a delivery that is unsigned, forged or altered.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::{
    Hook, Massu, Muchaw, Mutx, Verified, Verifier, Workspace, hook, massu, muchaw, mutx, workspace,
};
use tokio::sync::mpsc;

/// The handlers leave their notes here. A service has a queue of jobs instead.
pub(crate) type Inbox = mpsc::Sender<String>;

/// `FromRef` lets the extractor `Verified<massu::Event>` find the `Verifier<Massu>`, and so on. In a service for one provider, the
/// verifier alone is the state.
#[derive(Clone, FromRef)]
pub(crate) struct Receiver {
    pub(crate) massu: Verifier<Massu>,
    pub(crate) hook: Verifier<Hook>,
    pub(crate) mutx: Verifier<Mutx>,
    pub(crate) muchaw: Verifier<Muchaw>,
    pub(crate) workspace: Verifier<Workspace>,
    pub(crate) inbox: Inbox,
}

pub(crate) fn router(receiver: Receiver) -> Router {
    Router::new()
        .route("/webhooks/massu", post(massu))
        .route("/webhooks/hook", post(hook))
        .route("/webhooks/mutx", post(mutx))
        .route("/webhooks/muchaw", post(muchaw))
        .route("/webhooks/workspace", post(workspace))
        .with_state(receiver)
}

async fn massu(State(inbox): State<Inbox>, event: Verified<massu::Event>) -> StatusCode {
    let note = match event.into_inner() {
        massu::Event::SessionCompleted(data) => format!("session synced: {}", data.as_str()),
        massu::Event::Unknown(unknown) => format!("unknown: {}", unknown.event_type()),
        other => format!("{other:?}"),
    };
    hand_over(&inbox, note)
}

async fn hook(State(inbox): State<Inbox>, event: Verified<hook::Event>) -> StatusCode {
    let note = match event.into_inner() {
        hook::Event::UserCreated(user) => format!("welcome {} <{}>", user.name, user.email),
        hook::Event::Unknown(unknown) => format!("unknown: {}", unknown.event_type()),
        other => format!("{other:?}"),
    };
    hand_over(&inbox, note)
}

async fn mutx(State(inbox): State<Inbox>, event: Verified<mutx::Event>) -> StatusCode {
    let note = match event.into_inner() {
        mutx::Event::AgentCrashed(crash) => format!("{} crashed: {}", crash.agent_id, crash.error),
        mutx::Event::Unknown(unknown) => format!("unknown: {}", unknown.event_type()),
        other => format!("{other:?}"),
    };
    hand_over(&inbox, note)
}

async fn muchaw(State(inbox): State<Inbox>, event: Verified<muchaw::Event>) -> StatusCode {
    let note = match event.into_inner() {
        muchaw::Event::MessageReceived(message) => {
            format!("{} from {}", message.message_type, message.from_number)
        }
        muchaw::Event::Unknown(unknown) => format!("unknown: {}", unknown.event_type()),
        other => format!("{other:?}"),
    };
    hand_over(&inbox, note)
}

/// The events of Workspace are not documented, so the handler gets the bytes that were signed.
async fn workspace(State(inbox): State<Inbox>, event: Verified<workspace::Event>) -> StatusCode {
    hand_over(&inbox, format!("raw: {}", String::from_utf8_lossy(event.as_bytes())))
}

/// Hands the note over and then answers, because providers wait for a few seconds only. The answer is 200 and no other 2xx, because Hook
/// and MUTX take only that for a success. If the inbox is full, the answer is 503, and the provider tries again.
fn hand_over(inbox: &Inbox, note: String) -> StatusCode {
    inbox.try_send(note).map_or(StatusCode::SERVICE_UNAVAILABLE, |()| StatusCode::OK)
}
