//! Standard Webhooks: each message once, by its signed id.
//!
//! ```sh
//! cargo run -p standard-webhooks
//! ```
//!
//! `receiver.rs` is all that a service needs. The rest plays a provider.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod receiver;

use std::error::Error;
use std::time::{Duration, SystemTime};

use axum::Router;
use countersign::providers::StandardWebhooks;
use countersign::testing::SignedRequest;
use countersign::{Provider as _, Secret, Verifier};
use tower::ServiceExt as _;

const BODY: &str =
    r#"{"type":"contact.created","timestamp":"2026-02-15T10:30:00Z","data":{"email":"john@example.com"}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (delivery, status, line) in run().await? {
        println!("{delivery:35}  {status}  {line}");
    }
    Ok(())
}

/// Sends each delivery, and returns the answers.
async fn run() -> Result<Vec<(&'static str, u16, String)>, Box<dyn Error>> {
    // The text after `whsec_` is base64, and the bytes that it encodes are the key.
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    let app = receiver::router(Verifier::new(secret.clone())?);
    let now = SystemTime::now();
    let earlier = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap_or(now);
    let signed =
        |id, time| SignedRequest::with_scheme_at(StandardWebhooks::SCHEME, &secret, BODY, time, Some(id));
    let deliveries = [
        ("a message", signed("msg_1", earlier(30))),
        ("its retry: a new time and signature", signed("msg_1", now)),
        ("an equal message", signed("msg_2", now)),
        ("a replay under another id", signed("msg_1", now).with("webhook-id", "msg_3")),
        ("a replay after ten minutes", signed("msg_4", earlier(600))),
    ];
    let mut rows = Vec::new();
    for (name, request) in deliveries {
        let (status, line) = send(&app, request).await?;
        rows.push((name, status, line));
    }
    Ok(rows)
}

async fn send(app: &Router, request: SignedRequest) -> Result<(u16, String), Box<dyn Error>> {
    let answer = app.clone().oneshot(request.into_axum("/webhooks")?).await?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1024).await?;
    Ok((status, String::from_utf8(body.into())?))
}

#[cfg(test)]
mod tests {
    use countersign::{Raw, Verified};

    use super::*;

    #[tokio::test]
    async fn each_message_is_handled_once() {
        let rows = run().await.unwrap();
        let answers: Vec<_> = rows.iter().map(|(_, status, line)| (*status, &**line)).collect();
        let invalid = (401, r#"{"error":"invalid signature"}"#);
        let expected = [
            (200, "msg_1: welcome john@example.com"),
            // The handler did not run again.
            (200, ""),
            (200, "msg_2: welcome john@example.com"),
            invalid,
            invalid,
        ];
        assert_eq!(answers, expected);
    }

    /// The example of the specification's own libraries, at the time at which it was signed.
    #[test]
    fn the_published_example_is_genuine() {
        let verifier =
            Verifier::<StandardWebhooks>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let verifier =
            verifier.unwrap().clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_614_265_330));
        let headers = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        let event: Verified<Raw<StandardWebhooks>> =
            verifier.verify(&headers, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(event.event_id(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    }
}
