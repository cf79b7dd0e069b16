//! GitHub: its bodies differ from event to event and have no common envelope, so they arrive raw.

use countersign::{Provider, Raw, Scheme};

/// The sender. `X-Hub-Signature-256: sha256=<hex>`.
#[derive(Debug)]
pub(crate) struct GitHub;

impl Provider for GitHub {
    const NAME: &'static str = "github";
    const SCHEME: Scheme = Scheme::sha256("x-hub-signature-256");
    const EVENT_HEADER: Option<&'static str> = Some("x-github-event");
    const DELIVERY_HEADER: Option<&'static str> = Some("x-github-delivery");
    const BODY_LIMIT: usize = 25 * 1024 * 1024; // GitHub's own cap
}

/// What GitHub sends.
pub(crate) type Event = Raw<GitHub>;

#[cfg(test)]
mod tests {
    use countersign::{Rejection, Secret, Verified, Verifier};

    use super::*;

    /// The example that GitHub publishes for testing an implementation.
    const SECRET: &str = "It's a Secret to Everybody";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn receive(body: &'static str, signature: &str) -> Result<Verified<Event>, Rejection> {
        let verifier = Verifier::<GitHub>::new(Secret::new(SECRET).unwrap()).unwrap();
        verifier.verify(&[("X-Hub-Signature-256", signature), ("X-GitHub-Event", "ping")], body)
    }

    #[test]
    fn the_published_example_is_genuine() {
        let event = receive("Hello, World!", SIGNATURE).unwrap();
        assert_eq!(event.as_bytes(), "Hello, World!");
        assert_eq!(event.unsigned().event(), Some("ping"));
    }

    #[test]
    fn one_character_less_and_it_is_not() {
        assert_eq!(receive("Hello, World", SIGNATURE).unwrap_err().status(), 401);
        assert_eq!(receive("Hello, World!", &SIGNATURE.replace("e17", "e18")).unwrap_err().status(), 401);
        assert_eq!(receive("Hello, World!", &SIGNATURE.replace("sha256=", "")).unwrap_err().status(), 401);
    }
}
