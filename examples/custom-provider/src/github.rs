//! GitHub: its bodies have no envelope, so they arrive as [`Raw`]. A header says which event a body is, and nobody signs that header.
//!
//! Anybody who captured a delivery can send it again under another event type. Three steps make that harmless: choose the struct by
//! the header, parse the body strictly, and check a field that only this event has.

use countersign::{DecodeError, Provider, Raw, Scheme, Verified};
use serde::Deserialize;

/// The provider. It signs by `X-Hub-Signature-256: sha256=<hex>`.
#[derive(Debug)]
pub(crate) struct GitHub;

impl Provider for GitHub {
    const NAME: &'static str = "github";
    const SCHEME: Scheme = Scheme::sha256("x-hub-signature-256");
    const EVENT_HEADER: Option<&'static str> = Some("x-github-event");
    const DELIVERY_HEADER: Option<&'static str> = Some("x-github-delivery");
    const BODY_LIMIT: usize = 25 * 1024 * 1024; // GitHub's own limit
}

/// The authentic bytes of a delivery.
pub(crate) type Event = Raw<GitHub>;

/// The payload of `push`, the only event whose body has `commits`.
#[derive(Deserialize)]
struct Push {
    r#ref: String,
    commits: Vec<Commit>,
}

#[derive(Deserialize)]
struct Commit {
    message: String,
}

/// The payload of `ping`, the only event whose body has a `zen`.
#[derive(Deserialize)]
struct Ping {
    zen: String,
}

/// One line for each event, as a handler would tell them apart.
///
/// # Errors
///
/// The body is not of the event that the header names: somebody sent a captured delivery under another event type.
pub(crate) fn describe(event: &Verified<Event>) -> Result<String, DecodeError> {
    Ok(match event.unsigned().event() {
        Some("push") => {
            let Push { r#ref, commits } = event.parse()?;
            let last = commits.last().map_or("none", |commit| &commit.message);
            format!("{} commits to {ref}, the last: {last}", commits.len())
        }
        Some("ping") => format!("ping: {}", event.parse::<Ping>()?.zen),
        _ => "an event that this service does not use".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use countersign::testing::SignedRequest;
    use countersign::{Rejection, Secret, Verifier};

    use super::*;

    /// The example that GitHub publishes for testing an implementation.
    const SECRET: &str = "It's a Secret to Everybody";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    const PUSH: &str = r#"{"ref":"refs/heads/main","commits":[{"id":"1","message":"Add a test"}]}"#;
    const ISSUES: &str = r#"{"action":"opened","issue":{"number":1},"ref":"refs/heads/main"}"#;

    fn receive(body: &'static str, signature: &str) -> Result<Verified<Event>, Rejection> {
        let verifier = Verifier::<GitHub>::new(Secret::new(SECRET).unwrap()).unwrap();
        verifier.verify(&[("X-Hub-Signature-256", signature), ("X-GitHub-Event", "ping")], body)
    }

    /// An authentic body under another event type. Anybody who captured the body can send this.
    fn under(event_type: &str, body: &'static str) -> Result<String, DecodeError> {
        let secret = Secret::new(SECRET).unwrap();
        let request = SignedRequest::new::<GitHub>(&secret, body).header("x-github-event", event_type);
        let verifier = Verifier::<GitHub>::new(secret).unwrap();
        describe(&verifier.verify(request.headers(), request.body().clone()).unwrap())
    }

    #[test]
    fn the_published_example_is_genuine() {
        let event = receive("Hello, World!", SIGNATURE).unwrap();
        assert_eq!(event.as_bytes(), "Hello, World!");
        assert_eq!(event.unsigned().event(), Some("ping"));
    }

    #[test]
    fn an_altered_body_or_signature_is_refused() {
        assert_eq!(receive("Hello, World", SIGNATURE).unwrap_err().status(), 401);
        assert_eq!(receive("Hello, World!", &SIGNATURE.replace("e17", "e18")).unwrap_err().status(), 401);
        assert_eq!(receive("Hello, World!", &SIGNATURE.replace("sha256=", "")).unwrap_err().status(), 401);
    }

    #[test]
    fn a_body_under_the_event_type_of_another_is_an_error() {
        let push = under("push", PUSH).unwrap();
        assert_eq!(push, "1 commits to refs/heads/main, the last: Add a test");
        assert!(under("push", ISSUES).is_err());
        assert!(under("ping", PUSH).is_err());
    }
}
