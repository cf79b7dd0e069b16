//! Each outcome is one line in the log.
//!
//! This test is alone in its program. `tracing` asks once for all threads whether a line is wanted, and another test must not ask first.

use std::io;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::VerifyMiddleware;
use countersign::dedupe::{Dedupe, DeliveryKey, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Hook, Secret, Verifier, hook};
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

#[tokio::test]
async fn each_outcome_is_one_line() {
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

    let secret = Secret::new("whsec_outcomes").unwrap();
    let status = Arc::new(AtomicU16::new(500));
    let app = |capacity| {
        let status = Arc::clone(&status);
        let handler = async move || StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
        let layer = VerifyMiddleware::<hook::Event>::new(Verifier::<Hook>::new(secret.clone()).unwrap());
        let layer = layer.dedupe(Dedupe::new(MemoryStore::new(capacity)));
        Router::<()>::new().route("/", post(handler).layer(layer))
    };
    let (service, full) = (app(10), app(0));
    // Made by Python's `hashlib` of the provider, the route `/` and the event id, each one after its length.
    let key: DeliveryKey =
        "ebc95f65dfd9172d097288ea104a9be78ccf9edbf99d9af136d5ffe003ed3186".parse().unwrap();
    let line = |level: &str, outcome: &str| {
        format!("{level} webhook delivery provider=\"hook\" outcome={outcome} key={key}\n")
    };
    let failed = "ERROR dedupe store failed provider=\"hook\" verb=\"claim\"";
    for (service, answers, expected) in [
        (&service, 500, line(" WARN", r#""failed""#)),
        (&service, 200, line(" INFO", r#""accepted""#)),
        (&service, 200, line(" INFO", r#""repeat""#)),
        (&full, 200, line(" WARN", r#""refused" reason="store_unavailable""#)),
    ] {
        status.store(answers, Ordering::SeqCst);
        service
            .clone()
            .oneshot(SignedRequest::new::<Hook>(&secret, EVENT).into_axum("/").unwrap())
            .await
            .unwrap();
        let log = String::from_utf8(std::mem::take(&mut *lines.0.lock().unwrap())).unwrap();
        let (reasons, outcome): (Vec<_>, Vec<_>) =
            log.split_inclusive('\n').partition(|line| line.starts_with(failed));
        assert_eq!(outcome, [expected]);
        assert_eq!(reasons.len(), usize::from(std::ptr::eq(service, &full)));
    }
}
