//! A misconfigured dedupe says in the log, once for each delivery, how to put it right. Alone in its program, as `outcomes.rs` is.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::future::pending;
use std::time::Duration;

use actix_web::test::{call_service, init_service};
use actix_web::{App, web};
use axum::routing::{Router, post};
use countersign::VerifyMiddleware;
use countersign::dedupe::{Dedupe, Handled, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Envelope, Hook, Provider, Raw, Scheme, Secret, Verifier, hook};
use countersign_tests::Log;
use tower::ServiceExt as _;
use tracing::Level;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

#[track_caller]
fn is_one_error(log: &Log) {
    let advice =
        "name the endpoint: the router matched no pattern here, so the dedupe needs .endpoint(\"…\")";
    let expected = format!(
        "ERROR webhook refused provider=\"hook\" status=500 reason=receiver of hook is misconfigured: {advice}\n"
    );
    assert_eq!(log.take(), expected);
}

#[actix_web::test]
async fn each_misconfiguration_is_one_line() {
    let (log, _guard) = Log::of_thread(Level::INFO);

    let secret = Secret::new("whsec_once").unwrap();
    let verifier = Verifier::<Hook>::new(secret.clone()).unwrap();
    let dedupe = Dedupe::new(MemoryStore::new(10));
    let layer = || VerifyMiddleware::<hook::Event>::new(verifier.clone()).dedupe(dedupe.clone());
    let signed = SignedRequest::new::<Hook>(&secret, EVENT);

    let app: Router = Router::new().fallback(post(async || "handled").layer(layer()));
    let answer = app.oneshot(signed.clone().into_axum("/").unwrap()).await.unwrap();
    assert_eq!(answer.status(), 500);
    is_one_error(&log);

    let scope = web::scope("").wrap(layer()).default_service(web::to(async || "handled"));
    let app = init_service(App::new().service(scope)).await;
    let answer = call_service(&app, signed.clone().into_actix().uri("/hook").to_request()).await;
    assert_eq!(answer.status(), 500);
    is_one_error(&log);

    let event = verifier.verify::<hook::Event>(signed.headers(), signed.body().clone()).unwrap();
    let handled = dedupe.handle(&event, async { 200 }, |_| true).await;
    assert!(matches!(handled, Handled::Refused(_)));
    assert_eq!(handled.into_answer().unwrap_err().status(), 500);
    is_one_error(&log);

    a_timeout_that_is_cut_is_logged_where_it_ends_a_handler(&log).await;
}

/// Gives up after less than a second.
struct Hurried;

impl Provider for Hurried {
    const NAME: &'static str = "hurried";
    const SCHEME: Scheme = Scheme::hex("x-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id"));
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_millis(800));
}

async fn a_timeout_that_is_cut_is_logged_where_it_ends_a_handler(log: &Log) {
    let secret = Secret::new("whsec_once").unwrap();
    let verifier = Verifier::<Hurried>::new(secret.clone()).unwrap();
    let signed = SignedRequest::new::<Hurried>(&secret, EVENT);
    let event = verifier.verify::<Raw<Hurried>>(signed.headers(), signed.body().clone()).unwrap();
    let dedupe = Dedupe::new(MemoryStore::new(10)).endpoint("billing").unwrap();
    let handled = dedupe.handle(&event, pending::<u16>(), |_| true).await;
    assert_eq!(handled, Handled::TimedOut { timeout: Duration::from_millis(50) });
    let log = log.take();
    assert!(log.contains("WARN handler timeout cut"), "{log}");
    assert!(log.contains("provider=\"hurried\" asked=20s given=50ms"), "{log}");
}
