//! The outcomes that `on_outcome` counts, with and without dedupe, and after a panic of a handler or of a destructor.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fail loudly")]

use std::future::pending;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use axum::http::StatusCode;
use axum::routing::{Router, post};
use countersign::dedupe::{Dedupe, MemoryStore, Outcome};
use countersign::testing::SignedRequest;
use countersign::{Hook, Secret, Verifier, VerifyMiddleware, hook};
use tower::ServiceExt as _;

const EVENT: &str = r#"{"id":"evt_1","type":"user.deleted","created_at":"2020-01-15T12:30:00Z","data":{}}"#;

/// The status at which a handler hangs, and panics as it is dropped.
const BOMB: u16 = 299;

/// The status at which a handler panics.
const PANIC: u16 = 298;

/// Stands for the status of a request whose panic went on to the server.
const NO_ANSWER: u16 = 0;

type Outcomes = Arc<Mutex<Vec<Outcome>>>;

fn signed(secret: &str) -> SignedRequest {
    SignedRequest::new::<Hook>(&Secret::new(secret).unwrap(), EVENT)
}

fn verify(outcomes: &Outcomes) -> VerifyMiddleware<hook::Event> {
    let outcomes = Arc::clone(outcomes);
    let verifier = Verifier::<Hook>::new(Secret::new("a").unwrap()).unwrap();
    VerifyMiddleware::new(verifier).on_outcome(move |outcome| outcomes.lock().unwrap().push(outcome))
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

/// Gives the status that the test has set. If that is [`BOMB`], it hangs, and panics as it is dropped. If it is [`PANIC`], it panics.
async fn handler(status: Arc<AtomicU16>) -> u16 {
    let status = status.load(Ordering::SeqCst);
    if status == BOMB {
        let _bomb = Bomb;
        pending::<()>().await;
    }
    assert_ne!(status, PANIC, "on purpose");
    status
}

/// Sends requests with these secrets to a handler with these answers, in both frameworks.
async fn statuses(
    verify: impl Fn() -> VerifyMiddleware<hook::Event>,
    requests: &[(&str, u16)],
) -> [Vec<u16>; 2] {
    let status = Arc::new(AtomicU16::new(0));
    let own = Arc::clone(&status);
    let answers = async move || StatusCode::from_u16(handler(own).await).unwrap();
    let by_axum: Router = Router::new().route("/", post(answers).layer(verify()));
    let own = Arc::clone(&status);
    let answers = web::post().to(move || {
        let own = Arc::clone(&own);
        async move { HttpResponse::build(handler(own).await.try_into().unwrap()).finish() }
    });
    let by_actix = init_service(App::new().service(web::resource("/").wrap(verify()).route(answers))).await;
    let mut all = [Vec::new(), Vec::new()];
    for (secret, answer) in requests {
        status.store(*answer, Ordering::SeqCst);
        let request = signed(secret).into_axum("/").unwrap();
        let answer = actix_web::rt::spawn(by_axum.clone().oneshot(request)).await;
        all[0].push(answer.map_or(NO_ANSWER, |answer| answer.unwrap().status().as_u16()));
    }
    for (secret, answer) in requests {
        status.store(*answer, Ordering::SeqCst);
        let request = signed(secret).into_actix().uri("/").to_request();
        let answer = actix_web::rt::spawn(by_actix.call(request)).await.map(|answer| {
            answer.map_or_else(|error| error.error_response().status(), |answer| answer.status())
        });
        all[1].push(answer.map_or(NO_ANSWER, |status| status.as_u16()));
    }
    all
}

#[actix_web::test]
async fn without_dedupe_successes_failures_refusals_and_panics_are_counted() {
    let outcomes = Outcomes::default();
    let requests = [("a", 204), ("a", 404), ("b", 200), ("a", PANIC), ("a", 200)];
    let statuses = statuses(|| verify(&outcomes), &requests).await;
    assert_eq!(statuses, [[204, 404, 401, NO_ANSWER, 200]; 2]);
    let refused = Outcome::Refused { reason: "invalid_signature" };
    let expected = [Outcome::Accepted, Outcome::Failed, refused, Outcome::Panicked, Outcome::Accepted];
    assert_eq!(*outcomes.lock().unwrap(), [expected, expected].concat());
}

#[actix_web::test]
async fn with_dedupe_a_panic_of_a_handler_or_in_drop_is_counted_and_its_delivery_is_handled_again() {
    let outcomes = Outcomes::default();
    let verify = || {
        let dedupe = Dedupe::new(MemoryStore::new(10)).handler_timeout(Duration::from_secs(1));
        verify(&outcomes).dedupe(dedupe)
    };
    let statuses = statuses(verify, &[("a", PANIC), ("a", BOMB), ("a", 200), ("a", 500), ("b", 200)]).await;
    assert_eq!(statuses, [[500, 500, 200, 200, 401]; 2]);
    let refused = Outcome::Refused { reason: "invalid_signature" };
    let expected = [Outcome::Panicked, Outcome::Panicked, Outcome::Accepted, Outcome::Repeat, refused];
    assert_eq!(*outcomes.lock().unwrap(), [expected, expected].concat());
}

/// A graceful shutdown does not wait for the handler of a client that has hung up.
#[test]
fn a_runtime_that_shuts_down_drops_its_handler_and_loses_no_delivery() {
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let store = MemoryStore::new(10).clock(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
    let outcomes = Outcomes::default();
    let answer = |hangs: bool| {
        let layer = verify(&outcomes).dedupe(Dedupe::new(store.clone()));
        let handler = async move || {
            if hangs {
                pending::<()>().await;
            }
        };
        let app: Router = Router::new().route("/", post(handler).layer(layer));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let request = app.oneshot(signed("a").into_axum("/").unwrap());
        let answer = runtime.block_on(async {
            let answered = tokio::time::timeout(Duration::from_millis(500), request).await.ok()?;
            Some(answered.unwrap().status().as_u16())
        });
        runtime.shutdown_timeout(Duration::from_secs(5));
        answer
    };
    assert_eq!(answer(true), None);
    assert_eq!(answer(false), Some(503));
    seconds.store(30, Ordering::SeqCst);
    assert_eq!(answer(false), Some(200));
    assert_eq!(*outcomes.lock().unwrap(), [Outcome::InProgress, Outcome::Accepted]);
}
