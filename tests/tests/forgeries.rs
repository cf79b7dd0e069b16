//! No forgery gets in, and what is genuine does: whatever the provider, the secret and the body.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use actix_web::web;
use axum::{Router, routing::post};
use countersign::providers::{BoxCom, GitHub, Linear, Slack, StandardWebhooks, Stripe, Twitch};
use countersign::scheme::{TimeSource, TimeUnit};
use countersign::testing::{Forgery, SignedRequest, forgeries, forgeries_with, forgeries_with_at};
use countersign::{
    Custom, Hook, Massu, Provider, Raw, Rejection, Scheme, Secret, Timestamp, Verified, Verifier,
    for_each_catalogued, for_each_provider,
};
use proptest::prelude::*;
use tower::ServiceExt;

struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::hex("x-hub-signature-256");
}

/// The name of the first forgery that was accepted, or `genuine` if the genuine delivery was refused.
fn fault<P: Provider>(secret: &Secret, body: &[u8]) -> Option<&'static str> {
    let verifier = Verifier::<P>::new(secret.clone()).unwrap();
    let answer = |request: &SignedRequest| -> Result<Verified<Raw<P>>, Rejection> {
        verifier.verify(request.headers(), request.body().clone())
    };
    if answer(&SignedRequest::new::<P>(secret, body.to_vec())).is_err() {
        return Some("genuine");
    }
    let let_in =
        |forgery: &Forgery| !matches!(answer(forgery.request()), Err(refusal) if refusal.status() == 401);
    forgeries::<P>(secret, body.to_vec()).iter().find(|forgery| let_in(forgery)).map(Forgery::name)
}

macro_rules! faults {
    ({} $($provider:ident $module:ident,)+) => {
        [fault::<Acme>, $(fault::<countersign::$provider>),+]
    };
}

proptest! {
    #[test]
    fn every_forgery_is_refused(
        secret in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            "whsec_[A-Za-z0-9]{0,40}".prop_map(String::into_bytes),
            Just(b"\0k".to_vec()),
            Just(b"secret\0".to_vec()),
        ],
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let secret = Secret::from_bytes(secret).unwrap();
        for fault in for_each_provider!(faults) {
            prop_assert_eq!(fault(&secret, &body), None);
        }
    }
}

/// A scheme of each kind, and a forgery that not every scheme has.
const SCHEMES: [(Scheme, &str); 7] = [
    (GitHub::SCHEME, "list-of-two"),
    (Stripe::SCHEME, "ninth-entry"),
    (Slack::SCHEME, "time-with-plus"),
    (StandardWebhooks::SCHEME, "key-not-decoded"),
    (Twitch::SCHEME, "id-byte-in-time"),
    (BoxCom::SCHEME, "time-byte-in-body"),
    (Linear::SCHEME, "time-too-old"),
];

const BODY: &str = r#"{"type":"issue.created","webhookTimestamp":1700000000123}"#;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123)
}

fn custom(scheme: Scheme, secret: &Secret) -> Verifier<Custom> {
    Verifier::<Custom>::for_scheme(scheme, secret.clone()).unwrap().clock(now)
}

/// The name of the first request that gets a wrong verdict.
fn wrong_verdict(
    verifier: &Verifier<Custom>,
    genuine: &SignedRequest,
    list: &[Forgery],
) -> Option<&'static str> {
    let status = |request: &SignedRequest| {
        let verdict: Result<Verified<Raw<Custom>>, _> =
            verifier.verify(request.headers(), request.body().clone());
        verdict.map_or_else(|refusal| refusal.status(), |_| 200)
    };
    if status(genuine) != 200 {
        return Some("genuine");
    }
    list.iter().find(|forgery| status(forgery.request()) != 401).map(Forgery::name)
}

proptest! {
    #[test]
    fn every_forgery_is_refused_under_the_scheme_of_any_provider(
        key in proptest::collection::vec(1..=u8::MAX, 1..100),
        body in prop_oneof![Just(BODY.as_bytes().to_vec()), proptest::collection::vec(any::<u8>(), 0..300)],
    ) {
        let secret = Secret::from_bytes(key).unwrap();
        for (scheme, _) in SCHEMES {
            let body = if scheme == Linear::SCHEME { BODY.into() } else { body.clone() };
            let genuine = SignedRequest::with_scheme_at(scheme, &secret, body.clone(), now(), None);
            let list = forgeries_with_at(scheme, &secret, body, now());
            prop_assert_eq!(wrong_verdict(&custom(scheme, &secret), &genuine, &list), None);
        }
    }
}

#[test]
fn a_scheme_has_the_forgeries_of_its_kind() {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    for (scheme, row) in SCHEMES {
        let list = forgeries_with_at(scheme, &secret, BODY, now());
        assert!(list.iter().any(|forgery| forgery.name() == row), "{row}");
        let genuine = SignedRequest::with_scheme_at(scheme, &secret, BODY, now(), None);
        assert_eq!(wrong_verdict(&custom(scheme, &secret), &genuine, &list), None);
    }
    let body_without_time = forgeries_with_at(Linear::SCHEME, &secret, "[]", now());
    assert!(!body_without_time.iter().any(|forgery| forgery.name() == "time-too-old"));
}

macro_rules! schemes {
    ({} $($provider:ident,)+) => {
        [$((countersign::providers::$provider::NAME, countersign::providers::$provider::SCHEME)),+]
    };
}

#[test]
fn every_forgery_is_refused_under_the_scheme_of_every_catalogued_provider() {
    let secret = Secret::from_bytes("a secret of the test").unwrap();
    for (name, scheme) in for_each_catalogued!(schemes) {
        let timed = scheme.signed_time().map(Timestamp::source);
        let body = match timed {
            Some(TimeSource::Body(path)) => body_with_time(path, scheme.signed_time().unwrap().unit()),
            _ => BODY.to_owned(),
        };
        let genuine = SignedRequest::with_scheme_at(scheme, &secret, body.clone(), now(), None);
        let list = forgeries_with_at(scheme, &secret, body, now());
        assert_eq!(wrong_verdict(&custom(scheme, &secret), &genuine, &list), None, "{name}");
        let has_old = list.iter().any(|forgery| forgery.name() == "time-too-old");
        assert_eq!(has_old, timed.is_some(), "{name}");
    }
}

/// A body with the time of the tests at a path.
fn body_with_time(path: &str, unit: TimeUnit) -> String {
    let time = match unit {
        TimeUnit::Seconds => "1700000000",
        TimeUnit::Millis => "1700000000123",
        _ => "\"2023-11-14T22:13:20.123Z\"",
    };
    path.rsplit('.').fold(time.to_owned(), |value, key| format!("{{\"{key}\":{value}}}"))
}

#[test]
fn a_tolerance_of_the_verifier_is_a_tolerance_of_the_scheme_for_the_forgeries() {
    let (secret, tolerance) = (Secret::new("a secret of the test").unwrap(), Duration::from_secs(3600));
    let verifier = custom(Slack::SCHEME, &secret).tolerance(tolerance);
    let genuine = SignedRequest::with_scheme_at(Slack::SCHEME, &secret, BODY, now(), None);
    let list = forgeries_with_at(Slack::SCHEME, &secret, BODY, now());
    assert_eq!(wrong_verdict(&verifier, &genuine, &list), Some("time-too-old"));
    let wider = Slack::SCHEME.timestamp(Slack::SCHEME.signed_time().unwrap().tolerance(tolerance));
    assert_eq!(wrong_verdict(&verifier, &genuine, &forgeries_with_at(wider, &secret, BODY, now())), None);
}

#[test]
fn a_receiver_with_the_clock_of_the_system_refuses_every_forgery() {
    let secret = Secret::from_bytes("a secret of the test").unwrap();
    for (scheme, _) in SCHEMES.into_iter().filter(|(scheme, _)| *scheme != Linear::SCHEME) {
        let verifier = custom(scheme, &secret).clock(SystemTime::now);
        let genuine = SignedRequest::with_scheme(scheme, &secret, BODY);
        assert_eq!(wrong_verdict(&verifier, &genuine, &forgeries_with(scheme, &secret, BODY)), None);
    }
}

#[tokio::test]
async fn axum_refuses_the_forgeries_of_every_scheme() {
    let secret = Secret::from_bytes("a secret of the test").unwrap();
    for (scheme, _) in SCHEMES {
        let hook = post(async |_: Verified<Raw<Custom>>| "received");
        let app = Router::new().route("/", hook).with_state(custom(scheme, &secret));
        let status = async |request: SignedRequest| {
            app.clone().oneshot(request.into_axum("/").unwrap()).await.unwrap().status()
        };
        let genuine = SignedRequest::with_scheme_at(scheme, &secret, BODY, now(), None);
        assert_eq!(status(genuine).await, 200, "{scheme:?}");
        for forgery in forgeries_with_at(scheme, &secret, BODY, now()) {
            assert_eq!(status(forgery.clone().into_request()).await, 401, "{forgery}");
        }
    }
}

#[actix_web::test]
async fn actix_refuses_the_forgeries_of_every_scheme() {
    use actix_web::test::{call_service, init_service};
    let secret = Secret::from_bytes("a secret of the test").unwrap();
    for (scheme, _) in SCHEMES {
        let hook = web::post().to(async |_: Verified<Raw<Custom>>| "received");
        let verifier = web::Data::new(custom(scheme, &secret));
        let app = init_service(actix_web::App::new().app_data(verifier).route("/", hook)).await;
        let status = async |request: SignedRequest| {
            call_service(&app, request.into_actix().uri("/").to_request()).await.status()
        };
        let genuine = SignedRequest::with_scheme_at(scheme, &secret, BODY, now(), None);
        assert_eq!(status(genuine).await, 200, "{scheme:?}");
        for forgery in forgeries_with_at(scheme, &secret, BODY, now()) {
            assert_eq!(status(forgery.clone().into_request()).await, 401, "{forgery}");
        }
    }
}

#[test]
fn a_forgery_has_a_name_of_its_own_and_one_line() {
    let secret = Secret::new("whsec_abc123").unwrap();
    for list in [forgeries::<Massu>(&secret, "{}"), forgeries::<Hook>(&secret, "{}")] {
        assert!(list.len() >= 25, "{}", list.len());
        let names: HashSet<_> = list.iter().map(Forgery::name).collect();
        assert_eq!(names.len(), list.len());
        for forgery in &list {
            let kebab =
                |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(kebab(forgery.name()), "{forgery}");
            assert_eq!(forgery.to_string(), format!("{}: {}", forgery.name(), forgery.description()));
            assert!(!forgery.description().contains('\n') && !forgery.description().is_empty());
        }
    }
}

#[test]
fn both_formats_have_the_same_list() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let names = |list: Vec<Forgery>| list.iter().map(Forgery::name).collect::<Vec<_>>();
    assert_eq!(names(forgeries::<Massu>(&secret, "{}")), names(forgeries::<Hook>(&secret, "{}")));
}

#[test]
fn a_request_goes_into_axum_unchanged() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let request = SignedRequest::new::<Hook>(&secret, "{}").header("x-raw", [0xe9]).header("x-raw", [0xe8]);
    let headers = request.headers().len();
    let http = request.into_axum("/webhooks/hook?x=1").unwrap();
    assert_eq!(http.uri(), "/webhooks/hook?x=1");
    assert_eq!(http.headers().len(), headers);
    assert!(SignedRequest::new::<Hook>(&secret, "{}").header("no name", "").into_axum("/").is_err());
}

#[test]
fn a_request_goes_into_actix_unchanged() {
    let secret = Secret::new("whsec_abc123").unwrap();
    let request = SignedRequest::new::<Hook>(&secret, "{}").header("x-raw", [0xe9]).header("x-raw", [0xe8]);
    let headers = request.headers().len();
    let actix = request.into_actix().uri("/webhooks/hook").to_request();
    // The length of the body is added, as on the wire.
    assert_eq!(actix.head().headers().len(), headers + 1);
    assert_eq!(actix.head().headers().get_all("x-raw").count(), 2);
}
