//! Slack: the handshake, an event and a slash command.
//!
//! ```sh
//! cargo run -p slack
//! ```
//!
//! `receiver.rs` is all that a service needs. The rest plays Slack.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod receiver;

use std::error::Error;

use axum::Router;
use countersign::providers::Slack;
use countersign::testing::SignedRequest;
use countersign::{Secret, Verifier};
use tower::ServiceExt as _;

const HANDSHAKE: &str = r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}"#;
const MENTION: &str = r#"{"type":"event_callback","event_id":"Ev1","event_time":1771151400,
    "event":{"type":"app_mention","user":"U1","text":"is it lunch time?","channel":"C1"}}"#;
const COMMAND: &str = "command=%2Fweather&text=94070+%26+around&user_name=Steve&team_id=T0001";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (delivery, status, line) in run().await? {
        println!("{delivery:18}  {status}  {line}");
    }
    Ok(())
}

/// Sends each delivery, and returns the answers.
async fn run() -> Result<Vec<(&'static str, u16, String)>, Box<dyn Error>> {
    let secret = Secret::new("8f742231b10e8888abcd99yyyzzz85a5")?;
    let app = receiver::router(Verifier::new(secret.clone())?);
    let signed = |body| SignedRequest::new::<Slack>(&secret, body);
    let command = signed(COMMAND).with("content-type", "application/x-www-form-urlencoded");
    let deliveries = [
        ("the handshake", "/slack/events", signed(HANDSHAKE)),
        ("an event", "/slack/events", signed(MENTION)),
        ("a slash command", "/slack/commands", command.clone()),
        ("an altered command", "/slack/commands", command.with_body("command=%2Fweather&text=rain")),
        ("a forged handshake", "/slack/events", signed(MENTION).with_body(HANDSHAKE)),
    ];
    let mut rows = Vec::new();
    for (name, path, request) in deliveries {
        let (status, line) = send(&app, path, request).await?;
        rows.push((name, status, line));
    }
    Ok(rows)
}

async fn send(app: &Router, path: &str, request: SignedRequest) -> Result<(u16, String), Box<dyn Error>> {
    let answer = app.clone().oneshot(request.into_axum(path)?).await?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1024).await?;
    Ok((status, String::from_utf8(body.into())?))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[tokio::test]
    async fn each_delivery_gets_its_answer() {
        let rows = run().await.unwrap();
        let answers: Vec<_> = rows.iter().map(|(_, status, line)| (*status, &**line)).collect();
        let invalid = (401, r#"{"error":"invalid signature"}"#);
        let expected = [
            (200, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"),
            (200, "U1 asks in C1: is it lunch time?"),
            (200, "the weather for Steve: 94070 & around"),
            invalid,
            invalid,
        ];
        assert_eq!(answers, expected);
    }

    #[tokio::test]
    async fn other_bodies_are_authentic_and_are_told_apart() {
        let secret = Secret::new("s").unwrap();
        let app = receiver::router(Verifier::new(secret.clone()).unwrap());
        for (path, body, expected) in [
            (
                "/slack/events",
                r#"{"type":"event_callback","event":{"type":"team_join"}}"#,
                (200, "team_join is of no use here"),
            ),
            ("/slack/events", r#"{"type":"app_rate_limited"}"#, (400, "no event")),
            (
                "/slack/events",
                r#"{"type":"url_verification","challenge":"<b>"}"#,
                (403, r#"{"error":"handshake refused"}"#),
            ),
            ("/slack/commands", "text=rain", (400, "no slash command")),
        ] {
            let (status, line) = send(&app, path, SignedRequest::new::<Slack>(&secret, body)).await.unwrap();
            assert_eq!((status, &*line), expected, "{body}");
        }
    }

    /// The example that Slack publishes for testing an implementation, at the time at which it was signed.
    #[tokio::test]
    async fn the_published_example_is_genuine() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
                    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let secret = Secret::new("8f742231b10e8888abcd99yyyzzz85a5").unwrap();
        let request = SignedRequest::new::<Slack>(&secret, body)
            .with("x-slack-request-timestamp", "1531420618")
            .with("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
        let then = || SystemTime::UNIX_EPOCH + Duration::from_secs(1_531_420_618);
        let app = receiver::router(Verifier::new(secret.clone()).unwrap().clock(then));
        let answer = send(&app, "/slack/commands", request.clone()).await.unwrap();
        assert_eq!(answer, (200, "/webhook-collect of roadrunner is of no use here".to_owned()));

        let today = receiver::router(Verifier::new(secret).unwrap());
        assert_eq!(send(&today, "/slack/commands", request).await.unwrap().0, 401);
    }
}
