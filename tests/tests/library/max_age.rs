//! `max_age`, with a clock that stands still.

use std::time::{Duration, SystemTime};

use countersign::testing::SignedRequest;
use countersign::{Envelope, Massu, Provider, Raw, Rejection, Scheme, Secret, Verifier, massu};

/// A provider with a time in its envelope and without documented retries.
struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "acme";
    const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
    const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data").time("at"));
}

/// 2026-02-15T12:00:00Z
fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_771_156_800)
}

fn verdict<P: Provider>(verifier: &Verifier<P>, key: &str, time: &str) -> Result<(), Rejection> {
    let secret = Secret::new("s").unwrap();
    let request = SignedRequest::new::<P>(&secret, format!(r#"{{"type":"a","{key}":{time}}}"#));
    verifier.verify::<Raw<P>>(request.headers(), request.body().clone()).map(drop)
}

#[test]
fn to_the_second() {
    let max_age = Duration::from_secs(60);
    let verifier = Verifier::<Acme>::new(Secret::new("s").unwrap()).unwrap().clock(noon).max_age(max_age);
    let stale = |age| Err(Rejection::StaleEvent { age, max_age });
    let seconds = |seconds| stale(Some(Duration::from_secs(seconds)));
    for (time, expected) in [
        (r#""2026-02-15T12:00:00Z""#, Ok(())),
        (r#""2026-02-15T11:59:00Z""#, Ok(())),
        (r#""2026-02-15T11:58:59.999999999Z""#, stale(Some(Duration::new(60, 1)))),
        (r#""2026-02-15T13:59:30+02:00""#, Ok(())),
        (r#""2026-02-15T13:58:30+02:00""#, seconds(90)),
        // An event from the future is not old.
        (r#""2026-02-15T12:00:01Z""#, Ok(())),
        (r#""9999-12-30T00:00:00Z""#, Ok(())),
        (r#""0000-01-01T00:00:00Z""#, seconds(63_938_376_000)),
        (r#""1969-12-31T23:59:59Z""#, seconds(1_771_156_801)),
        (r#""2016-12-31T23:59:60Z""#, seconds(287_928_001)),
        // An event without a time may be of any age.
        ("1771156800", stale(None)),
        (r#""yesterday""#, stale(None)),
        ("null", stale(None)),
        (r#""2026-02-15T12:00:00""#, stale(None)),
    ] {
        assert_eq!(verdict(&verifier, "at", time), expected, "{time}");
    }
    assert_eq!(verdict(&verifier, "elsewhere", r#""2026-02-15T12:00:00Z""#), stale(None));
    assert_eq!(Rejection::StaleEvent { age: None, max_age }.status(), 400);
}

#[test]
fn the_age_is_never_below_the_retry_horizon() {
    let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap())
        .unwrap()
        .clock(noon)
        .max_age(Duration::from_secs(1));
    assert_eq!(verdict(&verifier, "timestamp", r#""2026-02-15T11:24:00Z""#), Ok(()));
    let horizon = Massu::RETRY_HORIZON.unwrap();
    assert_eq!(
        verdict(&verifier, "timestamp", r#""2026-02-15T11:23:59Z""#),
        Err(Rejection::StaleEvent { age: Some(horizon + Duration::from_secs(1)), max_age: horizon })
    );
}

#[test]
fn the_age_is_off_by_default_and_never_overflows() {
    let verifier = Verifier::<Massu>::new(Secret::new("s").unwrap()).unwrap().clock(noon);
    assert_eq!(verdict(&verifier, "timestamp", r#""0000-01-01T00:00:00Z""#), Ok(()));
    assert_eq!(verdict(&verifier.max_age(Duration::MAX), "timestamp", r#""0000-01-01T00:00:00Z""#), Ok(()));
}

#[test]
fn a_forged_time_is_an_invalid_signature() {
    let verifier =
        Verifier::<Massu>::new(Secret::new("s").unwrap()).unwrap().clock(noon).max_age(Duration::ZERO);
    let request = SignedRequest::new::<Massu>(&Secret::new("other").unwrap(), r#"{"timestamp":"old"}"#);
    let refused = verifier.verify::<massu::Event>(request.headers(), request.body().clone()).unwrap_err();
    assert_eq!(refused.status(), 401);
}
