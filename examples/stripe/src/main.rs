//! Stripe: typed events, and a rotation of the secret without a lost delivery.
//!
//! ```sh
//! cargo run -p stripe
//! ```
//!
//! `receiver.rs` is all that a service needs. The rest plays Stripe.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod receiver;

use std::error::Error;

use axum::Router;
use countersign::providers::Stripe;
use countersign::testing::SignedRequest;
use countersign::{Secret, Secrets, Verifier};
use tower::ServiceExt as _;

const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","created":1771151400,
    "data":{"object":{"id":"in_1","amount_paid":1099,"currency":"usd"}}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (delivery, status, line) in run().await? {
        println!("{delivery:46}  {status}  {line}");
    }
    Ok(())
}

/// A rotation, step by step. Each row is a delivery and its answer.
async fn run() -> Result<Vec<(&'static str, u16, String)>, Box<dyn Error>> {
    let (old, new) = (Secret::new("whsec_old")?, Secret::new("whsec_new")?);
    let verifier = Verifier::<Stripe>::new(Secrets::new("2026-05", old.clone())?)?;
    let app = receiver::router(verifier.clone());
    let mut rows = Vec::new();

    let (status, line) = send(&app, SignedRequest::new::<Stripe>(&old, BODY)).await?;
    rows.push(("before the rotation", status, line));

    // Stripe rolls the secret, and signs with both for up to 24 hours. The service does not know the new one yet.
    let (status, line) = send(&app, by_both(&new, &old)).await?;
    rows.push(("signed by both, the service has the old one", status, line));

    // The service gets the new secret while it runs. Every clone of the verifier sees it.
    verifier.replace_secrets(Secrets::new("2026-11", new.clone())?.also("2026-05", old.clone())?)?;
    let (status, line) = send(&app, by_both(&new, &old)).await?;
    rows.push(("signed by both, the service has both", status, line));

    // The old secret has expired at Stripe, and no delivery names it any more.
    verifier.replace_secrets(Secrets::new("2026-11", new.clone())?)?;
    let (status, line) = send(&app, SignedRequest::new::<Stripe>(&new, BODY)).await?;
    rows.push(("after the rotation", status, line));
    let (status, line) = send(&app, SignedRequest::new::<Stripe>(&old, BODY)).await?;
    rows.push(("signed by the old one alone", status, line));
    Ok(rows)
}

/// A delivery with two entries `v1`, as Stripe sends it during a rotation.
fn by_both(new: &Secret, old: &Secret) -> SignedRequest {
    let now = std::time::SystemTime::now();
    let [new, old] = [new, old].map(|secret| SignedRequest::signed_at::<Stripe>(secret, BODY, now));
    let value = |request: &SignedRequest| {
        let header = request.headers().iter().find(|(name, _)| name == "stripe-signature");
        header.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    // Both have the same time, so the second entry fits into the header of the first: `t=…,v1=…,v1=…`.
    let (both, second) = (value(&new), value(&old));
    let entry = second.split(',').next_back().unwrap_or_default();
    new.with("stripe-signature", format!("{both},{entry}"))
}

async fn send(app: &Router, request: SignedRequest) -> Result<(u16, String), Box<dyn Error>> {
    let answer = app.clone().oneshot(request.into_axum("/webhooks/stripe")?).await?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1024).await?;
    Ok((status, String::from_utf8(body.into())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_delivery_is_lost_during_a_rotation() {
        let rows = run().await.unwrap();
        let answers: Vec<_> = rows.iter().map(|(_, status, line)| (*status, &**line)).collect();
        let paid = |label| format!("invoice in_1 paid: 1099 usd, event evt_1, secret {label}");
        assert_eq!(
            answers,
            [
                (200, &*paid("2026-05")),
                (200, &*paid("2026-05")),
                (200, &*paid("2026-11")),
                (200, &*paid("2026-11")),
                (401, r#"{"error":"invalid signature"}"#),
            ]
        );
    }
}
