//! The receiver: a route for events and a route for slash commands. Slack signs both in the same way.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{Router, post};
use countersign::handshake::{self, Refusal};
use countersign::providers::Slack;
use countersign::{Event as _, Raw, Verified, Verifier};
use serde::Deserialize;

countersign::events! {
    /// The events that this service reads.
    pub(crate) enum Event for Slack {
        /// Somebody has mentioned the app.
        "app_mention" => AppMention(Mention),
    }
}

#[derive(Deserialize)]
pub(crate) struct Mention {
    user: String,
    text: String,
    channel: String,
}

/// The fields of a slash command that this service reads.
#[derive(Deserialize)]
struct Command {
    command: String,
    text: String,
    user_name: String,
}

pub(crate) fn router(verifier: Verifier<Slack>) -> Router {
    Router::new()
        .route("/slack/events", post(events))
        .route("/slack/commands", post(commands))
        .with_state(verifier)
}

/// Answers the handshake. The answer to an event is a line for this demonstration. A service hands the event over to a queue of its own.
///
/// The handshake has no event in it, so the handler takes the authentic bytes, and decodes the event after the handshake.
async fn events(delivery: Verified<Raw<Slack>>) -> Result<Response, Refusal> {
    if let Some(reply) = handshake::slack(&delivery)? {
        return Ok(reply.into_response());
    }
    Ok(match Event::decode(delivery.message()) {
        Ok(Event::AppMention(Mention { user, text, channel })) => {
            format!("{user} asks in {channel}: {text}").into_response()
        }
        Ok(Event::Unknown(unknown)) => format!("{} is of no use here", unknown.event_type()).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "no event").into_response(),
    })
}

/// Slack shows the answer to the user.
///
/// A slash command is a form. The raw body is verified first, and then the form is parsed. axum's `Form` would consume the body before that.
async fn commands(delivery: Verified<Raw<Slack>>) -> (StatusCode, String) {
    match serde_urlencoded::from_bytes(delivery.as_bytes()) {
        Ok(Command { command, text, user_name }) if command == "/weather" => {
            (StatusCode::OK, format!("the weather for {user_name}: {text}"))
        }
        Ok(Command { command, user_name, .. }) => {
            (StatusCode::OK, format!("{command} of {user_name} is of no use here"))
        }
        Err(_) => (StatusCode::BAD_REQUEST, "no slash command".to_owned()),
    }
}
