//! Two providers that the library does not know: GitHub, whose bodies stay raw, and Acme, whose events are typed.
//!
//! `cargo run -p custom-provider` shows the events that a service would see. In a service, a handler takes `Verified<acme::Event>`
//! just as it takes the events of the built-in providers.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod acme;
mod github;

use std::error::Error;

use acme::Acme;
use countersign::testing::SignedRequest;
use countersign::{Secret, Verified, Verifier};
use github::GitHub;

fn main() -> Result<(), Box<dyn Error>> {
    // The example that GitHub publishes for testing an implementation.
    let secret = Secret::new("It's a Secret to Everybody")?;
    let verifier = Verifier::<GitHub>::new(secret.clone())?;
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("X-Hub-Signature-256", signature)];

    let event: Verified<github::Event> = verifier.verify(&headers, "Hello, World!")?;
    println!("github  genuine  {}", String::from_utf8_lossy(event.as_bytes()));
    match verifier.verify::<github::Event>(&headers, "Hello, World?") {
        Err(rejection) => println!("github  refused  {} {}", rejection.status(), rejection.body()),
        Ok(_) => return Err("an altered body was let through".into()),
    }

    // An authentic body, and the same one that somebody sends again under another event type.
    let push = r#"{"ref":"refs/heads/main","commits":[{"message":"Add a test"}]}"#;
    for event_type in ["push", "ping"] {
        let request = SignedRequest::new::<GitHub>(&secret, push).header("x-github-event", event_type);
        let event: Verified<github::Event> = verifier.verify(request.headers(), request.body().clone())?;
        match github::describe(&event) {
            Ok(line) => println!("github  genuine  {line}"),
            Err(mismatch) => println!("github  genuine  not a {event_type}: {mismatch}"),
        }
    }

    // Acme publishes no example, so the program signs its deliveries itself.
    let secret = Secret::new("whsec_acme_demo")?;
    let verifier = Verifier::<Acme>::new(secret.clone())?;
    for body in [
        r#"{"id":"evt_1","type":"order.created","data":{"number":"A-7","total_cents":1250}}"#,
        r#"{"id":"evt_2","type":"order.refunded","data":{"number":"A-7"}}"#,
        r#"{"id":"evt_3","type":"order.shipped","data":{"number":"A-7"}}"#,
    ] {
        let request = SignedRequest::new::<Acme>(&secret, body);
        let event: Verified<acme::Event> = verifier.verify(request.headers(), request.body().clone())?;
        println!("acme    genuine  {}: {}", event.event_id().unwrap_or("no id"), acme::describe(&event));
    }
    Ok(())
}
