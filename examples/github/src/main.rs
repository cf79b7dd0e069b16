//! GitHub: a ping and a push, as events that the service declares, and as types of octocrab.
//!
//! ```sh
//! cargo run -p github
//! ```
//!
//! `own.rs` and `with_octocrab.rs` have a handler each. A service needs one of them. The rest plays GitHub.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod own;
mod with_octocrab;

use std::error::Error;

use axum::Router;
use axum::routing::post;
use countersign::providers::GitHub;
use countersign::testing::SignedRequest;
use countersign::{ConfigError, Secret, Verifier};
use tower::ServiceExt as _;

const PING: &str = r#"{"zen":"Design for failure.","hook_id":42}"#;
const PUSH: &str = include_str!("push.json");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (delivery, status, line) in run().await? {
        println!("{delivery:28}  {status}  {line}");
    }
    Ok(())
}

fn app(secret: &Secret) -> Result<Router, ConfigError> {
    let verifier = Verifier::<GitHub>::new(secret.clone())?;
    Ok(Router::new()
        .route("/own", post(own::hook))
        .route("/octocrab", post(with_octocrab::hook))
        .with_state(verifier))
}

/// Sends each delivery to both handlers, and returns the answers.
async fn run() -> Result<Vec<(String, u16, String)>, Box<dyn Error>> {
    let secret = Secret::new("It's a Secret to Everybody")?;
    let app = app(&secret)?;
    let delivery =
        |event_type, body| SignedRequest::new::<GitHub>(&secret, body).header("x-github-event", event_type);
    let deliveries = [
        ("ping", delivery("ping", PING)),
        ("push", delivery("push", PUSH)),
        ("push, sent as ping", delivery("ping", PUSH)),
        ("altered", delivery("ping", PING).with_body(PUSH)),
    ];
    let mut answers = Vec::new();
    for (name, request) in deliveries {
        for path in ["/own", "/octocrab"] {
            let answer = app.clone().oneshot(request.clone().into_axum(path)?).await?;
            let status = answer.status().as_u16();
            let body = axum::body::to_bytes(answer.into_body(), 1024).await?;
            answers.push((format!("{path} {name}"), status, String::from_utf8(body.into())?));
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use countersign::{Raw, Verified};

    use super::*;

    #[tokio::test]
    async fn both_handlers_read_the_same_deliveries() {
        let answers = run().await.unwrap();
        let answers: Vec<_> =
            answers.iter().map(|(name, status, line)| (&**name, *status, &**line)).collect();
        let mismatch = "not a ping: payload does not fit: missing field 'zen' at line 27 column 1";
        let invalid = r#"{"error":"invalid signature"}"#;
        assert_eq!(
            answers,
            [
                ("/own ping", 200, "ping: Design for failure."),
                ("/octocrab ping", 200, "ping: Design for failure."),
                ("/own push", 200, "push to refs/heads/main, the last commit: Add a test"),
                ("/octocrab push", 200, "push to refs/heads/main, the last commit: Add a test"),
                ("/own push, sent as ping", 422, mismatch),
                ("/octocrab push, sent as ping", 422, "not a ping"),
                ("/own altered", 401, invalid),
                ("/octocrab altered", 401, invalid),
            ]
        );
    }

    /// The example that GitHub publishes for testing an implementation.
    #[test]
    fn the_published_example_is_genuine() {
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let verifier = Verifier::<GitHub>::new(Secret::new("It's a Secret to Everybody").unwrap()).unwrap();
        let event: Verified<Raw<GitHub>> =
            verifier.verify(&[("X-Hub-Signature-256", signature)], "Hello, World!").unwrap();
        assert_eq!(event.as_bytes(), "Hello, World!");
    }
}
