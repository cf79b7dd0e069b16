//! The authentic bytes, parsed into the types of octocrab, which has a struct for each event of GitHub.

use axum::http::StatusCode;
use countersign::providers::GitHub;
use countersign::{Raw, Verified};
use octocrab::models::webhook_events::{WebhookEvent, WebhookEventPayload};

/// Answers with a line for this demonstration.
///
/// The event type is a header that nobody signed, so a captured delivery can come again under another event type. A struct whose fields
/// are all optional reads any body. So the handler checks a field that only this event has, such as the `zen` of a ping.
pub(crate) async fn hook(event: Verified<Raw<GitHub>>) -> (StatusCode, String) {
    let event_type = event.event_type().unwrap_or_default();
    let not_this_event = || (StatusCode::UNPROCESSABLE_ENTITY, format!("not a {event_type}"));
    let Ok(parsed) = WebhookEvent::try_from_header_and_body(event_type, event.body()) else {
        return not_this_event();
    };
    match parsed.specific {
        WebhookEventPayload::Ping(ping) => match ping.zen {
            Some(zen) => (StatusCode::OK, format!("ping: {zen}")),
            None => not_this_event(),
        },
        WebhookEventPayload::Push(push) => {
            let last = push.commits.last().map_or("none", |commit| &commit.message);
            (StatusCode::OK, format!("push to {}, the last commit: {last}", push.r#ref))
        }
        _ => (StatusCode::OK, format!("{event_type} is of no use here")),
    }
}
