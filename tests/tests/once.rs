//! A misconfigured dedupe says in the log, once for each delivery, how to put it right. Alone in its program, as `outcomes.rs` is.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::test::{call_service, init_service};
use actix_web::{App, web};
use axum::routing::{Router, post};
use countersign::VerifyMiddleware;
use countersign::dedupe::{Dedupe, Handled, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Envelope, Hook, Provider, Raw, Scheme, Secret, Verifier, hook};
use tower::ServiceExt as _;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    #[track_caller]
    fn are_one_error(&self) {
        let advice =
            "name the endpoint: the router matched no pattern here, so the dedupe needs .endpoint(\"…\")";
        let expected = format!(
            "ERROR webhook refused provider=\"hook\" status=500 reason=receiver of hook is misconfigured: {advice}\n"
        );
        assert_eq!(self.take(), expected);
    }
}

#[actix_web::test]
async fn each_misconfiguration_is_one_line() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_max_level(tracing::Level::INFO)
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let secret = Secret::new("whsec_once").unwrap();
    let verifier = Verifier::<Hook>::new(secret.clone()).unwrap();
    let dedupe = Dedupe::new(MemoryStore::new(10));
    let layer = || VerifyMiddleware::<hook::Event>::new(verifier.clone()).dedupe(dedupe.clone());
    let signed = SignedRequest::new::<Hook>(&secret, EVENT);

    let app: Router = Router::new().fallback(post(async || "handled").layer(layer()));
    let answer = app.oneshot(signed.clone().into_axum("/").unwrap()).await.unwrap();
    assert_eq!(answer.status(), 500);
    lines.are_one_error();

    let scope = web::scope("").wrap(layer()).default_service(web::to(async || "handled"));
    let app = init_service(App::new().service(scope)).await;
    let answer = call_service(&app, signed.clone().into_actix().uri("/hook").to_request()).await;
    assert_eq!(answer.status(), 500);
    lines.are_one_error();

    let event = verifier.verify::<hook::Event>(signed.headers(), signed.body().clone()).unwrap();
    let handled = dedupe.handle(&event, async { 200 }, |_| true).await;
    assert!(matches!(handled, Handled::Refused(_)));
    assert_eq!(handled.into_answer().unwrap_err().status(), 500);
    lines.are_one_error();

    a_timeout_that_is_cut_is_logged_where_it_ends_a_handler(&lines).await;
}

/// Gives up after less than a second.
struct Hurried;

impl Provider for Hurried {
    const NAME: &'static str = "hurried";
    const SCHEME: Scheme = Scheme::hex("x-signature");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").id("id"));
    const RETRY_HORIZON: Option<Duration> = Some(Duration::from_millis(800));
}

async fn a_timeout_that_is_cut_is_logged_where_it_ends_a_handler(lines: &Lines) {
    let secret = Secret::new("whsec_once").unwrap();
    let verifier = Verifier::<Hurried>::new(secret.clone()).unwrap();
    let signed = SignedRequest::new::<Hurried>(&secret, EVENT);
    let event = verifier.verify::<Raw<Hurried>>(signed.headers(), signed.body().clone()).unwrap();
    let dedupe = Dedupe::new(MemoryStore::new(10)).endpoint("billing").unwrap();
    let handled = dedupe.handle(&event, pending::<u16>(), |_| true).await;
    assert_eq!(handled, Handled::TimedOut { timeout: Duration::from_millis(50) });
    let log = lines.take();
    assert!(log.contains("WARN handler timeout cut"), "{log}");
    assert!(log.contains("provider=\"hurried\" asked=20s given=50ms"), "{log}");
}
