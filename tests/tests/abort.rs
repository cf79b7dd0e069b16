//! No genuine delivery ends a process that is built with `panic = "abort"`.
//!
//! In such a process `catch_unwind` catches nothing, and the first panic ends it. This test installs a panic hook that aborts. The hook
//! runs before the stack is unwound, so that it ends the process even if the panic would be caught later. A profile with
//! `panic = "abort"` would show the same, and would build every dependency a second time. The hook belongs to the whole process, so
//! this program has one test.

use std::io::{self, Write as _};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{call_service, init_service};
use actix_web::{App, Error, web};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Massu, Secret, Verified, Verifier, massu};

const EVENT: &str = r#"{"type":"session.completed","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;

fn secret() -> Secret {
    Secret::new("whsec_abort").unwrap()
}

/// A genuine delivery with a body of this many bytes.
fn delivery(size: usize) -> SignedRequest {
    SignedRequest::new::<Massu>(&secret(), EVENT.to_owned() + &" ".repeat(size - EVENT.len()))
}

/// Keeps a clone of the request until it is answered, as access logs do.
async fn keep_the_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let kept = request.request().clone();
    let response = next.call(request).await;
    drop(kept);
    response
}

async fn hook(event: Verified<massu::Event>) -> String {
    format!("{} {}", event.event_type(), event.body().len())
}

fn abort_at_every_panic() {
    std::panic::set_hook(Box::new(|panic| {
        // `eprintln!` writes to a buffer of the test harness, which is lost with the process.
        io::stderr().write_all(format!("{panic}\n").as_bytes()).unwrap();
        std::process::abort();
    }));
}

#[actix_web::test]
async fn a_large_delivery_is_handled_behind_a_middleware_that_keeps_the_request() {
    abort_at_every_panic();
    let verify = countersign::VerifyMiddleware::<massu::Event>::new(Verifier::new(secret()).unwrap());
    let dedupe = Dedupe::new(MemoryStore::new(10));
    for verify in [verify.clone(), verify.dedupe(dedupe)] {
        let resource = web::resource("/").wrap(verify).wrap(from_fn(keep_the_request)).post(hook);
        let app = init_service(App::new().service(resource)).await;
        // The limit of actix-web's own extractors is 256 KiB.
        for size in [EVENT.len(), 300 << 10, 1 << 20] {
            let response = call_service(&app, delivery(size).into_actix().uri("/").to_request()).await;
            assert_eq!(response.status().as_u16(), 200, "{size} bytes");
            let body = actix_web::test::read_body(response).await;
            assert_eq!(body, format!("session.completed {size}"));
        }
    }
}
