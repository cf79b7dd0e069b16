//! The lines of the log as JSON, field by field. Each request is one line, and each delivery behind a `Dedupe` another one.
//!
//! This test is alone in its program. `tracing` asks once for all threads whether a line is wanted, and another test must not ask first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::VerifyMiddleware;
use countersign::dedupe::{Dedupe, DeliveryKey, MemoryStore};
use countersign::testing::SignedRequest;
use countersign::{Custom, Hook, Part, Raw, Rejection, Scheme, Secret, Secrets, Verifier, hook};
use countersign_tests::Log;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tracing::Level;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

/// Made by Python's `hashlib` of the provider, the route `/` and the event id, each one after its length.
const KEY: &str = "ebc95f65dfd9172d097288ea104a9be78ccf9edbf99d9af136d5ffe003ed3186";
/// The same with the tenant `müller`.
const KEY_OF_TENANT: &str = "a03aa56214b25361f6efe793f87fb8e95cea3bfab59d92596bc42ca382ffef4e";

/// A line without its duration, which must be a number of milliseconds.
#[track_caller]
fn without_duration(mut line: Value) -> Value {
    let duration = line.as_object_mut().unwrap().remove("duration_ms").unwrap();
    assert!((0.0..60_000.0).contains(&duration.as_f64().unwrap()), "{duration}");
    line
}

fn secret() -> Secret {
    Secret::new("whsec_outcomes").unwrap()
}

fn verifier() -> Verifier<Hook> {
    Verifier::new(Secrets::new("2026-11", secret()).unwrap()).unwrap()
}

fn tenant(name: &str) -> Verifier<Hook> {
    verifier().for_tenant(name, Secrets::new("2026-11", secret()).unwrap()).unwrap()
}

#[tokio::test]
async fn each_line_has_these_fields() {
    let (log, _guard) = Log::json_of_thread(Level::DEBUG);
    each_outcome_is_one_line(&log).await;
    all_lines_of_a_tenant_name_it(&log).await;
    refused_lines_name_the_tenant_and_the_reason(&log).await;
    the_signed_id_is_the_event_id(&log);
    text_of_strangers_breaks_no_line(&log);
}

async fn each_outcome_is_one_line(log: &Log) {
    let status = Arc::new(AtomicU16::new(500));
    let app = |capacity| {
        let status = Arc::clone(&status);
        let handler = async move || StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
        let layer = VerifyMiddleware::<hook::Event>::new(verifier());
        let layer = layer.dedupe(Dedupe::new(MemoryStore::new(capacity)));
        Router::<()>::new().route("/", post(handler).layer(layer))
    };
    let (service, full) = (app(10), app(0));
    for (service, answer, level, outcome, reason) in [
        (&service, 500, "WARN", "failed", None),
        (&service, 200, "INFO", "accepted", None),
        (&service, 200, "INFO", "repeat", None),
        (&full, 200, "WARN", "refused", Some("store_unavailable")),
    ] {
        status.store(answer, Ordering::SeqCst);
        let request = SignedRequest::new::<Hook>(&secret(), EVENT).into_axum("/").unwrap();
        service.clone().oneshot(request).await.unwrap();
        let mut lines = log.take_json();
        let mut expected = json!({
            "level": level, "message": "webhook delivery", "provider": "hook", "event_type": "user.deleted",
            "event_id": "evt_1", "secret_label": "2026-11", "key": KEY, "outcome": outcome,
        });
        if let Some(reason) = reason {
            expected["reason"] = json!(reason);
            let failed = json!({
                "level": "ERROR", "message": "dedupe store failed", "provider": "hook", "verb": "claim",
                "key": KEY, "reason": "memory store is full with 0 deliveries",
            });
            assert_eq!(lines.remove(1), failed);
        }
        let [verified, delivery] = lines.try_into().unwrap();
        let bytes = EVENT.len();
        assert_eq!(
            verified,
            json!({
                "level": "DEBUG", "message": "webhook verified", "provider": "hook",
                "event_type": "user.deleted", "event_id": "evt_1", "secret_label": "2026-11", "bytes": bytes,
            })
        );
        assert_eq!(without_duration(delivery), expected);
    }
}

async fn all_lines_of_a_tenant_name_it(log: &Log) {
    let store = MemoryStore::new(10);
    let layer = VerifyMiddleware::<hook::Event>::new(tenant("müller"));
    let layer = layer.dedupe(Dedupe::new(store.clone()));
    let app = Router::<()>::new().route("/", post(async || "handled").layer(layer));
    app.oneshot(SignedRequest::new::<Hook>(&secret(), EVENT).into_axum("/").unwrap()).await.unwrap();
    let [verified, delivery] = log.take_json().try_into().unwrap();
    assert_eq!(verified["tenant"], "müller");
    let key = delivery["key"].as_str().unwrap().to_owned();
    assert_eq!(
        without_duration(delivery),
        json!({
            "level": "INFO", "message": "webhook delivery", "provider": "hook", "tenant": "müller",
            "event_type": "user.deleted", "event_id": "evt_1", "secret_label": "2026-11",
            "key": KEY_OF_TENANT, "outcome": "accepted",
        })
    );
    // An operator forgets the delivery by the key in the line.
    let key: DeliveryKey = key.parse().unwrap();
    assert!(store.forget(&key));
    assert!(!store.forget(&key));
}

async fn refused_lines_name_the_tenant_and_the_reason(log: &Log) {
    let refused = |tenant: Option<&str>, status: u16, reason: &str| {
        let mut line = json!({
            "level": "WARN", "message": "webhook refused", "provider": "hook", "status": status, "reason": reason,
        });
        if let Some(tenant) = tenant {
            line["tenant"] = json!(tenant);
        }
        line
    };
    let signed = SignedRequest::new::<Hook>(&secret(), EVENT);
    let forged = SignedRequest::new::<Hook>(&Secret::new("another").unwrap(), EVENT);
    let unsigned = signed.clone().without("x-webhook-signature");
    let (mismatch, missing) = (
        "x-webhook-signature: signature does not match the body",
        "x-webhook-signature: no signature header",
    );
    for name in [None, Some("müller")] {
        let verifier = name.map_or_else(verifier, tenant);
        let verify = |request: &SignedRequest, verifier: &Verifier<Hook>| {
            let (headers, body) = (request.headers(), request.body().clone());
            assert!(verifier.verify::<hook::Event>(headers, body).is_err());
        };
        verify(&forged, &verifier);
        assert_eq!(log.take_json(), [refused(name, 401, mismatch)]);

        assert!(verifier.begin(unsigned.headers()).is_err());
        assert_eq!(log.take_json(), [refused(name, 401, missing)]);

        let mut incoming = verifier.clone().body_limit(1).begin(signed.headers()).unwrap();
        assert!(incoming.update("too long").is_err());
        assert_eq!(log.take_json(), [refused(name, 413, "body is over the limit of 1 bytes")]);

        let late = verifier.clone().read_timeout(Duration::from_millis(1));
        let mut body = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        assert!(late.receive::<hook::Event, _>(signed.headers(), &mut body).await.is_err());
        assert_eq!(log.take_json(), [refused(name, 408, "body was not complete after 1ms")]);

        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let clock = || std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
        verify(&signed, &verifier.clone().max_age(year).clock(clock));
        let reason = "event is 131519800s old, and max_age is 31536000s";
        assert_eq!(log.take_json(), [refused(name, 400, reason)]);
    }
}

fn the_signed_id_is_the_event_id(log: &Log) {
    let scheme = Scheme::hex("signature").signed(&[Part::Id("id"), Part::Text("."), Part::Body]);
    let time = std::time::SystemTime::UNIX_EPOCH;
    let request = SignedRequest::with_scheme_at(scheme, &secret(), "{}", time, Some("msg_1"));
    let verifier = Verifier::<Custom>::for_scheme(scheme, secret()).unwrap();
    verifier.verify::<Raw<Custom>>(request.headers(), "{}").unwrap();
    let [line] = log.take_json().try_into().unwrap();
    assert_eq!((&line["message"], &line["event_id"]), (&json!("webhook verified"), &json!("msg_1")));
}

/// A text in the log is escaped once. The JSON around it escapes the backslash again, and reading it undoes that.
#[track_caller]
fn text_of_strangers_breaks_no_line(log: &Log) {
    let body =
        r#"{"id":"1\r\n\u202e\u2028","type":"\u001b[31m\"red\"\u009b","created_at":"2026-01-15T12:30:00Z"}"#;
    let request = SignedRequest::new::<Hook>(&secret(), body);
    tenant("te\u{202e}nant").verify::<hook::Event>(request.headers(), request.body().clone()).unwrap();
    let [line] = log.take_json().try_into().unwrap();
    let fields = ["tenant", "event_type", "event_id"].map(|name| line[name].as_str().unwrap().to_owned());
    assert_eq!(fields, [r"te\u{202e}nant", r#"\u{1b}[31m"red"\u{9b}"#, r"1\r\n\u{202e}\u{2028}"]);

    let reason = Rejection::LookupFailed { reason: "no\r\nroute \u{1b}[31m \u{202e}".to_owned() };
    assert_eq!(reason.to_string(), r"tenant look-up failed: no\r\nroute \u{1b}[31m \u{202e}");
}
