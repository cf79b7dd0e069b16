//! Events that the service declares, with the few fields that it reads.

use axum::http::StatusCode;
use countersign::Verified;
use countersign::providers::GitHub;
use serde::Deserialize;

countersign::events! {
    /// The events that this service reads.
    ///
    /// GitHub writes the event type in the header `X-GitHub-Event`, and nobody signs that header. Anybody who captured a delivery can send
    /// it again under another event type. So each struct requires a field that only its event has. A body under the wrong event type does
    /// not fit the struct, and arrives as `Unknown`.
    pub(crate) enum Event for GitHub {
        /// The first delivery of a new webhook.
        "ping" => Ping(Ping),
        /// Commits were pushed.
        "push" => Push(Push),
    }
}

/// The payload of `ping`, the only event whose body has a `zen`.
#[derive(Clone, Deserialize)]
pub(crate) struct Ping {
    zen: String,
}

/// The payload of `push`, the only event whose body has `commits`.
#[derive(Clone, Deserialize)]
pub(crate) struct Push {
    r#ref: String,
    commits: Vec<Commit>,
}

#[derive(Clone, Deserialize)]
struct Commit {
    message: String,
}

/// Answers with a line for this demonstration. A service hands the event over to a queue of its own, because GitHub waits for 10 seconds
/// and does not retry by itself.
pub(crate) async fn hook(event: Verified<Event>) -> (StatusCode, String) {
    match event.into_inner() {
        Event::Ping(ping) => (StatusCode::OK, format!("ping: {}", ping.zen)),
        Event::Push(Push { r#ref, commits }) => {
            let last = commits.last().map_or("none", |commit| &commit.message);
            (StatusCode::OK, format!("push to {ref}, the last commit: {last}"))
        }
        Event::Unknown(unknown) => match unknown.mismatch() {
            None => (StatusCode::OK, format!("{} is of no use here", unknown.event_type())),
            Some(mismatch) => {
                (StatusCode::UNPROCESSABLE_ENTITY, format!("not a {}: {mismatch}", unknown.event_type()))
            }
        },
    }
}
