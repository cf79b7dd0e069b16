//! Two providers that the library does not know: Acme signs in the simplest way, and Bolt signs the time too.
//!
//! `cargo run -p custom-provider` shows the events that a service would see. In a service, a handler takes `Verified<acme::Event>`
//! just as it takes the events of the built-in providers. `examples/github` has a provider whose event type is not signed.

#![expect(clippy::print_stdout, reason = "this is a demonstration on a terminal")]

mod acme;
mod bolt;

use std::error::Error;

use acme::Acme;
use bolt::Bolt;
use countersign::testing::SignedRequest;
use countersign::{Secret, Verified, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    // Neither publishes an example, so the program signs their deliveries itself.
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

    let secret = Secret::new("bolt_c2VjcmV0")?;
    let verifier = Verifier::<Bolt>::new(secret.clone())?;
    let request =
        SignedRequest::new::<Bolt>(&secret, r#"{"event":{"type":"parcel.delivered"},"parcel":{"id":7}}"#);
    let event: Verified<bolt::Event> = verifier.verify(request.headers(), request.body().clone())?;
    println!("bolt    genuine  {}: {}", event.event_type(), bolt::describe(&event));

    // The time is signed, so a captured delivery cannot get a new one.
    let later = request.clone().with("x-bolt-time", "4102444800");
    match verifier.verify::<bolt::Event>(later.headers(), later.body().clone()) {
        Err(rejection) => println!("bolt    refused  {} {}", rejection.status(), rejection.body()),
        Ok(_) => return Err("a delivery with another time was let through".into()),
    }
    Ok(())
}
