//! No log has a secret, a tag or a body in it. A subscriber that takes every line is searched for them.
//!
//! The subscriber is global, so that this program has only one test that logs.

use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use countersign::dedupe::{Dedupe, MemoryStore};
use countersign::testing::{PROVIDERS, SignedRequest, sign};
use countersign::{Massu, Secret, Verified, Verifier, massu};
use countersign_tests::{Case, DOORS, Log};
use tower::ServiceExt as _;
use tracing::Level;

/// The length in characters of the parts of a secret, a tag or a body that must never be shown.
const WINDOW: usize = 12;

#[derive(Default)]
struct Forbidden(Vec<String>);

impl Forbidden {
    /// Adds the parts of the text that are not in `allowed`.
    fn add(&mut self, text: &[u8], allowed: &str) {
        let text = String::from_utf8_lossy(text);
        let characters: Vec<char> = text.chars().take(2000).collect();
        // Every fourth part is enough to find a run of 15 characters.
        for window in characters.windows(WINDOW).step_by(4) {
            let window: String = window.iter().collect();
            if !allowed.contains(&window) {
                self.0.push(window);
            }
        }
    }

    #[track_caller]
    fn search(&self, shown: &str, what: &str) {
        for forbidden in &self.0 {
            assert!(!shown.contains(forbidden), "{what} shows {forbidden:?}: {shown}");
        }
    }
}

/// The parts of a case that no log may show.
fn forbidden(case: &Case) -> Forbidden {
    let mut forbidden = Forbidden::default();
    let headers = case.headers();
    for (_, value) in headers.iter().filter(|(name, _)| name.to_ascii_lowercase().contains("signature")) {
        forbidden.add(value, "");
    }
    for labelled in case.secret_texts() {
        forbidden.add(labelled.as_bytes(), "");
        let expected = sign(countersign::Scheme::hex(""), &Secret::new(labelled).unwrap(), case.body());
        forbidden.add(expected.as_bytes(), "");
        forbidden.add(expected.to_uppercase().as_bytes(), "");
    }
    // The event type and the event id are logged, because they tell deliveries apart.
    let json: serde_json::Value = serde_json::from_slice(&case.body()).unwrap_or_default();
    let names = [json.get("type"), json.get("event"), json.get("id"), case.expect.seen.get("kind")];
    let mut names: Vec<_> = names.into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let samples = PROVIDERS.iter().flat_map(|provider| provider.samples);
    names.extend(samples.filter_map(|sample| sample.event_type));
    forbidden.add(&case.body(), &format!("{names:?}"));
    forbidden
}

/// Checks that each line has a level that an operator expects for a delivery.
#[track_caller]
fn check_lines(shown: &str) {
    for line in shown.lines() {
        let level = line.trim_start().split(' ').next().unwrap_or_default();
        assert!(["TRACE", "DEBUG", "WARN"].contains(&level), "a line without a level: {line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

/// Searches the lines of every case of the table at every door.
#[tokio::test]
async fn no_case_at_any_door_logs_a_secret_a_tag_or_a_body() {
    let log = Log::of_process(Level::TRACE);
    let (mut lines, mut refusals) = (0, 0);
    for case in Case::all() {
        let forbidden = forbidden(&case);
        for door in DOORS {
            let outcome = (door.run)(&case).await;
            let shown = log.take();
            forbidden.search(&shown, &format!("the log of {} at {}", case.name, door.name));
            check_lines(&shown);
            lines += shown.lines().count();
            refusals += shown.matches("webhook refused").count();
            let verdict = door.name.starts_with("verify") || door.name.starts_with("Scheme");
            assert!(
                outcome.is_none() || verdict || shown.contains("provider=\""),
                "{} says nothing",
                door.name
            );
        }
    }
    println!("{lines} lines searched, {refusals} of refusals");
    assert!(refusals > 4000 && lines > 6000, "{lines} {refusals}");

    unsigned_headers_are_never_raw(&log);
    a_missing_verifier_is_one_error_that_says_what_to_add(&log).await;
    a_dedupe_without_a_name_or_a_pattern_says_what_to_add(&log).await;
    a_refused_method_says_where_to_add_it(&log).await;
    a_timeout_that_is_cut_says_by_how_much(&log);
    a_refused_handshake_says_why_and_not_what_came(&log);
}

fn a_refused_handshake_says_why_and_not_what_came(log: &Log) {
    let token = Secret::new("meatyhamhock").unwrap();
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=tofu";
    assert!(countersign::handshake::meta(query, &token).is_err());
    let shown = log.take();
    let line = "handshake refused provider=\"meta\" status=403 reason=verify token is wrong";
    assert!(shown.contains(line), "{shown}");
    assert!(!["meaty", "tofu", "1158201444"].iter().any(|text| shown.contains(text)), "{shown}");
}

async fn a_dedupe_without_a_name_or_a_pattern_says_what_to_add(log: &Log) {
    let layer = massu_layer().dedupe(Dedupe::new(MemoryStore::new(1)));
    let app = axum::Router::<()>::new().fallback(axum::routing::post(async || "handled").layer(layer));
    let body = r#"{"type":"security.alert","data":{},"timestamp":"2026-02-15T10:30:00.000Z"}"#;
    let request = SignedRequest::new::<Massu>(&Secret::new("s").unwrap(), body).into_axum("/").unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), 500);
    let shown = log.take();
    assert!(shown.contains("webhook refused provider=\"massu\" status=500"), "{shown}");
    assert!(shown.contains("name the endpoint"), "{shown}");
}

async fn a_refused_method_says_where_to_add_it(log: &Log) {
    let app = axum::Router::<()>::new().route("/", axum::routing::get(async || "hello").layer(massu_layer()));
    let request = axum::extract::Request::get("/").body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), 405);
    let shown = log.take();
    assert!(shown.contains("post(hook).layer(verify).get(handshake)"), "{shown}");

    let resource =
        web::resource("/").wrap(countersign::VerifyMiddleware::<massu::Event>::new(massu_verifier()));
    let app = init_service(App::new().service(resource.get(async || "hello"))).await;
    assert_eq!(call_service(&app, TestRequest::get().uri("/").to_request()).await.status(), 405);
    let shown = log.take();
    assert!(shown.contains("guard::Post()") && shown.contains("guard::Get()"), "{shown}");
}

#[track_caller]
fn a_timeout_that_is_cut_says_by_how_much(log: &Log) {
    let dedupe = Dedupe::new(MemoryStore::new(1));
    let _fits = massu_layer().dedupe(dedupe.clone().handler_timeout(Duration::from_secs(260)));
    assert_eq!(log.take(), "");
    let _cut = massu_layer().dedupe(dedupe.handler_timeout(Duration::from_secs(3600)));
    let shown = log.take();
    assert!(shown.contains("handler timeout cut") && shown.contains("asked=3600s given=260s"), "{shown}");
}

fn massu_verifier() -> Verifier<Massu> {
    Verifier::new(Secret::new("s").unwrap()).unwrap()
}

fn massu_layer() -> countersign::VerifyMiddleware<massu::Event> {
    countersign::VerifyMiddleware::new(massu_verifier())
}

async fn a_missing_verifier_is_one_error_that_says_what_to_add(log: &Log) {
    let hook = web::post().to(async |_: Verified<massu::Event>| "handled");
    let app = init_service(App::new().route("/", hook)).await;
    log.take();
    let response = call_service(&app, TestRequest::post().uri("/").to_request()).await;
    assert_eq!(response.status(), 500);
    let shown = log.take();
    let errors: Vec<_> = shown.lines().filter(|line| line.starts_with("ERROR")).collect();
    let [error] = errors.as_slice() else { panic!("{shown}") };
    assert!(error.contains("webhook refused provider=\"massu\" status=500"), "{error}");
    assert!(
        error.contains("receiver of massu is misconfigured: no verifier: add it with .app_data("),
        "{error}"
    );
}

/// CR, LF and ANSI escapes cannot arrive through HTTP. They can be in the headers that a script passes.
#[track_caller]
fn unsigned_headers_are_never_raw(log: &Log) {
    let secret = Secret::new("s").unwrap();
    let nasty = "d-1\r\n ERROR forged line \u{1b}[31m\u{9b}";
    for signed_with in ["s", "another"] {
        let request =
            SignedRequest::new::<Massu>(&Secret::new(signed_with).unwrap(), r#"{"type":"a\r\n\u001b[31mb"}"#)
                .header("X-Massu-Event", nasty)
                .header("X-Massu-Delivery", nasty);
        let verdict = Verifier::<Massu>::new(secret.clone())
            .unwrap()
            .verify::<massu::Event>(request.headers(), request.body().clone());
        if let Ok(event) = &verdict {
            assert_eq!(event.unsigned().delivery(), Some(nasty));
            let shown = format!("{:?}", event.unsigned());
            assert!(!shown.contains(char::is_control), "{shown:?}");
        }
        let shown = log.take();
        assert_eq!(shown.lines().count(), 1, "{shown:?}");
        assert!(!shown.trim_end_matches('\n').contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let mut forbidden = Forbidden::default();
    forbidden.add(b"0123456789abcdef0123456789abcdef", "");
    assert!(std::panic::catch_unwind(|| forbidden.search("tag=0123456789abcdef", "a log")).is_err());
    forbidden.search("nothing of it", "a log");
}
