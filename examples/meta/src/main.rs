//! Meta, with WhatsApp as the product: the handshake by `GET`, and a delivery with several changes.
//!
//! ```sh
//! cargo run -p meta
//! ```
//!
//! `receiver.rs` is all that a service needs. The rest plays Meta.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod receiver;

use std::error::Error;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use countersign::providers::Meta;
use countersign::testing::SignedRequest;
use countersign::{Secret, Verifier};
use receiver::{PATH, Receiver};
use tower::ServiceExt as _;

const HANDSHAKE: &str = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock";

/// Meta escapes all characters beyond ASCII. The escapes are part of the bytes that it signs.
const BATCH: &str = r#"{"object":"whatsapp_business_account","entry":[
    {"id":"1","changes":[
        {"field":"messages","value":{"messages":[{"from":"16505551234","text":{"body":"caf\u00e9?"}}]}},
        {"field":"messages","value":{"statuses":[{"id":"wamid.1","status":"read"}]}}]},
    {"id":"2","changes":[{"field":"account_update","value":{"event":"VERIFIED_ACCOUNT"}}]}]}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (request, status, lines) in run().await? {
        for line in lines.lines() {
            println!("{request:24}  {status}  {line}");
        }
    }
    Ok(())
}

/// Sends each request, and returns the answers.
async fn run() -> Result<Vec<(&'static str, u16, String)>, Box<dyn Error>> {
    let app_secret = Secret::new("the app secret")?;
    let verifier = Verifier::new(app_secret.clone())?;
    let app = receiver::router(Receiver { verifier, verify_token: Secret::new("meatyhamhock")? });

    let get = |query: &str| Request::get(format!("{PATH}?{query}")).body(Body::empty());
    let batch = SignedRequest::new::<Meta>(&app_secret, BATCH);
    let written_again = BATCH.replace("\\u00e9", "é");
    let requests = [
        ("the handshake", get(HANDSHAKE)?),
        ("with another token", get(&HANDSHAKE.replace("meaty", "veggie"))?),
        ("a batch", batch.clone().into_axum(PATH)?),
        ("with other escapes", batch.with_body(written_again).into_axum(PATH)?),
    ];
    let mut rows = Vec::new();
    for (name, request) in requests {
        let (status, lines) = send(&app, request).await?;
        rows.push((name, status, lines));
    }
    Ok(rows)
}

async fn send(app: &Router, request: Request) -> Result<(u16, String), Box<dyn Error>> {
    let answer = app.clone().oneshot(request).await?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1024).await?;
    Ok((status, String::from_utf8(body.into())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_request_gets_its_answer() {
        let rows = run().await.unwrap();
        let answers: Vec<_> = rows.iter().map(|(_, status, lines)| (*status, &**lines)).collect();
        let expected = [
            (200, "1158201444"),
            (403, r#"{"error":"handshake refused"}"#),
            (200, "account 1: 16505551234 writes café?\naccount 1: no message\naccount 2: account_update"),
            (401, r#"{"error":"invalid signature"}"#),
        ];
        assert_eq!(answers, expected);
    }
}
